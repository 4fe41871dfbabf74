"""100,000 timers falling due at once: how long until all have been acted on, each once, while reports go on.

    yiwang bench timers [-n 100000]

A database of its own (pack laoximen) is filled with cases cloned from ones made by the real acts: in step 上报 with the
step's timer, and in 处置 with the whole case's clock and the order's; half of each are about to be warned of, half to be
late. All timers are set to one instant. One client reports over HTTP all the while, before and during. First the server
sweeps alone, as `yiwang serve` does; then, all armed anew, a second process sweeps beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import common
import httpx
import live
import psutil
import psycopg
from common import City, Row, p95

from yiwang import settings, wiring
from yiwang.cases import actions_dispatch, actions_file, actions_report
from yiwang.cases.model import Channel
from yiwang.cases.model_commands import AcceptCase, Assignment, DispatchCase, FileCase, ReportCase
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id, new_id
from yiwang.ledger.actions import record_many
from yiwang.ledger.actions_settle import settle_all
from yiwang.ledger.queries import list_entries
from yiwang.ledger.rules import load_event
from yiwang.network.model import system as machine
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.wiring import System

N, PACE = 100_000, 5
SWEEPER = """
import dataclasses, sys, time
from yiwang import flows, settings, wiring
from yiwang.kit import timers
with wiring.running(dataclasses.replace(settings.load(), data=sys.argv[1], database_url="")) as system:
    print("ready", flush=True)
    while True:
        timers.sweep(system.database, flows.TIMERS)
        time.sleep(0.5)
"""
PLACE = {"lon": 121.483269, "lat": 31.219321, "place": "文庙路近老道前街"}
COLUMNS = "select string_agg(quote_ident(column_name), ',' order by ordinal_position) from information_schema.columns where (table_schema, table_name) = ('cases', %s)"
CLONES = {
    "case": {"id": "w.id", "number": "'B' || w.id"},
    "orders": {"case_id": "w.id"},
    "clock": {"case_id": "w.id", "id": "gen_random_uuid()"},
}
LATE = "case when hashtext({}::text) % 2 = 0 then w.at else w.at + interval '1 h' end"
ARM = (
    f"update cases.case c set overdue_at = null, due_at = {LATE}, step_due_at = {LATE} from w where number like 'B%'".replace(
        "{}", "id"
    ),
    f"update cases.orders o set overdue_at = null, due_at = {LATE} from w where case_id in (select id from cases.case where number like 'B%')".replace(
        "{}", "case_id"
    ),
    f"update cases.clock k set overdue_at = null, warned_at = null, escalated = 0, due_at = {LATE} from w".replace(
        "{}", "case_id"
    ),
    "insert into kit.timer (subject_id, kind, key, due_at, data) select id, 'case.step', 'step', w.at,"
    " '{\"step\": \"reported\", \"stage\": 0}' from cases.case, w where step = 'reported' and number like 'B%'",
    "insert into kit.timer (subject_id, kind, key, due_at) select case_id, 'case.clock', k.id::text, w.at"
    " from w, cases.clock k join cases.case c on c.id = case_id where number like 'B%'",
)
TOLD = (
    "select count(*), count(distinct (subject_id, body)) from ledger.entry"
    " where event in ('case.limit_near', 'case.limit_passed') and at >= %s"
)


def run(city: City | None = None, *, n: int = N) -> list[Row]:
    """Needs no city."""
    del city
    with tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder:
        now = dataclasses.replace(settings.load(), data=folder, database_url="", demo="1")
        with wiring.running(now) as system:
            fill(system, n)
            return [row for beside in (0, 1) for row in measure(system, Path(folder), beside, n)]


def fill(system: System, n: int) -> None:
    """The pack, and cases for `n` timers: a fifth in their first step, the others with an order."""
    load_pack(system.database, find_pack("laoximen"))
    with system.database.transaction() as tx:
        reported, handling = _prototypes(tx)
    for old, cases in ((reported, n // 5), (handling, n * 2 // 5)):
        for begun in range(0, cases, 2_000):
            with system.database.transaction() as tx:
                _clone(tx, old, [new_id() for _ in range(min(2_000, cases - begun))])
    with system.database.transaction() as tx:
        tx.conn.execute("delete from kit.timer")
    settle_all(system.database)


def _prototypes(tx: Tx) -> tuple[UUID, UUID]:
    operator, dispatcher = (get_actor_by_login(tx, who) for who in ("zhang.min", "chen.jie"))
    found = tx.conn.execute("select id from city.condition where text like '%未倒入垃圾容器%' limit 1").fetchone()
    assert found
    ids = new_id(), new_id()
    for id in ids:
        report = ReportCase(
            id=id, channel=Channel.hotline, description="路边有一堆暴露垃圾", matter_kind="matter", matter_code="06010",
            lon=121.483269, lat=31.219321, place="文庙路近老道前街",
        )  # fmt: skip
        actions_report.report_case(tx, operator, report)
    actions_file.accept_case(tx, operator, AcceptCase(ids[1]))
    actions_file.file_case(tx, operator, FileCase(ids[1], found[0]))
    order = Assignment(named_id("unit:310101019-chengguan"))
    actions_dispatch.dispatch_case(tx, dispatcher, DispatchCase(ids[1], order))
    return ids


def _clone(tx: Tx, old: UUID, ids: list[UUID]) -> None:
    """The rows of a case and its course in the ledger, under new ids; its chains are as good as any."""
    for table, other in CLONES.items():
        (columns,) = tx.conn.execute(COLUMNS, [table]).fetchone() or ("",)
        picked = ",".join(other.get(column, f"o.{column}") for column in columns.split(","))
        key = "id" if table == "case" else "case_id"
        sql = f"insert into cases.{table} ({columns}) select {picked} from unnest(%s::uuid[]) as w (id), cases.{table} o where o.{key} = %s"
        tx.conn.execute(sql.encode(), [ids, old])
    for entry in list_entries(tx, old):
        event = load_event(entry.event, entry.version, entry.subject_id, entry.body)
        subject = f"{event.about}_id"
        record_many(tx, machine("bench").by(None), [dataclasses.replace(event, **{subject: id}) for id in ids])


def arm(url: str, at: datetime) -> int:
    """All timers at `at`; half of the deadlines are over then, the others an hour off. Answers with how many."""
    with psycopg.connect(url) as conn:
        conn.execute("truncate kit.timer, cases.notice")
        for sql in ARM:
            conn.execute(
                (
                    "with w as (select %(at)s::timestamptz as at) "
                    + sql.replace("%", "%%").replace("%%(at)s", "%(at)s")
                ).encode(),
                {"at": at},
            )
        row = conn.execute("select count(*) from kit.timer").fetchone()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
        conn.execute("checkpoint")
    return row[0] if row else 0


class Reporter(threading.Thread):
    """Reports over HTTP, `PACE` a second, and keeps when each was sent and how long it took."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self.client = httpx.Client(base_url=base, timeout=30)
        answer = self.client.post("/api/demo-sign-in", json={"login": "zhang.min"}).raise_for_status()
        self.client.headers["X-Yiwang-CSRF"] = answer.json()["csrf"]
        self.took, self.going = list[tuple[float, float]](), True

    def run(self) -> None:
        while self.going:
            begun = time.time()
            report = {
                "id": str(new_id()),
                "channel": "hotline",
                "description": "垃圾落地",
                "matter_kind": "matter",
                "matter_code": "06010",
            }
            self.client.post(
                "/api/cases", json={**report, **PLACE}, headers={"Idempotency-Key": str(new_id())}
            ).raise_for_status()
            self.took.append((begun, (time.time() - begun) * 1e3))
            time.sleep(max(0.0, 1 / PACE - (time.time() - begun)))

    def between(self, since: float, until: float) -> list[float]:
        return [ms for at, ms in self.took if since <= at < until]


