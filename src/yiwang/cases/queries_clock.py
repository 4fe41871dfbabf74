"""What is asked of a clock: when its limit is over, or a share of it used; and what it would say under another limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from yiwang.cases import rules_clock, store
from yiwang.cases.model import Clock, Step
from yiwang.cases.queries import get_case
from yiwang.city.model_rules import Clock as ClockKind
from yiwang.city.model_rules import Deadline, Limit, Pause, WorkingLine
from yiwang.city.queries_rules import calendar_for, get_condition
from yiwang.city.rules_deadline import moment_at, work_out_deadline
from yiwang.kit.db import Tx
from yiwang.kit.scope import Scope


def limit_of(clock: Clock) -> Limit:
    return Limit(Decimal(str(clock.limit_value)), ClockKind(clock.limit_clock))


def find_share_used(tx: Tx, clock: Clock, share: float) -> datetime:
    """The instant at which this share of the clock's limit will have been used."""
    if clock.fixed:
        return clock.started_at + (clock.due_at - clock.started_at) * share
    moment = moment_at(
        limit_of(clock), share, clock.started_at, calendar_for(tx, clock.unit_id), [Pause(*p) for p in clock.pauses],
        [limit_of(clock)] * clock.extensions,
    )  # fmt: skip
    return moment or clock.due_at


def find_clock_deadline(tx: Tx, clock: Clock) -> Deadline:
    """The clock's deadline from its start, limit, pauses and extensions. What another authority has set is only moved by
    pauses and extensions."""
    if clock.fixed:
        stood = sum((b - a for a, b in clock.pauses if b), timedelta())
        limit = timedelta(hours=clock.limit_value) * (1 + clock.extensions)
        return Deadline(clock.started_at + limit + stood, clock.provisional, _lines(clock))
    return work_out_deadline(
        limit_of(clock), clock.started_at, calendar_for(tx, clock.unit_id), [Pause(*p) for p in clock.pauses],
        [limit_of(clock)] * clock.extensions,
    )  # fmt: skip


def find_deadline(tx: Tx, scope: Scope, case_id: UUID, condition_id: UUID) -> Deadline:
    """By when the case would be due, were it filed under this condition now, or, being filed, put under it. Once it has been
    dispatched no condition changes that any more: then as it stands."""
    case, condition = get_case(tx, scope, case_id), get_condition(tx, condition_id)
    filed, limit = case.step is Step.filed, Limit(condition.limit_value, condition.clock)
    whole = rules_clock.whole_clock(store.CLOCKS.all(tx, case_id=case.id))
    if filed and whole is not None:
        return find_clock_deadline(tx, rules_clock.limited(whole, limit))
    if filed or (case.filed_at is None and case.dispatched_at is None):
        return work_out_deadline(limit, case.step_since if filed else tx.now, calendar_for(tx, case.area_id))
    return Deadline(case.due_at, False, _lines(whole) if whole else ())


def _lines(clock: Clock) -> tuple[WorkingLine, ...]:
    return tuple(WorkingLine(line["zh"], line["en"]) for line in clock.working)
