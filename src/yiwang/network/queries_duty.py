"""Reads of who is really on duty: oneself, who is near, everybody on the map, the roster beside what is."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import Scope
from yiwang.network import rules_duty
from yiwang.network.model import Actor
from yiwang.network.model_duty import (
    Colleague,
    ColleagueRow,
    Coming,
    DutyPost,
    MyDuty,
    Point,
    PresenceRow,
    RosterLine,
)
from yiwang.network.queries_people import FIRST, show_reach
from yiwang.network.store_people import EFFECTIVE

ON = query(
    Coming,
    "select a.id, o.kind, n.name as unit_name, a.since, a.ends_by, w.at as position_at from network.attendance a"
    " join network.post o on o.id = a.post_id join network.unit_now n on n.id = o.unit_id"
    " left join network.whereabouts w on w.person_id = a.person_id"
    " where a.person_id = %(person_id)s and a.until is null and a.ends_by > %(at)s",
)
POSTS = query(
    DutyPost,
    "select o.id, o.kind, n.name as unit_name, (select max(d.until) from network.duty d where d.post_id = o.id"
    " and d.since <= %(soon)s and d.until > %(at)s) as planned_until"
    " from network.post o join network.unit_now n on n.id = o.unit_id where o.id = any(%(ids)s) order by o.since, o.id",
)
METRES: LiteralString = "(point(w.lon, w.lat) <@> point(%(lon)s, %(lat)s)) * 1609.344"
COLLEAGUE: LiteralString = (
    "select a.person_id, p.name, o.kind as post, n.unit_id, n.name as unit_name, a.since, w.lon, w.lat, w.accuracy_m,"
    f" w.at, case when %(lon)s::float8 is not null then {METRES} end as metres, p.sealed, p.phone, p.wecom"
    " from network.attendance a join network.person p on p.id = a.person_id join network.post o on o.id = a.post_id"
    " join network.unit_now n on n.id = o.unit_id left join network.whereabouts w on w.person_id = a.person_id"
    f" where a.until is null and a.ends_by > %(at)s and p.erased_at is null and {EFFECTIVE}"
    " and (%(everything)s or n.path <@ %(paths)s::ltree[])"
)
NEAR = query(
    ColleagueRow,
    f"{COLLEAGUE} and a.person_id <> %(person)s and {METRES} <= %(metres)s order by metres, a.person_id limit %(limit)s",
)
PEOPLE = query(
    ColleagueRow, f"{COLLEAGUE} and {{where}} and a.person_id > %(after)s order by a.person_id limit %(limit)s"
)
# Both sides of the roster at one instant: what is planned, and who was there.
PRESENCE = query(
    PresenceRow,
    "select coalesce(d.id, a.id) as id, coalesce(d.person_id, a.person_id) as person_id, p.name,"
    " coalesce(d.kind, a.kind) as post, coalesce(d.unit_name, a.unit_name) as unit_name, d.shift, d.since as planned_since,"
    " d.until as planned_until, a.since as here_since, a.until as here_until from (select d.*, o.person_id, o.kind,"
    " n.name as unit_name from network.duty d join network.post o on o.id = d.post_id"
    " join network.unit_now n on n.id = o.unit_id where d.since <= %(at)s and d.until > %(at)s"
    f" and n.path <@ %(path)s::ltree and (%(everything)s or n.path <@ %(paths)s::ltree[]) and {EFFECTIVE}) d"
    " full join (select a.*, o.kind, n.name as unit_name, n.path from network.attendance a"
    " join network.post o on o.id = a.post_id join network.unit_now n on n.id = o.unit_id"
    " where a.since <= %(at)s and coalesce(a.until, a.ends_by) > %(at)s) a on a.person_id = d.person_id"
    " join network.person p on p.id = coalesce(d.person_id, a.person_id)"
    " where (d.id is not null or a.path <@ %(path)s::ltree and (%(everything)s or a.path <@ %(paths)s::ltree[]))"
    " and coalesce(d.id, a.id) > %(after)s order by coalesce(d.id, a.id) limit %(limit)s",
)
TRAIL = query(
    Point,
    "select at, lon, lat, accuracy_m from network.trail where person_id = %(person_id)s and at >= %(since)s order by at, id",
)


def get_my_duty(tx: Tx, actor: Actor) -> MyDuty:
    """Am I on duty, since when, and under which posts I may be."""
    return MyDuty(find_coming(tx, actor), tuple(list_duty_posts(tx, actor)), rules_duty.EVERY_S)


def find_coming(tx: Tx, actor: Actor) -> Coming | None:
    """What I am on duty as now, if I am."""
    return ON.maybe(tx, person_id=actor.id, at=tx.now)


def list_duty_posts(tx: Tx, actor: Actor) -> list[DutyPost]:
    """One's own posts to be on duty under, with what the roster has now."""
    ids = [p.id for p in actor.posts if p.kind in rules_duty.DUTY_POSTS]
    return POSTS.all(tx, ids=ids, at=tx.now, soon=tx.now + rules_duty.EARLY) if ids else []


