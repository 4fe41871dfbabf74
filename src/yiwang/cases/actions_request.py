"""退单、延期、挂账、作废、申诉: asked by one, decided by another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from yiwang.cases import (
    actions,
    actions_clock,
    actions_dispatch,
    actions_fire,
    rules,
    rules_clock,
    rules_order,
    rules_request,
    store,
    store_fire,
)
from yiwang.cases.model import Case, Clock, Order, OrderState, Request, RequestKind, Step
from yiwang.cases.model_commands import (
    AskAppeal,
    AskBounce,
    AskExtension,
    AskSuspension,
    AskVoid,
    DecideRequest,
    ResumeCase,
)
from yiwang.cases.model_events import CaseVoided, OrderLimit
from yiwang.cases.model_events_around import CaseResumed, RequestAsked, RequestDecided
from yiwang.cases.queries_clock import find_share_used
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.kit.timers import Timer
from yiwang.ledger.actions import record, record_many
from yiwang.ledger.model import By
from yiwang.network.model import Actor, PostKind, system

RESUME = "case.resume"
SENT_OR_TAKEN = (OrderState.sent, OrderState.taken)


def ask_bounce(tx: Tx, actor: Actor, cmd: AskBounce) -> Case:
    """申请退单 with a reason code, early and not too often; a dispatcher decides (MISSION C6)."""
    case, order, by = actions_dispatch.begin_order(tx, actor, cmd.case_id, cmd.order_id, "ask_bounce", *SENT_OR_TAKEN)
    clock = rules_clock.clock_of(store.lock_clocks(tx, case.id), order.id)
    until = find_share_used(tx, clock, rules.BOUNCE_SHARE) if clock else None
    rules_request.demand_may_bounce(case, order, until, tx.now)
    _ask(tx, by, actor, case, RequestKind.bounce, order=order, reason=cmd.reason.value, text=cmd.text)
    return store.put_case(tx, case)


def ask_extension(tx: Tx, actor: Actor, cmd: AskExtension) -> Case:
    """申请延期 by one more limit: before it is overdue, at most twice."""
    case, order, by = actions_dispatch.begin_order(tx, actor, cmd.case_id, cmd.order_id, "ask_extend", *SENT_OR_TAKEN)
    rules_request.demand_may_extend(case, order, tx.now)
    _ask(tx, by, actor, case, RequestKind.extend, order=order, text=cmd.text)
    return store.put_case(tx, case)


def ask_suspension(tx: Tx, actor: Actor, cmd: AskSuspension) -> Case:
    """申请挂账 until a day within a year, once; all the case's clocks will stand still."""
    case, order, by = actions_dispatch.begin_order(tx, actor, cmd.case_id, cmd.order_id, "ask_suspend", *SENT_OR_TAKEN)
    rules_request.demand_may_suspend(case, cmd.until, tx.now)
    _ask(tx, by, actor, case, RequestKind.suspend, order=order, text=cmd.text, until=cmd.until)
    return store.put_case(tx, case)


def ask_void(tx: Tx, actor: Actor, cmd: AskVoid) -> Case:
    """申请作废: nobody can make a case disappear alone, and even void it stays in the ledger."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "ask_void")
    rules.demand_evidence(move, (), cmd.text)
    _ask(tx, by, actor, case, RequestKind.void, text=cmd.text)
    return store.put_case(tx, case)


def ask_appeal(tx: Tx, actor: Actor, cmd: AskAppeal) -> Case:
    """申诉 against a lateness, once for a closed case; two reviewers must both agree, the raw facts are kept."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "ask_appeal")
    rules.demand_evidence(move, (), cmd.text)
    rules_request.demand_may_appeal(case, store.REQUESTS.all(tx, case_id=case.id))
    _ask(tx, by, actor, case, RequestKind.appeal, text=cmd.text, needed=2)
    return store.put_case(tx, case)


def _ask(
    tx: Tx, by: By, actor: Actor, case: Case, kind: RequestKind, *, text: str, order: Order | None = None,
    reason: str = "", until: datetime | None = None, needed: int = 1,
) -> None:  # fmt: skip
    request_id, order_id = new_id(), order.id if order else None
    rules_request.demand_nothing_pending(case, store.REQUESTS.all(tx, case_id=case.id), kind, order_id)
    store.ADD_REQUEST.run(
        tx, case_id=case.id, id=request_id, order_id=order_id, kind=kind.value, reason=reason, text=text, until=until,
        asked_by=actor.id, asked_at=tx.now, needed=needed,
    )  # fmt: skip
    store.add_notice(tx, case.id, f"asked.{kind.value}", unit=case.area_id, post=PostKind.dispatcher.value)
    record(tx, by, RequestAsked(case.id, request_id, kind.value, order_id, reason, actions.digest(text), until))


