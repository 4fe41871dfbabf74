"""Reads of homes and their people: masked for those who may see residents on that ground, how many for all others there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.network.queries_personal import KeyUse
from yiwang.network.rules import scope_of
from yiwang.register import queries as register
from yiwang.scenes.homes import rules
from yiwang.scenes.homes.model import (
    Building,
    BuildingCounts,
    BuildingRow,
    Cell,
    Counts,
    GroundCounts,
    Group,
    GroupMember,
    Heads,
    HomeFile,
    HomeOf,
    House,
    Resident,
    Tenure,
)
from yiwang.scenes.homes.store import COLUMNS, COUNTED, list_marks, try_open


# People are of areas: what a firm has to do with a home shows it the home, not who lives there. Whoever is bound to duty grids
# sees the people of these alone.
def _on_ground(thing: LiteralString, unit: LiteralString, of: LiteralString = "") -> LiteralString:
    return (
        f"(%({of}everything)s or {unit}.path <@ %({of}paths)s::ltree[] or {thing}.grid_code in (select g.code"
        " from city.unit_grid g join network.unit gu on gu.id = g.community_id"
        f" join unnest(%({of}grids)s::uuid[], %({of}grounds)s::text[]) as own (id, ground)"
        " on own.id = g.duty_grid_id and gu.path <@ own.ground::ltree))"
    )


ON_GROUND = _on_ground("t", "u")
GROUNDS: LiteralString = (
    "sum(c.homes)::int as homes, sum(c.let)::int as let, sum(c.empty)::int as empty, sum(c.living)::int as living,"
    " sum(c.elder)::int as elder, sum(c.aged)::int as aged, sum(c.alone)::int as alone,"
    " sum(c.alone_elder)::int as alone_elder, sum(c.alone_aged)::int as alone_aged, sum(c.care)::int as care"
)
ON_GROUNDS = query(
    GroundCounts,
    f"select {GROUNDS}, u.id as unit_id, u.name as unit_name, case when %(by_grid)s then c.grid_code end as grid_code"
    " from homes.tally c join city.unit_grid g on g.code = c.grid_code join network.unit u on u.id = g.community_id"
    f" where {_on_ground('c', 'u')} group by 11, 12, 13 order by 12, 13",
)
OF_BUILDINGS = query(
    BuildingCounts,
    f"select {COUNTED}, b.id from register.thing b join network.unit u on u.id = b.unit_id"
    " left join register.link l on l.to_id = b.id and l.role = 'in'"
    " left join (register.thing t join network.unit hu on hu.id = t.unit_id) on t.id = l.thing_id and t.kind = 'home'"
    f" and not t.ended and {_on_ground('t', 'hu')} left join lateral (select count(*) as living, count(*) filter (where born <= %(elder)s) as elder,"
    " count(*) filter (where born <= %(aged)s) as aged, count(*) filter (where care) as care"
    f" from homes.resident where until is null and home_id = t.id) r on true"
    f" where b.id = any(%(ids)s) and b.kind = 'building' and {_on_ground('b', 'u')} group by b.id",
)
CELLS = query(
    Cell,
    "select t.id, t.code, (t.attributes ->> 'unit')::int as unit, (t.attributes ->> 'floor')::int as floor,"
    " t.attributes ->> 'room' as room, (t.attributes ->> 'area_m2')::float8 as area_m2, t.attributes ->> 'tenure' as tenure,"
    " case when s.sees then r.living end as living, case when s.sees then r.living = 1 end as alone,"
    " case when s.sees then r.aged > 0 end as aged, case when s.sees then r.care > 0 end as care"
    " from register.link l join register.thing t on t.id = l.thing_id and t.kind = 'home' and not t.ended"
    " join network.unit u on u.id = t.unit_id left join lateral (select count(*)::int as living,"
    " count(*) filter (where born <= %(aged)s) as aged, count(*) filter (where care) as care"
    " from homes.resident where until is null and home_id = t.id) r on true"
    f" cross join lateral (select {_on_ground('t', 'u', 'see_')} as sees) s where l.to_id = %(id)s and l.role = 'in' and {ON_GROUND} order by 3, 4, t.attributes ->> 'room', t.id",
)


NOBODY = (None, None)


@dataclass(frozen=True, slots=True)
class _Home:
    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    unit_path: str
    duty_grid_id: UUID | None
    building_id: UUID | None
    unit: int
    floor: int
    room: str
    area_m2: float
    tenure: Tenure
    generated: bool
    ended: bool


HOME = query(
    _Home,
    "select t.id, t.code, t.name, t.address, u.name as unit_name, u.path::text as unit_path,"
    " (select g.duty_grid_id from city.unit_grid g where g.code = t.grid_code) as duty_grid_id,"
    " (select l.to_id from register.link l where l.thing_id = t.id and l.role = 'in' limit 1) as building_id,"
    " (t.attributes ->> 'unit')::int as unit, (t.attributes ->> 'floor')::int as floor, t.attributes ->> 'room' as room,"
    " (t.attributes ->> 'area_m2')::float8 as area_m2, t.attributes ->> 'tenure' as tenure, t.generated, t.ended"
    f" from register.thing t join network.unit u on u.id = t.unit_id where t.id = %(id)s and t.kind = 'home' and {ON_GROUND}",
)
IN_HOME = query(
    Resident,
    f"select {COLUMNS} from homes.resident where home_id = %(id)s"
    " order by until is not null, erased_at is not null, since, id limit 500",
)


@dataclass(frozen=True, slots=True)
class _Living(Resident):
    code: str
    home: str
    address: str
    unit_name: str
    building_id: UUID | None
    living: int


OF_GROUP = query(
    _Living,
    f"select {', '.join(f'r.{c.strip()}' for c in COLUMNS.split(','))}, t.code, t.name as home, t.address, u.name as unit_name,"
    " (select l.to_id from register.link l where l.thing_id = t.id and l.role = 'in' limit 1) as building_id,"
    " (select count(*)::int from homes.resident o where o.home_id = r.home_id and o.until is null) as living"
    " from homes.resident r join register.thing t on t.id = r.home_id and t.kind = 'home' and not t.ended join network.unit u on u.id = t.unit_id"
    f" where {{where}} and r.until is null and {ON_GROUND} order by t.code, r.id limit %(limit)s",
)


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: str | None
    high: str | None


# A ground's homes have codes that lie together, for each begins with its neighbourhood's: a page goes along these alone.
BOUNDS = query(
    _Bounds,
    "select min(m.low) as low, max(m.high) as high from network.unit u cross join lateral (select"
    " (select code from register.thing where unit_id = u.id and kind = 'home' order by code limit 1) as low,"
    " (select code from register.thing where unit_id = u.id and kind = 'home' order by code desc limit 1) as high) m"
    " where u.path <@ %(paths)s::ltree[]"
    " or u.id in (select g.community_id from city.unit_grid g where g.duty_grid_id = any(%(grids)s::uuid[]))",
)
IN_SIGHT = query(
    UUID,
    "select t.id from register.thing t join network.unit u on u.id = t.unit_id where t.id = any(%(ids)s) and t.kind = 'home'"
    f" and {ON_GROUND}",
)
HOME_OF = query(UUID, "select home_id from homes.resident where id = %(id)s")
KEYS = query(
    KeyUse,
    "select substring(sealed from 2 for 4) as key, count(*)::int as values from homes.resident where sealed is not null group by 1",
)
ANY_SEALED = query(bool, "select exists (select from homes.resident where sealed is not null) as found")
# Counted home by home as the list goes along them: as an anti-join all residents would be read for a page.
_ALONE: LiteralString = "(select count(*) from homes.resident o where o.home_id = r.home_id and o.until is null) = 1"
_WHO: dict[Group, LiteralString] = {
    Group.elder: "r.born <= %(elder)s", Group.aged: "r.born <= %(aged)s", Group.alone: _ALONE,
    Group.alone_elder: f"r.born <= %(elder)s and {_ALONE}", Group.alone_aged: f"r.born <= %(aged)s and {_ALONE}",
    Group.care: "r.care",
}  # fmt: skip


def _ground(scope: Scope, of: str = "") -> dict[str, Any]:
    return {
        f"{of}everything": scope.everything, f"{of}paths": list(scope.whole),
        f"{of}grids": [grid for grid, _ in scope.grids], f"{of}grounds": [path for _, path in scope.grids],
    }  # fmt: skip


def get_home(tx: Tx, actor: Actor, home_id: UUID) -> HomeFile:
    """A home and who lives there; NotFound where it is none, or out of sight."""
    home = HOME.maybe(tx, id=home_id, **_ground(scope_of(actor)))
    if home is None:
        raise rules.no_home()
    rows, today = IN_HOME.all(tx, id=home_id), rules.today_of(tx.now)
    living = sum(row.until is None for row in rows)
    of = HomeOf(home.id, home.code, home.unit_path, home.generated, home.ended, home.duty_grid_id)
    sees = rules.may_see(actor, of)
    residents = [rules.show(row, try_open(row), living, today) for row in rows] if sees else None
    return HomeFile(
        home.id, home.code, home.name, home.address, home.unit_name, home.building_id, home.unit, home.floor, home.room, home.area_m2,
        home.tenure, home.generated, living, residents, rules.list_acts(actor, of),
    )  # fmt: skip


def list_buildings(
    tx: Tx,
    scope: Scope,
    seen: Scope,
    wanted: register.Wanted,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int = 100,
) -> list[BuildingRow]:
    """Buildings in sight, by code, with how many live there; of their duty grids alone for whoever is bound to such. `seen`: where
    residents may be seen (`rules.seen_by`)."""
    if not scope.everything and not scope.whole:
        wanted = replace(wanted, duty_grids=tuple(grid for grid, _ in scope.grids))
    rows = register.list_things(tx, scope, wanted, after=after, limit=limit)
    counts = _count_buildings(tx, scope, seen, [row.id for row in rows])
    return [
        BuildingRow(row.id, row.code, row.name, row.address, row.unit_name, row.grid_code, row.lon, row.lat,
                    msgspec.convert(row.attributes, Building), *counts.get(row.id, NOBODY))
        for row in rows
    ]  # fmt: skip


def _count_buildings(tx: Tx, scope: Scope, seen: Scope, ids: Sequence[UUID]) -> dict[UUID, tuple[Heads, Counts | None]]:
    """Of those on this scope's ground; their groups only where residents may be seen."""
    found = OF_BUILDINGS.all(tx, ids=list(ids), **rules.born_by_groups(rules.today_of(tx.now)), **_ground(scope))
    shown = (
        found
        if seen == scope
        else OF_BUILDINGS.all(tx, ids=list(ids), **rules.born_by_groups(rules.today_of(tx.now)), **_ground(seen))
    )
    groups = {row.id: Counts(*(getattr(row, f.name) for f in fields(Counts))) for row in shown}
    return {row.id: (Heads(row.homes, row.let, row.empty, row.living), groups.get(row.id)) for row in found}


