"""风险管控 (MISSION S4, seed 000): places that are patrolled, and the points in them, each with a tag. Public safety: fire and police.

What an extinguisher is looked at for: GB 50444-2008 5.2 and its appendix C; of other equipment GB 25201-2010 6 (patrol of fire facilities).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Kind, Role
from yiwang.scenes.patrol.model_check import CHECKS, GONE, Place

P = PostKind
Risk = Literal["公共娱乐场所", "消防安全重点单位", "一般场所"]
RISKS = {"en": ("entertainment", "key fire-safety unit", "ordinary")}
Equipment = Literal[
    "灭火器", "室内消火栓", "应急照明", "疏散指示", "防火门", "报警主机", "燃气报警", "视频监控", "报警按钮", "治安巡更点"
]  # fmt: skip
EQUIPMENT = {
    "en": (
        "extinguisher", "hydrant", "emergency light", "exit sign", "fire door", "alarm panel", "gas alarm", "camera", "panic button",
        "beat point",
    )
}  # fmt: skip
WHATS: tuple[str, ...] = (*get_args(Equipment), *get_args(Risk))
"""What trends are told apart by: the equipment, of places their risk."""
MATTER = "YIWANG-EXT|28001"
HAZARD = "YIWANG-EXT|28012"
LOST = "点位标签、消防器材、技防设备缺失或损坏"
ACT_AT_ONCE = "报警主机、消火栓、防火门、燃气报警停用或失灵"
UNFIT = "灭火器失压、超期或封条缺损"
DARK = "应急照明、疏散指示不亮或被遮挡"
SHUT = "疏散通道、安全出口堵塞或锁闭"
UNSAFE = "违章用火用电用气，重点岗位无人"
UNGUARDED = "视频监控、报警按钮失灵"
CONDITIONS: Mapping[str, str] = {
    "灭火器": UNFIT, "室内消火栓": ACT_AT_ONCE, "应急照明": DARK, "疏散指示": DARK, "防火门": ACT_AT_ONCE, "报警主机": ACT_AT_ONCE,
    "燃气报警": ACT_AT_ONCE, "视频监控": UNGUARDED, "报警按钮": UNGUARDED,
}  # fmt: skip
"""Under which filing condition of `MATTER` (packs/national/conditions_yiwang_ext.csv) damage of each equipment is a case: hence its limit."""


@dataclass(frozen=True, slots=True)
class Premises:
    risk: Annotated[Risk, Meta(title="风险类别", description="Risk", extra=RISKS)]
    hours: (
        Annotated[
            str,
            Meta(
                title="营业时间", description="Opening hours (as 18:00-02:00)",
                pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
            ),
        ]
        | None
    ) = None  # fmt: skip
    capacity: Annotated[int, Meta(title="核定人数", description="People allowed", ge=1, le=100_000)] | None = None
    area_m2: (
        Annotated[float, Meta(title="建筑面积", description="Floor area", ge=1, le=1_000_000, extra={"unit": "m²"})]
        | None
    ) = None


@dataclass(frozen=True, slots=True)
class Point:
    equipment: Annotated[Equipment, Meta(title="设备", description="Equipment", extra=EQUIPMENT)]
    crowded: Annotated[
        bool,
        Meta(title="人员密集场所、锅炉房、地下室或加油站", description="In a crowded place, boiler room, basement or fuel station"),
    ] = False  # fmt: skip
    expires_on: Annotated[date, Meta(title="有效期至", description="Good until")] | None = None
    spot: Annotated[str, Meta(title="具体位置", description="Where exactly", max_length=100)] = ""


def damage_of(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[str, str | None]:
    """The case that damage at a point becomes, its limit by what is damaged. What is gone is not unfit: it is to be put there anew."""
    if form.get("in_place") == GONE:
        return MATTER, LOST
    return MATTER, CONDITIONS.get(attributes.get("equipment", ""), LOST)


def hazard_of(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[str, str | None]:
    """The case that a hazard found in a place becomes: a way out that is shut comes first."""
    return HAZARD, SHUT if form.get("exits") == "堵塞或锁闭" else UNSAFE


STANDING = {"in_use": ("在用", "in use"), "closed": ("停业", "closed"), "gone": ("已撤", "gone")}
KEEPERS = frozenset({P.operator, P.grid_chief, P.inspector})
CHECKERS = frozenset({P.coordinator, P.handler, P.verifier})

PREMISES = Kind(
    "premises", "场所", "place", Premises, states=STANDING, ended=frozenset({"gone"}), keepers=KEEPERS, checkers=CHECKERS,
    code=re.compile(r"CS-\d{6}"), code_of=("CS- 加 6 位数字", "CS- and 6 digits"),
    roles=(Role.owner, Role.keeper, Role.responsible), damage=hazard_of, check={"": Place},
)  # fmt: skip
POINT = Kind(
    "patrol_point", "巡查点位", "patrol point", Point, states={n: STANDING[n] for n in ("in_use", "gone")}, ended=frozenset({"gone"}),
    keepers=KEEPERS, checkers=CHECKERS, code=re.compile(r"DW-\d{7}"), code_of=("DW- 加 7 位数字", "DW- and 7 digits"),
    roles=(Role.keeper, Role.maintainer, Role.responsible), links={"in": ("位于", "in")}, damage=damage_of,
    check=CHECKS, check_by="equipment",
)  # fmt: skip
