"""To whom? And what the lists say, said, leave out and contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.city.model_rules import NATIONAL, Kind
from yiwang.city.queries_rules import calendar_for, get_catalogue
from yiwang.dispatch import rules
from yiwang.dispatch.model import Conflict, Found, Gap, Line, Recommendation, Version
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import Scope
from yiwang.network.rules import is_within

LOCAL = ZoneInfo("Asia/Shanghai")

# The place's areas from the tree, then the lines of each by index; units' names by key for those few lines alone (as
# joins, the planner would read whole tables for them). Six keys, not an array of them: so its plan is made once, not anew
# each time.
FIND = query(
    Found,
    "with up as materialized (select u.id, u.name, u.kind, nlevel(u.path) as depth"
    " from network.unit place join network.unit u on u.path @> place.path where place.id = %(area_id)s),"
    " fit as (select l.id, l.version, l.n, l.span, l.kind, l.name, l.area_id, up.name as area_name, up.depth, l.hours,"
    " l.basis,"
    " (select json_build_object('name', k.name, 'depth', nlevel(k.path)) from dispatch.list d"
    " join network.unit k on k.id = d.unit_id where d.id = l.list_id) as list,"
    " (select json_build_object('id', u.unit_id, 'name', u.name) from network.unit_now u where u.id = l.lead_id) as lead,"
    " case when l.assist_ids = '{}' then '[]'::json else (select json_agg(json_build_object('id', a.unit_id,"
    " 'name', a.name) order by t.i) from unnest(l.assist_ids) with ordinality t(id, i)"
    " join network.unit_now a on a.id = t.id) end as assists"
    " from up join dispatch.line l on l.current and l.area_id = up.id and l.key in (%(every)s, %(field)s, %(major)s,"
    " %(kind_major)s, %(code)s, %(kind_code)s)"
    " where (l.valid_from is null or l.valid_from <= %(day)s) and (l.valid_to is null or l.valid_to > %(day)s))"
    " select place.name as place_name, home.id as home_id, home.name as home_name,"
    " coalesce((select json_agg(fit) from fit), '[]') as lines"
    " from (select name from up where id = %(area_id)s) place left join (select id, name from up"
    " where kind in ('street', 'town', 'zone', 'district', 'city') order by depth desc limit 1) home on true",
    apart=True,
)

_LINE: LiteralString = (
    "select l.id, l.list_id, k.name as list_unit, l.version, l.n, l.span, l.scheme, l.kind, l.code, l.name, l.area_id,"
    " a.code as area_code, a.name as area_name, l.hours, u.id as lead_id, u.code as lead_code, u.name as lead_name,"
    " array(select x.code from unnest(l.assist_ids) with ordinality t(id, i) join network.unit x on x.id = t.id"
    " order by t.i) as assist_codes,"
    " array(select x.name from unnest(l.assist_ids) with ordinality t(id, i) join network.unit x on x.id = t.id"
    " order by t.i) as assist_names, l.basis, l.valid_from, l.valid_to"
    " from dispatch.line l join dispatch.list d on d.id = l.list_id join network.unit k on k.id = d.unit_id"
    " join network.unit a on a.id = l.area_id join network.unit u on u.id = l.lead_id"
)
LINE = query(Line, _LINE + " where l.id = %(id)s")
# Seen are lines for the ground in sight, and lines that name a unit in sight.
LIST = query(
    Line,
    _LINE + " where l.list_id = %(list_id)s and l.version = %(version)s and l.n > %(after)s"
    " and (%(everything)s or a.path <@ %(paths)s::ltree[] or u.path <@ %(paths)s::ltree[] or k.path <@ %(paths)s::ltree[])"
    " order by l.n limit %(limit)s",
)
AROUND = query(
    Line,
    _LINE + " where l.current and (a.path <@ %(path)s::ltree or a.path @> %(path)s::ltree)"
    " and (l.valid_from is null or l.valid_from <= %(day)s) and (l.valid_to is null or l.valid_to > %(day)s)"
    " order by l.list_id, l.n",
)
VERSIONS = query(
    Version,
    "select v.list_id, d.unit_id, u.name as unit_name, v.version, v.at, v.by, v.source, v.digest, v.rows, v.bad,"
    " v.version = d.version as current from dispatch.version v join dispatch.list d on d.id = v.list_id"
    " join network.unit u on u.id = d.unit_id"
    " where (%(everything)s or u.path <@ %(paths)s::ltree[] or u.path @> %(paths)s::ltree[])"
    " and (%(list_id)s::uuid is null or d.id = %(list_id)s) order by u.code, v.version desc limit %(limit)s",
)
CONFLICTS = query(
    Conflict,
    "select l.span, l.name, l.area_id, a.name as area_name, l.hours, k.name as list_unit, l.n, u.name as lead_name,"
    " ok.name as other_list_unit, o.n as other_n, ou.name as other_lead_name"
    " from dispatch.line l join dispatch.line o on o.current and o.area_id = l.area_id and o.key = l.key"
    " and o.hours = l.hours and (l.list_id, l.n) < (o.list_id, o.n)"
    " and daterange(l.valid_from, l.valid_to) && daterange(o.valid_from, o.valid_to)"
    " join network.unit a on a.id = l.area_id"
    " join network.unit_now u on u.id = l.lead_id join network.unit_now ou on ou.id = o.lead_id and ou.unit_id <> u.unit_id"
    " join dispatch.list d on d.id = l.list_id join network.unit k on k.id = d.unit_id"
    " join dispatch.list od on od.id = o.list_id join network.unit ok on ok.id = od.unit_id"
    " where l.current and (a.path <@ %(path)s::ltree or a.path @> %(path)s::ltree)"
    " order by a.code, l.key, l.n limit %(limit)s",
)


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the tree, for looking down from one and for what lies above it."""

    id: UUID
    parent_id: UUID | None
    name: str
    path: str
    above: bool


