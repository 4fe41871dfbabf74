"""The deadline engine against hand-made examples and against a minute-by-minute clock that shares none of its code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.city.model_rules import Clock, DayRule, Limit, Pause, Shift
from yiwang.city.rules_calendar import WorkCalendar, read_shifts, read_zone
from yiwang.city.rules_deadline import moment_at, used, work_out_deadline
from yiwang.city.rules_working import MOST_LINES
from yiwang.kit.errors import Invalid

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
OFFICE = WorkCalendar()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def sh(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def limit(value: str, clock: str) -> Limit:
    return Limit(Decimal(value), Clock(clock))


# --- by hand ---------------------------------------------------------------------------------------------------------

BY_HAND = [
    # 紧急工作时 runs through night and holiday
    ("2", "urgent_hour", "2026-02-16 23:30", "2026-02-17 01:30"),
    # 工作时: lunch, evening, the make-up Saturday before Spring Festival 2026 counts, the nine days off do not
    ("4", "work_hour", "2026-03-10 10:00", "2026-03-10 15:00"),
    ("2", "work_hour", "2026-03-10 16:30", "2026-03-11 09:30"),
    ("8", "work_hour", "2026-03-10 08:30", "2026-03-10 17:30"),
    ("12", "work_hour", "2026-02-13 16:00", "2026-02-24 11:00"),
    ("2", "work_hour", "2026-02-20 10:00", "2026-02-24 10:30"),
    # 工作日: same time on the next working day; make-up Sundays of 2024 and 2025 count
    ("1", "work_day", "2026-03-10 10:00", "2026-03-11 10:00"),
    ("1", "work_day", "2026-03-13 10:00", "2026-03-16 10:00"),
    ("1", "work_day", "2026-02-13 16:00", "2026-02-14 16:00"),
    ("1", "work_day", "2026-02-14 16:00", "2026-02-24 16:00"),
    ("1", "work_day", "2024-02-03 09:00", "2024-02-05 08:30"),  # a Saturday: counts from make-up Sunday 02-04
    ("1", "work_day", "2024-02-12 16:00", "2024-02-19 08:30"),  # in the holiday: from make-up Sunday 02-18
    ("2", "work_day", "2025-01-24 15:00", "2025-01-27 15:00"),  # over make-up Sunday 01-26
    ("5", "work_day", "2023-09-28 11:00", "2023-10-11 11:00"),  # 8 days off, make-up on 10-07 and 10-08
    ("0.5", "work_day", "2026-03-10 08:30", "2026-03-10 13:30"),
    # reported outside shifts: from where the next one begins
    ("1", "work_day", "2026-03-10 19:00", "2026-03-12 08:30"),
    ("1", "work_day", "2026-03-10 17:30", "2026-03-12 08:30"),
    ("1", "work_day", "2026-03-10 12:30", "2026-03-11 13:00"),
    ("1", "work_day", "2026-03-14 11:00", "2026-03-17 08:30"),
    ("1", "work_day", "2026-03-10 08:30", "2026-03-11 08:30"),
    # 自然日 (紧急工作日)
    ("2", "calendar_day", "2026-02-15 10:00", "2026-02-17 10:00"),
]


@pytest.mark.parametrize(("value", "clock", "start", "due"), BY_HAND)
def test_by_hand(value: str, clock: str, start: str, due: str) -> None:
    found = work_out_deadline(limit(value, clock), sh(start), OFFICE)
    assert found.due_at == sh(due)
    assert not found.provisional


def test_microseconds_are_kept() -> None:
    start = sh("2026-03-10 10:00:00.000001")
    assert work_out_deadline(limit("1", "work_day"), start, OFFICE).due_at == start + DAY
    assert work_out_deadline(limit("1", "work_hour"), start, OFFICE).due_at == start + timedelta(hours=1)


def test_pause_stops_every_clock() -> None:
    pause = [Pause(sh("2026-03-10 14:00"), sh("2026-03-12 10:00"))]
    assert work_out_deadline(limit("3", "work_day"), sh("2026-03-09 10:00"), OFFICE, pause).due_at == sh(
        "2026-03-13 16:00"
    )
    assert work_out_deadline(limit("1", "calendar_day"), sh("2026-03-10 10:00"), OFFICE, pause).due_at == sh(
        "2026-03-13 06:00"
    )


def test_pauses_before_and_within_one_another() -> None:
    start, one = sh("2026-03-10 10:00"), limit("1", "calendar_day")
    before = Pause(sh("2026-03-09 08:00"), sh("2026-03-10 09:00"))
    assert work_out_deadline(one, start, OFFICE, [before]).due_at == sh("2026-03-11 10:00")
    long = Pause(sh("2026-03-10 12:00"), sh("2026-03-10 18:00"))
    inside = Pause(sh("2026-03-10 13:00"), sh("2026-03-10 14:00"))
    over = Pause(sh("2026-03-10 17:00"), sh("2026-03-10 20:00"))
    for pauses, hours in (([long, inside], 6), ([inside, long], 6), ([over, inside, long], 8)):
        assert work_out_deadline(one, start, OFFICE, pauses).due_at == sh("2026-03-11 10:00") + timedelta(hours=hours)


def test_open_pause_leaves_no_due_time() -> None:
    held = [Pause(sh("2026-03-10 14:00"))]
    for clock in Clock:
        found = work_out_deadline(limit("3", clock), sh("2026-03-10 13:00"), OFFICE, held)
        assert found.due_at is None
        assert "暂停" in found.working[-1].zh
    assert work_out_deadline(limit("1", "work_hour"), sh("2026-03-10 13:00"), OFFICE, held).due_at == sh(
        "2026-03-10 14:00"
    )


def test_extension_adds_on_the_same_clock() -> None:
    twice = [limit("2", "work_day"), limit("1", "work_day")]
    assert work_out_deadline(limit("2", "work_day"), sh("2026-03-09 10:00"), OFFICE, (), twice).due_at == sh(
        "2026-03-16 10:00"
    )
    with pytest.raises(Invalid, match=r"deadline\.clock"):
        work_out_deadline(limit("2", "work_day"), sh("2026-03-09 10:00"), OFFICE, (), [limit("1", "work_hour")])


def test_a_working_day_counts_one_whatever_its_hours() -> None:
    short = WorkCalendar(overrides={date(2026, 3, 11): DayRule(True, read_shifts("09:00-12:00"), "半天")})
    # 10:00 is 1.5 of 8 hours into the day, so 3/16 of 3 hours into the short one.
    assert work_out_deadline(limit("1", "work_day"), sh("2026-03-10 10:00"), short).due_at == sh("2026-03-11 09:33:45")
    assert work_out_deadline(limit("2", "work_day"), sh("2026-03-10 10:00"), short).due_at == sh("2026-03-12 10:00")
    assert work_out_deadline(limit("8", "work_hour"), sh("2026-03-10 10:00"), short).due_at == sh("2026-03-11 10:30")


def test_night_shift_belongs_to_the_day_it_begins() -> None:
    night = WorkCalendar(shifts=read_shifts("22:00-06:00"))
    assert work_out_deadline(limit("1", "work_day"), sh("2026-03-11 02:00"), night).due_at == sh("2026-03-12 02:00")
    # Saturday 02:00 is still Friday's shift; the next is Monday's, whose 02:00 is on Tuesday.
    assert work_out_deadline(limit("1", "work_day"), sh("2026-03-14 02:00"), night).due_at == sh("2026-03-17 02:00")
    assert work_out_deadline(limit("6", "work_hour"), sh("2026-03-13 23:00"), night).due_at == sh("2026-03-14 05:00")


def test_day_and_night_unit() -> None:
    always = WorkCalendar(shifts=read_shifts("00:00-24:00"), weekdays=frozenset(range(7)), statutory="none")
    for clock in (Clock.work_hour, Clock.urgent_hour):
        assert work_out_deadline(Limit(Decimal(30), clock), sh("2026-02-14 20:00"), always).due_at == sh(
            "2026-02-16 02:00"
        )
    assert work_out_deadline(limit("2", "work_day"), sh("2026-02-14 20:00"), always).due_at == sh("2026-02-16 20:00")


def test_unknown_year_is_provisional_until_its_days_are_known() -> None:
    start = sh("2031-01-31 10:00")  # a Friday; no calendar knows that year yet
    found = work_out_deadline(limit("2", "work_day"), start, OFFICE)
    assert found.provisional
    assert found.due_at == sh("2031-02-04 10:00")
    assert any("暂定" in line.zh for line in found.working)
    assert not work_out_deadline(limit("2", "urgent_hour"), start, OFFICE).provisional
    days = [date(2031, 1, 31) + timedelta(days=n) for n in range(5)]
    told = WorkCalendar(overrides={d: DayRule(d.weekday() < 5 and d.day != 3) for d in days})
    again = work_out_deadline(limit("2", "work_day"), start, told)
    assert not again.provisional or again.due_at == sh("2031-02-05 10:00")
    assert again.due_at == sh("2031-02-05 10:00")
    assert not work_out_deadline(limit("2", "work_day"), start, WorkCalendar(statutory="none")).provisional


def test_no_working_time_is_said() -> None:
    for empty in (WorkCalendar(weekdays=frozenset(), statutory="none"), WorkCalendar(shifts=())):
        with pytest.raises(Invalid, match=r"calendar\.empty"):
            work_out_deadline(limit("1", "work_hour"), sh("2026-03-10 10:00"), empty)


@pytest.mark.parametrize(
    ("code", "start", "pauses", "value"),
    [
        ("deadline.naive", datetime(2026, 3, 10, 10), (), "1"),
        ("deadline.naive", sh("2026-03-10 10:00"), (Pause(datetime(2026, 3, 10)),), "1"),
        ("deadline.pause", sh("2026-03-10 10:00"), (Pause(sh("2026-03-10"), sh("2026-03-09")),), "1"),
        ("deadline.value", sh("2026-03-10 10:00"), (), "0"),
    ],
)
def test_what_cannot_be_right(code: str, start: datetime, pauses: tuple[Pause, ...], value: str) -> None:
    with pytest.raises(Invalid) as caught:
        work_out_deadline(limit(value, "work_day"), start, OFFICE, pauses)
    assert caught.value.code == code


def test_the_working_can_be_read_back() -> None:
    found = work_out_deadline(limit("12", "work_hour"), sh("2026-02-13 16:00"), OFFICE)
    assert [line.zh for line in found.working] == [
        "自 2026-02-13 周五 16:00 起 12 工作时",
        "2026-02-13 周五 计 1.5 工时，余 10.5",
        "2026-02-14 周六 调休上班 计 8 工时，余 2.5",
        "2026-02-15 周日至 2026-02-23 周一 春节放假 不计",
        "2026-02-24 周二 计 2.5 工时，余 0",
        "到期 2026-02-24 周二 11:00",
    ]
    assert found.working[3].en == "Sun 2026-02-15 to Mon 2026-02-23 off for Spring Festival: not counted"


def test_the_working_stays_short() -> None:
    found = work_out_deadline(limit("400", "work_day"), sh("2023-01-03 10:00"), OFFICE)
    assert len(found.working) <= MOST_LINES + 3
    assert any("从略" in line.zh for line in found.working)


@pytest.mark.parametrize(
    "text",
    [
        "8:30-12:00",
        "08:30-25:00",
        "08:30",
        "13:00-17:00,08:00-12:00",
        "08:00-12:00,11:00-13:00",
        "24:00-08:00",
        "05:00-09:00,22:00-06:00",
        "08:00-24:30",
        "０８:00-12:00",
    ],
)
def test_bad_shifts(text: str) -> None:
    with pytest.raises(Invalid, match=r"calendar\.shifts"):
        read_shifts(text)


def test_shifts_and_zones_are_read() -> None:
    assert read_shifts("08:30-12:00, 13:00-17:30") == (Shift(510, 720), Shift(780, 1050))
    assert read_shifts("22:00-06:00") == (Shift(1320, 1800),)
    assert read_shifts("00:00-24:00") == (Shift(0, 1440),)
    assert read_shifts("") == ()
    for name in ("Mars/Olympus", "../etc", ""):
        with pytest.raises(Invalid, match=r"calendar\.zone"):
            read_zone(name)


# --- against brute force ---------------------------------------------------------------------------------------------


class SlowClock:
    """Walks minute by minute and asks of each whether it counts. Knows nothing of the engine but the calendar's data."""

    def __init__(self, calendar: WorkCalendar, pauses: tuple[Pause, ...]) -> None:
        self.calendar, self.pauses = calendar, pauses
        self.seen: dict[date, tuple[Shift, ...]] = {}

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        if day not in self.seen:
            self.seen[day] = self.look_up(day)
        return self.seen[day]

    def look_up(self, day: date) -> tuple[Shift, ...]:
        rule = self.calendar.overrides.get(day)
        if rule:
            return () if not rule.works else self.calendar.shifts if rule.shifts is None else rule.shifts
        try:
            works = chinese_calendar.is_workday(day) if self.calendar.statutory == "CN" else None
        except NotImplementedError:
            works = None
        if works is None or (works and day not in chinese_calendar.workdays):
            works = day.weekday() in self.calendar.weekdays
        return self.calendar.shifts if works else ()

    def day_of(self, minute: datetime) -> date | None:
        """The date to whose shift the minute belongs; yesterday's night shift comes first."""
        local = minute.astimezone(self.calendar.zone)
        clock = local.hour * 60 + local.minute
        for minutes, day in ((clock + 1440, local.date() - DAY), (clock, local.date())):
            for shift in self.shifts_on(day):
                if shift.start <= minutes < shift.end:
                    return day
        return None

    def paused(self, minute: datetime) -> bool:
        return any(p.start <= minute and (p.end is None or minute < p.end) for p in self.pauses)

    def minutes_of(self, day: date) -> int:
        at = datetime(day.year, day.month, day.day, tzinfo=self.calendar.zone).astimezone(UTC) - timedelta(hours=2)
        return sum(self.day_of(at + n * MINUTE) == day for n in range(52 * 60))

    def due(self, limit: Limit, granted: Fraction, start: datetime, horizon: int) -> datetime | None:
        """The end of the last minute granted or, for work days, the start of the next one that runs."""
        ran, late, totals = Fraction(0), limit.clock is Clock.work_day, dict[date, int]()
        for n in range(horizon):
            minute = start + n * MINUTE
            if self.paused(minute):
                continue
            if limit.clock in (Clock.urgent_hour, Clock.calendar_day):
                step = Fraction(1, 60 if limit.clock is Clock.urgent_hour else 1440)
            else:
                day = self.day_of(minute)
                if day is None:
                    continue
                if limit.clock is Clock.work_hour:
                    step = Fraction(1, 60)
                else:
                    if day not in totals:
                        totals[day] = self.minutes_of(day)
                    step = Fraction(1, totals[day])
            if late and ran >= granted:
                return minute
            if late and ran + step > granted:  # ends within this minute
                return minute + MINUTE * float((granted - ran) / step)
            ran += step
            if not late and ran >= granted:
                return minute + MINUTE
        return None


