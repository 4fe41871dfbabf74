"""Components (部件): the things that stand in the street, each coded and locked to its unit grid.

Fields are those of GB/T 47678.5, table 2; its last four (street and community) follow from the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from yiwang.kit.table import BadRow
from yiwang.ledger.model import Event

STATES = ("完好", "破损", "丢失", "废弃", "移除")


class ImportMode(StrEnum):
    partial = "partial"
    """Good rows go in, bad ones are reported."""
    all_or_nothing = "all_or_nothing"
    """One bad row refuses the file."""
    dry_run = "dry_run"
    """Nothing goes in; the answer says what would."""


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One good row of a file, ready to be written."""

    code: str
    scheme: str
    type_code: str
    name: str
    keeper_code: str | None
    keeper_name: str | None
    owner_code: str | None
    owner_name: str | None
    maintainer_code: str | None
    maintainer_name: str | None
    grid_code: str
    state: str
    lon: float
    lat: float
    raw_x: float
    raw_y: float
    datum: str
    accuracy: str | None
    first_on: date | None
    changed_on: date | None
    source: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Component:
    """A component as it stands; coordinates WGS-84 degrees, the raw pair and its system beside them."""

    code: str
    scheme: str
    type_code: str
    type_name: str | None
    name: str
    keeper_code: str | None
    keeper_name: str | None
    owner_code: str | None
    owner_name: str | None
    maintainer_code: str | None
    maintainer_name: str | None
    grid_code: str
    duty_grid_id: UUID
    state: str
    lon: float
    lat: float
    raw_x: float
    raw_y: float
    datum: str
    accuracy: str | None
    first_on: date | None
    changed_on: date | None
    source: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ComponentSpot:
    """A component in a list."""

    code: str
    scheme: str
    type_code: str
    type_name: str | None
    name: str
    state: str
    grid_code: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many components of a type stand somewhere; `broken`: of those, in another state than 完好."""

    scheme: str
    type_code: str
    type_name: str | None
    components: int
    broken: int


@dataclass(frozen=True, slots=True)
class ImportComponents:
    """A file of components of the area `unit_code`: CSV, GeoJSON or XLSX, told apart by content.

    `datum`: the file's coordinate system, where it has no column for it.
    """

    source: str
    content: bytes
    unit_code: str
    datum: str = "wgs84"
    mode: ImportMode = ImportMode.partial


@dataclass(frozen=True, slots=True)
class ComponentsImport:
    """What an import did, or with `dry_run` would do. `bad_rows` has the first thousand."""

    import_id: UUID
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    bad_rows: tuple[BadRow, ...]
    dry_run: bool


@dataclass(frozen=True)
class ComponentsImported(Event, name="components.imported", about="component_import", opens=True):
    component_import_id: UUID
    unit_code: str
    sha256: str
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int

    def zh(self) -> str:
        return (
            f"导入部件 {self.rows} 行：新增 {self.added}，变更 {self.changed}，不变 {self.unchanged}，有误 {self.bad}"
        )

    def en(self) -> str:
        return (
            f"{self.rows} component rows imported: {self.added} added, {self.changed} changed, "
            f"{self.unchanged} unchanged, {self.bad} bad"
        )
