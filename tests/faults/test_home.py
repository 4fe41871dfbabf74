"""Starting where one cannot be at home: a foreign, newer, older, broken, full or half-migrated database says so in words."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from conftest import Databases
from faults.planted import Planted, copy, data, seed  # noqa: F401
from faults.street import filled, small_disk, wait
from yiwang.kit import db as kit_db
from yiwang.kit import pg, schema
from yiwang.kit.errors import Problem
from yiwang.kit.schema import migrate


@pytest.fixture
def empty(databases: Databases) -> Iterator[str]:
    name = databases.create(None)
    yield databases.url(name)
    databases.drop(name)


def told(url: str, code: str) -> Problem:
    with pytest.raises(Problem) as caught:
        migrate(url)
    assert caught.value.code == code, caught.value
    return caught.value


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        found = conn.execute(sql.encode())
        return found.fetchall() if found.description else []


SCHEMAS = "select nspname from pg_namespace where nspname in ('kit', 'ledger', 'cases')"


def test_a_newer_program_has_been_at_it(fresh_db: kit_db.Database) -> None:
    ask(fresh_db.url, "insert into kit.migration (number, name, digest) values (9999, 'the_future', '')")
    assert "9999_the_future" in told(fresh_db.url, "database.newer").zh


def test_another_programs_database(empty: str) -> None:
    ask(empty, "create schema cases; create table cases.case (id int)")
    assert told(empty, "database.foreign").detail["schemas"] == ["cases"]
    assert ask(empty, SCHEMAS) == [("cases",)], "something was touched"


def test_one_that_only_reads(empty: str) -> None:
    ask(empty, f"alter database {conninfo_to_dict(empty)['dbname']} set default_transaction_read_only = on")
    told(empty, "database.standby")


def test_one_that_cannot_hold_chinese(databases: Databases) -> None:
    ask(
        databases.server_url,
        "create database t_ascii template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'",
    )
    try:
        told(databases.url("t_ascii"), "database.encoding")
    finally:
        databases.drop("t_ascii")


def test_one_that_is_not_there(empty: str) -> None:
    told("postgresql:///?host=/nowhere", "database.unreachable")
    told("postgresql://a:b@127.0.0.1:1/x", "database.unreachable")
    told(make_conninfo(empty, dbname="no_such_database"), "database.unreachable")
    told("postgresql://x?nonsense=1", "database.url")


def test_a_role_that_may_not(empty: str) -> None:
    told(make_conninfo(empty, options="-c role=yiwang_app"), "database.not_owner")
    assert ask(empty, SCHEMAS) == []


def test_a_migration_is_interrupted_and_the_next_start_goes_on(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is cut in the midst: nothing of it is there, everything before it is."""
    whole = schema.migrations()
    slow = (whole[2][0], whole[2][1], whole[2][2] + "; create table kit.half (); select pg_sleep(60)")
    problems = list[Problem]()

    def start() -> None:
        try:
            migrate(empty)
        except Problem as problem:
            problems.append(problem)

    with monkeypatch.context() as m:
        m.setattr(schema, "migrations", lambda: [*whole[:2], slow, *whole[3:]])
        starting = threading.Thread(target=start)
        starting.start()
        kill = "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
        wait(lambda: ask(empty, kill))
        starting.join()
    assert [p.code for p in problems] == ["database.lost_in_migration"]
    assert ask(empty, "select to_regclass('kit.half') is null, (select count(*) from kit.migration)") == [(True, 2)]
    assert migrate(empty) == [f"{number:04}_{name}" for number, name, _ in whole[2:]]
    assert migrate(empty) == []


def test_a_migration_that_fails_leaves_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = schema.migrations()
    with monkeypatch.context() as m:
        m.setattr(schema, "migrations", lambda: [*whole, (9000, "wrong", "create table kit.half (); select 1/0")])
        assert "9000_wrong" in told(empty, "database.migration_failed").zh
    assert ask(empty, "select to_regclass('kit.half') is null") == [(True,)]
    assert migrate(empty) == []


TWO = """
import sys
from yiwang import demo, settings, wiring
with wiring.running(settings.load()) as system:
    demo.prepare(system)
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_two_that_start_at_once_on_one_empty_database(empty: str, tmp_path: Path) -> None:
    """As `yiwang up` does: both come up, the street is there once, its day was played once."""
    env = {**os.environ, "YIWANG_DATABASE_URL": empty, "YIWANG_DATA": str(tmp_path / "data"), "YIWANG_DEMO": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": env}
    both = [subprocess.Popen([sys.executable, "-c", TWO], **pipes) for _ in range(2)]  # type: ignore[call-overload]
    said = [one.stdout.readline() for one in both]
    ends = [one.communicate("\n", timeout=60) for one in both]
    assert said == ["ready\n"] * 2, [end[1][-2000:] for end in ends]
    assert [one.returncode for one in both] == [0, 0]
    assert ask(empty, "select count(*) > 50, count(distinct id) = count(*) from cases.case") == [(True, True)]
    assert ask(empty, "select count(*) from ledger.key") == [(1,)]


# ── the bundled server's folder ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", ["PG_VERSION", "global/pg_control", "pg_wal"])
def test_a_folder_with_parts_missing(data: Path, lost: str) -> None:  # noqa: F811
    path = data / "pg" / "cluster" / lost
    aside = data / "pg" / "aside"
    if path.is_dir():
        for file in path.glob("0*"):
            file.unlink()
    else:
        path.rename(aside)
    with pytest.raises(pg.ServerFailed) as caught:
        pg.start(data)
    assert caught.value.code == "database.damaged" and "从备份恢复" in caught.value.zh, caught.value
    if aside.exists():
        aside.rename(path)
        pg.release(pg.start(data))


def test_its_disk_is_full_when_it_is_started(seed: Path) -> None:  # noqa: F811
    with small_disk("300m") as disk:
        there = copy(seed, disk / "data")
        with filled(disk), pytest.raises(pg.ServerFailed) as caught:
            pg.start(there)
        assert caught.value.code == "database.disk_full" and "腾出空间" in caught.value.zh
        server = pg.start(there)
        assert ask(server.url, "select count(*) > 0 from network.person") == [(True,)]
        pg.release(server)
