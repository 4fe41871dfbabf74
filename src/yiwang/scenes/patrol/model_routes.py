"""Routes and shifts: who walks which points when, and what was reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from yiwang.kit.fields import Code, Line, LocalTime
from yiwang.ledger.model import Event


@dataclass(frozen=True, slots=True)
class Route:
    """`points` in the order in which they are walked; `people` empty: whoever of the unit. `weekdays`: 1 is Monday. From `begins` to
    `ends`, past midnight where that is earlier."""

    id: UUID
    name: str
    unit_id: UUID
    unit_code: str
    unit_name: str
    unit_path: str
    ground_path: str
    people: tuple[UUID, ...]
    points: tuple[UUID, ...]
    weekdays: tuple[int, ...]
    begins: LocalTime
    ends: LocalTime
    n: int
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who may walk a unit's routes."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class WalkingUnit:
    """A unit that can be given a route."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of a route."""

    n: int
    thing_id: UUID
    kind: str
    code: str
    name: str
    address: str
    what: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class RouteFile:
    """`acts`: what whoever asks may do with it."""

    route: Route
    spots: list[Spot]
    people: list[Walker]
    acts: tuple[str, ...]


class StopState(StrEnum):
    waiting = "waiting"
    done = "done"
    late = "late"
    """Reached when the shift's time was over."""
    missed = "missed"


class ShiftState(StrEnum):
    planned = "planned"
    walked = "walked"
    ended = "ended"
    """Whoever walked it said so."""
    over = "over"
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One walk of a route. Of `points`, `done` were reached in time, `late` afterwards; `missed` once its time is over. `doubted`: taps
    against which something speaks; `damaged`: points found so."""

    id: UUID
    route_id: UUID
    route_name: str
    unit_name: str
    day: date
    starts_at: datetime
    ends_at: datetime
    person_id: UUID | None
    person_name: str | None
    begun_at: datetime | None
    ended_at: datetime | None
    state: ShiftState
    points: int
    done: int
    late: int
    missed: int
    doubted: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Stop:
    """`turn`: as which of the points it was reached."""

    shift_id: UUID
    n: int
    thing_id: UUID
    kind: str
    code: str
    name: str
    address: str
    what: str
    lon: float
    lat: float
    state: StopState
    at: datetime | None
    turn: int | None
    how: str | None
    doubts: tuple[str, ...]
    damaged: bool


@dataclass(frozen=True, slots=True)
class ShiftFile:
    shift: Shift
    stops: list[Stop]
    acts: tuple[str, ...]


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SetRoute:
    """A route as it is from now on. `n`: as the client knew it, 0 for a new one (409 when it has changed since)."""

    route_id: UUID
    n: Annotated[int, Field(ge=0)]
    name: Line
    unit_code: Code
    points: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=200)]
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)]
    begins: LocalTime
    ends: LocalTime
    people: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class RetireRoute:
    route_id: UUID


@dataclass(frozen=True, slots=True)
class BeginShift:
    """`at`: as the telephone says."""

    shift_id: UUID
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class EndShift:
    """`begun_at`: when it was begun, for where that is told later than this."""

    shift_id: UUID
    at: AwareDatetime
    begun_at: AwareDatetime


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RouteSet(Event, name="route.set", about="route"):
    """`digest` binds all that was planned."""

    route_id: UUID
    change: int
    unit: UUID
    points: int
    digest: str

    def zh(self) -> str:
        return f"{'新增' if self.change == 1 else '调整'}巡查路线：{self.points} 个点位"

    def en(self) -> str:
        return f"Route {'added' if self.change == 1 else 'changed'}: {self.points} points"


@dataclass(frozen=True)
class RouteRetired(Event, name="route.retired", about="route"):
    route_id: UUID

    def zh(self) -> str:
        return "停用巡查路线"

    def en(self) -> str:
        return "Route retired"


@dataclass(frozen=True)
class ShiftBegun(Event, name="shift.begun", about="shift"):
    shift_id: UUID
    route: UUID
    told_at: datetime

    def zh(self) -> str:
        return "开始巡查"

    def en(self) -> str:
        return "Walk begun"


@dataclass(frozen=True)
class ShiftEnded(Event, name="shift.ended", about="shift"):
    shift_id: UUID
    route: UUID
    told_at: datetime

    def zh(self) -> str:
        return "结束巡查"

    def en(self) -> str:
        return "Walk ended"


@dataclass(frozen=True)
class ShiftOver(Event, name="shift.over", about="shift"):
    """As it stood when its time was over: what was reached in time and told later counts all the same."""

    shift_id: UUID
    route: UUID
    person: UUID | None
    points: int
    done: int
    missed: int

    def zh(self) -> str:
        if self.person is None:
            return f"班次到点，无人巡查：漏 {self.missed} 个点位"
        return f"班次到点：应巡 {self.points}，已巡 {self.done}，漏 {self.missed}"

    def en(self) -> str:
        if self.person is None:
            return f"Time over, nobody walked it: {self.missed} points missed"
        return f"Time over: {self.done} of {self.points} reached, {self.missed} missed"
