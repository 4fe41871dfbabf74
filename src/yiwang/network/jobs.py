"""Periodic work: forget what sign-in need not keep, end forgotten duties, delete positions of a day ago, send what phones are to
be told."""

from __future__ import annotations

from yiwang.kit.jobs import Every, in_transaction
from yiwang.network import actions_duty, actions_push, actions_session

PERIODIC = (
    Every(3600, "ended sessions", in_transaction(actions_session.purge)),
    Every(60, "network.duty", in_transaction(actions_duty.close_forgotten)),
    Every(60, "network.trails", in_transaction(actions_duty.forget_trails)),
    Every(1, "network.push", actions_push.send_due),
    Every(600, "network.devices", in_transaction(actions_push.purge)),
)
