"""The tree of units: 市, 区, 街镇, 居村, grid stations, and the departments, agencies and third parties beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from yiwang.ledger.model import Event


class UnitKind(StrEnum):
    city = "city"
    district = "district"
    street = "street"
    town = "town"
    zone = "zone"
    neighbourhood = "neighbourhood"
    village = "village"
    grid_station = "grid_station"
    department = "department"
    agency = "agency"
    third_party = "third_party"
    other = "other"

    def zh(self) -> str:
        return _KIND_NAMES[self][0]

    def en(self) -> str:
        return _KIND_NAMES[self][1]


_KIND_NAMES: dict[UnitKind, tuple[str, str]] = {
    UnitKind.city: ("市", "City"),
    UnitKind.district: ("区", "District"),
    UnitKind.street: ("街道", "Street"),
    UnitKind.town: ("镇（乡）", "Town"),
    UnitKind.zone: ("功能区", "Functional zone"),
    UnitKind.neighbourhood: ("居委会", "Neighbourhood"),
    UnitKind.village: ("村委会", "Village"),
    UnitKind.grid_station: ("网格工作站", "Grid station"),
    UnitKind.department: ("部门", "Department"),
    UnitKind.agency: ("专业机构", "Agency"),
    UnitKind.third_party: ("第三方单位", "Third party"),
    UnitKind.other: ("其他", "Other"),
}

AREA_KINDS = frozenset(
    {
        UnitKind.city,
        UnitKind.district,
        UnitKind.street,
        UnitKind.town,
        UnitKind.zone,
        UnitKind.neighbourhood,
        UnitKind.village,
    }
)
"""Units that are an area of the city; the others serve the area they stand under."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands. `level` is 1 city, 2 district, 3 street, 4 neighbourhood, 5 below; for a department, that of
    the level it belongs to. `area_code` is the code of the area it is, or serves. `path` is ltree text."""

    id: UUID
    code: str
    name: str
    short_name: str
    kind: UnitKind
    parent_id: UUID | None
    path: str
    level: int
    functional: bool
    area_code: str
    valid_from: datetime
    valid_to: datetime | None
    successor_id: UUID | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in a list, with how many units stand directly under it."""

    id: UUID
    code: str
    name: str
    short_name: str
    kind: UnitKind
    parent_id: UUID | None
    path: str
    level: int
    functional: bool
    children: int


@dataclass(frozen=True, slots=True)
class UnitPast:
    """What a unit was called and whose child it was in a period that is over, and why that ended."""

    unit_id: UUID
    since: datetime
    until: datetime
    why: str
    name: str
    short_name: str
    parent_id: UUID | None
    path: str


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """One step of the way from the top of the tree down to a unit, as it was called then."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit that stands now, as the cells of a file may name it: by code or by full name. `area`: it is one of `AREA_KINDS`."""

    id: UUID
    code: str
    name: str
    path: str
    area: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One good line of a pack's `units.csv`. `parent` is a code of the same file or of a unit already there."""

    line: int
    code: str
    name: str
    short_name: str
    kind: UnitKind
    level: int
    parent: str | None
    functional: bool
    area_code: str | None


@dataclass(frozen=True, slots=True)
class UnitsLoad:
    """What a load did: units added, renamed or moved; left as they were; and `kept`: named otherwise in the file, but
    renamed, moved or merged here by an act since, which counts more."""

    rows: int
    added: int
    changed: int
    unchanged: int
    kept: int


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OpenUnit:
    code: str
    name: str
    kind: UnitKind
    parent_id: UUID
    level: int
    short_name: str | None = None
    functional: bool = False


@dataclass(frozen=True, slots=True)
class RenameUnit:
    unit_id: UUID
    name: str
    short_name: str | None = None


@dataclass(frozen=True, slots=True)
class MoveUnit:
    unit_id: UUID
    parent_id: UUID


@dataclass(frozen=True, slots=True)
class MergeUnits:
    """Close the units named; what they had is `into_id`'s from now on."""

    unit_ids: tuple[UUID, ...]
    into_id: UUID


@dataclass(frozen=True, slots=True)
class LoadUnits:
    """The text of a pack's `units.csv`; `source` says which, e.g. `packs/shanghai/units.csv`."""

    source: str
    text: str


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class UnitOpened(Event, name="unit.opened", about="unit", opens=True):
    unit_id: UUID
    code: str
    unit_name: str
    kind: str
    path: str

    def zh(self) -> str:
        return f"设立单位{self.unit_name}（{self.code}）"

    def en(self) -> str:
        return f"Unit {self.unit_name} ({self.code}) opened"


@dataclass(frozen=True)
class UnitRenamed(Event, name="unit.renamed", about="unit"):
    unit_id: UUID
    old: str
    new: str

    def zh(self) -> str:
        return f"单位更名：{self.old} → {self.new}"

    def en(self) -> str:
        return f"Unit renamed: {self.old} → {self.new}"


@dataclass(frozen=True)
class UnitMoved(Event, name="unit.moved", about="unit"):
    """Every path at or below `old` now begins with `new`: whoever keeps copies of paths follows this event."""

    unit_id: UUID
    old: str
    new: str

    def zh(self) -> str:
        return f"单位调整隶属：{self.old} → {self.new}"

    def en(self) -> str:
        return f"Unit moved: {self.old} → {self.new}"


@dataclass(frozen=True)
class UnitMerged(Event, name="unit.merged", about="unit"):
    """Recorded on each unit that is closed. `moved` pairs old and new paths, deepest first: its former children, then
    the unit itself, which now stands below its successor."""

    unit_id: UUID
    into_id: UUID
    moved: tuple[tuple[str, str], ...]

    def zh(self) -> str:
        return "单位撤并，职责由合并后的单位承接"

    def en(self) -> str:
        return "Unit merged; its successor carries on"


@dataclass(frozen=True)
class UnitsLoaded(Event, name="units.loaded", about="unit"):
    """Recorded on the topmost unit of the file; `sha256` is that of the file's bytes."""

    unit_id: UUID
    source: str
    sha256: str
    rows: int
    added: int
    changed: int
    kept: int

    def zh(self) -> str:
        return f"导入单位 {self.rows} 行：新增 {self.added}，变更 {self.changed}，保留 {self.kept}"

    def en(self) -> str:
        return f"{self.rows} units loaded: {self.added} added, {self.changed} changed, {self.kept} kept"
