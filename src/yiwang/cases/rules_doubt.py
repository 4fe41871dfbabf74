"""Doubts: what may be honest and often is not. Nothing is refused for them; they stand in the ledger beside the act. Pure.

Metres and minutes are ours: no standard gives any (MISSION C4 asks that evidence be real, not how it is doubted).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from yiwang.cases.model import Evidence
from yiwang.cases.rules import VERIFY_NEAR_M
from yiwang.kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Measures:
    """From when on something is doubted: what a deployment may set (YIWANG_DOUBTS), and what holds unless it does."""

    far_m: float = VERIFY_NEAR_M
    """A photo taken, or an order finished, further than this from the place."""
    clocks_differ_min: float = 10
    """A telephone's clock may be off by so many minutes before its photo's time is doubted."""
    photo_old_h: float = 24
    """A report's photo older than so many hours."""
    at_once_min: float = 10
    """From the report to the handling by the reporter, or to the verification, faster than this: made to be closed?"""
    self_handled_many: float = 5
    """From the fifth report put right by oneself within `self_handled_h` hours each further one is marked."""
    self_handled_h: float = 24
    alike_bits: float = 6
    """Photos of two cases look the same when at most so many of 64 bits differ (kit/files.py: `work_out_look`)."""
    unchanged_bits: float = 3
    """The same for before and after of one case: honest ones show the same place, so they must be nearer still."""

    @property
    def clocks_differ(self) -> timedelta:
        return timedelta(minutes=self.clocks_differ_min)

    @property
    def photo_old(self) -> timedelta:
        return timedelta(hours=self.photo_old_h)

    @property
    def at_once(self) -> timedelta:
        return timedelta(minutes=self.at_once_min)

    @property
    def self_handled(self) -> timedelta:
        return timedelta(hours=self.self_handled_h)


_measures = Measures()


def measures() -> Measures:
    return _measures


def measure_by(text: str) -> None:
    """Set measures, once, at the start: `far_m=300,at_once_min=5`; what is not named keeps its own. Invalid for unknown
    names and for what is no number from 0 to a million."""
    global _measures
    known, found = {f.name for f in fields(Measures)}, dict[str, float]()
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = (p.strip() for p in part.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name not in known or not 0 <= number <= 1_000_000:
            raise Invalid(
                "settings.doubts", "疑点尺度设置有误，应如 far_m=300,at_once_min=5",
                "The measures of doubts are not valid; write e.g. far_m=300,at_once_min=5", part=part, known=sorted(known),
            )  # fmt: skip
        found[name] = number
    _measures = Measures(**found)


def doubt_photos(evidence: Sequence[Evidence], now: datetime, since: datetime | None) -> tuple[str, ...]:
    """The same photo elsewhere, or one that looks the same; taken far away; before `since`, when what it shows cannot have been yet; after now."""
    taken = [e.taken_at for e in evidence if e.taken_at is not None]
    doubts = {
        "photo_reused": any(e.reused_in is not None for e in evidence),
        "photo_alike": any(e.alike_in not in (None, e.case_id, e.reused_in) for e in evidence),
        "photo_unchanged": any(e.alike_in == e.case_id for e in evidence),
        "photo_far_away": any(e.distance_m is not None and e.distance_m > _measures.far_m for e in evidence),
        "photo_backdated": since is not None and any(t < since - _measures.clocks_differ for t in taken),
        "photo_from_future": any(t > now + _measures.clocks_differ for t in taken),
    }
    return tuple(name for name, is_so in doubts.items() if is_so)


def doubt_position(distance: float | None) -> tuple[str, ...]:
    """Whoever finished stood far from the place."""
    return ("position_far_away",) if distance is not None and distance > _measures.far_m else ()


def doubt_haste(reported_at: datetime, now: datetime, *, own: bool) -> tuple[str, ...]:
    """All done within minutes of the report; by the reporter's own hand when `own`."""
    if now - reported_at >= _measures.at_once:
        return ()
    return ("own_report_at_once",) if own else ("all_at_once",)


def doubt_habit(before: int) -> tuple[str, ...]:
    """Reports put right by oneself, again and again: `before` so many within `self_handled_h` hours."""
    return ("self_handled_often",) if before + 1 >= _measures.self_handled_many else ()
