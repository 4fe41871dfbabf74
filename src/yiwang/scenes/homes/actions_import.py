"""Residents from a file: each row looked at as the acts do one at a time, then all written at once; the whole file or nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.kit.importing import MOST_BYTES, FileReport, Outcome, Taking
from yiwang.kit.table import Fault, Row, read_table
from yiwang.ledger.actions import record_many
from yiwang.ledger.model import Event
from yiwang.network.model import Actor, Subject
from yiwang.network.rules import anywhere, may, scope_of
from yiwang.register.model import thing_id
from yiwang.scenes.homes import actions, queries, rules, rules_file, store
from yiwang.scenes.homes.model import ChangeResident, HomeOf, ImportResidents, MoveIn, Person, Resident
from yiwang.scenes.homes.model_events import ResidentChanged, ResidentMovedOut
from yiwang.scenes.homes.rules_file import ABOUT, CALLED, COLUMNS, MOST_ROWS, NEEDED, WHOLE, Line


@dataclass(slots=True)
class _Work:
    """What a file comes to. `people`: of each home, as they will be; `at`: the row that has spoken of somebody already."""

    homes: dict[UUID, HomeOf]
    people: dict[UUID, list[tuple[Resident, Person]]]
    new: dict[UUID, tuple[Resident, Person]] = field(default_factory=dict)
    put: dict[UUID, tuple[Resident, Person, tuple[str, ...]]] = field(default_factory=dict)
    at: dict[UUID, int] = field(default_factory=dict)


def import_residents(tx: Tx, actor: Actor, cmd: ImportResidents) -> FileReport:
    """Who is not there moves in, what is said anew is changed, who has a day of leaving moves out. Invalid where the file cannot be
    read or, unless it is a dry run, a row is bad. What is told names homes, never people."""
    may(actor, anywhere(rules.IMPORT), Subject(""))
    rows = read_table(cmd.source, cmd.data, COLUMNS, NEEDED, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
    ids = {thing_id("home", code) for row in rows if (code := row.cells.get("home", ""))}
    seen = queries.find_in_sight(tx, scope_of(actor), ids)
    work = _Work({h.id: h for h in store.LOCK_HOMES.all(tx, ids=sorted(seen))}, defaultdict(list))
    for resident in store.LOCK_IN.all(tx, homes=sorted(seen)):
        if resident.until is None:
            work.people[resident.home_id].append((resident, store.open_resident(resident)))
    take = Taking(tx, COLUMNS, CALLED, ABOUT, WHOLE)
    for row in rows:
        with take.row(row):
            take.tell(row, *_look(tx, actor, work, row, rules_file.read_line(row.cells)))
    report = take.report(len(rows), dry=cmd.dry_run)
    if not cmd.dry_run:
        _write(tx, actor, work, hashlib.sha256(cmd.data).hexdigest())
    return report


def _look(tx: Tx, actor: Actor, work: _Work, row: Row, line: Line) -> tuple[Outcome, str, str]:
    """What this row would do, noted in `work`; Fault, or what the act itself refuses."""
    home = work.homes.get(thing_id("home", line.home))
    if home is None:
        raise Fault("home", "没有这套房屋，或不在您的辖区", "no such home on your ground")
    rules.demand(actor, rules.IMPORT, home)
    rules.demand_standing(home)
    said = MoveIn(
        new_id(), home.id, line.name, line.relation, line.id_number or "", line.phone or "", line.born, line.sex, bool(line.care),
        line.since,
    )  # fmt: skip
    row_of, person = rules.move_in(said, home, tx.now)
    there = next((p for p in work.people[home.id] if rules.is_same(row_of, person, *p)), None)
    if there is None:
        if line.until is not None:
            raise Fault(
                "until", "此人未登记在这套房屋，无从搬离", "they are not registered in this home, and cannot move out"
            )
        work.new[row_of.id] = (row_of, person)
        work.people[home.id].append((row_of, person))
        work.at[row_of.id] = row.line
        return Outcome.added, "登记入住", "moves in"
    was, who = there
    if was.id in work.at:
        raise Fault("name", f"与第 {work.at[was.id]} 行是同一人", f"the same person as in line {work.at[was.id]}")
    work.at[was.id] = row.line
    if line.until is not None:
        day = rules.move_out_day(was, line.until, tx.now)
        work.put[was.id] = (replace(was, until=day), who, ())
        return Outcome.changed, "登记搬离", "moves out"
    change = ChangeResident(
        was.id, was.n, None, line.id_number, line.phone, line.born, line.sex, line.relation, line.care, line.since
    )
    after, anew = rules.change(was, who, change, tx.now)
    changed = rules.changed_fields(was, who, after, anew)
    if not changed:
        return Outcome.unchanged, "", ""
    work.put[was.id] = (after, anew, changed)
    return Outcome.changed, f"更新 {len(changed)} 项", f"{len(changed)} fields are changed"


def _write(tx: Tx, actor: Actor, work: _Work, sha256: str) -> None:
    """An entry for each, under the first post that may import."""
    by = actor.by(may(actor, anywhere(rules.IMPORT), Subject("")))
    actions.enter_residents(tx, by, list(work.new.values()), sha256)
    rows, events = list[Resident](), list[Event]()
    for was, person, changed in work.put.values():
        row, digest = store.seal(replace(was, n=was.n + 1, changed_at=tx.now), person)
        rows.append(row)
        moved = row.until is not None
        events.append(ResidentMovedOut(row.id, digest) if moved else ResidentChanged(row.id, row.n, changed, digest))
    store.put_residents(tx, rows)
    record_many(tx, by, events)
