"""How the unit grids of a street stand: what is open and late in each, what came in and was closed since, what in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yiwang.cases.queries_list import LATE, OPEN, SEEN_BY, find_held_units, is_of_all
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope


@dataclass(frozen=True, slots=True)
class GridCount:
    """Of one unit grid, of the cases in sight: open and late now; reported and closed since; `in_time`: of those closed,
    the ones that never were late."""

    grid_code: str
    open: int
    late: int
    reported: int
    closed: int
    in_time: int


GRIDS = query(
    GridCount,
    "with about as (select s.case_id from cases.sight s where s.who = %(street)s and s.open"
    " union select s.case_id from cases.sight s where s.who = %(street)s and s.reported_at >= %(since)s"
    " union select c.id from cases.case c where c.closed_at >= %(since)s)"
    " select coalesce(c.grid_code, '') as grid_code, (count(*) filter (where " + OPEN + "))::int as open,"
    " (count(*) filter (where " + OPEN + " and " + LATE + "))::int as late,"
    " (count(*) filter (where c.reported_at >= %(since)s))::int as reported,"
    " (count(*) filter (where c.closed_at >= %(since)s))::int as closed,"
    " (count(*) filter (where c.closed_at >= %(since)s and c.overdue_at is null))::int as in_time"
    " from about join cases.case c on c.id = about.case_id where left(c.grid_code, 9) = %(code)s and {where}"
    " group by c.grid_code order by c.grid_code",
    fresh=True,
)  # fmt: skip


def count_by_grid(tx: Tx, scope: Scope, street: str, since: datetime) -> list[GridCount]:
    """The grids of the street with this code (9 digits) in which there is anything to count."""
    where = TRUE
    if not is_of_all(scope):
        where = Clause(SEEN_BY, {"whos": [*find_held_units(tx, scope), scope.person]})
    return GRIDS.all(tx, where, street=named_id(f"unit:{street}"), code=street, since=since, now=tx.now)
