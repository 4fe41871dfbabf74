"""Talking: messages, @ with receipt and deadline, muting, erasing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.kit.timers import Timer
from yiwang.kit.web import forget_replies
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor, system
from yiwang.network.rules import may
from yiwang.network.rules_personal import check_reason
from yiwang.rooms import queries, rules, store
from yiwang.rooms.actions import MENTION, begin, end_mentions
from yiwang.rooms.model import (
    EraseMessage,
    FinishMention,
    Member,
    MuteRoom,
    ReadRoom,
    Room,
    RoomMessage,
    RoomView,
    SayInRoom,
)
from yiwang.rooms.model_events import MentionOverdue, MentionsDone, MentionsRead, MessageErased, RoomSaid
from yiwang.rooms.store import Word, word_to

DEADLINES = system("deadlines")


def say_in_room(tx: Tx, actor: Actor, cmd: SayInRoom) -> RoomMessage:
    """One message. Each member named with @ is told, has until the deadline, and gives a receipt by reading it."""
    room, members = begin(tx, actor, cmd.room_id)
    member, post = rules.demand_seat(actor, members)
    rules.demand_open(room)
    rules.demand_words(cmd)
    asked, urgent = rules.demand_mentioned(cmd, members), rules.is_urgent(actor, room, cmd)
    _check_links(tx, actor, room, cmd)
    n = store.FORWARD.one(tx, id=room.id, now=tx.now)
    lon, lat = (None, None) if cmd.lon is None or cmd.lat is None else (round(cmd.lon, 6), round(cmd.lat, 6))
    store.ADD_MESSAGE.run(
        tx, room_id=room.id, n=n, id=cmd.id, kind="said", member_id=member.id, by=actor.id, at=tx.now, text=cmd.text,
        lon=lon, lat=lat, reply_to=cmd.reply_to, urgent=urgent, case_id=None, case_number=None, outcome=None,
    )  # fmt: skip
    photos = [{"room_id": room.id, "message_id": cmd.id, "n": i, "sha256": sha} for i, sha in enumerate(cmd.photos)]
    store.ADD_PHOTO.run_many(tx, photos)
    due = rules.due_by(tx.now, cmd.minutes, urgent=urgent) if asked else None
    if due is not None:
        _ask(tx, room, cmd.id, asked, due, urgent=urgent)
    store.READING.run(tx, room_id=room.id, person_id=actor.id, n=n)
    record(
        tx, actor.by(post),
        RoomSaid(
            room.id, cmd.id, n, member.id, rules.digest(cmd.text, lon, lat), cmd.photos, cmd.reply_to,
            tuple(m.id for m in asked), due, urgent,
        ),
    )  # fmt: skip
    return _shown(tx, actor, room, members, cmd.id)


def _check_links(tx: Tx, actor: Actor, room: Room, cmd: SayInRoom) -> None:
    """What it points at is here: the message it answers, photos that this person uploaded."""
    if store.HAS_MESSAGE.one(tx, room_id=room.id, id=cmd.id):
        raise Refused("room.id_reused", "这个消息编号已用过，请换一个", "This message id has been used; take another")
    if cmd.reply_to is not None and not store.HAS_MESSAGE.one(tx, room_id=room.id, id=cmd.reply_to):
        raise Invalid("room.reply_unknown", "所回复的消息不在这个群", "The message answered is not in this room")
    if cmd.photos and (missing := store.NOT_UPLOADED.all(tx, shas=list(cmd.photos), by=actor.id)):
        raise Invalid("photo.not_uploaded", "照片尚未上传，请先上传", "Please upload the photo first", missing=missing)


def _ask(tx: Tx, room: Room, message_id: UUID, asked: Sequence[Member], due: datetime, *, urgent: bool) -> None:
    rows = [
        {"room_id": room.id, "id": new_id(), "message_id": message_id, "member_id": m.id, "due_at": due} for m in asked
    ]
    store.ADD_MENTION.run_many(tx, rows)
    for row in rows:
        timers.set_timer(tx, MENTION, room.id, str(row["id"]), due)
    store.add_notices(tx, [word_to("mentioned", m, room.id, message_id, urgent=urgent) for m in asked])


def _shown(tx: Tx, actor: Actor, room: Room, members: Sequence[Member], message_id: UUID) -> RoomMessage:
    return queries.get_message(tx, room.id, message_id, [m.id for m, _ in rules.find_seats(actor, members)])


def read_room(tx: Tx, actor: Actor, cmd: ReadRoom) -> RoomView:
    """How far somebody has read; the first reading of an @ to them is its receipt, and stands in the ledger."""
    room, members = begin(tx, actor, cmd.room_id)
    may(actor, rules.TALK, rules.NOWHERE)
    n = min(cmd.n, room.n)
    store.READING.run(tx, room_id=room.id, person_id=actor.id, n=n)
    seats = rules.find_seats(actor, members)
    if seats and room.closed_at is None:
        ids = [m.id for m, _ in seats]
        read = store.READ.all(tx, room_id=room.id, seats=ids, n=n, by=actor.id, now=tx.now)
        if read:
            record(tx, actor.by(seats[0][1]), MentionsRead(room.id, tuple(sorted(read))))
    return queries.get_room(tx, actor, room.id)


def mute_room(tx: Tx, actor: Actor, cmd: MuteRoom) -> RoomView:
    """One's own setting: of a muted room only urgent words are told."""
    room, _ = begin(tx, actor, cmd.room_id)
    may(actor, rules.TALK, rules.NOWHERE)
    store.MUTE.run(tx, room_id=room.id, person_id=actor.id, muted=cmd.muted)
    return queries.get_room(tx, actor, room.id)


