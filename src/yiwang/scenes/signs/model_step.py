"""What is done with a sign: graded, tested, put right, taken down, its permit or pledge recorded; and what its keeper looks at once a year.

Grades A to D are ours (no numbers in 沪府令第41号 or DB31/T 1289-2021): A sound, B to be watched, C to be put right, D about to fall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta

from yiwang.kit.errors import Invalid
from yiwang.network.model import PostKind
from yiwang.register.model_kind import Judged, Role, Step
from yiwang.scenes.signs.model_permit import why_permit

Grade = Literal["A", "B", "C", "D"]
Paper = Literal["许可", "告知承诺", "备案"]
PAPERS = {"en": ("permit", "pledge", "filing")}
Fault = Literal["松动", "倾斜", "脱落", "锈蚀", "面板破损", "电线裸露", "灯具损坏", "遮挡通道"]
FAULTS = {"en": ("loose", "leaning", "coming off", "rusty", "face broken", "bare wires", "lamp broken", "in the way")}
DANGEROUS = frozenset({"松动", "倾斜", "脱落", "电线裸露"})
UNSAFE, UNSAFE_WHEN = "YIWANG-EXT|28003", "招牌松动、倾斜，有坠落危险"
PUT_RIGHT_WITHIN = timedelta(days=3)
"""Ours: of grade C; what is about to fall (D) has the hours of its case."""


@dataclass(frozen=True, slots=True)
class Hazard:
    grade: Annotated[Grade, Meta(title="隐患等级", description="Grade (A sound, D about to fall)")]
    items: Annotated[tuple[Fault, ...], Meta(title="发现问题", description="What was found", extra=FAULTS)] = ()


@dataclass(frozen=True, slots=True)
class Test:
    result: Annotated[
        Literal["安全", "基本安全", "不安全"],
        Meta(title="检测评定", description="Test found", extra={"en": ("safe", "safe on the whole", "unsafe")}),
    ]
    agency: Annotated[str, Meta(title="检测机构", description="Tested by", max_length=100)] = ""
    number: Annotated[str, Meta(title="报告编号", description="Number of the report", max_length=60)] = ""


@dataclass(frozen=True, slots=True)
class Mended:
    done: Annotated[str, Meta(title="整改情况", description="What was done", min_length=2, max_length=200)]


@dataclass(frozen=True, slots=True)
class Looked:
    passed: Annotated[bool, Meta(title="整改到位", description="It is put right")]
    grade: Annotated[Grade, Meta(title="复查等级", description="Grade now")] = "A"


@dataclass(frozen=True, slots=True)
class Down:
    why: Annotated[
        Literal["店铺搬离", "主动更换", "存在危险", "违规设置"],
        Meta(
            title="拆除原因",
            description="Why it was taken down",
            extra={"en": ("the shop left", "replaced", "dangerous", "against the rules")},
        ),
    ]


@dataclass(frozen=True, slots=True)
class Papers:
    paper: Annotated[Paper, Meta(title="手续", description="Paper", extra=PAPERS)]
    paper_no: Annotated[str, Meta(title="手续编号", description="Its number", min_length=2, max_length=60)]
    paper_until: Annotated[date, Meta(title="有效期至", description="Good until")] | None = None


def judge_hazard(sign: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """C and D are to be put right and become a case, D within the hours of what is about to fall."""
    items = form.get("items", [])
    if form["grade"] in "AB" and DANGEROUS & set(items):
        found = "、".join(i for i in items if i in DANGEROUS)
        raise Invalid(
            "sign.grade", f"发现“{found}”的招牌不能评为 {form['grade']} 级", f"A sign with {found} is not of grade {form['grade']}",
            field="grade",
        )  # fmt: skip
    if form["grade"] in "AB":
        return Judged()
    listed = f"：{'、'.join(items)}" if items else ""
    return _unsafe(
        form["grade"],
        f"招牌隐患 {form['grade']} 级{listed}",
        f"Hazard of grade {form['grade']}{f': {len(items)} faults' if items else ''}",
    )


def judge_test(sign: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    if form["result"] == "不安全":
        return _unsafe("D", "第三方检测评定为不安全", "A third party's test found it unsafe")
    return Judged()


def _unsafe(grade: str, zh: str, en: str) -> Judged:
    condition = UNSAFE_WHEN if grade == "D" else None
    return Judged("hazard", {"grade": grade}, UNSAFE, condition, said=(zh, en))


def judge_recheck(sign: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    if not form["passed"]:
        return Judged("hazard", said=("复查未通过，继续整改", "not put right: again"))
    if form["grade"] in "CD":
        raise Invalid(
            "sign.grade", "整改到位的招牌应为 A 或 B 级", "What is put right is of grade A or B", field="grade"
        )
    return Judged("up", {"grade": form["grade"]})


def judge_papers(sign: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """A pledge does not do where a permit is needed."""
    why = why_permit(sign)
    if form["paper"] != "许可" and why:
        raise Invalid(
            "sign.needs_permit", f"须办理许可：{'；'.join(c.zh for c in why)}", f"It needs a permit: {'; '.join(c.en for c in why)}",
            field="paper",
        )  # fmt: skip
    return Judged()


P = PostKind
STANDS = frozenset({"up", "hazard", "mended"})
FIELD = frozenset({P.inspector, P.coordinator, P.grid_chief, P.operator, P.verifier})
SETTER = frozenset({Role.keeper, Role.maintainer})
STEPS = (
    Step("hazard_check", "隐患排查", "check for hazards", STANDS, form=Hazard, puts=("grade",), day="graded_on", posts=FIELD, photos=1,
         place=True, judge=judge_hazard),
    Step("test", "第三方检测", "safety test", STANDS, form=Test, day="tested_on", roles=frozenset({Role.third_party}), photos=1,
         judge=judge_test),
    Step("rectify", "整改完成", "put right", frozenset({"hazard"}), to="mended", form=Mended, posts=frozenset({P.operator}), roles=SETTER,
         photos=1, after="hazard_check", within=PUT_RIGHT_WITHIN),
    Step("recheck", "复查", "check again", frozenset({"mended"}), form=Looked, posts=FIELD, photos=1, not_by="rectify",
         judge=judge_recheck),
    Step("take_down", "拆除", "take down", STANDS, to="taken_down", form=Down, posts=frozenset({P.operator}), roles=SETTER, photos=1),
    Step("record_papers", "登记手续", "record permit or pledge", STANDS, form=Papers, puts=("paper", "paper_no", "paper_until"),
         posts=frozenset({P.operator}), roles=frozenset({Role.responsible}), judge=judge_papers),
)  # fmt: skip

Seen = Literal["正常", "异常", "不适用"]
BAD = {"bad": ("异常",), "en": ("normal", "faulty", "not applicable")}


@dataclass(frozen=True, slots=True)
class SignCheck:
    fixings: Annotated[Seen, Meta(title="固定件、焊点", description="Fixings and welds", extra=BAD)]
    frame: Annotated[Seen, Meta(title="框架、锈蚀", description="Frame, rust", extra=BAD)]
    face: Annotated[Seen, Meta(title="面板", description="Face", extra=BAD)]
    wiring: Annotated[Seen, Meta(title="线路、灯具", description="Wiring and lamps", extra=BAD)]
    clear: Annotated[Seen, Meta(title="不遮挡通道与消防设施", description="Ways and fire gear are clear", extra=BAD)]
