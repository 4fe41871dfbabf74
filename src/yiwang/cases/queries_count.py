"""How many cases stand where: by step, by unit, and how many of them are late. Right at every instant, quick at any size.

The tally (migration 0021) says how many there were when it last followed the ledger. Of the few cases that the ledger
tells of since, settled or not, what was counted then is taken off, and what they are now is put in its place; and whatever
has passed its deadline since is counted as late. All in one statement: at one instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.cases.model import Step
from yiwang.cases.queries_list import LATE, find_held_units, is_of_all
from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.ledger.queries import changed_since
from yiwang.network.queries_units import get_visible_unit

EVERYBODY = UUID(int=0)
"""Under whom the tally holds all cases there are."""


@dataclass(frozen=True, slots=True)
class StepCount:
    step: Step
    cases: int
    overdue: int


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Of one unit: what it sees at this step, that is on its ground or in the hands of its bodies."""

    unit_id: UUID
    code: str
    name: str
    step: Step
    cases: int
    overdue: int


@dataclass(frozen=True, slots=True)
class _Count:
    who: UUID
    step: Step
    cases: int
    overdue: int


@dataclass(frozen=True, slots=True)
class _Child:
    id: UUID
    code: str
    name: str


# An array, so that the planner takes them for the few they are.
_CHANGED: LiteralString = "any((select ids from changed)::uuid[])"
_LATE: LiteralString = "cases.late_from(c.step, c.step_due_at, c.due_at, c.overdue_at, c.suspended_at) < %(now)s"
TALLIED = query(
    _Count,
    "with changed as materialized (select array("
    + changed_since("(select size from cases.tally_mark)")
    + " union select case_id from cases.tally_again) as ids),"
    " told as ("
    "select who, step, late, cases from cases.tally where who = any(%(whos)s)"
    # what has changed since: off as what it was counted, on as what it is
    " union all select w.who, t.step, t.late, -1 from cases.tallied t cross join unnest(t.whos) as w(who)"
    " where t.case_id = " + _CHANGED + " and w.who = any(%(whos)s)"
    " union all select w.who, c.step, " + _LATE + ", 1 from cases.case c cross join cases.watchers(c.id) as w(who)"
    " where c.id = " + _CHANGED + " and w.who = any(%(whos)s)"
    # what else has become late since (or is not late yet, by a clock that was put back)
    " union all select w.who, t.step, m.late, case when m.late = t.late then -1 else 1 end from cases.tallied t"
    " cross join unnest(t.whos) as w(who) cross join (values (false), (true)) as m(late)"
    " where isfinite(t.late_from) and (not t.late and t.late_from < %(now)s or t.late and t.late_from >= %(now)s)"
    " and not t.case_id = " + _CHANGED + " and w.who = any(%(whos)s))"
    " select who, step, sum(cases)::int as cases, coalesce(sum(cases) filter (where late), 0)::int as overdue"
    " from told group by who, step having sum(cases) > 0 order by who, step",
    fresh=True,
)  # fmt: skip
# Whatever else somebody sees: what a person reported elsewhere, another post's ground. Case by case.
BESIDE = query(
    StepCount,
    "select c.step, count(*)::int as cases, (count(*) filter (where " + LATE + "))::int as overdue"
    " from cases.case c where {where} group by c.step order by c.step",
    fresh=True,
)
CHILDREN = query(
    _Child,
    "select id, code, name from network.unit where parent_id = %(id)s and (%(everything)s or path <@ %(paths)s::ltree[])"
    " order by code",
)


def count_by_step(tx: Tx, scope: Scope, since: datetime | None = None) -> list[StepCount]:
    """How many cases in sight stand at each step, and how many of them are late; reported since, or all."""
    whos = [EVERYBODY] if is_of_all(scope) else [*find_held_units(tx, scope), scope.person]
    if since is not None:
        return BESIDE.all(tx, _reported(whos, since), now=tx.now)
    told = TALLIED.all(tx, whos=whos, now=tx.now)
    seen = {who: sum(t.cases for t in told if t.who == who) for who in whos}
    most = max(whos, key=lambda who: seen[who])
    found = {t.step: StepCount(t.step, t.cases, t.overdue) for t in told if t.who == most}
    others = [who for who in whos if who != most and seen[who]]
    if others:
        for more in BESIDE.all(tx, _not_of(most, others), now=tx.now):
            one = found.get(more.step, StepCount(more.step, 0, 0))
            found[more.step] = StepCount(more.step, one.cases + more.cases, one.overdue + more.overdue)
    return [found[step] for step in sorted(found)]


def count_by_unit(tx: Tx, scope: Scope, unit_id: UUID) -> list[UnitCount]:
    """The same for each unit directly below this one: districts of a city, streets of a district, neighbourhoods and
    bodies of a street; of those that lie in sight as a whole. A case on one's ground and in another's hands counts for
    both. NotFound for a unit out of sight."""
    get_visible_unit(tx, scope, unit_id)
    below = CHILDREN.all(tx, id=unit_id, everything=scope.everything, paths=list(scope.paths))
    units = {child.id: child for child in below}
    told: dict[UUID, list[_Count]] = {}
    for count in TALLIED.all(tx, whos=list(units), now=tx.now):
        told.setdefault(count.who, []).append(count)
    return [
        UnitCount(unit.id, unit.code, unit.name, t.step, t.cases, t.overdue)
        for unit in units.values()
        for t in told.get(unit.id, ())
    ]


def _reported(whos: list[UUID], since: datetime) -> Clause:
    where = Clause("c.reported_at >= %(since)s", {"since": since})
    if whos == [EVERYBODY]:
        return where
    seen = "c.id in (select s.case_id from cases.sight s where s.who = any(%(whos)s) and s.reported_at >= %(since)s)"
    return where & Clause(seen, {"whos": whos})


def _not_of(most: UUID, others: list[UUID]) -> Clause:
    return Clause(
        "c.id in (select s.case_id from cases.sight s where s.who = any(%(others)s) and not exists"
        " (select from cases.sight m where m.case_id = s.case_id and m.who = %(most)s))",
        {"most": most, "others": others},
    )
