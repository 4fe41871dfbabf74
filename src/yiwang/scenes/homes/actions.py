"""Who lives where: moving in, changes, moving out; seen in clear with a reason; erased at their wish or when long gone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import UUID

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Refused
from yiwang.kit.ids import new_id
from yiwang.kit.jobs import to_the_end
from yiwang.kit.web import forget_replies
from yiwang.ledger.actions import record, record_many
from yiwang.ledger.model import By
from yiwang.network.actions_personal import note_unmasking
from yiwang.network.model import Actor, Need, Post, Subject, system
from yiwang.network.rules import anywhere, may, scope_of
from yiwang.network.rules_personal import check_reason
from yiwang.scenes.homes import queries, rules, store
from yiwang.scenes.homes.model import (
    ChangeResident,
    EraseResident,
    FindByName,
    HomeFile,
    HomeOf,
    MoveIn,
    MoveOut,
    Person,
    Resident,
    ResidentClear,
    UnmaskResident,
)
from yiwang.scenes.homes.model_events import (
    ResidentChanged,
    ResidentErased,
    ResidentMovedIn,
    ResidentMovedOut,
    ResidentsSought,
    ResidentUnmasked,
)
from yiwang.scenes.homes.model_found import ResidentsFound

RETENTION = system("homes.retention")
CHUNK = 500
MOST_FOUND = 50


def move_in(tx: Tx, actor: Actor, cmd: MoveIn) -> HomeFile:
    """Somebody lives there. The same again changes nothing. Refused `resident.there` where they are registered there already."""
    home, post = _begin(tx, actor, cmd.home_id, rules.KEEP)
    rules.demand_standing(home)
    row, person = rules.move_in(cmd, home, tx.now)
    for other in store.LOCK_IN.all(tx, homes=[home.id]):
        who = store.open_resident(other)
        if other.id == row.id and (who, other.born, other.relation) == (person, row.born, row.relation):
            return queries.get_home(tx, actor, home.id)
        if other.until is None and rules.is_same(row, person, other, who):
            raise Refused("resident.there", "此人已登记在这套房屋", "They are registered in this home already")
    if queries.is_there(tx, row.id):
        raise Refused("resident.exists", "这个编号已用于另一位住户", "This id is another resident's")
    row, digest = store.seal(row, person)
    store.add_residents(tx, [row])
    record(tx, actor.by(post), ResidentMovedIn(row.id, home.id, row.generated, digest, None))
    return queries.get_home(tx, actor, home.id)


def _begin(tx: Tx, actor: Actor, home_id: UUID, need: Need) -> tuple[HomeOf, Post | None]:
    """The home, locked: in sight, and on the ground of a post that may do this."""
    if not queries.is_in_sight(tx, scope_of(actor), home_id):
        raise rules.no_home()
    home = store.lock_home(tx, home_id)
    return home, rules.demand(actor, need, home)


def _resident(tx: Tx, actor: Actor, resident_id: UUID, need: Need) -> tuple[Resident, Post | None]:
    """The resident and their home, locked, the home first; NotFound for whoever does not see the home."""
    home_id = queries.find_home_of(tx, resident_id)
    if home_id is None or not queries.is_in_sight(tx, scope_of(actor), home_id):
        raise rules.unknown()
    _, post = _begin(tx, actor, home_id, need)
    return store.lock_resident(tx, resident_id), post


def change_resident(tx: Tx, actor: Actor, cmd: ChangeResident) -> HomeFile:
    """Change what is named; nothing is written when all is as it was."""
    was, post = _resident(tx, actor, cmd.resident_id, rules.KEEP)
    rules.demand_living(was)
    rules.demand_unchanged(was, cmd.n)
    person = store.open_resident(was)
    row, who = rules.change(was, person, cmd, tx.now)
    if changed := rules.changed_fields(was, person, row, who):
        row, digest = store.seal(replace(row, n=was.n + 1, changed_at=tx.now), who)
        store.put_resident(tx, row)
        record(tx, actor.by(post), ResidentChanged(row.id, row.n, changed, digest))
    return queries.get_home(tx, actor, row.home_id)


def move_out(tx: Tx, actor: Actor, cmd: MoveOut) -> HomeFile:
    """They live there no more. Moved out on that day already: nothing more happens."""
    was, post = _resident(tx, actor, cmd.resident_id, rules.KEEP)
    rules.demand_kept(was)
    day = rules.move_out_day(was, cmd.until, tx.now)
    if was.until != day:
        rules.demand_living(was)
        row, digest = store.seal(replace(was, until=day, n=was.n + 1, changed_at=tx.now), store.open_resident(was))
        store.put_resident(tx, row)
        record(tx, actor.by(post), ResidentMovedOut(row.id, digest))
    return queries.get_home(tx, actor, was.home_id)


def unmask_resident(tx: Tx, actor: Actor, cmd: UnmaskResident) -> ResidentClear:
    """Who it is, in clear, for whoever has to know: with a reason, in the ledger. Never through `perform`, which would keep the
    answer."""
    row, post = _resident(tx, actor, cmd.resident_id, rules.UNMASK)
    rules.demand_kept(row)
    person = store.open_resident(row)
    unmasking, digest = note_unmasking(tx, actor, post, "resident", row.id, row.home_id, cmd.purpose, cmd.words)
    record(tx, actor.by(post), ResidentUnmasked(row.id, unmasking, cmd.purpose.value, digest))
    return ResidentClear(row.id, person.name, person.id_number, person.phone, row.born or row.since)


def find_by_name(tx: Tx, actor: Actor, cmd: FindByName) -> ResidentsFound:
    """Who lives under this name where the actor may see who it is in clear; masked, and kept as that is: with the reason, whom it
    found, and counted with it against their bound. Never through `perform`, which would keep the answer."""
    post = may(actor, anywhere(rules.UNMASK), Subject(""))
    search = new_id()
    unmasking, digest = note_unmasking(tx, actor, post, "search", search, None, cmd.purpose, cmd.words)
    found = queries.list_named(tx, rules.seeks_in(actor), cmd.name, limit=MOST_FOUND + 1)
    shown = found[:MOST_FOUND]
    ids = tuple(member.id for member in shown)
    record(tx, actor.by(post), ResidentsSought(search, unmasking, cmd.purpose.value, digest, ids))
    return ResidentsFound(shown, len(found) > MOST_FOUND)


def erase_resident(tx: Tx, actor: Actor, cmd: EraseResident) -> HomeFile:
    """Erase who it was, with all answers that may repeat it; the ledger's digests stay and say nothing without their salt. Whoever
    lived there does so no more, as far as is known here. Erased already: nothing more happens."""
    check_reason(cmd.reason)
    row, post = _resident(tx, actor, cmd.resident_id, rules.ERASE)
    if row.erased_at is None:
        store.drop_person(tx, [row.id], cmd.reason, rules.today_of(tx.now), tx.now)
        forget_replies(tx, row.id)
        record(tx, actor.by(post), ResidentErased(row.id, False, hashlib.sha256(cmd.reason.encode()).hexdigest()))
    return queries.get_home(tx, actor, row.home_id)


def forget_long_gone(database: Database) -> int:
    """Periodic: whoever moved out longer ago than `rules.KEPT_AFTER` is known no more; returns how many."""
    return to_the_end(database, _forget, CHUNK)


def _forget(tx: Tx) -> int:
    today = rules.today_of(tx.now)
    gone = store.LOCK_EXPIRED.all(tx, before=today - rules.KEPT_AFTER, limit=CHUNK)
    if gone:
        store.drop_person(tx, gone, rules.EXPIRED, today, tx.now)
        why = hashlib.sha256(rules.EXPIRED.encode()).hexdigest()
        record_many(tx, RETENTION.by(None), [ResidentErased(id, True, why) for id in gone])
    return len(gone)


def enter_residents(tx: Tx, by: By, found: list[tuple[Resident, Person]], sha256: str | None = None) -> None:
    """Many at once, each with an entry of its own: of a file that was looked at row by row, or of the demonstration."""
    sealed = [store.seal(row, person) for row, person in found]
    store.add_residents(tx, [row for row, _ in sealed])
    record_many(
        tx, by,
        [ResidentMovedIn(row.id, row.home_id, row.generated, digest, sha256) for row, digest in sealed],
    )  # fmt: skip


def seal_residents(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next residents that the present key has not sealed; answers with the last one's id, None at the end."""
    return store.put_residents_sealed(tx, after, limit)
