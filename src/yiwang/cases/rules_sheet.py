"""Cases as the rows of a file. Pure. Of what people wrote and who they are nothing leaves: descriptions, comments, reporters
and telephones stay behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

HEAD = (
    "编号 number", "环节 step", "应急 emergency", "挂账 suspended", "来源 channel", "代码 code", "事项 matter", "地点 place",
    "经度 lon", "纬度 lat", "网格 grid", "区域 area", "主办单位 unit", "上报 reported", "本步期限 step due", "处置期限 due",
    "超期 overdue since", "结案 closed",
)  # fmt: skip


def of_cases(pages: Iterable[list[Any]], zone: ZoneInfo, most: int) -> Iterator[list[list[Any]]]:
    """Pages of cases (`queries_list.CaseRow`) as pages of rows, the head first; past `most` cases the last row says that there are more."""
    yield [list(HEAD)]
    left = most
    for page in pages:
        yield [_row(c, zone) for c in page[:left]]
        left -= len(page)
        if left < 0:
            yield [[f"已截断：只导出前 {most} 件，请缩小范围 cut off: only the first {most}, narrow it down"]]
            return


def _row(c: Any, zone: ZoneInfo) -> list[Any]:
    def at(instant: datetime | None) -> datetime | None:
        return instant and instant.astimezone(zone)

    return [
        c.number, f"{c.step.zh()} {c.step.value}", c.emergency, c.suspended, c.channel, c.matter_code, c.matter_name, c.place,
        c.lon, c.lat, c.grid_code, c.area_name, c.unit_name, at(c.reported_at), at(c.step_due_at), at(c.due_at),
        at(c.overdue_at), at(c.closed_at),
    ]  # fmt: skip
