"""From the first release to this one while everybody works: the first release itself (its code, from git commit 70cf03e)
makes the data and goes on writing, the migrations run, are killed and go on, both releases serve at once, the old one stops."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import uvicorn

from faults import checks
from faults.fleet import LOGINS, Person
from faults.load import Board, Client, Log
from world import settle
from yiwang import wiring
from yiwang.app import create_app
from yiwang.kit import pg
from yiwang.kit.db import migrate, migrations
from yiwang.kit.errors import Unavailable
from yiwang.settings import Settings

FIRST = Path(__file__).with_name("first_release.tar.xz")
"""`git archive 70cf03e src/yiwang migrations packs`: what a city may be running, for ever."""
SERVER = """
import dataclasses, json, sys, uvicorn
from yiwang import settings, wiring
from yiwang.app import create_app
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.network.actions_session import demo_sign_in
from yiwang.network.model_access import DemoSignIn
with wiring.running(dataclasses.replace(settings.load(), data=sys.argv[1])) as system:
    load_pack(system.database, find_pack("laoximen"))
    signed = {who: demo_sign_in(system.database, DemoSignIn(who), "127.0.0.1", "upgrade") for who in sys.argv[3].split(",")}
    print(json.dumps({who: [str(s.person_id), s.secret, s.csrf] for who, s in signed.items()}), flush=True)
    uvicorn.run(create_app(system), port=int(sys.argv[2]), log_level="error", access_log=False)
"""
CONDITION = (
    "select id::text from city.condition where text like '%未倒入垃圾容器%' and code = '01-10' order by code limit 1"
)
KILL = (
    "select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a using (pid)"
    " where l.locktype = 'advisory' and l.objid = 7905 and a.datname = current_database()"
)


@dataclass
class Place:
    """What the load's clients need to know of a deployment."""

    people: dict[str, Person] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)
    condition: str = ""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def old(folder: Path):
    """The first release, running on a data folder of its own."""
    with tarfile.open(FIRST) as tar:
        tar.extractall(folder / "old", filter="data")
    port = free_port()
    env = {**os.environ, "PYTHONPATH": str(folder / "old/src"), "YIWANG_DATABASE_URL": "", "YIWANG_DEMO": ""}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder / "data"), str(port), ",".join(LOGINS)],
        env=env, cwd=folder / "old", stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout
    said = json.loads(server.stdout.readline())
    people = {
        who: Person(id_, {"Cookie": f"yiwang_session={secret}", "X-Yiwang-CSRF": csrf})
        for who, (id_, secret, csrf) in said.items()
    }
    yield server, Place(people, [f"http://127.0.0.1:{port}"])
    server.terminate()
    server.wait(30)


class Load:
    """Clients who work in the background until told to stop."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.log, self.board = place, Log(), Board()
        self.clients = [Client(place, self.log, self.board, f"{seed} {i}") for i in range(4)]  # type: ignore[arg-type]

    def play(self, acts: int) -> None:
        until = self.log.begun + acts
        with ThreadPoolExecutor(len(self.clients)) as pool:
            list(pool.map(lambda c: c.work(until), self.clients))


def test_the_first_release_is_upgraded_under_load(
    old: tuple[subprocess.Popen[str], Place], folder: Path, request: pytest.FixtureRequest
) -> None:
    server, place = old
    rng = random.Random(request.config.getoption("--seed", 1))
    held = pg.start(folder / "data")
    with psycopg.connect(held.url, autocommit=True) as conn:
        assert conn.execute("select max(number) from kit.migration").fetchone() == (7,)
        place.condition = conn.execute(CONDITION).fetchall()[0][0]
        load = Load(place, request.config.getoption("--seed", 1))
        load.play(60)
        begun = load.log.begun

        working = threading.Thread(target=load.play, args=(150,))
        working.start()
        while load.log.begun < begun + 20:
            time.sleep(0.01)
        began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            for _ in range(3):  # killed at a random moment, and begun again
                job = pool.submit(migrate, held.url)
                time.sleep(rng.uniform(0, 0.2))
                conn.execute(KILL)
                if not isinstance(job.exception(), Unavailable | psycopg.OperationalError | None):
                    job.result()
        migrate(held.url)
        ended = time.monotonic()
        working.join()
        assert conn.execute("select max(number) from kit.migration").fetchone() == (migrations()[-1][0],)
        assert migrate(held.url) == []
        longest = max((b - a for a, b in load.log.took if b > began and a < ended), default=0)
        usual = sorted(b - a for a, b in load.log.took if b <= began)
        print(
            f"\nmigrated in {ended - began:.2f} s under load, killed three times; the longest write meanwhile took"
            f" {longest:.2f} s; before: median {usual[len(usual) // 2]:.2f} s, longest {usual[-1]:.2f} s"
        )
        _both_at_once(load, server, folder)

        refused = Counter(code for _, code in load.log.refused)
        assert not load.log.wrong and "busy" not in refused, (load.log.wrong[:5], refused)
        assert checks.check_acts(conn, load.log) == []
        assert checks.check_answers(conn, load.log.acks, load.log.refused) == []
        assert checks.check_courses(conn) == []
        assert checks.check_invariants(conn) == []
    pg.release(held)


def _both_at_once(load: Load, server: subprocess.Popen[str], folder: Path) -> None:
    """The new release starts beside the old one, on the same data; the proxy is pointed at it in the middle of the work
    (what the old one did and could not answer is asked of the new one); then the old one is stopped."""
    with wiring.running(Settings(data=str(folder / "data"))) as system:
        port = free_port()
        new = uvicorn.Server(uvicorn.Config(create_app(system), port=port, log_level="error", access_log=False))
        thread = threading.Thread(target=new.run, daemon=True)
        thread.start()
        while not new.started:
            assert thread.is_alive()
            time.sleep(0.02)
        working = threading.Thread(target=load.play, args=(100,))
        working.start()
        until = load.log.begun + 40
        while load.log.begun < until:
            time.sleep(0.01)
        load.place.bases[:] = [f"http://127.0.0.1:{port}"]
        working.join()
        server.terminate()
        server.wait(30)
        load.play(20)
        wiring.seal_personal(system.database)
        settle(system.database)
        assert checks.check_ledger(system.database) == []
        with system.database.reading() as tx:
            clear = "select count(*) from cases.contact where name is not null or phone is not null"
            assert tx.conn.execute(clear).fetchone() == (0,), "what the first release wrote is sealed"
        new.should_exit = True
        thread.join(20)
