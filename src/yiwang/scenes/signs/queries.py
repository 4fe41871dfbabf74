"""Reads of the scene of signs: which need a permit and have none, and the scene's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from yiwang.city.queries_rules import calendar_for
from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries
from yiwang.scenes.model import SceneFigure
from yiwang.scenes.signs import model_permit


@dataclass(frozen=True, slots=True)
class SignFacts:
    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    state: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unpermitted:
    """A sign that needs a permit and has none that holds. `why`: what makes it needed; `paper`: what it has instead."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    state: str
    paper: str | None
    paper_until: date | None
    why_zh: tuple[str, ...]
    why_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignCounts:
    need: int
    without: int
    hazards: int
    worst: int
    ungraded: int


NEEDS: LiteralString = "(t.attributes @? any(%(paths)s::jsonpath[]))"
HAS: LiteralString = "(coalesce(t.attributes->>'paper', '') = '许可' and coalesce((t.attributes->>'paper_until')::date, %(today)s::date) >= %(today)s::date)"
STANDS: LiteralString = "t.kind = 'sign' and not t.ended"
WITHOUT = query(
    SignFacts,
    "select t.id, t.code, t.name, t.address, u.name as unit_name, t.state, t.attributes from register.thing t"
    " join network.unit u on u.id = t.unit_id where " + STANDS + " and " + NEEDS + " and not " + HAS + " and {where} and "
    + queries.SEEN + " order by t.code limit %(limit)s",
)  # fmt: skip
COUNTS = query(
    SignCounts,
    "select (count(*) filter (where " + NEEDS + "))::int as need, (count(*) filter (where " + NEEDS + " and not " + HAS + "))::int as without,"
    " (count(*) filter (where t.state <> 'up'))::int as hazards, (count(*) filter (where t.attributes->>'grade' = 'D'))::int as worst,"
    " (count(*) filter (where t.attributes->>'grade' is null))::int as ungraded"
    " from register.thing t join network.unit u on u.id = t.unit_id where " + STANDS + " and " + queries.SEEN,
)  # fmt: skip


def list_unpermitted(tx: Tx, scope: Scope, *, after: tuple[str] | None = None, limit: int = 100) -> list[Unpermitted]:
    """Signs in sight that need a permit and have none, by code."""
    where = queries.find_party_clause(tx, scope)
    if after is not None:
        where &= Clause("t.code > %(after)s", {"after": after[0]})
    rows = WITHOUT.all(tx, where, limit=limit, **_asked(tx), **queries.find_sight(tx, scope))
    return [_told(row) for row in rows]


def _told(row: SignFacts) -> Unpermitted:
    why, until = model_permit.why_permit(row.attributes), row.attributes.get("paper_until")
    return Unpermitted(
        row.id, row.code, row.name, row.address, row.unit_name, row.state, row.attributes.get("paper"),
        date.fromisoformat(until) if until else None, tuple(c.zh for c in why), tuple(c.en for c in why),
    )  # fmt: skip


def _asked(tx: Tx) -> dict[str, Any]:
    return {
        "paths": [clause.path() for clause in model_permit.clauses()],
        "today": tx.now.astimezone(calendar_for(tx).zone).date(),
    }


def count_figures(tx: Tx, scope: Scope) -> list[SceneFigure]:
    """How many are unsafe, and how many need a permit and have none."""
    found = COUNTS.one(tx, **_asked(tx), **queries.find_sight(tx, scope))
    return [
        SceneFigure("hazards", "有隐患", "Unsafe", found.hazards, tone="soon" if found.hazards else "good"),
        SceneFigure(
            "worst", "D 级（可能坠落）", "Grade D: may fall", found.worst, tone="late" if found.worst else "good"
        ),
        SceneFigure(
            "without",
            "须许可而无许可",
            "No permit that needs one",
            found.without,
            tone="late" if found.without else "good",
            of=found.need,
        ),
        SceneFigure("ungraded", "未排查", "Never graded", found.ungraded, tone="soon" if found.ungraded else "good"),
    ]
