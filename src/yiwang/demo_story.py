"""The stories of the demonstration day: each course of day.csv as a generator that acts, yields the minutes until its
next act, and acts again. Between two yields everything happens at one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from yiwang.cases import actions_dispatch, actions_emergency, actions_file, actions_request
from yiwang.cases.model import OPEN_STEPS, BounceReason, Step
from yiwang.cases.model_commands import AcceptCase, AddAssist, Assignment, DeclareEmergency, FileCase, ResumeCase
from yiwang.cases.rules_public import OTHER
from yiwang.demo_scene import Scene, Story
from yiwang.demo_stage import STREET, unit
from yiwang.network.model import PostKind

P, S = PostKind, Step
STATIONS = tuple(f"{STREET}-wg{n}" for n in range(1, 6))


def normal(s: Scene) -> Story:
    """The seven steps. Some people take their time; some residents say how it went."""
    s.report()
    slow = s.random.random() < 0.12
    yield from s.to_the_end(2.6 if slow else 1)
    if s.it.channel == "public" and s.case.step is S.closed and s.random.random() < 0.6:
        yield s.random.uniform(20, 120)
        s.rate(s.random.choice((4, 5, 5)), solved=True)


def self_handled(s: Scene) -> Story:
    """自处置: put right on the spot, verified by a second person."""
    s.report()
    yield from s.to_the_end()


def self_handled_badly(s: Scene) -> Story:
    """自处置 that does not pass: it goes to whom the matter belongs."""
    s.report()
    yield s.wait()
    s.fail()
    yield from s.to_the_end()


def checked(s: Scene) -> Story:
    """核实 before it is accepted."""
    s.report(trusted=False)
    yield s.wait()
    s.check()
    yield from s.to_the_end()


def not_found(s: Scene) -> Story:
    """核实: nothing there; declined."""
    s.report(trusted=False)
    yield s.wait()
    s.check()
    yield s.wait()
    s.case = s.stage.answer_check(s.case, found=False) or s.case
    yield s.wait()
    s.decline("现场核实未发现该问题")


def declined(s: Scene) -> Story:
    s.report(trusted=False)
    yield s.wait()
    s.decline("属价格咨询，不在网格事项范围，已转12345答复")


def called_other(s: Scene) -> Story:
    """Reported as 其他: put under its class before it is accepted, or as it is filed."""
    scheme, code = OTHER
    s.report(trusted=False, called=replace(s.it, scheme=scheme, kind="matter", code=code, condition=""))
    if s.it.n % 2:
        yield s.wait()
        s.put_right("按描述归类")
    else:
        yield from s.until(S.accepted)
        yield s.wait()
        s.file_as_it_is()
    yield from s.to_the_end()


def miscalled(s: Scene) -> Story:
    """It filed itself under the wrong class: the unit returns it, its class is put right, and it goes to another."""
    s.report(called=replace(s.it, code="06010", condition=""))
    yield from s.until(S.handling)
    yield 7
    s.ask_bounce(BounceReason.wrong_matter, "现场是占道堆物，不是暴露垃圾")
    yield 9
    s.decide(P.dispatcher, grant=True, text="同意退单，请受理员改类")
    yield 5
    s.put_right("到场照片为装修材料")
    yield from s.to_the_end()


def reworked(s: Scene) -> Story:
    """核查 fails; 返工; passes."""
    s.report()
    yield from s.until(S.handled)
    yield s.wait()
    s.fail()
    yield from s.to_the_end()


def bounced(s: Scene) -> Story:
    """退单: granted and sent elsewhere, refused, or twice granted and then decided by force; in turn."""
    s.report()
    yield from s.until(S.handling)
    for n in range((1, 1, 2)[s.it.n % 3]):
        yield 6
        s.ask_bounce((BounceReason.not_ours, BounceReason.wrong_matter)[n], "经查不属本单位管养范围")
        yield 8
        s.decide(P.dispatcher, s.it.n % 3 != 1, "属你单位职责，请处置" if s.it.n % 3 == 1 else "同意退单")
        yield from s.until(S.handling)
    yield from s.to_the_end()


def forced(s: Scene) -> Story:
    """强制派遣 under 首接负责."""
    s.report(trusted=False)
    yield from s.until(S.filed)
    yield s.wait()
    s.case = s.stage.dispatch(s.case, forced=True)
    yield from s.to_the_end()


def joint(s: Scene) -> Story:
    """联合处置: in parallel, one after another, or with a unit called in later; in turn."""
    s.report(trusted=False)
    yield from s.until(S.filed)
    yield s.wait()
    police, station = unit(f"{STREET}-paichusuo"), unit(STATIONS[s.it.n % 5])
    kind = s.it.n // 2 % 3
    if kind == 0:
        s.case = s.stage.dispatch(
            s.case, unit(f"{STREET}-chengguan"), [Assignment(police, "维持秩序"), Assignment(station, "上门告知")]
        )
    elif kind == 1:
        s.case = s.stage.dispatch(
            s.case, unit(f"{STREET}-chengguan"),
            [Assignment(station, "先行劝导", 1), Assignment(unit(f"{STREET}-fangguan"), "督促整改", 2)],
        )  # fmt: skip
    else:
        s.case = s.stage.dispatch(s.case, unit(f"{STREET}-chengguan"), [Assignment(station, "配合")])
        yield 12
        cmd = AddAssist(s.id, Assignment(police), "现场有争执，请派出所到场")
        s.case = actions_dispatch.add_assist(s.stage.tx, s.by(P.dispatcher), cmd)
    order, handler = s.lead()
    yield 4
    comment = s.talk(s.by(P.dispatcher), f"请{order.unit_name}牵头，到场后在此报进展", handler)
    yield 9
    s.read(handler, comment)
    s.talk(handler, "已到现场，正在处置")
    yield from s.to_the_end(0.7)


def supervised(s: Scene) -> Story:
    """督办: one is answered in time, the other late."""
    s.report()
    yield from s.until(S.handling)
    yield 25
    s.supervise("领导交办事项，请抓紧处置并书面答复", 1 if s.it.n % 2 else 4)
    yield 80
    s.answer("已组织力量到场，预计今日完成")
    yield from s.to_the_end()


def urged(s: Scene) -> Story:
    """催办 twice, a talk, and late in the end."""
    s.report()
    yield from s.until(S.handling)
    yield 70
    s.urge(P.grid_chief, "居民再次反映，请尽快到场")
    yield 60
    _, handler = s.lead()
    comment = s.talk(s.by(P.operator), f"@{handler.name} 何时能到？", handler)
    yield 20
    s.read(handler, comment)
    s.talk(handler, "上一处收尾后即到", s.by(P.operator))
    yield 90
    s.urge(P.operator, "请于两小时内处置完毕")
    yield from s.to_the_end()


def extended(s: Scene) -> Story:
    """延期: asked, refused, asked again, granted."""
    s.report()
    yield from s.until(S.handling)
    yield 12
    s.ask_extension("配件须采购，请求延期")
    yield 15
    s.decide(P.dispatcher, grant=False, text="请先说明采购时间")
    yield 10
    s.ask_extension("配件明日到货，请求延期一次")
    yield 15
    s.decide(P.supervisor, grant=True, text="同意")
    if s.it.n % 2:
        yield from s.to_the_end()


def suspended(s: Scene) -> Story:
    """挂账: until the road is rebuilt; or a few hours, after which it goes on by itself, or is taken up again by hand."""
    s.report()
    yield from s.until(S.handling)
    yield 20
    kind = s.it.course
    s.ask_suspension(
        "待整条路大修一并处置" if kind == "suspend" else "等待雨停后施工", 24 * 20 if kind == "suspend" else 2
    )
    yield 20
    s.decide(P.supervisor, grant=True, text="同意挂账")
    if kind == "suspend_by_hand":
        yield 45
        cmd = ResumeCase(s.id, "提前具备施工条件")
        s.case = actions_request.resume_case(s.stage.tx, s.by(P.dispatcher), cmd)
    elif kind == "suspend_short":
        yield 125
        s.look()
    yield from s.to_the_end()


def voided(s: Scene) -> Story:
    """作废: nobody makes a case disappear alone."""
    s.report(trusted=False)
    yield from s.until(S.accepted)
    yield 6
    s.ask_void("反映人来电称记错门牌，要求撤销")
    yield 30
    s.decide(P.supervisor, grant=True, text="已回访确认")


def not_voided(s: Scene) -> Story:
    s.report(trusted=False)
    yield from s.until(S.filed)
    yield 6
    s.ask_void("疑与前案重复")
    yield 25
    s.decide(P.supervisor, grant=False, text="不是同一处，照常办理")
    yield from s.to_the_end()


def _file_with_deadline(s: Scene, minutes: float) -> None:
    """立案 with the limit that the hotline's platform has set."""
    condition = s.stage.condition_of(s.it)
    due = s.stage.tx.now + timedelta(minutes=minutes)
    cmd = FileCase(s.id, condition, due, note="按12345平台时限")
    s.case = actions_file.file_case(s.stage.tx, s.by(P.operator), cmd)


