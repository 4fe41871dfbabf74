"""Random histories: whatever people of the demo street may do to a few cases, in any order, at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from world import SPOT, Play, unit
from yiwang.cases import (
    actions_class,
    actions_dispatch,
    actions_emergency,
    actions_file,
    actions_merge,
    actions_request,
    actions_verify,
    store,
)
from yiwang.cases.model import BounceReason, Case, Channel, PhotoKind, Step
from yiwang.cases.model_class import ClassOf, ReclassifyCase
from yiwang.cases.model_commands import (
    AcceptCase,
    AddAssist,
    AnswerCheck,
    AskAppeal,
    AskBounce,
    AskCheck,
    AskExtension,
    AskSuspension,
    AskVoid,
    Assignment,
    DecideRequest,
    DeclareEmergency,
    DeclineCase,
    DispatchCase,
    FileCase,
    MergeCase,
    RateReport,
    ResumeCase,
    UnmergeCase,
)
from yiwang.city.queries_rules import list_conditions
from yiwang.kit.errors import NotFound, Problem

UNITS = {"310101019-chengguan": "cheng.gang", "310101019-huanwei": "meng.dali", "310101019-shizheng": "kong.jie"}
CODES = list(UNITS)
HANDLERS = {unit(code): login for code, login in UNITS.items()} | {unit("310101-xiaofang"): "zou.jun"}
WAITS = (0, 5, 29, 45, 180, 700, 3000, 9000)
"""Minutes: within a step's limit, just after it, after the case's, days."""


@dataclass
class History:
    """A play in which numbers decide who does what; what is refused has not happened."""

    play: Play
    cases: list[Case] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def go(self, number: int) -> None:
        number, wait = divmod(number, len(WAITS) * 2)
        if wait < len(WAITS):
            self.play.wait(minutes=WAITS[wait])
        number, which = divmod(number, 5)
        if which >= len(self.cases) or not self.cases:
            return self.report(number)
        case = self.play.now(self.cases[which])
        acts = [*ACTS.get(case.step, ()), *ANY]
        act = acts[number % len(acts)]
        try:
            with self.play.tx.savepoint():
                act(self.play, case, number // len(acts))
        except Problem:
            return None
        self.done.append(act.__name__)
        return None

    def report(self, n: int) -> None:
        play = self.play
        how = n % 5
        if how in (0, 1):
            photos = (play.photo("wang.lei", PhotoKind.near),)
            spot = how == 1 and n % 2
            if spot:
                photos = (*photos, play.photo("wang.lei", PhotoKind.handled))
            case = play.report(
                "wang.lei",
                channel=Channel.patrol,
                condition_id=play.condition(),
                photos=photos,
                self_handled=bool(spot),
            )
        else:
            channel = (Channel.hotline, Channel.public, Channel.patrol)[how - 2]
            case = play.report("zhang.min", channel=channel, emergency=n % 11 == 7)
        self.cases.append(case)
        self.done.append("report")


def accept(play: Play, case: Case, n: int) -> None:
    actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(case.id))


def decline(play: Play, case: Case, n: int) -> None:
    actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "不属于"))


def ask_check(play: Play, case: Case, n: int) -> None:
    who = ("wang.lei", "liu.hang")[n % 2]
    actions_file.ask_check(play.tx, play.who("zhang.min"), AskCheck(case.id, play.who(who).id))


def answer_check(play: Play, case: Case, n: int) -> None:
    login = next(who for who in ("wang.lei", "liu.hang") if play.who(who).id == case.checker_id)
    photo = play.photo(login, PhotoKind.check)
    actions_file.answer_check(play.tx, play.who(login), AnswerCheck(case.id, n % 2 == 0, "看了", *SPOT, (photo,)))


def condition_of(play: Play, case: Case | ClassOf, n: int) -> UUID | None:
    """One of those that fit its class, where there are any."""
    found = list_conditions(play.tx, case.scheme, case.matter_code, case.matter_kind)
    return found[n % len(found)].id if found else None


def file(play: Play, case: Case, n: int) -> None:
    condition = None if n % 6 == 5 else condition_of(play, case, n)
    cmd = FileCase(case.id, condition, open_ended=condition is None)
    actions_file.file_case(play.tx, play.who("li.qing"), cmd)


def reclassify(play: Play, case: Case, n: int) -> None:
    to = ClassOf("matter", ("06010", "06013", "06027", "01001")[n % 4])
    condition = condition_of(play, to, n // 4)
    cmd = ReclassifyCase(case.id, to, condition, condition is None)
    actions_class.reclassify_case(play.tx, play.who("li.qing"), cmd)


def dispatch(play: Play, case: Case, n: int) -> None:
    lead, others = CODES[n % 3], [c for c in CODES if c != CODES[n % 3]]
    assists = tuple(Assignment(unit(c), turn=1 + (n // 3 + i) % 2) for i, c in enumerate(others[: n % 3]))
    forced = n % 7 == 6
    cmd = DispatchCase(case.id, Assignment(unit(lead)), assists, forced=forced, reason="首接负责" if forced else "")
    actions_dispatch.dispatch_case(play.tx, play.who("chen.jie"), cmd)


def add_assist(play: Play, case: Case, n: int) -> None:
    cmd = AddAssist(case.id, Assignment(unit(CODES[n % 3]), turn=1 + n % 2))
    actions_dispatch.add_assist(play.tx, play.who("chen.jie"), cmd)


def _handler(play: Play, case: Case, n: int) -> str:
    """Whose order it is: one that is open if there is one."""
    orders = play.orders(case)
    orders = [o for o in orders if o.state in ("sent", "taken")] or orders
    if not orders:
        raise NotFound("test.no_order", "没有处置单", "There is no order")
    return HANDLERS[orders[n % len(orders)].unit_id]


def take(play: Play, case: Case, n: int) -> None:
    play.take(case, _handler(play, case, n))


def finish(play: Play, case: Case, n: int) -> None:
    play.finish(case, _handler(play, case, n))


def ask_bounce(play: Play, case: Case, n: int) -> None:
    by = _handler(play, case, n)
    cmd = AskBounce(case.id, play.order(case, by).id, BounceReason.not_ours, "非本单位职责")
    actions_request.ask_bounce(play.tx, play.who(by), cmd)


def ask_extension(play: Play, case: Case, n: int) -> None:
    by = _handler(play, case, n)
    actions_request.ask_extension(play.tx, play.who(by), AskExtension(case.id, play.order(case, by).id, "复杂"))


def ask_suspension(play: Play, case: Case, n: int) -> None:
    by = _handler(play, case, n)
    until = play.tx.now + timedelta(days=1 + n % 20)
    actions_request.ask_suspension(play.tx, play.who(by), AskSuspension(case.id, play.order(case, by).id, "等", until))


def ask_void(play: Play, case: Case, n: int) -> None:
    actions_request.ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, "误报"))


def ask_appeal(play: Play, case: Case, n: int) -> None:
    by = _handler(play, case, n)
    actions_request.ask_appeal(play.tx, play.who(by), AskAppeal(case.id, "雨天"))


def decide(play: Play, case: Case, n: int) -> None:
    pending = [r for r in store.REQUESTS.all(play.tx, case_id=case.id) if r.granted is None]
    request = pending[n % len(pending)] if pending else None
    if request is not None:
        who = {"bounce": ("chen.jie",), "appeal": ("chen.jie", "li.qing", "sun.lan")}.get(request.kind, ("sun.lan",))
        cmd = DecideRequest(case.id, request.id, n % 4 != 3, "")
        actions_request.decide_request(play.tx, play.who(who[n % len(who)]), cmd)


def resume(play: Play, case: Case, n: int) -> None:
    actions_request.resume_case(play.tx, play.who("sun.lan"), ResumeCase(case.id))


def verify(play: Play, case: Case, n: int) -> None:
    play.verify(case, ("liu.hang", "gu.yan")[n % 2], passed=n % 3 != 2)


def close(play: Play, case: Case, n: int) -> None:
    play.close(case, ("zhang.min", "li.qing")[n % 2])


def rate(play: Play, case: Case, n: int) -> None:
    reporter = "wang.lei" if case.reporter_id == play.who("wang.lei").id else "zhang.min"
    cmd = RateReport(case.id, case.id, 1 + n % 5, n % 2 == 0)
    actions_verify.rate_report(play.tx, play.who(reporter), cmd)


def merge(play: Play, case: Case, n: int) -> None:
    others = list(play.tx.conn.execute("select id from cases.case where id <> %s order by id", [case.id]))
    if others:
        actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(case.id, others[n % len(others)][0]))


def unmerge(play: Play, case: Case, n: int) -> None:
    actions_merge.unmerge_case(play.tx, play.who("zhang.min"), UnmergeCase(case.id, "不是一回事"))


def emergency(play: Play, case: Case, n: int) -> None:
    units = (unit(CODES[n % 3]), unit("310101-xiaofang"))[: 1 + n % 2]
    cmd = DeclareEmergency(case.id, play.who("he.ping").id, units, 30, "爆管")
    actions_emergency.declare_emergency(play.tx, play.who("he.ping"), cmd)


def make_good(play: Play, case: Case, n: int) -> None:
    if "accept" in case.owed:
        actions_file.accept_late(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    else:
        condition = condition_of(play, case, n)
        cmd = FileCase(case.id, condition, open_ended=condition is None)
        actions_file.file_late(play.tx, play.who("zhang.min"), cmd)


Act = Callable[[Play, Case, int], None]
S = Step
HANDLING: tuple[Act, ...] = (
    take, finish, finish, ask_bounce, ask_extension, ask_suspension, decide, decide, resume, add_assist, emergency, make_good,
)  # fmt: skip
ACTS: dict[Step, tuple[Act, ...]] = {
    S.reported: (accept, accept, accept, reclassify, decline, ask_check, merge, emergency),
    S.checking: (answer_check, answer_check, accept, merge, emergency),
    S.accepted: (file, file, file, file, reclassify, merge, emergency),
    S.filed: (dispatch, dispatch, dispatch, dispatch, reclassify, reclassify, merge, emergency),
    S.handling: HANDLING,
    S.handled: (verify, verify, verify, make_good),
    S.verified: (close, close, make_good),
    S.closed: (rate, ask_appeal, decide),
    S.merged: (unmerge,),
}
ANY: tuple[Act, ...] = (decide, ask_void)
