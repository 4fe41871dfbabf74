"""Periodic work of assessment."""

from __future__ import annotations

from yiwang.assess.actions import catch_up
from yiwang.kit.jobs import Every

PERIODIC = (Every(2, "assess.follow", catch_up),)
