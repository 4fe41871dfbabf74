"""Puts the parts together: server, schema, database, what follows from what, files, the ledger's key, periodic work."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from obstore.store import ObjectStore

from yiwang import flows
from yiwang.assess import jobs as assess_jobs
from yiwang.cases import actions_contact, queries_contact, rules_clock, rules_doubt, rules_text
from yiwang.cases import jobs as cases_jobs
from yiwang.flows import tell_phones
from yiwang.kit import db, files, pg, pg_login, push, secret, sms, timers, web
from yiwang.kit.db import Database, migrate
from yiwang.kit.errors import Invalid
from yiwang.kit.jobs import Every
from yiwang.ledger import actions as ledger
from yiwang.ledger import jobs as ledger_jobs
from yiwang.ledger.actions_settle import open_ledger
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_sign import PrivateKey
from yiwang.network import actions_factor, actions_personal, queries_personal
from yiwang.network import jobs as network_jobs
from yiwang.register import actions_checkin
from yiwang.register import jobs as register_jobs
from yiwang.scenes.actions import load_scenes, open_scenes
from yiwang.scenes.homes import actions as homes_actions
from yiwang.scenes.homes import queries as homes_queries
from yiwang.scenes.model import Scene
from yiwang.settings import Settings

log = logging.getLogger(__name__)
KEYS, PUSH_KEY = Path("keys") / "personal", Path("keys") / "push"
BEAT = 10.0
HOUR = 360  # beats
COLLECT = 20_000, 10, 10
"""How many objects come before garbage is looked for: by Python's own 700 a fifth of a file's reading goes into that."""
SCENES: Sequence[Scene] = load_scenes(
    "works",
    "signs",
    "elevators",
    "homes",
    "patrol",
)


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
    """The system ready for use: the bundled server started (and kept alive) if none is named, the schema up to date,
    the ledger open."""
    gc.set_threshold(*COLLECT)
    server = None if settings.database_url else pg.start(settings.folder)
    owner_url = server.url if server else settings.database_url
    try:
        with pg.watched(server) if server else nullcontext():
            migrate(owner_url)
            database = Database(_app_url(settings, owner_url, bundled=server is not None)).open()
            try:
                yield assemble(settings, database, owner_url)
            finally:
                database.close()
                db.use(None)
    finally:
        if server:
            pg.release(server)


def _app_url(settings: Settings, owner_url: str, *, bundled: bool) -> str:
    """With which login the application connects: one of its own, so that it cannot become the owner again."""
    if bundled:
        return pg_login.app_url(owner_url, settings.folder)
    if settings.app_database_url:
        pg_login.demand_own_login(settings.app_database_url)
        return settings.app_database_url
    log.warning(
        "the application connects as the database's owner and only steps down to %s; give it a login of its own"
        " by YIWANG_APP_DATABASE_URL (docs/operate.md)",
        db.APP_ROLE,
    )
    return owner_url


def assemble(settings: Settings, database: Database, owner_url: str) -> System:
    """Wire an open database: tests do this with one of their own."""
    db.use(database)
    rules_clock.warn_at(_share(settings.warn_share))
    rules_doubt.measure_by(settings.doubts)
    secret.use(open_ring(settings, database))
    sms.use(sms.open_sender(settings.sms_url, settings.sms_token, demo=settings.is_demo))
    rules_text.follow_at(settings.address)
    push.use(push.Sender(settings.folder / PUSH_KEY, settings.push_contact, local=settings.is_push_local))
    ledger.react_with(flows.REACTIONS, DIGESTS[settings.hash])
    with database.transaction() as tx:
        key = open_ledger(tx, settings.folder / "keys", hash=settings.hash, signature=settings.signature)
    open_scenes(database, SCENES)
    store = files.open_store(settings.files_url, settings.folder / "files")
    return System(settings, database, owner_url, store, key)


def open_ring(settings: Settings, database: Database) -> secret.Ring:
    """The keys of personal data: the file that a vault gives, or our own, made at the first start. Invalid when the file
    is gone although there are data that it sealed: a new key would not open them."""
    path = Path(settings.personal_keys).expanduser() if settings.personal_keys else settings.folder / KEYS
    if not settings.personal_keys and not path.exists():
        with database.reading() as tx:
            if any(q.is_any_sealed(tx) for q in (queries_personal, queries_contact, homes_queries)):
                raise Invalid(
                    "secret.key_lost", f"个人信息的密钥文件不见了，请放回后再启动：{path}", "The keys of the personal data are gone: put the file back, then start",
                    path=str(path),
                )  # fmt: skip
        secret.write_keys(path, [secret.Key.make(settings.personal_cipher)])
    return secret.Ring(path)


def seal_personal(database: Database, *, chunk: int = 500) -> int:
    """Seal whatever personal data the present key has not sealed: what the first release wrote in clear, and what an
    older key sealed. A chunk a transaction, beside whatever else goes on; returns how many chunks."""
    chunks = 0
    seals = (
        actions_personal.seal_people,
        actions_factor.seal_factors,
        actions_contact.seal_contacts,
        actions_checkin.seal_keys,
        homes_actions.seal_residents,
    )
    for seal in seals:
        after: UUID | None = UUID(int=0)
        while after is not None:
            with database.transaction() as tx:
                after = seal(tx, after, chunk)
            chunks += after is not None
    return chunks


class _Sealing:
    """At the start, when another key seals from now on, and once an hour for what another process wrote meanwhile."""

    def __init__(self) -> None:
        self.beats = 0

    def __call__(self, database: Database) -> None:
        changed = secret.ring().reload()
        if changed or self.beats % HOUR == 0:
            seal_personal(database)
        self.beats += 1


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
        Every(60, "erased photos", lambda database: files.sweep_erased(database, system.store)),
        Every(BEAT, "personal data", _Sealing()),
        Every(1, "tell phones", tell_phones.catch_up),
        *ledger_jobs.periodic(system.key, system.settings.folder / "keys", upper=system.settings.upper),
        *network_jobs.PERIODIC,
        *cases_jobs.PERIODIC,
        *assess_jobs.PERIODIC,
        *register_jobs.PERIODIC,
        *(job for scene in SCENES for job in scene.periodic),
    )
