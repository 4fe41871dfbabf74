"""Opening and closing rooms, and who sits in them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor, Post
from yiwang.network.queries_actor import find_actor
from yiwang.network.queries_units import get_unit_in_reach, get_unit_now
from yiwang.network.rules import may
from yiwang.rooms import queries, rules, store
from yiwang.rooms.model import (
    AddMember,
    CloseRoom,
    Member,
    OpenRoom,
    OpenRoomOfCase,
    RemoveMember,
    Room,
    RoomView,
    Seat,
)
from yiwang.rooms.model_events import MemberAdded, MemberLeft, RoomClosed, RoomOpened, RoomRenamed

MENTION = "room.mention"
"""The timer of an @; its key is the mention's id."""


def open_room(tx: Tx, actor: Actor, cmd: OpenRoom) -> RoomView:
    """A room for a business district, kept by those of `rules.KEEPERS`; whoever opens it sits in it."""
    unit = get_unit_in_reach(tx, actor, cmd.unit_id)
    post = may(actor, rules.KEEP, rules.Subject(unit.path))
    if len(store.GRIDS.all(tx, ids=list(cmd.grids))) < len(set(cmd.grids)):
        raise Invalid("room.grid_unknown", "没有这个责任网格", "No such duty grid")
    return _open(tx, actor, post, cmd, cmd.members)


def open_room_of_case(tx: Tx, actor: Actor, cmd: OpenRoomOfCase) -> RoomView:
    """The case's room; where there is one already, a keeper of the place takes a seat in it. The caller (flows/) has seen
    that the case is in sight, and says who has it in hand."""
    unit = get_unit_now(tx, cmd.unit_id)
    there = queries.find_room_of_case(tx, cmd.case_id)
    if there is None:
        post = may(actor, rules.KEEP, rules.Subject(unit.path))
        return _open(tx, actor, post, cmd, cmd.members)
    room, members = store.lock_room(tx, there)
    if not rules.find_seats(actor, members):
        post = may(actor, rules.KEEP, rules.subject_of(room))
        if post is not None:
            _seat(tx, actor.by(post), room, members, Seat(post.unit_id, post.kind, actor.id))
    return queries.get_room(tx, actor, there)


def _open(tx: Tx, actor: Actor, post: Post | None, cmd: OpenRoom | OpenRoomOfCase, seats: Sequence[Seat]) -> RoomView:
    store.add_room(tx, cmd, actor.id)
    room, members = store.lock_room(tx, cmd.room_id)
    by = actor.by(post)
    record(
        tx, by,
        RoomOpened(room.id, room.kind.value, room.case_id, room.unit_id, room.grids, room.emergency, rules.digest(room.name)),
    )  # fmt: skip
    mine = (Seat(post.unit_id, post.kind, actor.id),) if post and Seat(post.unit_id, post.kind) not in seats else ()
    for seat in dict.fromkeys((*mine, *seats)):
        members = [*members, _seat(tx, by, room, members, seat)]
    return queries.get_room(tx, actor, room.id)


def _seat(tx: Tx, by: By, room: Room, members: Sequence[Member], seat: Seat) -> Member:
    """One more seat. Invalid when the person does not hold that post there (told alike where there is no such person)."""
    unit = get_unit_now(tx, seat.unit_id)
    name = None
    if seat.person_id is not None:
        person = find_actor(tx, seat.person_id)
        held = person.posts if person else ()
        if person is None or not any((p.unit_id, p.kind) == (unit.id, seat.post) for p in held):
            raise Invalid("room.not_in_post", "此人在该单位没有这个岗位", "This person does not hold that post there")
        name = person.name
    elif seat.post in rules.ADMIN_POSTS:
        raise Invalid("room.not_in_post", "此人在该单位没有这个岗位", "This person does not hold that post there")
    if any((m.unit_id, m.post, m.person_id) == (unit.id, seat.post, seat.person_id) for m in members):
        raise Refused("room.member_already", "已在群里", "It sits here already", room=str(room.id))
    member = Member(new_id(), unit.id, unit.name, seat.post.value, seat.person_id, name, room.n, tx.now)
    store.ADD_MEMBER.run(
        tx, room_id=room.id, id=member.id, unit_id=unit.id, post=member.post, person_id=member.person_id, since_n=room.n,
        by=by.actor, now=tx.now,
    )  # fmt: skip
    record(tx, by, MemberAdded(room.id, member.id, unit.id, unit.name, member.post, member.person_id))
    store.add_notices(tx, [store.word_to("added", member, room.id, None, urgent=False)])
    return member