SHIFTS = [
    "08:30-12:00,13:00-17:30",
    "22:00-06:00",
    "00:00-24:00",
    "09:00-17:00",
    "06:00-14:00,14:00-22:00",
    "20:00-04:30",
]
FESTIVALS = [
    date(2023, 1, 18),
    date(2024, 2, 1),
    date(2025, 1, 22),
    date(2026, 2, 11),
    date(2025, 9, 26),
    date(2026, 12, 29),
]
CHANGES = [
    date(2024, 3, 7),
    date(2024, 10, 31),
    date(2026, 3, 5),
    date(2026, 10, 29),
]  # before New York's clocks change


@st.composite
def problems(draw: st.DrawFn) -> tuple[Limit, tuple[Limit, ...], datetime, WorkCalendar, tuple[Pause, ...]]:
    here = draw(st.booleans())
    zone = SHANGHAI if here else NEW_YORK
    first = draw(st.sampled_from(FESTIVALS if here else CHANGES))
    start = (
        datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
        + draw(st.integers(0, 5 * 1440)) * MINUTE
    )
    shifts = read_shifts(draw(st.sampled_from(SHIFTS)))
    changed = st.one_of(
        st.just(DayRule(False)),
        st.just(DayRule(True)),
        st.builds(lambda t: DayRule(True, read_shifts(t)), st.sampled_from(SHIFTS)),
    )
    day = st.integers(0, 12).map(lambda n: first + n * DAY)
    overrides = draw(st.dictionaries(day, changed, max_size=3))
    calendar = WorkCalendar(zone, shifts, statutory="CN" if here else "none", overrides=MappingProxyType(overrides))
    clock = draw(st.sampled_from(Clock))
    most = 3 if clock in (Clock.work_day, Clock.calendar_day) else 20
    value = draw(st.sampled_from([Decimal("0.5"), *(Decimal(n) for n in range(1, most + 1))]))
    more = tuple(Limit(Decimal(1), clock) for _ in range(draw(st.integers(0, 1))))
    at = st.integers(-600, 6 * 1440)
    pauses = tuple(
        Pause(start + a * MINUTE, start + (a + b) * MINUTE)
        for a, b in draw(st.lists(st.tuples(at, st.integers(0, 2 * 1440)), max_size=2))
    )
    if draw(st.integers(0, 9)) == 0:
        pauses += (Pause(start + draw(at) * MINUTE),)
    return Limit(value, clock), more, start, calendar, pauses