def get_house(tx: Tx, actor: Actor, building_id: UUID) -> House:
    """A building with all of its homes; NotFound where it is none, or out of sight."""
    scope = scope_of(actor)
    thing = register.get_thing(tx, scope, building_id)
    if thing.kind != "building":
        raise rules.no_building()
    row = BuildingRow(
        thing.id, thing.code, thing.name, thing.address, thing.unit_name, thing.grid_code, thing.lon, thing.lat,
        msgspec.convert(thing.attributes, Building), *_count_buildings(tx, scope, rules.seen_by(actor), [thing.id]).get(thing.id, NOBODY),
    )  # fmt: skip
    seen = _ground(rules.seen_by(actor), "see_")
    cells = CELLS.all(
        tx, id=building_id, aged=rules.born_by_groups(rules.today_of(tx.now))["aged"], **_ground(scope), **seen
    )
    return House(row, cells)


def list_counts(tx: Tx, scope: Scope, *, by_grid: bool) -> list[GroundCounts]:
    """How many homes, people and people of each group: per neighbourhood, or per unit grid. As they were counted a moment ago."""
    return ON_GROUNDS.all(tx, by_grid=by_grid, **_ground(scope))


def list_group(
    tx: Tx,
    scope: Scope,
    group: Group,
    *,
    unit: UUID | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int = 100,
) -> list[GroupMember]:
    """Who is of a group, masked, by their home's code. `scope`: where residents may be seen (`seen_by`)."""
    where = Clause(_WHO[group], rules.born_by_groups(rules.today_of(tx.now)))
    if unit is not None:
        below = "u.path <@ (select top.path from network.unit top where top.id = %(f_unit)s)"
        where &= Clause(below, {"f_unit": unit})
    if after is not None:
        where &= Clause(
            "t.code >= %(after_code)s and (t.code, r.id) > (%(after_code)s, %(after_id)s::uuid)",
            {"after_code": after[0], "after_id": after[1]},
        )
    return list_members(tx, scope, where, limit)


