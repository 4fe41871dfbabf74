"""Reads of components: one, those in a grid, those around a point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import LiteralString

from yiwang.city.model_component import Component, ComponentSpot, TypeCount
from yiwang.city.rules_component import Known
from yiwang.city.rules_grid import MICRO
from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.geo import Box, LonLat
from yiwang.kit.scope import Scope


@dataclass(frozen=True, slots=True)
class TypeName:
    scheme: str
    code: str
    name: str


ONE = query(
    Component,
    "select c.code, c.scheme, c.type_code, m.name as type_name, c.name, c.keeper_code, c.keeper_name, c.owner_code,"
    " c.owner_name, c.maintainer_code, c.maintainer_name, c.grid_code, g.duty_grid_id, c.state, c.lon, c.lat, c.raw_x,"
    " c.raw_y, c.datum, c.accuracy, c.first_on, c.changed_on, c.source, c.note"
    " from city.component c join city.unit_grid g on g.code = c.grid_code join network.unit u on u.id = g.community_id"
    " left join city.matter m on m.scheme = c.scheme and m.code = c.type_code and m.kind = 'component'"
    " where c.code = %(code)s and (%(everything)s or u.path <@ %(paths)s::ltree[])",
)
LIST = query(
    ComponentSpot,
    "select c.code, c.scheme, c.type_code, m.name as type_name, c.name, c.state, c.grid_code, c.lon, c.lat"
    " from city.component c join city.unit_grid g on g.code = c.grid_code join network.unit u on u.id = g.community_id"
    " left join city.matter m on m.scheme = c.scheme and m.code = c.type_code and m.kind = 'component'"
    " where c.code > %(after)s and (%(everything)s or u.path <@ %(paths)s::ltree[]) and {where}"
    " order by c.code limit %(limit)s",
)
BY_TYPE = query(
    TypeCount,
    "select c.scheme, c.type_code, m.name as type_name, count(*)::int as components,"
    " (count(*) filter (where c.state <> '完好'))::int as broken"
    " from city.component c left join city.matter m on m.scheme = c.scheme and m.code = c.type_code and m.kind = 'component'"
    " where c.grid_code = %(grid)s group by c.scheme, c.type_code, m.name order by count(*) desc, c.type_code",
)
TYPES = query(TypeName, "select m.scheme, m.code, m.name from city.matter m where m.kind = 'component'")
DISTRICTS = query(
    str,
    "select d.code from network.unit d, network.unit top where top.code = %(unit)s and d.level = 2"
    " and (d.path <@ top.path or d.path @> top.path)",
)

LAST = query(
    str,
    "select i.sha256 from city.component_import i where i.unit_code = %(unit)s order by i.at desc, i.id desc limit 1",
)


def find_last_import(tx: Tx, unit_code: str) -> str | None:
    """The SHA-256 of the file last imported for a unit."""
    return LAST.maybe(tx, unit=unit_code)


def get_component(tx: Tx, scope: Scope, code: str) -> Component:
    """One component by its identification code; NotFound, also when it stands outside the scope."""
    found = ONE.maybe(tx, code=code, everything=scope.everything, paths=list(scope.paths))
    if found is None:
        raise NotFound("component.none", "没有这个部件", "No such component")
    return found


def in_box(alias: LiteralString, box: Box) -> Clause:
    """The rows of a table with a place (`at` in micro-degrees) that lie in a box."""
    sides = {f"box_{name}": degrees * MICRO for name, degrees in zip("wsen", box, strict=True)}
    return Clause(f"{alias}.at <@ box(point(%(box_w)s, %(box_s)s), point(%(box_e)s, %(box_n)s))", sides)


def around(alias: LiteralString, point: LonLat, radius_m: float) -> Clause:
    """Those within `radius_m` of a point (WGS-84): the box by its index, then the circle."""
    lon, lat = point
    tall = radius_m / 111_195 * MICRO
    wide = tall / max(math.cos(math.radians(lat)), 0.01)
    x, y = lon * MICRO, lat * MICRO
    sides = {"x0": x - wide, "y0": y - tall, "x1": x + wide, "y1": y + tall, "x": x, "y": y, "wide": wide, "tall": tall}
    return Clause(
        f"{alias}.at <@ box(point(%(x0)s, %(y0)s), point(%(x1)s, %(y1)s))"
        f" and (({alias}.lon * 1e6 - %(x)s) / %(wide)s) ^ 2 + (({alias}.lat * 1e6 - %(y)s) / %(tall)s) ^ 2 <= 1",
        sides,
    )


def list_components(
    tx: Tx,
    scope: Scope,
    *,
    near: tuple[float, float] | None = None,
    radius_m: float = 100,
    box: tuple[float, float, float, float] | None = None,
    grid_code: str | None = None,
    type_code: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[ComponentSpot]:
    """Components by code, after the code `after`: within `radius_m` of `near` (WGS-84 lon, lat), in a
    box (west, south, east, north), in a unit grid, of a type."""
    where = Clause()
    if near is not None:
        where &= around("c", near, radius_m)
    if box is not None:
        where &= in_box("c", box)
    if grid_code is not None:
        where &= Clause("c.grid_code = %(grid_code)s", {"grid_code": grid_code})
    if type_code is not None:
        where &= Clause("c.type_code = %(type_code)s", {"type_code": type_code})
    return LIST.all(
        tx, where, everything=scope.everything, paths=list(scope.paths), after=after, limit=min(max(limit, 1), 1000)
    )


def count_by_type(tx: Tx, grid_code: str) -> list[TypeCount]:
    """What stands in a unit grid, by type, the most first. Whether the grid is in sight is for the caller to ask."""
    return BY_TYPE.all(tx, grid=grid_code)


def get_known(tx: Tx, unit_code: str) -> Known:
    """What an import for `unit_code` is checked against: its districts, and the catalogue's component types."""
    types = {(t.scheme, t.code): t.name for t in TYPES.all(tx)}
    return Known(frozenset(DISTRICTS.all(tx, unit=unit_code)), types)
