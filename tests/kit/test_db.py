"""Transactions, savepoints, typed statements, migrations."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from enum import StrEnum

import psycopg
import pytest

from yiwang.kit.clock import now
from yiwang.kit.db import Clause, Database, Query, Tx, query, statement
from yiwang.kit.errors import Unavailable
from yiwang.kit.ids import new_id
from yiwang.kit.timers import next_due, set_timer

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


PAIR = statement(
    "insert into pg_temp.spot values (%(n)s)",
    "insert into pg_temp.spot select n from json_to_recordset(%(rows)s::json) as r (n int)",
)
PUT = statement("update pg_temp.spot set n = %(to)s where n = %(n)s")
BESIDE = query(int, "select count(*)::int from pg_class where relname = 'nothing_of_the_kind'", apart=True)
BROKEN = query(int, "select 1 / 0", apart=True)


def sent(tx: Tx, sql: str) -> int:
    """How many rows the connection itself sees, whatever waits."""
    return tx._conn.execute(sql.encode()).fetchall()[0][0]


COUNT = "select count(*) from pg_temp.spot"


def test_what_is_written_later_is_there_before_anything_is_read(tx: Tx) -> None:
    MAKE.run(tx)
    for n in (3, 1, 2):
        PAIR.later(tx, n=n)
    assert sent(tx, COUNT) == 0
    assert sorted(ALL.all(tx)) == [1, 2, 3]


def test_of_several_with_one_key_the_last_is_written(tx: Tx) -> None:
    MAKE.run(tx)
    PAIR.later(tx, n=1)
    PUT.later(tx, "row", n=1, to=5)
    PUT.later(tx, "row", n=1, to=6)
    assert ALL.all(tx) == [6]


def test_what_waits_is_written_at_the_end_and_not_when_it_fails(fresh_db: Database) -> None:
    with pytest.raises(ValueError), fresh_db.transaction() as tx:
        set_timer(tx, "kind", new_id(), "key", tx.now)
        raise ValueError
    with fresh_db.transaction() as tx:
        assert next_due(tx) is None
        set_timer(tx, "kind", new_id(), "key", due := tx.now)
    with fresh_db.transaction() as tx:
        assert next_due(tx) == due


@pytest.mark.parametrize("hasty", [False, True])
@pytest.mark.parametrize("read", [None, ALL, BESIDE])
def test_a_failed_savepoint_takes_what_waited_in_it_alone(tx: Tx, hasty: bool, read: Query[int] | None) -> None:
    """Whether it was set on the server or not, and whatever was read in it."""
    MAKE.run(tx)
    tx.hasty = hasty
    PAIR.later(tx, n=1)
    with pytest.raises(ValueError), tx.savepoint():
        PAIR.later(tx, n=2)
        tx.held["subject"] = "changed"
        with tx.savepoint():
            PAIR.later(tx, n=3)
            if read is not None:
                read.all(tx)
            PAIR.later(tx, n=4)
        PAIR.later(tx, n=5)
        raise ValueError
    with tx.savepoint():
        PAIR.later(tx, n=6)
    assert sorted(ALL.all(tx)) == [1, 6] and tx.held == {}


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("read", [None, ALL])
def test_a_row_is_inserted_once_and_then_updated(tx: Tx, read: Query[int] | None, fails: bool) -> None:
    """Whether it still waited when it changed, and whatever was written meanwhile: an insert that is written a second
    time is the update that belongs to it."""
    MAKE.run(tx)
    tx.hasty = True
    NEW.later(tx, "row", n=1, was=1)
    with pytest.raises(ValueError) if fails else nullcontext(), tx.savepoint():
        NEW.later(tx, "row", n=2, was=1)
        with tx.savepoint():
            NEW.later(tx, "row", n=3, was=1 if read is None else 2)
            if read is not None:
                read.all(tx)
        if fails:
            raise ValueError
    assert ALL.all(tx) == [1 if fails else 3]


CHANGE = statement("update pg_temp.spot set n = %(n)s where n = %(was)s")
NEW = statement("insert into pg_temp.spot values (%(n)s)", again=CHANGE)


def test_haste_leaves_writes_waiting_while_it_reads_apart_and_care_does_not(tx: Tx) -> None:
    MAKE.run(tx)
    for hasty, there in ((True, 0), (False, 2)):
        tx.hasty = hasty
        PAIR.later(tx, n=1)
        BESIDE.one(tx)
        assert sent(tx, COUNT) == there


def test_with_care_a_fault_of_the_database_is_undone_alone(tx: Tx) -> None:
    MAKE.run(tx)
    PAIR.later(tx, n=1)
    with pytest.raises(psycopg.errors.DivisionByZero), tx.savepoint():
        PAIR.later(tx, n=2)
        BROKEN.one(tx)
    with pytest.raises(psycopg.errors.UndefinedTable), tx.savepoint():
        NOWHERE.later(tx)  # fails where it is written: inside
    assert ALL.all(tx) == [1]


NOWHERE = statement("insert into pg_temp.nothing_of_the_kind values (1)")
