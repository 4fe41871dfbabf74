"""退单、延期、挂账、作废、申诉: asked by one, decided by another, within limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from world import Play, unit
from yiwang.cases import actions_dispatch, actions_request, store
from yiwang.cases.model import BounceReason, Case, OrderState, Request, Step
from yiwang.cases.model_commands import (
    AskAppeal,
    AskBounce,
    AskExtension,
    AskSuspension,
    AskVoid,
    Assignment,
    DecideRequest,
    DispatchCase,
    ResumeCase,
)


def pending(play: Play, case: Case) -> Request:
    (request,) = [r for r in store.REQUESTS.all(play.tx, case_id=case.id) if r.granted is None]
    return request


def decide(play: Play, case: Case, by: str, *, grant: bool = True) -> Case:
    return actions_request.decide_request(
        play.tx, play.who(by), DecideRequest(case.id, pending(play, case).id, grant, "")
    )


def ask_bounce(play: Play, case: Case, by: str = "cheng.gang") -> Case:
    cmd = AskBounce(case.id, play.order(case, by).id, BounceReason.not_ours, "非本单位职责")
    return actions_request.ask_bounce(play.tx, play.who(by), cmd)


def extend(play: Play, case: Case, by: str = "cheng.gang") -> Case:
    cmd = AskExtension(case.id, play.order(case, by).id, "管线复杂")
    return actions_request.ask_extension(play.tx, play.who(by), cmd)


def suspend(play: Play, case: Case, days: int = 30) -> Case:
    cmd = AskSuspension(case.id, play.order(case, "cheng.gang").id, "等待拆迁", play.tx.now + timedelta(days=days))
    return actions_request.ask_suspension(play.tx, play.who("cheng.gang"), cmd)


def test_a_granted_bounce_goes_back_to_the_dispatcher_and_is_counted(play: Play) -> None:
    case = decide(play, ask_bounce(play, play.dispatched()), "chen.jie")
    assert (case.step, case.bounces, case.lead_unit_id) == (Step.filed, 1, None)
    assert play.orders(case)[0].state is OrderState.bounced
    again = play.dispatch(case, "310101019-huanwei")
    assert again.step is Step.handling and again.due_at == case.due_at


def test_a_refused_bounce_leaves_the_order_where_it_is(play: Play) -> None:
    case = decide(play, ask_bounce(play, play.dispatched()), "chen.jie", grant=False)
    assert (case.step, case.bounces) == (Step.handling, 0)
    assert play.orders(case)[0].state is OrderState.sent


def test_the_handler_does_not_decide_and_nobody_decides_their_own(play: Play) -> None:
    case = ask_bounce(play, play.dispatched())
    with play.refused("network.not_your_post"):
        decide(play, case, "cheng.gang")
    void = actions_request.ask_void(play.tx, play.who("chen.jie"), AskVoid(play.report().id, "误报"))
    with play.refused("network.not_your_post"):
        decide(play, void, "chen.jie")


def test_a_bounce_comes_early_or_not_at_all(play: Play) -> None:
    case = play.dispatched()
    play.wait(hours=2, minutes=1)
    with play.refused("case.bounce_late"):
        ask_bounce(play, case)


def test_after_two_bounces_the_dispatcher_decides_by_force(play: Play) -> None:
    case = play.dispatched()
    for _ in range(2):
        case = play.dispatch(decide(play, ask_bounce(play, case), "chen.jie"))
    with play.refused("case.bounce_limit"):
        ask_bounce(play, case)


def test_a_forced_dispatch_needs_a_reason_and_cannot_be_bounced(play: Play) -> None:
    case = decide(play, ask_bounce(play, play.dispatched()), "chen.jie")
    force = DispatchCase(case.id, Assignment(unit("310101019-chengguan")), forced=True)
    with play.refused("case.reason_missing"):
        actions_dispatch.dispatch_case(play.tx, play.who("chen.jie"), force)
    force = DispatchCase(case.id, Assignment(unit("310101019-chengguan")), forced=True, reason="首接负责")
    case = actions_dispatch.dispatch_case(play.tx, play.who("chen.jie"), force)
    with play.refused("case.bounce_forced"):
        ask_bounce(play, case)


def test_an_assistants_bounce_does_not_stop_the_others(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 1),))
    case = play.finish(play.take(case))
    case = decide(play, ask_bounce(play, case, "meng.dali"), "chen.jie")
    assert case.step is Step.handled


def test_an_assistants_bounce_lets_the_next_turn_go_on(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 1), ("310101019-shizheng", 2)))
    case = play.finish(play.take(case))
    case = decide(play, ask_bounce(play, case, "meng.dali"), "chen.jie")
    assert play.order(case, "kong.jie").state is OrderState.sent


def test_the_leads_bounce_takes_everybody_back(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 1),))
    case = decide(play, ask_bounce(play, case), "chen.jie")
    assert case.step is Step.filed
    assert [o.state for o in play.orders(case)] == [OrderState.bounced, OrderState.recalled]


def test_an_extension_adds_one_limit_at_most_twice(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    due = play.now(case).due_at
    assert due
    for n in (1, 2):
        case = decide(play, extend(play, case), "sun.lan")
        assert (case.extensions, case.due_at) == (n, due + n * timedelta(hours=2))
        assert play.orders(case)[0].due_at == case.due_at
    with play.refused("case.extend_limit"):
        extend(play, case)


def test_it_is_too_late_to_extend_once_overdue(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.wait(hours=3)
    with play.refused("case.extend_late"):
        extend(play, case)


def test_the_same_thing_is_not_asked_twice_at_once(play: Play) -> None:
    case = extend(play, play.take(play.dispatched()))
    with play.refused("case.already_asked"):
        extend(play, case)
    request = pending(play, case)
    decide(play, case, "sun.lan", grant=False)
    with play.refused("case.already_decided"):
        actions_request.decide_request(play.tx, play.who("sun.lan"), DecideRequest(case.id, request.id, True))


def test_a_suspension_stops_the_clocks_and_ends_by_itself(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    due = play.now(case).due_at
    play.wait(minutes=30)
    case = decide(play, suspend(play, case), "sun.lan")
    assert case.suspended_at is not None
    with play.refused("case.suspended"):
        play.finish(case)
    play.wait(days=29)
    assert "limit_passed" not in play.events(case)
    play.wait(days=2)
    case = play.now(case)
    assert case.suspended_at is None and "resumed" in play.events(case)
    assert due and case.due_at == due + timedelta(days=30)


def test_a_suspension_is_granted_once_and_within_a_year_by_a_supervisor(play: Play) -> None:
    case = play.take(play.dispatched())
    for days in (0, 400):
        with play.refused("case.suspend_until"):
            suspend(play, case, days)
    asked = suspend(play, case)
    with play.refused("network.not_your_post"):
        decide(play, asked, "chen.jie")
    case = decide(play, asked, "sun.lan")
    case = actions_request.resume_case(play.tx, play.who("chen.jie"), ResumeCase(case.id))
    assert case.suspended_at is None
    with play.refused("case.suspend_limit"):
        suspend(play, case)
    with play.refused("case.not_suspended"):
        actions_request.resume_case(play.tx, play.who("chen.jie"), ResumeCase(case.id))


@pytest.mark.parametrize("stage", ["report", "filed", "dispatched", "handled"])
def test_a_case_is_made_void_only_by_two_people(play: Play, stage: str) -> None:
    case = getattr(play, stage)()
    with play.refused("case.reason_missing"):
        actions_request.ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, " "))
    case = actions_request.ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, "误报"))
    assert case.step is not Step.void
    case = decide(play, case, "sun.lan")
    assert case.step is Step.void and play.events(case)[-1] == "voided"
    assert play.timers(case) == [] and all(o.state is not OrderState.sent for o in play.orders(case))


def overdue_and_closed(play: Play) -> Case:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.wait(hours=3)
    return play.close(play.verify(play.finish(case)))


def test_an_appeal_needs_two_reviewers_and_keeps_the_facts(play: Play) -> None:
    case = overdue_and_closed(play)
    assert case.overdue_at is not None
    case = actions_request.ask_appeal(play.tx, play.who("cheng.gang"), AskAppeal(case.id, "现场被占用"))
    case = decide(play, case, "chen.jie")
    assert not case.exempt
    with play.refused("case.reviewed_already"):
        decide(play, case, "chen.jie")
    case = decide(play, case, "zhang.min")
    assert case.exempt and case.overdue_at is not None and "limit_passed" in play.events(case)
    with play.refused("case.appeal_once"):
        actions_request.ask_appeal(play.tx, play.who("cheng.gang"), AskAppeal(case.id, "再申诉"))


def test_one_no_ends_an_appeal(play: Play) -> None:
    case = overdue_and_closed(play)
    case = actions_request.ask_appeal(play.tx, play.who("cheng.gang"), AskAppeal(case.id, "现场被占用"))
    case = decide(play, decide(play, case, "chen.jie"), "zhang.min", grant=False)
    assert not case.exempt


def test_what_was_on_time_is_not_appealed(play: Play) -> None:
    with play.refused("case.appeal_nothing"):
        actions_request.ask_appeal(play.tx, play.who("cheng.gang"), AskAppeal(play.closed().id, "x"))


def test_rework_does_not_wake_orders_of_an_earlier_dispatch(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 1),))
    case = play.finish(play.take(case, "meng.dali"), "meng.dali")
    case = decide(play, ask_bounce(play, case), "chen.jie")
    play.wait(minutes=1)
    case = play.finish(play.take(play.dispatch(case)))
    case = play.verify(case, passed=False)
    assert sorted(o.state for o in play.orders(case)) == ["bounced", "done", "taken"]


def test_what_is_said_in_deciding_is_kept_and_bound_by_the_ledger(play: Play):
    from yiwang.cases import actions_talk, queries
    from yiwang.cases.model_commands import UrgeCase
    from yiwang.ledger.queries import list_entries
    from yiwang.network.rules import scope_of

    case = play.take(play.dispatched())
    cmd = AskExtension(case.id, play.order(case, "cheng.gang").id, "等料")
    actions_request.ask_extension(play.tx, play.who("cheng.gang"), cmd)
    request = queries.get_course(play.tx, scope_of(play.who("chen.jie")), case.id).requests[0]
    decided = DecideRequest(case.id, request.id, False, "今天就能送到，不必延期")
    actions_request.decide_request(play.tx, play.who("chen.jie"), decided)
    actions_talk.urge_case(play.tx, play.who("zhang.min"), UrgeCase(case.id, "市民又来电"))
    words = queries.get_course(play.tx, scope_of(play.who("chen.jie")), case.id).words
    bound = [e.body for e in list_entries(play.tx, case.id)][-2:]
    for text, body in zip(("今天就能送到，不必延期", "市民又来电"), bound, strict=True):
        digest = next(d for d, said in words.items() if said == text)
        assert digest in body and text not in body
