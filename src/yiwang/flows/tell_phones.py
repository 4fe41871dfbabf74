"""通知到手机: what notices say is told to the phones of those it concerns, by web push.

No act waits for this, nor does it cost one a statement: it follows the settled ledger, where an act's entry and its
notices, of one transaction, have one instant. A position read once is never read again, in the same transaction as what
is then to be sent is written down (the outbox); so nothing is missed, and what two looks might both find is told once.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from yiwang.cases.queries import NewNotice, find_new_notices
from yiwang.kit.db import Database, Tx
from yiwang.kit.jobs import to_the_end
from yiwang.ledger.queries import count_settled, read_feed
from yiwang.network import actions_push, rules_push
from yiwang.network.model_push import Telling
from yiwang.network.queries_push import is_any_device
from yiwang.rooms.queries import NewRoomNotice
from yiwang.rooms.queries import find_new_notices as find_room_notices

BATCH = 1000
TOLD = (
    "order", "rework", "check", "asked.", "decided.", "supervised", "supervision.answered", "urged", "mentioned",
    "emergency", "escalated",
)  # fmt: skip
TOLD_IN_ROOMS = ("mentioned", "overdue")
"""Kinds of notices, or how they begin, that somebody must act on. Outcomes for reporters are not among them."""


def follow(tx: Tx) -> int:
    """One batch of entries; answers with how many there were. 0 when nothing is left, or another process is at it."""
    mark = actions_push.take_mark(tx)
    if mark is None:
        return 0
    if mark < 0 or not is_any_device(tx):  # nobody to tell: what has happened so far is never told later
        if (size := count_settled(tx)) != mark:
            actions_push.put_mark(tx, size)
        return 0
    entries = read_feed(tx, mark - 1, BATCH)
    if entries:
        since = tx.now - rules_push.GIVE_UP
        cases = {(e.subject_id, e.at) for e in entries if e.subject_kind == "case" and e.at > since}
        rooms = {(e.subject_id, e.at) for e in entries if e.subject_kind == "room" and e.at > since}
        told = [to_telling(n) for n in find_new_notices(tx, list(cases)) if n.kind.startswith(TOLD)] if cases else []
        if rooms:
            found = find_room_notices(tx, list(rooms))
            told += [to_telling_of_room(n) for n in found if n.kind in TOLD_IN_ROOMS]
        actions_push.tell(tx, told)
        actions_push.put_mark(tx, entries[-1].position + 1)
    return len(entries)


def catch_up(database: Database) -> int:
    """To the ledger's settled end; answers with how many entries. Periodic; safe in two processes at once."""
    return to_the_end(database, follow, BATCH)


def to_telling(notice: NewNotice) -> Telling:
    """Kind, number and link: no personal data, for it goes through the hands of others. The words are the phone's own,
    in its language."""
    urgent = notice.emergency or notice.kind == "emergency"
    link = f"/field/#/tasks/{notice.case_id}"
    return Telling(
        notice.id, _say(notice.id, notice.kind, notice.number, link, urgent), notice.person_id, notice.unit_id,
        notice.post, everybody=urgent, urgent=urgent,
    )  # fmt: skip


def to_telling_of_room(notice: NewRoomNotice) -> Telling:
    """The same of a room, whose name may say more than others should read. Who muted it hears what is urgent only."""
    link = f"/field/#/rooms/{notice.room_id}"
    return Telling(
        notice.id, _say(notice.id, f"room.{notice.kind}", "", link, notice.urgent), notice.person_id, notice.unit_id,
        notice.post, everybody=notice.urgent, urgent=notice.urgent, spared=notice.muted_by,
    )  # fmt: skip


def _say(notice_id: UUID, kind: str, number: str, link: str, urgent: bool) -> str:
    payload = {"id": str(notice_id), "kind": kind, "number": number, "urgent": urgent, "link": link}
    return msgspec.json.encode(payload).decode()
