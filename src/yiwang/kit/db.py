"""Transactions, typed statements and migrations over psycopg 3."""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Self, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from yiwang.kit import clock
from yiwang.kit.errors import Unavailable
from yiwang.kit.schema import migrate, migrations  # noqa: F401  one asks for them beside the database
from yiwang.kit.statements import TRUE, Clause, Query, Statement, query, statement, write_together  # noqa: F401  so for these

T = TypeVar("T")
APP_ROLE = "yiwang_app"

set_json_dumps(lambda o: msgspec.json.encode(o).decode())
set_json_loads(msgspec.json.decode)


class Tx:
    """One transaction: its connection, its one instant `now` (aware UTC), the ledger heads it has read (`heads`), what
    it holds locked as it stands (`held`): read once, written once; and what nobody changes meanwhile (`known`): asked once.

    Writes that nobody waits for (`Statement.later`) gather until something is read or the transaction ends, and then go
    together, as one statement. What is `hasty` gathers them further, past reads of what no act writes (`Query.apart`):
    it must be run again without haste when the database raises anything (`kit.web.perform` does so), since a savepoint
    may be missing.
    """

    __slots__ = ("_conn", "_planned", "_waiting", "_written", "hasty", "heads", "held", "known", "now")

    def __init__(self, conn: psycopg.Connection[Any], now: datetime, *, hasty: bool = False) -> None:
        self._conn, self.now, self.hasty = conn, now, hasty
        self._planned: list[tuple[ExitStack, int]] = []
        self._waiting: list[tuple[Statement, Any, dict[str, Any]]] = []
        self._written: set[tuple[Statement, Any]] = set()
        self.heads: dict[UUID, tuple[int, bytes]] = {}
        self.held: dict[Any, Any] = {}
        self.known: dict[Any, Any] = {}

    @property
    def conn(self) -> psycopg.Connection[Any]:
        """The connection, with every planned savepoint set and every waiting write written."""
        if self._planned:
            done = 0
            for planned, mark in self._planned:
                self._write(self._waiting[done:mark])
                done = mark
                planned.enter_context(self._conn.transaction())
            self._planned.clear()
            del self._waiting[:done]
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._write(waiting)
        return self._conn

    @property
    def beside(self) -> psycopg.Connection[Any]:
        """The connection for what no act writes: a hasty transaction leaves its writes waiting."""
        return self._conn if self.hasty else self.conn

    def wait(self, one: Statement, key: Any, params: dict[str, Any]) -> None:
        """Queue a write; one with the same key that still waits is replaced by it."""
        self._waiting.append((one, key, params))

    def waits(self, one: Statement, key: Any) -> dict[str, Any] | None:
        """The parameters of the write with this key, should it still wait."""
        return next((p for s, k, p in reversed(self._waiting) if s is one and k == key), None)

    def _write(self, waiting: Sequence[tuple[Statement, Any, dict[str, Any]]]) -> None:
        last: dict[Any, tuple[Statement, dict[str, Any]]] = {}
        fresh = set[tuple[Statement, Any]]()
        for n, (first, key, params) in enumerate(waiting):
            one = first
            if first.again is not None:
                one = first.again if (first, key) in self._written else first
                fresh.add((first, key))
            last[n if key is None else (one.table if one.keyed else one, key)] = one, params
        gathered: dict[Statement, list[dict[str, Any]]] = {}
        for one, params in last.values():
            if one not in gathered and not one.keyed and any(one.table == other.table for other in gathered):
                write_together(self._conn, gathered)  # perhaps of a row of theirs, which within a statement is not seen
                gathered = {}
            gathered.setdefault(one, []).append(params)
        write_together(self._conn, gathered)
        self._written |= fresh

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is inside is undone alone when it raises. Set only once something is done inside: most reactions look
        at an event and find that it is not for them."""
        heads, held, written, block = dict(self.heads), dict(self.held), set(self._written), ExitStack()
        planned = (block, len(self._waiting))
        self._planned.append(planned)
        try:
            with block:
                yield
                inside = self._waiting[planned[1] :] if planned in self._planned else self._waiting
                if inside and not self.hasty:
                    _ = self.conn  # should it fail, it fails inside
        except BaseException:
            self.heads, self.held, self._written = heads, held, written
            if planned in self._planned:
                del self._waiting[planned[1] :]
            else:
                self._waiting.clear()
            raise
        finally:
            if planned in self._planned:
                self._planned.remove(planned)

    @contextmanager
    def trial(self, undo: bool) -> Iterator[Trial]:
        """What is done inside is undone at its end if `undo` says so then: what it came to is that of the real thing."""
        trial = Trial(undo)
        try:
            with self.savepoint():
                yield trial
                if trial.undo:
                    raise _Undone
        except _Undone:
            pass


@dataclass(slots=True)
class Trial:
    """Is what is being done to be undone?"""

    undo: bool


class _Undone(Exception):
    pass


def _is_connected(conn: psycopg.Connection[Any]) -> bool:
    """Known without an exchange: on an idle connection PostgreSQL never speaks first, unless to say goodbye."""
    speaks = select.poll()
    speaks.register(conn.fileno(), select.POLLIN)
    return not conn.closed and not speaks.poll(0)


class Database:
    """A pool of connections to one database, as the application's role."""

    def __init__(self, url: str, *, size: int = 20, role: str | None = APP_ROLE, options: str = "") -> None:
        """`options`: more session settings, as `-c name=value`."""
        self.url = url
        self.pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=10,
            open=False,
            # Whoever needs a connection asks for a new try (`_lend`): the pool's own tries would come ever later, and
            # stay away for half a minute after a database that was away for one.
            reconnect_timeout=0,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 2,
                # `role` keeps the ledger out of reach of whatever the application is made to say;
                # lock_timeout makes a stuck rival a 409, not a hung phone. Neither compiling a plan nor starting workers
                # for it (10 ms) pays for short questions that many ask at once.
                "options": "-c timezone=UTC -c lock_timeout=5s -c jit=off -c max_parallel_workers_per_gather=0"
                f"{f' -c role={role}' if role else ''} {options}",
            },
        )

    def open(self) -> Self:
        self.pool.open(wait=True, timeout=30)
        return self

    def close(self) -> None:
        self.pool.close(timeout=5)

    @contextmanager
    def transaction(self, *, hasty: bool = False) -> Iterator[Tx]:
        """Commits when the block ends, rolls back when it raises. Unavailable `database.unsure` when the connection is
        lost at the commit: then nobody here can know whether it was made. `hasty`: see `Tx`."""
        with self._connection() as conn:
            committing = False
            try:
                with conn.transaction():
                    tx = Tx(conn, clock.now(), hasty=hasty)
                    yield tx
                    _ = tx.conn  # what waits is written
                    committing = True
            except psycopg.OperationalError as lost:
                if committing and conn.closed:
                    raise Unavailable(
                        "database.unsure",
                        "保存时数据库断开，是否已办成尚不能确定；请原样重发（同一命令编号只办一次）",
                        "The database went away while saving: whether it was done is not known;"
                        " send the same again (one command id is done once)",
                    ) from lost
                raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """For single statements that only read: no transaction around them."""
        with self._connection() as conn:
            yield Tx(conn, clock.now())

    @contextmanager
    def alone(self, number: int) -> Iterator[None]:
        """One process at a time inside (an advisory lock); whoever comes second waits."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute("select pg_advisory_lock(%s)", [number])
            yield

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        conn = self._lend()
        try:
            with conn:
                yield conn
        finally:
            self.pool.putconn(conn)

    def _lend(self) -> psycopg.Connection[Any]:
        """A connection that lives. After a restart of the database nobody is handed what died with it."""
        until = monotonic() + self.pool.timeout
        while True:
            try:
                conn = self.pool.getconn(timeout=0.25)
            except PoolTimeout as away:
                if monotonic() < until:
                    continue
                raise Unavailable(
                    "database.away",
                    "数据库暂时连不上或太忙，什么也没有做，请稍后再试",
                    "The database is away or too busy; nothing was done, please try again",
                ) from away
            if _is_connected(conn):
                return conn
            conn.close()
            self.pool.putconn(conn)


def is_away(fault: BaseException) -> bool:
    """Whether the database went away (SQLSTATE 08 and 57, or a connection that just broke), rather than refused."""
    if isinstance(fault, psycopg.OperationalError):
        return fault.sqlstate is None or fault.sqlstate[:2] in ("08", "57")
    return isinstance(fault, Unavailable)


_current: Database | None = None


def use(database: Database | None) -> None:
    """Make `database` the one that `current()` answers with: done once, where the program starts."""
    global _current
    _current = database


def current() -> Database:
    if _current is None:
        raise RuntimeError("no database in use: call kit.db.use() first")
    return _current