def measure(system: System, data: Path, beside: int, n: int) -> list[Row]:
    """Armed before anybody sweeps: who arms holds the whole table of timers."""
    at = datetime.now().astimezone() + timedelta(seconds=15 + n / 1_000)
    armed = arm(system.owner_url, at)
    with ExitStack() as stack:
        server, port = stack.enter_context(live.server(data))
        sweepers = [stack.enter_context(live.process(SWEEPER, str(data))) for _ in range(beside)]
        for sweeper in sweepers:
            assert sweeper.stdout and sweeper.stdout.readline() == "ready\n"
        conn = stack.enter_context(psycopg.connect(system.owner_url, autocommit=True))
        reporter = Reporter(f"http://127.0.0.1:{port}")
        reporter.start()
        if time.time() > at.timestamp() - 5:
            raise SystemExit("the machine is too slow: the timers fell due before all was ready")
        return _watch(conn, [server, *(psutil.Process(s.pid) for s in sweepers)], reporter, at, armed)


def _watch(
    conn: psycopg.Connection, ours: Sequence[psutil.Process], reporter: Reporter, at: datetime, armed: int
) -> list[Row]:
    postmaster = psutil.Process(conn.info.backend_pid).parent()
    assert postmaster
    quiet = time.time()
    time.sleep(max(0.0, at.timestamp() - quiet))
    before, begun, left = (_used(ours), _used([postmaster, *postmaster.children(recursive=True)])), time.time(), armed
    while left:
        time.sleep(0.25)
        left = (conn.execute("select count(*) from kit.timer where due_at <= %s", [at]).fetchone() or (0,))[0]
        if time.time() - begun > 1_200:
            raise SystemExit(f"{left} timers are still waiting")
    wall, after = time.time() - begun, (_used(ours), _used([postmaster, *postmaster.children(recursive=True)]))
    reporter.going = False
    told, distinct = conn.execute(TOLD, [at]).fetchone() or (0, 0)
    parked = (conn.execute("select count(*) from kit.parked").fetchone() or (0,))[0]
    python, postgres = ((b - a) / armed * 1e3 for a, b in zip(before, after, strict=True))
    calm, busy = reporter.between(quiet, begun), reporter.between(begun, begun + wall)
    who = "server alone" if len(ours) == 1 else f"and {len(ours) - 1} process beside"
    return [
        Row(f"timers: {armed:,} at once, {who}", wall, "s", "≤ 60", f"CPU-ms each: Python {python:.2f}, PostgreSQL {postgres:.2f}, with the reports'"),
        Row(f"timers: not acted on just once, {who}", abs(told - armed) + abs(distinct - armed) + parked, "", "≤ 0", f"{parked} parked"),
        Row(f"timers: a report meanwhile, {who}", p95(busy), "ms p95", "", f"{len(busy)} reports, max {max(busy, default=0):.0f}; before: {p95(calm):.0f}"),
    ]  # fmt: skip


def _used(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds so far."""
    total = 0.0
    for process in processes:
        try:
            total += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=N, help="timers")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = run(n=args.n)
    print(common.as_json(rows)) if args.json else common.show(rows)


if __name__ == "__main__":
    main()
