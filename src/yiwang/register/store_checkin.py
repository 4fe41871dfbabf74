"""SQL that writes tags, taps and check-ins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.kit import secret
from yiwang.kit.db import Tx, query, statement
from yiwang.register.model_owed import TagKind
from yiwang.register.rules_checkin import Place

TAG_SEALED, BATCH_SEALED = "register.tag.key", "register.batch.meta_key"


@dataclass(frozen=True, slots=True)
class LockedTag:
    id: UUID
    uid: str
    kind: TagKind
    thing_id: UUID
    key: bytes | None
    counter: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A key as it is kept."""

    id: UUID
    sealed: bytes


LOCK_UID = query(bool, "select pg_advisory_xact_lock(hashtextextended(%(uid)s, 7909)) is null")
BY_UID = query(
    LockedTag,
    "select id, uid, kind, thing_id, key, counter from register.tag where uid = %(uid)s and ended_at is null for update",
)
BY_ID = query(LockedTag, "select id, uid, kind, thing_id, key, counter from register.tag where id = %(id)s for update")
ADD_TAG = statement(
    "insert into register.tag (id, uid, kind, thing_id, key, counter, by, at) values"
    " (%(id)s, %(uid)s, %(kind)s, %(thing_id)s, %(key)s, -1, %(by)s, %(now)s)"
)
END_TAG = query(
    str,
    "update register.tag set ended_at = %(now)s where id = %(id)s and thing_id = %(thing_id)s and ended_at is null returning uid",
)
COUNT_TAG = statement("update register.tag set counter = greatest(counter, %(counter)s) where id = %(id)s")
ADD_TAP = query(
    bool,
    "insert into register.tap (tag_id, counter, checkin_id) values (%(tag_id)s, %(counter)s, %(checkin_id)s)"
    " on conflict do nothing returning true",
)
BATCHES = query(Sealed, "select id, meta_key as sealed from register.batch order by at desc")
ADD_BATCH = statement(
    "insert into register.batch (id, name, meta_key, at) values (%(id)s, %(name)s, %(meta_key)s, %(now)s)"
)
STALE_TAGS = query(
    Sealed,
    "select id, coalesce(key, ''::bytea) as sealed from register.tag where id > %(after)s and key is not null"
    " and substring(key from 1 for 5) <> %(head)s order by id limit %(limit)s for update skip locked",
)
STALE_BATCHES = query(
    Sealed,
    "select id, meta_key as sealed from register.batch where id > %(after)s"
    " and substring(meta_key from 1 for 5) <> %(head)s order by id limit %(limit)s for update skip locked",
)
PUT_TAG_SEALED = statement("update register.tag set key = %(sealed)s where id = %(id)s")
PUT_BATCH_SEALED = statement("update register.batch set meta_key = %(sealed)s where id = %(id)s")
# A tap with a lower counter was before one with a higher; whose times say otherwise are doubted.
BACKWARDS = query(
    bool,
    "select exists (select from register.checkin where tag_id = %(tag_id)s and"
    " (counter < %(counter)s and at > %(at)s or counter > %(counter)s and at < %(at)s)) as found",
)
LAST = query(
    Place,
    "select coalesce(lon, 0) as lon, coalesce(lat, 0) as lat, at from register.checkin where person_id = %(person)s and lon is not null and at between"
    " %(at)s::timestamptz - interval '1 hour' and %(at)s::timestamptz + interval '1 hour'"
    " order by abs(extract(epoch from at - %(at)s::timestamptz)) limit 1",
)
ADD_CHECKIN = query(
    bool,
    "insert into register.checkin (id, thing_id, person_id, unit_id, post, at, received_at, how, tag_id, counter, lon, lat,"
    " accuracy_m, distance_m, device, photos, form, damaged, proofs, doubts, met) values (%(id)s, %(thing_id)s, %(person)s,"
    " %(unit_id)s, %(post)s, %(at)s, %(now)s, %(how)s, %(tag_id)s, %(counter)s, %(lon)s, %(lat)s, %(accuracy_m)s, %(distance_m)s,"
    " %(device)s, %(photos)s, %(form)s::jsonb, %(damaged)s, %(proofs)s, %(doubts)s, %(met)s) on conflict do nothing returning true",
)


def lock_tag(tx: Tx, uid: str) -> LockedTag | None:
    return BY_UID.maybe(tx, uid=uid.upper())


def put_key(tag_id: UUID, key: str) -> bytes:
    """Sealed for its row."""
    return secret.ring().seal(TAG_SEALED, tag_id, {"key": key})


def take_key(tag: LockedTag) -> bytes:
    """The key of a signing tag."""
    return bytes.fromhex(secret.ring().open(TAG_SEALED, tag.id, tag.key or b"")["key"])


def put_meta_key(batch_id: UUID, key: str) -> bytes:
    return secret.ring().seal(BATCH_SEALED, batch_id, {"key": key})


def take_meta_keys(tx: Tx) -> Sequence[bytes]:
    """The meta read keys there are, the newest first."""
    return [bytes.fromhex(secret.ring().open(BATCH_SEALED, batch.id, batch.sealed)["key"]) for batch in BATCHES.all(tx)]


def take_last(tx: Tx, person: UUID, at: datetime) -> Place | None:
    """Where this person checked in last around that time."""
    return LAST.maybe(tx, person=person, at=at)


def put_keys_sealed(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next keys of tags and batches that the present key has not sealed; answers with the last one, None when none
    is left."""
    ring, last = secret.ring(), None
    for stale, put, place in (
        (STALE_TAGS, PUT_TAG_SEALED, TAG_SEALED),
        (STALE_BATCHES, PUT_BATCH_SEALED, BATCH_SEALED),
    ):
        rows = stale.all(tx, after=after, head=ring.head, limit=limit)
        put.run_many(
            tx, [{"id": r.id, "sealed": ring.seal(place, r.id, ring.open(place, r.id, r.sealed))} for r in rows]
        )
        if len(rows) == limit:
            last = rows[-1].id if last is None else min(last, rows[-1].id)
    return last
