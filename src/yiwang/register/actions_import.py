"""Importing things of one kind. The same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
from yiwang.register.model import ImportThings, ThingsImport, WrittenRow
from yiwang.register.model_events import ThingLinked, ThingsImported
from yiwang.register.model_kind import Kind

MAX_TOLD = 1000


def import_things(tx: Tx, actor: Actor, cmd: ImportThings) -> ThingsImport:
    """Read a file of things, check each row by its kind, lock it to its unit grid, and write what is good.

    A row is never dropped silently: it is added, changed, unchanged or in `bad_rows` with line, column and reason.
    Invalid: `file.*` when the file cannot be read at all, and with `all_or_nothing` `thing.bad_rows`.
    """
    kind = rules.kind_of(cmd.kind)
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    post = rules.demand_keeper(actor, kind, unit.path)
    total, found, bad = rules_file.read_rows(kind, cmd.source, cmd.content, cmd.datum)
    good, stray = _place(tx, kind, unit, found)
    bad = sorted([*bad, *stray], key=lambda b: b.line)
    if bad and cmd.mode is ImportMode.all_or_nothing:
        raise Invalid(
            "thing.bad_rows",
            f"{total} 行中有 {len(bad)} 行有误，一行也没有导入",
            f"{len(bad)} of {total} rows are bad; nothing was imported",
            bad=len(bad),
            bad_rows=bad[:MAX_TOLD],
        )
    if cmd.mode is ImportMode.dry_run:
        try:
            with tx.savepoint():
                raise _Undo(_write(tx, actor, cmd, kind, unit, total, good, bad))
        except _Undo as undone:
            return undone.done
    done = _write(tx, actor, cmd, kind, unit, total, good, bad)
    record(
        tx, actor.by(post),
        ThingsImported(done.import_id, kind.name, kind.zh, unit.id, hashlib.sha256(cmd.content).hexdigest(), done.rows, done.added,
                       done.changed, done.unchanged, done.bad, cmd.generated),
    )  # fmt: skip
    return done


class _Undo(Exception):
    def __init__(self, done: ThingsImport) -> None:
        self.done = done


def _place(tx: Tx, kind: Kind, unit: Unit, found: Sequence[rules_file.Found]) -> tuple[list[WrittenRow], list[BadRow]]:
    grids = queries_grid.locate_many(tx, [f.lon for f in found], [f.lat for f in found])
    paths = queries_import.find_grids_within(tx, {g for g in grids if g}, unit.path)
    units = queries_import.find_unit_ids(tx, {code for f in found for code in f.parties.values()})
    return rules_file.finish(kind, found, grids, paths, units)


def _write(
    tx: Tx,
    actor: Actor,
    cmd: ImportThings,
    kind: Kind,
    unit: Unit,
    total: int,
    good: list[WrittenRow],
    bad: list[BadRow],
) -> ThingsImport:
    store.LOCK_IMPORT.one(tx)
    import_id = new_id()
    store.ADD_IMPORT.run(
        tx, id=import_id, kind=kind.name, unit_id=unit.id, source=cmd.source[:200],
        sha256=hashlib.sha256(cmd.content).hexdigest(), by=actor.id, now=tx.now, rows=total, bad=len(bad),
    )  # fmt: skip
    added, changed = store.put_rows(
        tx, good, kind=kind.name, version=kind.version, import_id=import_id, generated=cmd.generated, by=actor.id
    )
    actions_owed.follow_import(tx, import_id)
    unchanged = len(good) - added - changed
    store.COUNT_IMPORT.run(tx, id=import_id, added=added, changed=changed, unchanged=unchanged)
    dry = cmd.mode is ImportMode.dry_run
    return ThingsImport(import_id, total, added, changed, unchanged, len(bad), tuple(bad[:MAX_TOLD]), dry)


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
