"""Load a city: 40,625 unit grids, a tree of units with bodies, 20,000 people with posts, and as many cases as asked for,
each with its whole course. `yiwang bench load_city --data FOLDER -n 100000`.

Units, grids and people come by packs (`city_world`). One day is played through the very acts (`yiwang.demo`), with all that
fires meanwhile; its courses, open and ended, are then written again and again (`city_clone`) by two processes, with COPY, in
transactions of some hundred milliseconds, over a year of days. 95 of 100 have ended; all is settled, sealed and counted (the tally) at the end.

Loading is the owner's: triggers and foreign keys rest meanwhile (session_replication_role), for a course that was played
under them is only written again. Whether all of it holds says `check_city` afterwards: invariants, foreign keys, chains.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import city_clone
import city_world
import common
import obstore.store
import psycopg
from city_clone import Bundle, Part, Place, Writer
from common import City, Row

from yiwang import demo, settings, wiring
from yiwang.cases.actions_tally import catch_up
from yiwang.kit import clock, pg, secret
from yiwang.kit.db import Tx
from yiwang.ledger.actions_settle import seal, settle_to_the_end
from yiwang.wiring import System

YEAR = 365
OPEN = 0.05
"""The share of cases that is open."""
CHUNK = 100
"""Courses a transaction."""
OPTIONS = (
    "-c session_replication_role=replica -c synchronous_commit=off -c timezone=UTC"
    " -c gin_pending_list_limit=1MB"  # whoever fills the list of 4 MB files it away, within their transaction
)
WHILE_LOADING = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
"""Settings of the server while it is loaded, taken back at the end."""


@dataclass(frozen=True)
class Job:
    """What one process writes: as number `hand` of `hands`, its share of `n` cases."""

    url: str
    digest: str
    keys: Path
    n: int
    hand: int
    hands: int
    bundles: list[Bundle]
    places: list[Place]
    tables: dict[str, list[str]]


@dataclass(frozen=True)
class Loaded:
    cases: int
    entries: int
    seconds: float
    longest: float
    """Seconds of the longest transaction."""
    cpu: tuple[float, float]
    """CPU-seconds of loading: of the writing processes, and of their sessions in PostgreSQL."""
    settling: float
    counting: float
    """Seconds until the tally (`cases.actions_tally`) had followed."""
    steps: dict[str, int]


def load(data: Path, n: int, *, workers: int = 2, streets: int | None = None) -> Loaded:
    """Load a city of `n` cases into the data folder `data`, which must not have one yet. `streets`: so many get people."""
    if (data / "city.json").exists():
        raise SystemExit(f"{data} 里已有一座城市 there is a city already")
    streets = streets or max(12, min(234, n // 400))
    with (
        _set_for_loading(data),
        wiring.running(dataclasses.replace(settings.load(), data=str(data), database_url="")) as system,
    ):
        now = clock.now()
        with tempfile.TemporaryDirectory() as packs:
            say(f"units, {city_world.GRIDS} grids, people in {streets} streets …")
            then = now - timedelta(days=YEAR + 30)
            world = city_world.build(system.database, Path(packs), streets, workers, then, now)
        say("a day is played …")
        bundles = play(system, now)
        places = [Place(street, district, grounds, world.names) for street, district, grounds in world.streets.values()]
        say(f"{sum(b.cases for b in bundles)} courses; {n} cases …")
        done = _write(system, n, workers, bundles, places)
        with psycopg.connect(system.owner_url, autocommit=True) as conn:
            say("vacuum, analyze …")
            conn.execute("vacuum analyze")
            steps = dict(conn.execute("select step, count(*) from cases.case group by step").fetchall())
        say("settling …")
        begun = time.monotonic()
        settle_to_the_end(system.database)
        with system.database.transaction() as tx:
            seal(tx, system.key)
        settling = time.monotonic() - begun
        say("counting …")
        begun = time.monotonic()
        catch_up(system.database)
        counting = time.monotonic() - begun
        with psycopg.connect(system.owner_url, autocommit=True) as conn:
            conn.execute("vacuum analyze ledger.leaf, ledger.node, cases.tallied, cases.tally")
    done = dataclasses.replace(done, settling=settling, counting=counting, steps=steps)
    (data / "city.json").write_text(json.dumps({"cases": done.cases, "loaded": dataclasses.asdict(done)}), "utf-8")
    return done


@contextmanager
def _set_for_loading(data: Path) -> Iterator[None]:
    """The server of this folder set for loading; some settings want a start, so it is made and stopped before."""
    _alter(data, [f"alter system set {name} = '{value}'" for name, value in WHILE_LOADING.items()])
    yield
    _alter(data, [f"alter system reset {name}" for name in WHILE_LOADING])


def _alter(data: Path, statements: list[str]) -> None:
    server = pg.start(data)
    try:
        with psycopg.connect(server.url, autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement.encode())
    finally:
        pg.release(server)


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def play(system: System, now: datetime) -> list[Bundle]:
    """The demonstration's last 24 hours, taken as templates; nothing of it stays but its people and its roster."""
    stage = dataclasses.replace(system, store=obstore.store.MemoryStore())
    demo.load_street(stage, now)
    with system.database.pool.connection() as conn, conn.transaction(force_rollback=True):
        played = demo.play_day(Tx(conn, now), stage, now)
        if played.refused:
            say("; ".join(played.refused))
        return city_clone.take(conn)


