"""Deadlines as rows: set, moved and dropped inside acts; a sweep fires what is due, each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from yiwang.kit import parked
from yiwang.kit.db import Database, Tx, query, statement

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind` says which handler fires; `key` tells timers of one subject and kind apart."""

    subject_id: UUID
    kind: str
    key: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int


Handler = Callable[[Tx, Timer], bool]
"""Locks the timer's subject without waiting (False when somebody holds it: the next sweep comes back), then calls
`take` and acts only if that says so."""

PUT = statement(
    "insert into kit.timer (subject_id, kind, key, due_at, data)"
    " values (%(subject_id)s, %(kind)s, %(key)s, %(due_at)s, %(data)s)"
    " on conflict (subject_id, kind, key) do update set due_at = excluded.due_at, data = excluded.data, attempts = 0"
)
DROP = statement("delete from kit.timer where subject_id = %(subject_id)s and key = any(%(keys)s)")
DROP_ALL = statement("delete from kit.timer where subject_id = %(subject_id)s")
DUE = query(
    Timer,
    "select subject_id, kind, key, due_at, data, attempts from kit.timer"
    " where due_at <= %(now)s order by due_at limit %(limit)s",
)
TAKE = statement(
    "delete from kit.timer where subject_id = %(subject_id)s and kind = %(kind)s and key = %(key)s"
    " and due_at = %(due_at)s"
)
FAIL = statement(
    "update kit.timer set attempts = attempts + 1, due_at = %(now)s::timestamptz + least(interval '10 s' * 2 ^ attempts, '1 h')"
    " where subject_id = %(subject_id)s and kind = %(kind)s and key = %(key)s"
)
FIRST = query(
    Timer,
    "select subject_id, kind, key, due_at, data, attempts from kit.timer where due_at < %(before)s"
    " order by due_at, subject_id, kind, key limit 1",
)
NEXT = query(datetime, "select min(due_at) from kit.timer having min(due_at) is not null")


def set_timer(tx: Tx, kind: str, subject_id: UUID, key: str, due_at: datetime, **data: Any) -> None:
    """Fire `kind` for this subject at `due_at`; the same key set again moves it."""
    PUT.run(tx, kind=kind, subject_id=subject_id, key=key, due_at=due_at, data=Jsonb(data))


def drop_timers(tx: Tx, subject_id: UUID, *keys: str) -> None:
    """Forget the timers of these keys, or all of the subject's when none is named."""
    if keys:
        DROP.run(tx, subject_id=subject_id, keys=list(keys))
    else:
        DROP_ALL.run(tx, subject_id=subject_id)


def take(tx: Tx, timer: Timer) -> bool:
    """True for the one transaction that may act on this firing; false if it was moved, dropped or taken meanwhile."""
    return TAKE.run(tx, subject_id=timer.subject_id, kind=timer.kind, key=timer.key, due_at=timer.due_at) == 1


def sweep(database: Database, handlers: Mapping[str, Handler], *, limit: int = 200) -> int:
    """Fire what is due now, one transaction each; returns how many acted. One that fails is put off and parked."""
    with database.reading() as tx:
        due = DUE.all(tx, now=tx.now, limit=limit)
    fired = 0
    for timer in due:
        try:
            with database.transaction() as tx:
                fired += handlers[timer.kind](tx, timer)
                if timer.attempts:
                    parked.finish_timers(tx, f"timer:{timer.kind}", timer.subject_id)
        except Exception as fault:
            log.warning("timer %s of %s failed", timer.kind, timer.subject_id, exc_info=fault)
            with database.transaction() as tx:
                FAIL.run(tx, subject_id=timer.subject_id, kind=timer.kind, key=timer.key, now=tx.now)
                if timer.attempts == 0:
                    parked.park(tx, f"timer:{timer.kind}", timer.subject_id, None, fault)
    return fired


def find_first(tx: Tx, before: datetime) -> Timer | None:
    """The earliest timer that falls due before an instant: a simulated clock fires one after another (`fire`)."""
    return FIRST.maybe(tx, before=before)


def fire(tx: Tx, handlers: Mapping[str, Handler], timer: Timer) -> bool:
    """Fire one timer inside the caller's transaction; what the sweep does for each. False when it did not act: it
    failed (then it is parked), or its subject is held or gone; it is then put off."""
    try:
        with tx.savepoint():
            if handlers[timer.kind](tx, timer):
                return True
    except Exception as fault:
        log.warning("timer %s of %s failed", timer.kind, timer.subject_id, exc_info=fault)
        if timer.attempts == 0:
            parked.park(tx, f"timer:{timer.kind}", timer.subject_id, None, fault)
    FAIL.run(tx, subject_id=timer.subject_id, kind=timer.kind, key=timer.key, now=tx.now)
    return False


def next_due(tx: Tx) -> datetime | None:
    """When the earliest timer falls due: the replay's clock jumps there."""
    return NEXT.maybe(tx)
