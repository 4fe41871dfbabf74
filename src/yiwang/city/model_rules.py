"""What may be wrong in a city, when it is a case, by when it must be put right; and the commands that set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import pydantic
from pydantic import AwareDatetime

NATIONAL = "GB/T 47678.5-2026"
"""The default scheme: 153 components (Annex A), 250 matters (Annex C)."""
FORMER = "GB/T 30428.2-2013"
"""The scheme that it replaced, and in which the filing conditions are numbered."""
EXTENSION = "YIWANG-EXT"
"""Our own matters, local majors from 21 on, where the national list has none."""

Moment = Annotated[
    AwareDatetime, pydantic.Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]


class Clock(StrEnum):
    """How a limit counts (DESIGN §6; Yuncheng's 立案、处置和结案标准)."""

    urgent_hour = "urgent_hour"
    work_hour = "work_hour"
    work_day = "work_day"
    calendar_day = "calendar_day"

    def zh(self) -> str:
        return _CLOCKS[self][0]

    def en(self) -> str:
        return _CLOCKS[self][1]

    @property
    def continuous(self) -> bool:
        """Runs at night, at weekends and on holidays too."""
        return self in (Clock.urgent_hour, Clock.calendar_day)


_CLOCKS = {
    Clock.urgent_hour: ("紧急工作时", "urgent hours"),
    Clock.work_hour: ("工作时", "work hours"),
    Clock.work_day: ("工作日", "work days"),
    Clock.calendar_day: ("自然日", "calendar days"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time on one clock, e.g. `Limit(Decimal(2), Clock.urgent_hour)`."""

    value: Annotated[Decimal, pydantic.Field(gt=0, le=3660)]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours in minutes after the local midnight of their date; past 1440 they run on into the next day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DayRule:
    """One date set apart from the rule: works or not; its own shifts, or None for the usual ones."""

    works: bool
    shifts: tuple[Shift, ...] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from `start` to `end`; `end` None: it still stands."""

    start: Moment
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class WorkingLine:
    """One line of how a deadline came about."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due_at` (aware UTC; None while the clock stands still), and the working, line by line.

    `provisional`: it rests on days of a year whose holidays are not published yet; work it out again when they are.
    """

    due_at: datetime | None
    provisional: bool
    working: tuple[WorkingLine, ...]


class Kind(StrEnum):
    component = "component"
    matter = "matter"


class Field(StrEnum):
    """The twelve fields of city management (MISSION G2)."""

    sanitation = "市容环卫"
    facilities = "设施管理"
    emergencies = "突发事件"
    streets = "街面秩序"
    general = "综合管理"
    services = "公共服务"
    environment = "环境保护"
    welfare = "社会保障"
    security = "治安管理"
    underground = "地下空间"
    response = "应急联动"
    culture = "文化健康"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A classification. `valid_to` is the first day on which it no longer holds; None: unknown or still open."""

    id: str
    name: str
    version: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Matter:
    """One class of thing (component) or of trouble (matter) in a scheme; `source` and `status` say how well attested."""

    scheme: str
    code: str
    kind: Kind
    major_code: str
    major: str
    name: str
    english: str
    field: Field
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Successor:
    """Where a class went in a newer scheme; `to_code` None: nowhere, as far as is known."""

    from_scheme: str
    from_code: str
    kind: Kind
    to_scheme: str
    to_code: str | None
    to_kind: Kind
    note: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition (立案条件): what makes a case, by when it must be put right, what must be so to close it.

    A condition never changes: other words, limit or closing make another row with another id, and the old one gets
    `retired_at`, so a case always names the very rule under which it was filed. `seasonal`: when the limit applies,
    if not always.
    """

    id: UUID
    scheme: str
    code: str
    kind: Kind
    text: str
    limit_value: Decimal
    clock: Clock
    limit_text: str
    close_condition: str
    seasonal: str | None
    source: str
    status: str
    version: str
    retired_at: datetime | None

    @property
    def limit(self) -> Limit:
        return Limit(self.limit_value, self.clock)


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A filing condition in force, with what its class is called."""

    id: UUID
    scheme: str
    code: str
    kind: Kind
    name: str
    english: str
    text: str
    limit_text: str
    limit_value: Decimal
    clock: Clock
    seasonal: str | None
    close_condition: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class MatterView:
    """A class with what hangs on it: its filing conditions (those of its predecessors too), and where it came from
    and went."""

    matter: Matter
    conditions: tuple[Condition, ...]
    predecessors: tuple[Successor, ...]
    successors: tuple[Successor, ...]


@dataclass(frozen=True, slots=True)
class PocketCondition:
    """A filing condition as far as somebody who reports must know it."""

    id: UUID
    text: str
    limit_text: str
    seasonal: str | None


@dataclass(frozen=True, slots=True)
class PocketMatter:
    """A class with its filing conditions, as a phone keeps it for where there is no network."""

    scheme: str
    kind: Kind
    code: str
    major: str
    name: str
    english: str
    conditions: tuple[PocketCondition, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was loaded, and the digests of what it was loaded from."""

    name: str
    version: str
    catalogue_digest: str | None
    rules_digest: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """Changes whenever catalogue, rules or calendars do; `own`: this very transaction has changed them."""

    version: UUID
    own: bool


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """The working week of a unit (None: everyone's, where no unit above has its own). `weekdays` 0 is Monday."""

    unit_id: UUID | None
    name: str
    zone: str
    statutory: str
    weekdays: tuple[int, ...]
    shifts: str


@dataclass(frozen=True, slots=True)
class CalendarDayRow:
    """One date that a unit (or, None, everyone) set apart."""

    unit_id: UUID | None
    day: date
    works: bool
    shifts: str | None
    note: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a pack that could not be taken: which file, which line (the header is line 1), and why."""

    file: str
    line: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. `unchanged`: exactly this had been loaded before, nothing was written."""

    pack: str
    version: str
    part: str
    digest: str
    counts: dict[str, int]
    bad: tuple[BadRow, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class SetCalendar:
    """Give a unit its own working week. `shifts` e.g. "08:30-12:00,13:00-17:30", "22:00-06:00" or "00:00-24:00".

    `statutory` "CN" follows China's holidays and make-up workdays, "none" only the weekdays (0 is Monday).
    """

    unit_id: UUID
    name: Annotated[str, pydantic.Field(min_length=1, max_length=80)]
    shifts: Annotated[str, pydantic.Field(max_length=200)]
    weekdays: tuple[Annotated[int, pydantic.Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    statutory: Annotated[str, pydantic.Field(pattern="^(CN|none)$")] = "CN"
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class SetCalendarOverride:
    """Set one date of a unit (and of all below it) apart. `works` None takes an earlier setting back."""

    unit_id: UUID
    day: date
    works: bool | None
    shifts: Annotated[str, pydantic.Field(max_length=200)] | None = None
    note: Annotated[str, pydantic.Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class WorkOut:
    """A limit from an instant on, for a unit (None: the general calendar)."""

    limit: Limit
    start: Moment
    unit_id: UUID | None = None
    pauses: Annotated[tuple[Pause, ...], pydantic.Field(max_length=20)] = ()
    extensions: Annotated[tuple[Limit, ...], pydantic.Field(max_length=10)] = ()


@dataclass(frozen=True, slots=True)
class CalendarDayView:
    """One date of a unit's calendar: does it work, from when to when (aware UTC), and why if it is out of the usual."""

    day: date
    works: bool
    known: bool
    why_zh: str
    why_en: str
    shifts: tuple[tuple[datetime, datetime], ...]
