"""Deadlines as rows: set, moved and dropped inside acts; sweeps fire what is due, each once, many in one transaction.

A sweep claims the timers that fell due first (`SKIP LOCKED`, so several processes share the work), hands them kind by
kind to their handlers and commits. Where one of them fails, all are rolled back and tried again in halves, until the
guilty one stands alone: it is put off and parked.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from yiwang.kit import parked
from yiwang.kit.db import Database, Tx, is_away, query, statement

log = logging.getLogger(__name__)
BATCH = 300
"""Timers in one transaction: a twentieth of a second, a fifth on a busy machine, during which whoever works on one of
these subjects waits."""
BATCHES = 40
"""Batches in one sweep: a process that is told to stop waits for the sweep, a few seconds."""


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind` says which handler fires; `key` tells timers of one subject and kind apart."""

    subject_id: UUID
    kind: str
    key: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int


Handler = Callable[[Tx, Sequence[Timer]], Sequence[Timer]]
"""Gets timers of its kind, at most one of each subject. Locks those subjects that nobody holds, without waiting (the next
sweep comes back for the rest), `take`s their timers, acts on what it got, and answers with that."""

PUT = statement(
    "insert into kit.timer (subject_id, kind, key, due_at, data)"
    " values (%(subject_id)s, %(kind)s, %(key)s, %(due_at)s, %(data)s)"
    " on conflict (subject_id, kind, key) do update set due_at = excluded.due_at, data = excluded.data, attempts = 0",
    "insert into kit.timer (subject_id, kind, key, due_at, data) select * from json_to_recordset(%(rows)s::json)"
    " as w (subject_id uuid, kind text, key text, due_at timestamptz, data jsonb)"
    " on conflict (subject_id, kind, key) do update set due_at = excluded.due_at, data = excluded.data, attempts = 0",
    keyed=True,
)
DROP = statement(
    "delete from kit.timer where subject_id = %(subject_id)s and key = %(key)s",
    "delete from kit.timer t using json_to_recordset(%(rows)s::json) as w (subject_id uuid, key text)"
    " where t.subject_id = w.subject_id and t.key = w.key",
    keyed=True,
)
DROP_ALL = statement("delete from kit.timer where subject_id = %(subject_id)s")
CLAIM = query(
    Timer,
    "select subject_id, kind, key, due_at, data, attempts from kit.timer"
    " where due_at <= %(now)s order by due_at limit %(limit)s for update skip locked",
)
TAKE = query(
    Timer,
    "delete from kit.timer t using unnest(%(subject_id)s::uuid[], %(kind)s::text[], %(key)s::text[],"
    " %(due_at)s::timestamptz[]) as w (subject_id, kind, key, due_at) where t.subject_id = w.subject_id"
    " and t.kind = w.kind and t.key = w.key and t.due_at = w.due_at"
    " returning t.subject_id, t.kind, t.key, t.due_at, t.data, t.attempts",
)
FAIL = statement(
    "update kit.timer set attempts = attempts + 1, due_at = %(now)s::timestamptz + least(interval '10 s' * 2 ^ attempts, '1 h')"
    " where subject_id = %(subject_id)s and kind = %(kind)s and key = %(key)s and due_at = %(due_at)s"
)
FIRST = query(
    Timer,
    "select subject_id, kind, key, due_at, data, attempts from kit.timer where due_at < %(before)s"
    " order by due_at, subject_id, kind, key limit 1",
)
NEXT = query(datetime, "select min(due_at) from kit.timer having min(due_at) is not null")


def set_timer(tx: Tx, kind: str, subject_id: UUID, key: str, due_at: datetime, **data: Any) -> None:
    """Fire `kind` for this subject at `due_at`; the same key set again moves it. No two kinds of a subject share a key."""
    PUT.later(tx, (subject_id, key), kind=kind, subject_id=subject_id, key=key, due_at=due_at, data=Jsonb(data))


def set_timers(tx: Tx, timers: Sequence[Timer]) -> None:
    """`set_timer` for many."""
    for timer in timers:
        set_timer(tx, timer.kind, timer.subject_id, timer.key, timer.due_at, **timer.data)


def drop_timers(tx: Tx, subject_id: UUID, *keys: str) -> None:
    """Forget the timers of these keys, or all of the subject's when none is named."""
    for key in keys:
        DROP.later(tx, (subject_id, key), subject_id=subject_id, key=key)
    if not keys:
        DROP_ALL.run(tx, subject_id=subject_id)


