"""What is looked at, by kind of equipment: forms of a check-in. Answers that say something is wrong are marked, and are damage.

Extinguishers: GB 50444-2008 5.2 and appendix C (place, seal, pressure, body, expiry). Other fire equipment: GB 25201-2010 6 (patrol). What
is looked at of police equipment is ours: no standard says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

GONE = "缺失或被挪用"


@dataclass(frozen=True, slots=True)
class Check:
    in_place: Annotated[
        Literal["在位", "缺失或被挪用"],
        Meta(
            title="是否在位", description="In its place", extra={"en": ("in place", "gone or misused"), "bad": (GONE,)}
        ),
    ]


@dataclass(frozen=True, slots=True)
class Extinguisher(Check):
    seal: Annotated[
        Literal["完好", "缺损"],
        Meta(title="铅封、保险销", description="Seal and pin", extra={"en": ("sound", "damaged"), "bad": ("缺损",)}),
    ]
    pressure: Annotated[
        Literal["绿区", "红区（不足）", "黄区（超压）"],
        Meta(
            title="压力指示",
            description="Pressure gauge",
            extra={"en": ("green", "red: too low", "yellow: too high"), "bad": ("红区（不足）", "黄区（超压）")},
        ),
    ]
    body: Annotated[
        Literal["完好", "锈蚀或变形"],
        Meta(
            title="筒体、喷管",
            description="Body and hose",
            extra={"en": ("sound", "rusty or bent"), "bad": ("锈蚀或变形",)},
        ),
    ]
    label: Annotated[
        Literal["有效期内", "已过期"],
        Meta(title="有效期", description="Validity", extra={"en": ("in date", "expired"), "bad": ("已过期",)}),
    ]
    expires_on: Annotated[date, Meta(title="铭牌所示有效期至", description="Good until, by its label")] | None = None


@dataclass(frozen=True, slots=True)
class Hydrant(Check):
    door: Annotated[
        Literal["开启灵活", "打不开"],
        Meta(title="箱门", description="Door", extra={"en": ("opens well", "does not open"), "bad": ("打不开",)}),
    ]
    kit: Annotated[
        Literal["齐全", "缺水带水枪"],
        Meta(
            title="水带、水枪",
            description="Hose and nozzle",
            extra={"en": ("complete", "hose or nozzle missing"), "bad": ("缺水带水枪",)},
        ),
    ]
    water: Annotated[
        Literal["有水", "无水或压力不足", "未试水"],
        Meta(
            title="水压",
            description="Water",
            extra={"en": ("water", "none, or too little", "not tried"), "bad": ("无水或压力不足",)},
        ),
    ]


@dataclass(frozen=True, slots=True)
class Light(Check):
    lit: Annotated[
        Literal["点亮", "不亮"],
        Meta(title="是否点亮", description="Lit", extra={"en": ("lit", "dark"), "bad": ("不亮",)}),
    ]
    clear: Annotated[
        Literal["无遮挡", "被遮挡"],
        Meta(title="是否被遮挡", description="In sight", extra={"en": ("in sight", "hidden"), "bad": ("被遮挡",)}),
    ]


@dataclass(frozen=True, slots=True)
class Door(Check):
    closes: Annotated[
        Literal["能自行关闭", "不能关闭或被固定"],
        Meta(
            title="关闭",
            description="Closes by itself",
            extra={"en": ("closes", "does not, or is held open"), "bad": ("不能关闭或被固定",)},
        ),
    ]
    clear: Annotated[
        Literal["无堵塞", "被堵塞"],
        Meta(title="通道", description="Way through", extra={"en": ("free", "blocked"), "bad": ("被堵塞",)}),
    ]


@dataclass(frozen=True, slots=True)
class Panel(Check):
    works: Annotated[
        Literal["正常", "故障", "屏蔽或停用"],
        Meta(
            title="运行状态",
            description="State",
            extra={"en": ("normal", "fault", "muted or off"), "bad": ("故障", "屏蔽或停用")},
        ),
    ]
    staffed: Annotated[
        Literal["有人值守", "无人值守"],
        Meta(title="值守", description="Staffed", extra={"en": ("staffed", "nobody there"), "bad": ("无人值守",)}),
    ]


@dataclass(frozen=True, slots=True)
class Gas(Check):
    works: Annotated[
        Literal["正常", "断电或不报警"],
        Meta(
            title="探测报警",
            description="Alarm",
            extra={"en": ("normal", "no power, or silent"), "bad": ("断电或不报警",)},
        ),
    ]


@dataclass(frozen=True, slots=True)
class Camera(Check):
    picture: Annotated[
        Literal["清晰", "无图像或模糊", "被遮挡"],
        Meta(
            title="图像",
            description="Picture",
            extra={"en": ("clear", "none or blurred", "covered"), "bad": ("无图像或模糊", "被遮挡")},
        ),
    ]


@dataclass(frozen=True, slots=True)
class Button(Check):
    answers: Annotated[
        Literal["有应答", "无应答", "未试"],
        Meta(
            title="按下应答",
            description="Answer",
            extra={"en": ("answered", "no answer", "not tried"), "bad": ("无应答",)},
        ),
    ]


@dataclass(frozen=True, slots=True)
class Beat(Check):
    seen: Annotated[
        Literal["无异常", "有异常"],
        Meta(title="治安情况", description="What was seen", extra={"en": ("nothing unusual", "something unusual")}),
    ] = "无异常"


@dataclass(frozen=True, slots=True)
class Place:
    exits: Annotated[
        Literal["畅通", "堵塞或锁闭"],
        Meta(
            title="疏散通道、安全出口",
            description="Exits",
            extra={"en": ("free", "blocked or locked"), "bad": ("堵塞或锁闭",)},
        ),
    ]
    fire: Annotated[
        Literal["无违章", "有违章"],
        Meta(
            title="用火、用电、用气",
            description="Use of fire, power and gas",
            extra={"en": ("nothing wrong", "against the rules"), "bad": ("有违章",)},
        ),
    ]
    staff: Annotated[
        Literal["在岗", "不在岗"],
        Meta(
            title="重点岗位人员",
            description="Staff at key posts",
            extra={"en": ("there", "not there"), "bad": ("不在岗",)},
        ),
    ]


CHECKS: Mapping[str, type[Any]] = {
    "灭火器": Extinguisher, "室内消火栓": Hydrant, "应急照明": Light, "疏散指示": Light, "防火门": Door, "报警主机": Panel, "燃气报警": Gas,
    "视频监控": Camera, "报警按钮": Button, "治安巡更点": Beat,
}  # fmt: skip
