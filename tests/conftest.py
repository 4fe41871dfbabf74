"""Real PostgreSQL: one template database, a copy per worker, rollback per test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import psycopg
import pytest
from psycopg import sql

import world
from invariants import broken
from yiwang import flows
from yiwang.cases.queries_told import walk_lies
from yiwang.kit import clock, pg, secret
from yiwang.kit import db as kit_db
from yiwang.kit.clock import now
from yiwang.kit.db import Database, Tx, migrate
from yiwang.ledger import actions as ledger


def _with_database(url: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The owner's URL of a server for the whole run: YIWANG_TEST_DATABASE_URL, or the bundled one."""
    if url := os.environ.get("YIWANG_TEST_DATABASE_URL"):
        yield url
        return
    # One for each checkout: what another run leaves open would hold up everything that waits for settling here.
    here = f"yiwang-test-{os.getuid()}-{crc32(str(Path(__file__).resolve()).encode()):08x}"
    data = Path(os.environ.get("YIWANG_TEST_DATA") or Path(tempfile.gettempdir()) / here)
    data.mkdir(parents=True, exist_ok=True)
    server = pg.start(data)
    yield server.url
    pg.release(server)


@contextmanager
def own_server() -> Iterator[str]:
    """The owner's URL of a server that no other worker writes on. As long as a transaction is open, no ledger of the same
    server settles (positions wait for the oldest writer): who holds one long, or waits for seals, is better alone."""
    folder = Path(tempfile.mkdtemp(prefix="yw-own-"))
    folder.chmod(0o755)
    server = pg.start(folder)
    try:
        yield server.url
    finally:
        pg.release(server)
        if (pointer := folder / "pg-place").exists():
            shutil.rmtree(Path(pointer.read_text("utf-8").strip()), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _ring(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keys of personal data for all tests; an application assembled in a test brings its own."""
    path = tmp_path_factory.mktemp("keys") / "personal"
    secret.write_keys(path, [secret.Key.make("aes256")])
    secret.use(secret.Ring(path))


class Databases:
    """Makes databases as copies of a migrated template, and drops them."""

    def __init__(self, server_url: str, worker: str) -> None:
        self.server_url, self.worker, self.made = server_url, worker, 0
        self.template = self.create(None)
        migrate(_with_database(server_url, self.template))

    def create(self, template: str | None) -> str:
        self.made += 1
        name = f"t_{self.worker}_{os.getpid()}_{self.made}"
        with psycopg.connect(self.server_url, autocommit=True) as conn:
            conn.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template or "template0")
                )
            )
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        return _with_database(self.server_url, name)


@pytest.fixture(scope="session")
def databases(server_url: str, worker_id: str) -> Iterator[Databases]:
    made = Databases(server_url, worker_id)
    yield made
    with psycopg.connect(server_url, autocommit=True) as conn:
        mine = f"t_{worker_id}_{os.getpid()}_%"
        names = [n for (n,) in conn.execute("select datname from pg_database where datname like %s", (mine,))]
    for name in names:
        made.drop(name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def db(databases: Databases) -> Iterator[Database]:
    """One migrated database for the worker; tests that commit take `fresh_db` instead."""
    database = Database(databases.url(databases.create(databases.template)), size=6).open()
    yield database
    database.close()


@pytest.fixture
def tx(db: Database) -> Iterator[Tx]:
    """A transaction that is rolled back after the test."""
    with db.pool.connection() as conn, conn.transaction(force_rollback=True):
        yield Tx(conn, now())


@pytest.fixture
def fresh_db(databases: Databases) -> Iterator[Database]:
    """A database of the test's own, in use as the current one: for tests that commit."""
    name = databases.create(databases.template)
    database = Database(databases.url(name), size=12).open()
    kit_db.use(database)
    yield database
    kit_db.use(None)
    database.close()
    databases.drop(name)


@pytest.fixture
def owner_url(fresh_db: Database) -> str:
    """The owner's URL of `fresh_db`: for migrations and for tampering."""
    return fresh_db.url


@pytest.fixture(scope="session")
def world_template(databases: Databases) -> str:
    return make_world(databases)


def make_world(databases: Databases) -> str:
    """The name of a new database with the named world in it."""
    name = databases.create(databases.template)
    database = Database(databases.url(name), size=2).open()
    with clock.at(world.NOON - timedelta(days=1)):  # its rosters are planned from then on
        world.build(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def _world(databases: Databases, world_template: str) -> Iterator[Database]:
    database = Database(databases.url(databases.create(world_template)), size=4).open()
    yield database
    database.close()


@pytest.fixture
def play(_world: Database) -> Iterator[world.Play]:
    """The named world in one transaction, rolled back after the test, with all that follows from events wired in."""
    ledger.react_with(flows.REACTIONS)
    with _world.pool.connection() as conn, conn.transaction(force_rollback=True):
        tx = Tx(conn, world.NOON)
        yield world.Play(tx)
        assert broken(tx.conn) == {}, "the test passed, and left the world in a state that must not be"
        assert [lie.en for lie in walk_lies(tx)] == [], "the rows say what the ledger does not"
    ledger.react_with({})


@pytest.fixture
def world_db(databases: Databases, world_template: str) -> Iterator[Database]:
    """The named world in a database of the test's own, in use, wired: for tests that commit."""
    name = databases.create(world_template)
    database = Database(databases.url(name), size=12).open()
    kit_db.use(database)
    ledger.react_with(flows.REACTIONS)
    yield database
    ledger.react_with({})
    kit_db.use(None)
    database.close()
    databases.drop(name)
