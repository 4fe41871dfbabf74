"""The bundled PostgreSQL found broken: killed, half made, or not to be run."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from yiwang.kit import pg, pg_place

from .conftest import ROOT, Player, alive, ask, fails, leave, needs_root, pid_of, server_uid

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


def test_a_watched_server_that_is_killed_comes_back_by_itself(data: Path):
    server = pg.start(data)
    with pg.watched(server):
        pid = pid_of(data)
        assert pid
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 60
        while True:
            try:
                assert ask(server.url, "select 1") == [(1,)]
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.05)
    assert pid_of(data) != pid
    pg.release(server)
    assert not alive(data), "the watcher holds on to nothing"


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
        leave(data)
        subprocess.run(["umount", data], check=True)


def test_a_file_where_the_folder_should_be(folder: Path):
    (folder / "data").touch()
    assert fails(folder / "data").code == "database.failed"
