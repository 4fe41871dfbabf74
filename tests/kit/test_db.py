"""Transactions, savepoints, typed statements, migrations."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum

import psycopg
import pytest

from yiwang.kit.clock import now
from yiwang.kit.db import Clause, Database, Tx, query, statement
from yiwang.kit.errors import Unavailable

MAKE = statement("create temp table if not exists spot (n int) on commit drop")
ADD = statement("insert into pg_temp.spot (n) values (%(n)s)")
ALL = query(int, "select n from pg_temp.spot where {where} order by n")


def boom(tx: Tx, n: int) -> None:
    with tx.savepoint():
        ADD.run(tx, n=n)
        raise ValueError


def test_a_savepoint_undoes_only_what_is_inside(tx: Tx) -> None:
    MAKE.run(tx)
    ADD.run(tx, n=1)
    with pytest.raises(ValueError):
        boom(tx, 2)
    with tx.savepoint():
        ADD.run(tx, n=3)
        with pytest.raises(ValueError):
            boom(tx, 4)
        with tx.savepoint():
            ADD.run(tx, n=5)
    assert ALL.all(tx) == [1, 3, 5]


def test_an_outer_savepoint_undoes_inner_ones_that_succeeded(tx: Tx) -> None:
    MAKE.run(tx)
    with pytest.raises(ValueError), tx.savepoint():
        with tx.savepoint():
            ADD.run(tx, n=1)
        raise ValueError
    with tx.savepoint():
        pass
    assert ALL.all(tx) == []


def test_a_failed_statement_inside_leaves_the_transaction_usable(tx: Tx) -> None:
    MAKE.run(tx)
    with pytest.raises(psycopg.errors.DivisionByZero), tx.savepoint(), tx.savepoint():
        tx.conn.execute("select 1 / 0")
    ADD.run(tx, n=1)
    assert ALL.all(tx) == [1]


def test_a_savepoint_costs_nothing_until_something_is_done(tx: Tx) -> None:
    said: list[object] = []
    tx.conn.execute("select 1")
    connection, execute = tx.conn, tx.conn.transaction

    class Spy:
        def __getattr__(self, name: str) -> object:
            if name == "transaction":
                said.append(name)
                return execute
            return getattr(connection, name)

    tx._conn = Spy()  # type: ignore[assignment]
    with tx.savepoint(), tx.savepoint():
        pass
    assert said == []
    with tx.savepoint(), tx.savepoint():
        tx.conn.execute("select 1")
    assert len(said) == 2


def test_heads_are_put_back_with_the_savepoint(tx: Tx) -> None:
    from uuid import uuid4

    subject = uuid4()
    with pytest.raises(ValueError), tx.savepoint():
        tx.heads[subject] = (1, b"x")
        raise ValueError
    assert subject not in tx.heads


class Colour(StrEnum):
    red = "red"


@dataclass(frozen=True, slots=True)
class Row:
    colour: Colour
    maybe: Colour | None
    many: tuple[int, ...]


def test_columns_become_the_fields_types(tx: Tx) -> None:
    row = query(Row, "select 'red'::text as colour, null::text as maybe, array[1, 2] as many").one(tx)
    assert row == Row(Colour.red, None, (1, 2)) and isinstance(row.colour, Colour)


def test_clauses_join_with_their_parameters(tx: Tx) -> None:
    MAKE.run(tx)
    ADD.run_many(tx, [{"n": n} for n in range(5)])
    where = Clause("n > %(low)s", {"low": 1}) & Clause("n < %(high)s", {"high": 4})
    assert ALL.all(tx, where) == [2, 3]


def test_a_database_that_is_away_says_so_in_words(db: Database) -> None:
    away = Database(psycopg.conninfo.make_conninfo(db.url, dbname="no_such_database"), size=1)
    away.pool.timeout = 0.3
    away.pool.open()
    with pytest.raises(Unavailable) as caught, away.transaction():
        pass
    away.close()
    assert caught.value.code == "database.away"


KILL = query(
    bool,
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
)


def test_nobody_is_handed_a_connection_that_died(fresh_db: Database) -> None:
    with ExitStack() as many:
        for _ in range(5):
            many.enter_context(fresh_db.reading())
    with psycopg.connect(fresh_db.url, autocommit=True) as owner:
        assert len(KILL.all(Tx(owner, now()))) >= 5
    for _ in range(6):
        with fresh_db.transaction() as tx:
            assert query(int, "select 1 as n").one(tx) == 1


def test_a_connection_lost_while_saving_is_told_apart_from_one_lost_before(fresh_db: Database) -> None:
    me = query(int, "select pg_backend_pid() as pid")
    with psycopg.connect(fresh_db.url, autocommit=True) as owner:
        with pytest.raises(psycopg.OperationalError), fresh_db.transaction() as tx:
            owner.execute("select pg_terminate_backend(%s, 5000)", [me.one(tx)])
            me.one(tx)
        with pytest.raises(Unavailable) as caught, fresh_db.transaction() as tx:
            owner.execute("select pg_terminate_backend(%s, 5000)", [me.one(tx)])
    assert caught.value.code == "database.unsure"
