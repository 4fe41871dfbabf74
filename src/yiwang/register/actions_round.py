"""Rounds: opened, given out, reported grid by grid, ended; and the sweep that says what is left when the time is over."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.jobs import to_the_end
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor, system
from yiwang.network.model_units import AREA_KINDS, Unit
from yiwang.network.queries_posts import find_holders
from yiwang.network.queries_units import get_unit_in_reach_by_code
from yiwang.network.rules import scope_of
from yiwang.register import queries_round, rules, rules_round, store_round
from yiwang.register.model_kind import Kind
from yiwang.register.model_round import (
    AssignGrids,
    CancelRound,
    CloseRound,
    GridReported,
    OpenRound,
    ReportGrid,
    Round,
    RoundAssigned,
    RoundCancelled,
    RoundClosed,
    RoundFile,
    RoundGrid,
    RoundKind,
    RoundLate,
    RoundOpened,
)
from yiwang.register.store_round import Changed

SWEEPER = system("register")
BATCH = 100


def open_round(tx: Tx, actor: Actor, cmd: OpenRound) -> RoundFile:
    """Open a census of every unit grid of the ground, or a check of all things there that match. The same again changes nothing.

    Refused `round.open_already` while the same is open: a census of the kind anywhere on this ground or around it, a check
    with the same conditions. Invalid `round.nothing` where no grid is, or no thing matches.
    """
    kind = rules.kind_of(cmd.kind)
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    post = rules_round.demand_runner(actor, unit.path)
    attributes = rules_round.read_filter(kind, cmd)
    new = {
        "name": cmd.name, "kind": kind.name, "purpose": cmd.purpose, "unit_id": unit.id, "until": cmd.until,
        "states": tuple(sorted(set(cmd.states))), "attributes": attributes, "grids": tuple(sorted(set(cmd.grids))),
    }  # fmt: skip
    store_round.ALONE.one(tx)
    if (there := store_round.LOCK.maybe(tx, id=cmd.id)) is not None:
        rules_round.demand_same(there, new)
        return queries_round.get_file(tx, actor, there.id)
    begins = rules_round.demand_times(cmd, tx.now)
    with tx.trial(cmd.dry):
        by = actor.by(post)
        stored = {
            **new, "states": list(new["states"]), "grids": list(new["grids"]), "purpose": cmd.purpose.value,
            "attributes": msgspec.json.encode(attributes).decode(), "begins": begins, "path": unit.path,
        }  # fmt: skip
        _demand_ground(tx, unit, stored)
        store_round.ADD.one(tx, **stored, id=cmd.id, by=actor.id, post=by.post, now=tx.now)
        fill = store_round.ADD_GRIDS if cmd.purpose is RoundKind.census else store_round.ADD_THINGS
        fill.run(tx, **stored, id=cmd.id)
        counted = store_round.SUM.one(tx, id=cmd.id)
        if not counted.grids:
            raise Invalid(
                "round.nothing", f"这一范围内没有符合条件的{kind.zh}", "Nothing there matches: there is nothing to do"
            )
        if cmd.assign:
            _give_patrols(tx, cmd.id, kind, unit.path)
        digest = rules.digest([cmd.name, new["states"], attributes, new["grids"]])
        record(
            tx, by,
            RoundOpened(cmd.id, kind.name, cmd.purpose.value, unit.id, begins, cmd.until, counted.grids, counted.things, digest),
        )  # fmt: skip
        return queries_round.get_file(tx, actor, cmd.id, dry=cmd.dry)


def _give_patrols(tx: Tx, round_id: UUID, kind: Kind, path: str) -> None:
    grids = [(g.grid_code, g.duty_grid_id) for g in store_round.GRIDS.all(tx, id=round_id)]
    shared = rules_round.share_out(grids, find_holders(tx, path, rules_round.posts_for(kind)))
    store_round.put_people(tx, round_id, shared)


def _no_grid(code: str) -> NotFound:
    return NotFound("round.no_grid", f"这一轮没有单元网格 {code}", f"{code} is no grid of this round")


def _demand_ground(tx: Tx, unit: Unit, stored: dict[str, Any]) -> None:
    if unit.kind not in AREA_KINDS:
        raise Invalid("round.ground", f"{unit.name}不是区域", f"{unit.name} is no area", unit=unit.code)
    if (stray := store_round.STRAY.maybe(tx, **stored)) is not None:
        raise Invalid(
            "round.grid", f"这一范围内没有单元网格 {stray}", f"There is no unit grid {stray} here", grid=stray
        )
    if (same := store_round.SAME.maybe(tx, **stored)) is not None:
        raise Refused(
            "round.open_already", "同样的一轮正在进行，请先结束它", "The same is open already; end that one first", id=str(same)
        )  # fmt: skip


def _begin(tx: Tx, actor: Actor, round_id: UUID) -> tuple[Round, Kind]:
    """Lock it, and see that it is in sight."""
    round = store_round.lock_round(tx, round_id)
    queries_round.get_round(tx, scope_of(actor), round.id)
    return round, rules.kind_of(round.kind)


def assign_grids(tx: Tx, actor: Actor, cmd: AssignGrids) -> RoundFile:
    """Give grids to people; what is as it was is left so. Invalid `round.worker`: somebody who holds no post for it there."""
    round, kind = _begin(tx, actor, cmd.round_id)
    post = rules_round.demand_runner(actor, round.unit_path)
    rules_round.demand_open(round)
    wanted = {grid: given.person_id for given in cmd.assign for grid in given.grids}
    there = {g.grid_code: g.unit_path for g in store_round.GRIDS.all(tx, id=round.id)}
    holders = find_holders(tx, round.unit_path, rules_round.posts_for(kind))
    for grid, person in wanted.items():
        if grid not in there:
            raise _no_grid(grid)
        rules_round.demand_fits(kind, grid, there[grid], person, holders)
    if changed := store_round.put_people(tx, round.id, wanted, again=cmd.again):
        record(tx, actor.by(post), _assigned(round.id, changed))
    return queries_round.get_file(tx, actor, round.id)


def _assigned(round_id: UUID, changed: list[Changed]) -> RoundAssigned:
    people = tuple(sorted({c.person_id for c in changed if c.person_id is not None}))
    digest = rules.digest(sorted((c.grid_code, str(c.person_id)) for c in changed))
    return RoundAssigned(round_id, people, len(changed), sum(c.again for c in changed), digest)


def report_grid(tx: Tx, actor: Actor, cmd: ReportGrid) -> RoundGrid:
    """A grid is done, says its person; where it was nobody's, it is now whose word that is. Said twice, done once."""
    round, kind = _begin(tx, actor, cmd.round_id)
    grid = store_round.LOCK_GRID.maybe(tx, id=round.id, grid=cmd.grid_code)
    if grid is None:
        raise _no_grid(cmd.grid_code)
    post = rules_round.demand_worker(actor, kind, grid.unit_path)
    if grid.done_by != actor.id:
        rules_round.demand_open(round)
        at = rules_round.demand_report(round, actor, grid.person_id, cmd.at or tx.now, tx.now)
        store_round.REPORT.run(tx, id=round.id, grid=cmd.grid_code, at=at, by=actor.id, note=cmd.note)
        record(tx, actor.by(post), GridReported(round.id, cmd.grid_code, at, rules.digest(cmd.note)))
    return queries_round.get_grid(tx, scope_of(actor), round.id, cmd.grid_code)