def decide_request(tx: Tx, actor: Actor, cmd: DecideRequest) -> Case:
    """审批, always by somebody else than who asked; an appeal by two who are not each other either."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    request = rules_request.find_pending(case, store.REQUESTS.all(tx, case_id=case.id), cmd.request_id)
    _, post = rules.decide_move(case, f"decide_{request.kind.value}", actor)
    rules_request.demand_other_person(actor, request)
    if cmd.grant and request.kind in rules_request.OF_ORDERS:
        rules.demand_running(case)
    approvals = (*request.approvals, actor.id) if cmd.grant else request.approvals
    final = not cmd.grant or len(approvals) >= request.needed
    granted = cmd.grant if final else None
    store.PUT_REQUEST.later(
        tx, case_id=case.id, id=request.id, approvals=list(approvals), granted=granted,
        decided_at=tx.now if final else None,
    )  # fmt: skip
    store.add_notice(tx, case.id, f"decided.{request.kind.value}", person=request.asked_by)
    if granted:
        case = _GRANT[request.kind](tx, case, request)
    case = store.put_case(tx, case)
    orders = actions.orders_of(tx, case)
    order = next((o for o in orders if o.id == request.order_id), None)
    due = order.due_at if order else case.due_at
    by, running = actor.by(post), [rules_clock.order_limit(o) for o in orders if o.state in rules_order.OPEN]
    record(
        tx, by,
        RequestDecided(case.id, request.id, request.kind.value, request.order_id, cmd.grant, final, due,
                       rules_clock.limits(case, running), actions.keep_words(tx, case, cmd.text)),
    )  # fmt: skip
    if granted and request.kind is RequestKind.void:
        record(tx, by, CaseVoided(case.id, len(store.tell_reporters(tx, case.id, "void"))))
    return case


def _grant_bounce(tx: Tx, case: Case, request: Request) -> Case:
    """Back to the dispatcher: the lead's bounce takes the whole case back, an assistant's only its own part."""
    orders = actions.orders_of(tx, case)
    order = actions.find_order(orders, request.order_id) if request.order_id else orders[0]
    clocks = store.lock_clocks(tx, case.id)
    actions_clock.stop_clock(tx, case, rules_clock.clock_of(clocks, order.id))
    store.put_order(tx, replace(order, state=OrderState.bounced))
    case = replace(case, bounces=case.bounces + 1)
    if order.lead:
        actions.end_orders(tx, case, [o for o in orders if o.id != order.id])
        store.withdraw_requests(tx, case.id)
        case = rules_clock.enter(replace(case, lead_unit_id=None), Step.filed, tx.now)
        actions_clock.arm_step(tx, case)
        return case
    store.withdraw_requests(tx, case.id, order.id)
    return _go_on_without(tx, case, [o for o in orders if o.id != order.id], clocks)


def _go_on_without(tx: Tx, case: Case, others: list[Order], clocks: list[Clock]) -> Case:
    """An assistant has left: perhaps it was the last one waited for, or the one whose turn held up others."""
    if all(o.state in (OrderState.done, OrderState.bounced, OrderState.recalled) for o in others):
        actions_clock.stop_clock(tx, case, rules_clock.whole_clock(clocks))
        case = rules_clock.enter(replace(case, handled_at=tx.now), Step.handled, tx.now)
        actions_clock.arm_step(tx, case)
        return case
    actions_dispatch.send_next(tx, case, others, clocks)
    return case


def _grant_extension(tx: Tx, case: Case, request: Request) -> Case:
    """One more limit for the order, and for the whole case when the lead asked."""
    clocks = store.lock_clocks(tx, case.id)
    order = actions.find_order(actions.orders_of(tx, case), request.order_id) if request.order_id else None
    if order is None:
        return case
    case = replace(case, extensions=case.extensions + 1)
    clock = rules_clock.clock_of(clocks, order.id)
    if clock is not None:
        clock = actions_clock.rework_deadline(tx, case, replace(clock, extensions=clock.extensions + 1))
        store.put_order(tx, replace(order, due_at=clock.due_at, overdue_at=clock.overdue_at))
    whole = rules_clock.whole_clock(clocks)
    if order.lead and whole is not None:
        whole = actions_clock.rework_deadline(tx, case, replace(whole, extensions=whole.extensions + 1))
        case = replace(case, due_at=whole.due_at, overdue_at=whole.overdue_at)
    return case


def _grant_suspension(tx: Tx, case: Case, request: Request) -> Case:
    """挂账: every running clock stands still until the day given, then all go on by themselves."""
    for clock in store.lock_clocks(tx, case.id):
        if clock.stopped_at is None:
            store.put_clock(tx, rules_clock.paused(clock, tx.now))
            timers.drop_timers(tx, case.id, str(clock.id))
    assert request.until is not None  # noqa: S101
    timers.set_timer(tx, RESUME, case.id, "resume", request.until)
    return replace(case, suspended_at=tx.now, suspensions=case.suspensions + 1)


def _grant_void(tx: Tx, case: Case, request: Request) -> Case:
    actions.end_orders(tx, case, actions.orders_of(tx, case))
    store.withdraw_requests(tx, case.id)
    actions_clock.stop_clock(tx, case, rules_clock.whole_clock(store.lock_clocks(tx, case.id)))
    timers.drop_timers(tx, case.id)
    return rules_clock.enter(replace(case, suspended_at=None), Step.void, tx.now)


def _grant_appeal(tx: Tx, case: Case, request: Request) -> Case:
    """The lateness counts as excused; `overdue_at` and every entry stay as they are (超时豁免, indicators.csv)."""
    return replace(case, exempt=True)


_GRANT: dict[RequestKind, Callable[[Tx, Case, Request], Case]] = {
    RequestKind.bounce: _grant_bounce,
    RequestKind.extend: _grant_extension,
    RequestKind.suspend: _grant_suspension,
    RequestKind.void: _grant_void,
    RequestKind.appeal: _grant_appeal,
}


def resume_case(tx: Tx, actor: Actor, cmd: ResumeCase) -> Case:
    """恢复 a suspended case before its day."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "resume")
    rules_request.demand_suspended(case)
    timers.drop_timers(tx, case.id, "resume")
    return _resume(tx, by, [case], automatic=False, words=actions.keep_words(tx, case, cmd.text))[0]


