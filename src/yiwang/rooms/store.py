"""SQL that writes and locks: private to the domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import new_id
from yiwang.rooms import rules
from yiwang.rooms.model import Member, OpenRoom, OpenRoomOfCase, Room, RoomKind, Turned


@dataclass(frozen=True, slots=True)
class OpenMention:
    """An @ that is not yet done, with its message's author and the seat it is to."""

    room_id: UUID
    id: UUID
    message_id: UUID
    member_id: UUID
    by: UUID
    urgent: bool
    due_at: datetime
    overdue_at: datetime | None
    unit_id: UUID
    post: str
    person_id: UUID | None


class Word(NamedTuple):
    """A notice to be added, to a person or to a post of a unit."""

    room_id: UUID
    kind: str
    message_id: UUID | None
    urgent: bool
    unit_id: UUID | None = None
    post: str | None = None
    person_id: UUID | None = None


ROOM: LiteralString = (
    "r.id, r.kind, r.case_id, r.name, r.unit_id, u.code as unit_code, u.name as unit_name, u.path::text as unit_path,"
    " r.grids, r.emergency, r.opened_by, r.opened_at, r.closed_at, r.n, r.last_at"
)
LOCK = query(
    Room,
    "select " + ROOM + " from rooms.room r join network.unit u on u.id = r.unit_id where r.id = %(id)s for update of r",
)
LOCK_FREE = query(UUID, "select id from rooms.room where id = any(%(ids)s) for update skip locked")
OF_CASE = query(UUID, "select id from rooms.room where case_id = %(case_id)s and closed_at is null")
ADD_ROOM = statement(
    "insert into rooms.room (id, kind, case_id, name, unit_id, grids, emergency, opened_by, opened_at, n, last_at)"
    " values (%(id)s, %(kind)s, %(case_id)s, %(name)s, %(unit_id)s, %(grids)s, %(emergency)s, %(by)s, %(now)s, 0, %(now)s)"
)
RENAME = statement("update rooms.room set name = %(name)s where id = %(id)s")
CLOSE = statement("update rooms.room set closed_at = %(now)s, closed_by = %(by)s where id = %(id)s")
FORWARD = query(
    int, "update rooms.room set n = n + 1, last_at = greatest(last_at, %(now)s) where id = %(id)s returning n"
)
GRIDS = query(UUID, "select id from city.duty_grid where id = any(%(ids)s)")
# The unit as it stands now: of one that was merged, its successor.
MEMBERS = query(
    Member,
    "select m.id, u.id as unit_id, u.name as unit_name, m.post, m.person_id, p.name as person_name, m.since_n, m.added_at"
    " from rooms.member m join network.unit_now w on w.id = m.unit_id join network.unit u on u.id = w.unit_id"
    " left join network.person p on p.id = m.person_id"
    " where m.room_id = %(room_id)s and m.left_at is null order by m.added_at, m.id",
)
ADD_MEMBER = statement(
    "insert into rooms.member (room_id, id, unit_id, post, person_id, since_n, added_by, added_at)"
    " values (%(room_id)s, %(id)s, %(unit_id)s, %(post)s, %(person_id)s, %(since_n)s, %(by)s, %(now)s)"
)
LEAVE = statement(
    "update rooms.member set left_at = %(now)s, left_by = %(by)s where room_id = %(room_id)s and id = %(id)s"
)
ADD_MESSAGE = statement(
    "insert into rooms.message (room_id, n, id, kind, member_id, by, at, text, lon, lat, reply_to, urgent, case_id,"
    " case_number, outcome) values (%(room_id)s, %(n)s, %(id)s, %(kind)s, %(member_id)s, %(by)s, %(at)s, %(text)s,"
    " %(lon)s, %(lat)s, %(reply_to)s, %(urgent)s, %(case_id)s, %(case_number)s, %(outcome)s)"
)
HAS_MESSAGE = query(
    bool, "select exists (select from rooms.message where room_id = %(room_id)s and id = %(id)s) as found"
)
ADD_PHOTO = statement(
    "insert into rooms.photo (room_id, message_id, n, sha256) values (%(room_id)s, %(message_id)s, %(n)s, %(sha256)s)"
)
DROP_PHOTOS = statement("delete from rooms.photo where room_id = %(room_id)s and message_id = %(message_id)s")
NOT_UPLOADED = query(
    str,
    "select s.sha from unnest(%(shas)s::text[]) as s (sha) where not exists (select from kit.upload u where u.sha256 = s.sha"
    " and u.by = %(by)s) or exists (select from kit.file f where f.sha256 = s.sha and (f.erased_at is not null"
    " or starts_with(f.type, 'audio/')))",
)
ADD_MENTION = statement(
    "insert into rooms.mention (room_id, id, message_id, member_id, due_at)"
    " values (%(room_id)s, %(id)s, %(message_id)s, %(member_id)s, %(due_at)s)"
)
MENTION: LiteralString = (
    "t.room_id, t.id, t.message_id, t.member_id, m.by, m.urgent, t.due_at, t.overdue_at, k.unit_id, k.post, k.person_id"
    " from rooms.mention t join rooms.message m on m.room_id = t.room_id and m.id = t.message_id"
    " join rooms.member k on k.room_id = t.room_id and k.id = t.member_id where t.done_at is null and t.room_id = "
)
OPEN_OF_MESSAGE = query(
    OpenMention, "select " + MENTION + "%(room_id)s and t.message_id = %(message_id)s order by t.id"
)
OPEN_OF_MEMBER = query(OpenMention, "select " + MENTION + "%(room_id)s and t.member_id = %(member_id)s order by t.id")
OPEN_TIMED = query(OpenMention, "select " + MENTION + "any(%(rooms)s) and t.id = any(%(ids)s) order by t.id")
READ = query(
    UUID,
    "update rooms.mention t set read_at = %(now)s, read_by = %(by)s from rooms.message m where t.room_id = %(room_id)s"
    " and t.member_id = any(%(seats)s) and t.read_at is null and m.room_id = t.room_id and m.id = t.message_id"
    " and m.n <= %(n)s returning t.id",
)
DONE = statement(
    "update rooms.mention set done_at = %(now)s, done_by = %(by)s where room_id = %(room_id)s and id = any(%(ids)s)"
)
LATE = statement(
    "update rooms.mention t set overdue_at = w.at from unnest(%(rooms)s::uuid[], %(ids)s::uuid[], %(ats)s::timestamptz[])"
    " as w (room_id, id, at) where t.room_id = w.room_id and t.id = w.id"
)
READING = statement(
    "insert into rooms.reading as k (room_id, person_id, n, muted) values (%(room_id)s, %(person_id)s, %(n)s, false)"
    " on conflict (room_id, person_id) do update set n = greatest(k.n, excluded.n)"
)
MUTE = statement(
    "insert into rooms.reading (room_id, person_id, n, muted) values (%(room_id)s, %(person_id)s, 0, %(muted)s)"
    " on conflict (room_id, person_id) do update set muted = excluded.muted"
)
TURN = statement(
    "update rooms.message set case_id = %(case_id)s, case_number = %(case_number)s, order_id = %(order_id)s,"
    " turned_by = %(by)s, turned_at = %(now)s where room_id = %(room_id)s and id = %(id)s"
)
OUTCOME = statement("update rooms.message set outcome = %(outcome)s where room_id = %(room_id)s and id = %(id)s")
# Asked at each case's end, of which few have anything to do with a room; apart, since rooms are never written later.
TURNED = query(
    Turned,
    "select m.room_id, m.id as message_id from rooms.message m where m.case_id = %(case_id)s and m.kind = 'said'"
    " and m.order_id is not distinct from %(order_id)s"
    " union all select r.id, null::uuid from rooms.room r where r.case_id = %(case_id)s and r.closed_at is null"
    " and %(order_id)s::uuid is null",
    apart=True,
)
ERASE = statement(
    "update rooms.message set text = '', lon = null, lat = null, erased_at = %(now)s, erased_why = %(why)s"
    " where room_id = %(room_id)s and id = %(id)s"
)
ADD_NOTICES = statement(
    "insert into rooms.notice (room_id, id, kind, message_id, unit_id, post, person_id, urgent, at)"
    " select room_id, id, kind, message_id, unit_id, post, person_id, urgent, %(now)s from unnest(%(room_id)s::uuid[],"
    " %(id)s::uuid[], %(kind)s::text[], %(message_id)s::uuid[], %(urgent)s::bool[], %(unit_id)s::uuid[], %(post)s::text[],"
    " %(person_id)s::uuid[]) as w (room_id, id, kind, message_id, urgent, unit_id, post, person_id)"
)


