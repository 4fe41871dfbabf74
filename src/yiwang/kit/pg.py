"""The bundled PostgreSQL: made on the first start, shared by every Yiwang process, stopped by the last to leave,
brought back by any of them when it died.

Files, of a data folder `data`:

    pg-password   the owner role's password (0600)              pg.log     what the server says
    pg.lock       held while somebody starts or stops it        pg-place   where `pg` is, when not in `data` (pg_place.py)
    pg/           `cluster` (PGDATA), `run` (the socket), and two locks:
                  `users` is held, shared, by each process that uses the server;
                  `running` is held by the server itself (inherited by postgres and all its children).

The locks are `flock`s: the kernel lets go of them however a process ends, so no stale file can ever lie about
who is alive.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from yiwang.kit.pg_place import (
    PORT,
    ServerFailed,
    User,
    check_version,
    explain,
    find_password,
    find_place,
    find_programs,
    find_socket,
    give_to_owner,
)

__all__ = ["Server", "ServerFailed", "release", "start", "watched"]

log = logging.getLogger(__name__)
OWNER = DATABASE = "yiwang"
START_SECONDS, STOP_SECONDS, WATCH_SECONDS = 120, 60, 0.5
LOG_BYTES = 16 << 20  # a longer log is set aside when the server starts
# Written into the new cluster's postgresql.conf, where whoever operates it may change them. fsync stays on.
SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}


_Process = subprocess.Popen[Any]


@dataclass(frozen=True)
class Server:
    """`url`: libpq URL of the owner role on database `yiwang`, over a private Unix socket, password included."""

    url: str


@dataclass
class _Held:
    """What this process holds: an open, locked `users`, and how many `start`s have not been answered."""

    data: Path
    home: Path
    socket: Path
    fd: int
    times: int = 1


_held: dict[str, _Held] = {}
_guard = threading.RLock()
_children: list[_Process] = []  # kept so that they can be reaped


def start(data: Path) -> Server:
    """The server of this data folder: made and started when it must be, else joined. Durable (fsync), UTF-8, UTC.

    Safe to call again (a server that was killed is brought back); each call wants one `release`, and what is left
    is released when the process ends. Raises ServerFailed.
    """
    data = Path(data).resolve()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with _guard, _locked(data / "pg.lock"):
            home, user = find_place(data)
            socket, password = find_socket(home, user), find_password(data, home)
            url = f"postgresql://{OWNER}:{password}@/{{}}?host={quote(str(socket), safe='')}&port={PORT}"
            held = _Held(data, home, socket, _open_lock(home / "users"))
            try:
                _ensure(held, user, password, url.format("postgres"))
            except BaseException as stopped:
                if isinstance(stopped, Exception):  # it could not, or is still recovering: leave it at that
                    os.close(held.fd)
                else:  # Ctrl-C
                    _leave(held)
                raise
            server = Server(url.format(DATABASE))
            if server.url in _held:
                os.close(held.fd)
                _held[server.url].times += 1
            else:
                fcntl.flock(held.fd, fcntl.LOCK_SH)
                _held[server.url] = held
            return server
    except OSError as fault:
        raise explain(data, str(fault)) from fault


def release(server: Server) -> None:
    """This process no longer needs it. The last process to leave stops it and waits until it has stopped."""
    with _guard:
        held = _held.get(server.url)
        if held is None:
            return
        held.times -= 1
        if held.times:
            return
        del _held[server.url]
        if not held.home.exists():  # the data was deleted under us, and a server without files ends by itself
            os.close(held.fd)
            return
        with _locked(held.data / "pg.lock") if held.data.exists() else nullcontext():
            _leave(held)


@contextmanager
def watched(server: Server) -> Iterator[None]:
    """Within the block a server that died (kill -9, out of memory) is brought back, by whichever process sees it first.
    One that cannot start is tried again, ever less often; why it could not is logged."""
    end = threading.Event()
    watcher = threading.Thread(target=_watch, args=(server, end), name="database watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        end.set()
        watcher.join()


def _watch(server: Server, end: threading.Event) -> None:
    wait = WATCH_SECONDS
    while not end.wait(wait):
        held = _held.get(server.url)
        try:
            if held is None or _is_alive(held):
                wait = WATCH_SECONDS
                continue
            log.error("the database server has died; starting it again")
            release(start(held.data))
            log.warning("the database server is back")
        except (ServerFailed, OSError) as fault:
            wait = min(wait * 2, 30)
            log.error("the database server could not be started: %s", fault)


def _is_alive(held: _Held) -> bool:
    """Whether any process of the server is left: each holds the lock `running`. A folder that is gone needs no server."""
    if not held.home.exists():
        return True
    lock = _open_lock(held.home / "running")
    try:
        return not _try_lock(lock)
    finally:
        os.close(lock)


def _leave(held: _Held) -> None:
    """Let go of `users`; with nobody else holding it, stop the server."""
    if _try_lock(held.fd):  # from shared to exclusive: only when we are alone
        _stop(held)
    os.close(held.fd)


@atexit.register
def _release_all() -> None:
    for url, held in list(_held.items()):
        held.times = 1
        release(Server(url))


def _forget() -> None:
    """In a forked child: what the parent holds is the parent's to release."""
    for held in _held.values():
        os.close(held.fd)
    _held.clear()
    _children.clear()


