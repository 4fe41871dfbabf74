"""Periodic work of cases."""

from __future__ import annotations

from yiwang.cases import actions_clock, actions_public, actions_tally, actions_text
from yiwang.kit.jobs import Every, in_transaction

PERIODIC = (
    Every(3600, "public codes", in_transaction(actions_public.purge)),
    Every(3600, "provisional deadlines", in_transaction(actions_clock.rework_provisional)),
    Every(1, "cases.tally", actions_tally.catch_up),
    Every(1, "news for residents", actions_text.catch_up),
    Every(2, "text messages", actions_text.send_due),
    Every(3600, "old text messages", in_transaction(actions_text.purge)),
)
