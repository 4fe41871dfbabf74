"""Working calendars: which minutes of which days count. Pure; answers are cached per calendar.

Statutory holidays and make-up workdays (调休) are those of the State Council's yearly notices as kept by the
`chinesecalendar` library. A year that it does not know is taken as plain weekdays and its days are not `known`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chinese_calendar.constants import holidays as _HOLIDAYS
from chinese_calendar.constants import workdays as _MAKE_UP

from yiwang.city.model_rules import CalendarDayRow, CalendarRow, DayRule, Shift
from yiwang.kit.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_KNOWN = range(min(_HOLIDAYS).year, max(_HOLIDAYS).year + 1)
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午",
    "National Day": "国庆",
    "Mid-autumn Festival": "中秋",
}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHIFT = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant: all reckoning is in whole ones, so nothing is rounded away."""
    return (at - EPOCH) // _US


def instant(us: int) -> datetime:
    """The aware UTC instant of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


class Day(NamedTuple):
    """One date as worked: its midnight and its spans (from, to) in microseconds since 1970, and their sum.

    `known` is False where the year's holidays are not published yet; `plain` where there is nothing to remark.
    `zh`, `en` name the date ("2026-02-14 周六"), `why_zh`, `why_en` say what it is, if anything ("调休上班").
    """

    date: date
    midnight: int
    works: bool
    known: bool
    plain: bool
    zh: str
    en: str
    why_zh: str
    why_en: str
    spans: tuple[tuple[int, int], ...]
    total: int


def read_shifts(text: str) -> tuple[Shift, ...]:
    """ "08:30-12:00,13:00-17:30" as shifts. An end not after its start is on the next day: "22:00-06:00".

    Raises `Invalid` (calendar.shifts) for what is no time, for shifts out of order and for overlapping ones.
    """
    shifts: list[Shift] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        found = _SHIFT.fullmatch(part)
        h1, m1, h2, m2 = (int(g) for g in found.groups()) if found else (99, 0, 0, 0)
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if end <= start:
            end += 1440
        if start >= 1440 or end > 2880 or (h2 == 24 and m2) or (shifts and start < shifts[-1].end):
            raise Invalid(
                "calendar.shifts",
                f"班次写法不对：“{part}”。应如 08:30-12:00,13:00-17:30，按先后、不重叠",
                f"Not a shift: “{part}”. Write 08:30-12:00,13:00-17:30, in order, without overlap",
                shift=part,
            )
        shifts.append(Shift(start, end))
    if shifts and shifts[-1].end - 1440 > shifts[0].start:
        raise Invalid(
            "calendar.shifts",
            "夜班与次日的首班重叠",
            "The night shift overlaps the next day's first shift",
            shift=text,
        )
    return tuple(shifts)


def read_zone(name: str) -> ZoneInfo:
    """The time zone of that name; `Invalid` (calendar.zone) if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise Invalid("calendar.zone", f"没有时区“{name}”", f"No time zone “{name}”", zone=name) from fault


OFFICE = (Shift(510, 720), Shift(780, 1050))
"""08:30-12:00, 13:00-17:30: the usual hours in Shanghai's offices, and ours where nothing else is set."""


@dataclass(frozen=True)
class WorkCalendar:
    """The working time of a unit.

    `shifts` on each day of `weekdays` (0 is Monday), changed by China's holidays and make-up days when `statutory` is
    "CN", and by `overrides` before all. A shift belongs to the date on which it begins; where one still runs when the
    next day's begins, the later one begins at its end. A shift's edge in an hour that a change of clocks repeats is
    its first occurrence; in an hour that is skipped, it is as if the clocks had not been changed yet (PEP 495).
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    shifts: tuple[Shift, ...] = OFFICE
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    statutory: str = "CN"
    overrides: Mapping[date, DayRule] = field(default_factory=lambda: MappingProxyType({}))
    _days: dict[date, Day] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def usual(self) -> int:
        """Running microseconds of a day with the usual shifts; eight hours where there are none."""
        return sum(s.end - s.start for s in self.shifts) * 60_000_000 or 28_800_000_000

    def day(self, on: date) -> Day:
        """That date as worked; cached."""
        found = self._days.get(on)
        if found is None:
            found = self._days[on] = self._work_out(on)
        return found

    def local_date(self, us: int) -> date:
        return instant(us).astimezone(self.zone).date()

    def _rule(self, on: date) -> tuple[bool, bool, bool, str, str, tuple[Shift, ...]]:
        if rule := self.overrides.get(on):
            zh, en = ("单位调整上班", "working by order") if rule.works else ("单位调整放假", "off by order")
            shifts = self.shifts if rule.shifts is None else rule.shifts
            note = f"：{rule.note}" if rule.note else ""
            return rule.works, True, False, zh + note, en, shifts if rule.works else ()
        if self.statutory == "CN":
            if on in _MAKE_UP:
                return True, True, False, "调休上班", "make-up workday", self.shifts
            if on in _HOLIDAYS:
                name = str(_HOLIDAYS[on])
                return False, True, False, f"{_NAMES.get(name, name)}放假", f"off for {name}", ()
        works = on.weekday() in self.weekdays
        known = self.statutory != "CN" or on.year in _KNOWN
        return works, known, True, "" if works else "休息", "" if works else "off", self.shifts if works else ()

    def _edge(self, on: date, minute: int) -> int:
        local = datetime(on.year, on.month, on.day, tzinfo=self.zone) + timedelta(minutes=minute)
        return micros(local)

    def _work_out(self, on: date) -> Day:
        works, known, plain, zh, en, shifts = self._rule(on)
        before = self._rule(on - timedelta(days=1))[-1]
        free_from = self._edge(on - timedelta(days=1), before[-1].end) if before else 0
        spans = []
        for shift in shifts:
            start, end = max(self._edge(on, shift.start), free_from), self._edge(on, shift.end)
            if start < end:
                spans.append((start, end))
        total, n = sum(e - s for s, e in spans), on.weekday()
        names = f"{on} {WEEKDAYS[n]}", f"{WEEKDAYS_EN[n]} {on}"
        return Day(on, self._edge(on, 0), works, known, plain, *names, zh, en, tuple(spans), total)


@lru_cache(maxsize=1024)
def build_calendar(week: CalendarRow, days: tuple[CalendarDayRow, ...]) -> WorkCalendar:
    """A calendar from its rows; of two rows for one date the later in `days` (the nearer unit's) holds.

    Units with the same rows share one calendar, and with it the days that it has worked out.
    """
    rules = {d.day: DayRule(d.works, None if d.shifts is None else read_shifts(d.shifts), d.note) for d in days}
    return WorkCalendar(
        read_zone(week.zone),
        read_shifts(week.shifts),
        frozenset(week.weekdays),
        week.statutory,
        MappingProxyType(rules),
    )
