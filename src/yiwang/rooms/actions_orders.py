"""A message becomes an order, and what became of that is told in the room. What is done to the case is done by flows/."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network.model import Actor
from yiwang.rooms import queries, rules, store
from yiwang.rooms.actions import begin, end_mentions
from yiwang.rooms.model import Room, RoomMessage, Turned
from yiwang.rooms.model_events import MessageTurned, OutcomeTold
from yiwang.rooms.store import Word


def get_turnable(tx: Tx, actor: Actor, room_id: UUID, message_id: UUID) -> tuple[Room, RoomMessage]:
    """A message that this person may turn into an order. Only looked at: the case is locked first, the room after it."""
    room = queries.get_visible(tx, rules.sight_of(actor), room_id)
    members = store.MEMBERS.all(tx, room_id=room_id)
    rules.demand_seat(actor, members)
    rules.demand_open(room)
    message = queries.get_message(tx, room_id, message_id)
    rules.demand_turnable(message)
    return room, message


def mark_turned(
    tx: Tx, actor: Actor, room_id: UUID, message_id: UUID, *, case_id: UUID, number: str, order_id: UUID | None
) -> RoomMessage:
    """The message is now this case, or this order of it; what was asked in it with @ goes on there."""
    room, members = begin(tx, actor, room_id)
    _, post = rules.demand_seat(actor, members)
    rules.demand_open(room)
    seats = [m.id for m, _ in rules.find_seats(actor, members)]
    message = queries.get_message(tx, room.id, message_id, seats)
    rules.demand_turnable(message)
    if order_id is not None and room.case_id != case_id:
        raise Invalid(
            "room.not_of_case", "协办单只能在本案的群里转办", "Assisting orders come from the case's own room"
        )
    store.TURN.run(
        tx, room_id=room.id, id=message.id, case_id=case_id, case_number=number, order_id=order_id, by=actor.id, now=tx.now
    )  # fmt: skip
    asked = store.OPEN_OF_MESSAGE.all(tx, room_id=room.id, message_id=message.id)
    end_mentions(tx, room.id, [a.id for a in asked], actor)
    if message.by != actor.id:
        store.add_notices(tx, [Word(room.id, "turned", message.id, False, person_id=message.by)])
    turned = MessageTurned(room.id, message.id, case_id, number, order_id, tuple(a.id for a in asked))
    record(tx, actor.by(post), turned)
    return queries.get_message(tx, room.id, message.id, seats)


def tell_outcome(tx: Tx, actor: Actor, case_id: UUID, number: str, outcome: str, places: Sequence[Turned]) -> None:
    """In these rooms, found by `queries.find_turned`: what became of the case, or of its order. For flows."""
    for turned in places:
        room, _ = store.lock_room(tx, turned.room_id)
        if room.closed_at is not None:
            continue
        n, message_id = store.FORWARD.one(tx, id=room.id, now=tx.now), new_id()
        store.ADD_MESSAGE.run(
            tx, room_id=room.id, n=n, id=message_id, kind="told", member_id=None, by=actor.id, at=tx.now, text="", lon=None,
            lat=None, reply_to=turned.message_id, urgent=False, case_id=case_id, case_number=number, outcome=outcome,
        )  # fmt: skip
        if turned.message_id is not None:
            store.OUTCOME.run(tx, room_id=room.id, id=turned.message_id, outcome=outcome)
        record(tx, actor.by(None), OutcomeTold(room.id, message_id, n, turned.message_id, case_id, number, outcome))