os.register_at_fork(after_in_child=_forget)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = _open_lock(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _ensure(held: _Held, user: User, password: str, url: str) -> None:
    """Returns when the server answers and has our database."""
    log = held.data / "pg.log"
    since = log.stat().st_size if log.exists() else 0
    until = time.monotonic() + START_SECONDS
    launched: _Process | None = None
    lock = _open_lock(held.home / "running")
    try:
        while True:
            _reap()
            silence = _ask(held, url)
            if silence is None:
                return
            if launched and launched.poll() is not None:
                raise explain(held.data, f"postgres ended with code {launched.returncode}", since)
            if time.monotonic() > until:
                raise explain(held.data, f"no answer within {START_SECONDS} s: {silence}", since)
            if not launched and _try_lock(lock):  # no postgres of this cluster is alive: ours to make and start
                launched = _launch(held, user, password, lock, since)
                os.close(lock)  # the server has it now
                lock = -1
            time.sleep(0.01)
    finally:
        if lock >= 0:
            os.close(lock)


def _ask(held: _Held, url: str) -> str | None:
    """None when the server answers; else why not. Makes our database if it is not there."""
    pid = _read_pid(held.home)
    if pid is None or pid[1] != "ready":
        return "not running" if pid is None else pid[1]
    try:
        conn = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as fault:  # just stopping, or just killed
        if "password authentication failed" not in str(fault):
            return str(fault)
        path = held.data / "pg-password"
        raise ServerFailed(
            "database.password",
            f"{path} 与数据库不符；请从备份恢复该文件",
            f"{path} is not this database's password; restore that file from a backup",
        ) from fault
    with conn:
        try:
            if conn.execute("select pg_is_in_recovery()").fetchone() == (True,):  # on its way to a point in time
                return "recovering"
            if not conn.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone():
                conn.execute(f"create database {DATABASE}")
        except psycopg.Error as fault:
            raise explain(held.data, str(fault)) from fault


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _read_pid(home: Path) -> tuple[int, str] | None:
    """(pid, status) of postmaster.pid: starting, ready or stopping."""
    try:
        lines = (home / "cluster" / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _launch(held: _Held, user: User, password: str, lock: int, since: int) -> _Process:
    programs, log_path = find_programs(user), held.data / "pg.log"
    if since > LOG_BYTES:
        log_path.replace(held.data / "pg.log.1")
    with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        give_to_owner(log_path, held.data)
        # Whatever is run inherits `lock`, so a half-made cluster is never swept from under a living initdb.
        # A session of its own: the terminal's Ctrl-C is for us, not for the database.
        run: dict[str, Any] = {
            "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": "/", "pass_fds": (lock,),
            "start_new_session": True, **user.popen(),
            "env": {"LC_ALL": "C"} | {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH")},
        }  # fmt: skip
        if not (held.home / "cluster").exists() and (code := _make_cluster(held, user, password, programs, run)):
            raise explain(held.data, f"initdb ended with code {code}", since)
        check_version(held.home, programs)
        _sweep(held)
        command: list[str | Path] = [programs / "postgres", "-D", held.home / "cluster", "-p", str(PORT)]
        command += ["-c", "listen_addresses=", "-c", f"unix_socket_directories={held.socket}"]
        # What has been acknowledged outlives a power cut, whatever somebody wrote into postgresql.conf.
        command += ["-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on"]
        child: _Process = subprocess.Popen([*command, "-c", "unix_socket_permissions=0700"], **run)  # noqa: S603
    _children.append(child)
    return child


def _make_cluster(held: _Held, user: User, password: str, programs: Path, run: dict[str, Any]) -> int:
    """initdb beside, then rename: there is a whole cluster or none. Returns initdb's exit code."""
    home, draft, secret = held.home, held.home / "cluster.new", held.home / "password.new"
    shutil.rmtree(draft, ignore_errors=True)
    secret.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
        user.own(secret)
        command: list[str | Path] = [programs / "initdb", "-D", draft, "-U", OWNER, "--pwfile", secret]
        command += ["-A", "scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", "--no-instructions", *(f"--set={name}={value}" for name, value in SETTINGS.items())]
        made = subprocess.run(command, check=False, **run)  # noqa: S603
        if made.returncode:
            return made.returncode
        draft.rename(home / "cluster")
    finally:
        secret.unlink(missing_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
    for folder in (home, home.parent):
        fd = os.open(folder, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
    if home.parent != held.data:
        (held.data / "pg-place").write_text(f"{home}\n", "utf-8")
    return 0


def _sweep(held: _Held) -> None:
    """Take away what a killed server left. Its lock is free, so it is dead, unless someone started it by hand."""
    cluster = held.home / "cluster"
    if found := _read_pid(held.home):
        try:
            by_hand = Path(f"/proc/{found[0]}/cwd").readlink() == cluster
        except OSError:  # gone, or somebody else's
            by_hand = False
        if by_hand:
            raise ServerFailed(
                "database.by_hand",
                f"数据库已被手工启动（进程 {found[0]}）；请先停止它",
                f"The database was started by hand (process {found[0]}); stop that first",
            )
    # PostgreSQL itself would take a process that got the dead one's number (usual in containers) for a living server.
    names = (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock")
    for left in (cluster / "postmaster.pid", *(held.socket / name for name in names)):
        left.unlink(missing_ok=True)


def _stop(held: _Held) -> None:
    """Fast shutdown; returns when the last of its processes has gone, or after STOP_SECONDS, leaving it to finish."""
    until = time.monotonic() + STOP_SECONDS
    lock, asked = _open_lock(held.home / "running"), False
    try:
        while not (stopped := _try_lock(lock)) and time.monotonic() < until:
            if not asked and (pid := _read_pid(held.home)):
                asked = True
                try:
                    os.kill(pid[0], signal.SIGINT)
                except ProcessLookupError:
                    pass  # killed; its children are just leaving
            _reap()
            time.sleep(0.01)
        _reap()
        if stopped and held.socket.parent != held.home:
            shutil.rmtree(held.socket, ignore_errors=True)
    finally:
        os.close(lock)