def take(tx: Tx, timers: Iterable[Timer]) -> list[Timer]:
    """Those that this transaction, and no other ever, may act on, in the order given; what was moved, dropped or taken
    meanwhile is not among them. The caller holds the subjects."""
    wanted = list(timers)
    got = {_key(t): t for t in TAKE.all(tx, **_columns(wanted))} if wanted else {}
    return [got[_key(t)] for t in wanted if _key(t) in got]


def sweep(database: Database, handlers: Mapping[str, Handler], *, limit: int = BATCH, batches: int = BATCHES) -> int:
    """Fire what is due now, `limit` in one transaction; returns how many acted. One that fails is put off and parked.

    Safe in several processes at once, which then share the work.
    """
    fired = 0
    for _ in range(batches):
        due: list[Timer] = []
        try:
            with database.transaction() as tx:
                due = CLAIM.all(tx, now=tx.now, limit=limit)
                acted = act_on(tx, handlers, due)
        except Exception as fault:
            if not due or is_away(fault):
                raise
            acted = _fire_apart(database, handlers, due, fault)
        fired += acted
        if len(due) < limit or not acted:
            break
    return fired


def act_on(tx: Tx, handlers: Mapping[str, Handler], due: Sequence[Timer]) -> int:
    """Hand timers, in the order in which they fell due, to their handlers inside the caller's transaction; those of one
    subject after one another. Returns how many acted."""
    nth: Counter[UUID] = Counter()
    groups: dict[tuple[int, str], list[Timer]] = {}
    for timer in due:
        nth[timer.subject_id] += 1
        groups.setdefault((nth[timer.subject_id], timer.kind), []).append(timer)
    acted = 0
    for (_, kind), group in sorted(groups.items(), key=lambda item: item[0][0]):
        taken = handlers[kind](tx, group)
        acted += len(taken)
        if again := [t.subject_id for t in taken if t.attempts]:
            parked.finish_timers(tx, f"timer:{kind}", again)
    return acted


def _fire_apart(database: Database, handlers: Mapping[str, Handler], due: Sequence[Timer], fault: Exception) -> int:
    """What failed together, in halves; what fails alone is put off, and parked the first time."""
    if len(due) == 1:
        with database.transaction() as tx:
            _put_off(tx, due[0], fault)
        return 0
    acted, half = 0, len(due) // 2
    for part in (due[:half], due[half:]):
        try:
            with database.transaction() as tx:
                done = act_on(tx, handlers, part)
        except Exception as why:
            if is_away(why):
                raise
            done = _fire_apart(database, handlers, part, why)
        acted += done
    return acted


def _put_off(tx: Tx, timer: Timer, fault: Exception | None) -> None:
    there = FAIL.run(tx, subject_id=timer.subject_id, kind=timer.kind, key=timer.key, due_at=timer.due_at, now=tx.now)
    if fault is not None:
        log.warning("timer %s of %s failed", timer.kind, timer.subject_id, exc_info=fault)
        if there and timer.attempts == 0:
            parked.park(tx, f"timer:{timer.kind}", timer.subject_id, None, fault)


def find_first(tx: Tx, before: datetime) -> Timer | None:
    """The earliest timer that falls due before an instant: a simulated clock fires one after another (`fire`)."""
    return FIRST.maybe(tx, before=before)


def fire(tx: Tx, handlers: Mapping[str, Handler], timer: Timer) -> bool:
    """Fire one timer inside the caller's transaction; what the sweep does for many. False when it did not act: it
    failed (then it is parked), or its subject is held or gone; it is then put off."""
    failed: Exception | None = None
    try:
        with tx.savepoint():
            if act_on(tx, handlers, [timer]):
                return True
    except Exception as fault:
        failed = fault
    _put_off(tx, timer, failed)
    return False


def next_due(tx: Tx) -> datetime | None:
    """When the earliest timer falls due: the replay's clock jumps there."""
    return NEXT.maybe(tx)


def _key(timer: Timer) -> tuple[UUID, str, str]:
    return timer.subject_id, timer.kind, timer.key


def _columns(timers: Sequence[Timer]) -> dict[str, Any]:
    return {name: [getattr(t, name) for t in timers] for name in ("subject_id", "kind", "key", "due_at")}
