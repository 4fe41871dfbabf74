"""Periodic work of the register."""

from __future__ import annotations

from yiwang.kit.jobs import Every, in_transaction
from yiwang.register import actions_owed, actions_round, store

PERIODIC = (
    Every(2, "register.tally", in_transaction(store.put_tally)),
    Every(2, "register.words", store.index_words),
    Every(5, "register.owed", actions_owed.warn_and_lapse),
    Every(2, "register.rounds", actions_round.count_and_note),
)
