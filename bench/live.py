"""The live feed: what 1,000 open pages cost while 50 events a second happen, and how long an event takes to each.

    yiwang bench live [--data FOLDER]          # without: a hundred streets made up on the spot

The server runs in a process of its own, with its jobs; one process writes events, one holds the pages: raw sockets of people
of the city as they come, few of them city-wide, most of one street or one unit. Whether each page heard all that it may
hear, and nothing else, is checked afterwards event by event. What was written is taken out again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import common
import httpx
import psutil
import psycopg
from common import City, Row, p95

import ledger
from yiwang import settings, wiring
from yiwang.cases.queries import list_audience
from yiwang.desk.live import may_hear
from yiwang.kit.ids import new_id
from yiwang.kit.scope import Scope
from yiwang.ledger.actions_settle import settle_all
from yiwang.network import rules_access, store_access
from yiwang.network.queries_actor import get_actor
from yiwang.network.rules import scope_of

STREAMS, RATE, SECONDS, QUIET = 1_000, 50, 30, 8
SERVER = """
import dataclasses, sys, uvicorn
from yiwang import settings, wiring
from yiwang.app import create_app
with wiring.running(dataclasses.replace(settings.load(), data=sys.argv[1], database_url="", demo="1")) as system:
    uvicorn.run(create_app(system), port=int(sys.argv[2]), log_level="error", access_log=False)
"""
WRITER = """
import random, sys, time, uuid
from yiwang.cases.model_events_around import CaseUrged
from yiwang.kit.db import Database
from yiwang.ledger.actions import record
from yiwang.network.model import system
url, rate, ids = sys.argv[1], float(sys.argv[2]), [uuid.UUID(i) for i in sys.stdin.readline().split()]
database, by, begun, done = Database(url, size=1).open(), system("bench").by(None), time.monotonic(), 0
while True:
    with database.transaction() as tx:
        record(tx, by, CaseUrged(random.choice(ids)))
    done += 1
    time.sleep(max(0.0, begun + done / rate - time.monotonic()))
"""
PAGES = """
import asyncio, datetime, json, sys, time, msgspec, uvloop
class Event(msgspec.Struct):
    position: int
    at: datetime.datetime
class Batch(msgspec.Struct):
    events: list[Event]
heard, took, beats, reloads, opened = {}, [], 0, 0, 0
async def page(port, i, cookie):
    global beats, reloads, opened
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /api/desk/feed HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nCookie: {cookie}\\r\\n\\r\\n".encode())
    assert b" 200 " in await reader.readline()
    opened += 1
    mine = heard.setdefault(i, [])
    while line := await reader.readline():
        if line.startswith(b'data: {"position"') and b'"events"' in line:
            now = time.time()
            for event in msgspec.json.decode(line[6:], type=Batch).events:
                mine.append(event.position)
                took.append((now, now - event.at.timestamp()))
        elif line.startswith(b"event: beat"):
            beats += 1
        elif line.startswith(b"event: reload"):
            reloads += 1
async def main():
    port, cookies = int(sys.argv[1]), json.loads(sys.stdin.readline())
    tasks = []
    for i, cookie in enumerate(cookies):
        tasks.append(asyncio.create_task(page(port, i, cookie)))
        await asyncio.sleep(0.005)
    while opened < len(cookies):
        await asyncio.sleep(0.1)
        assert not any(t.done() for t in tasks), [t for t in tasks if t.done()][:1]
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps({"heard": heard, "took": took, "beats": beats, "reloads": reloads}), flush=True)
    for t in tasks:
        t.cancel()
uvloop.run(main())
"""
PEOPLE = """
select p.id, min(nlevel(u.path)) from network.person p join network.post o on o.person_id = p.id and o.until is null
  join network.unit u on u.id = o.unit_id where p.erased_at is null and o.kind <> 'admin' group by p.id order by 2, p.id
