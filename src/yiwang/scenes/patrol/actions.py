"""Planning routes, walking them, and noting what was missed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import NotFound, Refused
from yiwang.kit.ids import named_id
from yiwang.kit.jobs import to_the_end
from yiwang.kit.scope import Scope
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor, system
from yiwang.network.queries_units import get_unit_in_reach_by_code
from yiwang.network.rules import scope_of
from yiwang.register.actions_owed import zone_of
from yiwang.register.model import ThingRow
from yiwang.register.queries import find_rows
from yiwang.register.rules import digest
from yiwang.scenes.patrol import queries, rules, store
from yiwang.scenes.patrol.model_routes import (
    BeginShift,
    EndShift,
    RetireRoute,
    Route,
    RouteFile,
    RouteRetired,
    RouteSet,
    SetRoute,
    ShiftBegun,
    ShiftEnded,
    ShiftFile,
    ShiftOver,
)

PLANNER = system("patrol")
BATCH = 500


# ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def set_route(tx: Tx, actor: Actor, cmd: SetRoute) -> RouteFile:
    """Add or change a route; its walks follow it as long as nobody has begun them, then they stay as they were planned. The same again
    changes nothing; Refused `route.changed` when somebody else was quicker."""
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    rows = find_rows(tx, _ground(actor), cmd.points)
    there = store.LOCK_ROUTE.maybe(tx, id=cmd.route_id)
    if cmd.n or there is not None:
        there = _demand_sight(actor, there)
    post = rules.demand_planner(actor, [unit.path, *([there.ground_path] if there else [])])
    _demand_points(cmd, rows)
    rules.demand_plan(cmd.points, {row.kind for row in rows}, cmd.weekdays, cmd.begins, cmd.ends)
    if cmd.people:
        rules.demand_people(cmd.people, {w.id for w in queries.find_walkers(tx, unit.id)})
    if there is not None and there.retired_at is None and _told(there) == _told_by(cmd):
        return queries.get_route(tx, actor, cmd.route_id)
    if cmd.n != (there.n if there else 0):
        raise Refused(
            "route.changed", "这条路线刚被别人改过，请看过最新内容再改", "Somebody has changed this route meanwhile; please look at it again",
            n=there.n if there else 0,
        )  # fmt: skip
    store.PUT_ROUTE.run(
        tx, id=cmd.route_id, name=cmd.name, unit_id=unit.id, people=list(cmd.people), points=list(cmd.points),
        weekdays=sorted(cmd.weekdays), begins=cmd.begins, ends=cmd.ends, now=tx.now,
    )  # fmt: skip
    made = store.LOCK_ROUTE.one(tx, id=cmd.route_id)
    rules.demand_planner(actor, [made.ground_path])
    store.DROP_UNBEGUN.run(tx, route_id=made.id, now=tx.now)
    plan_shifts(tx, made.id)
    record(tx, actor.by(post), RouteSet(made.id, made.n, unit.id, len(made.points), digest(asdict(cmd))))
    return queries.get_route(tx, actor, made.id)


def _ground(actor: Actor) -> Scope:
    """What they see at work: no administrator's post counts, and a token that may not read may still act."""
    return scope_of(replace(actor, acts=None))


def _demand_sight(actor: Actor, route: Route | None) -> Route:
    if route is None or not rules.is_near(_ground(actor), (route.unit_path, route.ground_path)):
        raise rules.no_route()
    return route


def _demand_points(cmd: SetRoute, rows: Collection[ThingRow]) -> None:
    if {row.id for row in rows} != set(cmd.points):
        raise NotFound("thing.none", "没有这份档案", "No such thing")


def _told(route: Route) -> tuple[object, ...]:
    return route.name, route.unit_code, route.points, route.weekdays, route.begins, route.ends, set(route.people)


def _told_by(cmd: SetRoute) -> tuple[object, ...]:
    return cmd.name, cmd.unit_code, cmd.points, tuple(sorted(cmd.weekdays)), cmd.begins, cmd.ends, set(cmd.people)


