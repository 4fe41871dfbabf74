"""The processes of the fleet: `yiwang serve` and `yiwang work` as they are, with two things that only tests may do to them.

    python member.py FLAG SABOTAGE      then on stdin, a line each:   {"argv": […], "env": {…}, "log": "…"}   → its pid

Each is a fork of one process that has everything imported: a start costs milliseconds instead of seconds, and a killed
one is as dead as any. While the file FLAG exists, the consequence "dispatch what filed itself" fails, and so is parked.
SABOTAGE takes one defence out of the product (`none`: it is whole), to see that the rounds would notice.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yiwang import flows
from yiwang.cases import store
from yiwang.cases.model_events import CaseFiled
from yiwang.flows import self_filing
from yiwang.kit import clock, db, timers, web
from yiwang.kit.db import Tx
from yiwang.kit.live import Hub


def fail_while(flag: Path) -> None:
    real = self_filing.dispatch_what_filed_itself

    @functools.wraps(real)
    def sometimes(tx: Tx, entry: Any, event: CaseFiled) -> None:
        if flag.exists():
            raise RuntimeError("made to fail by the test")
        real(tx, entry, event)

    flows.REACTIONS = {**flows.REACTIONS, CaseFiled: (sometimes,)}


def forget_command_ids() -> None:
    """Nothing knows that a command was done before."""

    class Never:
        def get(self) -> None:
            return None

        def set(self, _: object) -> None:
            pass

    web._command = Never()  # type: ignore[assignment]


def reply_before_commit() -> None:
    """The answer leaves first, the commit follows a little later."""

    @contextmanager
    def transaction(self: db.Database, *, hasty: bool = False) -> Iterator[Tx]:
        conn = self.pool.getconn()
        block = conn.transaction()
        block.__enter__()
        try:
            tx = Tx(conn, clock.now(), hasty=hasty)
            yield tx
            _ = tx.conn
        except BaseException as fault:
            try:
                if not block.__exit__(type(fault), fault, fault.__traceback__):
                    raise
            finally:
                self.pool.putconn(conn)
        else:

            def commit() -> None:
                try:
                    block.__exit__(None, None, None)
                finally:
                    self.pool.putconn(conn)

            threading.Timer(0.1, commit).start()

    db.Database.transaction = transaction  # type: ignore[method-assign]


def commit_by_statement() -> None:
    """Every statement commits by itself: an act can be half done."""

    @contextmanager
    def transaction(self: db.Database, *, hasty: bool = False) -> Iterator[Tx]:
        with self._connection() as conn:
            tx = Tx(conn, clock.now(), hasty=hasty)
            yield tx
            _ = tx.conn

    db.Database.transaction = transaction  # type: ignore[method-assign]


def lock_no_case() -> None:
    """Acts on one case do not wait for each other."""
    store.LOCK.sql = store.LOCK.sql.replace(" for update of c", "")


def fire_without_taking() -> None:
    """A timer fires for whoever saw it."""
    timers.CLAIM.sql = timers.CLAIM.sql.replace(" for update skip locked", "")
    timers.take = lambda tx, timers: list(timers)  # type: ignore[assignment]


def start_streams_anew() -> None:
    """A page that comes back hears from now on."""
    real = Hub.stream
    Hub.stream = lambda self, audience, after: real(self, audience, None)  # type: ignore[method-assign]


SABOTAGES: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "command_ids": forget_command_ids,
    "reply_first": reply_before_commit,
    "no_transaction": commit_by_statement,
    "no_lock": lock_no_case,
    "timer_twice": fire_without_taking,
    "stream_anew": start_streams_anew,
}


def become(argv: list[str], env: dict[str, str], log: str) -> None:
    """In the fork: the command line, as if just started."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, like in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(fd, like)
    os.environ.update(env)
    sys.argv = ["yiwang", *argv]
    code = 70
    try:
        cli.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import uvicorn  # noqa: F401  imported for the forks

    from yiwang import app, cli, demo  # noqa: F401

    flag, sabotage = sys.argv[1:]
    fail_while(Path(flag))
    SABOTAGES[sabotage]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not kept
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            become(**json.loads(line))
        print(pid, flush=True)
