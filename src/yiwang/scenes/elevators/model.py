"""电梯: one lift, one file (一梯一档, MISSION S3). What a file holds follows 上海市电梯安全管理办法 (沪府令第76号, 2023) and the
regulator's registration of special equipment (TSG 08); nothing of it names a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Kind
from yiwang.scenes.elevators.model_step import ASSESSED, CHECKS, STEPS, Assessed

Type = Literal["曳引驱动乘客电梯", "曳引驱动载货电梯", "液压电梯", "杂物电梯", "自动扶梯", "自动人行道"]
TYPES = {
    "en": ("traction passenger lift", "traction goods lift", "hydraulic lift", "dumbwaiter", "escalator", "moving walk")
}
Use = Literal["住宅", "商场", "医院", "学校", "办公", "宾馆", "交通场站", "工业", "其他"]
USES = {"en": ("homes", "shopping", "hospital", "school", "offices", "hotel", "station", "industry", "other")}


@dataclass(frozen=True, slots=True)
class Elevator:
    """What a registry does not know is left open: only type and use every one of them has."""

    type: Annotated[Type, Meta(title="品种", description="Type", extra=TYPES)]
    use: Annotated[Use, Meta(title="使用场所", description="Used in", extra=USES)]
    made_on: Annotated[date, Meta(title="制造日期", description="Made on")] | None = None
    in_use_since: Annotated[date, Meta(title="投入使用日期", description="In use since")] | None = None
    floors: Annotated[int, Meta(title="层数", description="Floors", ge=1, le=200)] | None = None
    stops: Annotated[int, Meta(title="站数", description="Stops", ge=1, le=200)] | None = None
    load_kg: (
        Annotated[float, Meta(title="额定载重量", description="Rated load", ge=40, le=50_000, extra={"unit": "kg"})]
        | None
    ) = None
    speed_m_s: (
        Annotated[float, Meta(title="额定速度", description="Rated speed", ge=0.1, le=25, extra={"unit": "m/s"})] | None
    ) = None
    maker: Annotated[str, Meta(title="制造单位", description="Maker", max_length=100)] = ""
    serial: Annotated[str, Meta(title="出厂编号", description="Serial number", max_length=40)] = ""
    rescue_code: (
        Annotated[str, Meta(title="应急救援识别码", description="Rescue code", pattern="^[0-9]{4,8}$")] | None
    ) = None
    contract_until: Annotated[date, Meta(title="维保合同到期", description="Maintenance contract ends")] | None = None
    inspected_on: Annotated[date, Meta(title="上次检验", description="Last inspection")] | None = None
    maintained_on: Annotated[date, Meta(title="上次维保", description="Last maintenance")] | None = None
    assessed_on: Annotated[date, Meta(title="安全评估日期", description="Safety assessment")] | None = None
    assessed: Annotated[Assessed, Meta(title="安全评估结论", description="Assessment found", extra=ASSESSED)] | None = (
        None
    )
    monitored: Annotated[bool, Meta(title="接入远程监测", description="Remotely monitored")] = False


ELEVATOR = Kind(
    "elevator", "电梯", "lift", Elevator,
    states={
        "in_use": ("在用", "in use"), "trapped": ("困人", "people trapped"), "stopped": ("停用", "out of use"),
        "sealed": ("查封", "sealed"), "scrapped": ("已报废", "scrapped"),
    },
    ended=frozenset({"scrapped"}), keepers=frozenset({PostKind.operator, PostKind.handler}),
    checkers=frozenset({PostKind.inspector}),
    code=re.compile(r"梯\d{2}[\u4e00-\u9fff][A-Z]\d{5}\(\d{2}\)|[A-Z]{2}(-[0-9A-Z.]{1,20}){2}"),
    code_of=(
        "使用登记证编号，如 梯11沪A00001(20)；境外登记：国家、登记机关、编号，如 US-NY-1P100",
        "the number of its use certificate, as 梯11沪A00001(20); of a registry abroad: country, registry and number, as US-NY-1P100",
    ),
    damage="GB/T 47678.5-2026|01076",
    check=CHECKS, check_by="type", steps=STEPS,
    links={"group": ("并联控制", "controlled together with")},
)  # fmt: skip
