"""Periodic work of homes."""

from __future__ import annotations

from yiwang.kit.jobs import Every
from yiwang.scenes.homes import actions

PERIODIC = (Every(3600, "homes.retention", actions.forget_long_gone),)
