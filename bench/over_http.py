"""What an act costs over HTTP: CPU milliseconds of the server and of PostgreSQL, per act.

    yiwang bench over_http [-n 100] [--rounds 5]

A server of its own on a database of its own (pack laoximen), one client in another process. Each act is measured in
rounds; the median of the rounds is given, with the wall-clock beside it. Jobs (timers, settler, sealer) run meanwhile
and are counted.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import common
import httpx
import psutil
from common import City, Row
from PIL import Image

from yiwang.kit.ids import new_id
from yiwang.kit.pg_place import find_place

SERVER = """
import dataclasses, signal, sys, uvicorn
from yiwang import settings, wiring
from yiwang.app import create_app
signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn hands the signal on when it is done: the database stops too
from yiwang.flows.load_pack import find_pack, load_pack
with wiring.running(dataclasses.replace(settings.load(), data=sys.argv[1], demo="1")) as system:
    load_pack(system.database, find_pack("laoximen"))
    uvicorn.run(create_app(system), port=int(sys.argv[2]), log_level="error", access_log=False)
"""
PLACE = {"lon": 121.483269, "lat": 31.219321, "place": "文庙路近老道前街"}


class Bench:
    """The server, its PostgreSQL, and clients signed in as people of the demo street."""

    def __init__(self, data: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.server = subprocess.Popen([sys.executable, "-c", SERVER, str(data), str(port)])
        for _ in range(600):
            try:
                httpx.get(self.base + "/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                if self.server.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.1)
        self.clients: dict[str, httpx.Client] = {}
        self.processes = [psutil.Process(self.server.pid)]
        pid_file = find_place(data)[0] / "cluster" / "postmaster.pid"
        self.postmaster = psutil.Process(int(pid_file.read_text().split()[0]))

    def who(self, login: str) -> httpx.Client:
        if login not in self.clients:
            client = httpx.Client(base_url=self.base)
            answer = client.post("/api/demo-sign-in", json={"login": login})
            answer.raise_for_status()
            client.headers["X-Yiwang-CSRF"] = answer.json()["csrf"]
            self.clients[login] = client
        return self.clients[login]

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far of (the server, PostgreSQL with all its backends)."""

        def used(process: psutil.Process) -> float:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                return 0.0
            return times.user + times.system

        backends = [self.postmaster, *self.postmaster.children(recursive=True)]
        return sum(map(used, self.processes)), sum(map(used, backends))

    def measure(self, name: str, act: Callable[[int], Any], n: int, rounds: int, target: str = "") -> Row:
        """Median over rounds of CPU-ms per act; the parts and the wall-clock in the note."""
        server, postgres, wall = [], [], []
        for r in range(rounds):
            before, begun = self.cpu(), time.perf_counter()
            for i in range(n):
                act(r * n + i)
            took, after = time.perf_counter() - begun, self.cpu()
            server.append((after[0] - before[0]) / n * 1e3)
            postgres.append((after[1] - before[1]) / n * 1e3)
            wall.append(took / n * 1e3)
        s, p, w = map(statistics.median, (server, postgres, wall))
        note = f"server {s:.2f}, PostgreSQL {p:.2f}; wall-clock {w:.1f} ms; {n * rounds} acts"
        return Row(f"over HTTP: {name}", s + p, "CPU-ms", target, note)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)


def _ok(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise SystemExit(f"{answer.request.url} {answer.status_code} {answer.text[:300]}")
    return answer.json()


def _photo(seed: int) -> bytes:
    """Each unlike all others, as photos are: what looks alike is looked into."""
    out = io.BytesIO()
    Image.frombytes("L", (8, 6), random.Random(seed).randbytes(48)).resize((64, 48)).save(out, "JPEG")
    return out.getvalue()


@contextmanager
def serving() -> Iterator[tuple[Bench, Path]]:
    """A server on a database of its own, and its data folder; both thrown away."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder:
        bench = Bench(Path(folder), port)
        try:
            yield bench, Path(folder)
        finally:
            bench.stop()


def find_condition(client: httpx.Client) -> str:
    """The first condition under which exposed rubbish is filed."""
    found = _ok(client.get("/api/catalogue/conditions", params={"code": "06010", "scheme": "GB/T 47678.5-2026"}))
    return (found["items"] if isinstance(found, dict) else found)[0]["id"]


def run(city: City | None = None, *, n: int = 100, rounds: int = 5) -> list[Row]:
    """Needs no city."""
    del city
    with serving() as (bench, _):
        return _measure_all(bench, n, rounds)


def _measure_all(bench: Bench, n: int, rounds: int) -> list[Row]:
    inspector, operator = bench.who("zhao.xin"), bench.who("zhang.min")
    condition, total = find_condition(inspector), n * rounds + 50
    photos = [_ok(inspector.post("/api/photos", content=_photo(i)))["sha256"] for i in range(total)]

    def report(i: int, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()), "channel": "patrol", "description": "垃圾落地", "matter_kind": "matter",
            "matter_code": "06010", "photos": [{"sha256": photos[i], "kind": "near"}], **PLACE, **more,
        }  # fmt: skip

    def self_filed(i: int) -> None:
        case = _ok(
            inspector.post(
                "/api/cases", json=report(i, condition_id=condition), headers={"Idempotency-Key": str(new_id())}
            )
        )
        assert case["step"] == "handling", case["step"]

    for i in range(20):
        self_filed(total - 1 - i)
    rows = [bench.measure("report, self-filed and dispatched", self_filed, n, rounds, "≤ 4")]
    waiting = [
        _ok(operator.post("/api/cases", json=report(0, channel="hotline", photos=[])))["id"] for _ in range(total)
    ]

    def accept(i: int) -> None:
        _ok(
            operator.post("/api/cases/accept", json={"case_id": waiting[i]}, headers={"Idempotency-Key": str(new_id())})
        )

    def file(i: int) -> None:
        _ok(operator.post("/api/cases/file", json={"case_id": waiting[i], "condition_id": condition}))

    def course(i: int) -> None:
        _ok(operator.get(f"/api/cases/{waiting[i]}"))

    return [
        *rows,
        bench.measure("one later step, accept", accept, n, rounds, "≤ 4"),
        bench.measure("one later step, file", file, n, rounds, "≤ 4"),
        bench.measure("list of 50", lambda _: _ok(operator.get("/api/cases?limit=50")), n // 2, rounds),
        bench.measure("a case's course", course, n // 2, rounds),
        bench.measure("who am I", lambda _: _ok(operator.get("/api/me")), n // 2, rounds),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="acts a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = run(n=args.n, rounds=args.rounds)
    print(common.as_json(rows)) if args.json else common.show(rows)


if __name__ == "__main__":
    main()
