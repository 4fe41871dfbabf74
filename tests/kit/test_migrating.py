"""A migration steps back for those at work, goes on where it was interrupted, and two at once do not stand in each
other's way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from yiwang.kit import migrating, schema
from yiwang.kit.db import migrate
from yiwang.kit.errors import Unavailable

TABLE = "-- a table\ncreate table thing (n int primary key, size int);\n"
FILL = "insert into thing (n) select generate_series(1, 1000);\n"
CHUNKS = (
    "-- sizes\nalter table thing add column twice int;\n"
    "-- then, again\n"
    "update thing set twice = 2 * n where n in (select n from thing where twice is null limit 300);\n"
    "-- then, apart\ncreate index concurrently if not exists thing_twice on thing (twice);\n"
    "-- then\nalter table thing add column last int;\n"
)


@pytest.fixture
def url(databases: Any) -> Iterator[str]:
    name = databases.create(None)
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def to(url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def to(*texts: str) -> list[str]:
        monkeypatch.setattr(schema, "migrations", lambda: [(i, f"m{i}", text) for i, text in enumerate(texts, 1)])
        return migrate(url)

    return to


def ask(url: str, sql: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(sql).fetchall()


def test_a_file_is_split_at_its_lines() -> None:
    assert [p.how for p in migrating.split(CHUNKS)] == ["", "again", "apart", ""]
    assert [p.how for p in migrating.split(TABLE + "-- then something else, in prose\n")] == [""]
    assert "".join(p.sql for p in migrating.split(CHUNKS)) == "".join(
        line for line in CHUNKS.splitlines(keepends=True) if not line.startswith("-- then")
    )


def test_parts_are_applied_in_turn_and_once(to: Callable[..., list[str]], url: str) -> None:
    assert to(TABLE + FILL, CHUNKS) == ["0001_m1", "0002_m2"]
    assert to(TABLE + FILL, CHUNKS) == []
    assert ask(url, "select count(*), bool_and(twice = 2 * n) from thing") == [(1000, True)]
    assert ask(url, "select number, parts, digest <> '' from kit.migration order by 1") == [(1, 1, True), (2, 4, True)]


def test_writers_behind_a_waiting_migration_go_on(to: Callable[..., list[str]], url: str) -> None:
    """Somebody holds the table for long; the migration wants it; a writer comes after. Without stepping back the writer
    would wait for both."""
    to(TABLE)
    with psycopg.connect(url) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("select count(*) from thing")
        job = pool.submit(to, TABLE, "-- more\nalter table thing add column colour text;\n")
        with psycopg.connect(url, autocommit=True, options="-c lock_timeout=30s") as writer:
            for n in range(10):
                writer.execute("insert into thing (n) values (%s)", [n])
                time.sleep(0.05)
        assert not job.done()
        holder.rollback()
        assert job.result() == ["0002_m2"]


def test_a_migration_that_never_gets_its_lock_says_who_is_in_the_way(
    to: Callable[..., list[str]], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to(TABLE)
    monkeypatch.setattr(migrating, "PATIENCE_SECONDS", 1.5)
    with psycopg.connect(url) as holder:
        holder.execute("select 'in the way', count(*) from thing")
        with pytest.raises(Unavailable) as caught:
            to(TABLE, "-- more\nalter table thing add column colour text;\n")
    assert caught.value.code == "database.migration_blocked" and "in the way" in caught.value.detail["blockers"][0]


@pytest.mark.parametrize(("at", "parts"), [("update thing", 1), ("concurrently", 2), ("add column last", 3)])
def test_an_interrupted_migration_goes_on(to: Callable[..., list[str]], url: str, at: str, parts: int) -> None:
    """Its session is killed at this statement, held up there by a sleep or by a rival's old snapshot."""
    slow = CHUNKS.replace("limit 300)", "limit 300) and pg_sleep(0.001) is not null").replace(
        "add column last int;", "add column last int; select pg_sleep(0.5);"
    )
    to(TABLE + FILL)
    strike = (
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and query ilike %s and state = 'active'"
    )
    if at == "concurrently":  # not before it has a half-made index to leave behind: then it waits for the rival
        strike += " and wait_event_type = 'Lock'"
    with psycopg.connect(url) as rival, psycopg.connect(url, autocommit=True) as killer, ThreadPoolExecutor(1) as pool:
        if at == "concurrently":
            rival.execute("set transaction isolation level repeatable read")
            rival.execute("select 1")
        job = pool.submit(to, TABLE + FILL, slow)
        until = time.monotonic() + 60
        while not killer.execute(strike, [f"%{at}%"]).fetchall():
            assert time.monotonic() < until and not job.done()
        with pytest.raises(Unavailable):  # database.lost_in_migration
            job.result()
    assert ask(url, "select parts, digest from kit.migration where number = 2") == [(parts, "")]
    if at == "concurrently":
        assert ask(url, "select indisvalid from pg_index where indexrelid = 'thing_twice'::regclass") == [(False,)]
    assert to(TABLE + FILL, slow) == ["0002_m2"]
    assert ask(url, "select count(*), bool_and(twice = 2 * n) from thing") == [(1000, True)]
    assert ask(url, "select indisvalid from pg_index where indexrelid = 'thing_twice'::regclass") == [(True,)]
    assert ask(url, "select parts from kit.migration where number = 2 and digest <> ''") == [(4,)]


def test_two_at_once_do_not_stand_in_each_others_way(to: Callable[..., list[str]], url: str) -> None:
    to(TABLE + FILL)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(to, TABLE + FILL, CHUNKS) for _ in range(3)]
        assert sorted(len(j.result(60)) for j in jobs) == [0, 0, 1]


ROLE = (
    "do $$ begin if not exists (select from pg_roles where rolname = 'yw_twice') then"
    " perform pg_sleep(0.5); create role yw_twice nologin; end if; end $$;"
)


def test_two_databases_of_one_server_may_make_the_same_role_at_once(
    databases: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each first looks and finds none; the second to make it looks again."""
    monkeypatch.setattr(schema, "migrations", lambda: [(1, "role", ROLE)])
    names = [databases.create(None) for _ in range(2)]
    try:
        with ThreadPoolExecutor() as pool:
            done = list(pool.map(schema.migrate, [databases.url(n) for n in names]))
    finally:
        for name in names:
            databases.drop(name)
        with psycopg.connect(databases.server_url, autocommit=True) as conn:
            conn.execute("drop role if exists yw_twice")
    assert done == [["0001_role"], ["0001_role"]]
