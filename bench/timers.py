"""100,000 timers falling due at once: how long until all have been acted on, each once, while reports go on.

    yiwang bench timers [-n 100000] [--sweepers 1] [--beside | --inside]

A database of its own (pack laoximen) is filled with cases cloned from ones made by the real acts: in step 上报 with the
step's timer, and in 处置 with the whole case's clock and the order's; half of each are about to be warned of, half to be
late. All timers are set to one instant a few seconds ahead. One client reports over HTTP all the while, before and during.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import psycopg

from yiwang.kit.ids import new_id

SERVER = """
import dataclasses, sys, uvicorn
from yiwang import settings, wiring
from yiwang.app import create_app
from yiwang.kit.db import Database
with_jobs = sys.argv[3] == "jobs"
now = dataclasses.replace(settings.load(), data=sys.argv[1], demo="1")
with wiring.running(now) as system:
    uvicorn.run(create_app(system, with_jobs=with_jobs), port=int(sys.argv[2]), log_level="error", access_log=False)
"""
SWEEPER = """
import dataclasses, sys, time
from yiwang import flows, settings, wiring
from yiwang.kit import timers
with wiring.running(dataclasses.replace(settings.load(), data=sys.argv[1])) as system:
    print("ready", flush=True)
    while True:
        timers.sweep(system.database, flows.TIMERS)
        time.sleep(0.1)
"""
PLACE = {"lon": 121.483269, "lat": 31.219321, "place": "文庙路近老道前街"}
CLONE_CASE = """
insert into cases.case select (jsonb_populate_record(null::cases.case, to_jsonb(c) || jsonb_build_object(
  'id', w.id, 'number', 'B' || w.id, 'step_due_at', w.due_at, 'due_at', w.due_at))).*
from unnest(%(ids)s::uuid[], %(dues)s::timestamptz[]) as w (id, due_at), cases.case c where c.id = %(old)s
"""
CLONE_ORDER = """
insert into cases.orders select (jsonb_populate_record(null::cases.orders, to_jsonb(o) || jsonb_build_object(
  'case_id', w.id, 'due_at', w.due_at))).*
from unnest(%(ids)s::uuid[], %(dues)s::timestamptz[]) as w (id, due_at), cases.orders o where o.case_id = %(old)s
"""
CLONE_CLOCK = """
insert into cases.clock select (jsonb_populate_record(null::cases.clock, to_jsonb(k) || jsonb_build_object(
  'case_id', w.id, 'id', gen_random_uuid(), 'due_at', w.due_at))).*
