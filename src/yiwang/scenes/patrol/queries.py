"""Reads of routes and shifts: of one's own unit, or on one's own ground."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from yiwang.city.queries_rules import calendar_for
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.network.queries_units import get_visible_unit
from yiwang.network.rules import scope_of
from yiwang.scenes.model import SceneFigure, SceneTrouble
from yiwang.scenes.patrol import rules, store
from yiwang.scenes.patrol.model_routes import (
    Route,
    RouteFile,
    Shift,
    ShiftFile,
    ShiftState,
    Spot,
    Stop,
    Walker,
    WalkingUnit,
)

SEEN: LiteralString = "(%(everything)s or u.path <@ %(paths)s::ltree[] or g.path <@ %(paths)s::ltree[] or %(person)s::uuid = any(r.people))"
ROUTES = query(
    Route,
    store.ROUTE
    + " where {where} and "
    + SEEN
    + " and (r.retired_at is not null) = %(retired)s order by r.name, r.id limit %(limit)s",
    fresh=True,
)
ONE_ROUTE = query(Route, store.ROUTE + " where r.id = %(id)s and " + SEEN)
SPOTS = query(
    Spot,
    "select p.n::int as n, p.thing_id, t.kind, t.code, t.name, t.address, "
    + store.WHAT
    + " as what, t.lon, t.lat from patrol.route r"
    " cross join lateral unnest(r.points) with ordinality as p (thing_id, n) join register.thing t on t.id = p.thing_id"
    " where r.id = %(id)s order by p.n",
)
WALKERS = query(
    Walker,
    "select distinct p.id, p.name from network.post h join network.person p on p.id = h.person_id where h.unit_id = %(unit_id)s"
    " and h.kind = any(%(kinds)s) and h.since <= %(now)s and (h.until is null or h.until > %(now)s) order by p.name, p.id limit 500",
)
UNITS = query(
    WalkingUnit,
    "select u.id, u.code, u.name from network.unit u where u.valid_to is null and (%(everything)s or u.path <@ %(paths)s::ltree[])"
    " and exists (select from network.post h where h.unit_id = u.id and h.kind = any(%(kinds)s) and h.since <= %(now)s"
    " and (h.until is null or h.until > %(now)s)) order by u.path, u.name limit 500",
)
NAMED = query(Walker, "select id, name from network.person where id = any(%(ids)s) order by name, id")


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift as it stands, with what decides who may do what."""

    id: UUID
    route_id: UUID
    route_name: str
    unit_id: UUID
    unit_name: str
    people: tuple[UUID, ...]
    day: date
    starts_at: datetime
    ends_at: datetime
    person_id: UUID | None
    person_name: str | None
    begun_at: datetime | None
    ended_at: datetime | None
    points: int
    done: int
    late: int
    missed: int
    doubted: int
    damaged: int


SHIFT_SEEN: LiteralString = (
    "(%(everything)s or u.path <@ %(paths)s::ltree[] or g.path <@ %(paths)s::ltree[] or %(person)s::uuid = any(r.people)"
    " or s.person_id = %(person)s)"
)
SHIFTS = query(
    Planned,
    "with x as (select s.id as shift_id, "
    + store.STATE
    + " as state, c.doubts, c.damaged from (select s.* from patrol.shift s"
    " join patrol.route r on r.id = s.route_id join network.unit u on u.id = r.unit_id join network.unit g on g.id = r.ground_id"
    " where {where} and " + SHIFT_SEEN + " order by s.starts_at, s.id limit %(limit)s) s" + store.TAPPED + ")"
    " select s.id, s.route_id, r.name as route_name, r.unit_id, u.name as unit_name, r.people, s.day, s.starts_at, s.ends_at, s.person_id,"
    " w.name as person_name, s.begun_at, s.ended_at, count(*)::int as points, (count(*) filter (where x.state = 'done'))::int as done,"
    " (count(*) filter (where x.state = 'late'))::int as late, (count(*) filter (where x.state = 'missed'))::int as missed,"
    " (count(*) filter (where x.doubts <> '{}'))::int as doubted, (count(*) filter (where x.damaged))::int as damaged"
    " from x join patrol.shift s on s.id = x.shift_id join patrol.route r on r.id = s.route_id join network.unit u on u.id = r.unit_id"
    " left join network.person w on w.id = s.person_id group by s.id, r.id, u.id, w.id order by s.starts_at, s.id",
    fresh=True,
)
STOPS = query(
    Stop,
    "select s.id as shift_id, p.n::int as n, p.thing_id, t.kind, t.code, t.name, t.address, "
    + store.WHAT
    + " as what, t.lon, t.lat, "
    + store.STATE
    + " as state, c.at, case when c.at is not null then (rank() over (partition by s.id order by c.at, c.id))::int end as turn, c.how,"
    " coalesce(c.doubts, '{}') as doubts, coalesce(c.damaged, false) as damaged from patrol.shift s"
    + store.TAPPED
    + " join register.thing t on t.id = p.thing_id where s.id = any(%(ids)s) order by s.id, p.n",
)


