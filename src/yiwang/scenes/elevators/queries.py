"""Reads of the scene of lifts: the ranking, people trapped now, and the scene's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries
from yiwang.register.actions_owed import zone_of
from yiwang.scenes.elevators import rules
from yiwang.scenes.elevators.model_ranking import LiftFacts, RankedLift, RescueTimes, RunningTrap
from yiwang.scenes.model import SceneFigure

AFTER: LiteralString = (
    "select d.due_at, k.at from register.step_due d left join register.step k on k.id = d.taken_id"
    " where d.thing_id = t.id and d.after_id = s.id and d.step = "
)
"""When a step after the trap is due, and when it was taken."""
OUTCOME: LiteralString = (
    "select k.at as taken, k.at > d.due_at as late, d.late_at is not null as gone from register.step_due d"
    " left join register.step k on k.id = d.taken_id where d.thing_id = s.thing_id and d.after_id = s.id and d.step = "
)
"""Likewise of one that may be over: `late`, or its time ran out and nobody came (`gone`)."""
FACTS = query(
    LiftFacts,
    "select t.id, t.code, t.name, t.address, u.name as unit_name, t.lon, t.lat, t.state, t.attributes->>'use' as use,"
    " (t.attributes->>'made_on')::date as made_on, (t.attributes->>'in_use_since')::date as in_use_since,"
    " (t.attributes->>'stops')::int as stops, coalesce((t.attributes->>'monitored')::boolean, false) as monitored,"
    " t.attributes->>'assessed' as assessed,"
    " (select count(*)::int from register.step s where s.thing_id = t.id and s.at >= %(since)s and s.step = 'trapped') as traps,"
    " (select count(*)::int from register.checkin c where c.thing_id = t.id and c.at >= %(since)s and c.damaged)"
    " + (select count(*)::int from register.step s where s.thing_id = t.id and s.at >= %(since)s and s.step = 'stop'"
    " and s.form->>'reason' = '故障') as faults,"
    " l.maintenance as maintenance_late, l.inspection as inspection_late"
    " from register.thing t join network.unit u on u.id = t.unit_id left join lateral ("
    "  select max(extract(day from %(now)s - o.lapsed_at)::int) filter (where r.code = 'elevator-maintenance') as maintenance,"
    "   max(extract(day from %(now)s - o.lapsed_at)::int) filter (where r.code = 'elevator-inspection') as inspection"
    "  from register.obligation o join register.rule r on r.id = o.rule_id"
    "  where o.thing_id = t.id and o.ended_at is null and o.lapsed_at is not null) l on true"
    " where t.kind = 'elevator' and not t.ended and {where} and " + queries.SEEN,
)  # fmt: skip
YEAR = timedelta(days=365)
RUNNING = query(
    RunningTrap,
    "select t.id, t.code, t.name, t.address, u.name as unit_name, t.lon, t.lat, s.at, s.said_zh, s.said_en, s.form,"
    " (select x.case_id from register.thing_case x where x.step_id = s.id limit 1) as case_id,"
    " coalesce((select max(pu.name) from register.party p join network.unit pu on pu.id = p.unit_id"
    "  where p.thing_id = t.id and p.role = 'maintainer'), '') as firm,"
    " c.due_at as call_due, c.at as called_at, a.due_at as arrive_due, a.at as arrived_at"
    " from register.thing t join network.unit u on u.id = t.unit_id"
    " join lateral (select * from register.step s where s.thing_id = t.id and s.step = 'trapped' order by s.received_at desc, s.id desc limit 1) s on true"
    " left join lateral (" + AFTER + "'called') c on true left join lateral (" + AFTER + "'arrived') a on true"
    " where t.kind = 'elevator' and t.state = 'trapped' and {where} and " + queries.SEEN + " order by s.at, t.code limit 200",
)  # fmt: skip
TIMES = query(
    RescueTimes,
    "select (count(*))::int as traps, (count(*) filter (where c.late or (c.late is null and c.gone)))::int as called_late,"
    " (count(*) filter (where a.late or (a.late is null and a.gone)))::int as arrived_late,"
    " extract(epoch from percentile_cont(0.5) within group (order by c.taken - s.at))::float8 / 60 as call_minutes,"
    " extract(epoch from percentile_cont(0.5) within group (order by a.taken - s.at))::float8 / 60 as arrive_minutes,"
    " extract(epoch from percentile_cont(0.5) within group (order by f.taken - s.at))::float8 / 60 as free_minutes"
    " from register.step s join register.thing t on t.id = s.thing_id join network.unit u on u.id = t.unit_id"
    " left join lateral (" + OUTCOME + "'called') c on true left join lateral (" + OUTCOME + "'arrived') a on true"
    " left join lateral (select min(f.at) as taken from register.step f where f.thing_id = s.thing_id and f.step = 'freed'"
    "  and f.at >= s.at) f on true"
    " where s.step = 'trapped' and s.at >= %(since)s and t.kind = 'elevator' and " + queries.SEEN,
)  # fmt: skip
NOW_TRAPPED = query(
    int,
    "select count(*)::int from register.thing t join network.unit u on u.id = t.unit_id"
    " where t.kind = 'elevator' and t.state = 'trapped' and " + queries.SEEN,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ranking is narrowed to; None leaves it wide. `least`: points at least; `factor`: for this reason among others."""

    unit_id: UUID | None = None
    words: str | None = None
    use: str | None = None
    least: int = 0
    factor: str | None = None