def late(s: Scene) -> Story:
    """限时交办 by the hotline, overdue, escalated, closed, and an appeal that two reviewers grant (or the first refuses)."""
    s.report(trusted=False)
    yield from s.until(S.accepted)
    yield 5
    _file_with_deadline(s, 80)
    yield from s.until(S.handling)
    yield 30
    s.urge(P.supervisor, "平台限时件，注意时限")
    yield 330
    yield from s.until(S.closed, pace=0.5)
    yield 15
    if not s.appeal("当日该路段交通管制，车辆无法进入，申请不计超时"):
        return
    yield 20
    s.decide(P.dispatcher, grant=True, text="情况属实")
    yield 25
    s.decide(P.operator, grant=s.it.n % 2 == 0, text="复核完毕")


def appealed(s: Scene) -> Story:
    """Appeals where it was late by its own condition's clock; where it was not, there is nothing to appeal."""
    s.report()
    yield from s.until(S.handling)
    yield 200
    yield from s.until(S.closed)
    if s.case.step is S.closed and s.case.overdue_at:
        yield 15
        if s.appeal("店主当场整改，系统上传延误"):
            yield 20
            s.decide(P.dispatcher, grant=False, text="上传时间以系统记录为准")


def reopened(s: Scene) -> Story:
    """办结后 "not solved": reopened once, done again, well rated by nobody any more (a report is rated once)."""
    s.report(trusted=False)
    yield from s.until(S.closed, pace=0.6)
    yield 25
    s.rate(2, solved=False)
    yield from s.to_the_end(0.6)