AREAS = query(
    Area,
    "select u.id, u.parent_id, u.name, u.path::text as path, u.path <> t.path and u.path @> t.path as above"
    " from network.unit t, network.unit u where t.id = %(id)s and u.valid_to is null and (u.path <@ t.path or u.path @> t.path)"
    " and u.kind in ('city', 'district', 'street', 'town', 'zone', 'neighbourhood', 'village') order by u.path",
)


def recommend(tx: Tx, *, scheme: str, kind: str, code: str, area_id: UUID, at: datetime) -> Recommendation:
    """To whom a matter (`kind` matter or component) in an area goes at an instant, and why. One statement.

    The signature is all that a learned recommender would need; it may then take this one's place. NotFound
    (`dispatch.no_area`) where there is no such area. A matter that the catalogue does not have is matched by the lines
    for everything alone.
    """
    matter = get_catalogue(tx).matters.get((scheme, Kind(kind), code))
    found = FIND.maybe(
        tx, area_id=area_id, day=at.astimezone(LOCAL).date(), **rules.keys_of(scheme, kind, code, matter)
    )
    if found is None:
        raise NotFound("dispatch.no_area", "没有这个区域", "No such area")
    working = rules.is_working(at, calendar_for(tx, found.home_id))
    return rules.choose(found, matter.name if matter else code, working=working)


def get_line(tx: Tx, line_id: UUID) -> Line:
    """A line of any version: what a case's recommendation rested on; NotFound."""
    line = LINE.maybe(tx, id=line_id)
    if line is None:
        raise NotFound("dispatch.no_line", "没有这一条", "No such line")
    return line


def get_visible_line(tx: Tx, scope: Scope, line_id: UUID) -> Line:
    """The same if it is in sight, as `list_lines` has it; NotFound."""
    line = get_line(tx, line_id)
    if not LIST.all(
        tx, list_id=line.list_id, version=line.version, after=line.n - 1, limit=1,
        everything=scope.everything, paths=list(scope.paths),
    )[:1] == [line]:  # fmt: skip
        raise NotFound("dispatch.no_line", "没有这一条", "No such line")
    return line


def list_versions(tx: Tx, scope: Scope, *, list_id: UUID | None = None, limit: int = 100) -> list[Version]:
    """The versions of the lists in sight, by unit, the newest first; of one list with `list_id`."""
    return VERSIONS.all(tx, everything=scope.everything, paths=list(scope.paths), list_id=list_id, limit=limit)


def list_lines(
    tx: Tx, scope: Scope, *, list_id: UUID, version: int | None = None, after: int = 0, limit: int = 100
) -> list[Line]:
    """The lines in sight of a version (None: the one in force), by number, after the line `after`; NotFound."""
    versions = list_versions(tx, scope, list_id=list_id, limit=10_000)
    shown = next((v for v in versions if (v.current if version is None else v.version == version)), None)
    if shown is None:
        raise NotFound("dispatch.no_list", "没有这份权责清单，或没有这一版", "No such list, or no such version")
    return LIST.all(
        tx, list_id=list_id, version=shown.version, after=after, limit=limit,
        everything=scope.everything, paths=list(scope.paths),
    )  # fmt: skip


def find_gaps(tx: Tx, scope: Scope, area_id: UUID, *, schemes: Sequence[str] = (NATIONAL,)) -> list[Gap]:
    """For which matters of the schemes, in which areas at or below this one, is nobody listed today? The street would
    take them by place. Only the widest such areas are named; NotFound where the area is out of sight."""
    areas = _areas(tx, scope, area_id)
    top = next(a for a in areas if a.id == area_id)
    lines = AROUND.all(tx, path=top.path, day=tx.now.astimezone(LOCAL).date())
    below = {a.id: (a.parent_id, a.name) for a in areas if not a.above}
    coverage = rules.Coverage(lines, below, {a.id for a in areas if a.above})
    return [gap for m in get_catalogue(tx).matters.values() if m.scheme in schemes for gap in coverage.gaps(m, area_id)]


def find_conflicts(tx: Tx, scope: Scope, area_id: UUID, *, limit: int = 500) -> list[Conflict]:
    """Which lines in force, for this area or any above or below it, name different leads with equal right?"""
    areas = _areas(tx, scope, area_id)
    return CONFLICTS.all(tx, path=next(a for a in areas if a.id == area_id).path, limit=limit)


def demand_area_in_sight(tx: Tx, scope: Scope, area_id: UUID) -> None:
    """NotFound unless the area lies within the scope: what the lists say of others' ground is theirs."""
    _areas(tx, scope, area_id)


def _areas(tx: Tx, scope: Scope, area_id: UUID) -> list[Area]:
    areas = AREAS.all(tx, id=area_id)
    top = next((a for a in areas if a.id == area_id), None)
    if top is None or not (scope.everything or any(is_within(top.path, p) for p in scope.paths)):
        raise NotFound("dispatch.no_area", "没有这个区域", "No such area")
    return areas
