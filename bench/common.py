"""What every bench shares: a loaded city, rows and their table, the line about the machine."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang import settings, wiring
from yiwang.kit.db import Database
from yiwang.wiring import System

MODEST = 20_000
"""Cases of a city that is loaded on the spot."""


@dataclass(frozen=True)
class City:
    """An open, loaded city. `system` has its settings, store and key; `owner_url` is for what the application may not do."""

    data: Path
    system: System
    cases: int

    @property
    def database(self) -> Database:
        return self.system.database

    @property
    def owner_url(self) -> str:
        return self.system.owner_url


@dataclass(frozen=True)
class Row:
    """One figure. `target` as text, `≤ 20` or `≥ 200000`; empty where there is none."""

    what: str
    figure: float
    unit: str
    target: str = ""
    note: str = ""

    @property
    def ok(self) -> bool | None:
        """Is the target met; None where there is none."""
        if not self.target:
            return None
        sign, bound = self.target[0], float(self.target[1:].replace(",", ""))
        return self.figure <= bound if sign == "≤" else self.figure >= bound


@contextmanager
def open_city(data: Path) -> Iterator[City]:
    """A city that `load_city` has loaded, with its server running; SystemExit with words where there is none."""
    if not (data / "city.json").exists():
        raise SystemExit(f"{data} 里没有装好的城市 no loaded city there: yiwang bench load_city --data {data}")
    said = json.loads((data / "city.json").read_text("utf-8"))
    with wiring.running(dataclasses.replace(settings.load(), data=str(data), database_url="")) as system:
        yield City(data, system, said["cases"])


@contextmanager
def own_system(demo: str = "") -> Iterator[System]:
    """An empty system in a folder of its own, thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="yw-bench-", dir=os.environ.get("YIWANG_BENCH_DIR")) as folder,
        wiring.running(dataclasses.replace(settings.load(), data=folder, database_url="", demo=demo)) as system,
    ):
        yield system


@contextmanager
def city_at(data: Path | None, n: int = MODEST) -> Iterator[City]:
    """The city in this folder; or a modest one, loaded on the spot and thrown away."""
    if data is not None:
        with open_city(data) as city:
            yield city
        return
    import load_city

    folder = Path(tempfile.mkdtemp(prefix="yw-city-", dir=os.environ.get("YIWANG_BENCH_DIR")))
    try:
        load_city.load(folder, n)
        with open_city(folder) as city:
            yield city
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def milliseconds(act: Callable[[int], Any], n: int, warm: int = 5) -> list[float]:
    """Wall-clock of each of `n` acts, after some that do not count."""
    for i in range(warm):
        act(i)
    took = []
    for i in range(n):
        begun = time.perf_counter()
        act(i)
        took.append((time.perf_counter() - begun) * 1e3)
    return took


def p95(took: Sequence[float]) -> float:
    return sorted(took)[max(0, int(len(took) * 0.95) - 1)] if took else 0.0


def p95_row(what: str, took: Sequence[float], target: str, note: str = "") -> Row:
    """The usual row: p95, with the median in the note."""
    return Row(what, p95(took), "ms p95", target, f"median {statistics.median(took):.1f}; {note}".rstrip("; "))


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, user and system; 0 where the system does not say (not Linux)."""
    said = "".join(_lines(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK") if said else 0.0


# ── showing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def machine() -> str:
    """What it ran on, and what ran beside."""
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) >> 20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    load = "/".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{names[0] if names else platform.processor()} × {os.cpu_count()}, {memory} GB, {platform.system()},"
        f" Python {platform.python_version()}; load {load} at {time.strftime('%Y-%m-%d %H:%M')}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def show(rows: Sequence[Row], title: str = "") -> None:
    if title:
        print(f"\n{title}")
    print(machine())
    width = max([len(r.what) for r in rows], default=4) + 2
    print(f"{'':{width}}{'figure':>12} {'unit':10} {'target':>10}      note")
    for r in rows:
        mark = {True: "✓", False: "✗", None: " "}[r.ok]
        figure = f"{r.figure:,.0f}" if abs(r.figure) >= 1000 else f"{r.figure:.2f}"
        print(f"{r.what:{width}}{figure:>12} {r.unit:10} {r.target:>10}  {mark}   {r.note}")


def as_json(rows: Sequence[Row]) -> str:
    found = [{**dataclasses.asdict(r), "ok": r.ok} for r in rows]
    return json.dumps({"machine": machine(), "rows": found}, ensure_ascii=False)


def main(run: Callable[..., list[Row]], doc: str | None, argv: list[str] | None = None, *, city: bool = True) -> None:
    """A bench run alone. `city` False: it needs none, and none is loaded for it."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--data", type=Path, help="a loaded city (load_city); without one, a modest city is loaded")
    parser.add_argument("-n", type=int, default=MODEST, help="how many cases to load where none is given")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    with city_at(args.data, args.n) if city else nullcontext(None) as found:
        rows = run(found)
    print(as_json(rows)) if args.json else show(rows)
