"""SQL that writes routes, shifts and the counts of trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Tx, query, statement
from yiwang.scenes.patrol import rules, rules_figures
from yiwang.scenes.patrol.model_routes import Route

WHAT: LiteralString = "coalesce(t.attributes ->> 'equipment', t.attributes ->> 'risk', '')"
"""What is patrolled there: which equipment, of premises which risk."""
ROUTE: LiteralString = (
    "select r.id, r.name, r.unit_id, u.code as unit_code, u.name as unit_name, u.path::text as unit_path, g.path::text as ground_path,"
    " r.people, r.points, r.weekdays, r.begins, r.ends, r.n, r.retired_at from patrol.route r join network.unit u on u.id = r.unit_id"
    " join network.unit g on g.id = r.ground_id"
)
LOCK_ROUTE = query(Route, ROUTE + " where r.id = %(id)s for update of r")
# The ground: the smallest area on which all points lie, a street for what goes from neighbourhood to neighbourhood.
PUT_ROUTE = statement(
    "insert into patrol.route as r (id, name, unit_id, ground_id, people, points, weekdays, begins, ends, n, added_at, changed_at)"
    " select %(id)s, %(name)s, %(unit_id)s, g.id, %(people)s::uuid[], %(points)s::uuid[], %(weekdays)s::int[], %(begins)s, %(ends)s, 1,"
    " %(now)s, %(now)s from network.unit g where g.path = (select lca(array_agg(u.path)) from register.thing t"
    " join network.unit u on u.id = t.unit_id where t.id = any(%(points)s)) and g.valid_to is null"
    " on conflict (id) do update set name = excluded.name, unit_id = excluded.unit_id, ground_id = excluded.ground_id,"
    " people = excluded.people, points = excluded.points, weekdays = excluded.weekdays, begins = excluded.begins, ends = excluded.ends,"
    " n = r.n + 1, changed_at = excluded.changed_at, retired_at = null"
)
RETIRE = statement("update patrol.route set retired_at = %(now)s, n = n + 1 where id = %(id)s")


@dataclass(frozen=True, slots=True)
class Lacking:
    """A day on which a route is walked and no shift is planned yet."""

    route_id: UUID
    day: date
    points: tuple[UUID, ...]
    begins: time
    ends: time


LACKING = query(
    Lacking,
    "select r.id as route_id, d.day::date as day, r.points, r.begins, r.ends from patrol.route r cross join unnest(%(days)s::date[]) d (day)"
    " where r.retired_at is null and extract(isodow from d.day)::int = any(r.weekdays) and (%(route)s::uuid is null or r.id = %(route)s)"
    " and not exists (select from patrol.shift s where s.route_id = r.id and s.day = d.day) order by d.day, r.id",
)
ADD_SHIFT = statement(
    "insert into patrol.shift (id, route_id, day, starts_at, ends_at, points) values (%(id)s, %(route_id)s, %(day)s, %(starts_at)s,"
    " %(ends_at)s, %(points)s) on conflict do nothing"
)
# Whoever walks one without a network has not told yet that it was begun: what should be under way stays when its route is stopped,
# and keeps its id when the route changes.
DROP_TO_COME = statement(
    "delete from patrol.shift where route_id = %(route_id)s and begun_at is null and starts_at > %(now)s"
)
DROP_UNBEGUN = statement(
    "delete from patrol.shift where route_id = %(route_id)s and begun_at is null and ends_at > %(now)s"
)


@dataclass(frozen=True, slots=True)
class LockedShift:
    id: UUID
    route_id: UUID
    starts_at: datetime
    ends_at: datetime
    person_id: UUID | None
    begun_at: datetime | None
    ended_at: datetime | None
    unit_id: UUID
    unit_path: str
    ground_path: str
    people: tuple[UUID, ...]


LOCK_SHIFT = query(
    LockedShift,
    "select s.id, s.route_id, s.starts_at, s.ends_at, s.person_id, s.begun_at, s.ended_at, r.unit_id, u.path::text as unit_path,"
    " g.path::text as ground_path, r.people from patrol.shift s join patrol.route r on r.id = s.route_id"
    " join network.unit u on u.id = r.unit_id join network.unit g on g.id = r.ground_id where s.id = %(id)s for update of s",
)
BEGIN = statement("update patrol.shift set person_id = %(person)s, begun_at = %(at)s where id = %(id)s")
END = statement("update patrol.shift set ended_at = %(at)s where id = %(id)s")


def lock_shift(tx: Tx, id: UUID) -> LockedShift:
    """NotFound `shift.none` when there is none."""
    found = LOCK_SHIFT.maybe(tx, id=id)
    if found is None:
        raise rules.no_shift()
    return found


# ── what was reached ──────────────────────────────────────────────────────────────────────────────────────────────

# Which of a walk's points were reached is told by check-ins alone, whenever these are told: by whoever walks it, from when it was
# begun until it was ended, or two hours after its time (`rules.LATE`). The first tap counts.
TAPPED: LiteralString = (
    " cross join lateral unnest(s.points) with ordinality as p (thing_id, n) left join lateral (select c.id, c.at, c.how, c.doubts,"
    " c.damaged from register.checkin c where c.thing_id = p.thing_id and c.person_id = s.person_id and c.at between s.begun_at and"
    " case when s.ended_at is null then s.ends_at + interval '2 hours' else greatest(s.ended_at, s.ends_at) end"
    " order by c.at, c.id limit 1) c on true"
)
STATE: LiteralString = "case when c.at <= s.ends_at then 'done' when c.at is not null then 'late' when s.ends_at <= %(now)s then 'missed' else 'waiting' end"


@dataclass(frozen=True, slots=True)
class Over:
    """A shift whose time has just run out."""

    id: UUID
    route_id: UUID
    person_id: UUID | None
    points: int
    done: int


TAKE_OVER = query(
    Over,
    "with gone as (select id from patrol.shift where over_at is null and ends_at <= %(now)s order by ends_at limit %(limit)s"
    " for update skip locked), noted as (update patrol.shift set over_at = %(now)s where id in (select id from gone))"
    " select s.id, s.route_id, s.person_id, count(*)::int as points, count(c.id)::int as done from patrol.shift s"
    + TAPPED
    + " where s.id in (select id from gone) group by s.id, s.route_id, s.person_id order by s.id",
)


def take_over(tx: Tx, limit: int) -> Sequence[Over]:
    """Shifts whose time is over and was not noted yet."""
    return TAKE_OVER.all(tx, now=tx.now, limit=limit)


# ── trends ────────────────────────────────────────────────────────────────────────────────────────────────────────

MARK = query(datetime, "select up_to from patrol.mark")
PUT_MARK = statement(
    "insert into patrol.mark (up_to) values (%(now)s) on conflict (one) do update set up_to = excluded.up_to"
)
LOCK_TALLY = query(bool, "select pg_advisory_xact_lock(7946) is null")
# Months of which something was told since: check-ins, lapses, and lapses excused by a check-in that came late.
TOUCHED = query(
    date,
    "select distinct date_trunc('month', x.at at time zone %(zone)s)::date as month from"
    " (select at from register.checkin where received_at >= %(since)s"
    " union all select due_at from register.period where lapsed_at >= %(since)s"
    " union all select p.due_at from register.checkin c join register.period p on p.thing_id = c.thing_id and p.checkin_id = c.id"
    " where c.received_at >= %(since)s) x order by 1",
)
DROP_MONTHS = statement("delete from patrol.tally where month = any(%(months)s)")
ADD_MONTHS = statement(
    "insert into patrol.tally (month, grid_code, what, checks, damaged, missed) select x.month, x.grid_code, x.what, sum(x.checks),"
    " sum(x.damaged), sum(x.missed) from (select date_trunc('month', c.at at time zone %(zone)s)::date as month, t.grid_code, "
    + WHAT
    + " as what, 1 as checks, c.damaged::int as damaged, 0 as missed from register.checkin c join register.thing t on t.id = c.thing_id"
    " where t.kind = any(%(kinds)s) and c.at >= %(first)s and c.at < %(last)s union all select"
    " date_trunc('month', p.due_at at time zone %(zone)s)::date, t.grid_code, "
    + WHAT
    + ", 0, 0, 1 from register.period p join register.thing t on t.id = p.thing_id where t.kind = any(%(kinds)s)"
    " and p.met_at is null and p.lapsed_at >= %(first)s and p.due_at >= %(first)s and p.due_at < %(last)s) x"
    " where x.month = any(%(months)s) group by x.month, x.grid_code, x.what"
)
AGAIN = timedelta(minutes=10)
"""What was told in a transaction that was still open at the last count is counted at the next."""


def put_tally(tx: Tx, zone: ZoneInfo, *, anew: bool = False) -> int:
    """Count again the months of which something was told since the last time, or (`anew`) all; how many months."""
    LOCK_TALLY.one(tx)
    mark = None if anew else MARK.maybe(tx)
    since = datetime.min.replace(tzinfo=UTC) if mark is None else mark - AGAIN
    months = TOUCHED.all(tx, since=since, zone=zone.key)
    if months:
        first, last = (
            datetime.combine(day, time(), zone) for day in (months[0], rules_figures.add_months(months[-1], 1))
        )
        DROP_MONTHS.run(tx, months=months)
        ADD_MONTHS.run(tx, months=months, first=first, last=last, zone=zone.key, kinds=list(rules.KINDS))
    PUT_MARK.run(tx, now=tx.now)
    return len(months)
