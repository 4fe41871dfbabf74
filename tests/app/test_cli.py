"""The command line: it teaches, and its errors are words."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from yiwang.kit.db import Database
from yiwang.kit.pg_place import find_place

YIWANG = [sys.executable, "-c", "from yiwang.cli import main; main()"]


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*YIWANG, *args],
        env={**os.environ, "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("args", [[], ["pack"], ["ledger"], ["case"]])
def test_help_names_every_command(args: list[str]) -> None:
    done = run(*args, "--help")
    assert done.returncode == 0 and "Commands" in done.stdout and not done.stderr


def test_settings_are_listed_without_passwords() -> None:
    shown = run("settings", "--json", YIWANG_DATABASE_URL="postgresql://me:secret@db/x").stdout
    rows = {row["name"]: row for row in json.loads(shown)}
    assert {"YIWANG_DATA", "YIWANG_PORT", "YIWANG_HOST", "YIWANG_DATABASE_URL", "YIWANG_FILES_URL"} <= set(rows)
    assert "secret" not in shown and all(r["zh"] and r["en"] for r in rows.values())


def test_the_demo_does_not_listen_to_the_world() -> None:
    done = run("up", YIWANG_HOST="0.0.0.0")
    assert done.returncode == 1 and "settings.demo_open" in done.stderr and "Traceback" not in done.stderr


def test_faults_are_words_and_an_exit_code(tmp_path: Path) -> None:
    done = run("case", "show", "x", YIWANG_DATABASE_URL="postgresql:///?host=/nowhere", YIWANG_DATA=str(tmp_path))
    assert done.returncode != 0 and "Traceback" not in done.stderr and "✗" in done.stderr
    done = run("serve", YIWANG_PORT="99999")
    assert done.returncode == 1 and "settings.port" in done.stderr


def test_a_case_is_shown_proven_and_checked_offline(world_db: Database, owner: str, tmp_path: Path) -> None:
    import world

    with world_db.transaction() as tx:
        case = world.Play(tx).closed()
    env = {"YIWANG_DATABASE_URL": owner, "YIWANG_DATA": str(tmp_path)}
    shown = run("case", "show", case.number, **env)
    assert "结案" in shown.stdout and case.number in shown.stdout, shown.stderr
    receipt = tmp_path / "case.json"
    done = run("ledger", "receipt", case.number, "--to", str(receipt), **env)
    assert done.returncode == 0, done.stderr
    keys = tmp_path / "keys.txt"
    keys.write_text(run("ledger", "keys", **env).stdout)
    assert run("ledger", "check", str(receipt), "--key", str(keys)).returncode == 0
    receipt.write_text(receipt.read_text().replace("operator", "handler", 1))
    assert run("ledger", "check", str(receipt), "--key", str(keys)).returncode == 1
    verdict = json.loads(run("ledger", "verify", "--json", **env).stdout)
    assert verdict["ok"] is True and verdict["entries"] > 8
    assert run("case", "show", "no such case", **env).returncode == 1


@pytest.fixture
def owner(world_db: Database) -> str:
    return world_db.url


def test_keys_are_rotated_and_never_shown(world_db: Database, owner: str, tmp_path: Path) -> None:
    import world
    from yiwang import wiring
    from yiwang.cases.model_commands import Contact
    from yiwang.kit import secret
    from yiwang.settings import Settings

    before = secret.ring()
    try:
        secret.use(wiring.open_ring(Settings(data=str(tmp_path)), world_db))
        with world_db.transaction() as tx:
            world.Play(tx).report(contact=Contact("周阿姨", "13800001111"))
    finally:
        secret.use(before)
    done = run(
        "keys", "rotate", "--json", YIWANG_DATABASE_URL=owner, YIWANG_DATA=str(tmp_path), YIWANG_PERSONAL_CIPHER="sm4"
    )
    assert done.returncode == 0, done.stderr
    old, new = json.loads(done.stdout)
    assert (old["contacts"], old["seals"], new["contacts"], new["seals"]) == (0, False, 1, True)
    lines = (tmp_path / "keys/personal").read_text("utf-8").splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["aes256", "sm4"]
    assert not any(line.split()[1] in done.stdout + done.stderr for line in lines)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_stops_its_database(tmp_path: Path, told: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "YIWANG_DATA": str(tmp_path / "data"), "YIWANG_PORT": str(port), "YIWANG_DATABASE_URL": ""}
    server = subprocess.Popen([*YIWANG, "serve"], env=env, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert server.poll() is None, "it did not start"
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        postmaster = find_place(tmp_path / "data")[0] / "cluster" / "postmaster.pid"
        pid = int(postmaster.read_text().split()[0])
        assert psutil.pid_exists(pid)
        server.send_signal(told)
        server.wait(60)
    finally:
        server.kill()
    assert not psutil.pid_exists(pid) and not postmaster.exists()