def begin(tx: Tx, actor: Actor, room_id: UUID) -> tuple[Room, list[Member]]:
    """Lock the room and see that it is in this person's sight; NotFound otherwise."""
    room, members = store.lock_room(tx, room_id)
    rules.demand_sight(actor, room, members)
    return room, members


def add_member(tx: Tx, actor: Actor, cmd: AddMember) -> RoomView:
    room, members = begin(tx, actor, cmd.room_id)
    post = may(actor, rules.KEEP, rules.subject_of(room))
    rules.demand_open(room)
    _seat(tx, actor.by(post), room, members, cmd.seat)
    return queries.get_room(tx, actor, room.id)


def let_in(tx: Tx, actor: Actor, case_id: UUID, seat: Seat) -> None:
    """Whoever is given a part in a case comes into its room, if it has one; for flows."""
    room_id = queries.find_room_of_case(tx, case_id)
    if room_id is None:
        return
    room, members = store.lock_room(tx, room_id)
    unit = get_unit_now(tx, seat.unit_id)
    if not any((m.unit_id, m.post, m.person_id) == (unit.id, seat.post, seat.person_id) for m in members):
        _seat(tx, actor.by(None), room, members, seat)


def rename_room_of_case(tx: Tx, actor: Actor, case_id: UUID, name: str) -> None:
    """What its case is called has changed; for flows."""
    room_id = queries.find_room_of_case(tx, case_id)
    if room_id is not None:
        store.lock_room(tx, room_id)
        store.RENAME.run(tx, id=room_id, name=name)
        record(tx, actor.by(None), RoomRenamed(room_id, rules.digest(name)))


def remove_member(tx: Tx, actor: Actor, cmd: RemoveMember) -> RoomView | None:
    """Taken out by a keeper; or a person leaves a seat of their own, after which None: it is out of their sight.
    What was asked of it with @ falls away."""
    room, members = begin(tx, actor, cmd.room_id)
    member = next((m for m in members if m.id == cmd.member_id), None)
    if member is None:
        raise NotFound("room.member_unknown", "群里没有这个成员", "No such member")
    own = member.person_id == actor.id and bool(rules.find_seats(actor, [member]))
    post = may(actor, rules.TALK, rules.NOWHERE) if own else may(actor, rules.KEEP, rules.subject_of(room))
    rules.demand_open(room)
    store.LEAVE.run(tx, room_id=room.id, id=member.id, by=actor.id, now=tx.now)
    asked = store.OPEN_OF_MEMBER.all(tx, room_id=room.id, member_id=member.id)
    end_mentions(tx, room.id, [m.id for m in asked], actor)
    record(tx, actor.by(post), MemberLeft(room.id, member.id, removed=not own))
    rest = [m for m in members if m.id != member.id]
    return queries.get_room(tx, actor, room.id) if rules.is_in_sight(actor, room, rest) else None


def end_mentions(tx: Tx, room_id: UUID, ids: Sequence[UUID], actor: Actor) -> None:
    """These @ are done with, by whoever acts; nothing watches them any more."""
    if ids:
        store.DONE.run(tx, room_id=room_id, ids=list(ids), by=actor.id, now=tx.now)
        timers.drop_timers(tx, room_id, *map(str, ids))


def close_room(tx: Tx, actor: Actor, cmd: CloseRoom) -> RoomView:
    """Nothing more is said in it; all of it stays, and can be read by those who sit in it."""
    room, _ = begin(tx, actor, cmd.room_id)
    post = may(actor, rules.KEEP, rules.subject_of(room))
    rules.demand_open(room)
    store.CLOSE.run(tx, id=room.id, by=actor.id, now=tx.now)
    timers.drop_timers(tx, room.id)
    record(tx, actor.by(post), RoomClosed(room.id))
    return queries.get_room(tx, actor, room.id)