def retire_route(tx: Tx, actor: Actor, cmd: RetireRoute) -> RouteFile:
    """It is walked no more; what was walked stays. Again changes nothing."""
    route = _demand_sight(actor, store.LOCK_ROUTE.maybe(tx, id=cmd.route_id))
    post = rules.demand_planner(actor, [route.unit_path, route.ground_path])
    if route.retired_at is None:
        store.RETIRE.run(tx, id=route.id, now=tx.now)
        store.DROP_TO_COME.run(tx, route_id=route.id, now=tx.now)
        record(tx, actor.by(post), RouteRetired(route.id))
    return queries.get_route(tx, actor, route.id)


def plan_shifts(tx: Tx, route_id: UUID | None = None) -> int:
    """The walks of yesterday's night, today and tomorrow that are not over and not planned yet; how many."""
    zone = ZoneInfo(zone_of(tx))
    today = tx.now.astimezone(zone).date()
    made = list[dict[str, object]]()
    for lacking in queries.find_unmade(tx, [today + timedelta(days=d) for d in (-1, 0, 1)], route_id):
        starts_at, ends_at = rules.work_out_times(lacking.day, lacking.begins, lacking.ends, zone)
        if ends_at > tx.now:
            id = named_id(f"shift:{lacking.route_id}:{lacking.day}")
            made.append({"id": id, "route_id": lacking.route_id, "day": lacking.day, "starts_at": starts_at, "ends_at": ends_at, "points": list(lacking.points)})  # fmt: skip
    store.ADD_SHIFT.run_many(tx, made)
    return len(made)


# ── shifts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def begin_shift(tx: Tx, actor: Actor, cmd: BeginShift) -> ShiftFile:
    """Take a walk: it is theirs from then on. Again changes nothing; Refused `shift.taken` when somebody else was quicker."""
    shift = _lock(tx, actor, cmd.shift_id)
    if shift.person_id is None:
        _begin(tx, actor, shift, cmd)
    elif shift.person_id != actor.id:
        raise rules.taken()
    return queries.get_shift(tx, actor, cmd.shift_id)


def _lock(tx: Tx, actor: Actor, shift_id: UUID) -> store.LockedShift:
    shift = store.lock_shift(tx, shift_id)
    near = rules.is_near(_ground(actor), (shift.unit_path, shift.ground_path))
    if not near and actor.id not in (*shift.people, shift.person_id):
        raise rules.no_shift()
    return shift


def _begin(tx: Tx, actor: Actor, shift: store.LockedShift, cmd: BeginShift) -> None:
    post = rules.demand_walker(actor, shift.people, shift.unit_id)
    rules.demand_begin(cmd.at, shift.starts_at, shift.ends_at, tx.now)
    at = min(cmd.at, tx.now)
    store.BEGIN.run(tx, id=shift.id, person=actor.id, at=at)
    record(tx, actor.by(post), ShiftBegun(shift.id, shift.route_id, at))


def end_shift(tx: Tx, actor: Actor, cmd: EndShift) -> ShiftFile:
    """What was not reached by then is missed. Told before its beginning (a telephone without a network), it is begun so. Again
    changes nothing."""
    shift = _lock(tx, actor, cmd.shift_id)
    if shift.person_id is None:
        _begin(tx, actor, shift, BeginShift(cmd.shift_id, cmd.begun_at))
        shift = store.lock_shift(tx, cmd.shift_id)
    if shift.person_id != actor.id or shift.begun_at is None:
        raise rules.not_yours()
    if shift.ended_at is None:
        at = rules.demand_end(cmd.at, shift.begun_at, shift.ends_at, tx.now)
        store.END.run(tx, id=shift.id, at=at)
        post = next((p for p in actor.posts if p.kind in rules.WALKERS), None)
        record(tx, actor.by(post), ShiftEnded(shift.id, shift.route_id, at))
    return queries.get_shift(tx, actor, cmd.shift_id)


# ── periodic ──────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_and_close(database: Database) -> None:
    """Walks to come are planned; those whose time is over are noted, with what was missed."""
    with database.transaction() as tx:
        plan_shifts(tx)
    to_the_end(database, _close, BATCH)


def _close(tx: Tx) -> int:
    over = store.take_over(tx, BATCH)
    events = [ShiftOver(o.id, o.route_id, o.person_id, o.points, o.done, o.points - o.done) for o in over]
    record_many(tx, PLANNER.by(None), events)
    return len(over)


def count_trends(tx: Tx) -> int:
    """The months of which something was told since are counted again."""
    return store.put_tally(tx, ZoneInfo(zone_of(tx)))
