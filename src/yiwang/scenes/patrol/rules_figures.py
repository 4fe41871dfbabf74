"""Shares of an assessment, quarters of a trend and what they are compared with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from yiwang.scenes.patrol.model_figures import Assessed, AssessedRow, Month, Quarter, Trend, TrendCompared

QUANTITIES = ("checks", "damaged", "missed")
HEADS = (
    "姓名或单位", "所在单位", "应走班次", "已走班次", "应巡点位", "按时", "逾时", "漏巡", "按时率%", "应尽", "按期", "补做", "逾期", "按期率%",
    "到场", "有疑点", "可信率%", "发现损坏", "立案", "已结案", "结案率%",
)  # fmt: skip

SERIES_HEADS = ("月份 month", "单元网格 grid", "设备或场所 what", "检查 checks", "发现损坏 damaged", "逾期未查 missed")


def share(part: int, whole: int) -> float | None:
    """In percent, to a tenth; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def weigh(a: Assessed) -> AssessedRow:
    return AssessedRow(
        a, share(a.done, a.points), share(a.met, a.owed), share(a.taps - a.doubted, a.taps), share(a.closed, a.cases)
    )


def cells_of(row: AssessedRow) -> list[Any]:
    """An export's row, in the order of `HEADS`."""
    a = row.figures
    return [
        a.name, a.unit_name, a.shifts, a.begun, a.points, a.done, a.late, a.missed, row.in_time, a.owed, a.met, a.made_up, a.lapsed,
        row.kept, a.taps, a.doubted, row.sure, a.damaged, a.cases, a.closed, row.settled,
    ]  # fmt: skip


def month_span(month: date) -> tuple[date, date]:
    """The first day of a day's month, and of the next."""
    first = month.replace(day=1)
    return first, add_months(first, 1)


def add_months(first: date, months: int) -> date:
    at = first.year * 12 + first.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def fill(months: Sequence[Month], today: date) -> list[Month]:
    """Every month from the first there is to the present one."""
    if not months:
        return []
    known, at, found = {m.month: m for m in months}, months[0].month, list[Month]()
    while at <= today:
        found.append(known.get(at) or Month(at, 0, 0, 0))
        at = add_months(at, 1)
    return found


def by_quarter(series: Sequence[Month]) -> list[Quarter]:
    found: dict[date, list[Month]] = {}
    for month in series:
        found.setdefault(quarter_of(month.month), []).append(month)
    return [
        Quarter(begins, len(of), *(sum(getattr(m, q) for m in of) for q in QUANTITIES)) for begins, of in found.items()
    ]


def compare(series: Sequence[Month], quarter: date, today: date) -> list[TrendCompared]:
    """A quarter beside the one before and that of the year before. While it runs, as many whole months of theirs are counted as it
    has begun: its last month is still going on, and is counted as it stands."""
    months = sum(1 for n in range(3) if add_months(quarter, n) <= today)
    known = {m.month: m for m in series}

    def count(begins: date, quantity: str) -> int:
        return sum(getattr(known[m], quantity) for n in range(months) if (m := add_months(begins, n)) in known)

    found = list[TrendCompared]()
    for quantity in QUANTITIES:
        now, before, last = (count(add_months(quarter, back), quantity) for back in (0, -3, -12))
        found.append(TrendCompared(quantity, now, before, last, change(now, before), change(now, last)))
    return found


def change(now: int, then: int) -> float | None:
    """In percent, to a tenth; None against nothing."""
    return round(100 * (now - then) / then, 1) if then else None


def make_trend(months: Sequence[Month], quarter: date, today: date, whats: Sequence[str]) -> Trend:
    series = fill(months, today)
    return Trend(series, by_quarter(series), compare(series, quarter, today), list(whats))
