"""The readable working of a deadline: every day and pause that made it, long runs in one line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from yiwang.city.model_rules import Clock, WorkingLine
from yiwang.city.rules_calendar import WEEKDAYS, WEEKDAYS_EN, Day, instant

MOST_LINES = 40
_NEVER = 1 << 61
_UNITS = {
    Clock.urgent_hour: ("小时", "h"),
    Clock.work_hour: ("工时", "h"),
    Clock.work_day: ("工日", "d"),
    Clock.calendar_day: ("日", "d"),
}


class Step(NamedTuple):
    """A day (None: a pause, or a run of a continuous clock) from `start` (µs): what it used and left, in running µs."""

    day: Day | None
    start: int
    paused_until: int
    gain: int | Fraction
    left: int | Fraction


def plain(value: Decimal) -> str:
    """2 and 0.5, not 2.00 or 5E-1."""
    return f"{value.normalize():f}"


def written(at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The local time as people write it in Chinese and English; seconds only where there are any."""
    text = str(at.astimezone(zone))
    day, time = text[:10], text[11:19].removesuffix(":00")
    n = date.fromisoformat(day).weekday()
    return f"{day} {WEEKDAYS[n]} {time}", f"{WEEKDAYS_EN[n]} {day} {time}"


def explain(
    steps: Sequence[Step], due: datetime | None, clock: Clock, unit: int, zone: ZoneInfo, *, known: bool
) -> list[WorkingLine]:
    """Lines that let anyone read back how the deadline came about; at most `MOST_LINES` and a few.

    `unit`: running µs that make one of the clock.
    """
    lines: list[WorkingLine] = []
    i = 0
    while i < len(steps):
        run = i + 1
        while run < len(steps) and _alike(steps[i], steps[run]):
            run += 1
        lines.append(_line(steps[i:run], clock, unit, zone))
        i = run
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        cut = len(lines) - 2 * half
        lines[half:-half] = [WorkingLine(f"……（中间 {cut} 行从略）", f"… ({cut} lines left out)")]
    if not known:
        lines.append(
            WorkingLine(
                "暂定：其中有的年份放假安排尚未公布，按平常周次推算，公布后重算",
                "Provisional: the holidays of a year in it are not published yet; reckoned by plain weekdays",
            )
        )
    if due is None:
        lines.append(WorkingLine("计时已暂停，恢复后再定期限", "The clock stands still; due when it runs again"))
    else:
        zh, en = written(due, zone)
        lines.append(WorkingLine(f"到期 {zh}", f"Due {en}"))
    return lines


def _alike(a: Step, b: Step) -> bool:
    """Days that one line can tell: ordinary ones that used the same, or the same holiday."""
    x, y = a.day, b.day
    if x is None or y is None or x.works is not y.works:
        return False
    return (x.plain and y.plain and a.gain == b.gain) if x.works else x.why_zh == y.why_zh


def _line(run: Sequence[Step], clock: Clock, unit: int, zone: ZoneInfo) -> WorkingLine:
    first, last = run[0], run[-1]
    if first.paused_until > _NEVER:
        zh, en = written(instant(first.start), zone)
        return WorkingLine(f"{zh} 起暂停计时", f"Paused from {en}")
    if first.paused_until:
        (zh, en), (zh2, en2) = written(instant(first.start), zone), written(instant(first.paused_until), zone)
        return WorkingLine(f"{zh} 至 {zh2} 暂停，不计时", f"Paused from {en} to {en2}")
    a, b, left = first.day, last.day, _number(last.left, unit)
    amount = _number(first.gain * len(run), unit)
    zh_unit, en_unit = _UNITS[clock]
    if a is None or b is None:
        return WorkingLine(f"连续计 {amount} {zh_unit}，余 {left}", f"{amount} {en_unit} without a break, {left} left")
    zh, en = (a.zh, a.en) if a is b else (f"{a.zh}至 {b.zh}", f"{a.en} to {b.en}")
    if a.why_zh:
        zh, en = f"{zh} {a.why_zh}", f"{en} {a.why_en}"
    if not first.gain:
        return WorkingLine(f"{zh} 不计", f"{en}: not counted")
    return WorkingLine(f"{zh} 计 {amount} {zh_unit}，余 {left}", f"{en}: {amount} {en_unit}, {left} left")


def _number(value: int | Fraction, unit: int) -> str:
    whole = value // unit
    if value == whole * unit:
        return str(whole)
    return f"{float(value) / unit:.2f}".rstrip("0").rstrip(".")
