"""What the ranking of old lifts is made of, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LiftFacts:
    """What is known of a lift that bears on its safety. `traps`, `faults`: in the last year; `maintenance_late`,
    `inspection_late`: by how many days, None when it is not late."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    lon: float
    lat: float
    state: str
    use: str
    made_on: date | None
    in_use_since: date | None
    stops: int | None
    monitored: bool
    assessed: str | None
    traps: int
    faults: int
    maintenance_late: int | None
    inspection_late: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    factor: str
    points: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RankedLift:
    """`score`: the sum of its reasons' points, of a hundred. `years`: in use, where that is known."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    lon: float
    lat: float
    state: str
    use: str
    years: int | None
    score: int
    reasons: tuple[Reason, ...]
