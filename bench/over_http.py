"""What an act costs over HTTP: CPU milliseconds of the server and of PostgreSQL, per act. `yiwang bench over_http`.

A server of its own on a database of its own (pack laoximen), one client in another process. Each act is measured in
rounds; the median of the rounds is given, with the wall-clock beside it. Jobs (timers, settler, sealer) run meanwhile
and are counted.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
from PIL import Image

from yiwang.kit.ids import new_id
from yiwang.kit.pg_place import find_place

SERVER = """
import dataclasses, sys, uvicorn
from yiwang import settings, wiring
from yiwang.app import create_app
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

    def measure(self, name: str, act: Callable[[int], Any], n: int, rounds: int) -> dict[str, Any]:
        """Median over rounds of CPU-ms and wall-ms per act."""
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
        return {"act": name, "cpu_ms": s + p, "server_ms": s, "postgres_ms": p, "wall_ms": w, "n": n * rounds}

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)


def _ok(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise SystemExit(f"{answer.request.url} {answer.status_code} {answer.text[:300]}")
    return answer.json()


def _photo(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (seed % 256, seed // 256 % 256, 9)).save(out, "JPEG")
    return out.getvalue()


def run(n: int, rounds: int) -> list[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder:
        bench = Bench(Path(folder), port)
        try:
            return _measure_all(bench, n, rounds)
        finally:
            bench.stop()


def _measure_all(bench: Bench, n: int, rounds: int) -> list[dict[str, Any]]:
    inspector, operator = bench.who("zhao.xin"), bench.who("zhang.min")
    me = _ok(inspector.get("/api/me"))
    del me
    matters = _ok(inspector.get("/api/catalogue/conditions", params={"code": "06010", "scheme": "GB/T 47678.5-2026"}))
    conditions = matters["items"] if isinstance(matters, dict) else matters
    condition = conditions[0]["id"]
    total = n * rounds + 50
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
    rows = [bench.measure("report, self-filed and dispatched", self_filed, n, rounds)]
    waiting = [
        _ok(operator.post("/api/cases", json=report(0, channel="hotline", photos=[])))["id"] for _ in range(total)
    ]

    def accept(i: int) -> None:
        _ok(
            operator.post("/api/cases/accept", json={"case_id": waiting[i]}, headers={"Idempotency-Key": str(new_id())})
        )

    def file(i: int) -> None:
        _ok(operator.post("/api/cases/file", json={"case_id": waiting[i], "condition_id": condition}))

    rows.append(bench.measure("one later step: accept", accept, n, rounds))
    rows.append(bench.measure("one later step: file", file, n, rounds))
    rows.append(bench.measure("list of 50", lambda _: _ok(operator.get("/api/cases?limit=50")), n // 2, rounds))
    rows.append(
        bench.measure("a case's course", lambda i: _ok(operator.get(f"/api/cases/{waiting[i]}")), n // 2, rounds)
    )
    rows.append(bench.measure("who am I", lambda _: _ok(operator.get("/api/me")), n // 2, rounds))
    return rows


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="yiwang bench over_http", description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="acts a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    rows = run(args.n, args.rounds)
    if args.json:
        print(json.dumps({"load": os.getloadavg(), "rows": rows}))
        return
    print(f"load {os.getloadavg()[0]:.1f}; CPU-ms per act, median of {args.rounds} rounds of {args.n}")
    print(f"{'act':36} {'cpu':>7} {'server':>7} {'postgres':>8} {'wall':>7}")
    for r in rows:
        print(f"{r['act']:36} {r['cpu_ms']:7.2f} {r['server_ms']:7.2f} {r['postgres_ms']:8.2f} {r['wall_ms']:7.2f}")


if __name__ == "__main__":
    main()
