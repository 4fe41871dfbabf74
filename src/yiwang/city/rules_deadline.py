"""The deadline engine: when a limit ends, how much of it is used, and the working of both, line by line. Pure.

Four clocks (Yuncheng's 立案、处置和结案标准, whose limits are the 518 conditions; DESIGN §6):

- urgent hour 紧急工作时: continuous.
- work hour 工作时: only minutes inside shifts count; the limit ends with the last minute granted.
- work day 工作日: each working day counts one, whatever its hours, in proportion to its minutes. So one work day from
  10:00 ends at 10:00 on the next working day; reported outside shifts it counts from where the next shift begins, and
  where two days have different hours the place within the day is kept in proportion. It ends where the next working
  minute begins (08:30 tomorrow, not 17:30 today), so nobody is late overnight.
- calendar day 自然日 (紧急工作日): N × 24 hours.

While paused every clock stands still. An extension adds its value to the limit. All reckoning is in whole
microseconds and exact fractions of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from yiwang.city.model_rules import Clock, Deadline, Limit, Pause, WorkingLine
from yiwang.city.rules_calendar import Day, WorkCalendar, instant, micros
from yiwang.city.rules_working import Step, explain, plain, written
from yiwang.kit.errors import Invalid

HOUR, DAY = 3_600_000_000, 86_400_000_000
_FOREVER = 1 << 62
_HORIZON = 40 * 366  # days looked at before "there is no working time" is said
_ONE_DAY = timedelta(days=1)


def work_out_deadline(
    limit: Limit,
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Limit] = (),
) -> Deadline:
    """When `limit`, with its extensions, ends if it begins at `start` (aware) and stands still in the pauses.

    Raises `Invalid`: deadline.naive, deadline.clock (an extension on another clock), deadline.pause, calendar.empty.
    """
    unit = _unit(limit.clock, calendar)
    steps: list[Step] = []
    due, known = _reach(limit.clock, start, calendar, pauses, need=_total(limit, extensions, unit), steps=steps)
    due_at = None if due is None else instant(due)
    first = _opening(limit, extensions, start, calendar)
    return Deadline(due_at, not known, (*first, *explain(steps, due_at, limit.clock, unit, calendar.zone, known=known)))


def moment_at(
    limit: Limit,
    share: float,
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Limit] = (),
) -> datetime | None:
    """When `share` (0.8: the usual warning) of the limit with its extensions is used; None while it stands still."""
    need = round(_total(limit, extensions, _unit(limit.clock, calendar)) * share)
    due, _ = _reach(limit.clock, start, calendar, pauses, need=need)
    return None if due is None else instant(due)


def used(
    limit: Limit,
    start: datetime,
    until: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Limit] = (),
) -> float:
    """The share of the limit with its extensions that is used by `until`; above 1 it is overdue."""
    end, unit = micros(_aware(until)), _unit(limit.clock, calendar)
    ran: int | Fraction = 0
    for piece in _pieces(limit.clock, micros(_aware(start)), _in_order(pauses), calendar):
        if piece.start >= end:
            break
        if worked := sum(min(e, end) - s for s, e in piece.spans if s < end):
            ran += worked if piece.whole == unit else Fraction(worked * unit, piece.whole)
    return float(ran / Fraction(_total(limit, extensions, unit)))


def _unit(clock: Clock, calendar: WorkCalendar) -> int:
    """Running microseconds that make one of the clock: of a work day, those of the calendar's usual day."""
    if clock is Clock.work_day:
        return calendar.usual
    return DAY if clock is Clock.calendar_day else HOUR


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise Invalid("deadline.naive", "时间须带时区", "A time needs its time zone", at=at.isoformat())
    return at


def _total(limit: Limit, extensions: Sequence[Limit], unit: int) -> int:
    """The running microseconds granted in all."""
    value = limit.value
    for more in extensions:
        value += more.value
        if more.clock is not limit.clock:
            raise Invalid(
                "deadline.clock",
                f"延期须与原时限同一计时方式（{limit.clock.zh()}）",
                f"An extension counts on the limit's own clock ({limit.clock.en()})",
            )
    if value <= 0:
        raise Invalid("deadline.value", "时限须大于零", "A limit is more than nothing")
    return round(value * unit)