def _sight(scope: Scope) -> dict[str, Any]:
    return {"everything": scope.everything, "paths": list(scope.paths), "person": scope.person}


# ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_routes(
    tx: Tx, scope: Scope, *, retired: bool = False, after: tuple[str, UUID] | None = None, limit: int = 100
) -> list[Route]:
    """Routes by name: those that are walked, or those `retired`."""
    where = TRUE
    if after is not None:
        where = Clause(
            "(r.name, r.id) > (%(after_name)s, %(after_id)s::uuid)", {"after_name": after[0], "after_id": after[1]}
        )
    return ROUTES.all(tx, where, retired=retired, limit=limit, **_sight(scope))


def get_route(tx: Tx, actor: Actor, route_id: UUID) -> RouteFile:
    """NotFound `route.none` when there is none, or out of sight."""
    route = ONE_ROUTE.maybe(tx, id=route_id, **_sight(scope_of(actor)))
    if route is None:
        raise rules.no_route()
    acts = () if not rules.may_plan(actor, route) else ("resume",) if route.retired_at else ("set", "retire")
    return RouteFile(route, SPOTS.all(tx, id=route_id), NAMED.all(tx, ids=list(route.people)), acts)


def list_walking_units(tx: Tx, scope: Scope) -> list[WalkingUnit]:
    """The units of this scope that have somebody who patrols."""
    return UNITS.all(
        tx, everything=scope.everything, paths=list(scope.paths), kinds=[k.value for k in rules.WALKERS], now=tx.now
    )


def find_walkers(tx: Tx, unit_id: UUID) -> list[Walker]:
    """Whose posts of this very unit patrol."""
    return WALKERS.all(tx, unit_id=unit_id, kinds=[k.value for k in rules.WALKERS], now=tx.now)


def list_walkers(tx: Tx, scope: Scope, unit_id: UUID) -> list[Walker]:
    """Of a unit that they see; NotFound otherwise."""
    return find_walkers(tx, get_visible_unit(tx, scope, unit_id).id)


# ── shifts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_shifts(
    tx: Tx, scope: Scope, day: date, *, after: tuple[datetime, UUID] | None = None, limit: int = 100
) -> list[Shift]:
    """The walks of a day, with how far each has come."""
    where = Clause("s.day = %(day)s", {"day": day})
    if after is not None:
        where &= Clause(
            "(s.starts_at, s.id) > (%(after_at)s, %(after_id)s::uuid)", {"after_at": after[0], "after_id": after[1]}
        )
    return [_shown(tx, p) for p in SHIFTS.all(tx, where, now=tx.now, limit=limit, **_sight(scope))]


def count_walks(tx: Tx, scope: Scope) -> Sequence[SceneFigure]:
    """The scene's own numbers: today's walks, and what of them was reached and missed."""
    today = tx.now.astimezone(calendar_for(tx).zone).date()
    found = SHIFTS.all(tx, Clause("s.day = %(day)s", {"day": today}), now=tx.now, limit=2_000, **_sight(scope))
    begun = [p for p in found if p.starts_at <= tx.now]
    points, missed = sum(p.points for p in begun), sum(p.missed for p in begun)
    left = sum(1 for p in begun if p.person_id is None)
    return (
        SceneFigure("walks", "今日已开始班次", "Walks begun today", len(begun) - left, of=len(found)),
        SceneFigure("reached", "已巡点位", "Points reached", sum(p.done + p.late for p in begun), of=points),
        SceneFigure("missed", "今日漏巡", "Missed today", missed, tone="late" if missed else "good"),
    )


