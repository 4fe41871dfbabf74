"""The smoke run on Debian's PostgreSQL 15, the oldest that Yiwang promises to run on."""

from __future__ import annotations

import importlib
import os
import pkgutil
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest

import world
import yiwang
from conftest import Databases
from invariants import broken
from yiwang import wiring
from yiwang.backup import make_backup, restore_backup
from yiwang.kit.db import Database, Query, Statement, migrate, migrations, query, use
from yiwang.kit.errors import Refused
from yiwang.kit.ids import new_id
from yiwang.kit.sealed import Secret
from yiwang.ledger.actions import react_with, record
from yiwang.ledger.actions_settle import seal
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.model import By, Event
from yiwang.settings import Settings

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
pytestmark = pytest.mark.skipif(not PROGRAMS.exists(), reason=f"Debian's PostgreSQL 15 is not here: {PROGRAMS}")


@pytest.fixture(scope="module")
def debian_url() -> Iterator[str]:
    """The owner's URL of a PostgreSQL 15 in a folder of its own: on a Unix socket, run by an unprivileged user."""
    folder = Path(tempfile.mkdtemp(prefix="ywt15"))
    run: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C", "PATH": os.environ["PATH"]}, "check": True}
    run["stdout"] = subprocess.DEVNULL
    if os.geteuid() == 0:
        user = next(u for u in pwd.getpwall() if u.pw_name in {"postgres", "nobody"})
        os.chown(folder, user.pw_uid, user.pw_gid)
        run |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    cluster = folder / "cluster"
    initdb = [PROGRAMS / "initdb", "-D", cluster, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    control = [PROGRAMS / "pg_ctl", "-D", cluster, "-w", "-l", folder / "log"]
    try:
        subprocess.run(initdb, **run)
        subprocess.run([*control, "-o", f"-c listen_addresses= -k {folder} -F", "start"], **run)
        try:
            yield f"postgresql://owner@/postgres?host={quote(str(folder), safe='')}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def applied(debian_url: str) -> list[str]:
    return migrate(debian_url)


def test_every_migration_runs_on_15_and_once(debian_url: str, applied: list[str]):
    with psycopg.connect(debian_url) as conn:
        assert conn.info.server_version // 10000 == 15
    assert applied == [f"{number:04}_{name}" for number, name, _ in migrations()] != []
    assert migrate(debian_url) == []


@dataclass(frozen=True)
class Smoked(Event, name="test.smoked", about="thing"):
    thing_id: UUID
    text: str

    def zh(self) -> str:
        return f"试验：{self.text}"

    def en(self) -> str:
        return f"tried: {self.text}"


READ = query(str, "select body from ledger.entry where subject_id = %(id)s order by n")


def test_the_application_appends_to_the_ledger_and_cannot_change_it(debian_url: str, applied: list[str]):
    database, thing = Database(debian_url, size=2).open(), new_id()
    try:
        for text in ("井盖缺失", "已补齐"):
            with database.transaction() as tx:
                record(tx, By(new_id(), "inspector"), Smoked(thing, text))
        with database.reading() as tx:
            assert READ.all(tx, id=thing) == ['{"text":"井盖缺失"}', '{"text":"已补齐"}']
        for sql in ("update ledger.entry set n = 9", "delete from ledger.entry", "truncate ledger.entry"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
                tx.conn.execute(cast(LiteralString, sql))
    finally:
        database.close()


def test_a_case_is_carried_to_its_proven_close_on_15(debian_url: str, applied: list[str], tmp_path: Path):
    """The demo street's pack, one case through all seven steps, its timers, the settler, a seal and a verdict."""
    database = Database(debian_url, size=3).open()
    try:
        world.build(database)
        key = wiring.assemble(Settings(data=str(tmp_path)), database, debian_url).key
        with database.transaction() as tx:
            tx.now = world.NOON
            play = world.Play(tx)
            late, case = play.report(), play.closed()
            play.wait(minutes=40)
            assert play.now(late).step == "reported" and play.events(late)[-1] == "limit_passed"
            assert case.step == "closed" and broken(tx.conn) == {}
        world.settle(database)
        with database.transaction() as tx:
            seal(tx, key)
            verdict = verify(tx)
        assert verdict.ok and verdict.entries > 100
    finally:
        react_with({})
        use(None)
        database.close()


def _statements() -> dict[str, str]:
    """Every SQL constant of the program, with `$n` for its parameters."""
    found: dict[str, str] = {}
    for module in pkgutil.walk_packages(yiwang.__path__, "yiwang."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Query | Statement):
                names: dict[str, int] = {}
                sql = re.sub(
                    r"%\((\w+)\)[sbt]",
                    lambda m, seen=names: f"${seen.setdefault(m[1], len(seen) + 1)}",
                    value.sql.replace("{where}", "true"),
                )
                found[f"{module.name}.{name}"] = sql.replace("%%", "%")
    return found


def _refusals(url: str, statements: dict[str, str]) -> dict[str, str]:
    """What the server says against each statement when it is prepared, where it says anything."""
    said: dict[str, str] = {}
    with psycopg.connect(url, autocommit=True) as conn:
        for name, sql in statements.items():
            done = conn.pgconn.prepare(b"", sql.encode())
            if done.error_message:
                said[name] = done.error_message.decode()
    return said


def test_every_statement_that_the_newest_understands_15_understands(debian_url: str, applied: list[str], db: Database):
    statements = _statements()
    newest = _refusals(db.url, statements)  # only parameters whose type nothing tells: psycopg tells it when run
    understood = {name: sql for name, sql in statements.items() if name not in newest}
    assert len(understood) >= 0.9 * len(statements) > 0, newest
    assert _refusals(debian_url, understood) == {}


def test_a_backup_of_15_goes_back_into_15_and_on_into_the_newest(
    debian_url: str, applied: list[str], databases: Databases, tmp_path: Path
):
    """With the tools of each server's own version, whichever comes first on this machine; never back to an older one."""
    secret, path = Secret("a passphrase for the tests", work=10), tmp_path / "backup"
    made = make_backup(Settings(data=str(tmp_path), database_url=debian_url), path, secret)
    assert made.manifest.postgres == 15 and made.manifest.roles == ["yiwang_app"]
    with psycopg.connect(debian_url, autocommit=True) as conn:
        conn.execute("create database again")
    again = psycopg.conninfo.make_conninfo(debian_url, dbname="again")
    newest = databases.url(databases.create(None))
    for url in (again, newest):
        done = restore_backup(Settings(data=str(tmp_path / url[-5:]), database_url=url), path, secret)
        assert done.manifest.tables == made.manifest.tables
    make_backup(Settings(data=str(tmp_path), database_url=newest), tmp_path / "newer", secret)
    with pytest.raises(Refused) as caught:
        restore_backup(Settings(data=str(tmp_path / "x"), database_url=debian_url), tmp_path / "newer", secret)
    assert caught.value.code == "backup.older_server"
