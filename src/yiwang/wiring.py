"""Puts the parts together: server, schema, database, what follows from what, files, the ledger's key, periodic work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from obstore.store import ObjectStore

from yiwang import flows
from yiwang.cases import jobs as cases_jobs
from yiwang.cases import rules_clock
from yiwang.kit import db, files, pg, timers, web
from yiwang.kit.db import Database, migrate
from yiwang.kit.jobs import Every
from yiwang.ledger import actions as ledger
from yiwang.ledger import jobs as ledger_jobs
from yiwang.ledger.actions_settle import open_ledger
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_sign import PrivateKey
from yiwang.network import jobs as network_jobs
from yiwang.settings import Settings


@dataclass(frozen=True)
class System:
    """Everything that runs: made once by `running`."""

    settings: Settings
    database: Database
    owner_url: str
    store: ObjectStore
    key: PrivateKey


@contextmanager
def running(settings: Settings) -> Iterator[System]:
    """The system ready for use: the bundled server started if none is named, the schema up to date, the ledger open."""
    server = None if settings.database_url else pg.start(settings.folder)
    owner_url = server.url if server else settings.database_url
    try:
        migrate(owner_url)
        database = Database(owner_url).open()
        try:
            yield assemble(settings, database, owner_url)
        finally:
            database.close()
            db.use(None)
    finally:
        if server:
            pg.release(server)


def assemble(settings: Settings, database: Database, owner_url: str) -> System:
    """Wire an open database: tests do this with one of their own."""
    db.use(database)
    rules_clock.warn_at(_share(settings.warn_share))
    ledger.react_with(flows.REACTIONS, DIGESTS[settings.hash])
    with database.transaction() as tx:
        key = open_ledger(tx, settings.folder / "keys", hash=settings.hash, signature=settings.signature)
    store = files.open_store(settings.files_url, settings.folder / "files")
    return System(settings, database, owner_url, store, key)


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def jobs(system: System) -> Sequence[Every]:
    """All periodic work."""
    return (
        Every(0.5, "timers", lambda database: timers.sweep(database, flows.TIMERS)),
        Every(5, "parked", ledger.retry_all_parked),
        Every(3600, "old commands", web.forget_commands),
        *ledger_jobs.periodic(system.key),
        *network_jobs.PERIODIC,
        *cases_jobs.PERIODIC,
    )