from unnest(%(ids)s::uuid[], %(dues)s::timestamptz[]) as w (id, due_at), cases.clock k where k.case_id = %(old)s
"""


def fill(data: Path, n: int) -> None:
    """The pack, and cases with `n` timers in all, far from due."""
    import dataclasses

    from yiwang import settings, wiring
    from yiwang.cases import actions_dispatch, actions_file, actions_report
    from yiwang.cases.model import Channel
    from yiwang.cases.model_commands import AcceptCase, Assignment, DispatchCase, FileCase, ReportCase
    from yiwang.flows.load_pack import find_pack, load_pack
    from yiwang.kit.ids import named_id
    from yiwang.ledger.actions import record_many
    from yiwang.ledger.actions_settle import settle_all
    from yiwang.ledger.queries import list_entries
    from yiwang.ledger.rules import load_event
    from yiwang.network.model import system as machine
    from yiwang.network.queries_actor import get_actor_by_login

    with wiring.running(dataclasses.replace(settings.load(), data=str(data), demo="1")) as system:
        load_pack(system.database, find_pack("laoximen"))
        with system.database.transaction() as tx:
            operator, dispatcher = (get_actor_by_login(tx, who) for who in ("zhang.min", "chen.jie"))
            condition = tx.conn.execute("select id from city.condition where text like '%未倒入垃圾容器%' limit 1").fetchone()[0]

            def report() -> UUID:
                return actions_report.report_case(
                    tx, operator,
                    ReportCase(
                        id=new_id(), channel=Channel.hotline, description="路边有一堆暴露垃圾", matter_kind="matter",
                        matter_code="06010", **PLACE,
                    ),
                ).id  # fmt: skip

            reported, handling = report(), report()
            actions_file.accept_case(tx, operator, AcceptCase(handling))
            actions_file.file_case(tx, operator, FileCase(handling, condition))
            order = Assignment(named_id("unit:310101019-chengguan"))
            actions_dispatch.dispatch_case(tx, dispatcher, DispatchCase(handling, order))
        with system.database.transaction() as tx:
            far, by = tx.now + timedelta(days=3000), machine("deadlines").by(None)
            for old, cases in ((reported, n // 5), (handling, n * 2 // 5)):
                course = [load_event(e.event, e.version, e.subject_id, e.body) for e in list_entries(tx, old)]
                for begun in range(0, cases, 2000):
                    ids = [new_id() for _ in range(min(2000, cases - begun))]
                    fields = {"ids": ids, "old": old, "dues": [far] * len(ids)}
                    for sql in (CLONE_CASE, CLONE_ORDER, CLONE_CLOCK):
                        tx.conn.execute(sql, fields)
                    for event in course:
                        subject = f"{type(event).about}_id"
                        record_many(tx, by, [dataclasses.replace(event, **{subject: id}) for id in ids])
            tx.conn.execute("delete from kit.timer where subject_id = any(%s)", [[reported, handling]])
        settle_all(system.database)
        with psycopg.connect(system.owner_url, autocommit=True) as conn:
            conn.execute("vacuum analyze")


def arm(url: str, at: datetime) -> int:
    """All timers at `at`; half of the deadlines then are over, the others an hour off. Whatever fired before is undone,
    but for what the ledger says of it."""
    late = "case when hashtext({}::text) %% 2 = 0 then %(at)s else %(at)s::timestamptz + interval '1 h' end"
    with psycopg.connect(url) as conn:
        for sql in (
            "update cases.case set overdue_at = null, due_at = {0}, step_due_at = {0} where number like 'B%%'",
            "update cases.orders o set overdue_at = null, due_at = {1} from cases.case c where c.id = case_id and number like 'B%%'",
            "update cases.clock set overdue_at = null, warned_at = null, escalated = 0, due_at = {1}",
            "truncate kit.timer",
            "insert into kit.timer select id, 'case.step', 'step', %(at)s, '{{\"step\": \"reported\", \"stage\": 0}}'"
            " from cases.case where step = 'reported' and number like 'B%%'",
            "insert into kit.timer select case_id, 'case.clock', k.id::text, %(at)s, '{{}}'"
            " from cases.clock k join cases.case c on c.id = case_id where number like 'B%%'",
            "truncate cases.notice",
        ):
            n = conn.execute(sql.format(late.format("id"), late.format("case_id")), {"at": at}).rowcount
        n = conn.execute("select count(*) from kit.timer").fetchone()[0]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
        conn.execute("checkpoint")
    return n


def used(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds so far."""
    total = 0.0
    for process in processes:
        try:
            total += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


