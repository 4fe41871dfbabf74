"""Periodic work: each job on its own beat in its own thread, one process at a time."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Unavailable

log = logging.getLogger(__name__)
HAND_OVER = 0.0005
"""Seconds after which a busy job hands over the interpreter. A request asks for it after every exchange with the
database, some fifty times: by Python's own 5 ms it would take a quarter of a second beside a sweep."""


FIRST_WAIT, LONGEST_WAIT = 15, 1_800
"""Seconds before what failed is tried a second time, and at most before each later one."""


@dataclass(frozen=True, slots=True)
class Every:
    """Call `work(database)` every `seconds`. It opens its own transactions; it must be safe in two processes at once."""

    seconds: float
    name: str
    work: Callable[[Database], object]


class Runner:
    """Runs jobs until stopped. A job that fails is logged and tried at its next beat; until it succeeds, `failing` has
    its name and what it said."""

    def __init__(self, database: Database, jobs: Sequence[Every]) -> None:
        self._stop = threading.Event()
        self.failing: dict[str, str] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(database, job), name=job.name, daemon=True) for job in jobs
        ]

    def start(self) -> None:
        sys.setswitchinterval(HAND_OVER)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self, database: Database, job: Every) -> None:
        while not self._stop.wait(job.seconds):
            try:
                job.work(database)
                self.failing.pop(job.name, None)
            except (psycopg.OperationalError, Unavailable) as away:
                self.failing[job.name] = str(away)
                log.warning("%s: the database is away (%s)", job.name, away)
                self._stop.wait(1)
            except Exception as fault:
                self.failing[job.name] = f"{type(fault).__name__}: {fault}"
                log.exception("%s failed", job.name)


def work_out_wait(tries: int) -> timedelta:
    """How long to wait after so many tries that failed: doubled with each, up to half an hour."""
    return timedelta(seconds=min(FIRST_WAIT * 2 ** min(tries - 1, 20), LONGEST_WAIT))


def in_transaction(work: Callable[[Tx], object]) -> Callable[[Database], object]:
    """For `Every`: work that is one transaction."""

    def run(database: Database) -> object:
        with database.transaction() as tx:
            return work(tx)

    return run


def to_the_end(database: Database, step: Callable[[Tx], int], batch: int) -> int:
    """Take `step`s, each in a transaction of its own, until one finds less than a batch; answers with how much in all."""
    done = 0
    while True:
        with database.transaction() as tx:
            found = step(tx)
        done += found
        if found < batch:
            return done
