"""SQL that writes the projection and its bookmark: private to the domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from yiwang.assess.model import Fact, Indicator
from yiwang.assess.rules import Tally
from yiwang.kit.db import Tx, query, statement


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How many settled entries the facts hold, and how many cases were left out (begun before version 2)."""

    size: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    id: int


BOOKMARK = query(Bookmark, "select size, left_out from assess.bookmark for update")
BOOKMARK_IF_FREE = query(Bookmark, "select size, left_out from assess.bookmark for update skip locked")
PUT_BOOKMARK = statement("update assess.bookmark set size = %(size)s, left_out = %(left_out)s")
FACTS = query(
    Fact,
    "select f.case_id, f.no, f.kind, f.n, a.path::text as area, f.channel, coalesce(u.path::text, '') as unit, f.order_id,"
    " f.person, f.post, f.begun_at, f.due_at, f.done_at, f.closed_at, f.lifted_at, f.outcome, f.exempt, f.suspended,"
    " f.number from assess.fact f join assess.place a on a.id = f.area left join assess.place u on u.id = f.unit"
    " where f.case_id = any(%(ids)s) order by f.case_id, f.no",
)
ADD_PLACES = query(
    _Place,
    "with wanted as (select unnest(%(paths)s::ltree[]) as path),"
    " made as (insert into assess.place (path) select path from wanted on conflict do nothing returning path, id)"
    " select path::text as path, id from made"
    " union all select p.path::text, p.id from assess.place p join wanted using (path)",
)
# What can change of a fact; the rest is as it began.
CHANGING = (
    "person", "post", "begun_at", "due_at", "done_at", "closed_at", "lifted_at", "outcome", "exempt", "suspended",
)  # fmt: skip
PUT_FACTS = statement(
    "update assess.fact f set person = w.person, post = w.post, begun_at = w.begun_at, due_at = w.due_at,"
    " done_at = w.done_at, closed_at = w.closed_at, lifted_at = w.lifted_at, outcome = w.outcome, exempt = w.exempt,"
    " suspended = w.suspended from unnest(%(case_id)s::uuid[], %(no)s::int2[], %(person)s::uuid[], %(post)s::text[],"
    " %(begun_at)s::timestamptz[], %(due_at)s::timestamptz[], %(done_at)s::timestamptz[], %(closed_at)s::timestamptz[],"
    " %(lifted_at)s::timestamptz[], %(outcome)s::text[], %(exempt)s::bool[], %(suspended)s::bool[])"
    " as w (case_id, no, person, post, begun_at, due_at, done_at, closed_at, lifted_at, outcome, exempt, suspended)"
    " where f.case_id = w.case_id and f.no = w.no"
)
_ADD_TALLY: LiteralString = " on conflict (depth, day, place, indicator) do update set hits = t.hits + excluded.hits, ofs = t.ofs + excluded.ofs"
ADD_TALLY = statement(
    "insert into assess.tally as t (depth, day, place, indicator, hits, ofs)"
    " values (%(depth)s, %(day)s, %(place)s, %(indicator)s, %(hits)s, %(ofs)s)" + _ADD_TALLY,
    "insert into assess.tally as t (depth, day, place, indicator, hits, ofs) select * from json_to_recordset(%(rows)s::json)"
    " as w (depth int2, day date, place ltree, indicator text, hits int, ofs int)" + _ADD_TALLY,
)
DROP_FACTS = statement("delete from assess.fact")
DROP_TALLY = statement("delete from assess.tally")
DROP_PLACES = statement("delete from assess.place")
ADD_INDICATOR = statement(
    "insert into assess.indicator (id, place, object, zh, en, formula, numerator_zh, numerator_en, denominator_zh,"
    " denominator_en, weight, weight_note, bands, inverse, source, status, why_zh, why_en) values (%(id)s, %(place)s,"
    " %(object)s, %(zh)s, %(en)s, %(formula)s, %(numerator_zh)s, %(numerator_en)s, %(denominator_zh)s, %(denominator_en)s,"
    " %(weight)s, %(weight_note)s, %(bands)s, %(inverse)s, %(source)s, %(status)s, %(why_zh)s, %(why_en)s)"
)
DROP_INDICATORS = statement("delete from assess.indicator")

_ROW = "uuid int2 text int4 int4 text int4 uuid uuid text timestamptz timestamptz timestamptz timestamptz timestamptz text bool bool text"
_COPY = (
    "copy assess.fact (case_id, no, kind, n, area, channel, unit, order_id, person, post, begun_at, due_at, done_at,"
    " closed_at, lifted_at, outcome, exempt, suspended, number) from stdin (format binary)"
)


def lock_bookmark(tx: Tx, *, wait: bool) -> Bookmark | None:
    """Ours until the transaction ends; None when another process follows the ledger just now and we do not wait."""
    return BOOKMARK.one(tx) if wait else BOOKMARK_IF_FREE.maybe(tx)


def take_facts(tx: Tx, case_ids: Iterable[UUID]) -> dict[UUID, list[Fact]]:
    """The facts of these cases, each in the order of its numbers."""
    found: dict[UUID, list[Fact]] = {}
    for fact in FACTS.all(tx, ids=list(case_ids)):
        found.setdefault(fact.case_id, []).append(fact)
    return found


def state_of(fact: Fact) -> tuple[Any, ...]:
    """What can change of it, to see whether it has."""
    return tuple(getattr(fact, name) for name in CHANGING)


def put_facts(tx: Tx, facts: Sequence[Fact]) -> None:
    """Write anew what has changed of facts that are there."""
    if facts:
        names = ("case_id", "no", *CHANGING)
        PUT_FACTS.run(tx, **{name: [getattr(f, name) for f in facts] for name in names})


def add_facts(tx: Tx, facts: Sequence[Fact]) -> None:
    """New ones, by COPY."""
    if not facts:
        return
    paths = sorted({p for f in facts for p in (f.area, f.unit) if p})
    ids = {p.path: p.id for p in ADD_PLACES.all(tx, paths=paths)}
    with tx.conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_ROW.split())
        for f in facts:
            copy.write_row(
                (f.case_id, f.no, f.kind.value, f.n, ids[f.area], f.channel, ids[f.unit] if f.unit else None, f.order_id,
                 f.person, f.post, f.begun_at, f.due_at, f.done_at, f.closed_at, f.lifted_at, f.outcome, f.exempt,
                 f.suspended, f.number)
            )  # fmt: skip


def add_tally(tx: Tx, moved: Tally) -> None:
    """Add these differences; those of nothing are not written."""
    ADD_TALLY.run_many(
        tx,
        [
            {"depth": depth, "day": day, "place": place, "indicator": indicator, "hits": n, "ofs": d}
            for (depth, day, place, indicator), (n, d) in moved.items()
            if n or d
        ],
    )


def drop_facts(tx: Tx) -> None:
    """Forget the whole projection: it can be folded from the ledger again."""
    DROP_FACTS.run(tx)
    DROP_TALLY.run(tx)
    PUT_BOOKMARK.run(tx, size=0, left_out=0)


def put_indicators(tx: Tx, indicators: Sequence[Indicator]) -> None:
    """These and no others."""
    DROP_INDICATORS.run(tx)
    ADD_INDICATOR.run_many(
        tx,
        [
            {**{name: getattr(i, name) for name in (
                "id", "object", "zh", "en", "formula", "numerator_zh", "numerator_en", "denominator_zh",
                "denominator_en", "weight", "weight_note", "inverse", "source", "status", "why_zh", "why_en",
            )}, "place": n, "bands": Jsonb(i.bands)}
            for n, i in enumerate(indicators)
        ],
    )  # fmt: skip
