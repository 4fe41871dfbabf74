"""Periodic work: forget what sign-in need not keep, end forgotten duties, delete positions of a day ago, send what phones are to
be told."""

from __future__ import annotations

from yiwang.kit.db import Database
from yiwang.kit.jobs import Every
from yiwang.network import actions_duty, actions_push, actions_session


def _purge(database: Database) -> None:
    with database.transaction() as tx:
        actions_session.purge(tx)


def _duty(database: Database) -> None:
    with database.transaction() as tx:
        actions_duty.close_forgotten(tx)
    with database.transaction() as tx:
        actions_duty.forget_trails(tx)


def _forget_devices(database: Database) -> None:
    with database.transaction() as tx:
        actions_push.purge(tx)


PERIODIC = (
    Every(3600, "ended sessions", _purge),
    Every(60, "network.duty", _duty),
    Every(1, "network.push", actions_push.send_due),
    Every(600, "network.devices", _forget_devices),
)
