"""Transactions, typed statements and migrations over psycopg 3."""

from __future__ import annotations

import dataclasses
import hashlib
import select
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from importlib import resources
from pathlib import Path
from time import monotonic
from typing import Any, Generic, LiteralString, Self, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from yiwang.kit import clock
from yiwang.kit.errors import Refused, Unavailable

T = TypeVar("T")
APP_ROLE = "yiwang_app"

set_json_dumps(lambda o: msgspec.json.encode(o).decode())
set_json_loads(msgspec.json.decode)


class Tx:
    """One transaction: its connection, its one instant `now` (aware UTC), and the ledger heads it has read."""

    __slots__ = ("_conn", "_planned", "heads", "now")

    def __init__(self, conn: psycopg.Connection[Any], now: datetime) -> None:
        self._conn, self.now = conn, now
        self._planned: list[ExitStack] = []
        self.heads: dict[UUID, tuple[int, bytes]] = {}

    @property
    def conn(self) -> psycopg.Connection[Any]:
        """The connection, with every planned savepoint set."""
        if self._planned:
            for planned in self._planned:
                planned.enter_context(self._conn.transaction())
            self._planned.clear()
        return self._conn

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is inside is undone alone when it raises. Set only once something is done inside: most reactions look
        at an event and find that it is not for them."""
        heads, block = dict(self.heads), ExitStack()
        self._planned.append(block)
        try:
            with block:
                yield
        except BaseException:
            self.heads = heads
            raise
        finally:
            if block in self._planned:
                self._planned.remove(block)


@dataclasses.dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a WHERE with its named parameters; `&` joins two."""

    sql: str = "true"
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __and__(self, other: Clause) -> Clause:
        return Clause(f"{self.sql} and {other.sql}", {**self.params, **other.params})


TRUE = Clause()
_PLAIN = {str, int, float, bool, bytes, UUID, datetime, date, time, timedelta, Decimal, object, type(None)}


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    """How a column's value becomes the field's: None where psycopg's own value is already right."""
    if hint in _PLAIN or hint is Any:
        return None
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        inner = [h for h in typing.get_args(hint) if h is not type(None)]
        convert = _converter(inner[0]) if len(inner) == 1 else None
        return None if convert is None else lambda v: None if v is None else convert(v)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if typing.get_origin(hint) is tuple and typing.get_args(hint)[0] in _PLAIN:
        return tuple
    return lambda v: msgspec.convert(v, hint, strict=False)


class Query(Generic[T]):
    """A SELECT (or a write RETURNING) that fills `into`: a dataclass by position, or one plain value."""

    def __init__(self, into: type[T], sql: LiteralString) -> None:
        self.into, self.sql = into, sql
        self._make: Callable[[tuple[Any, ...]], T] | None = None

    def _maker(self) -> Callable[[tuple[Any, ...]], T]:
        into: Any = self.into
        if not dataclasses.is_dataclass(into):
            convert = _converter(into)
            return (lambda row: row[0]) if convert is None else (lambda row: convert(row[0]))
        fill: Any = into
        hints = typing.get_type_hints(fill)
        found = [(i, _converter(hints[f.name])) for i, f in enumerate(dataclasses.fields(fill))]
        converters = [(i, c) for i, c in found if c is not None]
        if not converters:
            return lambda row: fill(*row)

        def make(row: tuple[Any, ...]) -> T:
            values = list(row)
            for i, convert in converters:
                if values[i] is not None:
                    values[i] = convert(values[i])
            return fill(*values)

        return make

    def _rows(self, tx: Tx, where: Clause, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        sql = self.sql.replace("{where}", where.sql) if "{where}" in self.sql else self.sql
        return tx.conn.execute(cast(LiteralString, sql), {**params, **where.params}).fetchall()

    def all(self, tx: Tx, where: Clause = TRUE, **params: Any) -> list[T]:
        """Every row."""
        make = self._make = self._make or self._maker()
        return [make(row) for row in self._rows(tx, where, params)]

    def maybe(self, tx: Tx, where: Clause = TRUE, **params: Any) -> T | None:
        """The first row, or None."""
        make = self._make = self._make or self._maker()
        rows = self._rows(tx, where, params)
        return make(rows[0]) if rows else None

    def one(self, tx: Tx, where: Clause = TRUE, **params: Any) -> T:
        """The one row there must be; its absence is a fault of ours, so LookupError, not an answer to the user."""
        make = self._make = self._make or self._maker()
        rows = self._rows(tx, where, params)
        if not rows:
            raise LookupError(f"no row: {self.sql[:80]} {params}")
        return make(rows[0])


class Statement:
    """An INSERT, UPDATE or DELETE that returns nothing but how many rows it touched."""

    def __init__(self, sql: LiteralString) -> None:
        self.sql = sql

    def run(self, tx: Tx, **params: Any) -> int:
        return tx.conn.execute(cast(LiteralString, self.sql), params).rowcount

    def run_many(self, tx: Tx, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        if len(rows) == 1:  # the usual case by far; a pipeline of one costs two exchanges more
            self.run(tx, **rows[0])
        elif rows:
            with tx.conn.cursor() as cursor:
                cursor.executemany(cast(LiteralString, self.sql), rows)


def query(into: type[T], sql: LiteralString) -> Query[T]:
    return Query(into, sql)


def statement(sql: LiteralString) -> Statement:
    return Statement(sql)


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
                # lock_timeout makes a stuck rival a 409, not a hung phone.
                "options": f"-c timezone=UTC -c lock_timeout=5s -c jit=off{f' -c role={role}' if role else ''} {options}",
            },
        )

    def open(self) -> Self:
        self.pool.open(wait=True, timeout=30)
        return self

    def close(self) -> None:
        self.pool.close(timeout=5)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Commits when the block ends, rolls back when it raises. Unavailable `database.unsure` when the connection is
        lost at the commit: then nobody here can know whether it was made."""
        with self._connection() as conn:
            committing = False
            try:
                with conn.transaction():
                    yield Tx(conn, clock.now())
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
                    "数据库暂时连不上，什么也没有做，请稍后再试",
                    "The database is away; nothing was done, please try again",
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


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, sql) of every migration, in order."""
    packed = resources.files("yiwang") / "migrations"
    folder = Path(str(packed)) if packed.is_dir() else Path(__file__).parents[3] / "migrations"
    found = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(f.name[:4]), f.stem[5:], f.read_text("utf-8")) for f in found]


def migrate(owner_url: str) -> list[str]:
    """Bring the schema up to date, as its owner; returns the names of what was applied.

    Each migration is one transaction; two processes at once wait for each other. A migration that was
    changed after it was applied is refused: history is only ever added to.
    """
    applied: list[str] = []
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(7905)")
        conn.execute("create schema if not exists kit")
        conn.execute(
            "create table if not exists kit.migration "
            "(number int primary key, name text not null, digest text not null, at timestamptz not null default now())"
        )
        done = dict(conn.execute("select number, digest from kit.migration").fetchall())
        for number, name, sql in migrations():
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if number in done:
                if done[number] != digest:
                    raise Refused(
                        "database.migration_changed",
                        f"数据库由另一版本建立：第 {number:04} 号迁移（{name}）与当前程序不同",
                        f"This database was made by another version: migration {number:04}_{name} differs from ours",
                        migration=f"{number:04}_{name}",
                    )
                continue
            with conn.transaction():
                conn.execute(cast(LiteralString, sql))
                conn.execute(
                    "insert into kit.migration (number, name, digest) values (%s, %s, %s)", (number, name, digest)
                )
            applied.append(f"{number:04}_{name}")
    return applied
