"""The plain way: every entry read again, folded and counted without the projection. Slow, and what the figures are held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yiwang.assess import rules, rules_fold
from yiwang.assess.model import AsOf, Fact, Figure, Level, Unit
from yiwang.assess.queries import get_depth, get_names
from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.ledger.model_proof import FeedEntry
from yiwang.ledger.queries import count_settled, walk_courses

CASES = query(
    UUID,
    "select subject_id from ledger.entry where n = 1 and subject_kind = 'case' and subject_id > %(after)s"
    " order by subject_id limit %(limit)s",
)


def read_courses(tx: Tx, size: int, subjects: Sequence[UUID] | None = None) -> Iterator[list[Fact]]:
    """The facts of each case (of these, or of all) as the first `size` settled entries tell them; cases without any
    (begun before version 2) come as an empty list."""
    entries = (e for e in walk_courses(tx, "case", size, subjects))
    yield from fold_courses(entries)


def fold_courses(entries: Iterable[FeedEntry]) -> Iterator[list[Fact]]:
    """Entries, course by course, as facts."""
    facts: list[Fact] = []
    subject: UUID | None = None
    for entry in entries:
        if entry.subject_id != subject:
            if subject is not None:
                yield facts
            facts, subject = [], entry.subject_id
        rules_fold.fold(facts, entry)
    if subject is not None:
        yield facts


@dataclass(frozen=True, slots=True)
class Recomputed:
    """`left_out`: cases that began before the ledger held deadlines; they cannot be assessed from it."""

    as_of: AsOf
    left_out: int
    figures: list[Figure]


def read_figures(tx: Tx, since: date, until: date, level: Level, size: int | None = None) -> Recomputed:
    """What `queries.get_figures` answers for everything, from the first `size` settled entries (None: all of them)."""
    size = count_settled(tx) if size is None else size
    period, depth = rules.period_of(since, until), get_depth(tx, level)
    courses = list(read_courses(tx, size))
    counts = rules.count_plainly((f for course in courses for f in course), period, tx.now, level, depth)
    names = get_names(tx, level, sorted({key for _, key in counts}))
    figures = [
        Figure(name, key, names[key], n, None if rule.unit is Unit.number else d, rules.value_of(rule, n, d))
        for name, rule in rules.RULES.items()
        for key in names
        if (name, key) in counts
        for n, d in [counts[name, key]]
    ]
    return Recomputed(AsOf(size, tx.now), sum(not course for course in courses), figures)


def list_cases_told(tx: Tx, scope: Scope, after: UUID, limit: int) -> list[UUID]:
    """Cases that the ledger tells of, by id: for the check, which sees everything."""
    return CASES.all(tx, after=after, limit=limit) if scope.everything else []