def duplicate(s: Scene) -> Story:
    """A second report of the same thing: merged, its reporter told all the same. One is taken apart again."""
    s.report(trusted=False)
    yield 5
    into = s.twin()
    if into is not None:
        s.merge(into)
        if s.it.course != "unmerge":
            return
        yield 12
        if s.stage.again(into).step in OPEN_STEPS:
            s.unmerge()
    yield from s.to_the_end()


def emergency(s: Scene) -> Story:
    """夜间爆管 (seed article 000): everybody at once under one commander; the paper follows."""
    s.report()
    if s.case.commander_id:
        commander = s.stage.again(s.id).commander_id
        assert commander is not None  # noqa: S101
        chief = s.by(P.grid_chief)
        yield 3
        comment = s.talk(s.by(P.operator), "已通知自来水、排水、市政、派出所、消防，请现场指挥", chief)
        yield 2
        s.read(chief, comment)
        s.talk(chief, "已到场，先关阀、再抽水、围挡路面")
    while s.case.step is S.handling:
        yield s.random.uniform(3, 8)
        s.look()
        s.case = s.stage.go_on(s.case) or s.case
        if s.case.owed == ("accept", "file") and s.case.step is S.handling and s.random.random() < 0.3:
            s.case = actions_file.accept_late(s.stage.tx, s.by(P.operator), AcceptCase(s.id, "应急补办"))
    yield from s.to_the_end()


