"""The catalogue, filing conditions and days set apart as rows of a file: what a row says, and rows that say the same again.
Pure. The columns' own names are those of a pack's files, whose readers (`rules_pack`) read them here too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from yiwang.city.model_rules import CalendarDayRow, ConditionRow, Kind, Matter
from yiwang.city.rules_pack import Key, read_kind
from yiwang.kit.table import Fault, Row, demand_short, read_date

MATTERS = {
    "scheme": "方案",
    "code": "代码",
    "kind": "类别",
    "major_code": "大类代码",
    "major": "大类",
    "name": "名称",
    "english": "英文名称",
    "field": "领域",
    "source": "来源",
    "status": "状态",
}
MATTERS_NEEDED = ("scheme", "code", "kind", "name")
CONDITIONS = {
    "scheme": "方案",
    "code": "代码",
    "kind": "类别",
    "text": "立案条件",
    "limit_text": "处置时限",
    "limit_value": "时限数值",
    "clock": "计时方式",
    "seasonal": "适用时段",
    "close_condition": "结案条件",
    "source": "来源",
    "status": "状态",
}
CONDITIONS_NEEDED = ("scheme", "code", "kind", "text", "limit_text", "limit_value", "clock", "close_condition")
DAYS = {"unit": "单位", "day": "日期", "works": "安排", "shifts": "上班时间", "note": "备注"}
DAYS_NEEDED = ("day", "works")
CALLED, CALLED_DAYS = ("code", "name", "text"), ("unit", "day", "works", "shifts", "note")
"""By which columns a row is known."""
MOST_ROWS, MOST_DAYS = 5_000, 500
MOST_SIGNS = 1_000
"""In a cell."""
WORKS = {"上班": True, "yes": True, "放假": False, "no": False, "恢复": None, "back": None}
KIND_WORDS = {Kind.component: "部件", Kind.matter: "事项"}


def matter_cells(row: Row, there: Mapping[Key, Matter]) -> dict[str, str]:
    """A row of `MATTERS` with every column: of a class that is there already, what the file has no column for stays. Fault."""
    cells = _coded(row, there)
    known = there.get((cells.get("scheme", ""), read_kind(cells.get("kind", "")), cells.get("code", "")))
    stands = {column: str(value) for column, value in asdict(known).items()} if known else {}
    return dict.fromkeys(MATTERS, "") | stands | cells


def differences(known: Matter, now: Matter) -> tuple[str, str]:
    """What a row changes of a class, in both languages."""
    before, after = (_shown(m) for m in (known, now))
    changed = [(c, before[c] or "—", after[c] or "—") for c in MATTERS if before[c] != after[c]]
    return (
        "；".join(f"{MATTERS[c]}：{was} → {becomes}" for c, was, becomes in changed),
        "; ".join(f"{c}: {was} → {becomes}" for c, was, becomes in changed),
    )


def was_set(works: bool, shifts: str | None, note: str) -> tuple[str, str]:
    """How a day was set apart until now, in both languages."""
    more = " ".join(word for word in (shifts, note) if word)
    return (
        f"原为{'上班' if works else '放假'} {more}".strip(),
        f"until now: {'works' if works else 'rests'} {more}".strip(),
    )


def condition_cells(row: Row, there: Mapping[Key, Matter]) -> dict[str, str]:
    """A row of `CONDITIONS` with every column. Fault."""
    return dict.fromkeys(CONDITIONS, "") | _coded(row, there)


def _coded(row: Row, there: Mapping[Key, Matter]) -> dict[str, str]:
    """The cells; a code whose leading zeros a spreadsheet dropped has them again."""
    demand_short(row.cells, MOST_SIGNS)
    kind, code = read_kind(row.cells.get("kind", "")), row.cells.get("code", "")
    known = (tried for tried in (code, code.zfill(5)) if (row.cells.get("scheme", ""), kind, tried) in there)
    return {**row.cells, "code": next(known, code)}


def read_day(cells: Mapping[str, str]) -> tuple[date, bool | None, str | None, str]:
    """(day, works, shifts, note) of a row of `DAYS`; works None takes an earlier setting back. Fault."""
    demand_short(cells, 200)
    day = read_date("day", cells.get("day", ""))
    if day is None:
        raise Fault("day", "空着", "is empty")
    works = cells.get("works", "").lower()
    if works not in WORKS:
        raise Fault("works", f"安排“{works}”不是上班、放假或恢复", f"“{works}” is none of yes, no and back")
    return day, WORKS[works], cells.get("shifts") or None, cells.get("note", "")


# ── rows to write ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of_matters(pages: Iterable[list[Matter]]) -> Iterator[list[list[Any]]]:
    yield [list(MATTERS.values())]
    for page in pages:
        yield [_cells(MATTERS, _shown(m)) for m in page]


def rows_of_conditions(pages: Iterable[list[ConditionRow]]) -> Iterator[list[list[Any]]]:
    yield [[*CONDITIONS.values(), "名称"]]
    for page in pages:
        yield [
            [
                *_cells(
                    CONDITIONS,
                    asdict(c)
                    | {
                        "kind": KIND_WORDS[c.kind],
                        "limit_value": f"{c.limit_value.normalize():f}",
                        "clock": c.clock.zh(),
                    },
                ),
                c.name,
            ]
            for c in page
        ]


def rows_of_days(days: Iterable[CalendarDayRow], code: str, name: str) -> Iterator[list[list[Any]]]:
    yield [[*DAYS.values(), "单位名称"]]
    yield [[code, d.day, "上班" if d.works else "放假", d.shifts, d.note, name] for d in days]


def _shown(m: Matter) -> dict[str, str]:
    return asdict(m) | {"kind": KIND_WORDS[m.kind], "field": m.field.value}


def _cells(columns: Mapping[str, str], values: Mapping[str, Any]) -> list[Any]:
    return [values[c] for c in columns]