def _write(system: System, n: int, workers: int, bundles: list[Bundle], places: list[Place]) -> Loaded:
    with psycopg.connect(system.owner_url) as conn:
        tables = city_clone.columns(conn)
    jobs = [
        Job(system.owner_url, system.settings.hash, secret.ring().path, n, hand, workers, bundles, places, tables)
        for hand in range(workers)
    ]
    begun = time.monotonic()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        parts = list(pool.map(write_part, jobs))
    took = time.monotonic() - begun
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        conn.execute("select setval('cases.number', %s)", [max(p.number for p in parts)])
    cases, entries = sum(p.cases for p in parts), sum(p.entries for p in parts)
    cpu = sum(p.cpu for p in parts), sum(p.server_cpu for p in parts)
    return Loaded(cases, entries, took, max(p.longest for p in parts), cpu, 0.0, 0.0, {})


def write_part(job: Job) -> Part:
    """This process's share of the cases, from the oldest day to today."""
    ended, opened = [b for b in job.bundles if not b.open], [b for b in job.bundles if b.open]
    most = max(b.cases for b in job.bundles)
    today = OPEN * sum(b.cases for b in opened) / sum(b.open for b in opened)  # beside open cases stand some that ended
    started = time.process_time()
    secret.use(secret.Ring(job.keys))
    writer = Writer(job.places, job.digest, seed=job.hand)
    r, n = writer.random, -(-job.n // job.hands)
    cases = entries = courses = number = 0
    longest = 0.0
    with psycopg.connect(job.url, autocommit=True, options=OPTIONS) as conn:
        while cases < n:
            share = cases / n
            if share < 1 - today:
                bundle = ended[int(r.random() * len(ended))]
                days = 1 + int((1 - share / (1 - today)) * YEAR)
                shift = timedelta(days=-days, seconds=-r.randrange(900))
            else:
                bundle, shift = opened[int(r.random() * len(opened))], timedelta(seconds=-r.randrange(600))
            number = (courses * job.hands + job.hand) * most + 1
            writer.add(bundle, shift, number)
            cases, courses = cases + bundle.cases, courses + 1
            if courses % CHUNK == 0 or cases >= n:
                entries += len(writer.entries)
                begun = time.monotonic()
                writer.flush(conn, job.tables)
                longest = max(longest, time.monotonic() - begun)
        server_cpu = common.cpu_seconds(conn.info.backend_pid)
    return Part(cases, entries, longest, number + most, time.process_time() - started, server_cpu)


def run(city: City | None, n: int = common.MODEST) -> list[Row]:
    """How fast a city loads: into a folder of its own, thrown away."""
    with tempfile.TemporaryDirectory(prefix="yw-city-") as folder:
        return rows_of(load(Path(folder), n))


def rows_of(done: Loaded) -> list[Row]:
    steps = ", ".join(f"{s} {k:,}" for s, k in Counter(done.steps).most_common())
    mine, server = (seconds / done.cases * 1e3 for seconds in done.cpu)
    return [
        Row("load: cases a second", done.cases / done.seconds, "/s", "≥ 2000", f"{done.cases:,} cases: {steps}"),
        Row(
            "load: the longest transaction", done.longest, "s", "≤ 1", f"{done.entries / done.cases:.1f} entries a case"
        ),
        Row(
            "load: CPU of a case", mine + server, "ms", "≤ 1", f"PostgreSQL's sessions {server:.2f}, Python {mine:.2f}"
        ),
        Row("load: settled and sealed", done.entries / max(done.settling, 1e-9), "entries/s", "", "after the loading"),
        Row("load: counted", done.entries / max(done.counting, 1e-9), "entries/s", "", "after the settling"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="yiwang bench load_city", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own")
    parser.add_argument("-n", type=int, default=common.MODEST, help="cases")
    parser.add_argument("--streets", type=int, help="how many streets get people and bodies (all: 234)")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.data.mkdir(parents=True, exist_ok=True)
    common.show(rows_of(load(args.data, args.n, workers=args.workers, streets=args.streets)))


if __name__ == "__main__":
    main()
