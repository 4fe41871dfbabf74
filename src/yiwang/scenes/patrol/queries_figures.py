"""Reads of figures: assessment of people and units, trends, and what there was in each grid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import LiteralString
from zoneinfo import ZoneInfo

from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, PostKind
from yiwang.network.rules import scope_of
from yiwang.register.actions_owed import zone_of
from yiwang.register.queries import find_sight
from yiwang.scenes.patrol import rules, rules_figures, store
from yiwang.scenes.patrol.model import WHATS
from yiwang.scenes.patrol.model_figures import Assessed, AssessedRow, Heat, Month, MonthCell, Trend

P = PostKind
JUDGES = frozenset({P.assessor, P.supervisor, P.commander, P.auditor})
"""Who sees how others are assessed; everybody sees their own."""


class By(StrEnum):
    person = "person"
    unit = "unit"


def _assessed(who: LiteralString, duty_who: LiteralString, tail: LiteralString) -> LiteralString:
    """What a month holds, fact by fact, and its sums. A walk is of whoever took it and of its route's unit; a duty of whoever met it and
    of the unit that owed it; a tap of whoever made it. `lead` looks two months on: whether what was missed was made up."""
    return (
        "with walk as (select s.id, s.person_id, r.unit_id, " + store.STATE + " as state from patrol.shift s"
        " join patrol.route r on r.id = s.route_id" + store.TAPPED + " where s.starts_at >= %(since)s and s.starts_at < %(until)s"
        " and s.ends_at <= %(now)s), duty as (select p.person_id, p.unit_id, p.due_at, p.met_at is not null as met,"
        " p.met_at is null and lead(p.met_at) over next is not null as made_up, lead(p.person_id) over next as next_person"
        " from register.period p join register.thing t on t.id = p.thing_id where p.due_at >= %(since)s"
        " and p.due_at < %(until)s::timestamptz + interval '62 days' and t.kind = any(%(kinds)s)"
        " window next as (partition by p.thing_id, p.rule_id order by p.due_at)), tap as (select c.person_id, c.unit_id,"
        " c.doubts <> '{}' as doubted, c.damaged, k.case_id, x.closed_at is not null as closed from register.checkin c"
        " join register.thing t on t.id = c.thing_id left join register.thing_case k on k.checkin_id = c.id"
        " left join cases.case x on x.id = k.case_id where c.at >= %(since)s and c.at < %(until)s and t.kind = any(%(kinds)s)),"
        " fact as (select " + who + " as id, unit_id, id as shift_id, person_id is not null as begun, state, 0 as owed, 0 as met,"
        " 0 as made_up, 0 as taps, 0 as doubted, 0 as damaged, 0 as cases, 0 as closed from walk"
        " union all select " + duty_who + ", unit_id, null, null, null, 1, met::int, made_up::int, 0, 0, 0, 0, 0 from duty"
        " where due_at < %(until)s and due_at <= %(now)s"
        " union all select " + who + ", unit_id, null, null, null, 0, 0, 0, 1, doubted::int, damaged::int, (case_id is not null)::int,"
        " closed::int from tap)"
        " select n.id, n.name, " + tail
    )  # fmt: skip


SUMS: LiteralString = (
    " as unit_name, count(distinct f.shift_id)::int as shifts, (count(distinct f.shift_id) filter (where f.begun))::int as begun,"
    " count(f.state)::int as points, (count(*) filter (where f.state = 'done'))::int as done,"
    " (count(*) filter (where f.state = 'late'))::int as late, (count(*) filter (where f.state = 'missed'))::int as missed,"
    " sum(f.owed)::int as owed, sum(f.met)::int as met, sum(f.made_up)::int as made_up,"
    " (sum(f.owed) - sum(f.met) - sum(f.made_up))::int as lapsed, sum(f.taps)::int as taps, sum(f.doubted)::int as doubted,"
    " sum(f.damaged)::int as damaged, sum(f.cases)::int as cases, sum(f.closed)::int as closed from fact f"
    " join network.unit u on u.id = f.unit_id"
)
SEEN: LiteralString = "(%(everything)s or u.path <@ %(paths)s::ltree[])"
OF_PEOPLE = query(
    Assessed,
    _assessed("person_id", "case when met then person_id when made_up then next_person end", "min(u.name)")
    + SUMS + " join network.person n on n.id = f.id where " + SEEN + " or f.id = %(person)s group by n.id order by n.name, n.id",
    fresh=True,
)  # fmt: skip
OF_UNITS = query(
    Assessed,
    _assessed("unit_id", "unit_id", "''") + SUMS + " join network.unit n on n.id = f.id where " + SEEN
    + " group by n.id order by n.name, n.id",
    fresh=True,
)  # fmt: skip
# The grids are found first, and as one array: joined, the planner takes a district's for a few and seeks each in turn.
ON_GROUND: LiteralString = (
    "y.grid_code = any(array(select g.code from city.unit_grid g join network.unit u on u.id = g.community_id"
    " where u.path <@ %(areas)s::ltree[]))"
)
MONTHS = query(
    Month,
    "select y.month, sum(y.checks)::int as checks, sum(y.damaged)::int as damaged, sum(y.missed)::int as missed"
    " from patrol.tally y where {where} group by y.month order by y.month",
)
SERIES = query(
    MonthCell,
    "select y.month, y.grid_code, y.what, y.checks, y.damaged, y.missed from patrol.tally y where {where}"
    " order by y.month, y.grid_code, y.what limit %(limit)s",
)
HEAT = query(
    Heat,
    "select y.grid_code, sum(y.checks)::int as checks, sum(y.damaged)::int as damaged, sum(y.missed)::int as missed"
    " from patrol.tally y where {where} group by y.grid_code order by y.grid_code limit 20000",
)


def list_assessed(tx: Tx, actor: Actor, scope: Scope, month: date, by: By) -> list[AssessedRow]:
    """A month of people or units. Of people whoever judges there sees all, everybody their own."""
    zone = ZoneInfo(zone_of(tx))
    since, until = (datetime.combine(day, time(), zone) for day in rules_figures.month_span(month))
    seen = scope_of(actor, JUDGES) if by is By.person else scope
    rows = (OF_PEOPLE if by is By.person else OF_UNITS).all(
        tx, since=since, until=until, now=tx.now, kinds=list(rules.KINDS), everything=seen.everything, paths=list(seen.paths),
        person=actor.id,
    )  # fmt: skip
    return [rules_figures.weigh(row) for row in rows]


def get_trend(tx: Tx, scope: Scope, quarter: date, *, what: str | None = None, grid: str | None = None) -> Trend:
    """How it goes from month to month on one's ground; of one kind of equipment, of one grid."""
    months = MONTHS.all(tx, _tallied(tx, scope, what=what, grid=grid))
    return rules_figures.make_trend(months, rules_figures.quarter_of(quarter), _today(tx), WHATS)