def called_by_hand(s: Scene) -> Story:
    """The road sinks beside the burst pipe: the operator on the night desk calls everybody."""
    s.report()
    yield 4
    s.look()
    if s.case.step in (S.reported, S.filed, S.handling):
        units = (unit("310101-shizheng"), unit(f"{STREET}-shizheng"), unit("310101-paishui"))
        cmd = DeclareEmergency(s.id, s.by(P.commander).id, units, 45, "路面空洞有扩大趋势")
        s.case = actions_emergency.declare_emergency(s.stage.tx, s.by(P.operator), cmd)
    while s.case.step is S.handling:
        yield s.random.uniform(4, 12)
        s.look()
        s.case = s.stage.go_on(s.case) or s.case
    yield from s.to_the_end()


def left_at(step: Step, taken: bool = False) -> Callable[[Scene], Story]:
    """Just reported, and quickly on to a step, where it waits."""

    def story(s: Scene) -> Story:
        s.report(trusted=step not in (S.reported, S.checking, S.accepted, S.filed))
        if step is S.checking:
            yield 2
            s.check()
        else:
            yield from s.until(step, pace=0.06)
        if taken:
            yield 1
            s.case = s.stage.go_on(s.case) or s.case

    return story


def left_late(s: Scene) -> Story:
    """Taken in hand, and not done in time."""
    s.report(trusted=False)
    yield from s.until(S.accepted)
    yield 5
    _file_with_deadline(s, 75)
    yield from s.until(S.handling)
    yield 20
    s.case = s.stage.go_on(s.case) or s.case


COURSES: Mapping[str, tuple[Callable[[Scene], Story], float]] = {
    # course: (its story, the hours it needs to come to its end)
    "normal": (normal, 0), "self": (self_handled, 3), "self_badly": (self_handled_badly, 9), "check": (checked, 6), "not_found": (not_found, 3),
    "decline": (declined, 1), "rework": (reworked, 8), "bounce": (bounced, 7), "force": (forced, 6),
    "joint": (joint, 8), "supervise": (supervised, 8), "urge": (urged, 9), "extend": (extended, 6),
    "suspend": (suspended, 3), "suspend_short": (suspended, 8), "suspend_by_hand": (suspended, 8),
    "void": (voided, 3), "no_void": (not_voided, 8), "late": (late, 12), "appeal": (appealed, 11),
    "other": (called_other, 8), "miscalled": (miscalled, 9), "reopen": (reopened, 10), "duplicate": (duplicate, 5),
    "unmerge": (duplicate, 5), "emergency": (emergency, 6),
    "emergency_follow": (called_by_hand, 6),
}  # fmt: skip
COURSE_OF: Mapping[int, str] = {
    5: "miscalled", 6: "check", 13: "suspend_short", 22: "reopen", 37: "suspend_by_hand", 47: "other", 50: "late", 57: "unmerge", 58: "not_found", 60: "other", 64: "force",
    74: "late", 78: "check", 84: "self_badly", 98: "no_void", 106: "reopen",
}  # fmt: skip
"""Rows of day.csv that are ordinary there, and take one of the courses that it does not name."""
LEFT: tuple[tuple[Callable[[Scene], Story], float], ...] = (
    # what is left open at the end, whatever the hour: (story, minutes before the end)
    (left_at(S.reported), 2), (left_at(S.reported), 9), (left_at(S.reported), 43), (left_at(S.checking), 25),
    (left_at(S.checking), 8), (left_at(S.accepted), 12), (left_at(S.accepted), 50), (left_at(S.filed), 16),
    (left_at(S.filed), 47), (left_at(S.handling), 22), (left_at(S.handling, taken=True), 35),
    (left_at(S.handling, taken=True), 58), (left_at(S.handled), 95), (left_at(S.handled), 120),
    (left_at(S.verified), 110), (left_at(S.verified), 150), (left_late, 190), (left_late, 230), (left_late, 420),
)  # fmt: skip