def lock_room(tx: Tx, room_id: UUID) -> tuple[Room, list[Member]]:
    """The room, ours until the transaction ends, with those who sit in it. NotFound where there is none."""
    room = LOCK.maybe(tx, id=room_id)
    if room is None:
        raise rules.unknown()
    tx.now = max(tx.now, room.last_at)  # in a room time never runs back, whatever the machine's clock does
    return room, MEMBERS.all(tx, room_id=room_id)


def lock_rooms_if_free(tx: Tx, ids: Iterable[UUID]) -> set[UUID]:
    """For timers: those of the rooms that nobody else holds, ours until the transaction ends."""
    return set(LOCK_FREE.all(tx, ids=list(ids)))


def add_room(tx: Tx, cmd: OpenRoom | OpenRoomOfCase, by: UUID) -> None:
    of_case = isinstance(cmd, OpenRoomOfCase)
    ADD_ROOM.run(
        tx, id=cmd.room_id, kind=(RoomKind.case if of_case else RoomKind.area).value,
        case_id=cmd.case_id if of_case else None, name=cmd.name, unit_id=cmd.unit_id,
        grids=[] if of_case else list(dict.fromkeys(cmd.grids)), emergency=of_case and cmd.emergency, by=by, now=tx.now,
    )  # fmt: skip


def word_to(kind: str, seat: Member | OpenMention, room_id: UUID, message_id: UUID | None, *, urgent: bool) -> Word:
    """A notice to whoever sits there."""
    if seat.person_id is not None:
        return Word(room_id, kind, message_id, urgent, person_id=seat.person_id)
    return Word(room_id, kind, message_id, urgent, seat.unit_id, seat.post)


def add_notices(tx: Tx, words: Sequence[Word]) -> None:
    if words:
        columns = {name: [getattr(w, name) for w in words] for name in Word._fields}
        ADD_NOTICES.run(tx, id=[new_id() for _ in words], now=tx.now, **columns)
