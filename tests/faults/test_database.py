"""The database fails: gone, frozen, full, all its connections in use, a standby. And it comes back by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from faults.planted import copy, data, seed, served  # noqa: F401
from faults.street import Street, demand, filled, open_street, small_disk, wait
from yiwang import wiring
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.settings import Settings


def test_gone_for_a_while(data: Path) -> None:  # noqa: F811
    with served(data) as (planted, system), open_street(system) as street:
        key, case = str(new_id()), str(new_id())
        assert street.report().status_code == 201
        photo = street.upload().json()["sha256"]
        planted.stop()
        for _ in range(2):
            demand(street.report(key=key, id=case), 503, "database.away")
        demand(street.ask("GET", "/api/cases"), 503, "database.away")
        demand(street.upload(), 503, "database.away")
        status, said = street.ready()
        assert status == 503 and "数据库" in said
        planted.start()
        wait(lambda: street.ready()[0] == 200)
        first, again = (street.report(key=key, id=case) for _ in range(2))
        assert first.status_code == again.status_code == 201 and first.json() == again.json()
        assert street.report(photo).status_code == 201, "what was acknowledged before can be used"
        with system.database.reading() as tx:
            sealed = tx.conn.execute("select count(*) from ledger.head").fetchone()
        wait(lambda: _heads(system.database) > (sealed or (0,))[0])  # periodic work has resumed
        street.demand_nothing_lost()


def _heads(database: Database) -> int:
    with database.reading() as tx:
        row = tx.conn.execute("select count(*) from ledger.head").fetchone()
        assert row
        return row[0]


def test_frozen(data: Path) -> None:  # noqa: F811
    """A server that is there and does not answer: whoever asks whether we are ready is told, and what waited is done."""
    with served(data) as (planted, system), open_street(system) as street:
        assert street.ready()[0] == 200
        waiting = threading.Thread(target=street.report, daemon=True)
        with planted.frozen():
            waiting.start()
            for _ in range(2):
                status, said = street.ready()
                assert status == 503 and ("数据库 5 秒内没有应答" in said or "数据库连不上" in said)
            assert not street.told
        waiting.join(timeout=30)
        assert len(street.told) == 1
        wait(lambda: street.ready()[0] == 200)
        street.demand_nothing_lost()


def test_its_disk_is_full(seed: Path) -> None:  # noqa: F811
    with small_disk("300m") as disk, served(copy(seed, disk / "data")) as (_, system), open_street(system) as street:
        assert street.report().status_code == 201
        with filled(disk):
            text = "路边有一堆暴露垃圾" * 100
            refused = wait(lambda: (a := street.report(description=text)).status_code != 201 and a, 240)
            demand(refused, 503, "database.no_room", "database.away")
            assert street.ask("GET", "/api/cases").status_code == 200, "what is there can still be read"
            status, said = street.ready()
            assert status == 503 and "磁盘只剩" in said
        wait(lambda: street.report().status_code == 201)
        wait(lambda: "定时工作" not in street.ready()[1])
        street.demand_nothing_lost()


@pytest.fixture
def narrow(world_db: Database, tmp_path: Path) -> Iterator[Street]:
    """An application with three connections."""
    database = Database(world_db.url, size=3).open()
    database.pool.timeout = 1
    try:
        settings = Settings(data=str(tmp_path), database_url=world_db.url, demo="1")
        with open_street(wiring.assemble(settings, database, world_db.url), with_jobs=False) as street:
            yield street
    finally:
        database.close()
        kit_db.use(None)


def test_all_connections_in_use(narrow: Street) -> None:
    database = narrow.system.database
    assert narrow.report().status_code == 201
    with ExitStack() as busy:
        for _ in range(3):
            busy.enter_context(database.transaction()).conn.execute("select 1")
        demand(narrow.report(), 503, "database.away")
        demand(narrow.ask("GET", "/api/cases"), 503, "database.away")
        status, said = narrow.ready()
        assert status == 503 and "数据库" in said
    assert narrow.ready() == (200, "")
    assert narrow.report().status_code == 201
    narrow.demand_nothing_lost()
    with database.reading() as tx:
        assert tx.conn.execute("select count(*) from cases.case").fetchone() == (2,), "what was refused was done"


def test_a_hundred_at_once_on_three_connections(narrow: Street) -> None:
    """Whoever is not served is told so, and everybody else's report is there once."""
    narrow.system.database.pool.timeout = 5
    answers = list[int]()
    threads = [threading.Thread(target=lambda: answers.append(narrow.report().status_code)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {201, 503} and answers.count(201) == len(narrow.told) > 20
    narrow.demand_nothing_lost()
    with narrow.system.database.reading() as tx:
        assert tx.conn.execute("select count(*) from cases.case").fetchone() == (len(narrow.told),)


def test_a_database_that_only_reads(narrow: Street) -> None:
    """As a standby does, or a primary that is being switched over."""
    url, name = narrow.system.owner_url, narrow.system.database.pool.conninfo
    assert name
    with psycopg.connect(url, autocommit=True) as conn:
        dbname = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        conn.execute(f"alter database {dbname} set default_transaction_read_only = on".encode())
        narrow.system.database.pool.check()
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        demand(
            wait(lambda: (a := narrow.report()).json()["error"]["code"] != "database.away" and a),
            503,
            "database.read_only",
        )
        conn.execute(f"alter database {dbname} reset default_transaction_read_only".encode())
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    wait(lambda: narrow.report().status_code == 201)
    narrow.demand_nothing_lost()
