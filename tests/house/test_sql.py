"""Every SQL constant of the program, prepared on the migrated database; its columns against the dataclass it fills."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any
from uuid import UUID

import psycopg
import pytest

from house import modules, numbered, sources
from yiwang.kit.db import Database, Query, Statement, query

PYTHON: dict[str, type] = {
    "uuid": UUID, "text": str, "varchar": str, "name": str, "ltree": str, "point": str, "polygon": str, "box": str,
    "int2": int, "int4": int, "int8": int, "float4": float, "float8": float, "numeric": Decimal, "bool": bool,
    "bytea": bytes, "timestamptz": datetime, "date": date, "time": time, "interval": timedelta, "xid8": str,
}  # fmt: skip
ANYTHING = {"json", "jsonb", "record"}


@dataclasses.dataclass(frozen=True)
class Column:
    """A column as PostgreSQL describes it. `nullable` None: it cannot be told."""

    name: str
    type: str
    nullable: bool | None


def constants() -> dict[str, Query[Any] | Statement]:
    """Every `Query` and `Statement`, under the module that defines it."""
    seen: dict[int, str] = {}
    found: dict[str, Query[Any] | Statement] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, Query | Statement) and id(value) not in seen:
                seen[id(value)] = f"{module.__name__}.{name}"
                found[seen[id(value)]] = value
    return found


class Describer:
    """Asks PostgreSQL what a statement answers with."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        self.types = dict(conn.execute("select oid, typname::text from pg_type").fetchall())
        self.not_null = {
            (table, number): fixed
            for table, number, fixed in conn.execute(
                "select attrelid, attnum, attnotnull from pg_attribute a join pg_class c on c.oid = attrelid"
                " where attnum > 0 and relkind in ('r', 'p')"
            )
        }

    def columns(self, sql: str) -> list[Column]:
        """Raises psycopg.ProgrammingError with PostgreSQL's own words when the statement does not stand."""
        server = self.conn.pgconn
        done = server.prepare(b"", numbered(sql).encode())
        if done.error_message:
            raise psycopg.ProgrammingError(done.error_message.decode().strip())
        told = server.describe_prepared(b"")
        return [
            Column(
                (told.fname(i) or b"").decode(),
                self.types[told.ftype(i)],
                None if (told.ftable(i), told.ftablecol(i)) not in self.not_null
                else not self.not_null[told.ftable(i), told.ftablecol(i)],
            )
            for i in range(told.nfields)
        ]  # fmt: skip


@pytest.fixture(scope="module")
def describer(db: Database) -> Iterator[Describer]:
    with psycopg.connect(db.url, autocommit=True) as conn:
        yield Describer(conn)


def plain(hint: Any) -> tuple[Any, bool]:
    """A hint without its None, and whether it had one."""
    if typing.get_origin(hint) in (UnionType, typing.Union):
        inner = [h for h in typing.get_args(hint) if h is not NoneType]
        return (inner[0] if len(inner) == 1 else Any), len(inner) < len(typing.get_args(hint))
    return hint, hint in (Any, object)


def fits(hint: Any, kind: str) -> bool:
    """Can a field with this hint (None taken off) hold a value of this PostgreSQL type?"""
    if hint in (Any, object):
        return True
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return fits(typing.get_args(hint)[0], kind)
    if kind.startswith("_"):  # an array
        return origin in (tuple, list, frozenset, set) and fits(typing.get_args(hint)[0], kind[1:])
    if kind in ANYTHING:
        return origin in (tuple, list, dict) or dataclasses.is_dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return PYTHON.get(kind) is (int if issubclass(hint, int) else str)
    return kind in PYTHON and hint is PYTHON[kind]


def complaints(into: Any, columns: list[Column]) -> Iterator[str]:
    """How the columns differ from the dataclass's fields (or from the one plain value)."""
    if dataclasses.is_dataclass(into):
        hints = typing.get_type_hints(into, include_extras=True)
        wanted = [(f.name, hints[f.name]) for f in dataclasses.fields(into)]
        names = [c.name for c in columns]
        if names != [n for n, _ in wanted]:
            yield f"columns {names}, fields {[n for n, _ in wanted]}"
            return
    elif len(columns) != 1:
        yield f"one plain value is filled from {len(columns)} columns"
        return
    else:
        wanted = [(columns[0].name, into)]
    for (name, hint), column in zip(wanted, columns, strict=True):
        inner, optional = plain(hint)
        if not fits(inner, column.type):
            yield f"{name}: {column.type} does not fit {hint}"
        if column.nullable and not optional and dataclasses.is_dataclass(into):
            yield f"{name}: the column may be null, the field may not"