def find_scope(tx: Tx, actor: Actor) -> Scope:
    """Whose positions `actor` sees now; Refused outdoors while off duty, Forbidden for posts that see none."""
    return rules_duty.whom_seen(actor, find_coming(tx, actor) is not None)


def list_near(tx: Tx, scope: Scope, lon: float, lat: float, metres: float, limit: int = 50) -> list[Colleague]:
    """Who in sight is on duty and was last within `metres` of a point (WGS-84), the nearest first; not oneself."""
    return _show(
        tx,
        NEAR.all(
            tx, at=tx.now, lon=lon, lat=lat, metres=metres, everything=scope.everything, paths=list(scope.paths),
            person=scope.person, limit=limit,
        ),
    )  # fmt: skip


def list_colleagues(tx: Tx, scope: Scope, *, after: UUID = FIRST, limit: int = 500) -> list[Colleague]:
    """Everybody in sight who is on duty, by id, whether or not their phone has told where."""
    return _show(tx, _people(tx, scope, Clause(), after, limit))


def get_colleague(tx: Tx, scope: Scope, person_id: UUID) -> Colleague:
    """Somebody in sight who is on duty now; NotFound."""
    found = _people(tx, scope, Clause("a.person_id = %(id)s", {"id": person_id}), FIRST, 1)
    if not found:
        raise NotFound("network.no_colleague", "此人不在岗，或您无权查看", "They are not on duty, or not in your sight")
    return _show(tx, found)[0]


def _people(tx: Tx, scope: Scope, where: Clause, after: UUID, limit: int) -> list[ColleagueRow]:
    return PEOPLE.all(
        tx, where, at=tx.now, lon=None, lat=None, everything=scope.everything, paths=list(scope.paths), after=after,
        limit=limit,
    )  # fmt: skip


def _show(tx: Tx, rows: list[ColleagueRow]) -> list[Colleague]:
    return [rules_duty.show_colleague(r, tx.now, *show_reach(r.person_id, r.sealed, r.phone, r.wecom)) for r in rows]


def list_presence(
    tx: Tx, scope: Scope, unit_path: str, at: datetime, *, after: UUID = FIRST, limit: int = 200
) -> list[RosterLine]:
    """The roster of a unit and all below it at an instant, beside who was really there; by id."""
    rows = PRESENCE.all(
        tx, path=unit_path, at=at, everything=scope.everything, paths=list(scope.paths), after=after, limit=limit
    )
    return [rules_duty.show_presence(row, at, tx.now) for row in rows]


def get_trail(tx: Tx, person_id: UUID, since: datetime) -> list[Point]:
    """Where somebody was; whoever may ask is the caller's matter."""
    return TRAIL.all(tx, person_id=person_id, since=since)