def fire_resumes(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """挂账到期: the cases go on by themselves. A `kit.timers.Handler`."""
    cases, taken = actions_fire.begin(tx, due, store_fire.lock_cases_if_free)
    suspended = [c for t in taken if (c := cases[t.subject_id]).suspended_at is not None]
    _resume(tx, system("deadlines").by(None), suspended, automatic=True)
    return taken


def _resume(tx: Tx, by: By, suspended: Sequence[Case], *, automatic: bool, words: str = "") -> list[Case]:
    """Every clock that stood still runs again, with a new deadline."""
    if not suspended:
        return []
    cases = {c.id: replace(c, suspended_at=None, version=c.version + 1) for c in suspended}
    found = store_fire.CLOCKS_OF.all(tx, ids=list(cases))
    paused = [c for c in found if c.stopped_at is None and rules_clock.is_paused(c)]
    clocks = [actions_clock.reworked(tx, rules_clock.unpaused(c, tx.now)) for c in paused]
    for clock in clocks:
        if clock.order_id is None:
            cases[clock.case_id] = replace(cases[clock.case_id], due_at=clock.due_at)
    due = {c.order_id: c.due_at for c in clocks}
    orders = [replace(o, due_at=due.get(o.id, o.due_at)) for o in store_fire.ORDERS_OF.all(tx, ids=list(cases))]
    store_fire.put_resumed(tx, list(cases.values()), clocks)
    speaking = [(c, actions_clock.speaks_at(tx, cases[c.case_id], c)) for c in clocks]
    timers.set_timers(tx, [Timer(c.case_id, actions_clock.CLOCK, str(c.id), at, {}, 0) for c, at in speaking if at])
    running = defaultdict[UUID, list[OrderLimit]](list)
    for order in orders:
        if order.state in rules_order.OPEN:
            running[order.case_id].append(rules_clock.order_limit(order))
    events = [
        CaseResumed(c.id, c.due_at, automatic, rules_clock.limits(c, running[c.id]), words) for c in cases.values()
    ]
    record_many(tx, by, events)
    return list(cases.values())
