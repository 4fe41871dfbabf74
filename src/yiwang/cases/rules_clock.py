"""How long each step may take, when to warn, and who hears of it when time runs out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from yiwang.cases.model import Case, Clock, Order, OrderState, Step
from yiwang.cases.model_events import Limits, OrderLimit
from yiwang.city.model_rules import Limit
from yiwang.kit.errors import Invalid
from yiwang.network.model import PostKind

STEP_LIMITS: dict[Step, tuple[timedelta, timedelta]] = {
    # step: (ordinary, emergency). Filing and dispatch 30 and 10 minutes, verification before filing 2 h: facts/standards.md
    # §1.5 (Taiyuan; vendor defaults). Verification before closing 24 h (vendor default), closing 4 h: ours.
    Step.reported: (timedelta(minutes=30), timedelta(minutes=10)),
    Step.checking: (timedelta(hours=2), timedelta(minutes=30)),
    Step.accepted: (timedelta(minutes=30), timedelta(minutes=10)),
    Step.filed: (timedelta(minutes=30), timedelta(minutes=10)),
    Step.handled: (timedelta(hours=24), timedelta(hours=4)),
    Step.verified: (timedelta(hours=4), timedelta(hours=4)),
}
"""The centre works round the clock (MISSION N2), so the limits of its own steps are continuous."""

WARN_SHARE = 0.8
"""A warning is given when this share of a limit is used, unless set otherwise (`warn_at`)."""
ESCALATE_EVERY = timedelta(hours=4)
ESCALATE_EVERY_EMERGENCY = timedelta(minutes=15)
LADDER = (PostKind.supervisor, PostKind.supervisor, PostKind.commander)
"""Who is told at each level of escalation: the unit's supervisor, then one unit up each time (督办, GB/T 30428.8)."""


_warn_share = WARN_SHARE


def warn_at(share: float) -> None:
    """Set, where the program starts, at which share of a limit to warn. Invalid unless between 0 and 1."""
    global _warn_share
    if not 0 < share < 1:
        raise Invalid("settings.warn_share", "预警比例应在 0 与 1 之间", "The share for warnings lies between 0 and 1")
    _warn_share = share


def whole_clock(clocks: Sequence[Clock]) -> Clock | None:
    """The clock of the whole case: the latest, should a reopened case have had one before."""
    return next((c for c in reversed(clocks) if c.order_id is None), None)


def clock_of(clocks: Sequence[Clock], order_id: UUID) -> Clock | None:
    """The clock of an order: the latest, should it have had one before."""
    return next((c for c in reversed(clocks) if c.order_id == order_id), None)


def warn_share() -> float:
    return _warn_share


def step_due(case: Case, step: Step, now: datetime) -> datetime | None:
    """The deadline of a step begun now; None for steps that have their orders' clocks or are over."""
    limits = STEP_LIMITS.get(step)
    return None if limits is None else now + limits[case.emergency]


def enter(case: Case, step: Step, now: datetime) -> Case:
    """The case in its new step, with that step's own deadline."""
    return replace(case, step=step, step_since=now, step_due_at=step_due(case, step, now))


def step_warning(case: Case) -> datetime | None:
    """When to warn of the present step's deadline."""
    if case.step_due_at is None:
        return None
    return case.step_since + (case.step_due_at - case.step_since) * warn_share()


def limits(case: Case, orders: Iterable[OrderLimit] = ()) -> Limits:
    """The deadlines as they stand, for the ledger: what is assessed must not hang on what can be changed later."""
    return Limits(case.step.value, case.step_due_at, case.due_at, tuple(orders))


def order_limit(order: Order) -> OrderLimit:
    sent = order.state is not OrderState.waiting
    return OrderLimit(order.id, order.unit_id, order.unit_path, order.lead, sent, order.due_at)


def is_step_on_time(case: Case, now: datetime) -> bool:
    return case.step_due_at is None or now <= case.step_due_at


def is_on_time(case: Case) -> bool:
    """Handled by the deadline, or no deadline: the whole case's verdict (按期处置, indicators.csv), appeals apart."""
    return case.due_at is None or (case.handled_at is not None and case.handled_at <= case.due_at)


def limited(clock: Clock, limit: Limit) -> Clock:
    """The clock under another limit, from its start on, so that no time is won or lost; its deadline has still to be worked
    out. What another authority has set hangs on no condition: it stays."""
    return clock if clock.fixed else replace(clock, limit_value=float(limit.value), limit_clock=limit.clock.value)


def paused(clock: Clock, now: datetime) -> Clock:
    """The clock stands still from now on."""
    return replace(clock, pauses=(*clock.pauses, (now, None)))


def is_paused(clock: Clock) -> bool:
    return bool(clock.pauses) and clock.pauses[-1][1] is None


def unpaused(clock: Clock, now: datetime) -> Clock:
    """The clock runs again from now on; its deadline has still to be worked out."""
    begun, _ = clock.pauses[-1]
    return replace(clock, pauses=(*clock.pauses[:-1], (begun, now)))


def stage_of(clock: Clock, now: datetime) -> int:
    """What a running clock has to say now: 0 time is running out, 1 it is over, 1 + n the n-th escalation. What fell due
    while nobody looked is said once."""
    if clock.overdue_at is not None:
        return clock.escalated + 2
    return 1 if now >= clock.due_at else 0


def spoken(clock: Clock, stage: int, now: datetime) -> Clock:
    """The clock after it has said that."""
    if stage == 0:
        return replace(clock, warned_at=now)
    return replace(clock, overdue_at=clock.due_at) if stage == 1 else replace(clock, escalated=stage - 1)


def next_firing(due_at: datetime, stage: int, *, emergency: bool) -> datetime | None:
    """When to speak again after `stage`: at the deadline, then rung by rung up the ladder; None at its top."""
    if stage > len(LADDER):
        return None
    return due_at + (ESCALATE_EVERY_EMERGENCY if emergency else ESCALATE_EVERY) * stage


def latest_change(case: Case) -> datetime:
    """The latest instant that stands in the case: what comes after it cannot have been before it."""
    times = (
        case.reported_at, case.accepted_at, case.filed_at, case.dispatched_at, case.handled_at, case.verified_at,
        case.closed_at, case.step_since, case.suspended_at,
    )  # fmt: skip
    return max(t for t in times if t is not None)