class Reporter(threading.Thread):
    """Reports over HTTP, `pace` a second, and keeps when each was sent and how long it took."""

    def __init__(self, base: str, pace: float) -> None:
        super().__init__(daemon=True)
        self.client = httpx.Client(base_url=base, timeout=30)
        answer = self.client.post("/api/demo-sign-in", json={"login": "zhang.min"}).raise_for_status()
        self.client.headers["X-Yiwang-CSRF"] = answer.json()["csrf"]
        self.pace, self.took, self.going = pace, list[tuple[float, float]](), True

    def run(self) -> None:
        while self.going:
            begun = time.time()
            self.client.post(
                "/api/cases",
                json={"id": str(new_id()), "channel": "hotline", "description": "垃圾落地", "matter_kind": "matter",
                      "matter_code": "06010", **PLACE},
                headers={"Idempotency-Key": str(new_id())},
            ).raise_for_status()  # fmt: skip
            self.took.append((begun, time.time() - begun))
            time.sleep(max(0.0, 1 / self.pace - (time.time() - begun)))

    def spread(self, since: float, until: float) -> dict[str, float]:
        got = sorted(t * 1e3 for b, t in self.took if since <= b < until)
        if not got:
            return {}
        return {"n": len(got), "p50_ms": got[len(got) // 2], "p95_ms": got[int(len(got) * 0.95)], "max_ms": got[-1]}


@contextmanager
def server(data: Path, mode: str) -> Iterator[tuple[subprocess.Popen, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(data), str(port), mode])
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(base + "/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.1)
        yield process, base
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def TempOr(keep):
    if keep:
        Path(keep).mkdir(exist_ok=True, parents=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder:
            yield folder


def run(n: int, sweepers: int, inside: bool, pace: float, keep: str) -> dict[str, Any]:
    import dataclasses

    from yiwang import settings, wiring

    with TempOr(keep) as folder:
        data = Path(folder)
        begun = time.time()
        if not (data / "filled").exists():
            fill(data, n)
            (data / "filled").touch()
        filled = time.time() - begun
        with (
            wiring.running(dataclasses.replace(settings.load(), data=folder, demo="1")) as system,
            server(data, "jobs" if inside else "none") as (process, base),
        ):
            others = [
                subprocess.Popen([sys.executable, "-c", SWEEPER, folder], stdout=subprocess.PIPE, text=True)
                for _ in range(sweepers)
            ]
            try:
                for other in others:
                    assert other.stdout and other.stdout.readline() == "ready\n"
                reporter = Reporter(base, pace)
                at = datetime.fromtimestamp(time.time() + 30 + n / 5000).astimezone()
                armed = arm(system.owner_url, at)
                reporter.start()
                return {"filled_s": round(filled, 1), **watch(system, process, others, reporter, at, armed)}
            finally:
                for other in others:
                    other.kill()


def watch(
    system: Any, process: subprocess.Popen, others: list[subprocess.Popen], reporter: Reporter, at: datetime, armed: int
) -> dict[str, Any]:
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        pid = conn.execute("select pg_backend_pid()").fetchone()[0]
        postmaster = psutil.Process(pid).parent()
        assert postmaster
        quiet_from = time.time()
        time.sleep(max(0.0, at.timestamp() - time.time() - 0.05))
        mine = [psutil.Process(p.pid) for p in (process, *others)]
        posted = [postmaster, *postmaster.children(recursive=True)]
        before, begun = (used(mine), used(posted)), time.time()
        left = armed
        while left:
            time.sleep(0.2)
            left = conn.execute("select count(*) from kit.timer where due_at <= %s", [at]).fetchone()[0]
            if time.time() - begun > 1200:
                raise SystemExit(f"{left} timers are still waiting")
        wall, after = time.time() - begun, (used(mine), used(posted))
        reporter.going = False
        told, pairs = conn.execute(
            "select count(*), count(distinct (subject_id, body)) from ledger.entry"
            " where event in ('case.limit_near', 'case.limit_passed') and at >= %s",
            [at],
        ).fetchone()
        parked = conn.execute("select count(*) from kit.parked").fetchone()[0]
    return {
        "timers": armed, "told": told, "told_once": pairs, "parked": parked, "wall_s": round(wall, 1),
        "python_ms": round((after[0] - before[0]) / armed * 1e3, 3),
        "postgres_ms": round((after[1] - before[1]) / armed * 1e3, 3), "load": os.getloadavg()[0],
        "reports_before": reporter.spread(quiet_from, begun), "reports_during": reporter.spread(begun, begun + wall),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="yiwang bench timers", description=__doc__)
    parser.add_argument("-n", type=int, default=100_000, help="timers")
    parser.add_argument("--sweepers", type=int, default=0, help="sweeping processes beside the server")
    parser.add_argument("--not-inside", action="store_true", help="the server itself does not sweep")
    parser.add_argument("--pace", type=float, default=5, help="reports a second meanwhile")
    parser.add_argument("--keep", default="")
    args = parser.parse_args()
    print(json.dumps(run(args.n, args.sweepers, not args.not_inside, args.pace, args.keep), indent=1))


if __name__ == "__main__":
    main()
