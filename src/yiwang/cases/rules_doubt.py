"""Doubts: what may be honest and often is not. Nothing is refused for them; they stand in the ledger beside the act. Pure.

Metres and minutes are ours: no standard gives any (MISSION C4 asks that evidence be real, not how it is doubted).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from yiwang.cases.model import Evidence
from yiwang.cases.rules import VERIFY_NEAR_M

CLOCKS_DIFFER = timedelta(minutes=10)
"""A telephone's clock may be off by so much before its photo's time is doubted."""
PHOTO_OLD = timedelta(hours=24)
"""A report's photo older than this is doubted."""
AT_ONCE = timedelta(minutes=10)
"""From the report to the handling by the reporter, or to the verification, faster than this: made to be closed?"""
SELF_HANDLED_MANY, SELF_HANDLED_WITHIN = 5, timedelta(hours=24)
"""From the fifth report put right by oneself within a day each further one is marked."""


def doubt_photos(evidence: Sequence[Evidence], now: datetime, since: datetime | None) -> tuple[str, ...]:
    """The same photo elsewhere; taken far away; before `since`, when what it shows cannot have been yet; after now."""
    taken = [e.taken_at for e in evidence if e.taken_at is not None]
    doubts = {
        "photo_reused": any(e.reused_in is not None for e in evidence),
        "photo_far_away": any(e.distance_m is not None and e.distance_m > VERIFY_NEAR_M for e in evidence),
        "photo_backdated": since is not None and any(t < since - CLOCKS_DIFFER for t in taken),
        "photo_from_future": any(t > now + CLOCKS_DIFFER for t in taken),
    }
    return tuple(name for name, is_so in doubts.items() if is_so)


def doubt_position(distance: float | None) -> tuple[str, ...]:
    """Whoever finished stood far from the place."""
    return ("position_far_away",) if distance is not None and distance > VERIFY_NEAR_M else ()


def doubt_haste(reported_at: datetime, now: datetime, *, own: bool) -> tuple[str, ...]:
    """All done within minutes of the report; by the reporter's own hand when `own`."""
    if now - reported_at >= AT_ONCE:
        return ()
    return ("own_report_at_once",) if own else ("all_at_once",)


def doubt_habit(before: int) -> tuple[str, ...]:
    """Reports put right by oneself, again and again: `before` so many within SELF_HANDLED_WITHIN."""
    return ("self_handled_often",) if before + 1 >= SELF_HANDLED_MANY else ()