def list_ranking(
    tx: Tx, scope: Scope, asked: Asked, *, after: tuple[int, str] | None = None, limit: int = 100
) -> list[RankedLift]:
    """The lifts in sight, those first that should be looked at first; after the score and code of the last one seen. Facts
    come in one statement, points are added up here: some 15 ms for five hundred."""
    today = tx.now.astimezone(ZoneInfo(zone_of(tx))).date()
    ranked = [rules.rank(lift, today) for lift in find_facts(tx, scope, asked)]
    ranked = [
        lift
        for lift in ranked
        if lift.score >= asked.least and (asked.factor is None or any(r.factor == asked.factor for r in lift.reasons))
    ]
    ranked.sort(key=lambda lift: (-lift.score, lift.code))
    if after is not None:
        ranked = [lift for lift in ranked if (-lift.score, lift.code) > (-after[0], after[1])]
    return ranked[:limit]


def find_facts(tx: Tx, scope: Scope, asked: Asked) -> list[LiftFacts]:
    where = (
        queries.find_words_clause(tx, scope, asked.words)
        & queries.of_unit(asked.unit_id)
        & queries.find_party_clause(tx, scope)
    )
    if asked.use is not None:
        where &= Clause("t.attributes->>'use' = %(use)s", {"use": asked.use})
    return FACTS.all(tx, where, now=tx.now, since=tx.now - YEAR, **queries.find_sight(tx, scope))


def list_running(tx: Tx, scope: Scope) -> list[RunningTrap]:
    """People trapped now, in sight: the longest first."""
    return RUNNING.all(tx, queries.find_party_clause(tx, scope), **queries.find_sight(tx, scope))


def count_figures(tx: Tx, scope: Scope) -> list[SceneFigure]:
    """People trapped now; of the last year, how often, and the medians of the three times with how many were late."""
    sight = queries.find_sight(tx, scope)
    now, year = NOW_TRAPPED.one(tx, **sight), TIMES.one(tx, since=tx.now - YEAR, **sight)
    found = [
        SceneFigure("trapped", "正在困人", "People trapped now", now, tone="late" if now else "good"),
        SceneFigure("traps", "近一年困人", "Trapped in a year", year.traps),
        SceneFigure(
            "called_late",
            "5 分钟内未通知",
            "Not called in 5 min",
            year.called_late,
            tone="late" if year.called_late else "good",
            of=year.traps,
        ),
        SceneFigure(
            "arrived_late",
            "30 分钟内未到场",
            "Not there in 30 min",
            year.arrived_late,
            tone="late" if year.arrived_late else "good",
            of=year.traps,
        ),
    ]
    for name, zh, en, minutes in (
        ("call_minutes", "通知用时中位数（分）", "Median to the call (min)", year.call_minutes),
        ("arrive_minutes", "到场用时中位数（分）", "Median to arrival (min)", year.arrive_minutes),
        ("free_minutes", "救出用时中位数（分）", "Median to freedom (min)", year.free_minutes),
    ):
        if minutes is not None:
            found.append(SceneFigure(name, zh, en, round(minutes, 1)))
    return found
