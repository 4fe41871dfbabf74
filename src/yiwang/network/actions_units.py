"""The tree's verbs: open, rename, move and merge units, and load a pack's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import named_id
from yiwang.ledger.actions import record
from yiwang.network import queries_units, rules_units, store_units
from yiwang.network.model import Actor, Post, Subject
from yiwang.network.model_units import (
    AREA_KINDS,
    LoadUnits,
    MergeUnits,
    MoveUnit,
    OpenUnit,
    RenameUnit,
    Unit,
    UnitLine,
    UnitMerged,
    UnitMoved,
    UnitOpened,
    UnitRenamed,
    UnitsLoad,
    UnitsLoaded,
)
from yiwang.network.rules import ground_of, may
from yiwang.network.rules_needs import NEEDS


def open_unit(tx: Tx, actor: Actor, cmd: OpenUnit) -> Unit:
    store_units.TREE_LOCK.one(tx)
    parent = _lock(tx, actor, cmd.parent_id)[cmd.parent_id]
    post = may(actor, NEEDS["unit.open"], Subject(parent.path))
    rules_units.check_code(cmd.code)
    rules_units.check_open(parent)
    rules_units.check_place(cmd.kind, cmd.level, parent)
    unit_id = named_id(f"unit:{cmd.code}")
    if store_units.BY_ID.all(tx, ids=[unit_id]):
        raise Refused("network.code_taken", "这个单位代码已经用过", "This unit code has been used", unit_code=cmd.code)
    path = f"{parent.path}.{rules_units.label(cmd.code)}"
    store_units.ADD.run(
        tx,
        id=unit_id,
        code=cmd.code,
        name=cmd.name,
        short_name=cmd.short_name or rules_units.short_name(cmd.name),
        kind=cmd.kind,
        parent_id=parent.id,
        path=path,
        level=cmd.level,
        functional=cmd.functional,
        area_code=cmd.code if cmd.kind in AREA_KINDS else parent.area_code,
        now=tx.now,
    )
    record(tx, actor.by(post), UnitOpened(unit_id, cmd.code, cmd.name, cmd.kind.value, path))
    return queries_units.get_unit(tx, unit_id)


def rename_unit(tx: Tx, actor: Actor, cmd: RenameUnit) -> Unit:
    unit = _lock(tx, actor, cmd.unit_id)[cmd.unit_id]
    post = may(actor, NEEDS["unit.rename"], Subject(unit.path))
    rules_units.check_open(unit)
    short = cmd.short_name or rules_units.short_name(cmd.name)
    if (unit.name, unit.short_name) == (cmd.name, short):
        raise Refused("network.nothing_changes", "名称没有变化", "The name is the same", unit_id=unit.id)
    store_units.KEEP_PAST.run(tx, ids=[unit.id], why="rename", now=tx.now)
    store_units.RENAME.run(tx, id=unit.id, name=cmd.name, short_name=short)
    record(tx, actor.by(post), UnitRenamed(unit.id, old=unit.name, new=cmd.name))
    return queries_units.get_unit(tx, unit.id)


def move_unit(tx: Tx, actor: Actor, cmd: MoveUnit) -> Unit:
    """Put a unit, with all below it, under another parent. Whoever moves it must have both places in their area."""
    store_units.TREE_LOCK.one(tx)
    units = _lock(tx, actor, cmd.unit_id, cmd.parent_id)
    unit, parent = units[cmd.unit_id], units[cmd.parent_id]
    post = _may_all(actor, "unit.move", unit, parent)
    rules_units.check_move(unit, parent)
    store_units.KEEP_PAST.run(tx, ids=[unit.id], why="move", now=tx.now)
    store_units.REPARENT.run(tx, ids=[unit.id], parent_id=parent.id)
    store_units.REPATH.run(tx)
    moved = queries_units.get_unit(tx, unit.id)
    record(tx, actor.by(post), UnitMoved(unit.id, old=unit.path, new=moved.path))
    return moved


def merge_units(tx: Tx, actor: Actor, cmd: MergeUnits) -> Unit:
    """Close units in favour of another. Their children come to it; they stay below it as closed, so that what still
    points to them, or to units merged into them before, lies within it and finds it."""
    store_units.TREE_LOCK.one(tx)
    units = _lock(tx, actor, *cmd.unit_ids, cmd.into_id)
    into, gone = units[cmd.into_id], [units[i] for i in cmd.unit_ids]
    post = _may_all(actor, "unit.merge", into, *gone)
    rules_units.check_merge(gone, into)
    ids = [u.id for u in gone]
    children = [c for c in store_units.CHILDREN.all(tx, ids=ids) if c.id != into.id and c.id not in units]
    store_units.KEEP_PAST.run(tx, ids=ids + [c.id for c in children], why="merge", now=tx.now)
    store_units.REPARENT.run(tx, ids=[c.id for c in children], parent_id=into.id)
    store_units.CLOSE.run(tx, ids=ids, into_id=into.id, now=tx.now)
    store_units.FOLLOW.run(tx, ids=ids, into_id=into.id)
    store_units.REPATH.run(tx)
    after = {u.id: u.path for u in store_units.BY_ID.all(tx, ids=ids + [c.id for c in children])}
    for unit in gone:
        pairs = [(c.path, after[c.id]) for c in children if c.parent_id == unit.id]
        moved = (*pairs, (unit.path, after[unit.id]))
        record(tx, actor.by(post), UnitMerged(unit.id, into_id=into.id, moved=moved))
    return queries_units.get_unit(tx, into.id)


def load_units(tx: Tx, actor: Actor, cmd: LoadUnits) -> UnitsLoad:
    """Bring the tree up to a pack's `units.csv`: new units are added, others renamed or moved as the file says, except
    those that an act here has renamed, moved or merged since. Loading the same file again changes nothing."""
    post = may(actor, NEEDS["unit.load"], Subject(""))
    lines = rules_units.read_lines(cmd.text)
    store_units.TREE_LOCK.one(tx)
    codes = {line.code for line in lines} | {line.parent for line in lines if line.parent}
    there = {u.code: u for u in store_units.BY_CODE.all(tx, codes=list(codes))}
    lines = rules_units.in_order(lines, there)
    standing = {
        u.id: u for u in store_units.BY_ID.all(tx, ids=[u.successor_id for u in there.values() if u.successor_id])
    }
    by_hand = set(store_units.TOUCHED.all(tx, codes=list(codes)))

    placed = {code: standing.get(u.successor_id, u) if u.successor_id else u for code, u in there.items()}
    fresh: list[Unit] = []
    changed: list[Unit] = []
    kept = 0
    for line in lines:
        parent = placed[line.parent] if line.parent else None
        if (old := there.get(line.code)) is None:
            fresh.append(_new_unit(tx, line, parent))
            placed[line.code] = fresh[-1]
        else:
            new = replace(old, name=line.name, short_name=line.short_name, parent_id=parent.id if parent else None)
            if new != old and (old.valid_to is not None or old.code in by_hand):
                kept += 1
            elif new != old:
                changed.append(new)
    moves = _write_load(tx, fresh, changed, there)
    done = UnitsLoad(len(lines), len(fresh), len(changed), len(lines) - len(fresh) - len(changed) - kept, kept)
    if fresh or changed:
        top = placed[lines[0].code]
        event = UnitsLoaded(
            top.id,
            source=cmd.source,
            sha256=hashlib.sha256(cmd.text.encode()).hexdigest(),
            rows=done.rows,
            added=done.added,
            changed=done.changed,
            kept=done.kept,
        )
        _lock(tx, actor, top.id)
        record(tx, actor.by(post), event)
    for move in moves:
        record(tx, actor.by(post), move)
    return done


def _new_unit(tx: Tx, line: UnitLine, parent: Unit | None) -> Unit:
    if parent:
        rules_units.check_place(line.kind, line.level, parent)
    own = line.code if line.kind in AREA_KINDS or parent is None else parent.area_code
    return Unit(
        named_id(f"unit:{line.code}"),
        line.code,
        line.name,
        line.short_name,
        line.kind,
        parent.id if parent else None,
        (f"{parent.path}." if parent else "") + rules_units.label(line.code),
        line.level,
        line.functional,
        line.area_code or own,
        tx.now,
        None,
        None,
    )


def _write_load(tx: Tx, fresh: list[Unit], changed: list[Unit], there: dict[str, Unit]) -> list[UnitMoved]:
    """Returns the moves among the changes, each as seen after those before it."""
    if changed:
        store_units.KEEP_PAST.run(tx, ids=[u.id for u in changed], why="load", now=tx.now)
        store_units.CHANGE_MANY.run(
            tx,
            ids=[u.id for u in changed],
            names=[u.name for u in changed],
            short_names=[u.short_name for u in changed],
            parents=[u.parent_id for u in changed],
        )
    if fresh:
        store_units.ADD_MANY.run(
            tx,
            now=tx.now,
            ids=[u.id for u in fresh],
            codes=[u.code for u in fresh],
            names=[u.name for u in fresh],
            short_names=[u.short_name for u in fresh],
            kinds=[u.kind.value for u in fresh],
            parents=[u.parent_id for u in fresh],
            paths=[u.path for u in fresh],
            levels=[u.level for u in fresh],
            functionals=[u.functional for u in fresh],
            area_codes=[u.area_code for u in fresh],
        )
    if not changed:
        return []
    store_units.REPATH.run(tx)
    if store_units.LOST.one(tx):
        raise Invalid(
            "network.units_ring", "按此文件，有单位会成为自己的下级", "By this file a unit would stand under itself"
        )
    after = {u.id: u.path for u in store_units.LOCK.all(tx, ids=[u.id for u in changed])}
    moves: list[UnitMoved] = []
    for unit in changed:
        old = there[unit.code].path
        for before in moves:
            old = rules_units.repath(old, before.old, before.new)
        if old != after[unit.id]:
            moves.append(UnitMoved(unit.id, old=old, new=after[unit.id]))
    return moves


def _may_all(actor: Actor, act: str, first: Unit, *others: Unit) -> Post | None:
    for unit in others:
        may(actor, NEEDS[act], Subject(unit.path))
    return may(actor, NEEDS[act], Subject(first.path))


def _lock(tx: Tx, actor: Actor, *unit_ids: UUID) -> dict[UUID, Unit]:
    """The units, ours until the transaction ends; NotFound alike for one out of the actor's sight and for none."""
    ground = ground_of(actor)
    found = {u.id: u for u in store_units.LOCK.all(tx, ids=list(unit_ids)) if queries_units.is_in_sight(ground, u.path)}
    if not found.keys() >= set(unit_ids):
        raise NotFound("network.no_unit", "没有这个单位", "No such unit")
    return found
