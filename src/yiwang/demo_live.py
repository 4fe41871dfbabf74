"""One thing that somebody does in an open case, live: whatever waits for them first, else the ordinary next act, now and
then one of the others. What it does follows from how the case stands in the database, so visitors may act in between."""

from __future__ import annotations

from datetime import time, timedelta
from random import Random
from uuid import UUID

from yiwang.cases import actions_talk
from yiwang.cases.actions_verify import rate_report
from yiwang.cases.model import BounceReason, Channel, OrderState, RequestKind, Step
from yiwang.cases.model_commands import AnswerSupervision, RateReport, ReadComment
from yiwang.cases.queries import Course, get_course
from yiwang.cases.queries_list import Filter, list_cases
from yiwang.cases.rules import BOUNCE_LIMIT
from yiwang.demo_scene import Scene
from yiwang.demo_stage import Finding, Stage
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import PostKind
from yiwang.network.queries_actor import get_actor

P, S = PostKind, Step
JUDGES = {
    RequestKind.bounce: P.dispatcher, RequestKind.extend: P.dispatcher, RequestKind.suspend: P.supervisor,
    RequestKind.void: P.supervisor, RequestKind.appeal: P.operator,
}  # fmt: skip


def act_on(stage: Stage, case_id: UUID, random: Random) -> str:
    """Do one thing; says what, or "" where there was nothing to do. Problem when it is refused."""
    course = get_course(stage.tx, EVERYTHING, case_id)
    scene = _scene(stage, course)
    said = _what_waits(scene, course, random) or _now_and_then(scene, course, random)
    if said:
        return f"{said} {course.case.number}"
    case = stage.go_on(course.case, course.orders)
    return f"{course.case.step.value} → {case.step.value} {case.number}" if case else ""


def _scene(stage: Stage, course: Course) -> Scene:
    """The case as a scene: what was found is read back from it."""
    c = course.case
    it = Finding(
        0, time(), c.channel, "", c.scheme, c.matter_kind, c.matter_code, "", c.place, c.lon or 0.0, c.lat or 0.0,
        "normal", c.description,
    )  # fmt: skip
    scene = Scene(stage, it, c.id)
    scene.case = c
    return scene


def _what_waits(s: Scene, course: Course, random: Random) -> str:
    """A request to be decided, a 督办 to be answered, a message to be read."""
    if pending := next((r for r in course.requests if r.granted is None), None):
        s.decide(JUDGES[pending.kind], grant=random.random() < 0.7)
        return f"decided {pending.kind.value}"
    if told := next((x for x in course.supervisions if x.answered_at is None), None):
        by = s.stage.who(P.handler, told.unit_path) or s.by(P.dispatcher)
        cmd = AnswerSupervision(s.id, told.id, "已安排专人跟进，处置后即报")
        actions_talk.answer_supervision(s.stage.tx, by, cmd)
        return "answered"
    for comment in course.comments:
        unread = [p for p in comment.mentioned if p not in comment.read_by]
        if unread and random.random() < 0.8:
            actions_talk.read_comment(s.stage.tx, get_actor(s.stage.tx, unread[0]), ReadComment(s.id, comment.id))
            return "read"
    return ""


def _now_and_then(s: Scene, course: Course, random: Random) -> str:
    """What happens beside the ordinary course, each with its odds."""
    case, dice = course.case, random.random()
    by_hand = case.channel in (Channel.hotline, Channel.public)
    if case.step is S.reported and by_hand:
        if dice < 0.4 and (into := s.twin()):
            s.merge(into)
            return "merged"
        if dice < 0.12:
            s.check()
            return "sent to check"
        if dice < 0.15:
            s.decline("经核不属网格管理事项，已转相关渠道答复")
            return "declined"
    if case.step is S.handling and case.suspended_at is None:
        return _while_handled(s, course, dice)
    if case.step is S.handled and case.reworks == 0 and dice < 0.08:
        s.fail()
        return "sent back"
    return ""


def _while_handled(s: Scene, course: Course, dice: float) -> str:
    lead = next((o for o in course.orders if o.lead and o.state in (OrderState.sent, OrderState.taken)), None)
    if lead is None or course.case.emergency:
        return ""
    if lead.state is OrderState.sent and not lead.forced and course.case.bounces < BOUNCE_LIMIT and dice < 0.07:
        s.ask_bounce(BounceReason.not_ours, "经查不属本单位管养范围")
        return "asked to bounce"
    if dice < 0.11:
        handler = s.stage.handler_of(lead)
        s.talk(s.by(P.dispatcher), "请抓紧处置，完成后上传照片", *([handler] if handler else []))
        return "commented"
    if dice < 0.14:
        s.urge(P.grid_chief, "请尽快到场")
        return "urged"
    running = course.case.due_at is not None and course.case.due_at > s.stage.tx.now
    if dice < 0.16 and running and not course.requests:
        s.ask_extension("需等待材料，请求延期")
        return "asked for time"
    if dice < 0.17 and not course.supervisions:
        s.supervise("请说明处置进展", 4)
        return "supervised"
    return ""


def rate_something(stage: Stage, random: Random) -> str:
    """A resident says how it went: of the cases closed lately, one that has not been rated; "" when there is none."""
    since = stage.tx.now - timedelta(hours=30)
    rows = list_cases(stage.tx, EVERYTHING, Filter(steps=(S.closed,), since=since), limit=100)
    of_residents = [r.id for r in rows if r.channel == Channel.public and r.id.version == 5]
    for case_id in random.sample(of_residents, min(3, len(of_residents))):
        course = get_course(stage.tx, EVERYTHING, case_id)
        own = next((r for r in course.reports if r.case_id == case_id), None)
        if own is None or own.rated_at is not None or own.told_at is None:
            continue
        solved = random.random() < 0.9
        cmd = RateReport(case_id, own.id, random.choice((4, 5)) if solved else 2, solved)
        rate_report(stage.tx, stage.resident(case_id), cmd)
        return f"rated {course.case.number}"
    return ""
