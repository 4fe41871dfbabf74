"""Residents that somebody is shown for a purpose: found by a name, or due a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yiwang.scenes.homes.model import GroupMember


@dataclass(frozen=True, slots=True)
class CareVisit:
    """Somebody of key care whom nobody has seen for a while, masked. `seen_at`: when somebody last met them at a visit; None: never.
    `late`: longer ago than `rules.CARE_EVERY`."""

    member: GroupMember
    lon: float
    lat: float
    seen_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class ResidentsFound:
    """Who lives on one's ground under a name, masked. `more`: there are others; these are the first."""

    items: list[GroupMember]
    more: bool
