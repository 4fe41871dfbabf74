"""Reads of push: which devices something concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from yiwang.kit.db import Tx, query
from yiwang.network.model_push import Heard, Telling
from yiwang.network.store_people import EFFECTIVE

LIVE: LiteralString = (
    "network.push_subscription s join network.session x on x.id = s.session_id and x.revoked_at is null"
    " and x.expires_at > now() and x.ends_at > now() join network.person p on p.id = s.person_id and p.erased_at is null"
)
HEARD = query(
    Heard,
    "select s.id as subscription_id, s.person_id, t.key, coalesce(s.person_id = t.person_id, false) as named, exists (select from"
    " network.attendance a where a.person_id = s.person_id and a.until is null and a.ends_by > %(at)s) as here"
    " from unnest(%(keys)s::uuid[], %(people)s::uuid[], %(units)s::uuid[], %(posts)s::text[]) as t (key, person_id, unit_id,"
    f" post) join {LIVE} on s.person_id = t.person_id or exists (select from network.post o"
    " join network.unit_now n on n.id = o.unit_id where o.person_id = s.person_id and n.unit_id = t.unit_id"
    f" and (t.post is null or o.kind = t.post) and {EFFECTIVE})",
)
ANY = query(bool, f"select exists (select from {LIVE}) as found")
MINE = query(bool, "select exists (select from network.push_subscription s where s.session_id = %(id)s) as found")


def find_heard(tx: Tx, tellings: Sequence[Telling]) -> list[Heard]:
    """The devices that these concern: of the person named, of everybody who holds the post in the unit now."""
    return HEARD.all(
        tx, at=tx.now, keys=[t.key for t in tellings], people=[t.person_id for t in tellings],
        units=[t.unit_id for t in tellings], posts=[t.post for t in tellings],
    )  # fmt: skip


def is_any_device(tx: Tx) -> bool:
    return ANY.one(tx)
