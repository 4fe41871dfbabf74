"""What the tests of the bundled PostgreSQL share: other processes, data folders, and looking at the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from yiwang.kit import pg

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can take another user's part")

# Another Yiwang process. What it needs is loaded first, so that it can become a user who cannot read the virtualenv.
PLAYER = """
import encodings.idna, importlib.metadata, os, shutil, sys
from pathlib import Path
import psycopg
from yiwang.kit import pg
data, uid = Path(sys.argv[1]), int(sys.argv[2])
if uid:
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
try:
    print(pg.start(data).url, flush=True)
except pg.ServerFailed as failed:
    sys.exit(f"{failed.code} {failed.zh}")
{more}
sys.stdin.readline()
"""


class Player:
    def __init__(self, data: Path, uid: int = 0, more: str = "") -> None:
        command = [sys.executable, "-c", PLAYER.replace("{more}", more), str(data), str(uid)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
        )

    def url(self) -> str:
        """Waits for its start."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> str:
        """Ends it as usual; what it complained about."""
        return self.process.communicate("\n", timeout=60)[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def player() -> Iterator[Callable[..., Player]]:
    made: list[Player] = []

    def make(*args: Any, **kwargs: Any) -> Player:
        made.append(Player(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.leave()


def leave(folder: Path) -> None:
    """This process lets go of the servers below `folder`, and of no other: the whole run has one too."""
    for url, held in list(pg._held.items()):
        if held.data.is_relative_to(folder):
            held.times = 1
            pg.release(pg.Server(url))


def _folder() -> Iterator[Path]:
    """A folder every user may enter; pytest's own is private to whoever runs it."""
    folder = Path(tempfile.mkdtemp(prefix="ywt"))
    folder.chmod(0o755)
    yield folder
    leave(folder)
    shutil.rmtree(folder, ignore_errors=True)


folder = pytest.fixture(_folder)
_shared = pytest.fixture(scope="module")(_folder)


@pytest.fixture
def data(_shared: Path) -> Iterator[Path]:
    """A data folder that keeps its cluster from test to test, and is at rest between them."""
    yield _shared / "data"
    leave(_shared)
    assert not alive(_shared / "data"), "the test left the server running"


def copy(data: Path, to: Path) -> Path:
    """A data folder with a cluster in it, sooner than by initdb."""
    pg.release(pg.start(data))
    to.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", data, to], check=True)
    return to


def pid_of(data: Path) -> int | None:
    pointer = data / "pg-place"
    found = pg._read_pid(Path(pointer.read_text().strip()) if pointer.exists() else data / "pg")
    return found and found[0]


def is_running(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def alive(data: Path) -> bool:
    return is_running(pid_of(data))


def ask(url: str, sql: Any) -> Any:
    with psycopg.connect(url, autocommit=True) as conn:
        found = conn.execute(sql)
        return found.fetchall() if found.description else None


def fails(data: Path) -> pg.ServerFailed:
    with pytest.raises(pg.ServerFailed) as caught:
        pg.start(data)
    assert caught.value.zh
    assert caught.value.en
    return caught.value


def server_uid(data: Path) -> int:
    return (data / "pg" / "cluster").stat().st_uid
