"""Importing things of one kind. The same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from yiwang.city import queries_grid
from yiwang.city.model_component import ImportMode
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.table import BadRow
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor
from yiwang.network.model_units import Unit
from yiwang.network.queries_units import get_unit_in_reach_by_code
from yiwang.register import actions_owed, queries_import, rules, rules_file, store, store_owed
from yiwang.register.model import ImportThings, KeptValue, ThingsImport, WrittenRow
from yiwang.register.model_events import ThingLinked, ThingsImported
from yiwang.register.model_kind import Kind

MAX_TOLD, MOST_KEPT = 1000, 100
PART = 10_000
"""Rows read and written at a time."""


def import_things(tx: Tx, actor: Actor, cmd: ImportThings) -> ThingsImport:
    """Read a file of things, check each row by its kind, lock it to its unit grid, and write what is good.

    A row is never dropped silently: it is added, changed, unchanged or in `bad_rows` with line, column and reason. What somebody
    has changed since the last file stays so while files say what that one did (`rules_file.keep`).
    Invalid: `file.*` when the file cannot be read at all, and with `all_or_nothing` `thing.bad_rows`.
    """
    kind = rules.kind_of(cmd.kind)
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    post = rules.demand_keeper(actor, kind, unit.path)
    import_id = new_id()
    with tx.trial(cmd.mode is ImportMode.dry_run):
        done = _take(tx, actor, cmd, kind, unit, import_id)
        if done.bad and cmd.mode is ImportMode.all_or_nothing:
            raise Invalid(
                "thing.bad_rows",
                f"{done.rows} 行中有 {done.bad} 行有误，一行也没有导入",
                f"{done.bad} of {done.rows} rows are bad; nothing was imported",
                bad=done.bad,
                bad_rows=list(done.bad_rows),
            )
    if cmd.mode is not ImportMode.dry_run:
        record(
            tx, actor.by(post),
            ThingsImported(import_id, kind.name, kind.zh, unit.id, hashlib.sha256(cmd.content).hexdigest(), done.rows, done.added,
                           done.changed, done.unchanged, done.bad, cmd.generated),
        )  # fmt: skip
    return done


def _take(tx: Tx, actor: Actor, cmd: ImportThings, kind: Kind, unit: Unit, import_id: UUID) -> ThingsImport:
    """All good rows are written: while the database writes some, the next are read. Whoever waits for `writing` has the
    transaction to themselves again."""
    store.LOCK_IMPORT.one(tx)
    sha256 = hashlib.sha256(cmd.content).hexdigest()
    store.ADD_IMPORT.run(
        tx,
        id=import_id,
        kind=kind.name,
        unit_id=unit.id,
        source=cmd.source[:200],
        sha256=sha256,
        by=actor.id,
        now=tx.now,
    )
    ground = queries_grid.get_index_of(tx, unit.path)
    units = dict[str, UUID]()
    asked = set[str]()
    total = 0
    bad, kept, written = list[BadRow](), list[KeptValue](), Counter[str]()

    def write(rows: list[WrittenRow]) -> None:
        if held := queries_import.FILED.all(tx, ids=[row.id for row in rows]):
            rows, stay, taken = rules_file.keep(kind, rows, held)
            store.TAKEN.run(tx, things=[f.thing_id for f in taken], fields=[f.field for f in taken])
            kept.extend(stay)
        put = store.put_rows(
            tx, rows, kind=kind.name, version=kind.version, import_id=import_id, generated=cmd.generated, by=actor.id
        )
        actions_owed.follow_import(tx, put.added, put.changed)
        written.update(added=len(put.added), changed=len(put.changed))

    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(write, [])
        for found, faults in rules_file.read_rows(kind, cmd.source, cmd.content, cmd.datum, PART):
            grids = ground.of([f.lon for f in found], [f.lat for f in found])
            if unseen := {code for f in found for code in f.parties.values()} - asked:
                writing.result()
                units |= queries_import.find_unit_ids(tx, unseen)
                asked |= unseen
            good, stray = rules_file.finish(kind, found, grids, units)
            total += len(found) + len(faults)
            bad += [*faults, *stray]
            writing.result()
            writing = beside.submit(write, good)
        writing.result()
    bad.sort(key=lambda b: b.line)
    unchanged = total - len(bad) - written.total()
    counts = {"added": written["added"], "changed": written["changed"], "unchanged": unchanged}
    store.COUNT_IMPORT.run(tx, id=import_id, rows=total, bad=len(bad), **counts)
    dry = cmd.mode is ImportMode.dry_run
    return ThingsImport(
        import_id, total, **counts, bad=len(bad), bad_rows=tuple(bad[:MAX_TOLD]), dry_run=dry, kept=len(kept),
        kept_values=tuple(kept[:MOST_KEPT]),
    )  # fmt: skip


def link_many(tx: Tx, actor: Actor, kind: Kind, role: str, unit_code: str, pairs: Sequence[tuple[UUID, UUID]]) -> int:
    """Each first thing, of this kind and on the ground of `unit_code`, is `role` of the second; how many were not yet. What is
    not there, or elsewhere, is passed over."""
    unit = get_unit_in_reach_by_code(tx, actor, unit_code)
    post = rules.demand_keeper(actor, kind, unit.path)
    rules.demand_link(kind, role)
    added = store.LINK_MANY.all(
        tx, kind=kind.name, role=role, path=unit.path, things=[a for a, _ in pairs], to=[b for _, b in pairs]
    )
    if added:
        store_owed.LOCK_THINGS.all(tx, ids=sorted({link.thing_id for link in added}))
        record_many(
            tx, actor.by(post),
            [ThingLinked(link.thing_id, role, link.to_id, rules.digest(link.name), off=False) for link in added],
        )  # fmt: skip
    return len(added)
