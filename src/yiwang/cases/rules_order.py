"""Orders: whose turn it is, what may be done with one, when one is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Case, Order, OrderState
from yiwang.cases.model_commands import Assignment
from yiwang.cases.rules import MOVE, now_stands
from yiwang.kit.errors import Invalid, Refused
from yiwang.network.model_units import Unit

SETTLED = (OrderState.done, OrderState.bounced, OrderState.recalled)
OPEN = (OrderState.waiting, OrderState.sent, OrderState.taken)


def check_parts(parts: Sequence[Assignment]) -> None:
    """Each unit has one part only."""
    if len({p.unit_id for p in parts}) < len(parts):
        raise Invalid("case.unit_twice", "同一单位不能派两张单", "A unit cannot have two orders in one case")


def check_units(units: Sequence[Unit], wanted: Sequence[UUID]) -> dict[UUID, Unit]:
    """The units by id; Invalid when one does not exist, or has been merged into another."""
    known = {u.id: u for u in units}
    if missing := [str(u) for u in wanted if u not in known]:
        raise Invalid(
            "case.unit_unknown", "没有这个单位，或已并入其他单位", "No such unit, or it has been merged", units=missing
        )
    return known


def check_new_part(orders: Sequence[Order], part: Assignment) -> None:
    if any(o.unit_id == part.unit_id and o.state in OPEN for o in orders):
        raise Invalid("case.unit_twice", "该单位已在办理本案", "This unit is already at work on this case")


def is_its_turn(orders: Sequence[Order], turn: int) -> bool:
    """Serial handling: nothing with a lower turn is still open."""
    return all(o.turn >= turn for o in orders if o.state in OPEN)


def next_turn(orders: Sequence[Order]) -> list[Order]:
    """The waiting orders whose turn has come now."""
    waiting = [o for o in orders if o.state is OrderState.waiting]
    return [o for o in waiting if is_its_turn(orders, o.turn)]


def demand_state(case: Case, order: Order, act: str, states: Sequence[OrderState]) -> None:
    if order.state not in states:
        move = MOVE[act]
        raise Refused(
            "case.order_state", f"这张处置单{order.state.zh()}，不能{move.zh}",
            f"This order is {order.state.en()}; this cannot be done now", act=act, order=order.state.value,
            **now_stands(case),
        )  # fmt: skip


def is_of_this_dispatch(case: Case, order: Order) -> bool:
    return case.dispatched_at is None or (order.sent_at is not None and order.sent_at >= case.dispatched_at)


def late_since(order: Order, now: datetime) -> datetime | None:
    return order.due_at if order.due_at is not None and now > order.due_at else None
