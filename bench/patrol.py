"""Patrols at a district's size: trends counted anew and as they go on, what the desk asks, a month's assessment.

    yiwang bench patrol [-n 1000000]

A database of its own (pack laoximen with Huangpu's real unit grids) with 20,000 points and `n` made-up check-ins of two years, written straight
into the register; walks of a month, 400 a day.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import common
import psycopg
import shapely
from common import City, Row

from yiwang.city.model_component import ImportMode
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit import clock
from yiwang.kit.scope import EVERYTHING, Scope
from yiwang.network.model import system as machine
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.queries_units import get_unit_by_code
from yiwang.register import actions_import, rules_file
from yiwang.register.model import ImportThings
from yiwang.scenes.patrol import queries, queries_figures, store
from yiwang.scenes.patrol.model import POINT
from yiwang.scenes.patrol.queries_figures import By
from yiwang.wiring import System

N, POINTS, ROUTES, STOPS = 1_000_000, 20_000, 400, 12
BENCH = machine("bench")
ZONE = ZoneInfo("Asia/Shanghai")
CHECKINS = """
insert into register.checkin (id, thing_id, person_id, unit_id, post, at, received_at, how, device, photos, form, damaged, proofs, doubts, met)
select gen_random_uuid(), t.id, p.id, t.unit_id, 'inspector', now() - v.n * interval '730 days' / %(each)s, now() - v.n * interval '730 days' / %(each)s,
  'signed', '', '{}', '{}', mod(abs(hashtext(t.code || v.n)), 50) = 0, '{tap}', '{}', '{}'
from register.thing t cross join generate_series(1, %(each)s) v (n)
cross join lateral (select id from network.person where login in ('wang.lei', 'zhao.xin', 'liu.hang') order by md5(t.code || login) limit 1) p
order by v.n desc
"""
WALKS = """
with route as (
  insert into patrol.route (id, name, unit_id, ground_id, people, points, weekdays, begins, ends, n, added_at, changed_at)
  select gen_random_uuid(), 'route ' || r, u.id, u.id, '{}', (array_agg(t.id))[1:%(stops)s], '{1,2,3,4,5,6,7}', '08:00', '20:00', 1, now(), now()
  from (select id, mod(row_number() over (order by code), %(routes)s) as r from register.thing) t, network.unit u where u.code = '310101019'
  group by r, u.id returning id, points)
insert into patrol.shift (id, route_id, day, starts_at, ends_at, points, person_id, begun_at, over_at)
select gen_random_uuid(), r.id, d.day::date, d.day + interval '1 hour', d.day + interval '13 hours', r.points, p.id, d.day + interval '1 hour', d.day + interval '13 hours'
from route r cross join generate_series(date_trunc('month', now()), now() - interval '1 day', interval '1 day') d (day)
cross join lateral (select id from network.person where login in ('wang.lei', 'zhao.xin', 'liu.hang') order by md5(r.id::text || login) limit 1) p
"""


def run(city: City | None, n: int = N) -> list[Row]:
    """A district with `n` check-ins of its own, thrown away."""
    with common.own_system() as system:
        return list(measure(system, n))


def measure(system: System, n: int) -> Iterator[Row]:
    load_pack(system.database, find_pack("laoximen"))
    fill(system, n)
    yield from trends(system, n)
    yield from asked(system)


def fill(system: System, n: int) -> None:
    with system.database.transaction() as tx:
        cmd = ImportThings(
            POINT.name, "points.csv", _points(), "310101", mode=ImportMode.all_or_nothing, generated=True
        )
        assert actions_import.import_things(tx, BENCH, cmd).bad == 0
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        conn.execute(CHECKINS, {"each": n // POINTS})
        conn.execute(WALKS, {"stops": STOPS, "routes": ROUTES})
        conn.execute("vacuum analyze")


def _points() -> bytes:
    dice, out = random.Random(7), io.StringIO()
    grids = json.loads((find_pack("huangpu") / "unit_grids.geojson").read_text("utf-8"))["features"]
    spots = [shapely.geometry.shape(g["geometry"]).representative_point() for g in grids]
    columns, rows = rules_file.columns_of(POINT), csv.writer(out)
    rows.writerow([columns[name] for name in ("code", "name", "x", "y", "equipment")])
    for i in range(POINTS):
        spot = dice.choice(spots)
        rows.writerow(
            (f"DW-{i:07d}", f"{i} 号", f"{spot.x:.7f}", f"{spot.y:.7f}", dice.choice(("灭火器", "视频监控", "防火门")))
        )
    return out.getvalue().encode()


def trends(system: System, n: int) -> Iterator[Row]:
    with system.database.transaction() as tx:
        begun = time.perf_counter()
        months = store.put_tally(tx, ZONE, anew=True)
        yield Row("trends counted anew", time.perf_counter() - begun, "s", "≤ 30", f"{n:,} check-ins, {months} months")
    with system.database.transaction() as tx:
        tx.conn.execute(
            "insert into register.checkin select gen_random_uuid(), thing_id, person_id, unit_id, post, now(), now(), how, tag_id, counter, lon,"
            " lat, accuracy_m, distance_m, device, photos, form, damaged, proofs, doubts, met from register.checkin limit 100"
        )
    with system.database.transaction() as tx:
        begun = time.perf_counter()
        months = store.put_tally(tx, ZONE)
        yield Row(
            "trends carried on, a hundred check-ins later", time.perf_counter() - begun, "s", "≤ 2", f"{months} month"
        )


def asked(system: System) -> Iterator[Row]:
    today = clock.now().astimezone(ZONE).date()
    with system.database.reading() as tx:
        tang = get_actor_by_login(tx, "tang.yi")
        found = common.milliseconds(lambda _: queries_figures.get_trend(tx, EVERYTHING, today), 50)
        yield common.p95_row("a trend of two years, the whole district", found, "≤ 200")
        district = Scope(False, (get_unit_by_code(tx, "310101").path,), tang.id)
        found = common.milliseconds(lambda _: queries_figures.get_trend(tx, district, today), 50)
        yield common.p95_row("the same, by the district's ground", found, "≤ 200")
        found = common.milliseconds(lambda _: queries_figures.list_heat(tx, EVERYTHING, today), 50)
        yield common.p95_row("a quarter's heat map, 893 grids", found, "≤ 200")
        found = common.milliseconds(lambda _: queries.list_shifts(tx, EVERYTHING, today.replace(day=1), limit=100), 20)
        yield common.p95_row("a page of a day's walks with their progress", found, "≤ 200", "100 walks of 12 points")
        found = common.milliseconds(
            lambda _: queries_figures.list_assessed(tx, tang, EVERYTHING, today, By.unit), 5, warm=1
        )
        yield common.p95_row("a month's assessment", found, "≤ 3000", f"{ROUTES} walks of {STOPS} points a day")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=N, help="how many check-ins")
    common.show(run(None, parser.parse_args().n), "风险管控 Patrols")
