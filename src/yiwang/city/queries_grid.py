"""Where is it? locate() and the shapes for the map."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike

from yiwang.city import queries_component
from yiwang.city.model_grid import NOWHERE, DutyCode, DutyGrid, GridFile, GridRow, GridShape, Place, RoadLine
from yiwang.city.rules_grid import MICRO
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network.queries_posts import list_responsible
from yiwang.network.queries_units import is_in_sight

# The box is found by the index, the polygon tested after. Micro-degrees: see migration 0004.
LOCATE = query(
    Place,
    """
with here as (select point(%(x)s, %(y)s) as p, box(point(%(x)s, %(y)s), point(%(x)s, %(y)s)) as b),
grid as (
  select g.code, g.duty_grid_id, d.name, g.community_code, g.street_code, g.district_code, g.community_id,
    (path(g.shape) <-> here.p) < 1 as on_border
  from here, city.unit_grid g join city.duty_grid d on d.id = g.duty_grid_id
  where g.bbox @> here.b and g.shape @> here.p and g.valid_to is null
  order by g.code limit 1)
select code as grid_code, duty_grid_id, name as duty_grid_name, community_code, street_code, district_code,
  community_id as unit_id, on_border, false as outside
from grid
union all (
  select null, null, null, null, case when a.level = 3 then a.unit_code end, left(a.unit_code, 6), a.unit_id, false, true
  from here, city.area a
  where not exists (select from grid) and a.bbox @> here.b and a.shape @> here.p
  order by a.level desc, a.unit_code limit 1)
""",
)
NEAR = query(
    GridShape,
    "select g.code, g.duty_grid_id, '' as duty_grid_name, g.area_m2, g.shape::text as shape from city.unit_grid g"
    " where g.bbox && box(point(%(x0)s, %(y0)s), point(%(x1)s, %(y1)s)) and g.valid_to is null order by g.code",
)
GROUND = query(
    GridShape,
    "select g.code, g.duty_grid_id, '' as duty_grid_name, g.area_m2, g.shape::text as shape from city.unit_grid g"
    " join network.unit u on u.id = g.community_id where u.path <@ %(path)s::ltree and g.valid_to is null order by g.code",
)
STREET = query(
    GridShape,
    "select g.code, g.duty_grid_id, d.name as duty_grid_name, g.area_m2, g.shape::text as shape"
    " from city.unit_grid g join city.duty_grid d on d.id = g.duty_grid_id"
    " where g.street_code = %(street)s and g.valid_to is null order by g.code",
)
ROADS = query(
    RoadLine,
    "select r.name, r.class as class_, r.line::text as line from city.road r"
    " where exists (select from city.area a where a.unit_code = %(street)s and a.bbox && r.bbox)"
    " order by r.district_code, r.n",
)
DUTIES = query(
    DutyGrid,
    "select d.id, d.code, d.name, d.street_code, d.street_id, count(g.code)::int as unit_grids,"
    " coalesce(sum(g.area_m2), 0)::int as area_m2"
    " from city.duty_grid d left join city.unit_grid g on g.duty_grid_id = d.id and g.valid_to is null"
    " where d.valid_to is null and (%(street)s::text is null or d.street_code = %(street)s)"
    " group by d.id order by d.code",
)
DUTY_CODES = query(DutyCode, "select id, code, valid_to is null as standing from city.duty_grid")
ONE_GRID = query(
    GridRow,
    "select g.code, g.area_m2, g.duty_grid_id, d.name as duty_grid_name, u.name as community_name,"
    " u.path::text as community_path, (center(g.bbox))[0] / 1e6 as lon, (center(g.bbox))[1] / 1e6 as lat"
    " from city.unit_grid g join city.duty_grid d on d.id = g.duty_grid_id join network.unit u on u.id = g.community_id"
    " where g.code = %(code)s and g.valid_to is null",
)
KNOWN = query(str, "select u.code from network.unit u where u.id = any(%(ids)s)")
GRIDDED = query(str, "select distinct g.street_code from city.unit_grid g where g.valid_to is null")
# 250 m around; "nearest" takes a degree of longitude as long as one of latitude, which is good enough for a name.
ROAD_NAME = query(
    str,
    """
