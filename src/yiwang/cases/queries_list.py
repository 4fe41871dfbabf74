"""Lists, search and counts of cases, quick at a million of them: each begins at the index that its viewer's sight, its order
or its words name, looks at a page's worth of cases, and asks the rule of sight (`visible`) again of what it found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import LiteralString
from uuid import UUID

from yiwang.cases.model import OPEN_STEPS, Channel, Step
from yiwang.cases.queries import visible
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.geo import Box
from yiwang.kit.scope import Scope
from yiwang.kit.words import ask_grams, like_of, terms_of


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


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None leaves it wide. `unit_id`: what that unit sees: its ground and what its bodies have
    in hand. `late`: past its deadline now or before. `words`: all of them, each somewhere in number, matter, place or
    description. `person_id`: who reported it, checked it, commands it or took an order in it."""

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
    person_id: UUID | None = None


WALK, WALK_PLACE = 15_000, 3_000
"""How many cases a search by words, or one by place, walks in the list's own order, looking at each, before it asks the
index: what is common is found on the way, however much of it there is in all; what is rare is little, and the index gives
it at once."""
SMALL_BOX = 1e-4
"""Square degrees, some square kilometre: what lies there is so little that the index is asked at once."""
OPEN: LiteralString = "c.step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified')"
SEEN_BY: LiteralString = "exists (select from cases.sight v where v.case_id = c.id and v.who = any(%(whos)s))"
DEADLINE: LiteralString = "cases.deadline(c.step, c.step_due_at, c.due_at)"
LATE: LiteralString = (
    "(c.overdue_at is not null or " + OPEN + " and c.suspended_at is null and " + DEADLINE + " < %(now)s)"
)
# Those who reported, checked or command it have it in sight; whoever took an order has it in hand.
OF_PERSON: LiteralString = (
    "c.id in (select p.case_id from cases.sight p where p.who = %(f_person)s"
    " union select o.case_id from cases.orders o where o.handler_id = %(f_person)s)"
)
ROW_FIELDS: LiteralString = (
    "c.id, c.number, c.step, c.channel, c.emergency, c.matter_code, c.matter_name, left(c.description, 200) as"
    " description, c.place, c.lon, c.lat, c.grid_code, u.name as area_name, l.name as unit_name, c.reported_at,"
    " c.step_since, c.step_due_at, c.due_at, c.overdue_at, c.suspended_at is not null as suspended, c.closed_at, c.version,"
    " case when " + OPEN + " then nullif(" + DEADLINE + ", 'infinity') end as deadline"
)  # fmt: skip
ROW: LiteralString = (
    "select " + ROW_FIELDS + " from cases.case c join network.unit u on u.id = c.area_id left join network.unit l on l.id = c.lead_unit_id"
)  # fmt: skip
NEWEST = query(CaseRow, ROW + " where {where} order by c.reported_at desc, c.id desc limit %(limit)s", fresh=True)
DUE_FIRST = query(CaseRow, ROW + " where {where} order by " + DEADLINE + ", c.id limit %(limit)s", fresh=True)
LONGER = query(bool, "select exists (select from cases.sight s where {where} offset %(walked)s) as found")
MANY = query(
    int, "select count(*)::int as n from (select from cases.case c where {where} limit %(most)s) these", fresh=True
)
MANY_FOUND = query(
    int,
    "select count(*)::int as n from (select from cases.case c join cases.finding f on f.case_id = c.id where {where}"
    " limit %(most)s) these",
    fresh=True,
)
UNITS_AT = query(UUID, "select id from network.unit where path = any(%(paths)s::ltree[])")


def is_of_all(scope: Scope) -> bool:
    """Does the scope hold a whole tree: everything, or a unit that none is above?"""
    return scope.everything or any("." not in path for path in scope.paths)