def list_named(tx: Tx, scope: Scope, name: str, *, limit: int = 50) -> list[GroupMember]:
    """Who lives on this ground under this whole name, masked. Only for whoever has said why (`actions.find_by_name`)."""
    return list_members(tx, scope, Clause("r.name_mark = any(%(marks)s)", {"marks": list_marks(name)}), limit)


def list_members(tx: Tx, scope: Scope, where: Clause, limit: int) -> list[GroupMember]:
    """Those residents who live there, masked, by their home's code."""
    ground = _ground(scope)
    if not scope.everything:
        bounds = BOUNDS.one(tx, paths=ground["paths"], grids=ground["grids"])
        where &= Clause("t.code between %(low)s and %(high)s", {"low": bounds.low, "high": bounds.high})
    today = rules.today_of(tx.now)
    found = []
    for row in OF_GROUP.all(tx, where, limit=limit, **ground):
        shown = rules.show(row, try_open(row), row.living, today)
        found.append(GroupMember(
            row.id, row.home_id, row.building_id, row.code, row.home, row.address, row.unit_name, shown.name, shown.phone,
            shown.age or 0, row.sex, shown.groups,
        ))  # fmt: skip
    return found


def is_in_sight(tx: Tx, scope: Scope, home_id: UUID) -> bool:
    """Is it a home on this scope's ground?"""
    return bool(find_in_sight(tx, scope, [home_id]))


def find_in_sight(tx: Tx, scope: Scope, ids: Iterable[UUID]) -> list[UUID]:
    """Of these things, the homes on this scope's ground."""
    return IN_SIGHT.all(tx, ids=list(ids), **_ground(scope))


def is_there(tx: Tx, resident_id: UUID) -> bool:
    return HOME_OF.maybe(tx, id=resident_id) is not None


def find_home_of(tx: Tx, resident_id: UUID) -> UUID | None:
    return HOME_OF.maybe(tx, id=resident_id)


def read_key_use(tx: Tx) -> dict[bytes | None, int]:
    """Key id → how many residents it has sealed."""
    return {u.key: u.values for u in KEYS.all(tx)}


def is_any_sealed(tx: Tx) -> bool:
    return ANY_SEALED.one(tx)
