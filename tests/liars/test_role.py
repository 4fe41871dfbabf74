"""What the application's login may do to the ledger: read and add. Everything else the database itself refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql

from yiwang import wiring
from yiwang.kit import pg_login
from yiwang.kit.db import APP_ROLE, Database
from yiwang.kit.errors import Refused
from yiwang.settings import Settings

TABLES = ("entry", "leaf", "node", "head", "key", "origin", "cluster", "retirement", "lower_ledger", "witness", "alarm")

REFUSED = {
    # every kind of statement by which something that stands could be altered or its guard taken down
    "update": "update ledger.{t} set {c} = {c}",
    "delete": "delete from ledger.{t}",
    "truncate": "truncate ledger.{t}",
    "truncate_cascade": "truncate ledger.{t} cascade",
    "merge": "merge into ledger.{t} a using ledger.{t} b on a.{c} = b.{c} when matched then delete",
    "insert_over": "insert into ledger.{t} select * from ledger.{t} on conflict ({k}) do update set {c} = excluded.{c}",
    "lock_away": "begin; lock table ledger.{t} in access exclusive mode",
    "select_for_update": "select * from ledger.{t} for update",
    "drop": "drop table ledger.{t}",
    "rename": "alter table ledger.{t} rename to gone",
    "add_column": "alter table ledger.{t} add column x int",
    "drop_column": "alter table ledger.{t} drop column {c}",
    "retype": "alter table ledger.{t} alter column {c} set default null",
    "disable_trigger": "alter table ledger.{t} disable trigger all",
    "add_rule": "create rule liar as on insert to ledger.{t} do instead nothing",
    "add_trigger": "create trigger liar before insert on ledger.{t} execute function suppress_redundant_updates_trigger()",
    "row_security": "alter table ledger.{t} enable row level security",
    "take_over": "alter table ledger.{t} owner to yiwang_app",
    "grant_self": "grant all on ledger.{t} to yiwang_app; delete from ledger.{t}",
    "copy_program": "copy ledger.{t} to program 'true'",
    "copy_file": "copy ledger.{t} from '/dev/null'",
    "inherit": "create table ledger.liar () inherits (ledger.{t})",
    "unlogged": "alter table ledger.{t} set unlogged",
    "drop_index": "drop index ledger.{t}_pkey",
    "drop_constraint": "alter table ledger.{t} drop constraint {t}_pkey cascade",
}
CLIMBS = {
    "set_role": "set role {owner}",
    "set_session": "set session authorization {owner}",
    "replica": "set session_replication_role = replica",
    "drop_schema": "drop schema ledger cascade",
    "new_in_schema": "create table ledger.liar (x int)",
    "grant_role": "grant {owner} to yiwang_app",
    "new_role": "create role liar superuser",
    "system_setting": "alter system set fsync = off",
    "catalog": "update pg_class set relowner = 'yiwang_app'::regrole where relname = 'entry'",
    "definer": "create function kit.liar() returns void language sql security definer as 'delete from ledger.entry'",
    "untrusted": "do language plpython3u $$ pass $$",
    "read_file": "select pg_read_file('postgresql.conf')",
}


@pytest.fixture
def app(fresh_db: Database, tmp_path: Path) -> Iterator[psycopg.Connection]:
    """A connection as the running system makes it on the bundled server."""
    url = pg_login.app_url(fresh_db.url, tmp_path)
    with psycopg.connect(url, autocommit=True, options=f"-c role={APP_ROLE}") as conn:
        yield conn


def shape(owner_url: str, table: str) -> tuple[str, str]:
    """(some column, the primary key's columns)"""
    with psycopg.connect(owner_url) as conn:
        keys = [
            name
            for (name,) in conn.execute(
                "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)"
                " where i.indrelid = %s::regclass and i.indisprimary",
                [f"ledger.{table}"],
            )
        ]
    return keys[0], ", ".join(keys)


def test_the_table_knows_every_ledger_table(owner_url: str):
    with psycopg.connect(owner_url) as conn:
        found = conn.execute(
            "select relname from pg_class where relnamespace = 'ledger'::regnamespace and relkind = 'r'"
        )
        assert sorted(TABLES) == sorted(name for (name,) in found)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses(app: psycopg.Connection, fresh_db: Database, table: str):
    column, keys = shape(fresh_db.url, table)
    for what, template in REFUSED.items():
        statement = template.format(t=table, c=column, k=keys)
        with pytest.raises(psycopg.Error) as caught:
            app.execute(statement.encode())
            pytest.fail(f"{what} was let through: {statement}")
        app.rollback()
        assert caught.value.sqlstate == "42501", f"{what}: {caught.value}"
    app.execute(sql.SQL("select * from ledger.{} limit 1").format(sql.Identifier(table)))


def test_it_cannot_climb_back(app: psycopg.Connection, fresh_db: Database):
    owner = psycopg.conninfo.conninfo_to_dict(fresh_db.url)["user"]
    for what, template in CLIMBS.items():
        with pytest.raises(psycopg.Error) as caught:
            app.execute(template.format(owner=owner).encode())
            pytest.fail(f"{what} was let through")
        assert caught.value.sqlstate in ("42501", "0LP01", "42704"), (what, caught.value)
    for back in ("reset role", "set role none", "reset session authorization", "reset all", "discard all"):
        app.execute(back.encode())
        assert app.execute("select current_user, session_user").fetchone() == (APP_ROLE, APP_ROLE), back
        with pytest.raises(pg.InsufficientPrivilege):
            app.execute("delete from ledger.entry")


def test_stepping_down_alone_would_not_do(fresh_db: Database):
    """Why there is a login: an owner that only steps down climbs back with one statement."""
    with fresh_db.transaction() as tx:
        assert tx.conn.execute("select current_user").fetchone() == (APP_ROLE,)
        tx.conn.execute("set role none")
        assert tx.conn.execute("delete from ledger.entry").rowcount == 0, "let through"


def test_the_bundled_server_is_entered_by_the_login(fresh_db: Database, tmp_path: Path):
    url = pg_login.app_url(fresh_db.url, tmp_path)
    secret = tmp_path / "pg-app-password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert pg_login.app_url(fresh_db.url, tmp_path) == url, "the second process takes the same"
    secret.write_text("changed by hand")
    again = pg_login.app_url(fresh_db.url, tmp_path)
    assert again != url, "the file is what holds"
    psycopg.connect(again).close()
    pg_login.demand_own_login(again)


def test_a_login_that_could_become_the_owner_is_refused(fresh_db: Database, tmp_path: Path):
    with pytest.raises(Refused) as caught:
        pg_login.demand_own_login(fresh_db.url)
    assert caught.value.code == "database.app_is_owner"
    settings = Settings(data=str(tmp_path), database_url=fresh_db.url, app_database_url=fresh_db.url)
    with pytest.raises(Refused), wiring.running(settings):
        pass


def test_the_system_runs_by_the_login(fresh_db: Database, tmp_path: Path):
    """Opened, settled and sealed without the owner's rights."""
    app = pg_login.app_url(fresh_db.url, tmp_path)
    with wiring.running(Settings(data=str(tmp_path), database_url=fresh_db.url, app_database_url=app)) as running:
        assert running.database.url == app
        with running.database.transaction() as tx:
            assert tx.conn.execute("select session_user").fetchone() == (APP_ROLE,)
        for job in wiring.jobs(running):
            job.work(running.database)