@settings(max_examples=60, deadline=None)
@given(problems())
def test_agrees_with_a_clock_that_walks_every_minute(
    problem: tuple[Limit, tuple[Limit, ...], datetime, WorkCalendar, tuple[Pause, ...]],
) -> None:
    what, more, start, calendar, pauses = problem
    found = work_out_deadline(what, start, calendar, pauses, more)
    granted = Fraction(what.value) + sum(Fraction(m.value) for m in more)
    slow = SlowClock(calendar, pauses)
    horizon = 12 * 1440 if found.due_at is None else int((found.due_at - start) / MINUTE) + 1440
    assert_close(found.due_at, slow.due(what, granted, start, horizon))
    for share in (0.5, 0.8):
        moment = moment_at(what, share, start, calendar, pauses, more)
        if moment is not None:
            assert used(what, start, moment, calendar, pauses, more) == pytest.approx(share, abs=1e-6)
            assert found.due_at is None or moment <= found.due_at
    if found.due_at is not None:
        assert used(what, start, found.due_at, calendar, pauses, more) == pytest.approx(1, abs=1e-9)


def assert_close(a: datetime | None, b: datetime | None) -> None:
    """The slow clock's fractions of a minute are floats; a second apart is already wrong."""
    assert (a is None) == (b is None), (a, b)
    assert a is None or b is None or abs(a - b) < timedelta(milliseconds=1), (a, b)


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 4 * 1440))
def test_time_used_never_runs_back_and_stands_still_in_pauses(
    problem: tuple[Limit, tuple[Limit, ...], datetime, WorkCalendar, tuple[Pause, ...]], minutes: int
) -> None:
    what, more, start, calendar, pauses = problem
    then = start + minutes * MINUTE
    now, later = (used(what, start, at, calendar, pauses, more) for at in (then, then + timedelta(hours=3)))
    assert 0 <= now <= later
    held = (*pauses, Pause(then, then + timedelta(hours=3)))
    assert used(what, start, then + timedelta(hours=3), calendar, held, more) == pytest.approx(now, abs=1e-12)
