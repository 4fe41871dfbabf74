"""What is done with a lift: people trapped and freed, stopped and put back, sealed, assessed, inspected; and what a fitter looks at.

Five minutes to call the firm and thirty to be there: 上海市电梯安全管理办法 (沪府令第76号), duties of the keeper and of the
maintenance firm. Items of maintenance: the half-monthly ones of TSG T5002-2017, annexes A and D, those that bear on safety.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Judged, Role, Step

Assessed = Literal["可继续使用", "需修理", "需改造", "应更新"]
ASSESSED = {"en": ("may go on", "to be repaired", "to be rebuilt", "to be replaced")}
CALL_WITHIN, ARRIVE_WITHIN = timedelta(minutes=5), timedelta(minutes=30)
TRAPPED = "YIWANG-EXT|21009"
TRAPPED_WHEN = "电梯停运且有人被困"
FAULT = "故障"
"""The reason to stop a lift that counts as a fault of it."""


@dataclass(frozen=True, slots=True)
class Trap:
    people: Annotated[int, Meta(title="被困人数", description="People inside", ge=1, le=50)] | None = None
    floor: Annotated[int, Meta(title="停在几层", description="Floor it stands at", ge=-9, le=200)] | None = None
    unwell: Annotated[bool, Meta(title="有人不适", description="Somebody is unwell")] = False


@dataclass(frozen=True, slots=True)
class Call:
    by: Annotated[
        Literal["电话", "五方对讲", "平台"],
        Meta(
            title="通知方式",
            description="How the firm was called",
            extra={"en": ("telephone", "intercom", "this platform")},
        ),
    ]


CAUSES = {
    "en": (
        "power cut",
        "doors",
        "controls",
        "brake or traction",
        "safety gear acted",
        "misuse",
        "false alarm",
        "to be found out",
    )
}


@dataclass(frozen=True, slots=True)
class Freed:
    freed: Annotated[int, Meta(title="救出人数", description="People freed", ge=0, le=50)]
    cause: Annotated[
        Literal["停电", "门系统故障", "控制系统故障", "制动、曳引故障", "安全装置动作", "使用不当", "误报", "待查"],
        Meta(title="原因", description="Cause", extra=CAUSES),
    ]
    hurt: Annotated[int, Meta(title="受伤人数", description="People hurt", ge=0, le=50)] = 0
    by: Annotated[
        Literal["维保单位", "消防救援", "其他"],
        Meta(title="由谁救出", description="Freed by", extra={"en": ("the firm", "fire brigade", "others")}),
    ] = "维保单位"


@dataclass(frozen=True, slots=True)
class Stop:
    reason: Annotated[
        Literal["故障", "检修", "安全隐患", "停运"],
        Meta(title="原因", description="Reason", extra={"en": ("fault", "overhaul", "unsafe", "not needed")}),
    ]
    why: Annotated[str, Meta(title="说明", description="In words", max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class PutBack:
    done: Annotated[
        str, Meta(title="排查与修复情况", description="What was found and mended", min_length=2, max_length=200)
    ]


@dataclass(frozen=True, slots=True)
class Order:
    number: Annotated[str, Meta(title="文书编号", description="Number of the order", min_length=2, max_length=60)]
    why: Annotated[str, Meta(title="事由", description="Why", max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    assessed: Annotated[Assessed, Meta(title="安全评估结论", description="Assessment found", extra=ASSESSED)]
    agency: Annotated[str, Meta(title="评估机构", description="Assessed by", max_length=100)] = ""
    number: Annotated[str, Meta(title="报告编号", description="Number of the report", max_length=60)] = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    result: Annotated[
        Literal["合格", "复检合格", "不合格"],
        Meta(title="检验结论", description="Inspection found", extra={"en": ("passed", "passed again", "failed")}),
    ]
    agency: Annotated[str, Meta(title="检验机构", description="Inspected by", max_length=100)] = ""
    number: Annotated[str, Meta(title="报告编号", description="Number of the report", max_length=60)] = ""


def judge_trap(lift: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """An emergency at once, whatever else is known."""
    people, floor = form.get("people"), form.get("floor")
    zh = ["电梯困人", *([f"被困 {people} 人"] if people else []), *([f"停在 {floor} 层"] if floor is not None else [])]
    en = [
        "People trapped",
        *([f"{people} inside"] if people else []),
        *([f"at floor {floor}"] if floor is not None else []),
    ]
    if form["unwell"]:
        zh.append("有人不适")
        en.append("somebody is unwell")
    return Judged(matter=TRAPPED, condition=TRAPPED_WHEN, emergency=True, said=("，".join(zh), ", ".join(en)))


def judge_inspection(lift: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """What failed its inspection stands still until it passes."""
    if form["result"] == "不合格":
        return Judged("stopped", said=("检验不合格，停用", "failed its inspection: out of use"))
    return Judged()


P = PostKind
RUNS = frozenset({"in_use", "stopped", "sealed"})
KEEPER, MAINTAINER, REGULATOR = (frozenset({role}) for role in (Role.keeper, Role.maintainer, Role.responsible))
STREET = frozenset({P.operator})
STEPS = (
    # 困人 ──
    Step("trapped", "报告困人", "report people trapped", RUNS, to="trapped", form=Trap,
         posts=frozenset({P.operator, P.inspector, P.coordinator, P.grid_chief}), roles=KEEPER | MAINTAINER, judge=judge_trap),
    Step("called", "通知维保单位", "call the firm", frozenset({"trapped"}), form=Call, posts=STREET, roles=KEEPER, after="trapped",
         within=CALL_WITHIN),
    Step("arrived", "维保到场", "arrive", frozenset({"trapped"}), roles=MAINTAINER, place=True, after="trapped", within=ARRIVE_WITHIN),
    Step("freed", "被困人员救出", "people freed", frozenset({"trapped"}), to="stopped", form=Freed, posts=STREET, roles=MAINTAINER),
    # 停用、恢复 ──
    Step("stop", "停用", "take out of use", frozenset({"in_use"}), to="stopped", form=Stop, posts=STREET, roles=KEEPER | MAINTAINER),
    Step("put_back", "恢复使用", "put back into use", frozenset({"stopped"}), to="in_use", form=PutBack, roles=KEEPER | MAINTAINER),
    # 监管 ──
    Step("seal", "查封", "seal", frozenset({"in_use", "stopped"}), to="sealed", form=Order, roles=REGULATOR, photos=1),
    Step("unseal", "解除查封", "unseal", frozenset({"sealed"}), to="stopped", form=Order, roles=REGULATOR),
    Step("scrap", "报废", "scrap", frozenset({"stopped", "sealed"}), to="scrapped", form=Order, roles=REGULATOR),
    Step("inspect", "登记定期检验", "record an inspection", RUNS, form=Inspection, day="inspected_on", posts=STREET,
         roles=REGULATOR | {Role.third_party}, photos=1, judge=judge_inspection),
    Step("assess", "登记安全评估", "record an assessment", RUNS, form=Assessment, puts=("assessed",), day="assessed_on", posts=STREET,
         roles=KEEPER | {Role.third_party}, photos=1),
)  # fmt: skip

Seen = Literal["正常", "异常", "不适用"]
BAD = {"bad": ("异常",), "en": ("normal", "faulty", "not applicable")}


@dataclass(frozen=True, slots=True)
class LiftCheck:
    """Traction, hydraulic and goods lifts."""

    machine: Annotated[Seen, Meta(title="驱动主机", description="Driving machine", extra=BAD)]
    brake: Annotated[Seen, Meta(title="制动器", description="Brake", extra=BAD)]
    rescue: Annotated[Seen, Meta(title="手动紧急操作装置", description="Manual rescue gear", extra=BAD)]
    governor: Annotated[Seen, Meta(title="限速器", description="Speed governor", extra=BAD)]
    car_top: Annotated[
        Seen, Meta(title="轿顶检修与停止装置", description="Inspection and stop switch on the car", extra=BAD)
    ]
    light: Annotated[Seen, Meta(title="轿厢照明、应急照明", description="Light, emergency light", extra=BAD)]
    alarm: Annotated[Seen, Meta(title="轿内报警、对讲", description="Alarm and intercom", extra=BAD)]
    buttons: Annotated[Seen, Meta(title="轿内显示与按钮", description="Display and buttons", extra=BAD)]
    guard: Annotated[Seen, Meta(title="轿门防撞击装置", description="Door guard", extra=BAD)]
    car_door: Annotated[Seen, Meta(title="轿门门锁与运行", description="Car door and its lock", extra=BAD)]
    levelling: Annotated[Seen, Meta(title="平层准确度", description="Levelling", extra=BAD)]
    landing: Annotated[Seen, Meta(title="层门自闭与门锁", description="Landing doors and their locks", extra=BAD)]
    pit: Annotated[Seen, Meta(title="底坑环境与停止装置", description="Pit and its stop switch", extra=BAD)]


@dataclass(frozen=True, slots=True)
class EscalatorCheck:
    """Escalators and moving walks."""

    panel: Annotated[Seen, Meta(title="电器部件", description="Electric parts", extra=BAD)]
    machine: Annotated[Seen, Meta(title="驱动主机", description="Driving machine", extra=BAD)]
    brake: Annotated[Seen, Meta(title="制动器", description="Brake", extra=BAD)]
    stop: Annotated[Seen, Meta(title="紧急停止开关", description="Emergency stop", extra=BAD)]
    comb: Annotated[Seen, Meta(title="梳齿板", description="Comb plate", extra=BAD)]
    comb_switch: Annotated[Seen, Meta(title="梳齿板开关", description="Comb plate switch", extra=BAD)]
    steps: Annotated[Seen, Meta(title="梯级、踏板", description="Steps, pallets", extra=BAD)]
    handrail: Annotated[Seen, Meta(title="扶手带及入口保护", description="Handrail and its inlet guard", extra=BAD)]
    skirt: Annotated[Seen, Meta(title="围裙板与防夹装置", description="Skirt and its guard", extra=BAD)]
    light: Annotated[Seen, Meta(title="出入口照明", description="Light at the landings", extra=BAD)]
    signs: Annotated[Seen, Meta(title="使用须知与标志", description="Notices", extra=BAD)]


CHECKS = {"": LiftCheck, "自动扶梯": EscalatorCheck, "自动人行道": EscalatorCheck}
