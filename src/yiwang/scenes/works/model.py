"""小型工程 (MISSION S1): works below the limit at which the district takes over, from finding to the overall evaluation. The process
follows 青建管〔2024〕128号 (register, judge the size, notice, pledge, joint checks) and seed article 000 (a comprehensive
evaluation closes the loop)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Kind, Role, Step
from yiwang.scenes.works import model_judge as rules

P, R = PostKind, Role
Class = Literal["装饰装修", "土建", "交通"]
CLASSES = {"en": ("fitting-out", "building", "traffic")}
Paper = Literal["备案告知书", "施工合同", "安全生产责任险保单", "占路施工许可"]
PAPERS = {"en": ("notice of filing", "contract", "liability insurance", "road permit")}
Verdict = Literal["合格", "不合格"]
Overall = Literal["好", "一般", "差"]
OVERALL = {"en": ("good", "fair", "poor")}
BAD = {"bad": ("不合格",), "en": ("passed", "failed")}


@dataclass(frozen=True, slots=True)
class Works:
    what: Annotated[str, Meta(title="工程内容", description="What is done", max_length=200)]
    found_by: Annotated[
        Literal["巡查发现", "主动申报"],
        Meta(title="来源", description="Came by", extra={"en": ("found on patrol", "declared")}),
    ]
    kind: Annotated[Class, Meta(title="工程类别", description="Class", extra=CLASSES)] | None = None
    area_m2: (
        Annotated[float, Meta(title="施工面积", description="Area", ge=0, le=1_000_000, extra={"unit": "m²"})] | None
    ) = None
    cost_yuan: (
        Annotated[float, Meta(title="投资额", description="Cost", ge=0, le=10_000_000_000, extra={"unit": "元"})] | None
    ) = None
    planned_from: Annotated[date, Meta(title="计划开工", description="Planned to begin")] | None = None
    planned_to: Annotated[date, Meta(title="计划完工", description="Planned to be finished")] | None = None
    sized_on: Annotated[date, Meta(title="核定日期", description="Size judged on")] | None = None
    owner_pledged_on: Annotated[date, Meta(title="建设单位承诺", description="Client's pledge")] | None = None
    builder_pledged_on: Annotated[date, Meta(title="施工单位承诺", description="Builder's pledge")] | None = None
    noticed_on: Annotated[date, Meta(title="公示日期", description="Public notice since")] | None = None
    papers: Annotated[tuple[Paper, ...], Meta(title="已核验材料", description="Papers seen", extra=PAPERS)] = ()
    begun_on: Annotated[date, Meta(title="实际开工", description="Begun on")] | None = None
    checked_on: Annotated[date, Meta(title="上次检查", description="Last check")] | None = None
    finished_on: Annotated[date, Meta(title="实际完工", description="Finished on")] | None = None
    overall: Annotated[Overall, Meta(title="综合评价", description="Overall evaluation", extra=OVERALL)] | None = None


@dataclass(frozen=True, slots=True)
class Size:
    kind: Annotated[Class, Meta(title="工程类别", description="Class", extra=CLASSES)]
    area_m2: Annotated[float, Meta(title="施工面积", description="Area", ge=0, le=1_000_000, extra={"unit": "m²"})]
    cost_yuan: Annotated[float, Meta(title="投资额", description="Cost", ge=0, le=10_000_000_000, extra={"unit": "元"})]
    begun: Annotated[bool, Meta(title="已经动工", description="Has begun already")] = False
    planned_from: Annotated[date, Meta(title="计划开工", description="Planned to begin")] | None = None
    planned_to: Annotated[date, Meta(title="计划完工", description="Planned to be finished")] | None = None


@dataclass(frozen=True, slots=True)
class Pledge:
    by: Annotated[str, Meta(title="签署单位", description="Signed by", max_length=100)]


@dataclass(frozen=True, slots=True)
class Papers:
    papers: Annotated[tuple[Paper, ...], Meta(title="核验的材料", description="Papers seen", extra=PAPERS)]


@dataclass(frozen=True, slots=True)
class Begin:
    planned_to: Annotated[date, Meta(title="计划完工", description="Planned to be finished")]


@dataclass(frozen=True, slots=True)
class Check:
    hoarding: Annotated[Verdict, Meta(title="围挡", description="Hoarding", extra=BAD)]
    notice: Annotated[Verdict, Meta(title="公示牌", description="Notice board", extra=BAD)]
    fire: Annotated[Verdict, Meta(title="消防器材与动火", description="Fire safety and hot work", extra=BAD)]
    power: Annotated[Verdict, Meta(title="临时用电", description="Temporary power", extra=BAD)]
    height: Annotated[Verdict, Meta(title="高处作业防护", description="Work at height", extra=BAD)]
    dust: Annotated[Verdict, Meta(title="扬尘", description="Dust", extra=BAD)]
    waste: Annotated[Verdict, Meta(title="废料清运", description="Waste removal", extra=BAD)]
    hours: Annotated[Verdict, Meta(title="施工时段与噪声", description="Hours and noise", extra=BAD)]
    road: Annotated[Verdict, Meta(title="不占道、不堵消防通道", description="Road and fire lane clear", extra=BAD)]
    stop: Annotated[bool, Meta(title="须停工整改", description="Must stop until put right")] = False


@dataclass(frozen=True, slots=True)
class Extend:
    planned_to: Annotated[date, Meta(title="新的计划完工日", description="New planned day")]
    why: Annotated[str, Meta(title="原因", description="Why", max_length=200)]


@dataclass(frozen=True, slots=True)
class Why:
    why: Annotated[str, Meta(title="原因", description="Why", max_length=200)]


@dataclass(frozen=True, slots=True)
class Evaluate:
    procedure: Annotated[Verdict, Meta(title="流程规范", description="Procedure", extra=BAD)]
    quality: Annotated[Verdict, Meta(title="施工质量", description="Quality", extra=BAD)]
    site: Annotated[Verdict, Meta(title="场清地净", description="Site left clean", extra=BAD)]
    overall: Annotated[Overall, Meta(title="综合评价", description="Overall evaluation", extra=OVERALL)]


STREET = frozenset({P.inspector, P.grid_chief, P.operator})
OPEN = frozenset({"registered", "pledged", "building", "stopped"})
STEPS = (
    Step("size", "现场核定规模", "judge the size on site", frozenset({"found"}), to="registered", form=Size,
         puts=("kind", "area_m2", "cost_yuan", "planned_from", "planned_to"), day="sized_on", posts=STREET, photos=1, place=True,
         judge=rules.judge_size),
    Step("pledge_owner", "建设单位承诺", "the client's pledge", frozenset({"registered"}), form=Pledge, day="owner_pledged_on",
         posts=STREET, roles=frozenset({R.owner}), photos=1, judge=rules.judge_owners_pledge),
    Step("pledge_builder", "施工单位承诺", "the builder's pledge", frozenset({"registered"}), form=Pledge, day="builder_pledged_on",
         posts=STREET, roles=frozenset({R.maintainer}), photos=1, judge=rules.judge_builders_pledge),
    Step("notice", "现场公示", "public notice on site", frozenset({"pledged"}), day="noticed_on", posts=STREET,
         roles=frozenset({R.owner, R.maintainer}), photos=1, place=True),
    Step("papers", "核验材料", "see the papers", frozenset({"registered", "pledged"}), form=Papers, puts=("papers",),
         posts=STREET, roles=frozenset({R.owner, R.maintainer}), photos=1, judge=rules.judge_papers),
    Step("begin", "开工", "begin", frozenset({"pledged"}), to="building", form=Begin, puts=("planned_to",), day="begun_on",
         posts=STREET, roles=frozenset({R.owner, R.maintainer}), judge=rules.judge_begin),
    Step("check", "施工检查", "check the site", frozenset({"building", "stopped"}), form=Check, day="checked_on", posts=STREET,
         roles=frozenset({R.third_party}), photos=1, place=True, judge=rules.judge_check),
    Step("resume", "同意复工", "let go on", frozenset({"stopped"}), to="building", form=Why, posts=frozenset({P.operator, P.grid_chief}),
         not_by="check"),
    Step("extend", "延期", "extend", frozenset({"building"}), form=Extend, puts=("planned_to",),
         posts=frozenset({P.operator, P.grid_chief}), judge=rules.judge_extension),
    Step("finish", "完工", "finish", frozenset({"building"}), to="finished", day="finished_on", posts=STREET,
         roles=frozenset({R.owner, R.maintainer}), photos=1),
    Step("evaluate", "验收与综合评价", "accept and evaluate", frozenset({"finished"}), to="closed", form=Evaluate, puts=("overall",),
         posts=frozenset({P.operator, P.grid_chief, P.commander}), photos=1, after="finish", within=timedelta(days=15), not_by="finish",
         judge=rules.judge_evaluation),
    Step("drop", "撤销登记", "drop", frozenset({"found", "registered", "pledged"}), to="dropped", form=Why,
         posts=frozenset({P.operator, P.grid_chief})),
)  # fmt: skip
WORKS = Kind(
    "works", "小型工程", "small works", Works,
    states={
        "found": ("待核定", "to be judged"), "registered": ("已登记", "registered"), "pledged": ("已承诺", "pledged"),
        "building": ("施工中", "under way"), "stopped": ("停工整改", "stopped"), "finished": ("待验收", "to be accepted"),
        "closed": ("已闭环", "closed"), "passed_on": ("超限额移交", "passed to the district"), "dropped": ("已撤销", "dropped"),
    },
    ended=frozenset({"closed", "passed_on", "dropped"}), keepers=STREET | {P.handler},
    code_new="XG{day}-{n}", code=re.compile(r"XG\d{8}-[0-9A-Z]{3,6}"), code_of=("XG、8 位日期、短横和 3–6 位数字或大写字母，如 XG20261128-001", "XG, the day in 8 digits, a dash, 3 to 6 digits or capitals, as XG20261128-001"),
    roles=(R.owner, R.maintainer, R.third_party, R.responsible), steps=STEPS,
    called={R.owner: ("建设单位", "Client"), R.maintainer: ("施工单位", "Builder"), R.third_party: ("第三方监管", "Third-party checks")},
)  # fmt: skip
