"""Coming on duty and going off (上岗、下岗), positions while on duty, who is near."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from yiwang.kit.fields import Datum, Lat, Lon, Metres
from yiwang.ledger.model import Event
from yiwang.network.model import PostKind
from yiwang.network.model_people import ShiftKind, say_post
from yiwang.network.model_personal import Purpose, Reason, say_purpose

MOST_POSITIONS = 200


@dataclass(frozen=True, slots=True)
class Attendance:
    """One time of being on duty. It ends at `ends_by` by itself."""

    id: UUID
    person_id: UUID
    post_id: UUID
    since: datetime
    ends_by: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DutyPost:
    """A post of one's own under which one may come on duty, and until when the roster has one there (None: it has not)."""

    id: UUID
    kind: PostKind
    unit_name: str
    planned_until: datetime | None


@dataclass(frozen=True, slots=True)
class Coming:
    """What one comes on duty as: the post, and until when it ends by itself."""

    id: UUID
    kind: PostKind
    unit_name: str
    since: datetime
    ends_by: datetime
    position_at: datetime | None


@dataclass(frozen=True, slots=True)
class MyDuty:
    """`on`: None while off duty. `position_every_s`: how often the phone is asked to tell where it is."""

    on: Coming | None
    posts: tuple[DutyPost, ...]
    position_every_s: int


@dataclass(frozen=True, slots=True)
class PositionsKept:
    """What became of a batch: `dropped` were from before this duty; `known` had come before."""

    kept: int
    known: int
    dropped: int
    position_at: datetime | None


@dataclass(frozen=True, slots=True)
class Point:
    """A position as kept: WGS-84."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """Somebody on duty as kept, with their telephone sealed; `metres` from the point asked about."""

    person_id: UUID
    name: str
    post: PostKind
    unit_id: UUID
    unit_name: str
    since: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    at: datetime | None
    metres: float | None
    sealed: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is on duty. Their telephone is masked (`POST /api/duty/call` shows it, and keeps who looked).

    `lon` … `at`: where they last were, None when their phone has told nothing. `age_s`: how long ago, in seconds; `old`: too
    long for it to say where they are now. `metres`: from the point asked about. `reachable`: there is a number to call.
    """

    person_id: UUID
    name: str
    post: PostKind
    unit_id: UUID
    unit_name: str
    since: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    at: datetime | None
    age_s: int | None
    old: bool
    metres: float | None
    phone: str | None
    wecom: str | None
    reachable: bool


class Presence(StrEnum):
    """The roster beside what is. `due`: planned, and begun so lately that nobody is missed yet, or not begun."""

    here = "here"
    absent = "absent"
    due = "due"
    unplanned = "unplanned"


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """A duty of the roster with the attendance that answers it, or an attendance without a duty; `id` is the duty's, else
    the attendance's."""

    id: UUID
    person_id: UUID
    name: str
    post: PostKind
    unit_name: str
    shift: ShiftKind | None
    planned_since: datetime | None
    planned_until: datetime | None
    here_since: datetime | None
    here_until: datetime | None


@dataclass(frozen=True, slots=True)
class RosterLine(PresenceRow):
    """Planned, and really there: one line of the roster at an instant."""

    presence: Presence


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StartDuty:
    """上岗. `post_id`: under which of one's posts; None: the one that the roster has on now, else the first."""

    attendance_id: UUID
    post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EndDuty:
    """下岗."""

    attendance_id: UUID


@dataclass(frozen=True, slots=True)
class Position:
    """Where the phone was at `at`; `id` is made by the phone, so that what is sent twice is kept once."""

    id: UUID
    lon: Lon
    lat: Lat
    at: AwareDatetime
    accuracy_m: Metres | None = None
    datum: Datum = "wgs84"


@dataclass(frozen=True, slots=True)
class TellPositions:
    positions: Annotated[tuple[Position, ...], Field(min_length=1, max_length=MOST_POSITIONS)]


@dataclass(frozen=True, slots=True)
class CallColleague:
    """See the number of somebody who is on duty, to call them."""

    person_id: UUID


@dataclass(frozen=True, slots=True)
class SeeTrail:
    """See where somebody was in the last 24 hours of duty: for what, and why in words."""

    person_id: UUID
    purpose: Purpose
    words: Reason


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class DutyStarted(Event, name="duty.started", about="person"):
    """Where is not said: positions never enter the ledger."""

    person_id: UUID
    attendance_id: UUID
    post_id: UUID
    kind: str
    ends_by: datetime

    def zh(self) -> str:
        return f"上岗：{say_post(self.kind)[0]}"

    def en(self) -> str:
        return f"On duty as {say_post(self.kind)[1]}"


@dataclass(frozen=True)
class DutyEnded(Event, name="duty.ended", about="person"):
    """`forgotten`: it ended by itself, since nobody went off duty in time."""

    person_id: UUID
    attendance_id: UUID
    forgotten: bool

    def zh(self) -> str:
        return "到时未下岗，系统自动下岗" if self.forgotten else "下岗"

    def en(self) -> str:
        return "Off duty by itself, its time being up" if self.forgotten else "Off duty"


@dataclass(frozen=True)
class TrailSeen(Event, name="person.trail_seen", about="person"):
    """Somebody saw where this person had been; `words_digest` binds why, which is kept in `network.unmasking`."""

    person_id: UUID
    unmasking: UUID
    purpose: str
    words_digest: str

    def zh(self) -> str:
        return f"在岗轨迹被查看，事由：{say_purpose(self.purpose)[0]}"

    def en(self) -> str:
        return f"Trail of duty seen, for {say_purpose(self.purpose)[1]}"
