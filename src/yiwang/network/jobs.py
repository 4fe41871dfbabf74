"""Periodic work: forget what sign-in need not keep."""

from __future__ import annotations

from yiwang.kit.db import Database
from yiwang.kit.jobs import Every
from yiwang.network import actions_session


def _purge(database: Database) -> None:
    with database.transaction() as tx:
        actions_session.purge(tx)


PERIODIC = (Every(3600, "ended sessions", _purge),)
