"""A small deployment under attack: two servers, two workers and the bundled PostgreSQL on one data folder.

Whatever process of ours dies is started again at once, as systemd would; PostgreSQL is brought back by whichever of
them sees first that it died (`kit.pg.watched`), never by the test.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg

import world
from yiwang import wiring
from yiwang.kit import pg
from yiwang.kit.db import Database
from yiwang.network.actions_session import demo_sign_in
from yiwang.network.model_access import DemoSignIn
from yiwang.network.rules_access import COOKIE, CSRF_HEADER
from yiwang.settings import Settings

MEMBER = Path(__file__).with_name("member.py")
LOGINS = (
    "zhang.min", "li.qing", "chen.jie", "sun.lan", "wang.lei", "zhao.xin", "gu.yan", "cheng.gang", "meng.dali", "kong.jie",
)  # fmt: skip
START_SECONDS = 90


@dataclass(frozen=True)
class Person:
    id: str
    headers: dict[str, str]


@dataclass
class Member:
    """One process of ours, and how it is started again."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    process: psutil.Process | None = None
    starts: int = 0

    def start(self, maker: subprocess.Popen[str]) -> None:
        assert maker.stdin and maker.stdout
        maker.stdin.write(json.dumps({"argv": self.argv, "env": self.env, "log": str(self.log)}) + "\n")
        maker.stdin.flush()
        self.starts += 1
        try:
            self.process = psutil.Process(int(maker.stdout.readline()))
        except psutil.NoSuchProcess:
            self.process = None

    def is_alive(self) -> bool:
        try:
            return self.process is not None and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def signal(self, number: int) -> None:
        try:
            if self.process:
                self.process.send_signal(number)
        except psutil.NoSuchProcess:
            pass


class Fleet:
    def __init__(self, folder: Path, *, servers: int = 2, workers: int = 2, sabotage: str = "none") -> None:
        """`folder` must be one that PostgreSQL's user may enter. Takes some 15 s: a cluster, a world, four processes."""
        self.data, self.flag = folder / "data", folder / "made-to-fail"
        self.maker = subprocess.Popen(
            [sys.executable, str(MEMBER), str(self.flag), sabotage],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.server = pg.start(self.data)  # held to the end, so that the last process to leave is us
        with wiring.running(Settings(data=str(self.data))) as system:
            world.build(system.database)
            self.people = {login: self._sign_in(system.database, login) for login in LOGINS}
            self.condition = str(self._condition(system.database))
        self.ports = [_free_port() for _ in range(servers)]
        self.bases = [f"http://127.0.0.1:{port}" for port in self.ports]
        env = {"YIWANG_DATA": str(self.data), "YIWANG_DATABASE_URL": "", "YIWANG_DEMO": ""}
        self.servers = [
            Member(f"server {i}", ["serve", "--no-jobs"], {**env, "YIWANG_PORT": str(port)}, folder / f"server{i}.log")
            for i, port in enumerate(self.ports)
        ]
        self.workers = [Member(f"worker {i}", ["work"], env, folder / f"worker{i}.log") for i in range(workers)]
        self.members = (*self.servers, *self.workers)
        self._end = threading.Event()
        for member in self.members:
            member.start(self.maker)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    @staticmethod
    def _sign_in(database: Database, login: str) -> Person:
        signed = demo_sign_in(database, DemoSignIn(login), "127.0.0.1", "faults")
        return Person(str(signed.person_id), {"Cookie": f"{COOKIE}={signed.secret}", CSRF_HEADER: signed.csrf})

    @staticmethod
    def _condition(database: Database) -> object:
        with database.reading() as tx:
            return world.Play(tx).condition()

    def _keep(self) -> None:
        while not self._end.wait(0.05):
            for member in self.members:
                if not member.is_alive() and not self._end.is_set():
                    member.start(self.maker)

    def strike(self, target: str, rng: random.Random) -> str:
        """kill -9; says whom. `backend` is any one process of PostgreSQL but the first: sessions, checkpointer, writer…"""
        if target in ("server", "worker"):
            member = rng.choice(self.servers if target == "server" else self.workers)
            member.signal(signal.SIGKILL)
            return member.name
        first = self.postmaster()
        if first is None:
            return "nobody: PostgreSQL is down"
        try:
            victim = rng.choice(first.children()) if target == "backend" else first
            said = "the first PostgreSQL process" if victim is first else " ".join(victim.cmdline()).strip()
            victim.send_signal(signal.SIGKILL)
        except (psutil.NoSuchProcess, IndexError):
            return "nobody: it had just left"
        return said

    def postmaster(self) -> psutil.Process | None:
        pointer = self.data / "pg-place"
        home = Path(pointer.read_text("utf-8").strip()) if pointer.exists() else self.data / "pg"
        found = pg._read_pid(home)
        try:
            return psutil.Process(found[0]) if found else None
        except psutil.NoSuchProcess:
            return None

    def wait_until_well(self) -> None:
        """Every server answers a question that needs the database; every worker runs. AssertionError after 90 s."""
        until = time.monotonic() + START_SECONDS
        for base in self.bases:
            while not self._answers(base):
                assert time.monotonic() < until, f"{base} does not come back:\n{self.last_words()}"
                time.sleep(0.05)
        while not all(m.is_alive() for m in self.workers):
            assert time.monotonic() < until, f"a worker does not come back:\n{self.last_words()}"
            time.sleep(0.05)

    def _answers(self, base: str) -> bool:
        try:
            return httpx.get(f"{base}/api/me", headers=self.people["zhang.min"].headers, timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def last_words(self) -> str:
        logs = [p for p in (*(m.log for m in self.members), self.data / "pg.log") if p.exists()]
        return "\n".join(f"── {p.name}\n" + "\n".join(p.read_text("utf-8", "replace").splitlines()[-15:]) for p in logs)

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the owner, once PostgreSQL is there."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return psycopg.connect(self.server.url, autocommit=True, options="-c timezone=UTC")
            except psycopg.OperationalError:
                assert time.monotonic() < until, self.last_words()
                time.sleep(0.1)

    def stop(self) -> None:
        self._end.set()
        self._keeper.join()
        for member in self.members:
            member.signal(signal.SIGTERM)
        until = time.monotonic() + 20
        while any(m.is_alive() for m in self.members) and time.monotonic() < until:
            time.sleep(0.05)
        for member in self.members:
            member.signal(signal.SIGKILL)
        self.maker.communicate()
        pg.release(self.server)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
