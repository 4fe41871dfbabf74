"""Clocks: started, stopped, paused, extended by acts. What they say when time runs out: `actions_fire`."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from yiwang.cases import rules_clock, store, store_fire
from yiwang.cases.model import OPEN_STEPS, Case, Clock, Order
from yiwang.cases.model_events_around import DeadlineReworked
from yiwang.cases.queries_clock import find_clock_deadline, find_share_used
from yiwang.city.model_rules import Clock as ClockKind
from yiwang.city.model_rules import Limit
from yiwang.city.queries_rules import calendar_for
from yiwang.city.rules_deadline import work_out_deadline
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network.model import system

STEP, CLOCK = "case.step", "case.clock"
DEADLINES = system("deadlines")


def start_clock(
    tx: Tx, case: Case, limit: Limit, unit_id: UUID, order_id: UUID | None, since: datetime | None = None
) -> Clock:
    """A clock from now (or since then), on the calendar of `unit_id`; its timer is set."""
    start = since or tx.now
    deadline = work_out_deadline(limit, start, calendar_for(tx, unit_id))
    assert deadline.due_at is not None, "no pause is open"  # noqa: S101
    clock = Clock(
        new_id(), case.id, order_id, float(limit.value), limit.clock.value, unit_id, start, deadline.due_at,
        deadline.provisional, False, (), 0, None, None, None, 0, tuple(asdict(line) for line in deadline.working),
    )  # fmt: skip
    store.add_clock(tx, clock)
    arm(tx, case, clock)
    return clock


def start_fixed(tx: Tx, case: Case, due_at: datetime, order_id: UUID | None, why_zh: str, why_en: str) -> Clock:
    """A clock whose deadline another authority has set (a commander, a transfer, a replay)."""
    hours = max((due_at - tx.now).total_seconds(), 0) / 3600
    clock = Clock(
        new_id(), case.id, order_id, hours, ClockKind.urgent_hour.value, case.area_id, tx.now, due_at, False, True, (),
        0, None, None, None, 0, ({"zh": why_zh, "en": why_en},),
    )  # fmt: skip
    store.add_clock(tx, clock)
    arm(tx, case, clock)
    return clock


def relimit(tx: Tx, case: Case, limit: Limit | None) -> datetime | None:
    """A filed case under another limit, or none: from when it was filed, with the pauses and extensions it has had. Where no
    limit ran, from when it came to this step. Answers with the case's deadline."""
    whole = rules_clock.whole_clock(store.lock_clocks(tx, case.id))
    if whole is None:
        return start_clock(tx, case, limit, case.area_id, None, case.step_since).due_at if limit else None
    if whole.fixed:
        return whole.due_at
    if limit is None:
        store.drop_clock(tx, whole)
        timers.drop_timers(tx, case.id, str(whole.id))
        return None
    return rework_deadline(tx, case, rules_clock.limited(whole, limit)).due_at


def arm(tx: Tx, case: Case, clock: Clock) -> None:
    """Set the clock's one timer at its next instant: warning, deadline, or the next rung of escalation."""
    at = speaks_at(tx, case, clock)
    if at is None:
        timers.drop_timers(tx, case.id, str(clock.id))
    else:
        timers.set_timer(tx, CLOCK, case.id, str(clock.id), at)


def speaks_at(tx: Tx, case: Case, clock: Clock) -> datetime | None:
    """When a running clock has something to say next; None when it has said all."""
    if clock.overdue_at is not None:
        return rules_clock.next_firing(clock.due_at, clock.escalated + 1, emergency=case.emergency)
    return clock.due_at if clock.warned_at else find_share_used(tx, clock, rules_clock.warn_share())


def rework_deadline(tx: Tx, case: Case, clock: Clock) -> Clock:
    """Work the deadline out again after a pause, an extension or a change of calendar; set the timer anew."""
    clock = reworked(tx, clock)
    store.put_clock(tx, clock)
    arm(tx, case, clock)
    return clock


def reworked(tx: Tx, clock: Clock) -> Clock:
    """The clock with its deadline worked out again, not yet written."""
    deadline = find_clock_deadline(tx, clock)
    assert deadline.due_at is not None, "pauses are closed before"  # noqa: S101
    clock = replace(
        clock, due_at=deadline.due_at, provisional=deadline.provisional,
        working=tuple(asdict(line) for line in deadline.working),
    )  # fmt: skip
    return replace(clock, overdue_at=None, escalated=0, warned_at=None) if clock.due_at > tx.now else clock


def stop_clock(tx: Tx, case: Case, clock: Clock | None) -> None:
    """The clock's work is done (for now: rework starts it again)."""
    if clock is None or clock.stopped_at is not None:
        return
    late = clock.overdue_at or (clock.due_at if tx.now > clock.due_at else None)
    store.put_clock(tx, replace(clock, stopped_at=tx.now, overdue_at=late))
    timers.drop_timers(tx, case.id, str(clock.id))


def restart_clock(tx: Tx, case: Case, clock: Clock | None) -> Clock | None:
    """Sent back to rework: the time between does not count, the time already used does."""
    if clock is None or clock.stopped_at is None:
        return clock
    between = (clock.stopped_at, tx.now)
    return rework_deadline(tx, case, replace(clock, stopped_at=None, pauses=(*clock.pauses, between)))


def arm_step(tx: Tx, case: Case) -> None:
    """Set (or drop) the timer of the present step's own deadline."""
    at = rules_clock.step_warning(case)
    if at is None or case.step not in OPEN_STEPS:
        timers.drop_timers(tx, case.id, "step")
    else:
        timers.set_timer(tx, STEP, case.id, "step", at, step=case.step.value, stage=0)


def rework_provisional(tx: Tx) -> int:
    """Work out again the running deadlines that rest on a year whose holidays are now known. Periodic."""
    done = 0
    for clock in store.PROVISIONAL.all(tx):
        case = store_fire.lock_cases_if_free(tx, [clock.case_id]).get(clock.case_id)
        if case is None or rules_clock.is_paused(clock):
            continue
        again = rework_deadline(tx, case, clock)
        if again.provisional or again.due_at == clock.due_at:
            continue
        order = _order(tx, case, again)
        if order is None:
            case = store.put_case(tx, replace(case, due_at=again.due_at))
        else:
            order = replace(order, due_at=again.due_at)
            store.put_order(tx, order)
        limits = rules_clock.limits(case, [rules_clock.order_limit(order)] if order else ())
        reworked = DeadlineReworked(case.id, clock.id, clock.due_at, again.due_at, clock.order_id, limits)
        record(tx, DEADLINES.by(None), reworked)
        done += 1
    return done


def _order(tx: Tx, case: Case, clock: Clock) -> Order | None:
    if clock.order_id is None:
        return None
    return next(o for o in store.ORDERS.all(tx, case_id=case.id) if o.id == clock.order_id)
