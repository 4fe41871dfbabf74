"""Periodic work of cases."""

from __future__ import annotations

from yiwang.cases import actions_clock, actions_public, actions_tally
from yiwang.kit.db import Database
from yiwang.kit.jobs import Every


def _rework_provisional(database: Database) -> None:
    with database.transaction() as tx:
        actions_clock.rework_provisional(tx)


def _purge_codes(database: Database) -> None:
    with database.transaction() as tx:
        actions_public.purge(tx)


PERIODIC = (
    Every(3600, "public codes", _purge_codes),
    Every(3600, "provisional deadlines", _rework_provisional),
    Every(1, "cases.tally", actions_tally.catch_up),
)
