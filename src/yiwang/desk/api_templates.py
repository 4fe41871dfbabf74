"""HTTP: empty files to fill in, one for each import of rows: its heads, and how a row is written, as a remark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fastapi import Response
from fastapi.responses import StreamingResponse

from yiwang.city import rules_sheet as city
from yiwang.dispatch import rules_read as responsibility
from yiwang.kit.web import FILE, router, stream_sheet
from yiwang.network import rules_sheet as network
from yiwang.network.actions_session import Signed
from yiwang.scenes.homes import rules_file as homes

routes = router("/api/templates", "文件模板 templates")
What = Literal["people", "duties", "calendar", "matters", "conditions", "responsibility", "residents"]
TEMPLATES: dict[What, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "people": (
        network.PEOPLE,
        ("wang.wu", "王五", "13800000000", "", "网格员", "310101019", "310101019-01", "2026-01-01", ""),
    ),
    "duties": (network.DUTY, ("310101019", "派遣员", "日班", "12345", "wang.wu;zhao.liu", "1")),
    "calendar": (city.DAYS, ("310101019", "2026-10-10", "上班", "09:00-12:00,13:00-17:00", "调休")),
    "matters": (city.MATTERS, ("YIWANG-EXT", "99001", "事项", "23", "夜间", "夜市占道", "", "街面秩序", "", "")),
    "conditions": (
        city.CONDITIONS,
        ("YIWANG-EXT", "99001", "事项", "占道经营", "4 工作时", "4", "工作时", "", "清退", "", ""),
    ),
    "residents": (
        homes.COLUMNS,
        ("310101019024-001-1-301", "王五", "", "021-00000000", "1956-03-08", "男", "产权人", "", "2026-01-01", ""),
    ),
    "responsibility": (
        responsibility.COLUMNS,
        ("细类", "", "事项", "06010", "暴露垃圾", "310101019", "全天", "310101019-chengguan", "", "三定方案", "", ""),
    ),
}
"""What is imported → its columns, and a row by way of example."""
REMARK = "# 下一行是示例；以 # 开头的行不导入 The next row is an example; rows that begin with # are left out"


@routes.get("/{what}.{kind}", summary="导入模板 A template to fill in", response_class=Response, responses=FILE)
def get_template(actor: Signed, what: What, kind: Literal["csv", "xlsx"]) -> StreamingResponse:
    columns, (first, *rest) = TEMPLATES[what]
    return stream_sheet([[(*columns.values(),), (REMARK,), (f"# {first}", *rest)]], f"yiwang-{what}-template", kind)
