"""Reads of the scene of lifts: the ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries
from yiwang.register.actions_owed import zone_of
from yiwang.scenes.elevators import rules
from yiwang.scenes.elevators.model_ranking import LiftFacts, RankedLift

FACTS = query(
    LiftFacts,
    "select t.id, t.code, t.name, t.address, u.name as unit_name, t.lon, t.lat, t.state, t.attributes->>'use' as use,"
    " (t.attributes->>'made_on')::date as made_on, (t.attributes->>'in_use_since')::date as in_use_since,"
    " (t.attributes->>'stops')::int as stops, coalesce((t.attributes->>'monitored')::boolean, false) as monitored,"
    " t.attributes->>'assessed' as assessed, 0 as traps,"
    " (select count(*)::int from register.checkin c where c.thing_id = t.id and c.at >= %(since)s and c.damaged) as faults,"
    " l.maintenance as maintenance_late, l.inspection as inspection_late"
    " from register.thing t join network.unit u on u.id = t.unit_id left join lateral ("
    "  select max(extract(day from %(now)s - o.lapsed_at)::int) filter (where r.code = 'elevator-maintenance') as maintenance,"
    "   max(extract(day from %(now)s - o.lapsed_at)::int) filter (where r.code = 'elevator-inspection') as inspection"
    "  from register.obligation o join register.rule r on r.id = o.rule_id"
    "  where o.thing_id = t.id and o.ended_at is null and o.lapsed_at is not null) l on true"
    " where t.kind = 'elevator' and not t.ended and {where} and " + queries.SEEN,
)  # fmt: skip
YEAR = timedelta(days=365)


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
    come in one statement, points are added up here: some 30 ms for five thousand."""
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
    where = queries.of_words(asked.words) & queries.of_unit(asked.unit_id) & queries.of_bodies(tx, scope)
    if asked.use is not None:
        where &= Clause("t.attributes->>'use' = %(use)s", {"use": asked.use})
    return FACTS.all(tx, where, now=tx.now, since=tx.now - YEAR, **queries.find_sight(tx, scope))