def _narrow(wanted: Filter, *, walking: bool = False) -> Clause:
    where = TRUE
    if wanted.steps is not None and len(wanted.steps) == 1:  # so that the index of steps can be walked in its order
        where &= Clause("c.step = %(f_step)s", {"f_step": wanted.steps[0].value})
    elif wanted.steps is not None:
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
        where &= _open(wanted) & Clause(DEADLINE + " < %(f_due)s", {"f_due": wanted.due_before})
    if wanted.overdue is not None:
        where &= Clause(("" if wanted.overdue else "not ") + LATE)
    if wanted.ids is not None:
        where &= Clause("c.id = any(%(f_ids)s)", {"f_ids": list(wanted.ids)})
    if wanted.person_id is not None:
        where &= Clause(OF_PERSON, {"f_person": wanted.person_id})
    return where & of_words(wanted.words, walking) & _of_place(wanted.box)


def _open(wanted: Filter) -> Clause:
    """Only open ones. Nothing, where the steps say so already: the planner would think that said twice they are fewer."""
    return TRUE if wanted.steps is not None and set(wanted.steps) <= set(OPEN_STEPS) else Clause(OPEN)


def of_words(words: str | None, walking: bool) -> Clause:
    """Each word as a piece of text; where the index is asked, found by its grams (migration 0008: cases.grams)."""
    terms, where = terms_of(words), TRUE
    for n, term in enumerate(terms):
        where &= Clause(f"f.text like %(f_like{n})s", {f"f_like{n}": like_of(term)})
    if not walking and (asked := ask_grams(terms)):
        where &= Clause("cases.grams(f.text) @@ %(f_grams)s::tsquery", {"f_grams": asked})
    return where


def _of_place(box: Box | None) -> Clause:
    if box is None:
        return TRUE
    west, south, east, north = box
    params = {"f_west": west, "f_south": south, "f_east": east, "f_north": north}
    return Clause("f.spot <@ box(point(%(f_west)s, %(f_south)s), point(%(f_east)s, %(f_north)s))", params)


def _is_large(box: Box | None) -> bool:
    return box is not None and (box[2] - box[0]) * (box[3] - box[1]) > SMALL_BOX


TABLES = {"s": "cases.sight s", "f": "cases.finding f", "c": "cases.case c"}
ID = {"s": "s.case_id", "f": "f.case_id", "c": "c.id"}


@dataclass(frozen=True, slots=True)
class _Way:
    """How the list of one viewer is walked. `whos`: whose sights, each by itself; None: all cases there are."""

    whos: tuple[UUID | None, ...]
    sort: Sort
    open_only: bool
    key: Clause
    walk: int


def _way(tx: Tx, scope: Scope, wanted: Filter, sort: Sort, key: Clause) -> _Way:
    open_only = sort is Sort.deadline or (wanted.steps is not None and set(wanted.steps) <= set(OPEN_STEPS))
    whos = (wanted.unit_id,) if is_of_all(scope) else (*find_held_units(tx, scope), scope.person)
    return _Way(whos, sort, open_only, key, WALK_PLACE if wanted.box else WALK)


def _told(way: _Way, scope: Scope, wanted: Filter, *, walking: bool = False) -> Clause:
    """What is asked of each case."""
    narrowed = _narrow(wanted, walking=walking)
    if way.sort is Sort.deadline and wanted.due_before is None:
        narrowed &= _open(wanted)
    if wanted.unit_id is not None and not is_of_all(scope):
        seen = "exists (select from cases.sight s2 where s2.case_id = c.id and s2.who = %(f_unit)s)"
        narrowed &= Clause(seen, {"f_unit": wanted.unit_id})
    return narrowed


def _at(clause: Clause, table: str) -> Clause:
    """The same, asked of the columns of the table that is walked: joined by more than the id, the planner would take what
    always agrees for a coincidence, and go astray."""
    key = f"{table}.reported_at, {ID[table]}"
    sql = clause.sql.replace("c.reported_at, c.id", key).replace("c.reported_at", f"{table}.reported_at")
    return Clause(sql, clause.params)


def _order(way: _Way, table: str) -> str:
    return f"{DEADLINE}, c.id" if way.sort is Sort.deadline else f"{table}.reported_at desc, {ID[table]} desc"


def _sights(way: _Way, who: UUID, n: int) -> Clause:
    return Clause(f"s.who = %(who{n})s" + (" and s.open" if way.open_only else ""), {f"who{n}": who})