select r.name from city.road r, (select point(%(x)s, %(y)s) as p) here
where r.name is not null and r.bbox && box(point(%(x)s - 2600, %(y)s - 2300), point(%(x)s + 2600, %(y)s + 2300))
order by here.p <-> r.line, r.name limit 1
""",
)


def find_known_units(tx: Tx, codes: Iterable[str]) -> set[str]:
    """Those of the codes that are units of the tree, closed ones too."""
    return set(KNOWN.all(tx, ids=[named_id(f"unit:{c}") for c in codes]))


def list_gridded_streets(tx: Tx) -> set[str]:
    """The codes of the streets that have unit grids."""
    return set(GRIDDED.all(tx))


def locate(tx: Tx, lon: float, lat: float) -> Place:
    """The unit grid, duty grid, community, street and district of a WGS-84 point, by one statement; never raises for a
    point that is nowhere (`Place.outside`)."""
    return LOCATE.maybe(tx, x=lon * MICRO, y=lat * MICRO) or NOWHERE


class GridIndex:
    """Unit grids in memory, for locating many points: `of(lons, lats)` gives a code or None for each.

    Same answers as `locate` has for `grid_code`: on a border, the smallest code."""

    def __init__(self, grids: Sequence[GridShape]) -> None:
        self.codes = [g.code for g in grids]  # ascending
        self.tree = shapely.STRtree(_polygons([g.shape for g in grids]) if grids else [])

    def of(self, lons: ArrayLike, lats: ArrayLike) -> list[str | None]:
        xs, ys = np.asarray(lons, float) * MICRO, np.asarray(lats, float) * MICRO
        which, grid = self.tree.query(shapely.points(xs, ys), predicate="intersects")
        found = np.full(len(xs), len(self.codes))
        np.minimum.at(found, which, grid)
        codes = [*self.codes, None]
        return [codes[i] for i in found]

    def touches(self, code: str, lon: float, lat: float) -> bool:
        """Does the point lie in this grid or within 0.1 m of it?"""
        at = bisect_left(self.codes, code)
        if at == len(self.codes) or self.codes[at] != code:
            return False
        return bool(shapely.dwithin(self.tree.geometries[at], shapely.Point(lon * MICRO, lat * MICRO), 1.0))


def _polygons(shapes: Sequence[str]) -> Sequence[shapely.Polygon]:
    """Polygons of PostgreSQL's text, all at once: 40,000 in a third of a second."""
    numbers = ",".join(shapes).translate(str.maketrans("", "", "() ")).split(",")
    sizes = [s.count("),(") + 1 for s in shapes]
    points = np.array(numbers, dtype=float).reshape(-1, 2)
    rings = shapely.linearrings(points, indices=np.repeat(np.arange(len(shapes)), sizes))
    return list(np.atleast_1d(np.asarray(shapely.polygons(rings))))


def get_index(tx: Tx, lons: Sequence[float], lats: Sequence[float]) -> GridIndex:
    """The grids around these points (WGS-84)."""
    if not len(lons):
        return GridIndex([])
    return GridIndex(
        NEAR.all(tx, x0=min(lons) * MICRO, y0=min(lats) * MICRO, x1=max(lons) * MICRO, y1=max(lats) * MICRO)
    )


def get_index_of(tx: Tx, path: str) -> GridIndex:
    """The grids on the ground of the unit at `path`."""
    return GridIndex(GROUND.all(tx, path=path))


def locate_many(tx: Tx, lons: Sequence[float], lats: Sequence[float]) -> list[str | None]:
    """The unit grid of each WGS-84 point, None outside every grid; one statement for all of them."""
    return get_index(tx, lons, lats).of(lons, lats)


def list_duty_grids(tx: Tx, street_code: str | None = None) -> list[DutyGrid]:
    return DUTIES.all(tx, street=street_code)


def list_duty_codes(tx: Tx) -> list[DutyCode]:
    """All duty grids there ever were."""
    return DUTY_CODES.all(tx)


def list_grid_shapes(tx: Tx, street_code: str) -> list[GridShape]:
    """The unit grids of a street, by code; NotFound when there are none."""
    grids = STREET.all(tx, street=street_code)
    if not grids:
        raise NotFound("grid.no_street", "这个街镇没有单元网格", "There are no unit grids for this street")
    return grids


def get_grid_file(tx: Tx, seen: Scope, code: str) -> GridFile:
    """一格一档: the grid, its components by kind, and who answers for it; NotFound out of sight."""
    grid = ONE_GRID.maybe(tx, code=code)
    if grid is None or not is_in_sight(seen, grid.community_path):
        raise NotFound("grid.none", "没有这个单元网格", "No such unit grid")
    people = list_responsible(tx, seen, grid.community_path, grid.duty_grid_id)
    return GridFile(grid, queries_component.count_by_type(tx, code), people)


def list_roads(tx: Tx, street_code: str) -> list[RoadLine]:
    """The roads in and around a street (whose boxes overlap)."""
    return ROADS.all(tx, street=street_code)


def find_road_name(tx: Tx, lon: float, lat: float) -> str | None:
    """The nearest named road within some 250 m, for saying where a point is."""
    return ROAD_NAME.maybe(tx, x=lon * MICRO, y=lat * MICRO)