def list_series(
    tx: Tx,
    scope: Scope,
    *,
    since: date | None = None,
    until: date | None = None,
    what: str | None = None,
    grid: str | None = None,
    after: tuple[date, str, str] | None = None,
    limit: int = 500,
) -> list[MonthCell]:
    """Month by month, of each grid and kind on one's ground, from the month of `since` to that of `until`."""
    where = _tallied(tx, scope, since=since and since.replace(day=1), until=until, what=what, grid=grid)
    if after is not None:
        key = {"after_month": after[0], "after_grid": after[1], "after_what": after[2]}
        where &= Clause(
            "(y.month, y.grid_code, y.what) > (%(after_month)s::date, %(after_grid)s::text, %(after_what)s::text)", key
        )
    return SERIES.all(tx, where, limit=limit)


def list_heat(tx: Tx, scope: Scope, quarter: date, *, what: str | None = None) -> Sequence[Heat]:
    """What there was in each unit grid in a quarter."""
    since = rules_figures.quarter_of(quarter)
    return HEAT.all(tx, _tallied(tx, scope, since=since, until=rules_figures.add_months(since, 2), what=what))


def _tallied(
    tx: Tx,
    scope: Scope,
    *,
    since: date | None = None,
    until: date | None = None,
    what: str | None = None,
    grid: str | None = None,
) -> Clause:
    """What of the tally lies on one's ground, and in these months (both named are in), of this kind, in this grid."""
    sight = find_sight(tx, scope)
    where = TRUE if sight["everything"] else Clause(ON_GROUND, {"areas": sight["areas"]})
    if since is not None:
        where &= Clause("y.month >= %(since)s", {"since": since})
    if until is not None:
        where &= Clause("y.month <= %(until)s", {"until": until})
    if what is not None:
        where &= Clause("y.what = %(what)s", {"what": what})
    if grid is not None:
        where &= Clause("y.grid_code = %(grid)s", {"grid": grid})
    return where


def _today(tx: Tx) -> date:
    return tx.now.astimezone(ZoneInfo(zone_of(tx))).date()
