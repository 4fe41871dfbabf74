"""A world that stands still: the demonstration street as it is on one Tuesday afternoon, the same at every start.

Every clock shows that instant, the application's, the database's and the pages', and goes on only when it is told to. Ids
come one after another, and the ledger's key is always the same. Nothing else is arranged: it is what `make up` shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import uuid_utils.compat
from playwright.sync_api import BrowserContext

from browser.conftest import Site, running
from conftest import Databases
from yiwang import demo, wiring
from yiwang.demo_duty import Watch
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes
from yiwang.kit import clock
from yiwang.ledger.actions_settle import seal, settle_all
from yiwang.ledger.rules_sign import PrivateKey

START = datetime.fromisoformat("2026-11-24T15:20:00+08:00")
CLOCKS = """
create schema still;
grant usage on schema still to public;
create function still.now() returns timestamptz language sql stable as 'select null::timestamptz';
create function still.clock_timestamp() returns timestamptz language sql stable as 'select still.now()';
do $$ declare one record; begin
  for one in select d.adrelid::regclass as relation, a.attname as name from pg_attrdef d
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where pg_get_expr(d.adbin, d.adrelid) in ('now()', 'clock_timestamp()')
  loop execute format('alter table %s alter column %I set default still.now()', one.relation, one.name); end loop;
  execute format('alter database %I set search_path = still, pg_catalog, "$user", public', current_database());
end $$;
"""
"""The database's own clock: whoever asks it for `now()`, and every default that does, hears the same."""

TELL = "create or replace function still.now() returns timestamptz language sql stable as $$ select timestamptz '{}' $$"


class Clock:
    """The time everywhere in that world."""

    def __init__(self, url: str, patch: pytest.MonkeyPatch) -> None:
        self.url, self.patch = url, patch
        self._pages: list[BrowserContext] = []
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(CLOCKS)
        self._set(START)

    def _set(self, now: datetime) -> None:
        self.now = now
        self.patch.setattr(clock, "_set", ContextVar("clock", default=now))
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(TELL.format(now.isoformat()))
        for pages in self._pages:
            pages.clock.set_fixed_time(now)

    @contextmanager
    def on(self, pages: BrowserContext) -> Iterator[None]:
        """Somebody's pages show this time too; their timers run."""
        self._pages.append(pages)
        pages.clock.set_fixed_time(self.now)
        yield
        self._pages.remove(pages)

    def wait(self, **delta: float) -> None:
        self._set(self.now + timedelta(**delta))


@contextmanager
def standing_still(databases: Databases, folder: Path) -> Iterator[tuple[Site, Clock]]:
    """The street, running. Its jobs run too, and find nothing left to do."""
    ids = count(int(START.timestamp() * 1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid_utils.compat, "uuid7", lambda: UUID(int=next(ids) << 80 | 7 << 76 | 2 << 62))
        patch.setattr(PrivateKey, "make", lambda name, algorithm: PrivateKey(name, algorithm, b"\x07" * 32))
        name = databases.create(databases.template)
        still = Clock(databases.url(name), patch)
        with running(databases, name, folder, _play) as site:
            yield site, still


def _play(site: Site) -> None:
    """The day that lies behind, whoever is on duty on their rounds, and all that follows in jobs done."""
    database, now = site.system.database, clock.now()
    demo.load_street(site.system, now)
    with database.transaction() as tx:
        assert demo.play_day(tx, site.system, now).refused == []
    with database.transaction() as tx:
        Watch(demo.read_script()).go_on(tx)
        enter_scenes(Stage(tx, site.system.store, site.system.settings.timezone), wiring.SCENES)
    settle_all(database)
    with database.transaction() as tx:
        seal(tx, site.system.key)
    for job in wiring.jobs(site.system):
        job.work(database)
