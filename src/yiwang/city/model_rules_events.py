"""Events of the catalogue, the filing rules and the calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yiwang.ledger.model import Event


@dataclass(frozen=True)
class CatalogueLoaded(Event, name="city.catalogue_loaded", about="pack"):
    """Schemes, matters and successors of a pack were loaded."""

    pack_id: UUID
    pack: str
    pack_version: str
    schemes: int
    matters: int
    successors: int
    bad: int
    digest: str

    def zh(self) -> str:
        return f"载入目录 {self.pack} {self.pack_version}：{self.matters} 类，坏行 {self.bad}"

    def en(self) -> str:
        return f"Catalogue {self.pack} {self.pack_version} loaded: {self.matters} classes, {self.bad} bad rows"


@dataclass(frozen=True)
class RulesLoaded(Event, name="city.rules_loaded", about="pack"):
    """Filing conditions of a pack were loaded."""

    pack_id: UUID
    pack: str
    pack_version: str
    conditions: int
    retired: int
    bad: int
    digest: str

    def zh(self) -> str:
        return (
            f"载入立案条件 {self.pack} {self.pack_version}：{self.conditions} 条，停用 {self.retired}，坏行 {self.bad}"
        )

    def en(self) -> str:
        return (
            f"Filing conditions {self.pack} {self.pack_version} loaded: {self.conditions},"
            f" {self.retired} retired, {self.bad} bad rows"
        )


@dataclass(frozen=True)
class CalendarSet(Event, name="city.calendar_set", about="calendar"):
    """A unit got its own working week."""

    calendar_id: UUID
    unit_id: UUID
    zone: str
    statutory: str
    weekdays: tuple[int, ...]
    shifts: str

    def zh(self) -> str:
        return f"设定工作日历：{self.shifts or '无班次'}"

    def en(self) -> str:
        return f"Working calendar set: {self.shifts or 'no shifts'}"


@dataclass(frozen=True)
class CalendarOverridden(Event, name="city.calendar_overridden", about="calendar"):
    """A date of a unit was set apart (works or not), or put back to the rule (None)."""

    calendar_id: UUID
    unit_id: UUID
    day: date
    works: bool | None
    shifts: str | None

    def zh(self) -> str:
        what = {True: "上班", False: "放假", None: "恢复常规"}[self.works]
        return f"{self.day} 调整为{what}{f'（{self.shifts}）' if self.shifts else ''}"

    def en(self) -> str:
        what = {True: "a working day", False: "a day off", None: "as usual again"}[self.works]
        return f"{self.day} is now {what}{f' ({self.shifts})' if self.shifts else ''}"
