"""Reads of who has seen personal data in clear, and of how many values which key has sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model_personal import Unmasking

UNMASKINGS = query(
    Unmasking,
    "select m.id, m.at, m.by, coalesce(p.name, '') as by_name, m.post, u.name as unit_name, m.what, m.subject_id,"
    " m.part_id, m.reason, m.words from network.unmasking m left join network.person p on p.id = m.by"
    " left join network.unit u on u.id = m.unit_id where m.id < %(before)s"
    " and (%(everything)s or m.by = %(person)s or u.path <@ %(paths)s::ltree[]) order by m.id desc limit %(limit)s",
)
LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many values a key has sealed; `key` None counts what stands in clear still."""

    key: bytes | None
    values: int


KEYS = query(
    KeyUse,
    "select case when sealed is not null then substring(sealed from 2 for 4) end as key, count(*)::int as values"
    " from (select sealed from network.person where sealed is not null or phone is not null or wecom is not null"
    " union all select sealed from network.factor where sealed is not null) kept group by 1",
)
ANY_SEALED = query(
    bool,
    "select exists (select from network.person where sealed is not null)"
    " or exists (select from network.factor where sealed is not null) as found",
)


def list_unmaskings(tx: Tx, scope: Scope, *, before: UUID = LAST, limit: int = 100) -> list[Unmasking]:
    """Who saw personal data in clear, newest first: oneself, and whoever did it under a post within the scope."""
    return UNMASKINGS.all(
        tx, everything=scope.everything, person=scope.person, paths=list(scope.paths), before=before, limit=limit
    )


def read_key_use(tx: Tx) -> dict[bytes | None, int]:
    """Key id → how many people's data it has sealed; None: in clear still."""
    return {u.key: u.values for u in KEYS.all(tx)}


def is_any_sealed(tx: Tx) -> bool:
    return ANY_SEALED.one(tx)
