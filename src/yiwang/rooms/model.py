"""Rooms, their seats, what is said in them; commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from yiwang.kit.fields import Line, MaybeText, Sha256
from yiwang.network.model import PostKind
from yiwang.network.model_personal import Reason

Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Minutes = Annotated[int, Field(ge=5, le=7 * 24 * 60)]


class RoomKind(StrEnum):
    case = "case"
    area = "area"


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks: their person, the posts they hold (unit, kind), and the subtrees of those that watch area rooms."""

    everything: bool
    person: UUID
    held: tuple[tuple[UUID, str], ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """`n`: how many messages there are; `unit_*`: who owns it (of a case's room, the area where the case lies)."""

    id: UUID
    kind: RoomKind
    case_id: UUID | None
    name: str
    unit_id: UUID
    unit_code: str
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]
    emergency: bool
    opened_by: UUID
    opened_at: datetime
    closed_at: datetime | None
    n: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A seat that is taken: a person by a post of theirs, or (`person_id` None) whoever holds that post in that unit."""

    id: UUID
    unit_id: UUID
    unit_name: str
    post: str
    person_id: UUID | None
    person_name: str | None
    since_n: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class MemberView:
    """A seat as it is shown: in words, and who sits on it at this moment (`present`, of a post)."""

    id: UUID
    unit_id: UUID
    unit_name: str
    post: str
    post_zh: str
    post_en: str
    person_id: UUID | None
    person_name: str | None
    me: bool
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room in a list. `asked`, `overdue`: open @ to me, and how many of them are late. `last_*`: the newest message."""

    id: UUID
    kind: RoomKind
    case_id: UUID | None
    name: str
    unit_name: str
    emergency: bool
    closed_at: datetime | None
    n: int
    last_at: datetime
    member: bool
    muted: bool
    unread: int
    asked: int
    overdue: int
    last_text: str
    last_by: str
    last_photos: int
    last_case: str | None
    last_outcome: str | None


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room with its members, and what this person may do in it (`acts`)."""

    room: Room
    members: tuple[MemberView, ...]
    acts: tuple[str, ...]
    muted: bool
    read_n: int


@dataclass(frozen=True, slots=True)
class MentionView:
    """An @ with its receipt. `read_name`: who read it first; `mine`: it is to me."""

    id: UUID
    member_id: UUID
    unit_name: str
    post: str
    person_id: UUID | None
    person_name: str | None
    due_at: datetime
    read_at: datetime | None
    read_name: str | None
    done_at: datetime | None
    done_name: str | None
    overdue_at: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """What was said, or (kind `told`) what became of an order. `case_*`, `order_id`: what it was turned into."""

    room_id: UUID
    n: int
    id: UUID
    kind: str
    by: UUID
    by_name: str
    unit_name: str
    post: str
    at: datetime
    text: str
    lon: float | None
    lat: float | None
    reply_to: UUID | None
    urgent: bool
    case_id: UUID | None
    case_number: str | None
    order_id: UUID | None
    turned_at: datetime | None
    outcome: str | None
    erased_at: datetime | None
    photos: tuple[str, ...]
    mentions: tuple[MentionView, ...]


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """A unit for whose ground this person may open a room."""

    unit_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class RoomNotice:
    """A word to a person or a post: `mentioned`, `overdue`, `done`, `added`, `turned`."""

    id: UUID
    room_id: UUID
    room_name: str
    kind: str
    message_id: UUID | None
    urgent: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Turned:
    """A room in which something is to be told of a case: by which message of it, None where the room is the case's own."""

    room_id: UUID
    message_id: UUID | None


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a room: a post in a unit, and of its holders only `person_id` where one is named."""

    unit_id: UUID
    post: PostKind
    person_id: UUID | None = None


Seats = Annotated[tuple[Seat, ...], Field(max_length=50)]


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room for a business district. `unit_id`: the area's unit that owns it; `grids`: the duty grids it is about."""

    room_id: UUID
    name: Line
    unit_id: UUID
    members: Seats = ()
    grids: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()


@dataclass(frozen=True, slots=True)
class OpenRoomOfCase:
    """What a case's room is opened from (flows/case_room.py): `unit_id` is the area where it lies."""

    room_id: UUID
    case_id: UUID
    name: str
    unit_id: UUID
    emergency: bool
    members: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class AddMember:
    room_id: UUID
    seat: Seat


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """By a keeper of the room; one who sits on a seat of their own may leave it themselves."""

    room_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class CloseRoom:
    room_id: UUID


@dataclass(frozen=True, slots=True)
class SayInRoom:
    """`id` is made by the client. `mentions`: members' ids; `minutes`: by when those must have seen to it (a day; half an
    hour when `urgent`). `lon`, `lat`: where, in WGS-84 degrees."""

    room_id: UUID
    id: UUID
    text: MaybeText = ""
    photos: Annotated[tuple[Sha256, ...], Field(max_length=9)] = ()
    lon: Degrees | None = None
    lat: Degrees | None = None
    reply_to: UUID | None = None
    mentions: Annotated[tuple[UUID, ...], Field(max_length=30)] = ()
    minutes: Minutes | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ReadRoom:
    """I have read up to message `n`: a receipt for every @ to me among them."""

    room_id: UUID
    n: Annotated[int, Field(ge=0, le=2_000_000_000)]


@dataclass(frozen=True, slots=True)
class MuteRoom:
    room_id: UUID
    muted: bool


@dataclass(frozen=True, slots=True)
class FinishMention:
    """What I was asked with @ in this message is done."""

    room_id: UUID
    message_id: UUID


@dataclass(frozen=True, slots=True)
class EraseMessage:
    """Empty a message: its words, its place, its photos in this room. `reason`: why, in words."""

    room_id: UUID
    message_id: UUID
    reason: Reason
