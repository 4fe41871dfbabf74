"""SQL that reads. Every list takes a Sight: the seats of the person's posts, and the area rooms they watch over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.errors import NotFound
from yiwang.network.model import Actor, PostKind
from yiwang.network.queries_units import find_units
from yiwang.rooms import rules
from yiwang.rooms.model import (
    Member,
    MemberView,
    Room,
    RoomMessage,
    RoomNotice,
    RoomPlace,
    RoomRow,
    RoomView,
    Sight,
    Turned,
)
from yiwang.rooms.store import MEMBERS, OF_CASE, ROOM, TURNED


@dataclass(frozen=True, slots=True)
class NewRoomNotice:
    """A notice with what decides who hears of it: `muted_by` do not."""

    id: UUID
    room_id: UUID
    kind: str
    urgent: bool
    unit_id: UUID | None
    post: str | None
    person_id: UUID | None
    muted_by: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of a room: the posts that sit in it (unit, post, the one person or None), and who watches its area."""

    room_id: UUID
    n: int
    seats: tuple[tuple[UUID, str, UUID | None], ...]
    path: str | None


@dataclass(frozen=True, slots=True)
class Present:
    """Who is on duty at this moment for a seat that a post has."""

    member_id: UUID
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    n: int
    muted: bool


# The seats of whoever asks, by the posts they hold now (a unit that was merged is its successor).
MINE: LiteralString = (
    "select m.room_id, min(m.since_n) as since_n, array_agg(m.id) as seats from unnest(%(units)s::uuid[], %(posts)s::text[])"
    " as h (unit, post) join network.unit_now w on w.unit_id = h.unit join rooms.member m on m.unit_id = w.id"
    " and m.post = h.post where m.left_at is null and (m.person_id is null or m.person_id = %(me)s) group by m.room_id"
)
ROW: LiteralString = (
    "r.id, r.kind, r.case_id, r.name, u.name as unit_name, r.emergency, r.closed_at, r.n, r.last_at,"
    " mine.room_id is not null as member, coalesce(d.muted, false) as muted,"
    " case when mine.room_id is null then 0 else greatest(0, r.n - greatest(coalesce(d.n, 0), mine.since_n)) end as unread,"
    " coalesce(t.asked, 0) as asked, coalesce(t.overdue, 0) as overdue,"
    " coalesce(left(l.text, 80), '') as last_text, coalesce(p.name, '') as last_by, coalesce(l.photos, 0) as last_photos,"
    " l.case_number as last_case, l.outcome as last_outcome"
    " from rooms.room r join network.unit u on u.id = r.unit_id left join mine on mine.room_id = r.id"
    " left join rooms.reading d on d.room_id = r.id and d.person_id = %(me)s"
    " left join lateral (select count(*)::int as asked, count(*) filter (where x.due_at <= %(now)s)::int as overdue"
    " from rooms.mention x where x.room_id = r.id and x.member_id = any(mine.seats) and x.done_at is null) t on true"
    " left join lateral (select m.text, m.by, case when m.kind = 'told' then m.case_number end as case_number,"
    " case when m.kind = 'told' then m.outcome end as outcome, (select count(*)::int from rooms.photo f where f.room_id = m.room_id"
    " and f.message_id = m.id) as photos from rooms.message m where m.room_id = r.id and m.n = r.n) l on true"
    " left join network.person p on p.id = l.by"
)
SEEN: LiteralString = "(mine.room_id is not null or %(everything)s or r.kind = 'area' and u.path <@ %(paths)s::ltree[])"
LIST = query(
    RoomRow,
    "with mine as (" + MINE + ") select " + ROW + " where (mine.room_id is not null or not %(only_mine)s) and " + SEEN
    + " and {where} order by r.last_at desc, r.id desc limit %(limit)s",
)  # fmt: skip
ONE = query(
    Room,
    "with mine as (" + MINE + ") select " + ROOM + " from rooms.room r join network.unit u on u.id = r.unit_id"
    " left join mine on mine.room_id = r.id where r.id = %(id)s and " + SEEN,
)  # fmt: skip
READING = query(Reading, "select n, muted from rooms.reading where room_id = %(room_id)s and person_id = %(me)s")
MESSAGE: LiteralString = (
    "select m.room_id, m.n, m.id, m.kind, m.by, coalesce(p.name, '') as by_name, coalesce(u.name, '') as unit_name,"
    " coalesce(s.post, '') as post, m.at, m.text, m.lon::float8 as lon, m.lat::float8 as lat, m.reply_to, m.urgent,"
    " m.case_id, m.case_number, m.order_id, m.turned_at, m.outcome, m.erased_at,"
    " array(select f.sha256 from rooms.photo f where f.room_id = m.room_id and f.message_id = m.id order by f.n) as photos,"
    " (select coalesce(json_agg(x order by x.id), '[]') from (select t.id, t.member_id, v.name as unit_name, k.post,"
    " k.person_id, q.name as person_name, t.due_at, t.read_at, a.name as read_name, t.done_at, b.name as done_name,"
    " t.overdue_at, t.member_id = any(%(seats)s) as mine from rooms.mention t"
    " join rooms.member k on k.room_id = t.room_id and k.id = t.member_id join network.unit v on v.id = k.unit_id"
    " left join network.person q on q.id = k.person_id left join network.person a on a.id = t.read_by"
    " left join network.person b on b.id = t.done_by where t.room_id = m.room_id and t.message_id = m.id) x) as mentions"
    " from rooms.message m left join rooms.member s on s.room_id = m.room_id and s.id = m.member_id"
    " left join network.unit u on u.id = s.unit_id left join network.person p on p.id = m.by"
    " where m.room_id = %(room_id)s and "
)
BEFORE = query(RoomMessage, MESSAGE + "m.n < %(before)s order by m.n desc limit %(limit)s")
AFTER = query(RoomMessage, MESSAGE + "m.n > %(after)s order by m.n limit %(limit)s")
NAMED = query(RoomMessage, MESSAGE + "m.id = any(%(ids)s) order by m.n")
PHOTO = query(
    bool, "select exists (select from rooms.photo where room_id = %(room_id)s and sha256 = %(sha256)s) as found"
)
NOTICES = query(
    RoomNotice,
    "select n.id, n.room_id, r.name as room_name, n.kind, n.message_id, n.urgent, n.at from ("
    "(select * from rooms.notice where person_id = %(me)s and (at, id) < (%(before)s, %(before_id)s)"
    " order by at desc, id desc limit %(limit)s) union"
    " (select mine.* from unnest(%(units)s::uuid[], %(posts)s::text[]) as h (unit, post)"
    " join network.unit_now w on w.unit_id = h.unit cross join lateral"
    " (select * from rooms.notice where unit_id = w.id and post = h.post and (at, id) < (%(before)s, %(before_id)s)"
    " order by at desc, id desc limit %(limit)s) mine)) n join rooms.room r on r.id = n.room_id"
    " where n.urgent or not exists (select from rooms.reading d where d.room_id = n.room_id and d.person_id = %(me)s"
    " and d.muted) order by n.at desc, n.id desc limit %(limit)s",
)
NEW_NOTICES = query(
    NewRoomNotice,
    "select n.id, n.room_id, n.kind, n.urgent, n.unit_id, n.post, n.person_id, case when n.urgent then '{}' else"
    " array(select d.person_id from rooms.reading d where d.room_id = n.room_id and d.muted) end as muted_by"
    " from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) as m (room_id, at)"
    " join rooms.notice n on n.room_id = m.room_id and n.at = m.at order by n.id",
)
AUDIENCE = query(
    Audience,
    "select r.id as room_id, r.n, (select coalesce(json_agg(json_build_array(w.unit_id, m.post, m.person_id)), '[]')"
    " from rooms.member m join network.unit_now w on w.id = m.unit_id where m.room_id = r.id and m.left_at is null) as seats,"
    " case when r.kind = 'area' then u.path::text end as path"
    " from rooms.room r join network.unit u on u.id = r.unit_id where r.id = any(%(ids)s)",
)
PRESENT = query(
    Present,
    "select m.id as member_id, array_agg(distinct p.name order by p.name) as names from rooms.member m"
    " join network.unit_now w on w.id = m.unit_id join network.unit_now x on x.unit_id = w.unit_id"
    " join network.post o on o.unit_id = x.id and o.kind = m.post join network.duty d on d.post_id = o.id"
    " join network.person p on p.id = o.person_id where m.room_id = %(room_id)s and m.left_at is null"
    " and m.person_id is null and d.since <= %(now)s and d.until > %(now)s and (o.until is null or o.until > %(now)s)"
    " and p.erased_at is null group by m.id",
)
NEVER = 2_000_000_000
LAST = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


