"""Transactions, typed statements and migrations over psycopg 3."""

from __future__ import annotations

import dataclasses
import select
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from time import monotonic
from typing import Any, Generic, LiteralString, Self, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from yiwang.kit import clock
from yiwang.kit.errors import Unavailable
from yiwang.kit.schema import migrate, migrations  # noqa: F401  one asks for them beside the database

T = TypeVar("T")
APP_ROLE = "yiwang_app"

set_json_dumps(lambda o: msgspec.json.encode(o).decode())
set_json_loads(msgspec.json.decode)


class Tx:
    """One transaction: its connection, its one instant `now` (aware UTC), the ledger heads it has read (`heads`), and
    what it holds locked as it stands (`held`): read once, written once.

    Writes that nobody waits for (`Statement.later`) gather until something is read or the transaction ends, and then go
    together. What is `hasty` gathers them further, past reads of what no act writes (`Query.apart`): it must be run
    again without haste when the database raises anything (`kit.web.perform` does so), since a savepoint may be missing.
    """

    __slots__ = ("_conn", "_planned", "_waiting", "hasty", "heads", "held", "now")

    def __init__(self, conn: psycopg.Connection[Any], now: datetime, *, hasty: bool = False) -> None:
        self._conn, self.now, self.hasty = conn, now, hasty
        self._planned: list[tuple[ExitStack, int]] = []
        self._waiting: list[tuple[Statement, Any, dict[str, Any]]] = []
        self.heads: dict[UUID, tuple[int, bytes]] = {}
        self.held: dict[Any, Any] = {}

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

    def wait(self, statement: Statement, key: Any, params: dict[str, Any]) -> None:
        """Queue a write; one with the same key that still waits is replaced by it."""
        self._waiting.append((statement, key, params))

    def _write(self, waiting: Sequence[tuple[Statement, Any, dict[str, Any]]]) -> None:
        gathered: dict[Statement, dict[Any, dict[str, Any]]] = {}
        for n, (one, key, params) in enumerate(waiting):
            gathered.setdefault(one, {})[n if key is None else key] = params
        for one, rows in gathered.items():
            one.write(self._conn, list(rows.values()))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is inside is undone alone when it raises. Set only once something is done inside: most reactions look
        at an event and find that it is not for them."""
        heads, held, block = dict(self.heads), dict(self.held), ExitStack()
        planned = (block, len(self._waiting))
        self._planned.append(planned)
        try:
            with block:
                yield
                inside = self._waiting[planned[1] :] if planned in self._planned else self._waiting
                if inside and not self.hasty:
                    _ = self.conn  # should it fail, it fails inside
        except BaseException:
            self.heads, self.held = heads, held
            if planned in self._planned:
                del self._waiting[planned[1] :]
            else:
                self._waiting.clear()
            raise
        finally:
            if planned in self._planned:
                self._planned.remove(planned)


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
    """A SELECT (or a write RETURNING) that fills `into`: a dataclass by position, or one plain value.

    `apart`: it reads only what no act's waiting writes touch (tests/house/test_sql.py holds it to that), so that a
    hasty transaction need not write them first. `fresh`: planned anew each time, with the values at hand; for lists whose
    best way depends on them.
    """

    def __init__(self, into: type[T], sql: LiteralString, *, apart: bool = False, fresh: bool = False) -> None:
        self.into, self.apart = into, apart
        self.sql: LiteralString = sql
        self.prepare = False if fresh else None
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
        conn = tx.beside if self.apart else tx.conn
        return conn.execute(cast(LiteralString, sql), {**params, **where.params}, prepare=self.prepare).fetchall()

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
            raise LookupError(f"no row: {self.sql[:80]} {sorted(params)}")
        return make(rows[0])


class Statement:
    """An INSERT, UPDATE or DELETE that returns nothing but how many rows it touched.

    `many`: the same for several rows at once, from `json_to_recordset(%(rows)s)` (bytes in base64): psycopg's arrays
    are written by Python, value by value, and cost as much as the statements they save.
    """

    def __init__(self, sql: LiteralString, many: LiteralString | None = None) -> None:
        self.sql, self.many = sql, many

    def run(self, tx: Tx, **params: Any) -> int:
        return tx.conn.execute(cast(LiteralString, self.sql), params).rowcount

    def run_many(self, tx: Tx, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        if rows:
            self.write(tx.conn, rows)

    def later(self, tx: Tx, key: Any = None, /, **params: Any) -> None:
        """Write this before anything is read, or when the transaction ends. Of several with one `key` (not None) that
        wait together only the last is written."""
        tx.wait(self, key, params)

    def write(self, conn: psycopg.Connection[Any], rows: Sequence[dict[str, Any]]) -> None:
        """One or more rows, now."""
        if len(rows) == 1:  # the usual case by far; a pipeline of one costs two exchanges more
            conn.execute(cast(LiteralString, self.sql), rows[0])
        elif self.many is not None:
            text = msgspec.json.encode(rows, enc_hook=lambda wrapped: wrapped.obj).decode()  # Jsonb
            conn.execute(cast(LiteralString, self.many), {"rows": text})
        else:
            with conn.cursor() as cursor:
                cursor.executemany(cast(LiteralString, self.sql), rows)


def query(into: type[T], sql: LiteralString, *, apart: bool = False, fresh: bool = False) -> Query[T]:
    return Query(into, sql, apart=apart, fresh=fresh)


def statement(sql: LiteralString, many: LiteralString | None = None) -> Statement:
    return Statement(sql, many)


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
