"""The ledger: entries verified a second and core, and whether settling and sealing keep up with 2,000 entries a second.

    yiwang bench ledger [--data FOLDER] [--seconds 30] [--rate 2000]

With a city its own ledger is verified and written to; what was written is taken out again at the end, by the owner.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import common
import psutil
import psycopg
from common import City, Row, p95

from yiwang.kit.jobs import Runner
from yiwang.ledger import jobs
from yiwang.ledger.actions_settle import seal, settle_all
from yiwang.ledger.actions_verify import verify
from yiwang.wiring import System

SMALL = 200_000
"""Entries of a ledger made on the spot."""
AT_ONCE = 20
"""Entries in one transaction of the writer: some ten acts."""
WRITER = """
import sys, time
from yiwang.cases.model_events_around import LimitPassed
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record_many
from yiwang.network.model import system
url, rate, many, seconds, total = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
database, by, done, begun = Database(url, size=1).open(), system("bench").by(None), 0, time.monotonic()
print("ready", flush=True)
while time.monotonic() - begun < seconds and done < total:
    n = max(many, int(rate * (time.monotonic() - begun)) - done)  # who was held up makes up for it
    with database.transaction() as tx:
        record_many(tx, by, [LimitPassed(new_id(), "whole", new_id(), tx.now) for _ in range(n)])
    done += n
    if rate:
        time.sleep(max(0.0, begun + done / rate - time.monotonic()))
