"""派遣与处置: orders to a lead unit and to assisting ones, taken, bounced and finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from yiwang.cases import actions, actions_clock, rules, rules_clock, rules_doubt, rules_order, store
from yiwang.cases.model import Case, Clock, Order, OrderState, Step
from yiwang.cases.model_commands import AddAssist, Assignment, DispatchCase, FinishOrder, TakeOrder
from yiwang.cases.model_events import AssistAdded, CaseDispatched, OrderFinished, OrderLimit, OrderTaken
from yiwang.city.model_rules import Clock as ClockKind
from yiwang.city.model_rules import Limit
from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_units import Unit
from yiwang.network.queries_units import find_units, get_unit_now


def dispatch_case(tx: Tx, actor: Actor, cmd: DispatchCase) -> Case:
    """派遣. Each unit gets an order of its own, with its own deadline and evidence; the case goes on when all are done.

    `forced` decides a matter that nobody wants (首接负责/属地兜底): it needs a reason and cannot be bounced.
    """
    act = "force_dispatch" if cmd.forced else "dispatch"
    case, move, by = actions.begin(tx, actor, cmd.case_id, act)
    rules.demand_evidence(move, (), cmd.reason)
    parts = (cmd.lead, *cmd.assists)
    rules_order.check_parts(parts)
    units = rules_order.check_units(find_units(tx, [p.unit_id for p in parts]), [p.unit_id for p in parts])
    on_time, clocks = rules_clock.is_step_on_time(case, tx.now), store.lock_clocks(tx, case.id)
    case = actions.enter(
        tx, replace(case, lead_unit_id=cmd.lead.unit_id, dispatched_at=tx.now, handled_at=None), Step.handling
    )
    first = min(p.turn for p in parts)
    orders = [
        add_order(tx, case, part, units[part.unit_id], clocks, lead=i == 0, forced=cmd.forced, now=part.turn == first)
        for i, part in enumerate(parts)
    ]
    record(
        tx, by,
        CaseDispatched(
            case.id, cmd.lead.unit_id, units[cmd.lead.unit_id].name, tuple(p.unit_id for p in cmd.assists),
            tuple(units[p.unit_id].name for p in cmd.assists), tuple(o.order for o in orders), cmd.forced,
            actions.keep_words(tx, case, cmd.reason), on_time, rules_clock.limits(case, orders),
        ),
    )  # fmt: skip
    return store.lock_case(tx, case.id)


def add_order(
    tx: Tx, case: Case, part: Assignment, unit: Unit, clocks: Sequence[Clock], *, lead: bool, forced: bool, now: bool
) -> OrderLimit:
    """One unit's order. Its clock has the whole case's limit, from the moment it is sent."""
    order_id = new_id()
    due = None
    if now:
        due = _start_order_clock(tx, case, clocks, order_id, part.unit_id)
        store.add_notice(tx, case.id, "order", unit=part.unit_id, post=PostKind.handler.value)
    store.add_order(
        tx, case.id, unit.path, id=order_id, unit_id=part.unit_id, lead=lead, turn=part.turn,
        state="sent" if now else "waiting", forced=forced, task=part.task, sent_at=tx.now if now else None, due_at=due,
    )  # fmt: skip
    return OrderLimit(order_id, part.unit_id, unit.path, lead, now, due)


def _start_order_clock(tx: Tx, case: Case, clocks: Sequence[Clock], order_id: UUID, unit_id: UUID) -> datetime | None:
    whole = rules_clock.whole_clock(clocks)
    if whole is None:
        return None
    if whole.fixed:
        why = "随全案期限", "The whole case's deadline"
        return actions_clock.start_fixed(tx, case, whole.due_at, order_id, *why).due_at
    limit = Limit(Decimal(str(whole.limit_value)), ClockKind(whole.limit_clock))
    return actions_clock.start_clock(tx, case, limit, unit_id, order_id).due_at


def add_assist(tx: Tx, actor: Actor, cmd: AddAssist) -> Case:
    """增派协办 while it is being handled."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "add_assist")
    rules.demand_running(case)
    orders = actions.orders_of(tx, case)
    rules_order.check_new_part(orders, cmd.assist)
    unit = get_unit_now(tx, cmd.assist.unit_id)
    clocks = store.lock_clocks(tx, case.id)
    now = rules_order.is_its_turn(orders, cmd.assist.turn)
    order = add_order(tx, case, cmd.assist, unit, clocks, lead=False, forced=False, now=now)
    case = store.put_case(tx, case)
    record(tx, by, AssistAdded(case.id, order.order, unit.id, unit.name, actions.keep_words(tx, case, cmd.reason),
                                rules_clock.limits(case, [order])))  # fmt: skip
    return store.lock_case(tx, case.id)


