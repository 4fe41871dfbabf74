"""Migrations: linear, applied once, never changed afterwards; what they make is what docs/tables.md says, and who may what."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from generate import GRANTS, SCHEMAS, tables_page
from house import DOMAINS, ROOT, SCENES
from yiwang.kit import schema
from yiwang.kit.db import Database, migrate, migrations
from yiwang.kit.errors import Refused

ONLY_ADDED_TO = {"ledger"}
ONLY_READ = {"kit.migration"}
"""Written by the owner alone."""


def test_numbers_are_linear():
    numbers = [number for number, _, _ in migrations()]
    assert numbers == sorted(set(numbers)) and numbers[:7] == list(range(1, 8))


def test_each_schema_has_its_domain():
    made = re.findall(r"create schema (?:if not exists )?(\w+)", "\n".join(sql for _, _, sql in migrations()))
    assert {*made, "kit"} == set(SCHEMAS) <= {*DOMAINS, *SCENES, "kit"}


def test_applying_twice_applies_nothing(owner_url: str):
    assert migrate(owner_url) == []


def test_what_was_changed_after_it_was_applied_is_refused(owner_url: str, monkeypatch: pytest.MonkeyPatch):
    changed = [(n, name, sql + "\n-- later" if n == 2 else sql) for n, name, sql in migrations()]
    monkeypatch.setattr(schema, "migrations", lambda: changed)
    with pytest.raises(Refused) as caught:
        migrate(owner_url)
    assert caught.value.code == "database.migration_changed" and "0002" in caught.value.zh


def test_what_they_make_is_what_the_page_says(owner_url: str):
    with psycopg.connect(owner_url) as conn:
        assert (ROOT / "docs/tables.md").read_text("utf-8") == tables_page(conn), "run `make docs`"


def test_the_application_may_what_it_needs_and_no_more(owner_url: str):
    with psycopg.connect(owner_url) as conn:
        granted = {name: set(said.split(", ")) for name, said in conn.execute(GRANTS).fetchall()}
        tables = [
            f"{schema}.{name}"
            for schema, name in conn.execute(
                "select table_schema, table_name from information_schema.tables where table_schema = any(%s)"
                " and table_type = 'BASE TABLE'",
                [SCHEMAS],
            )
        ]
    assert len(tables) > 40
    for name in tables:
        rights = granted.get(name, set())
        assert "select" in rights, f"{name}: the application cannot read it"
        assert "truncate" not in rights, name
        if name.split(".")[0] in ONLY_ADDED_TO:
            assert rights == {"select", "insert"}, f"{name}: the ledger is only ever added to"
        elif name in ONLY_READ:
            assert rights == {"select"}, name
        else:
            assert rights & {"insert", "update", "delete"}, f"{name}: the application cannot write it"


def test_the_role_owns_nothing(owner_url: str):
    with psycopg.connect(owner_url) as conn:
        owned = conn.execute(
            "select c.oid::regclass::text from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = 'yiwang_app'"
        ).fetchall()
        role = conn.execute(
            "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = 'yiwang_app'"
        ).fetchone()
        above = conn.execute(
            "select roleid::regrole::text from pg_auth_members where member = 'yiwang_app'::regrole"
        ).fetchall()
    assert owned == []
    assert role == (False, False, False, False)
    assert above == [], "its login could climb"


def test_keys_point_down_the_floors_only(owner_url: str):
    floors = {name: floor for floor, name in enumerate(SCHEMAS)}
    floors["dispatch"] = floors["assess"] = floors["rooms"] = floors["cases"]
    floors |= dict.fromkeys(SCENES, len(SCHEMAS))
    with psycopg.connect(owner_url) as conn:
        keys = conn.execute(
            "select fn.nspname, tn.nspname, conname from pg_constraint k"
            " join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace"
            " join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace"
            " where contype = 'f' and fn.nspname = any(%s)",
            [SCHEMAS],
        ).fetchall()
    assert len(keys) > 20
    assert [k for k in keys if k[0] != k[1] and floors[k[1]] >= floors[k[0]]] == []


def test_every_migration_begins_by_saying_what_it_is_for():
    for file in sorted((ROOT / "migrations").glob("*.sql")):
        assert file.read_text("utf-8").startswith("-- "), file.name
    assert Path(ROOT / "migrations").is_dir()


def test_the_database_in_use_is_connected_as_that_role(db: Database):
    with db.reading() as tx:
        assert tx.conn.execute("select current_user").fetchone() == ("yiwang_app",)
