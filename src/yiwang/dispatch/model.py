"""The responsibility list (权责清单): which matter, where, when is whose; what is asked of it and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from yiwang.kit.table import BadRow
from yiwang.ledger.model import Event


class Span(StrEnum):
    """How much of the catalogue a line covers, the narrowest first."""

    code = "code"
    major = "major"
    field = "field"
    all = "all"

    def zh(self) -> str:
        return {"code": "细类", "major": "大类", "field": "领域", "all": "全部"}[self]


class Hours(StrEnum):
    """When a line holds. Working hours are the unit's calendar from the first shift's begin to the last one's end."""

    always = "always"
    work = "work"
    off = "off"

    def zh(self) -> str:
        return {"always": "全天", "work": "工作时间", "off": "夜间和节假日"}[self]

    def en(self) -> str:
        return {"always": "at all hours", "work": "in working hours", "off": "at night and on holidays"}[self]


@dataclass(frozen=True, slots=True)
class UnitRef:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """To whom a case should go, and why. `lead` is None only where there is not even a street above the place.

    `row_id` and `version` name the line that decided; both None when nobody is listed (`fallback`: 属地兜底).
    `conflict`: another line says otherwise with equal right; the reason names it.
    """

    lead: UnitRef | None
    assists: tuple[UnitRef, ...]
    basis: str
    reason_zh: str
    reason_en: str
    row_id: UUID | None
    version: int | None
    fallback: bool
    conflict: bool


@dataclass(frozen=True, slots=True)
class Keeper:
    """The unit whose list a line is in, and how deep it lies in the tree."""

    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A line that fits matter, place and day. `depth` is how deep its area lies in the tree: deeper is narrower. Units
    that were merged are already those that stand for them now."""

    id: UUID
    version: int
    n: int
    span: Span
    kind: str | None
    name: str
    area_id: UUID
    area_name: str
    depth: int
    hours: Hours
    basis: str
    list: Keeper
    lead: UnitRef
    assists: tuple[UnitRef, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the choice is made from: the place, the street above it, the lines that fit."""

    place_name: str
    home_id: UUID | None
    home_name: str | None
    lines: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list, as it is shown and exported. `scheme`, `kind`, `code` as far as the span asks for them."""

    id: UUID
    list_id: UUID
    list_unit: str
    version: int
    n: int
    span: Span
    scheme: str | None
    kind: str | None
    code: str | None
    name: str
    area_id: UUID
    area_code: str
    area_name: str
    hours: Hours
    lead_id: UUID
    lead_code: str
    lead_name: str
    assist_codes: tuple[str, ...]
    assist_names: tuple[str, ...]
    basis: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Version:
    """One import of a list. `by` is who did it, `bad` how many rows of the file could not be taken."""

    list_id: UUID
    unit_id: UUID
    unit_name: str
    version: int
    at: datetime
    by: UUID
    source: str
    digest: str
    rows: int
    bad: int
    current: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is listed for this matter in this whole area at these hours; the widest such areas are named."""

    scheme: str
    kind: str
    code: str
    name: str
    field: str
    area_id: UUID
    area_name: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two lines of equal right that name different leads."""

    span: Span
    name: str
    area_id: UUID
    area_name: str
    hours: Hours
    list_unit: str
    n: int
    lead_name: str
    other_list_unit: str
    other_n: int
    other_lead_name: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or (with `dry_run`) would do. `unchanged`: the list in force says exactly this already."""

    list_id: UUID
    version: int
    rows: int
    bad: tuple[BadRow, ...]
    conflicts: tuple[Conflict, ...]
    digest: str
    unchanged: bool
    dry_run: bool


# ── what reading a file works with ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that was understood; `name` is the catalogue's own."""

    span: Span
    scheme: str | None
    kind: str | None
    code: str | None
    name: str
    area_id: UUID
    hours: Hours
    lead_id: UUID
    assist_ids: tuple[UUID, ...]
    basis: str
    valid_from: date | None
    valid_to: date | None


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ImportList:
    """Make the file (CSV or XLSX, told by its content) the new version of a unit's list.

    Rows that cannot be taken are reported and the rest goes in, unless `whole`: then one bad row refuses the file.
    `dry_run`: report only.
    """

    unit_code: str
    source: str
    data: bytes
    whole: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RestoreList:
    """Put an earlier version in force again, as a new version."""

    unit_code: str
    version: int


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ListImported(Event, name="responsibility.imported", about="list"):
    """A new version of a unit's list came into force; `digest` is that of what its lines say."""

    list_id: UUID
    unit_id: UUID
    list_version: int
    rows: int
    bad: int
    digest: str

    def zh(self) -> str:
        return f"权责清单导入为第{self.list_version}版：{self.rows} 条，未收 {self.bad} 行"

    def en(self) -> str:
        return f"Responsibility list v{self.list_version} imported: {self.rows} lines, {self.bad} rows refused"


@dataclass(frozen=True)
class ListRestored(Event, name="responsibility.restored", about="list"):
    list_id: UUID
    unit_id: UUID
    list_version: int
    restored: int
    rows: int
    digest: str

    def zh(self) -> str:
        return f"权责清单恢复第{self.restored}版的内容，记为第{self.list_version}版"

    def en(self) -> str:
        return f"Responsibility list v{self.restored} restored as v{self.list_version}"
