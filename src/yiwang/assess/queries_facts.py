"""The facts behind a figure, page by page: as many as the figure says, always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, LiteralString
from uuid import UUID

from yiwang.assess import rules
from yiwang.assess.model import Level, Unit
from yiwang.assess.queries import PLACES, SEEN, TESTS, TIMES, belongs, find_sight, get_depth
from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact behind a figure: `at` is the time by which it belongs to the period; `name` is the handling unit's."""

    at: datetime
    case_id: UUID
    no: int
    number: str
    kind: str
    channel: str
    area: str
    unit: str
    name: str
    order_id: UUID | None
    person: UUID | None
    post: str
    begun_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    lifted_at: datetime | None
    outcome: str
    exempt: bool
    suspended: bool


def _list(at: LiteralString) -> LiteralString:
    """The page is chosen first; names and numbers are looked up for those few rows alone."""
    return (
        PLACES + f" page as (select f.*, {at} as at, a.path as area_path, u.path as unit_path"
        " from assess.fact f join assess.place a on a.id = f.area left join assess.place u on u.id = f.unit"
        f" where {{where}} and (%(after)s::timestamptz is null or ({at}, f.case_id, f.no) > (%(after)s, %(case_id)s, %(no)s))"
        f" order by {at}, f.case_id, f.no limit %(limit)s)"
        " select coalesce(f.at) as at, f.case_id, f.no::int as no, r.number, f.kind, f.channel, f.area_path::text as area,"
        " coalesce(f.unit_path::text, '') as unit, coalesce((select x.name from network.unit x where x.path = f.unit_path"
        " order by x.valid_to desc limit 1), '') as name, f.order_id, f.person, f.post, f.begun_at, f.due_at, f.done_at,"
        " f.closed_at, f.lifted_at, f.outcome, f.exempt, f.suspended"
        " from page f join assess.fact r on r.case_id = f.case_id and r.no = 0 order by f.at, f.case_id, f.no"
    )


LISTS = {base: query(FactRow, _list(at)) for base, at in TIMES.items()}
LIST_BY_DUE, LIST_BY_DONE, LIST_BY_BEGUN, LIST_BY_CLOSED, LIST_NOW = LISTS.values()
"""By name as well, so that tests/house finds and prepares each."""


@dataclass(frozen=True, slots=True)
class Drill:
    """The facts behind one figure: of `indicator`, over `level`, under `key` (None: all in sight), those in its
    numerator, its denominator, or in the second only (`missed`)."""

    indicator: str
    since: date
    until: date
    level: Level = Level.district
    key: str | None = None
    part: Literal["numerator", "denominator", "missed"] = "denominator"
    under: UUID | None = None


def list_facts(
    tx: Tx, scope: Scope, drill: Drill, *, after: tuple[datetime, UUID, int] | None = None, limit: int = 50
) -> list[FactRow]:
    """What a figure counts, by the time that puts it into the period; as many as the figure says, page after page."""
    rule = rules.demand_rule(drill.indicator, drill.level)
    period = rules.period_of(drill.since, drill.until)
    tests = {"numerator": f"{TESTS[rule.of]} and {TESTS[rule.hit]}", "denominator": TESTS[rule.of],
             "missed": f"{TESTS[rule.of]} and not {TESTS[rule.hit]}"}  # fmt: skip
    part = "numerator" if rule.unit is Unit.number else drill.part
    where = Clause(
        f"f.kind = %(kind)s and {belongs(rule.base)} and ({tests[part]})",
        {"kind": rule.kind.value, "since": period.since, "until": period.until, "now": tx.now},
    )
    at, case_id, no = after or (None, None, None)
    return LISTS[rule.base].all(
        tx, where=where & _under_key(tx, drill, scope), after=at, case_id=case_id, no=no, limit=limit,
        **find_sight(tx, scope, drill.under),
    )  # fmt: skip


def _under_key(tx: Tx, drill: Drill, scope: Scope) -> Clause:
    """The same sight as that of the figures, and the key asked for."""
    key = drill.key
    if drill.level is Level.person:
        who = Clause() if key is None else Clause("f.person = %(who)s", {"who": rules.person_of(key)})
        return Clause(f"f.person is not null and {SEEN['person']}") & who
    path = None if key is None else rules.path_of(key)
    if drill.level is Level.unit:
        who = Clause() if path is None else Clause("u.path = %(key)s::ltree", {"key": path})
        return Clause(f"f.unit is not null and {SEEN['unit']}") & who
    ground = "f.area in (select id from ground) and nlevel(a.path) >= %(depth)s"
    sight = "(%(everything)s or subpath(a.path, 0, %(depth)s) <@ %(paths)s::ltree[])"
    where = Clause() if path is None else Clause("subpath(a.path, 0, %(depth)s) = %(key)s::ltree", {"key": path})
    return Clause(f"{ground} and {sight}", {"depth": get_depth(tx, drill.level)}) & where
