"""SQL that reads. Every list takes a Scope and compiles it to SQL; pages go by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import cos, radians
from typing import LiteralString
from uuid import UUID

from yiwang.cases import store, store_evidence
from yiwang.cases.model import (
    Case,
    Clock,
    Evidence,
    Notice,
    Order,
    Report,
    Request,
    Step,
    Supervision,
    Voice,
)
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import Scope


@dataclass(frozen=True, slots=True)
class Comment:
    id: UUID
    by: UUID
    by_name: str
    at: datetime
    text: str
    mentioned: tuple[UUID, ...]
    read_by: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A case with everything that belongs to it; its entries are read from the ledger. `words`: what people wrote, by
    the digest that the entries hold."""

    case: Case
    orders: list[Order]
    clocks: list[Clock]
    requests: list[Request]
    evidence: list[Evidence]
    voices: list[Voice]
    reports: list[Report]
    supervisions: list[Supervision]
    comments: list[Comment]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice with what is said of its case to phones."""

    id: UUID
    case_id: UUID
    number: str
    emergency: bool
    kind: str
    unit_id: UUID | None
    post: str | None
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """A course's parts, fetched at once."""

    orders: list[Order]
    clocks: list[Clock]
    requests: list[Request]
    evidence: list[Evidence]
    voices: list[Voice]
    reports: list[Report]
    supervisions: list[Supervision]
    comments: list[Comment]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may hear of a case: those above its area or above a unit that has it in hand. `left`: units that have it in hand
    no more, their orders were recalled."""

    case_id: UUID
    paths: tuple[str, ...]
    people: tuple[UUID, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """An open case of the same matter near by: perhaps the same problem."""

    id: UUID
    number: str
    step: Step
    matter_name: str
    place: str
    description: str
    reported_at: datetime
    metres: float


ONE = query(
    Case,
    "select "
    + store.CASE
    + " from cases.case c join network.unit u on u.id = c.area_id where c.id = %(id)s and {where}",
)
IN_SIGHT = query(
    UUID, "select c.id from cases.case c join network.unit u on u.id = c.area_id where c.id = any(%(ids)s) and {where}"
)
BY_NUMBER = query(
    UUID,
    "select c.id from cases.case c join network.unit u on u.id = c.area_id"
    " where (c.number = %(text)s or c.id::text = %(text)s) and {where}",
)
OTHERS = query(bool, "select exists (select from cases.case where scheme <> %(scheme)s) as found")
_COMMENTS: LiteralString = (
    "select m.id, m.by, coalesce(p.name, '') as by_name, m.at, m.text,"
    " array(select n.person_id from cases.mention n where n.case_id = m.case_id and n.comment_id = m.id) as mentioned,"
    " array(select n.person_id from cases.mention n where n.case_id = m.case_id and n.comment_id = m.id"
    " and n.read_at is not null) as read_by"
    " from cases.comment m left join network.person p on p.id = m.by where m.case_id = %(case_id)s order by m.at, m.id"
)
_REPORTS: LiteralString = (
    "select " + store.REPORT + " from cases.report where case_id = any(array("
    "select %(case_id)s::uuid union all select id from cases.case where merged_into = %(case_id)s)) order by at, id"
)  # fmt: skip


def _list(sql: LiteralString) -> LiteralString:
    """All rows of a question as one value."""
    return "(select coalesce(json_agg(x), '[]') from (" + sql + ") x)"


PARTS = query(
    _Parts,
    "select " + _list(store.ORDERS.sql) + " as orders, " + _list(store.CLOCKS.sql) + " as clocks, "
    + _list(store.REQUESTS.sql) + " as requests, " + _list(store_evidence.EVIDENCE.sql) + " as evidence, " + _list(store_evidence.VOICES.sql) + " as voices, "
    + _list(_REPORTS) + " as reports, " + _list(store.SUPERVISIONS.sql) + " as supervisions, "
    + _list(_COMMENTS) + " as comments,"
    " (select coalesce(json_object_agg(digest, text), '{}') from cases.words where case_id = %(case_id)s) as words",
)  # fmt: skip
AUDIENCE = query(
    Audience,
    "select c.id as case_id, array(select u.path::text from network.unit u where u.id = c.area_id union"
    " select u.path::text from cases.orders o join network.unit u on u.id = o.unit_id"
    " where o.case_id = c.id and o.state <> 'recalled') as paths,"
    " array_remove(array[c.reporter_id, c.checker_id, c.commander_id], null) as people,"
    " array(select distinct u.path::text from cases.orders o join network.unit u on u.id = o.unit_id"
    " where o.case_id = c.id and o.state = 'recalled') as \"left\""
    " from cases.case c where c.id = any(%(ids)s)",
)
NEAR = query(
    Near,
    "select c.id, c.number, c.step, c.matter_name, c.place, left(c.description, 200) as description, c.reported_at,"
    " (point(c.lon, c.lat) <@> point(%(lon)s, %(lat)s)) * 1609.344 as metres from cases.case c"
    " join network.unit u on u.id = c.area_id"
    " where point(c.lon, c.lat) <@ box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))"
    " and c.step = any(array['reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified'])"
    " and c.scheme = %(scheme)s and c.matter_code = %(matter_code)s and c.reported_at >= %(since)s"
    " and (point(c.lon, c.lat) <@> point(%(lon)s, %(lat)s)) * 1609.344 <= %(metres)s"
    " and {where} order by metres, c.id limit 20",
)
# One short ordered walk for the person and for each of their posts: an OR over them would read every notice there is.
NOTICES = query(
    Notice,
    "select distinct n.id, n.case_id, c.number, c.matter_name, n.kind, n.unit_id, n.post, n.person_id, n.at, n.read_at from ("
    "(select * from cases.notice where person_id = %(me)s and (at, id) < (%(before)s, %(before_id)s)"
    " order by at desc, id desc limit %(limit)s) union all"
    " (select mine.* from unnest(%(units)s::uuid[], %(kinds)s::text[]) as held(unit, kind) cross join lateral"
    " (select * from cases.notice where unit_id = held.unit and (post is null or post = held.kind)"
    " and (at, id) < (%(before)s, %(before_id)s) order by at desc, id desc limit %(limit)s) mine)) n"
    " join cases.case c on c.id = n.case_id order by n.at desc, n.id desc limit %(limit)s",
)
NEW_NOTICES = query(
    NewNotice,
    "select n.id, n.case_id, c.number, c.emergency, n.kind, n.unit_id, n.post, n.person_id"
    " from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) as m (case_id, at)"
    " join cases.notice n on n.case_id = m.case_id and n.at = m.at join cases.case c on c.id = n.case_id order by n.id",
)
FILE_SEEN = query(
    bool,
    "select exists (select from cases.evidence e join cases.case c on c.id = e.case_id"
    " join network.unit u on u.id = c.area_id where e.sha256 = %(sha256)s and {where})"
    " or exists (select from kit.upload f where f.sha256 = %(sha256)s and f.by = %(person)s) as seen",
)


def visible(scope: Scope) -> Clause:
    """Cases `c` (joined with their area's unit `u`) that the scope opens: on its ground, in its units' hands, its own."""
    if scope.everything:
        return TRUE
    return Clause(
        "(u.path <@ %(scope_paths)s::ltree[] or c.reporter_id = %(scope_me)s or c.checker_id = %(scope_me)s"
        " or c.commander_id = %(scope_me)s or exists (select from cases.orders so join network.unit su"
        " on su.id = so.unit_id where so.case_id = c.id and so.state <> 'recalled'"
        " and su.path <@ %(scope_paths)s::ltree[]))",
        {"scope_paths": list(scope.paths), "scope_me": scope.person},
    )


def get_case(tx: Tx, scope: Scope, case_id: UUID) -> Case:
    """One case in sight; NotFound otherwise."""
    if scope.everything and case_id in tx.held:
        return tx.held[case_id]
    case = ONE.maybe(tx, visible(scope), id=case_id)
    if case is None:
        raise NotFound("case.unknown", "没有这个案件，或您无权查看", "No such case, or it is not in your sight")
    return case


def _as_seen(tx: Tx, scope: Scope, evidence: list[Evidence]) -> list[Evidence]:
    """That a photo serves elsewhere too is said; where, only to whoever sees that case."""
    elsewhere = {e.reused_in for e in evidence if e.reused_in is not None}
    if scope.everything or not elsewhere:
        return evidence
    seen = set(IN_SIGHT.all(tx, visible(scope), ids=list(elsewhere)))
    return [e if e.reused_in in seen else replace(e, reused_in=None) for e in evidence]


def get_course(tx: Tx, scope: Scope, case_id: UUID) -> Course:
    """A case and all that belongs to it, merged reports included."""
    case, parts = get_case(tx, scope, case_id), PARTS.one(tx, case_id=case_id)
    course = Course(case, *(getattr(parts, f.name) for f in fields(parts)))
    return replace(course, evidence=_as_seen(tx, scope, course.evidence))


def is_only_of(tx: Tx, scheme: str) -> bool:
    """Are all cases here of this one scheme? A replay shares its simulated clock with nobody."""
    return not OTHERS.one(tx, scheme=scheme)


def list_audience(tx: Tx, case_ids: Sequence[UUID]) -> list[Audience]:
    """For the live stream: who may hear of these cases."""
    return AUDIENCE.all(tx, ids=list(case_ids))


def find_duplicates(
    tx: Tx, scope: Scope, *, scheme: str, matter_code: str, lon: float, lat: float, since: datetime, metres: float
) -> list[Near]:
    """Open cases of the same matter within `metres` of a point and reported since: offered while typing."""
    d_lat = metres / 110_000
    d_lon = d_lat / max(0.05, cos(radians(lat)))
    return NEAR.all(
        tx, visible(scope), lon=lon, lat=lat, west=lon - d_lon, east=lon + d_lon, south=lat - d_lat, north=lat + d_lat,
        scheme=scheme, matter_code=matter_code, since=since, metres=metres,
    )  # fmt: skip


def list_notices(
    tx: Tx, scope: Scope, posts: Sequence[tuple[UUID, str]], before: tuple[datetime, UUID], limit: int = 50
) -> list[Notice]:
    """Notices to this person, or to the posts they hold in their units (unit id, kind of post); newest first."""
    units, kinds = [u for u, _ in posts], [k for _, k in posts]
    return NOTICES.all(
        tx, me=scope.person, units=units, kinds=kinds, before=before[0], before_id=before[1], limit=limit
    )


def find_new_notices(tx: Tx, moments: Sequence[tuple[UUID, datetime]]) -> list[NewNotice]:
    """What was told in these cases at these instants, to whomever: for whoever carries it to them."""
    return NEW_NOTICES.all(tx, ids=[case_id for case_id, _ in moments], ats=[at for _, at in moments])


def demand_photo_in_sight(tx: Tx, scope: Scope, sha256: str) -> None:
    """NotFound unless the photo is evidence of a case in sight, or was uploaded by this person."""
    if not FILE_SEEN.one(tx, visible(scope), sha256=sha256, person=scope.person):
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")


def demand_voice_in_sight(tx: Tx, scope: Scope, sha256: str) -> None:
    """The same for a voice note."""
    if not FILE_SEEN.one(tx, visible(scope), sha256=sha256, person=scope.person):
        raise NotFound("voice.unknown", "没有这段录音", "No such recording")


def find_case_id(tx: Tx, scope: Scope, text: str) -> UUID | None:
    """A case in sight by its number or its id."""
    return BY_NUMBER.maybe(tx, visible(scope), text=text)
