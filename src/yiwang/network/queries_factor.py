"""Reads of second factors: one's own."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model_factor import FactorRow, Factors

FACTORS = query(
    FactorRow,
    "select id, kind, name, added_at, used_at from network.factor where person_id = %(person)s"
    " and confirmed_at is not null order by added_at, id",
)
KINDS = query(
    str,
    "select distinct kind from network.factor where person_id = %(person_id)s and confirmed_at is not null order by 1",
)
KEYS_OF = query(
    bytes,
    "select credential from network.factor where person_id = %(person_id)s and kind = 'webauthn' order by added_at",
)
RECOVERY_LEFT = query(
    int, "select count(*)::int as n from network.recovery_code where person_id = %(person)s and used_at is null"
)


def list_factors(tx: Tx, scope: Scope, *, proven: bool) -> Factors:
    """One's own factors, and how many recovery codes are left."""
    return Factors(FACTORS.all(tx, person=scope.person), RECOVERY_LEFT.one(tx, person=scope.person), proven)


def find_kinds(tx: Tx, person_id: UUID) -> tuple[str, ...]:
    """Which kinds of factor somebody has: empty when a password is all."""
    return tuple(KINDS.all(tx, person_id=person_id))


def find_keys(tx: Tx, person_id: UUID) -> list[bytes]:
    """The ids of somebody's security keys."""
    return KEYS_OF.all(tx, person_id=person_id)
