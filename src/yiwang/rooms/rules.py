"""Who sees a room, who may do what in it, by when an @ must be seen to. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.network.model import ADMIN_POSTS, Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import is_within, may, posts_that_see, scope_of, why_not
from yiwang.rooms.model import Member, Room, RoomKind, RoomMessage, SayInRoom, Sight

P = PostKind
KEEPERS = frozenset({P.operator, P.dispatcher, P.commander, P.grid_chief})
"""天山商圈 was set up and is kept by the street's own office (seed article 002)."""
WATCHING = KEEPERS | {P.supervisor}
"""Posts that see the area rooms below them without sitting in them."""
KEEP = Need("room.keep", KEEPERS, Reach.area)
URGE = Need("room.urge", KEEPERS, Reach.area)
TALK = Need("room.talk", frozenset(), Reach.any)
"""Whoever sits in a room speaks in it; auditors, who change nothing, sit in none."""
ERASE = Need("room.erase", frozenset({P.operator, P.commander}), Reach.area, proof=True)
NOWHERE = Subject("")
DAY, URGENT = timedelta(days=1), timedelta(minutes=30)
"""处置时限为1天 (seed article 002, 天山商圈 group); in emergencies the half hour of flows/emergency.py."""


def sight_of(actor: Actor) -> Sight:
    """What rooms somebody may see: those in which a post of theirs has a seat, and area rooms they watch over."""
    scope, watched = scope_of(actor), scope_of(actor, WATCHING)
    held = () if scope.everything else tuple((p.unit_id, p.kind.value) for p in posts_that_see(actor))
    return Sight(scope.everything, actor.id, held, () if scope.everything else watched.paths)


def list_kept(actor: Actor) -> list[Post]:
    """The posts under which this person may open rooms, one a unit."""
    kept = [p for p in actor.posts if why_not(actor, KEEP, Subject(p.unit_path)) is None and p.kind in KEEPERS]
    return list({p.unit_id: p for p in kept}.values())


def find_seats(actor: Actor, members: Sequence[Member]) -> list[tuple[Member, Post]]:
    """The seats that are this person's now, their own first, each with the post by which it is."""
    found = [
        (m, post)
        for m in members
        for post in actor.posts
        if post.kind not in ADMIN_POSTS
        and (post.unit_id, post.kind.value) == (m.unit_id, m.post)
        and m.person_id in (None, actor.id)
    ]
    return sorted(found, key=lambda seat: seat[0].person_id is None)


def is_theirs(sight: Sight, seat: tuple[UUID, str, UUID | None]) -> bool:
    """A seat (unit, post, the one person or None): is it that of whoever looks?"""
    unit, post, person = seat
    return (unit, post) in sight.held and person in (None, sight.person)


def sees(sight: Sight, path: str | None, seats: Iterable[tuple[UUID, str, UUID | None]]) -> bool:
    """The same question as `queries.SEEN`, asked of a room in hand. `path`: of an area room, its unit's; None for others."""
    if sight.everything or (path is not None and any(is_within(path, top) for top in sight.paths)):
        return True
    return any(is_theirs(sight, seat) for seat in seats)


def is_in_sight(actor: Actor, room: Room, members: Sequence[Member]) -> bool:
    path = room.unit_path if room.kind is RoomKind.area else None
    return sees(sight_of(actor), path, ((m.unit_id, m.post, m.person_id) for m in members))


def demand_sight(actor: Actor, room: Room, members: Sequence[Member]) -> None:
    """Out of sight is not there."""
    if not is_in_sight(actor, room, members):
        raise unknown()


def unknown() -> NotFound:
    return NotFound("room.unknown", "没有这个群，或您不在其中", "No such room, or you are not in it")


def subject_of(room: Room) -> Subject:
    return Subject(room.unit_path)


def demand_seat(actor: Actor, members: Sequence[Member]) -> tuple[Member, Post]:
    """The seat from which somebody speaks; Forbidden for those who only look on."""
    may(actor, TALK, NOWHERE)
    if not (seats := find_seats(actor, members)):
        raise Forbidden("room.not_a_member", "您不是群成员，只能查看", "You are not a member: you may only read")
    return seats[0]


def demand_open(room: Room) -> None:
    if room.closed_at is not None:
        raise Refused(
            "room.closed", "这个群已关闭，只能查看", "This room is closed: it can only be read", room=str(room.id)
        )


def demand_words(cmd: SayInRoom) -> None:
    if not cmd.text and not cmd.photos and cmd.lon is None:
        raise Invalid("room.empty", "请写点什么，或附照片、位置", "Say something, or add a photo or a place")
    if (cmd.lon is None) != (cmd.lat is None) or not -90 <= (cmd.lat or 0) <= 90:
        raise Invalid(
            "room.half_place",
            "位置须同时有经度和纬度，且在范围内",
            "A place needs both longitude and latitude, in range",
        )
    if len(set(cmd.photos)) < len(cmd.photos):
        raise Invalid("room.photo_twice", "同一张照片只附一次", "Attach each photo once")


def demand_mentioned(cmd: SayInRoom, members: Sequence[Member]) -> list[Member]:
    """Those named with @, each once; Invalid when one does not sit here: nobody outside is told of a room."""
    sitting = {m.id: m for m in members}
    if strange := [str(m) for m in cmd.mentions if m not in sitting]:
        raise Invalid("room.mention_unknown", "所@的不是群成员", "Somebody mentioned is not a member", members=strange)
    return [sitting[m] for m in dict.fromkeys(cmd.mentions)]


def is_urgent(actor: Actor, room: Room, cmd: SayInRoom) -> bool:
    """Urgent words reach those who muted the room: keepers say them, and in an emergency everybody's are."""
    if cmd.urgent and not room.emergency:
        may(actor, URGE, subject_of(room))
    return cmd.urgent or room.emergency


def due_by(now: datetime, minutes: int | None, *, urgent: bool) -> datetime:
    """By when an @ must have been seen to."""
    if minutes is not None:
        return now + timedelta(minutes=minutes)
    return now + (URGENT if urgent else DAY)


def digest(text: str, lon: float | None = None, lat: float | None = None) -> str:
    """SHA-256 that binds what was said, and where: the words, then the place in six decimals on a line of its own."""
    place = "" if lon is None or lat is None else f"\n{lon:.6f},{lat:.6f}"
    return hashlib.sha256((text + place).encode()).hexdigest()


def demand_turnable(message: RoomMessage) -> None:
    if message.kind != "said" or message.erased_at is not None:
        raise Refused("room.not_turnable", "这条消息不能转办", "This message cannot become an order")
    if message.case_id is not None:
        raise Refused(
            "room.turned_already", f"已转为案件 {message.case_number}", f"It is case {message.case_number} already",
            case={"id": str(message.case_id), "number": message.case_number},
        )  # fmt: skip


def list_acts(actor: Actor, room: Room, members: Sequence[Member]) -> tuple[str, ...]:
    """What this person may do here now: for screens that show what is possible."""
    seated = bool(find_seats(actor, members)) and why_not(actor, TALK, NOWHERE) is None
    keeps = why_not(actor, KEEP, subject_of(room)) is None
    erases = ["erase"] if why_not(actor, ERASE, subject_of(room)) is None else []
    if room.closed_at is not None:
        return tuple(erases)
    own = any(m.person_id == actor.id for m, _ in find_seats(actor, members))
    urges = seated and (room.emergency or why_not(actor, URGE, subject_of(room)) is None)
    found = (("say", seated), ("turn", seated), ("urge", urges), ("keep", keeps), ("leave", own and seated))
    return (*(act for act, fits in found if fits), *erases)
