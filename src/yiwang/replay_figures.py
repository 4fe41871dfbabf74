"""What came out, read from our own database, and how it compares with the city's own verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.cases.model import Step
from yiwang.cases.queries_list import CaseRow
from yiwang.replay_file import Row
from yiwang.replay_pack import ReplayPack


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of one department, one matter, or all. `median_hours` from opening to closing, None when none is closed."""

    code: str
    name: str
    cases: int
    open: int
    on_time: int
    overdue: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A row on which the city and Yiwang do not agree, and why."""

    line: int
    id: str
    column: str
    city: str
    yiwang: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`compared`: rows that have every verdict the pack names; `status_only`: those that have only a status, agreed or not."""

    compared: int
    agreed: int
    status_only: int
    status_agreed: int
    differences: tuple[Difference, ...]


def count(cases: Mapping[UUID, CaseRow], rows: Sequence[Row], pack: ReplayPack) -> tuple[Line, list[Line], list[Line]]:
    """(all, by department, by matter), most cases first. Everything but the names is the database's."""
    there = [cases[r.case_id] for r in rows if r.case_id in cases]
    units: dict[str, list[CaseRow]] = {}
    matters: dict[str, list[CaseRow]] = {}
    for case in there:
        units.setdefault(case.unit_name or "—", []).append(case)
        matters.setdefault(case.matter_code, []).append(case)
    by_unit = [_line("", name, found) for name, found in units.items()]
    by_matter = [_line(c, f"{f[0].matter_name} {pack.english.get(c, '')}".strip(), f) for c, f in matters.items()]
    return _line("", "全部 all", there), _sorted(by_unit), _sorted(by_matter)


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda each: (-each.cases, each.code, each.name))


def _line(code: str, name: str, cases: Sequence[CaseRow]) -> Line:
    hours = [(c.closed_at - c.reported_at).total_seconds() / 3600 for c in cases if c.closed_at is not None]
    late = sum(c.overdue_at is not None for c in cases)
    is_open = sum(c.step is not Step.closed for c in cases)
    return Line(code, name, len(cases), is_open, len(cases) - late, late, round(median(hours), 2) if hours else None)


def compare(cases: Mapping[UUID, CaseRow], rows: Sequence[Row], pack: ReplayPack, end: datetime) -> Comparison:
    """The database's verdict on each case beside the file's own columns."""
    compared = agreed = status_only = status_agreed = 0
    differences: list[Difference] = []
    judged = "on_time" in pack.columns
    for row in rows:
        case = cases.get(row.case_id)
        found = _differences(row, case, pack, end)
        differences += found
        if row.said_closed is None and row.said_on_time is None:
            continue
        if judged and row.said_on_time is None:
            status_only, status_agreed = status_only + 1, status_agreed + (not found)
        else:
            compared, agreed = compared + 1, agreed + (not found)
    return Comparison(compared, agreed, status_only, status_agreed, tuple(differences))


def _differences(row: Row, case: CaseRow | None, pack: ReplayPack, end: datetime) -> list[Difference]:
    if case is None:
        why = "这一行没有成为案件，见跳过的行", "this row did not become a case: see the rows skipped"
        return [Difference(row.line, row.key, "id", row.key, "—", *why)]
    found: list[Difference] = []
    closed, on_time = case.step is Step.closed, case.overdue_at is None
    if row.said_closed is not None and row.said_closed != closed:
        why = _when("结案时间", "closing time", case.closed_at, pack.zone)
        found.append(Difference(row.line, row.key, "status", row.words[0], case.step.value, *why))
    if row.said_on_time is not None and row.said_on_time != on_time:
        ours = next((word for word, means in pack.on_times.items() if means == on_time), str(on_time))
        why = _explain(case, pack.zone, end)
        found.append(Difference(row.line, row.key, "on_time", row.words[1], ours, *why))
    return found


def _explain(case: CaseRow, zone: ZoneInfo, end: datetime) -> tuple[str, str]:
    """Why we say on time or overdue: the deadline, and what it was measured against."""
    if case.due_at is None:
        return "源文件没有期限，不会超期", "the file gives no target, so nothing can be overdue"
    due, done = case.due_at.astimezone(zone), (case.closed_at or end).astimezone(zone)
    zh, en = ("结案于", "closed") if case.closed_at else ("未结案，截至", "still open at")
    return f"期限 {due:%Y-%m-%d %H:%M:%S}，{zh} {done:%Y-%m-%d %H:%M:%S}", f"due {due:%F %T}, {en} {done:%F %T}"


def _when(zh: str, en: str, at: datetime | None, zone: ZoneInfo) -> tuple[str, str]:
    text = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else "—"
    return f"{zh}：{text}", f"{en}: {text}"