def test_the_constants_are_found():
    found = constants()
    assert len(found) > 150
    assert {"yiwang.cases.store", "yiwang.kit.web", "yiwang.ledger.store"} <= {n.rpartition(".")[0] for n in found}


def test_every_statement_stands_on_the_migrated_database(describer: Describer):
    wrong = {}
    for name, value in constants().items():
        try:
            columns = describer.columns(value.sql)
        except psycopg.ProgrammingError as said:
            wrong[name] = str(said)
            continue
        if isinstance(value, Statement):
            if columns:
                wrong[name] = "a statement that returns rows is a query"
            elif value.many is not None:
                wrong |= many_complaints(describer, name, value)
        elif bad := list(complaints(value.into, columns)):
            wrong[name] = "; ".join(bad)
    assert not wrong, "\n".join(f"{name}: {why}" for name, why in wrong.items())


def many_complaints(describer: Describer, name: str, value: Statement) -> dict[str, str]:
    """The form for many rows stands, writes the same columns of the same table, and has the same parameters."""
    assert value.many is not None
    try:
        describer.columns(value.many)
    except psycopg.ProgrammingError as said:
        return {f"{name}, many": str(said)}
    one = INTO.findall(value.sql), set(PARAMETER.findall(value.sql))
    many = INTO.findall(value.many), {c.split()[0] for c in RECORD.findall(value.many)[0].split(", ")}
    return {} if one == many else {f"{name}, many": f"{one} is not {many}"}


INTO = re.compile(r"insert into ([\w.]+ \([\w, ]+\))")
RECORD = re.compile(r"json_to_recordset\(%\(rows\)s::json\) as \w \(([^)]+)\)")
PARAMETER = re.compile(r"%\((\w+)\)s")
WRITTEN_LATER = (
    "cases",
    "ledger",
    "kit.timer",
    "kit.command",
)  # what acts write with `later`; see test_who_writes_later


def test_what_is_read_apart_is_written_by_no_act_in_waiting():
    """A hasty transaction leaves its writes waiting while it reads these, so they must not meet."""
    apart = {n: v for n, v in constants().items() if isinstance(v, Query) and v.apart}
    del apart["yiwang.ledger.actions.LAST"]  # see there
    del apart["yiwang.cases.store.OPENING"]  # of cases it reads the sequence alone
    assert len(apart) >= 4
    wrong = {
        n for n, v in apart.items() if re.search(rf"\b({'|'.join(WRITTEN_LATER)})\b", v.sql) or "for update" in v.sql
    }
    assert not wrong


def test_who_writes_later():
    homes = {p for p, text in sources().items() if ".later(" in text}
    assert {p.split("/")[0] for p in homes} == {"cases", "kit", "ledger"}
    assert {p for p in homes if p.startswith("kit/")} == {"kit/timers.py", "kit/web.py"}


@dataclasses.dataclass(frozen=True)
class Thing:
    number: int
    step: str | None
    at: datetime


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select 1 as number, 'a'::text as step, now() as at", ""),
        ("select 'a'::text as step, 1 as number, now() as at", "columns"),
        ("select 1 as number, 'a'::text as step", "columns"),
        ("select 'x'::text as number, 'a'::text as step, now() as at", "number: text does not fit"),
        ("select 1 as number, 'a'::text as step, now()::date as at", "at: date does not fit"),
        ("select bounces as number, number as step, closed_at as at from cases.case", "at: the column may be null"),
    ],
)
def test_what_does_not_fit_is_named(describer: Describer, sql: str, words: str):
    found = "; ".join(complaints(Thing, describer.columns(sql)))
    assert (words in found) if words else not found


def test_what_does_not_stand_is_named(describer: Describer):
    broken = query(int, "select nothing_of_the_kind from cases.case where id = %(id)s")
    with pytest.raises(psycopg.ProgrammingError, match="nothing_of_the_kind"):
        describer.columns(broken.sql)