def take_order(tx: Tx, actor: Actor, cmd: TakeOrder) -> Case:
    """接单: this person has it in hand now."""
    case, order, by = begin_order(tx, actor, cmd.case_id, cmd.order_id, "take", OrderState.sent)
    store.put_order(tx, replace(order, state=OrderState.taken, handler_id=actor.id, taken_at=tx.now))
    case = store.put_case(tx, case)
    record(tx, by, OrderTaken(case.id, order.id, order.unit_name))
    return case


def begin_order(
    tx: Tx, actor: Actor, case_id: UUID, order_id: UUID, act: str, *states: OrderState
) -> tuple[Case, Order, By]:
    """Lock the case and decide whether this person may act on this one order of it, now."""
    case = store.lock_case(tx, case_id)
    actions.demand_sight(actor, case)
    order = actions.find_order(actions.orders_of(tx, case), order_id)
    _, post = rules.decide_move(case, act, actor, [order.unit_path])
    rules.demand_running(case)
    rules_order.demand_state(case, order, act, states)
    return case, order, actor.by(post)


def finish_order(tx: Tx, actor: Actor, cmd: FinishOrder) -> Case:
    """处置完成, with a photo after. When the last order is done the case awaits verification; in serial handling the
    next turn's orders are sent."""
    case, order, by = begin_order(tx, actor, cmd.case_id, cmd.order_id, "finish", OrderState.taken, OrderState.sent)
    rules.demand_evidence(rules.MOVE["finish"], actions.kinds(cmd.photos), cmd.result)
    evidence = actions.attach(tx, case, actor, cmd.photos, order)
    here = None if cmd.lon is None or cmd.lat is None else (cmd.lon, cmd.lat)
    doubts = rules_doubt.doubt_photos(evidence, tx.now, order.sent_at)
    doubts += rules_doubt.doubt_position(actions.distance_to(case, here))
    if actor.id == case.reporter_id:
        doubts += rules_doubt.doubt_haste(case.reported_at, tx.now, own=True)
    order = replace(
        order, state=OrderState.done, handler_id=actor.id, taken_at=order.taken_at or tx.now, done_at=tx.now,
        result=cmd.result, overdue_at=order.overdue_at or rules_order.late_since(order, tx.now),
    )  # fmt: skip
    store.put_order(tx, order)
    store.withdraw_requests(tx, case.id, order.id)
    clocks = store.lock_clocks(tx, case.id)
    actions_clock.stop_clock(tx, case, rules_clock.clock_of(clocks, order.id))
    orders = [order if o.id == order.id else o for o in actions.orders_of(tx, case)]
    last, sent = all(o.state in rules_order.SETTLED for o in orders), list[Order]()
    if last:
        actions_clock.stop_clock(tx, case, rules_clock.whole_clock(clocks))
        late = case.due_at is not None and tx.now > case.due_at
        case = replace(case, handled_at=tx.now, overdue_at=case.due_at if late else case.overdue_at)
        case = actions.enter(tx, case, Step.handled)
    else:
        sent = send_next(tx, case, orders, clocks)
        case = store.put_case(tx, case)
    record(
        tx, by,
        OrderFinished(case.id, order.id, order.unit_name, order.round, actions.keep_words(tx, case, cmd.result),
                      tuple(p.sha256 for p in cmd.photos), order.overdue_at is None, last,
                      doubts, rules_clock.limits(case, map(rules_clock.order_limit, [order, *sent]))),
    )  # fmt: skip
    return case


def send_next(tx: Tx, case: Case, orders: Sequence[Order], clocks: Sequence[Clock]) -> list[Order]:
    """Serial handling: those whose turn has come get their orders now; answers with them."""
    sent = []
    for order in rules_order.next_turn(orders):
        due = _start_order_clock(tx, case, clocks, order.id, order.unit_id)
        sent.append(replace(order, state=OrderState.sent, sent_at=tx.now, due_at=due))
        store.put_order(tx, sent[-1])
        store.add_notice(tx, case.id, "order", unit=order.unit_id, post=PostKind.handler.value)
    return sent


def send_back(tx: Tx, case: Case, orders: Sequence[Order]) -> list[Order]:
    """返工: the same units again, next round; the time between does not count, the time used does. Orders of an earlier
    dispatch (before a bounce or a reopening) rest. Answers with those sent back."""
    clocks, back = store.lock_clocks(tx, case.id), []
    for order in orders:
        if order.state is OrderState.done and rules_order.is_of_this_dispatch(case, order):
            clock = actions_clock.restart_clock(tx, case, rules_clock.clock_of(clocks, order.id))
            back.append(
                replace(
                    order, state=OrderState.taken, done_at=None, round=order.round + 1, result="",
                    due_at=clock.due_at if clock else None,
                )
            )  # fmt: skip
            store.put_order(tx, back[-1])
            store.add_notice(tx, case.id, "rework", unit=order.unit_id, post=PostKind.handler.value)
    return back
