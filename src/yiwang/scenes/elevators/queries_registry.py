"""What a registry's table is placed by: the area's grids and named roads, and what units are called."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from yiwang.kit.db import Tx, query


@dataclass(frozen=True, slots=True)
class NamedRoad:
    """`line`: PostgreSQL's text of a path in micro-degrees."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class NamedUnit:
    name: str
    code: str


SHAPES = query(
    str,
    "select g.shape::text from city.unit_grid g join network.unit u on u.id = g.community_id"
    " where u.path <@ %(path)s::ltree and g.valid_to is null order by g.code",
)
ROADS = query(
    NamedRoad,
    "select coalesce(r.name, '') as name, r.line::text as line from city.road r where r.name is not null and exists ("
    "select from city.unit_grid g join network.unit u on u.id = g.community_id"
    " where u.path <@ %(path)s::ltree and g.valid_to is null and g.bbox && r.bbox) order by r.district_code, r.n",
)
UNITS = query(
    NamedUnit,
    "select name, code from network.unit where valid_to is null union select short_name, code from network.unit"
    " where valid_to is null and short_name <> '' order by 1, 2",
)


def find_shapes(tx: Tx, path: str) -> list[str]:
    """The unit grids of an area: PostgreSQL's text of polygons in micro-degrees."""
    return SHAPES.all(tx, path=path)


def find_roads(tx: Tx, path: str) -> list[NamedRoad]:
    """The named roads that touch an area."""
    return ROADS.all(tx, path=path)


def find_unit_codes(tx: Tx) -> dict[str, str]:
    """Name, or short name, → code; of two that are called alike, neither."""
    rows = UNITS.all(tx)
    often = Counter(row.name for row in rows)
    return {row.name: row.code for row in rows if often[row.name] == 1}
