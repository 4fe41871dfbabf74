"""Periodic work of homes."""

from __future__ import annotations

from yiwang.kit.jobs import Every, in_transaction
from yiwang.scenes.homes import actions, store

PERIODIC = (
    Every(2, "homes.tally", in_transaction(store.put_tally)),
    Every(3600, "homes.retention", actions.forget_long_gone),
)
