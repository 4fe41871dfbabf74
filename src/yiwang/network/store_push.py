"""Writes of push: devices, the outbox, how far the ledger has been looked through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.network.model_push import DuePush, Telling

SESSION = query(
    UUID,
    "select id from network.session where hash = %(hash)s and person_id = %(person_id)s and revoked_at is null"
    " and expires_at > now() and ends_at > now()",
)
# One device a session, one session a device.
DROP_OTHERS = statement(
    "delete from network.push_subscription where (session_id = %(session_id)s or endpoint = %(endpoint)s)"
)
ADD_DEVICE = statement(
    "insert into network.push_subscription (id, person_id, session_id, endpoint, p256dh, auth, made_at) values (%(id)s,"
    " %(person_id)s, %(session_id)s, %(endpoint)s, %(p256dh)s, %(auth)s, %(now)s) on conflict do nothing"
)
DROP_DEVICE = statement("delete from network.push_subscription where session_id = %(session_id)s")
DROP_GONE = statement("delete from network.push_subscription where id = any(%(ids)s)")
DROP_DEVICES_OF = statement("delete from network.push_subscription where person_id = %(person_id)s")
PURGE_DEVICES = statement(
    "delete from network.push_subscription s using network.session x where x.id = s.session_id"
    " and (x.revoked_at is not null or x.expires_at <= now() or x.ends_at <= now())"
)

MARK = query(int, "select coalesce(size, -1) from network.push_mark for update skip locked")
PUT_MARK = statement("update network.push_mark set size = %(size)s")

ADD_PUSHES = statement(
    "insert into network.push (subscription_id, key, payload, urgent, at, until, due_at) select v.device, v.key,"
    " v.payload, v.urgent, %(now)s, %(until)s, %(now)s from unnest(%(devices)s::uuid[], %(keys)s::uuid[],"
    " %(payloads)s::text[], %(urgents)s::boolean[]) as v (device, key, payload, urgent) on conflict do nothing"
)
TAKE_DUE = query(
    DuePush,
    "with due as (select subscription_id, key from network.push where sent_at is null and due_at <= %(now)s"
    " and until > %(now)s order by urgent desc, due_at limit %(limit)s for update skip locked)"
    " update network.push p set tries = tries + 1, due_at = %(leased)s from due, network.push_subscription s"
    " where p.subscription_id = due.subscription_id and p.key = due.key and s.id = p.subscription_id"
    " returning p.subscription_id, p.key, p.payload, p.urgent, p.until, p.tries, s.endpoint, s.p256dh, s.auth",
)
PUT_SENT = statement(
    "update network.push set sent_at = %(now)s where subscription_id = %(subscription_id)s and key = %(key)s"
)
PUT_LATER = statement(
    "update network.push set due_at = %(due_at)s where subscription_id = %(subscription_id)s and key = %(key)s"
)
PURGE_PUSHES = statement("delete from network.push where until < %(before)s")


def add_pushes(tx: Tx, told: Sequence[tuple[UUID, Telling]], until: datetime) -> None:
    """Into the outbox; what is there already, sent or not, is not added again."""
    if told:
        ADD_PUSHES.run(
            tx, now=tx.now, until=until, devices=[d for d, _ in told], keys=[t.key for _, t in told],
            payloads=[t.payload for _, t in told], urgents=[t.urgent for _, t in told],
        )  # fmt: skip


def take_due(tx: Tx, leased: datetime, limit: int) -> list[DuePush]:
    """Messages whose time has come, ours until `leased`."""
    return TAKE_DUE.all(tx, now=tx.now, leased=leased, limit=limit)
