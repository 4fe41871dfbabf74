"""Lists, search and counts of cases, quick at a million of them: each begins at the index that its viewer's sight, its order
or its words name, looks at a page's worth of cases, and asks the rule of sight (`visible`) again of what it found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import LiteralString
from uuid import UUID

from yiwang.cases.model import OPEN_STEPS, Channel, Step
from yiwang.cases.queries import visible
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list: what a duty officer must see at a glance. `deadline`: by when the present step must be done."""

    id: UUID
    number: str
    step: Step
    channel: str
    emergency: bool
    matter_code: str
    matter_name: str
    description: str
    place: str
    lon: float | None
    lat: float | None
    grid_code: str | None
    area_name: str
    unit_name: str | None
    reported_at: datetime
    step_since: datetime
    step_due_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    suspended: bool
    closed_at: datetime | None
    version: int
    deadline: datetime | None


class Sort(StrEnum):
    """`newest`: last reported first. `deadline`: open cases, what is due first first, what has no deadline last."""

    newest = "newest"
    deadline = "deadline"


Box = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS-84)."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None leaves it wide. `unit_id`: what that unit sees: its ground and what its bodies have
    in hand. `late`: past its deadline now or before. `words`: all of them, each somewhere in number, matter, place or
    description."""

    steps: tuple[Step, ...] | None = None
    unit_id: UUID | None = None
    matter_code: str | None = None
    since: datetime | None = None
    words: str | None = None
    overdue: bool | None = None
    ids: tuple[UUID, ...] | None = None
    until: datetime | None = None
    due_before: datetime | None = None
    channel: Channel | None = None
    box: Box | None = None


LARGE_BOX = 0.005
"""Square degrees (some 7 km × 7 km) from which on walking the list and looking at each place beats the index of places."""
MOST_WORDS = 6
OPEN: LiteralString = "c.step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified')"
DEADLINE: LiteralString = "cases.deadline(c.step, c.step_due_at, c.due_at)"
LATE: LiteralString = (
    "(c.overdue_at is not null or " + OPEN + " and c.suspended_at is null and " + DEADLINE + " < %(now)s)"
)
ROW: LiteralString = (
    "select c.id, c.number, c.step, c.channel, c.emergency, c.matter_code, c.matter_name, left(c.description, 200) as"
    " description, c.place, c.lon, c.lat, c.grid_code, u.name as area_name, l.name as unit_name, c.reported_at,"
    " c.step_since, c.step_due_at, c.due_at, c.overdue_at, c.suspended_at is not null as suspended, c.closed_at, c.version,"
    " case when " + OPEN + " then nullif(" + DEADLINE + ", 'infinity') end as deadline"
    " from cases.case c join network.unit u on u.id = c.area_id left join network.unit l on l.id = c.lead_unit_id"
)  # fmt: skip
NEWEST = query(CaseRow, ROW + " where {where} order by c.reported_at desc, c.id desc limit %(limit)s", fresh=True)
DUE_FIRST = query(CaseRow, ROW + " where {where} order by " + DEADLINE + ", c.id limit %(limit)s", fresh=True)
UNITS_AT = query(UUID, "select id from network.unit where path = any(%(paths)s::ltree[])")


def is_of_all(scope: Scope) -> bool:
    """Does the scope hold a whole tree: everything, or a unit that none is above?"""
    return scope.everything or any("." not in path for path in scope.paths)


def _narrow(wanted: Filter) -> Clause:
    where = TRUE
    if wanted.steps is not None:
        where &= Clause("c.step = any(%(f_steps)s)", {"f_steps": [s.value for s in wanted.steps]})
    if wanted.matter_code is not None:
        where &= Clause("f.matter_code = %(f_matter)s", {"f_matter": wanted.matter_code})
    if wanted.channel is not None:
        where &= Clause("f.channel = %(f_channel)s", {"f_channel": wanted.channel.value})
    if wanted.since is not None:
        where &= Clause("c.reported_at >= %(f_since)s", {"f_since": wanted.since})
    if wanted.until is not None:
        where &= Clause("c.reported_at < %(f_until)s", {"f_until": wanted.until})
    if wanted.due_before is not None:
        where &= Clause(OPEN + " and " + DEADLINE + " < %(f_due)s", {"f_due": wanted.due_before})
    if wanted.overdue is not None:
        where &= Clause(("" if wanted.overdue else "not ") + LATE)
    if wanted.ids is not None:
        where &= Clause("c.id = any(%(f_ids)s)", {"f_ids": list(wanted.ids)})
    return where & _of_words(wanted.words) & _of_place(wanted.box)


def _of_words(words: str | None) -> Clause:
    """Each word as a piece of text, found by its grams (migration 0008: cases.grams)."""
    terms = (words or "").lower().split()[:MOST_WORDS]
    where = TRUE
    for n, term in enumerate(terms):
        like = "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where &= Clause(f"f.text like %(f_like{n})s", {f"f_like{n}": like})
    grams = sorted({g for term in terms for g in grams_of(term)})
    if grams:
        asked = " & ".join("'" + g.replace("'", "''") + "':*" for g in grams)
        where &= Clause("cases.grams(f.text) @@ %(f_grams)s::tsquery", {"f_grams": asked})
    return where


def _of_place(box: Box | None) -> Clause:
    if box is None:
        return TRUE
    west, south, east, north = box
    params = {"f_west": west, "f_south": south, "f_east": east, "f_north": north}
    if (east - west) * (north - south) > LARGE_BOX:
        return Clause("c.lon between %(f_west)s and %(f_east)s and c.lat between %(f_south)s and %(f_north)s", params)
    return Clause("f.spot <@ box(point(%(f_west)s, %(f_south)s), point(%(f_east)s, %(f_north)s))", params)


def grams_of(term: str) -> list[str]:
    """What a word of a search asks of the index, each by its beginning: of letters and digits the run itself, of Chinese
    every two characters that stand together, or the one there is. Only of letters and digits of any script: of those no
    database doubts that they belong to a run."""
    grams = []
    for run in re.findall(r"[a-z0-9]+|[^\W_a-z0-9]+", term):
        if run.isascii():
            grams.append(run[:16])
        else:
            grams += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return grams


def _branch(who: UUID | None, n: int, narrowed: Clause, after: Clause, sort: Sort) -> Clause:
    """The page's ids by one index: of what `who` sees, or of all. The order is told by the columns of the table that is
    walked; joined by more than the id, the planner would take what always agrees for a coincidence, and go astray."""
    joins, at = "cases.case c", "c.reported_at, c.id"
    if "f." in narrowed.sql:
        joins, at = joins + " join cases.finding f on f.case_id = c.id", "f.reported_at, f.case_id"
    if who is not None:
        joins, at = joins + " join cases.sight s on s.case_id = c.id", "s.reported_at, s.case_id"
        narrowed &= Clause(f"s.who = %(who{n})s", {f"who{n}": who})
    order = f"{DEADLINE}, c.id"
    if sort is Sort.newest:
        order = at.replace(",", " desc,") + " desc"
        after = Clause(after.sql.replace("c.reported_at, c.id", at), after.params)
    where = narrowed & after
    return Clause(f"(select c.id from {joins} where {where.sql} order by {order} limit %(limit)s)", where.params)


def _found(tx: Tx, scope: Scope, wanted: Filter, sort: Sort, key: Clause) -> Clause:
    """Where to look: one short ordered walk for each unit and person whose sight counts, or one over all."""
    narrowed = _narrow(wanted)
    open_only = sort is Sort.deadline or (wanted.steps is not None and set(wanted.steps) <= set(OPEN_STEPS))
    if sort is Sort.deadline:
        narrowed &= Clause(OPEN)
    whos: list[UUID | None] = [*find_held_units(tx, scope), scope.person]
    if is_of_all(scope):
        whos = [wanted.unit_id]
    elif wanted.unit_id is not None:
        seen = "exists (select from cases.sight s2 where s2.case_id = c.id and s2.who = %(f_unit)s)"
        narrowed &= Clause(seen, {"f_unit": wanted.unit_id})
    if whos == [None] and "f." not in narrowed.sql:
        return narrowed & key
    if whos != [None] and open_only:
        narrowed &= Clause("s.open")
    parts = [_branch(who, n, narrowed, key, sort) for n, who in enumerate(whos)]
    params = {name: value for part in parts for name, value in part.params.items()}
    return Clause(f"c.id in ({' union '.join(part.sql for part in parts)})", params)


def find_held_units(tx: Tx, scope: Scope) -> list[UUID]:
    """The units at the scope's paths."""
    if len(scope.units) == len(scope.paths):
        return list(scope.units)
    return UNITS_AT.all(tx, paths=list(scope.paths))


def list_cases(
    tx: Tx,
    scope: Scope,
    wanted: Filter,
    *,
    after: tuple[datetime | None, UUID] | None = None,
    limit: int = 50,
    sort: Sort = Sort.newest,
) -> list[CaseRow]:
    """Cases in sight in this order, after the key of the last row seen: (reported_at, id), or (deadline, id)."""
    key, last = TRUE, {} if after is None else {"after_at": after[0], "after_id": after[1]}
    if sort is Sort.deadline:
        if last:
            at = "coalesce(%(after_at)s::timestamptz, 'infinity')"
            key = Clause(f"({DEADLINE}, c.id) > ({at}, %(after_id)s::uuid)", last)
        where = visible(scope) & Clause(OPEN) & _found(tx, scope, wanted, sort, key)
        return DUE_FIRST.all(tx, where, limit=limit, now=tx.now)
    if last:
        key = Clause("(c.reported_at, c.id) < (%(after_at)s, %(after_id)s)", last)
    return NEWEST.all(tx, visible(scope) & _found(tx, scope, wanted, sort, key), limit=limit, now=tx.now)