def close_round(tx: Tx, actor: Actor, cmd: CloseRound) -> RoundFile:
    """End it: the figures of a census are kept as they stand now, with the list of what stands, and what was the census before."""
    return _end(tx, actor, cmd.round_id, None)


def cancel_round(tx: Tx, actor: Actor, cmd: CancelRound) -> RoundFile:
    """It does not count: no check-in is for it any more, and no later census is compared with it."""
    return _end(tx, actor, cmd.round_id, cmd.reason)


def _end(tx: Tx, actor: Actor, round_id: UUID, reason: str | None) -> RoundFile:
    round, kind = _begin(tx, actor, round_id)
    post = rules_round.demand_runner(actor, round.unit_path)
    cancelled = reason is not None
    if round.ended_at is not None:
        if round.cancelled is not cancelled:
            rules_round.demand_open(round)
        return queries_round.get_file(tx, actor, round.id)
    last = None
    store_round.put_counts(tx)
    if round.purpose is RoundKind.census and not cancelled:
        last = queries_round.find_last(tx, round)
        store_round.FREEZE.run(tx, id=round.id, kind=kind.name, over=sorted(kind.ended), now=tx.now)
    store_round.END.run(tx, id=round.id, now=tx.now, cancelled=cancelled, reason=reason, last=last)
    if reason is not None:
        event: RoundClosed | RoundCancelled = RoundCancelled(round.id, rules.digest(reason))
    else:
        event = RoundClosed(round.id, **asdict(store_round.SUM.one(tx, id=round.id)), last=last)
    record(tx, actor.by(post), event)
    return queries_round.get_file(tx, actor, round.id)


def count_and_note(database: Database) -> None:
    """Periodic: what changed is counted again, and what is left when the time of a round is over is noted, once."""
    with database.transaction() as tx:
        store_round.put_counts(tx)
    to_the_end(database, note_late, BATCH)


def note_late(tx: Tx) -> int:
    late = store_round.take_late(tx, BATCH)
    left = [RoundLate(one.id, one.things, one.grids) for one in late if one.grids]
    record_many(tx, SWEEPER.by(None), left)
    return len(late)