def finish_mention(tx: Tx, actor: Actor, cmd: FinishMention) -> RoomMessage:
    """What I was asked with @ is done; whoever asked is told."""
    room, members = begin(tx, actor, cmd.room_id)
    seats = rules.find_seats(actor, members)
    _, post = rules.demand_seat(actor, members)
    rules.demand_open(room)
    message = _shown(tx, actor, room, members, cmd.message_id)
    mine = {m.id for m, _ in seats}
    asked = [a for a in store.OPEN_OF_MESSAGE.all(tx, room_id=room.id, message_id=message.id) if a.member_id in mine]
    if not asked:
        raise Refused(
            "room.nothing_asked", "这条消息没有待您办理的事", "Nothing in this message waits for you", room=str(room.id)
        )
    store.READ.all(tx, room_id=room.id, seats=[a.member_id for a in asked], n=message.n, by=actor.id, now=tx.now)
    ids = tuple(a.id for a in asked)
    end_mentions(tx, room.id, ids, actor)
    if message.by != actor.id:
        store.add_notices(tx, [Word(room.id, "done", message.id, False, person_id=message.by)])
    on_time = all(tx.now <= a.due_at for a in asked)
    record(tx, actor.by(post), MentionsDone(room.id, message.id, ids, on_time))
    return _shown(tx, actor, room, members, message.id)


def fire_mentions(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """An @ that was not seen to in time: said in the ledger, told to who asked and to who was asked. (A kit.timers.Handler.)"""
    rooms = store.lock_rooms_if_free(tx, [t.subject_id for t in due])
    taken = timers.take(tx, [t for t in due if t.subject_id in rooms])
    keys = [UUID(t.key) for t in taken]
    found = store.OPEN_TIMED.all(tx, rooms=[t.subject_id for t in taken], ids=keys) if taken else []
    late = [m for m in found if m.overdue_at is None]
    if not late:
        return taken
    store.LATE.run(tx, rooms=[m.room_id for m in late], ids=[m.id for m in late], ats=[m.due_at for m in late])
    record_many(tx, DEADLINES.by(None), [MentionOverdue(m.room_id, m.message_id, m.id, m.due_at) for m in late])
    words = [Word(m.room_id, "overdue", m.message_id, m.urgent, person_id=m.by) for m in late]
    words += [word_to("overdue", m, m.room_id, m.message_id, urgent=m.urgent) for m in late if m.person_id != m.by]
    store.add_notices(tx, words)
    return taken


def erase_message(tx: Tx, actor: Actor, cmd: EraseMessage) -> RoomMessage:
    """Its words and place are emptied, its photos are shown here no more, and answers to commands that repeat it are
    forgotten; that it was said, and its digest, stay. Erased already: nothing more happens."""
    check_reason(cmd.reason)
    room, members = begin(tx, actor, cmd.room_id)
    post = may(actor, rules.ERASE, rules.subject_of(room))
    message = _shown(tx, actor, room, members, cmd.message_id)
    if message.kind != "said":
        raise NotFound("room.message_unknown", "没有这条消息", "No such message")
    if message.erased_at is not None:
        return message
    store.ERASE.run(tx, room_id=room.id, id=message.id, why=cmd.reason, now=tx.now)
    store.DROP_PHOTOS.run(tx, room_id=room.id, message_id=message.id)
    forget_replies(tx, room.id)
    said = rules.digest(message.text, message.lon, message.lat)
    record(tx, actor.by(post), MessageErased(room.id, message.id, said, rules.digest(cmd.reason)))
    return _shown(tx, actor, room, members, message.id)
