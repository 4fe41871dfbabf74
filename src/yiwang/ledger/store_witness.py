"""What the upper level writes of lower ledgers. Only ever added to."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx, query, statement

LOCK = query(object, "select pg_advisory_xact_lock(7907, hashtext(%(id)s::text))")
ADD_LOWER = statement(
    "insert into ledger.lower_ledger (id, name, public, at) values (%(id)s, %(name)s, %(public)s, %(now)s)"
)
ADD_WITNESS = statement(
    "insert into ledger.witness (lower_id, size, root, at, key_id, note, received_at)"
    " values (%(lower_id)s, %(size)s, %(root)s, %(at)s, %(key_id)s, %(note)s, %(now)s)"
)
ADD_ALARM = statement(
    "insert into ledger.alarm (lower_id, size, root, against, why, note, received_at)"
    " values (%(lower_id)s, %(size)s, %(root)s, %(against)s, %(why)s, %(note)s, %(now)s) on conflict do nothing"
)


def lock_lower(tx: Tx, lower_id: UUID) -> None:
    """One at a time for each lower ledger (the application cannot lock rows here: it may not update them)."""
    LOCK.one(tx, id=lower_id)
