"""Figures and facts as the rows of a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yiwang.assess.model import Figures
from yiwang.assess.rules import CITY_ZONE

Rows = list[list[Any]]
FACT = {
    "at": "归期时间 at", "number": "案件编号 case", "case_id": "案件 case id", "kind": "类别 kind", "channel": "来源 channel",
    "area": "区域 area", "unit": "处置单位 unit", "name": "单位名称 unit name", "order_id": "处置单 order", "person": "人员 person",
    "post": "岗位 post", "begun_at": "开始 begun", "due_at": "期限 due", "done_at": "完成 done", "closed_at": "结案或核查 closed",
    "lifted_at": "免办 lifted", "outcome": "结果 outcome", "exempt": "豁免 exempt", "suspended": "挂账 suspended",
}  # fmt: skip


def of_figures(figures: Figures, names: Mapping[str, str]) -> Rows:
    """What they rest on first, so that the file alone can be worked out again; then a figure a row."""
    before = {(f.indicator, f.key): f for f in figures.before}
    rows: Rows = [
        ["统计期 period", _local(figures.since), _local(figures.until)],
        ["台账条数 ledger entries", figures.as_of.size, "统计时刻 as of", _local(figures.as_of.time)],
        ["指标 indicator", "名称 name", "对象 over", "路径或编号 key", "分子 numerator", "分母 denominator", "值 value",
         "上期值 before", "仅部分可见 partial"],
    ]  # fmt: skip
    for f in figures.figures:
        was = before.get((f.indicator, f.key))
        rows.append(
            [f.indicator, names.get(f.indicator, ""), f.name, f.key, f.numerator, f.denominator, f.value,
             was.value if was else None, f.partial]
        )  # fmt: skip
    return rows


def of_facts(facts: Sequence[Any], most: int) -> Rows:
    """A fact a row; where there are more than `most`, the last row says so."""
    rows: Rows = [list(FACT.values())]
    rows += [[_local(getattr(fact, name)) for name in FACT] for fact in facts[:most]]
    if len(facts) > most:
        rows.append([f"只列出前 {most} 条，请缩小范围 only the first {most}: narrow it down"])
    return rows


def _local(value: Any) -> Any:
    return value.astimezone(CITY_ZONE) if isinstance(value, datetime) else value
