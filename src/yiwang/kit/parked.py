"""Consequences that failed: kept, retried with growing patience, shown to operators, never lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Parked:
    """One failed consequence. `n` is the ledger entry that caused it, None when a timer did."""

    id: UUID
    reaction: str
    subject_id: UUID
    n: int | None
    error: str
    attempts: int
    at: datetime
    next_at: datetime
    done_at: datetime | None


ADD = statement(
    "insert into kit.parked (id, reaction, subject_id, n, error, at, next_at)"
    " values (%(id)s, %(reaction)s, %(subject_id)s, %(n)s, %(error)s, %(at)s, %(next_at)s)"
)
DUE = query(
    Parked,
    "select id, reaction, subject_id, n, error, attempts, at, next_at, done_at from kit.parked"
    " where done_at is null and n is not null and next_at <= %(now)s order by next_at limit 50 for update skip locked",
)
OPEN = query(
    Parked,
    "select id, reaction, subject_id, n, error, attempts, at, next_at, done_at from kit.parked"
    " where done_at is null order by at limit 500",
)
LATER = statement(
    "update kit.parked set attempts = attempts + 1, error = %(error)s, next_at = %(next_at)s where id = %(id)s"
)
TIMERS_DONE = statement(
    "update kit.parked set done_at = %(now)s where reaction = %(reaction)s and subject_id = any(%(subject_ids)s)"
    " and n is null and done_at is null"
)
FORGET = statement("update kit.parked set error = '（已删除 erased）' where subject_id = %(subject_id)s")
DONE = statement("update kit.parked set done_at = %(now)s where id = %(id)s")


def _words(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"[:2000]


def park(tx: Tx, reaction: str, subject_id: UUID, n: int | None, fault: BaseException) -> None:
    """Keep a failed consequence; it is tried again in ten seconds, then ever later."""
    ADD.run(
        tx,
        id=new_id(),
        reaction=reaction,
        subject_id=subject_id,
        n=n,
        error=_words(fault),
        at=tx.now,
        next_at=tx.now + timedelta(seconds=10),
    )


def take_due(tx: Tx) -> list[Parked]:
    return DUE.all(tx, now=tx.now)


def put_off(tx: Tx, item: Parked, fault: BaseException) -> None:
    wait = timedelta(seconds=min(10 * 2**item.attempts, 3600))
    LATER.run(tx, id=item.id, error=_words(fault), next_at=tx.now + wait)


def forget_errors(tx: Tx, subject_id: UUID) -> None:
    """What the database said of a failure may quote the row, and with it what was erased."""
    FORGET.run(tx, subject_id=subject_id)


def finish(tx: Tx, parked_id: UUID) -> None:
    DONE.run(tx, id=parked_id, now=tx.now)


def finish_timers(tx: Tx, reaction: str, subject_ids: list[UUID]) -> None:
    """Timers that had failed have fired after all."""
    TIMERS_DONE.run(tx, reaction=reaction, subject_ids=subject_ids, now=tx.now)


def list_open(tx: Tx) -> list[Parked]:
    """What has failed and not yet succeeded, oldest first: for operators."""
    return OPEN.all(tx)
