"""What the scene of lifts answers: the ranking of old lifts and what it is made of, people trapped now, and how soon they were helped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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


@dataclass(frozen=True, slots=True)
class RunningTrap:
    """People trapped now, since `at`: by when their firm must be called and be there, and when it was."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    lon: float
    lat: float
    at: datetime
    said_zh: str | None
    said_en: str | None
    form: dict[str, Any]
    case_id: UUID | None
    firm: str
    call_due: datetime | None
    called_at: datetime | None
    arrive_due: datetime | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class RescueTimes:
    """Of the traps of a span: how many, how many were answered late or not at all, and the medians in minutes."""

    traps: int
    called_late: int
    arrived_late: int
    call_minutes: float | None
    arrive_minutes: float | None
    free_minutes: float | None
