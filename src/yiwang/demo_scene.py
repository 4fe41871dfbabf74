"""One case on the demonstration's stage, with all that may be done to it beside the ordinary course."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from uuid import UUID

from yiwang.cases import actions_class, actions_file, actions_merge, actions_request, actions_talk, actions_verify
from yiwang.cases.actions import orders_of
from yiwang.cases.model import OPEN_STEPS, BounceReason, Case, Order, OrderState, Step
from yiwang.cases.model_class import ClassOf, ReclassifyCase
from yiwang.cases.model_commands import (
    AnswerSupervision,
    AskAppeal,
    AskBounce,
    AskCheck,
    AskExtension,
    AskSuspension,
    AskVoid,
    CommentCase,
    DecideRequest,
    DeclineCase,
    FileCase,
    MergeCase,
    RateReport,
    ReadComment,
    SuperviseCase,
    UnmergeCase,
    UrgeCase,
)
from yiwang.cases.queries import find_duplicates, get_course
from yiwang.demo_photos import dice
from yiwang.demo_stage import Finding, Stage
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import Actor, PostKind

Story = Generator[float, None, None]
"""Yields minutes until it goes on."""
P, S = PostKind, Step
PACE: dict[Step, tuple[float, float]] = {
    S.reported: (2, 16), S.checking: (14, 40), S.accepted: (2, 12), S.filed: (2, 14), S.handling: (8, 55),
    S.handled: (15, 70), S.verified: (4, 40),
}  # fmt: skip
"""Minutes that a case ordinarily waits in each step (in handling: for each act)."""


class Scene:
    """One case on the stage, with all that may be done to it beside the ordinary course."""

    def __init__(self, stage: Stage, it: Finding, case_id: UUID) -> None:
        self.stage, self.it, self.id, self.random = stage, it, case_id, dice(case_id.int)
        self.case: Case

    def report(self, *, trusted: bool = True, called: Finding | None = None) -> None:
        """`called`: as whoever reports it calls it, where that is not what it is."""
        self.case = self.stage.report(called or self.it, self.id, trusted=trusted)

    def wait(self, pace: float = 1) -> float:
        return self.random.uniform(*PACE.get(self.case.step, (5, 20))) * pace

    def until(self, *steps: Step, pace: float = 1) -> Story:
        """The ordinary course until one of these steps (or until nothing more can be done)."""
        while self.case.step not in steps:
            yield self.wait(pace)
            if (case := self.stage.go_on(self.case)) is None:
                return
            self.case = case

    def to_the_end(self, pace: float = 1) -> Story:
        yield from self.until(*(s for s in S if s not in OPEN_STEPS), pace=pace)

    def look(self) -> None:
        self.case = self.stage.again(self.id)

    def orders(self) -> list[Order]:
        return orders_of(self.stage.tx, self.case)

    def lead(self) -> tuple[Order, Actor]:
        order = next(o for o in self.orders() if o.lead and o.state in (OrderState.sent, OrderState.taken))
        handler = self.stage.handler_of(order)
        if handler is None:
            raise LookupError(f"no handler in {order.unit_name}")
        return order, handler

    def by(self, post: PostKind, *apart: UUID) -> Actor:
        return self.stage.must(post, self.case, apart)

    # ── what is asked by one and decided by another ──

    def ask_bounce(self, reason: BounceReason, text: str) -> None:
        order, handler = self.lead()
        self.case = actions_request.ask_bounce(self.stage.tx, handler, AskBounce(self.id, order.id, reason, text))

    def ask_extension(self, text: str) -> None:
        order, handler = self.lead()
        self.case = actions_request.ask_extension(self.stage.tx, handler, AskExtension(self.id, order.id, text))

    def ask_suspension(self, text: str, hours: float) -> None:
        order, handler = self.lead()
        until = self.stage.tx.now + timedelta(hours=hours)
        cmd = AskSuspension(self.id, order.id, text, until)
        self.case = actions_request.ask_suspension(self.stage.tx, handler, cmd)

    def ask_void(self, text: str) -> None:
        self.case = actions_request.ask_void(self.stage.tx, self.by(P.operator), AskVoid(self.id, text))

    def decide(self, post: PostKind, grant: bool, text: str = "") -> None:
        request = next(r for r in get_course(self.stage.tx, EVERYTHING, self.id).requests if r.granted is None)
        judge = self.by(post, request.asked_by, *request.approvals)
        cmd = DecideRequest(self.id, request.id, grant, text)
        self.case = actions_request.decide_request(self.stage.tx, judge, cmd)

    def appeal(self, text: str) -> bool:
        """申诉 by whoever led; False where there is nobody to do it."""
        lead = next((o for o in self.orders() if o.lead and o.state is OrderState.done), None)
        handler = self.stage.handler_of(lead) if lead else None
        if handler is None:
            return False
        self.case = actions_request.ask_appeal(self.stage.tx, handler, AskAppeal(self.id, text))
        return True

    # ── words ──

    def urge(self, post: PostKind, text: str) -> None:
        self.case = actions_talk.urge_case(self.stage.tx, self.by(post), UrgeCase(self.id, text))

    def talk(self, by: Actor, text: str, *to: Actor) -> UUID:
        comment = named_id(f"demo:comment:{self.id}:{self.stage.tx.now.isoformat()}")
        cmd = CommentCase(self.id, comment, text, tuple(a.id for a in to))
        self.case = actions_talk.comment_case(self.stage.tx, by, cmd)
        return comment

    def read(self, by: Actor, comment: UUID) -> None:
        self.case = actions_talk.read_comment(self.stage.tx, by, ReadComment(self.id, comment))

    def supervise(self, text: str, hours: int) -> None:
        cmd = SuperviseCase(self.id, self.case.lead_unit_id or self.case.area_id, text, hours)
        self.case = actions_talk.supervise_case(self.stage.tx, self.by(P.supervisor), cmd)

    def answer(self, text: str) -> None:
        waiting = [s for s in get_course(self.stage.tx, EVERYTHING, self.id).supervisions if s.answered_at is None]
        handler = self.stage.who(P.handler, waiting[0].unit_path) or self.by(P.dispatcher)
        cmd = AnswerSupervision(self.id, waiting[0].id, text)
        self.case = actions_talk.answer_supervision(self.stage.tx, handler, cmd)

    # ── the rest ──

    def decline(self, reason: str) -> None:
        by, cmd = self.by(P.operator), DeclineCase(self.id, reason)
        self.case = actions_file.decline_case(self.stage.tx, by, cmd)

    def check(self) -> None:
        """核实派发 to whoever is on duty in that grid."""
        cmd = AskCheck(self.id, self.stage.field_worker(self.case, ()).id)
        self.case = actions_file.ask_check(self.stage.tx, self.by(P.operator), cmd)

    def put_right(self, reason: str) -> None:
        """改类: under the class that it belongs to."""
        filed = self.case.step is S.filed
        condition = self.stage.condition_of(self.it)
        cmd = ReclassifyCase(self.id, self.what(), condition if filed else None, filed and not condition, reason)
        self.case = actions_class.reclassify_case(self.stage.tx, self.by(P.operator), cmd)

    def file_as_it_is(self) -> None:
        """立案 under the class that it belongs to, whatever it was reported as."""
        condition = self.stage.condition_of(self.it)
        cmd = FileCase(self.id, condition, open_ended=condition is None, to=self.what())
        self.case = actions_file.file_case(self.stage.tx, self.by(P.operator), cmd)

    def what(self) -> ClassOf:
        """What it is."""
        return ClassOf("component" if self.it.kind == "component" else "matter", self.it.code, self.it.scheme)

    def fail(self) -> None:
        self.case = self.stage.verify(self.case, passed=False)

    def rate(self, rating: int, *, solved: bool) -> None:
        by = self.stage.resident(self.id)
        cmd = RateReport(self.id, self.id, rating, solved)
        self.case = actions_verify.rate_report(self.stage.tx, by, cmd)

    def twin(self) -> UUID | None:
        """Another open case of the same matter near by."""
        it, since = self.it, self.stage.tx.now - timedelta(hours=24)
        near = find_duplicates(
            self.stage.tx, EVERYTHING, scheme=it.scheme, matter_code=it.code, lon=it.lon, lat=it.lat, since=since,
            metres=50,
        )  # fmt: skip
        return next((c.id for c in near if c.id != self.id), None)

    def merge(self, into: UUID) -> None:
        cmd = MergeCase(self.id, into, "同一地点、同一问题")
        self.case = actions_merge.merge_case(self.stage.tx, self.by(P.operator), cmd)

    def unmerge(self) -> None:
        cmd = UnmergeCase(self.id, "复看照片，是相邻的另一处")
        self.case = actions_merge.unmerge_case(self.stage.tx, self.by(P.dispatcher), cmd)
