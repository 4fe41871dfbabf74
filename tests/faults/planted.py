"""A bundled server of one's own with the named world in it: to be stopped, frozen, filled up and cut off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

import world
from faults.street import wait
from yiwang import wiring
from yiwang.kit import db as kit_db
from yiwang.kit import pg
from yiwang.kit.db import Database
from yiwang.settings import Settings
from yiwang.wiring import System


@dataclass
class Planted:
    """A data folder and its server. The application is given its address, as if it were somebody else's."""

    data: Path
    server: pg.Server

    def settings(self) -> Settings:
        return Settings(data=str(self.data), database_url=self.server.url, demo="1")

    def processes(self) -> list[psutil.Process]:
        """postgres and all its children."""
        found = pg._read_pid(self.home)
        if found is None or not psutil.pid_exists(found[0]):
            return []
        head = psutil.Process(found[0])
        return [head, *head.children(recursive=True)]

    @property
    def home(self) -> Path:
        pointer = self.data / "pg-place"
        return Path(pointer.read_text("utf-8").strip()) if pointer.exists() else self.data / "pg"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """From outside: the application is not told. SIGKILL goes to all of them, as when the power fails."""
        all_of_it = self.processes()
        for process in all_of_it if how is signal.SIGKILL else all_of_it[:1]:
            try:
                process.send_signal(how)
            except psutil.NoSuchProcess:
                pass
        wait(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in all_of_it))

    def start(self) -> None:
        pg.release(pg.start(self.data))  # one is held already

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """As when its disk hangs: it is there and answers nothing."""
        held = self.processes()
        for process in held:
            os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in held:
                os.kill(process.pid, signal.SIGCONT)


@contextmanager
def served(data: Path, *, size: int = 12, patience: float = 2) -> Iterator[tuple[Planted, System]]:
    """The server of a data folder, and an application on it whose requests wait `patience` seconds for a connection."""
    server = pg.start(data)
    try:
        database = Database(server.url, size=size).open()
        database.pool.timeout = patience
        planted = Planted(data, server)
        try:
            yield planted, wiring.assemble(planted.settings(), database, server.url)
        finally:
            database.close()
            kit_db.use(None)
    finally:
        planted_gone = Planted(data, server)
        if not planted_gone.processes():
            planted_gone.start()  # so that it can be left as it is always left
        pg.release(server)


def copy(data: Path, to: Path) -> Path:
    subprocess.run(["cp", "-a", data, to], check=True)
    return to


@pytest.fixture(scope="module")
def seed() -> Iterator[Path]:
    """A data folder at rest with the world in it: some 15 s to make, a second to copy."""
    folder = Path(tempfile.mkdtemp(prefix="ywp"))
    folder.chmod(0o755)
    (folder / "data").mkdir(mode=0o755)  # as root: where PostgreSQL's user reaches it, so that a copy is a copy of all
    with wiring.running(Settings(data=str(folder / "data"))) as system:
        world.build(system.database)
    assert not (folder / "data" / "pg-place").exists(), "its copies would all share one cluster"
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def data(seed: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ywp"))
    folder.chmod(0o755)
    yield copy(seed, folder / "data")
    shutil.rmtree(folder)
