"""Periodic work of patrols."""

from __future__ import annotations

from yiwang.kit.jobs import Every, in_transaction
from yiwang.scenes.patrol import actions

PERIODIC = (
    Every(15, "patrol.shifts", actions.plan_and_close),
    Every(60, "patrol.trends", in_transaction(actions.count_trends)),
)