def list_missed(tx: Tx, scope: Scope) -> Sequence[SceneTrouble]:
    """Walks whose time was over within the last 24 hours and that left points out, each where its first such point is: whoever comes
    on duty after midnight sees the evening's too."""
    today = tx.now.astimezone(calendar_for(tx).zone).date()
    over = Clause(
        "s.day >= %(day)s and s.ends_at <= %(now)s and s.ends_at > %(now)s::timestamptz - interval '24 hours'",
        {"day": today - timedelta(days=2)},  # a walk of the evening ends on the day after its own
    )
    found = {p.id: p for p in SHIFTS.all(tx, over, now=tx.now, limit=200, **_sight(scope)) if p.missed}
    first: dict[UUID, Stop] = {}
    for stop in STOPS.all(tx, ids=list(found), now=tx.now):
        if stop.state == "missed":
            first.setdefault(stop.shift_id, stop)
    return [
        SceneTrouble(
            "patrol", "own", at.kind, at.thing_id, p.route_name, "", f"漏巡 {p.missed} 个点位", f"{p.missed} points missed",
            p.ends_at, None, late=True, grave=False, case_id=None, step=None, lon=at.lon, lat=at.lat,
        )
        for id, at in first.items() if (p := found[id])
    ]  # fmt: skip


def list_my_shifts(tx: Tx, actor: Actor, scope: Scope) -> list[ShiftFile]:
    """What this person walks, or may walk, from half a day ago to a day ahead: with every point, to be taken along."""
    mine = Clause(
        "s.ends_at > %(now)s::timestamptz - interval '12 hours' and s.starts_at < %(now)s::timestamptz + interval '24 hours'"
        " and (s.person_id = %(person)s or s.person_id is null and (%(person)s = any(r.people) or r.people = '{}'"
        " and r.unit_id = any(%(units)s::uuid[])))",
        {"units": [p.unit_id for p in actor.posts if p.kind in rules.WALKERS]},
    )
    found = SHIFTS.all(tx, mine, now=tx.now, limit=50, **_sight(scope))
    return _files(tx, actor, found)


def get_shift(tx: Tx, actor: Actor, shift_id: UUID) -> ShiftFile:
    """NotFound `shift.none` when there is none, or out of sight."""
    one = Clause("s.id = %(id)s", {"id": shift_id})
    found = SHIFTS.all(tx, one, now=tx.now, limit=1, **_sight(scope_of(actor)))
    if not found:
        raise rules.no_shift()
    return _files(tx, actor, found)[0]


def _files(tx: Tx, actor: Actor, found: Sequence[Planned]) -> list[ShiftFile]:
    stops: dict[UUID, list[Stop]] = {p.id: [] for p in found}
    for stop in STOPS.all(tx, ids=list(stops), now=tx.now):
        stops[stop.shift_id].append(stop)
    return [ShiftFile(_shown(tx, p), stops[p.id], _acts(actor, p, tx.now)) for p in found]


def _acts(actor: Actor, planned: Planned, now: datetime) -> tuple[str, ...]:
    if planned.person_id is None:
        open_now = planned.starts_at - rules.EARLY <= now < planned.ends_at
        return ("begin",) if open_now and rules.is_walker(actor, planned.people, planned.unit_id) else ()
    return ("end",) if planned.person_id == actor.id and planned.ended_at is None else ()


def _shown(tx: Tx, p: Planned) -> Shift:
    state = (
        ShiftState.ended if p.ended_at is not None
        else ShiftState.over if p.ends_at <= tx.now
        else ShiftState.walked if p.begun_at is not None
        else ShiftState.planned
    )  # fmt: skip
    return Shift(
        p.id, p.route_id, p.route_name, p.unit_name, p.day, p.starts_at, p.ends_at, p.person_id, p.person_name, p.begun_at, p.ended_at,
        state, p.points, p.done, p.late, p.missed, p.doubted, p.damaged,
    )  # fmt: skip


def find_unmade(tx: Tx, days: Collection[date], route_id: UUID | None = None) -> list[store.Lacking]:
    """Days on which a route is walked and has no shift yet."""
    return store.LACKING.all(tx, days=list(days), route=route_id)