"""
OPEN_CASES = "select id from cases.case where step = 'handling' order by id limit 5000"


SPREAD = """
insert into network.unit (id, code, name, short_name, kind, parent_id, path, level, area_code, valid_from)
  select gen_random_uuid(), 'B' || i, '街道' || i, '街' || i, 'street', u.id, u.path || ('B' || i), 3, u.area_code, now()
  from network.unit u, generate_series(1, 100) i where u.code = '310101';
insert into network.unit (id, code, name, short_name, kind, parent_id, path, level, functional, area_code, valid_from)
  select gen_random_uuid(), u.code || '-' || i, u.name || '单位' || i, '单位' || i, 'agency', u.id, u.path || (u.code || '_' || i), 4, true, u.area_code, now()
  from network.unit u, generate_series(1, 9) i where u.code ~ '^B[0-9]+$';
create temp table people as select gen_random_uuid() as id, u.id as unit_id, k.kind from network.unit u
  join (values (1, 20, 'commander'), (3, 1, 'supervisor'), (4, 1, 'handler')) as k (level, n, kind) on k.level = nlevel(u.path)
  cross join generate_series(1, k.n) where nlevel(u.path) = 1 or u.code like 'B%';
insert into network.person (id, login, name, added_at) select id, 'b-' || id, '某', now() from people;
insert into network.post (id, person_id, kind, unit_id, since) select gen_random_uuid(), id, kind, unit_id, now() from people;
update cases.orders o set unit_id = n.id from (select id, row_number() over (order by id) as n from network.unit where kind = 'agency' and code like 'B%') n
  where n.n = 1 + abs(hashtext(o.case_id::text)) % 900;