print(done, flush=True)
"""
BEYOND = (
    "delete from ledger.head where size > %(size)s",
    "delete from ledger.node where ((idx + 1) << level) > %(size)s",
    "delete from ledger.entry e using ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n and position >= %(size)s",
    "delete from ledger.leaf where position >= %(size)s",
    "update assess.bookmark set size = least(size, %(size)s)",
    "update cases.tally_mark set size = least(size, %(size)s)",
)
"""What was written beyond a size, and how far others have followed it."""


def run(city: City | None, *, seconds: float = 30, rate: float = 2_000) -> list[Row]:
    if city is not None:
        return measure(city.system, seconds, rate)
    with _small() as system:
        return measure(system, seconds, rate)


@contextmanager
def _small() -> Iterator[System]:
    with common.own_system() as system:
        with _writer(system, 0, 1_000, total=SMALL) as writer:
            while writer.poll() is None:
                settle_all(system.database)
                time.sleep(0.2)
        settle_all(system.database)
        with system.database.transaction() as tx:
            seal(tx, system.key)
        with psycopg.connect(system.owner_url, autocommit=True) as owner:
            owner.execute("vacuum analyze")
        yield system


def measure(system: System, seconds: float, rate: float) -> list[Row]:
    settle_all(system.database)
    with psycopg.connect(system.owner_url, autocommit=True) as owner:
        size = _one(owner, "select coalesce(max(position) + 1, 0) from ledger.leaf")
        try:
            return [*_verify(system), *_keep_up(system, owner, seconds, rate), *_backlog(system)]
        finally:
            settle_all(system.database)
            for sql in BEYOND:
                owner.execute(sql.encode(), {"size": size})
            owner.execute("vacuum analyze ledger.entry, ledger.leaf, ledger.node")


def _verify(system: System) -> list[Row]:
    with system.database.transaction() as tx:
        backend = psutil.Process(tx.conn.info.backend_pid)
        before, ours, begun = _cpu(backend), time.process_time(), time.perf_counter()
        found = verify(tx)
        wall, ours, theirs = time.perf_counter() - begun, time.process_time() - ours, _cpu(backend) - before
    if not found.ok:
        raise SystemExit(f"the ledger does not verify: {found.fault}")
    note = f"{found.entries:,} entries; CPU of Python {ours / found.entries * 1e6:.1f} and PostgreSQL {theirs / found.entries * 1e6:.1f} µs each"
    return [
        Row("ledger: verify, per core", found.entries / (ours + theirs), "entries/s", "≥ 50000", note),
        Row("ledger: verify, wall-clock", found.entries / wall, "entries/s", "", "read ahead: two cores"),
        Row("ledger: verify, entries per million empty loops", found.entries / (ours + theirs) * _loop(), "", "", ""),
    ]


def _keep_up(system: System, owner: psycopg.Connection, seconds: float, rate: float) -> list[Row]:
    """The very jobs of the product, in this process; how old the newest settled and the newest sealed entry are."""
    runner = Runner(system.database, jobs.periodic(system.key, system.settings.folder / "keys"))
    settled, sealed = list[float](), list[float]()
    with _writer(system, rate, AT_ONCE, seconds) as writer:
        first, ours, begun = _one(owner, "select max(position) from ledger.leaf"), time.process_time(), time.monotonic()
        runner.start()
        while writer.poll() is None:
            time.sleep(0.25)
            if time.monotonic() - begun < 2:
                continue
            newest = "select extract(epoch from clock_timestamp() - max(at)) from ledger.entry e join ledger.leaf l using (subject_id, n)"
            settled.append(float(_one(owner, newest + " where position = (select max(position) from ledger.leaf)")))
            if time.monotonic() - begun > 12:
                sealed.append(float(_one(owner, newest + " where position = (select max(size) - 1 from ledger.head)")))
        wall, ours = time.monotonic() - begun, time.process_time() - ours
        written = int(writer.stdout.read()) if writer.stdout else 0
        runner.stop()
        behind = written - (_one(owner, "select max(position) from ledger.leaf") - first)
    half, pace = len(settled) // 2, written / wall
    grew = f"p95 of the first half {p95(settled[:half]):.2f}, of the second {p95(settled[half:]):.2f}"
    return [
        Row("ledger: entries written meanwhile", pace, "entries/s", f"≥ {rate * 0.95:.0f}", f"{written:,} in all"),
        Row("ledger: age of the newest settled entry", p95(settled), "s p95", "≤ 1", f"max {max(settled):.2f}; {grew}"),
        Row("ledger: age of the newest sealed entry", max(sealed, default=0.0), "s max", "≤ 12", "sealed every 10 s"),
        Row("ledger: without position at the end", behind, "entries", f"≤ {rate:.0f}", ""),
        Row("ledger: settling and sealing", ours / written * 1e6, "µs CPU", "", "Python's part, per entry"),
    ]  # fmt: skip


def _backlog(system: System) -> list[Row]:
    """How fast a heap of entries is settled that has gathered while nobody settled."""
    with _writer(system, 0, 1_000, total=50_000) as writer:
        writer.wait()
    begun, ours = time.perf_counter(), time.process_time()
    done = settle_all(system.database)
    wall, ours = time.perf_counter() - begun, time.process_time() - ours
    return [
        Row(
            "ledger: settling a heap",
            done / wall,
            "entries/s",
            "≥ 2000",
            f"{done:,} entries, {ours / done * 1e6:.0f} µs CPU of Python each",
        )
    ]


@contextmanager
def _writer(
    system: System, rate: float, many: int, seconds: float = 3_600, total: int = 1 << 60
) -> Iterator[subprocess.Popen[str]]:
    args = [sys.executable, "-c", WRITER, system.owner_url, str(rate), str(many), str(seconds), str(total)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        try:
            yield writer
        finally:
            if writer.poll() is None:
                writer.kill()


def _one(conn: psycopg.Connection, sql: str) -> int:
    row = conn.execute(sql.encode()).fetchone()
    return row[0] if row and row[0] is not None else 0


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _loop() -> float:
    """CPU seconds of a million empty loops: what makes figures of unlike machines comparable."""

    def loop() -> None:
        for _ in range(1_000_000):
            pass

    begun = time.process_time()
    loop()
    return time.process_time() - begun


if __name__ == "__main__":
    common.main(run, __doc__, city="--data" in sys.argv)