def _branch(way: _Way, who: UUID | None, n: int, narrowed: Clause) -> Clause:
    """The page's ids as the planner finds best: of what `who` sees, or of all."""
    table = "s" if who is not None else "f" if "f." in narrowed.sql else "c"
    where = _at(narrowed & way.key if who is None else narrowed & way.key & _sights(way, who, n), table)
    order, joins = _order(way, table), TABLES[table]
    for other in "fc":
        if other != table and f"{other}." in where.sql + order:
            joins += f" join {TABLES[other]} on {ID[other]} = {ID[table]}"
    return Clause(f"(select {ID[table]} from {joins} where {where.sql} order by {order} limit %(limit)s)", where.params)


def _walk(way: _Way, who: UUID | None, n: int, narrowed: Clause) -> Clause:
    """The page's ids by looking at one case after the other, `way.walk` of them in the list's order. (offset 0: so that each is
    looked up, and no table read as a whole instead.)"""
    table = "s" if who is not None else "c" if way.sort is Sort.deadline else "f"
    order, narrowed = _order(way, table), _at(narrowed, table)
    first = way.key if who is None else way.key & _sights(way, who, n)
    if way.sort is Sort.newest or who is None:
        first = _at(Clause(OPEN) & first if table == "c" else first, table)
        walked = f"(select * from {TABLES[table]} where {first.sql} order by {order} limit {way.walk}) {table}"
    else:  # what is open and one viewer's is little: no need to walk it in order
        walked, narrowed, first = TABLES[table], narrowed & first, TRUE
    for other in "cf":
        if other != table and f"{other}." in narrowed.sql:
            looked_up = f"select * from {TABLES[other]} where {ID[other]} = {ID[table]} offset 0"
            walked += f" cross join lateral ({looked_up}) {other}"
    sql = f"(select {ID[table]} from {walked} where {narrowed.sql} order by {order} limit %(limit)s)"
    return Clause(sql, {**narrowed.params, **first.params})


def _any_of(parts: Sequence[Clause]) -> Clause:
    params = {name: value for part in parts for name, value in part.params.items()}
    return Clause(f"c.id in ({' union '.join(part.sql for part in parts)})", params)


def _is_longer(tx: Tx, way: _Way) -> bool:
    """Is there more to the list than has been walked?"""
    if way.sort is Sort.deadline:
        return way.whos == (None,)
    return any(
        who is None or LONGER.one(tx, _at(_sights(way, who, n) & way.key, "s"), walked=way.walk)
        for n, who in enumerate(way.whos)
    )


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
    if last and sort is Sort.deadline:
        at = "coalesce(%(after_at)s::timestamptz, 'infinity')"
        key = Clause(f"({DEADLINE}, c.id) > ({at}, %(after_id)s::uuid)", last)
    elif last:
        key = Clause("(c.reported_at, c.id) < (%(after_at)s, %(after_id)s)", last)
    statement, way = DUE_FIRST if sort is Sort.deadline else NEWEST, _way(tx, scope, wanted, sort, key)
    if wanted.words or _is_large(wanted.box):
        told = _told(way, scope, wanted, walking=True)
        found = _any_of([_walk(way, who, n, told) for n, who in enumerate(way.whos)])
        rows = statement.all(tx, visible(scope) & found, limit=limit, now=tx.now)
        if len(rows) == limit or not _is_longer(tx, way):
            return rows
    told = _told(way, scope, wanted)
    if way.whos == (None,) and "f." not in told.sql:
        found = told & key
    else:
        found = _any_of([_branch(way, who, n, told) for n, who in enumerate(way.whos)])
    return statement.all(tx, visible(scope) & found, limit=limit, now=tx.now)


def count_found(tx: Tx, scope: Scope, wanted: Filter, most: int) -> int:
    """How many cases in sight there are of these, up to `most`."""
    way = _way(tx, scope, wanted, Sort.newest, TRUE)
    told = _told(way, scope, wanted)
    if way.whos != (None,):
        told &= Clause(SEEN_BY, {"whos": list(way.whos)})
    return (MANY_FOUND if "f." in told.sql else MANY).one(tx, told, most=most, now=tx.now)