update cases.case c set area_id = u.parent_id, lead_unit_id = o.unit_id from cases.orders o join network.unit u on u.id = o.unit_id where o.case_id = c.id;
"""
"""A hundred streets with nine bodies each, a person in each, twenty above all of them, and the cases spread over them."""


@contextmanager
def small() -> Iterator[City]:
    """What there is to hear of where no city is at hand."""
    import timers

    with (
        tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder,
        wiring.running(dataclasses.replace(settings.load(), data=folder, database_url="", demo="1")) as system,
    ):
        timers.fill(system, 5_000)
        with psycopg.connect(system.owner_url, autocommit=True) as owner:
            owner.execute(SPREAD)
            owner.execute("vacuum analyze")
        yield City(Path(folder), system, 3_000)


def run(city: City | None = None) -> list[Row]:
    if city is None:
        with small() as made:
            return run(made)
    with psycopg.connect(city.owner_url, autocommit=True) as owner:
        settle_all(city.database)
        size = ledger._one(owner, "select coalesce(max(position) + 1, 0) from ledger.leaf")
        last = ledger._one(owner, "select max(size) from ledger.head")
        people = _choose([row[0] for row in owner.execute(PEOPLE)])
        cases = [str(row[0]) for row in owner.execute(OPEN_CASES)]
        try:
            return _measure(city, owner, people, cases, size)
        finally:
            settle_all(city.database)
            owner.execute("delete from network.session where device = 'bench'")
            owner.execute("delete from ledger.head where size > %s", [last])
            for sql in ledger.BEYOND:
                owner.execute(sql.encode(), {"size": size})


def _choose(people: list[UUID]) -> list[UUID]:
    """Twenty of the highest units, the others as they come; some with several pages open where there are too few."""
    dice = random.Random(1)
    others = people[20:] or people
    return people[:20] + (
        dice.sample(others, STREAMS - 20) if len(others) >= STREAMS else dice.choices(others, k=STREAMS - 20)
    )


def _measure(city: City, owner: psycopg.Connection, people: list[UUID], cases: list[str], size: int) -> list[Row]:
    with city.database.transaction() as tx:
        cookies = []
        for person in people:
            secret = rules_access.new_secret()
            fields = {"id": new_id(), "hash": rules_access.digest(secret), "person_id": person}
            store_access.ADD_SESSION.one(tx, device="bench", address="127.0.0.1", proven=tx.now, **fields)
            cookies.append(f"{rules_access.COOKIE}={secret}")
        scopes = [scope_of(get_actor(tx, person)) for person in people]
    with server(city.data) as (serving, port), process(WRITER, city.owner_url, str(RATE)) as writer:
        calm(serving)
        _tell(writer, " ".join(cases))
        time.sleep(4)
        alone = _used(serving, QUIET)
        with process(PAGES, str(port)) as pages:
            _tell(pages, json.dumps(cookies))
            assert pages.stdout and pages.stdout.readline() == "open\n"
            time.sleep(3)
            begun = time.time()
            share = _used(serving, SECONDS)
            until = time.time()
            time.sleep(2)
            _tell(pages, "enough")
            told = json.loads(pages.stdout.readline())
    took = [lag * 1e3 for at, lag in told["took"] if begun <= at <= until]
    wrong, events = _compare(city, owner, scopes, told["heard"], size, begun, until - 2)
    sent = len([1 for at, _ in told["took"] if begun <= at <= until]) / SECONDS
    wide = sum(s.everything or any(p.count(".") < 2 for p in s.paths) for s in scopes)
    return [
        Row("live: server, 1,000 pages", share * 100, "% of a core", "≤ 30", f"{alone * 100:.1f} % before a page was open; {events / (until - 2 - begun):.0f} events/s, {wide} pages city- or district-wide"),
        Row("live: commit to client", p95(took), "ms p95", "≤ 500", f"median {sorted(took)[len(took) // 2]:.0f}, max {max(took):.0f}; from before the commit; {sent:.0f} events/s reach a page"),
        Row("live: events missed, doubled or out of scope", wrong, "", "≤ 0", f"{told['reloads']} pages told to reload"),
    ]  # fmt: skip


def _compare(
    city: City,
    owner: psycopg.Connection,
    scopes: list[Scope],
    heard: dict[str, list[int]],
    size: int,
    begun: float,
    until: float,
) -> tuple[int, int]:
    """How many pages heard anything else than what they may hear, of the events between two instants; and how many events."""
    sql = (
        "select position, subject_id from ledger.leaf l join ledger.entry e using (subject_id, n)"
        " where position >= %s and at between to_timestamp(%s) and to_timestamp(%s)"
    )
    rows = owner.execute(sql, [size, begun, until]).fetchall()
    with city.database.transaction() as tx:
        audience = {a.case_id: a for a in list_audience(tx, list({case for _, case in rows}))}
    asked = {position for position, _ in rows}
    wrong = 0
    for i, scope in enumerate(scopes):
        due = [p for p, case in sorted(rows) if case in audience and may_hear(scope, audience[case])]
        wrong += due != [p for p in heard.get(str(i), []) if p in asked]
    return wrong, len(rows)


def _used(server: psutil.Process, seconds: float) -> float:
    """The share of one core that the server takes over the next seconds."""
    before, begun = ledger._cpu(server), time.monotonic()
    time.sleep(seconds)
    return (ledger._cpu(server) - before) / (time.monotonic() - begun)


def calm(serving: psutil.Process, patience: float = 1_200) -> None:
    """Until the server's jobs have caught up with what was written before: facts and tallies follow the ledger."""
    until, quiet = time.monotonic() + patience, 0
    while quiet < 3 and time.monotonic() < until:
        quiet = quiet + 1 if _used(serving, 1) < 0.1 else 0


@contextmanager
def server(data: Path) -> Iterator[tuple[psutil.Process, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", SERVER, str(data), str(port)]) as started:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/healthz").raise_for_status()
                    break
                except httpx.HTTPError:
                    if started.poll() is not None:
                        raise SystemExit("the server did not start") from None
                    time.sleep(0.1)
            yield psutil.Process(started.pid), port
        finally:
            started.terminate()


@contextmanager
def process(code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    command, pipe = [sys.executable, "-c", code, *args], subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as started:
        try:
            yield started
        finally:
            started.kill()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


if __name__ == "__main__":
    common.main(run, __doc__, city="--data" in sys.argv)
