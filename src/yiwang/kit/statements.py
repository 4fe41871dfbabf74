"""Typed statements: SELECTs that fill dataclasses, and writes, several of which go as one."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, LiteralString, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg import RawCursor

if TYPE_CHECKING:
    from yiwang.kit.db import Tx

T = TypeVar("T")


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
    are written by Python, value by value, and cost as much as the statements they save. `keyed`: every row of it waits
    under a key of its own, the same in all statements of this table, so that they may go together. `again`: what is
    written instead where a row of this key has been written in the transaction: the update that belongs to an insert.
    """

    def __init__(
        self,
        sql: LiteralString,
        many: LiteralString | None = None,
        *,
        keyed: bool = False,
        again: Statement | None = None,
    ) -> None:
        self.sql, self.many, self.keyed, self.again = sql, many, keyed, again
        written = _WRITTEN.match(sql)
        self.table = written[1] if written else ""
        """What it writes; empty where it begins otherwise, and so cannot go together with others."""

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
            conn.execute(cast(LiteralString, self.many), {"rows": _as_json(rows)})
        else:
            with conn.cursor() as cursor:
                cursor.executemany(cast(LiteralString, self.sql), rows)


_WRITTEN = re.compile(r"(?:insert into|update|delete from) ([\w.]+)")
FEW = 4
"""So many rows of a statement that has no form for many go together with others."""


def _as_json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows, enc_hook=lambda wrapped: wrapped.obj).decode()  # Jsonb


def write_together(conn: psycopg.Connection[Any], gathered: dict[Statement, list[dict[str, Any]]]) -> None:
    """All of it as one statement: what an act costs is how often it goes to the database, there and here."""
    parts: list[str] = []
    rows: list[dict[str, Any]] = []
    alone = len(gathered) == 1
    for one, many in gathered.items():
        if alone or not one.table or (one.many is None and len(many) > FEW):
            one.write(conn, many)
        elif one.many is not None and len(many) > 1:
            parts.append(one.many)
            rows.append({"rows": _as_json(many)})
        else:
            parts += [one.sql] * len(many)
            rows += many
    if parts:
        sql, places = _together(tuple(parts))
        with RawCursor(conn) as cursor:
            cursor.execute(cast(LiteralString, sql), [rows[n][name] for n, name in places])


@lru_cache(1000)
def _together(parts: tuple[str, ...]) -> tuple[str, list[tuple[int, str]]]:
    """The statement, and which value of which part stands at each of its places. In PostgreSQL's own writing, for
    psycopg reads its own anew each time where a statement has more than 50 places."""
    places: dict[tuple[int, str], int] = {}

    def numbered(n: int) -> str:
        return _PLACE.sub(lambda found: f"${places.setdefault((n, found[1]), len(places) + 1)}", parts[n])

    return f"with {', '.join(f'w{n} as ({numbered(n)})' for n in range(len(parts)))} select", list(places)


_PLACE = re.compile(r"%\((\w+)\)s")


def query(into: type[T], sql: LiteralString, *, apart: bool = False, fresh: bool = False) -> Query[T]:
    return Query(into, sql, apart=apart, fresh=fresh)


def statement(
    sql: LiteralString, many: LiteralString | None = None, *, keyed: bool = False, again: Statement | None = None
) -> Statement:
    return Statement(sql, many, keyed=keyed, again=again)