def _in_order(pauses: Sequence[Pause]) -> list[tuple[int, int]]:
    """Pauses in microseconds, earliest first; an open one ends never."""
    spans = sorted((micros(_aware(p.start)), _FOREVER if p.end is None else micros(_aware(p.end))) for p in pauses)
    if any(b < a for a, b in spans):
        raise Invalid("deadline.pause", "暂停的结束早于开始", "A pause ends before it begins")
    return spans


class _Piece(NamedTuple):
    """A stretch of the clock: the running spans of one date, of one run of a continuous clock, or none: a pause."""

    start: int
    spans: Sequence[tuple[int, int]]
    whole: int  # running microseconds of one unit here: on the work-day clock, of this very day
    day: Day | None = None  # None on a continuous clock and in a pause
    paused_until: int = 0


def _pieces(clock: Clock, start: int, pauses: list[tuple[int, int]], calendar: WorkCalendar) -> Iterator[_Piece]:
    """The clock from `start` on, pause by pause; ends only where an open pause begins."""
    for a, b in [*pauses, (_FOREVER, _FOREVER)]:
        if b <= start:  # over before the clock began, or within a longer pause
            continue
        if a > start:
            if clock.continuous:
                yield _Piece(start, ((start, a),), HOUR if clock is Clock.urgent_hour else DAY)
            else:
                yield from _days(clock, start, a, calendar)
        if a < _FOREVER:
            yield _Piece(max(a, start), (), 1, None, b)
        start = b


def _days(clock: Clock, start: int, end: int, calendar: WorkCalendar) -> Iterator[_Piece]:
    today = calendar.local_date(start)
    on = today - _ONE_DAY  # the day before: its night shift may still run
    for _ in range(_HORIZON):
        day = calendar.day(on)
        if day.midnight >= end:
            return
        spans: Sequence[tuple[int, int]] = day.spans
        if spans and (spans[0][0] < start or spans[-1][1] > end):
            spans = [(max(s, start), min(e, end)) for s, e in spans if s < end and e > start]
        if spans or (not day.works and on >= today):
            yield _Piece(max(start, day.midnight), spans, HOUR if clock is Clock.work_hour else day.total, day)
        on += _ONE_DAY
    raise Invalid("calendar.empty", "这份工作日历没有工作时间", "This calendar has no working time")


def _reach(
    clock: Clock,
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[Pause],
    *,
    need: int | Fraction,
    steps: list[Step] | None = None,
) -> tuple[int | None, bool]:
    """The moment when `need` is used up, and whether all the days looked at are known.

    `need` is in running microseconds of the usual day; it becomes a fraction only on a day with other hours.
    """
    known, late, unit = True, clock is Clock.work_day, _unit(clock, calendar)
    for piece in _pieces(clock, micros(_aware(start)), _in_order(pauses), calendar):
        _, spans, whole, day, paused_until = piece
        if day is not None and not day.known:
            known = False
        worked = sum([e - s for s, e in spans])
        gain: int | Fraction = worked if whole == unit or not worked else Fraction(worked * unit, whole)
        done = worked > 0 and (gain > need or (gain == need and not late))
        if steps is not None and (need or not done):
            part = need if done else gain
            steps.append(Step(day, piece.start, paused_until, part, need - part))
        if done:
            return _within(spans, need if whole == unit else need * Fraction(whole, unit), late), known
        need -= gain
    return None, known


def _within(spans: Sequence[tuple[int, int]], left: int | Fraction, late: bool) -> int:
    """Where `left` running µs of the spans are used up, rounded up; `late`: where the next running one begins."""
    micro = ceil(left)
    for s, e in spans:
        if micro < e - s or (micro == e - s and not late):
            return s + micro
        micro -= e - s
    return spans[-1][1]


def _opening(
    limit: Limit, extensions: Sequence[Limit], start: datetime, calendar: WorkCalendar
) -> Iterator[WorkingLine]:
    zh, en = written(start, calendar.zone)
    clock = limit.clock
    yield WorkingLine(f"自 {zh} 起 {plain(limit.value)} {clock.zh()}", f"From {en}: {plain(limit.value)} {clock.en()}")
    for n, more in enumerate(extensions, 1):
        yield WorkingLine(
            f"第 {n} 次延期，加 {plain(more.value)} {clock.zh()}",
            f"Extension {n}: {plain(more.value)} more {clock.en()}",
        )
