"""The register at a district's size: import, the sweep of what is owed, search, one thing's file, the map in a browser.

    yiwang bench register [-n 1000000]

A database of its own (pack laoximen with Huangpu's real unit grids) takes in `n` made-up lifts in files of 200,000 rows, each owing
its maintenance; all is written by the real acts.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import io
import json
import random
import re
import shutil
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import common
import pages
import psycopg
import shapely
import uvicorn
from common import City, Row

from yiwang.app import create_app
from yiwang.city.model_component import ImportMode
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit import clock
from yiwang.kit.ids import new_id
from yiwang.kit.jobs import HAND_OVER
from yiwang.kit.scope import EVERYTHING
from yiwang.network import rules_access, store_access
from yiwang.network.model import system as machine
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules import scope_of
from yiwang.register import actions_import, actions_owed, queries, rules_file, store
from yiwang.register.model import ImportThings
from yiwang.register.model_owed import RuleOf, SetRules
from yiwang.scenes import queries as scenes
from yiwang.scenes.actions import read_owed
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.scene import SCENE
from yiwang.wiring import System

N, PER_FILE = 1_000_000, 200_000
BENCH = machine("bench")
BOX = (121.47, 31.20, 121.50, 31.23)


def run(city: City | None, n: int = N) -> list[Row]:
    """A district with `n` things of its own, thrown away."""
    with common.own_system(demo="1") as system:
        return list(measure(system, n))


def measure(system: System, n: int) -> Iterator[Row]:
    sys.setswitchinterval(HAND_OVER)  # as the server, whose jobs set it
    load_pack(system.database, find_pack("laoximen"))
    with system.database.transaction() as tx:
        actions_owed.set_rules(tx, BENCH, SetRules(("elevator",), (maintenance(),)))
    yield from imports(system, n)
    yield from sweeps(system, n)
    yield from reads(system, n)
    yield from maps(system)


def maintenance() -> RuleOf:
    """Every fifteen days, without a case of each lapse: cases have benches of their own."""
    assert SCENE.owed
    [rule] = [r for r in read_owed(SCENE.owed) if r.code == "elevator-maintenance"]
    return dataclasses.replace(rule, matter=None, condition=None)


# ── import ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def code_of(i: int) -> str:
    return f"梯11沪{'ABCDEFGHIJKLMNOPQRST'[i // 100_000 % 20]}{i % 100_000:05d}({i // 2_000_000 + 10:02d})"


def imports(system: System, n: int) -> Iterator[Row]:
    took = 0.0
    for at in range(0, n, PER_FILE):
        content = file_of(range(at, min(n, at + PER_FILE)))
        took += bring_in(system, content, at)
    again = bring_in(system, file_of(range(min(n, PER_FILE))), 0)
    yield Row("import of things (CSV)", n / took, "rows/s", "≥ 20000", f"{n:,} rows, {took:.0f} s")
    begun = time.perf_counter()
    behind = store.index_words(system.database)
    assert behind == n, behind
    took = time.perf_counter() - begun
    yield Row("its words into the index, behind", n / took, "rows/s", "", "a search does without the index until then")
    yield Row("the same file again", min(n, PER_FILE) / again, "rows/s", "", "nothing changes")
    with system.database.transaction() as tx:
        begun = time.perf_counter()
        grids = store.put_tally(tx)
        yield Row("counting all anew, per grid", time.perf_counter() - begun, "s", "", f"{grids} grids")
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        conn.execute("vacuum analyze")


def bring_in(system: System, content: bytes, at: int) -> float:
    begun = time.perf_counter()
    with system.database.transaction() as tx:
        cmd = ImportThings("elevator", f"{at}.csv", content, "310101", mode=ImportMode.all_or_nothing, generated=True)
        done = actions_import.import_things(tx, BENCH, cmd)
    assert done.bad == 0, done.bad_rows[:3]
    return time.perf_counter() - begun


def file_of(numbers: range) -> bytes:
    """Made-up lifts on real unit grids."""
    dice = random.Random(numbers.start)
    grids = json.loads((find_pack("huangpu") / "unit_grids.geojson").read_text("utf-8"))["features"]
    points = [shapely.geometry.shape(g["geometry"]).representative_point() for g in grids]
    out = io.StringIO()
    rows = csv.writer(out)
    columns = rules_file.columns_of(ELEVATOR)
    names = ("code", "name", "address", "x", "y", "type", "use", "made_on", "in_use_since", "floors", "stops", "load_kg", "speed_m_s", "maintained_on")  # fmt: skip
    rows.writerow([columns[name] for name in names])
    today = clock.now().date()
    for i in numbers:
        point = dice.choice(points)
        rows.writerow(
            (code_of(i), f"{i % 90 + 1} 号梯", f"建国新路 {i} 弄", f"{point.x:.7f}", f"{point.y:.7f}", "曳引驱动乘客电梯", "住宅",
             "2004-05-06", "2004-09-01", 18, 18, 800, 1.5, today - timedelta(days=dice.randrange(15)))
        )  # fmt: skip
    return out.getvalue().encode()


# ── sweep ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sweeps(system: System, n: int) -> Iterator[Row]:
    with system.database.transaction() as tx:
        owed = tx.conn.execute("select count(*) from register.obligation").fetchone()
    assert owed == (n,), owed
    begun = time.perf_counter()
    actions_owed.warn_and_lapse(system.database)
    yield Row(
        "sweep of what is owed, nothing late", time.perf_counter() - begun, "s", "≤ 5", f"{n:,} owed, a fifth due soon"
    )
    now = clock.now()
    with clock.at(now + timedelta(days=3, hours=1)):
        begun = time.perf_counter()
        actions_owed.warn_and_lapse(system.database)
        took = time.perf_counter() - begun
    with system.database.transaction() as tx:
        late = tx.conn.execute("select count(*) from register.obligation where lapsed_at is not null").fetchone()
    assert late and late[0], "nothing lapsed: nothing was measured"
    yield Row(
        "sweep with lapses, each in the ledger", late[0] / took, "lapses/s", "", f"{late[0]:,} lapsed, {took:.0f} s"
    )
    begun = time.perf_counter()
    actions_owed.warn_and_lapse(system.database)
    yield Row("sweep again, all told", time.perf_counter() - begun, "s", "≤ 5")


# ── reads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def reads(system: System, n: int) -> Iterator[Row]:
    dice = random.Random(7)
    with system.database.reading() as tx:
        zhang = get_actor_by_login(tx, "zhang.min")
        words = [f"{dice.randrange(n)} 弄" for _ in range(200)]
        found = common.milliseconds(
            lambda i: queries.list_things(tx, EVERYTHING, queries.Wanted("elevator", words=words[i % 200]), limit=50),
            200,
        )
        yield common.p95_row("search by words", found, "≤ 50")
        often = ("建国新路", "号梯", "建 弄", "梯11沪B")
        found = common.milliseconds(
            lambda i: queries.list_things(
                tx, (EVERYTHING, scope_of(zhang))[i % 2], queries.Wanted("elevator", words=often[i % 4]), limit=50
            ),
            200,
        )
        yield common.p95_row("search by words that most have", found, "≤ 50", "the district, a street")
        codes = [code_of(dice.randrange(n))[4:10] for _ in range(200)]
        found = common.milliseconds(
            lambda i: queries.list_things(tx, EVERYTHING, queries.Wanted("elevator", words=codes[i % 200]), limit=50),
            200,
        )
        yield common.p95_row("search by part of the code", found, "≤ 50")
        ids = [t.id for t in queries.list_things(tx, scope_of(zhang), queries.Wanted("elevator"), limit=200)]
        assert ids
        found = common.milliseconds(lambda i: queries.get_file(tx, zhang, ids[i % len(ids)]), 200)
        yield common.p95_row("one thing's file", found, "≤ 20")
        found = common.milliseconds(lambda i: queries.count_by_grid(tx, EVERYTHING, "elevator", BOX), 50)
        yield common.p95_row("counts per grid for the map", found, "≤ 20")
        found = common.milliseconds(lambda _: scenes.get_figures(tx, EVERYTHING, SCENE.name), 10)
        yield common.p95_row("a scene's numbers, the district", found, "", f"{n // 5:,} of what is owed lapsed")
        found = common.milliseconds(lambda _: scenes.list_troubles(tx, EVERYTHING), 10)
        yield common.p95_row("what is wrong now, the district", found, "")


# ── the map ───────────────────────────────────────────────────────────────────────────────────────────────────────────

LOADS = 7
MAPS = (
    ("the district's map, counts of each grid", "at=121.483,31.219,13", r"^\d{4,}$"),
    ("the same from near, each thing a sign", "at=121.4835,31.2170,18", r"^\d+\+?$"),
)


def maps(system: System) -> Iterator[Row]:
    """A district's officer opens the desk's map with lifts on it: cold, each load in a browser of its own."""
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright, serving(system) as url:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=pages.FLAGS)
        for name, at, number in MAPS:
            paints, there = list[float](), list[float]()
            for _ in range(LOADS):
                context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
                context.add_cookies([{"name": rules_access.COOKIE, "value": sign_in(system, "cai.jing"), "url": url}])
                page = context.new_page()
                begun = time.perf_counter()
                page.goto(f"{url}/#/map?things=elevator&{at}")
                shown = page.locator("[data-things] label:has([data-kind='elevator']) b")
                expect(shown).to_have_text(re.compile(number), timeout=60_000)
                page.locator(".gl[data-drawn]").wait_for(timeout=60_000)
                there.append((time.perf_counter() - begun) * 1e3)
                paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                context.close()
            note = f"median {statistics.median(paints):.0f}; drawn after {statistics.median(there):.0f} ms"
            yield Row(f"{name}: first paint, cold", max(paints), "ms worst", "≤ 2000", note)
        browser.close()


@contextmanager
def serving(system: System) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(system), port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


def sign_in(system: System, login: str) -> str:
    secret = rules_access.new_secret()
    with system.database.transaction() as tx:
        person = get_actor_by_login(tx, login)
        store_access.ADD_SESSION.one(
            tx, id=new_id(), hash=rules_access.digest(secret), person_id=person.id, device="bench", address="127.0.0.1", proven=tx.now
        )  # fmt: skip
    return secret


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=N, help="how many things")
    common.show(run(None, parser.parse_args().n), "一物一档 The register")
