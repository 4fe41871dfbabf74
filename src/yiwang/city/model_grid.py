"""Unit grids, duty grids, outlines and roads: where things are."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.city.model_component import TypeCount
from yiwang.ledger.model import Event
from yiwang.network.model_posts import Responsible


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a point. Inside a unit grid everything is set; outside every grid (`outside`) the street and
    district are set if an outline is known that holds the point, else nothing is.

    `on_border`: within 0.1 m of the grid's border. A point on a common border belongs to the grid with the smallest
    code among those that touch it, always. `unit_id` is the smallest known unit there: community, street or district.
    """

    grid_code: str | None
    duty_grid_id: UUID | None
    duty_grid_name: str | None
    community_code: str | None
    street_code: str | None
    district_code: str | None
    unit_id: UUID | None
    on_border: bool
    outside: bool


@dataclass(frozen=True, slots=True)
class Located(Place):
    """The same, with the point itself (WGS-84) and the name of the nearest road."""

    lon: float
    lat: float
    road: str | None


NOWHERE = Place(None, None, None, None, None, None, None, False, True)

Ring = tuple[tuple[int, int], ...]
"""A closed outline without the repeated last point, in micro-degrees (lon × 10⁶, lat × 10⁶)."""


@dataclass(frozen=True, slots=True)
class GridShape:
    """One unit grid as stored; `shape` is PostgreSQL's text of a polygon in micro-degrees."""

    code: str
    duty_grid_id: UUID
    duty_grid_name: str
    area_m2: int
    shape: str


@dataclass(frozen=True, slots=True)
class RoadLine:
    """One road as stored; `line` is PostgreSQL's text of a path in micro-degrees."""

    name: str | None
    class_: str
    line: str


@dataclass(frozen=True, slots=True)
class DutyCode:
    """What a duty grid is called in files; `standing`: it has not ended."""

    id: UUID
    code: str
    standing: bool


@dataclass(frozen=True, slots=True)
class DutyGrid:
    id: UUID
    code: str
    name: str
    street_code: str
    street_id: UUID
    unit_grids: int
    area_m2: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """One unit grid as it is told of: its code, where it belongs, a point inside (WGS-84)."""

    code: str
    area_m2: int
    duty_grid_id: UUID
    duty_grid_name: str
    community_name: str
    community_path: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class GridFile:
    """一格一档: a unit grid, what stands in it by kind, and who answers for it (see `network`: masked)."""

    grid: GridRow
    components: list[TypeCount]
    people: list[Responsible]


@dataclass(frozen=True, slots=True)
class NewGrid:
    code: str
    duty: str
    area_m2: int
    ring: Ring


@dataclass(frozen=True, slots=True)
class NewDuty:
    code: str
    name: str
    street_code: str


@dataclass(frozen=True, slots=True)
class NewArea:
    unit_code: str
    part: int
    level: int
    ring: Ring


@dataclass(frozen=True, slots=True)
class NewRoad:
    name: str | None
    class_: str
    line: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Put:
    """What an upsert did; rows that were the same already are in neither."""

    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class LoadGrids:
    """A pack's folder with `unit_grids.geojson`, `duty_grids.csv`, `streets.geojson` and, if there, `roads.geojson`."""

    folder: str


@dataclass(frozen=True, slots=True)
class LoadAreas:
    """A GeoJSON file of outlines (properties code, level), e.g. `packs/shanghai/areas.geojson`."""

    file: str


@dataclass(frozen=True, slots=True)
class GridsLoad:
    """What a load did to the unit grids. `ended`: were there, are not in the file, and count no more from now on."""

    load_id: UUID
    grids: int
    added: int
    changed: int
    unchanged: int
    ended: int
    duty_grids: int
    areas: int
    roads: int


@dataclass(frozen=True)
class GridsLoaded(Event, name="grids.loaded", about="grid_load", opens=True):
    """`sha256` is that of the file of unit grids."""

    grid_load_id: UUID
    district_code: str
    sha256: str
    grids: int
    added: int
    changed: int
    ended: int

    def zh(self) -> str:
        return f"载入单元网格 {self.grids} 个：新增 {self.added}，变更 {self.changed}，停用 {self.ended}"

    def en(self) -> str:
        return f"{self.grids} unit grids loaded: {self.added} added, {self.changed} changed, {self.ended} ended"