def _params(sight: Sight) -> dict[str, Any]:
    return {
        "me": sight.person, "everything": sight.everything, "paths": list(sight.paths),
        "units": [u for u, _ in sight.held], "posts": [p for _, p in sight.held],
    }  # fmt: skip


def list_rooms(
    tx: Tx,
    scope: Sight,
    *,
    mine: bool = True,
    closed: bool = False,
    case_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[RoomRow]:
    """Rooms in which I sit (`mine` false: those I watch over as well), the one last spoken in first, after the key of the
    last row seen: (last_at, id)."""
    where = Clause(f"r.closed_at is {'not ' if closed else ''}null")
    if case_id is not None:
        where &= Clause("r.case_id = %(case_id)s", {"case_id": case_id})
    if after is not None:
        last = {"after_at": after[0], "after_id": after[1]}
        where &= Clause("(r.last_at, r.id) < (%(after_at)s, %(after_id)s)", last)
    return LIST.all(tx, where, **_params(scope), only_mine=mine, now=tx.now, limit=limit)


def get_visible(tx: Tx, scope: Sight, room_id: UUID) -> Room:
    """The room, if in sight; NotFound."""
    room = ONE.maybe(tx, id=room_id, **_params(scope))
    if room is None:
        raise rules.unknown()
    return room


def get_room(tx: Tx, actor: Actor, room_id: UUID) -> RoomView:
    """A room in sight, its members, who of each post is on duty now, and what may be done."""
    room = get_visible(tx, rules.sight_of(actor), room_id)
    members = MEMBERS.all(tx, room_id=room_id)
    seats = {m.id for m, _ in rules.find_seats(actor, members)}
    present = {p.member_id: p.names for p in PRESENT.all(tx, room_id=room_id, now=tx.now)}
    mine = READING.maybe(tx, room_id=room_id, me=actor.id) or Reading(0, False)
    shown = tuple(_show(m, m.id in seats, present.get(m.id, ())) for m in members)
    return RoomView(room, shown, rules.list_acts(actor, room, members), mine.muted, mine.n)


def _show(m: Member, me: bool, present: tuple[str, ...]) -> MemberView:
    kind = PostKind(m.post)
    return MemberView(
        m.id, m.unit_id, m.unit_name, m.post, kind.zh(), kind.en(), m.person_id, m.person_name, me, present
    )  # fmt: skip


def list_messages(
    tx: Tx, scope: Sight, room_id: UUID, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> list[RoomMessage]:
    """What was said in a room in sight: the newest first, before number `before`; or the oldest first, after `after`."""
    get_visible(tx, scope, room_id)
    seats = _seats(tx, scope, room_id)
    if after is not None:
        return AFTER.all(tx, room_id=room_id, seats=seats, after=after, limit=limit)
    return BEFORE.all(tx, room_id=room_id, seats=seats, before=before or NEVER, limit=limit)


def list_named(tx: Tx, scope: Sight, room_id: UUID, ids: Sequence[UUID]) -> list[RoomMessage]:
    """These messages of a room in sight, as they stand now."""
    get_visible(tx, scope, room_id)
    return NAMED.all(tx, room_id=room_id, seats=_seats(tx, scope, room_id), ids=list(ids))


def _seats(tx: Tx, scope: Sight, room_id: UUID) -> list[UUID]:
    return [m.id for m in MEMBERS.all(tx, room_id=room_id) if rules.is_theirs(scope, (m.unit_id, m.post, m.person_id))]


def get_message(tx: Tx, room_id: UUID, message_id: UUID, seats: Sequence[UUID] = ()) -> RoomMessage:
    """A message of a room that the caller has looked into already; NotFound."""
    found = NAMED.maybe(tx, room_id=room_id, ids=[message_id], seats=list(seats))
    if found is None:
        raise NotFound("room.message_unknown", "没有这条消息", "No such message")
    return found


def demand_photo_here(tx: Tx, scope: Sight, room_id: UUID, sha256: str) -> None:
    """NotFound unless the photo is shown in this room, and the room is in sight."""
    get_visible(tx, scope, room_id)
    if not PHOTO.one(tx, room_id=room_id, sha256=sha256):
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")


def find_new_notices(tx: Tx, moments: Sequence[tuple[UUID, datetime]]) -> list[NewRoomNotice]:
    """What was told in these rooms at these instants, to whomever: for whoever carries it to them."""
    return NEW_NOTICES.all(tx, ids=[room_id for room_id, _ in moments], ats=[at for _, at in moments])


def list_notices(
    tx: Tx, scope: Sight, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[RoomNotice]:
    """Words to me or to a post of mine, newest first; of rooms I muted only the urgent ones."""
    at, last = before or (LAST, UUID(int=0))
    params = _params(scope)
    asked = {name: params[name] for name in ("me", "units", "posts")}
    return NOTICES.all(tx, **asked, before=at, before_id=last, limit=limit)


def find_places(tx: Tx, actor: Actor) -> list[RoomPlace]:
    """For whose ground this person may open a room: none for most."""
    units = find_units(tx, [p.unit_id for p in rules.list_kept(actor)])
    return [RoomPlace(u.id, u.name) for u in units]


def list_audience(tx: Tx, room_ids: Sequence[UUID]) -> list[Audience]:
    """For the live stream: who may hear of these rooms."""
    return AUDIENCE.all(tx, ids=list(room_ids))


def find_turned(tx: Tx, case_id: UUID, order_id: UUID | None = None) -> list[Turned]:
    """In which rooms something is to be told of this case, or of this order of it."""
    return TURNED.all(tx, case_id=case_id, order_id=order_id)


def find_room_of_case(tx: Tx, case_id: UUID) -> UUID | None:
    """The open room of a case."""
    return OF_CASE.maybe(tx, case_id=case_id)
