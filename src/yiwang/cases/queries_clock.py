"""What is asked of a clock: when a share of its limit will have been used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from yiwang.cases.model import Clock
from yiwang.city.model_rules import Clock as ClockKind
from yiwang.city.model_rules import Limit, Pause
from yiwang.city.queries_rules import calendar_for
from yiwang.city.rules_deadline import moment_at
from yiwang.kit.db import Tx


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
