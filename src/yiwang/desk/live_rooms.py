"""The rooms' live feed: which rooms changed, and which messages of them, to whoever sits there or watches over the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from yiwang.desk.live import BATCH, BEAT, LONGEST, beat
from yiwang.kit import clock
from yiwang.kit.db import Database, Tx
from yiwang.kit.live import Hub, Message, rings
from yiwang.ledger.model_proof import SETTLED, FeedEntry
from yiwang.ledger.queries import read_feed
from yiwang.rooms.model import Sight
from yiwang.rooms.queries import Audience, list_audience
from yiwang.rooms.rules import sees


@dataclass(frozen=True, slots=True)
class RoomChange:
    """What an entry says of a room: `message` is the one it is about, None where it is about the room as a whole."""

    room_id: UUID
    event: str
    n: int
    at: datetime
    message: UUID | None


@dataclass(frozen=True, slots=True)
class Heard:
    change: RoomChange
    audience: Audience


@dataclass(frozen=True, slots=True)
class Batch:
    position: int
    now: datetime
    rooms: list[RoomChange]


def to_changes(tx: Tx, entries: Sequence[FeedEntry]) -> list[Message[Heard | None]]:
    """Entries about rooms with who may hear of them; None for all others. One statement at most."""
    ids = list({e.subject_id for e in entries if e.subject_kind == "room"})
    heard = {a.room_id: a for a in list_audience(tx, ids)} if ids else {}

    def change(e: FeedEntry) -> Heard | None:
        audience = heard.get(e.subject_id)
        if e.subject_kind != "room" or audience is None:
            return None
        message = msgspec.json.decode(e.body).get("message")
        return Heard(RoomChange(e.subject_id, e.event, audience.n, e.at, UUID(message) if message else None), audience)

    return [(e.position, change(e)) for e in entries]


def follow(database: Database) -> Callable[[int], Sequence[Message[Heard | None]]]:
    """The hub's source: what was settled after a position."""

    def source(after: int) -> Sequence[Message[Heard | None]]:
        with database.reading() as tx:
            return to_changes(tx, read_feed(tx, after, BATCH))

    return source


def render(batch: Sequence[Message[Any]]) -> Callable[[Sight], bytes | None]:
    """One line of JSON for whoever has this sight; None when nothing in it is theirs to hear."""
    found: list[Heard] = [h for _, h in batch if h is not None]
    position, now = batch[-1][0], clock.now()

    def line(sight: Sight) -> bytes | None:
        mine = [h.change for h in found if sees(sight, h.audience.path, h.audience.seats)]
        return msgspec.json.encode(Batch(position, now, mine)) if mine else None

    return line


def make_hub(database: Database) -> Hub[Heard | None, Sight]:
    """Wakes when the settler, of whatever process, has given entries their positions."""
    bell = partial(rings, database.url, SETTLED)
    return Hub(follow(database), render, beat=beat, bell=bell, heartbeat=BEAT, longest=LONGEST)
