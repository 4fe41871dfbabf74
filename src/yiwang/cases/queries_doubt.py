"""Doubted acts, listed and counted for whoever answers for the people who did them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.cases.model_doubt import Doubt, DoubtCount, DoubtRow, words
from yiwang.cases.queries import visible
from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope

Key = tuple[datetime, UUID, int, str]
"""The last row seen: (at, case_id, n, flag)."""


@dataclass(frozen=True, slots=True)
class DoubtFilter:
    """What is asked for; None leaves it wide. `unit_id`: of that unit and those below it."""

    flag: Doubt | None = None
    unit_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


_FROM: LiteralString = (
    " from cases.doubt d join cases.case c on c.id = d.case_id join network.unit u on u.id = c.area_id"
    " left join cases.orders o on o.case_id = d.case_id and o.id = d.order_id"
    " join network.unit w on w.id = coalesce(o.unit_id, c.area_id)"
)
DOUBTS = query(
    DoubtRow,
    "select d.case_id, c.number, c.matter_name, d.n, d.event as act, d.flag, d.flag as flag_zh, d.flag as flag_en,"
    " d.actor as by, coalesce(p.name, '') as by_name, d.post, w.id as unit_id, w.name as unit_name, d.at"
    + _FROM
    + " left join network.person p on p.id = d.actor"
    " where {where} order by d.at desc, d.case_id desc, d.n desc, d.flag desc limit %(limit)s",
    fresh=True,
)
COUNTS = query(
    DoubtCount,
    "select d.flag, d.flag as flag_zh, d.flag as flag_en, w.id as unit_id, w.name as unit_name, count(*)::int as acts"
    + _FROM
    + " where {where} group by d.flag, w.id, w.name order by acts desc, w.name, d.flag",
    fresh=True,
)


def list_doubts(
    tx: Tx, scope: Scope, wanted: DoubtFilter, *, after: Key | None = None, limit: int = 50
) -> list[DoubtRow]:
    """Flags of acts on the scope's ground or by its units, newest first, after the last row seen."""
    where = _narrow(scope, wanted)
    if after is not None:
        key = {"k_at": after[0], "k_case": after[1], "k_n": after[2], "k_flag": after[3]}
        where &= Clause("(d.at, d.case_id, d.n, d.flag) < (%(k_at)s, %(k_case)s, %(k_n)s, %(k_flag)s)", key)
    rows = DOUBTS.all(tx, where, limit=limit)
    return [replace(r, flag_zh=words(r.flag)[0], flag_en=words(r.flag)[1]) for r in rows]


def count_doubts(tx: Tx, scope: Scope, wanted: DoubtFilter) -> list[DoubtCount]:
    """How many acts on the scope's ground or by its units carry each flag, by unit; most first."""
    rows = COUNTS.all(tx, _narrow(scope, wanted))
    return [replace(r, flag_zh=words(r.flag)[0], flag_en=words(r.flag)[1]) for r in rows]


def _narrow(scope: Scope, wanted: DoubtFilter) -> Clause:
    where = visible(scope)
    if (
        not scope.everything
    ):  # a case may be in sight for an order of one's own: what others did in it is not one's to doubt
        answers = "(u.path <@ %(d_paths)s::ltree[] or w.path <@ %(d_paths)s::ltree[])"
        where &= Clause(answers, {"d_paths": list(scope.paths)})
    if not scope.everything and len(scope.units) == len(scope.paths):  # the same again, by an index
        seen = "d.case_id in (select s.case_id from cases.sight s where s.who = any(%(d_whos)s))"
        where &= Clause(seen, {"d_whos": [*scope.units, scope.person]})
    for sql, value in (
        ("d.flag = %(d_flag)s", wanted.flag and wanted.flag.value),
        ("w.path <@ (select path from network.unit where id = %(d_unit)s)", wanted.unit_id),
        ("d.at >= %(d_since)s", wanted.since),
        ("d.at < %(d_until)s", wanted.until),
    ):
        if value is not None:
            where &= Clause(sql, {sql.partition("%(")[2].partition(")")[0]: value})
    return where
