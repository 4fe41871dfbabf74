"""How a migration is applied while everybody goes on working, and goes on itself when it was interrupted.

A file is one transaction, or several parts with a line between them:

    -- then               what follows is another transaction
    -- then, again        … one statement, repeated, each time a transaction, until it touches no row: old rows in chunks
    -- then, apart        … one statement that no transaction may hold: create index concurrently if not exists …

How many parts are done stands in `kit.migration`. Rules for writers of migrations: docs/operate.md, "Migrations".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, LiteralString, NamedTuple, cast

import psycopg
from psycopg import errors as pg

from yiwang.kit.errors import Unavailable

log = logging.getLogger(__name__)
LOCK_MS = 300
"""So long a migration waits for a lock, and everybody behind it in the queue with it; then it steps back and tries again."""
PATIENCE_SECONDS = 300
_THEN = re.compile(r"^-- then(?:, (again|apart))?\n", re.MULTILINE)
_WAIT_BRIEFLY = cast(LiteralString, f"set local lock_timeout = {LOCK_MS}")
_KEEP: LiteralString = (
    "insert into kit.migration (number, name, digest, parts) values (%s, %s, %s, %s)"
    " on conflict (number) do update set digest = excluded.digest, parts = excluded.parts, at = now()"
)
_BLOCKERS = (
    "select pid, left(query, 100) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and xact_start < now() - interval '1 s' order by xact_start limit 5"
)
_HALF_MADE = "select indexrelid::regclass::text from pg_index where not indisvalid"


class Part(NamedTuple):
    sql: str
    how: str
    """Empty, `again` or `apart`."""


def split(sql: str) -> list[Part]:
    first, *more = _THEN.split(sql)
    return [Part(first, ""), *(Part(text, how or "") for how, text in zip(more[::2], more[1::2], strict=True))]


def lock(conn: psycopg.Connection[Any]) -> None:
    """One migrates at a time. Asked for again and again, not waited for: a statement that waits holds a snapshot, and
    the other's `create index concurrently` would wait for that."""
    while not conn.execute("select pg_try_advisory_lock(7905)").fetchall()[0][0]:
        sleep(0.1)


def apply(conn: psycopg.Connection[Any], number: int, name: str, sql: str, digest: str) -> None:
    """Apply what is left of a migration. Unavailable when a lock is not to be had for PATIENCE_SECONDS."""
    parts = split(sql)
    row = conn.execute("select parts from kit.migration where number = %s and digest = ''", [number]).fetchone()
    for i in range(row[0] if row else 0, len(parts)):
        done = (number, name, digest if i + 1 == len(parts) else "", i + 1)
        part = parts[i]
        if part.how == "again":
            while _patiently(conn, lambda part=part: _run(conn, part.sql)):
                pass
            _patiently(conn, lambda done=done: _run(conn, _KEEP, done))
        elif part.how == "apart":
            _patiently(conn, lambda part=part: _apart(conn, part.sql))
            _patiently(conn, lambda done=done: _run(conn, _KEEP, done))
        else:
            _patiently(conn, lambda part=part, done=done: _together(conn, part.sql, done))


def _run(conn: psycopg.Connection[Any], sql: str, params: tuple[Any, ...] | None = None) -> int:
    with conn.transaction():
        conn.execute(_WAIT_BRIEFLY)
        return conn.execute(cast(LiteralString, sql), params).rowcount


def _together(conn: psycopg.Connection[Any], sql: str, done: tuple[Any, ...]) -> None:
    with conn.transaction():
        conn.execute(_WAIT_BRIEFLY)
        conn.execute(cast(LiteralString, sql))
        conn.execute(_KEEP, done)


def _apart(conn: psycopg.Connection[Any], sql: str) -> None:
    """What an interrupted try left is taken away first: `if not exists` would take a half-made index for a whole one."""
    for (index,) in conn.execute(_HALF_MADE).fetchall():
        conn.execute(cast(LiteralString, f"drop index concurrently if exists {index}"))
    conn.execute(cast(LiteralString, sql))


def _patiently(conn: psycopg.Connection[Any], step: Callable[[], int | None]) -> int:
    until, pause = monotonic() + PATIENCE_SECONDS, 0.1
    while True:
        try:
            return step() or 0
        except (pg.LockNotAvailable, pg.DeadlockDetected, *_ROLES) as busy:
            if isinstance(busy, _ROLES) and (not _is_of_roles(busy) or monotonic() > until - PATIENCE_SECONDS + 5):
                raise
            if monotonic() > until:
                raise Unavailable(
                    "database.migration_blocked",
                    "数据库更新拿不到锁：有长时间不结束的事务；请结束它后重试（已完成的部分不会重做）",
                    "The migration cannot get a lock: a transaction stays open; end it and try again (what is done stays)",
                    blockers=[f"{pid}: {query}" for pid, query in conn.execute(_BLOCKERS).fetchall()],
                ) from busy
            log.info("migration: somebody is in the way, trying again")
            sleep(pause)
            pause = min(pause * 1.5, 2)


_ROLES = (pg.UniqueViolation, pg.DuplicateObject, pg.InternalError_)


def _is_of_roles(fault: psycopg.Error) -> bool:
    """Roles belong to the whole server, where another database's migration may just be making the very same ones: our
    lock is of this database alone."""
    words = str(fault)
    return any(w in words for w in ("pg_authid", "pg_auth_members", "role ", "concurrently updated"))
