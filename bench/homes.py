"""Homes and residents at a district's size: what is counted, lists, one home's file, somebody sought by name.

    yiwang bench homes [-n 1000000]

A database of its own (pack laoximen with Huangpu's real unit grids) with `n` made-up residents, sealed, in 0.3 n homes of 12 a building: written
straight into the tables, on which the triggers stand as ever.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import common
import psycopg
from common import City, Row

from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit import clock
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules import scope_of
from yiwang.register.queries import Wanted
from yiwang.scenes.homes import queries, queries_figures, rules, store
from yiwang.scenes.homes.demo import FIRST, SECOND, SURNAMES
from yiwang.scenes.homes.model import Group, HomeOf, MoveIn, Relation
from yiwang.wiring import System

N, DOORS = 1_000_000, 12
THINGS = """
insert into register.thing (id, kind, code, name, address, unit_id, grid_code, lon, lat, datum, raw_x, raw_y, placed, generated, state, ended,
  version, attributes, n, added_at, changed_at)
select gen_random_uuid(), v.kind, v.code, v.name, '建国新路', g.community_id, g.code, (center(g.bbox))[0] / 1e6, (center(g.bbox))[1] / 1e6,
  'wgs84', 0, 0, true, true, 'standing', false, 1, v.attributes, 1, now(), now()
from generate_series(0, %(buildings)s - 1) b
join (select g.*, row_number() over (order by g.code) - 1 as i, count(*) over () as all_ from city.unit_grid g where g.valid_to is null) g
  on g.i = mod(b, g.all_)
cross join lateral (select left(g.code, 12) || '-' || lpad((b / 10)::text, 4, '0') as house) h
cross join lateral (
  select 'building' as kind, h.house as code, b || ' 号' as name, '{"use": "住宅", "built": 1962, "storeys": 6}'::jsonb as attributes
  where %(kind)s = 'building'
  union all select 'home', h.house || '-1-' || d / 2 + 1 || '0' || mod(d, 2) + 1, b || ' 号 ' || d || ' 室', jsonb_build_object('unit', 1, 'floor', d / 2 + 1,
    'room', d / 2 + 1 || '0' || mod(d, 2) + 1, 'area_m2', 40, 'tenure', case when mod(d, 4) = 3 then '出租' else '自住' end)
  from generate_series(0, %(doors)s - 1) d where %(kind)s = 'home') v
"""
INTO = "copy homes.resident (id, home_id, sealed, name_mark, born, relation, care, since, generated, n, added_at, changed_at) from stdin"


def run(city: City | None, n: int = N) -> list[Row]:
    """A district with `n` residents of its own, thrown away."""
    with common.own_system() as system:
        return list(measure(system, n))


def measure(system: System, n: int) -> Iterator[Row]:
    load_pack(system.database, find_pack("laoximen"))
    fill(system, n)
    with system.database.transaction() as tx:
        begun = time.perf_counter()
        grids = store.put_tally(tx)
        yield Row("all counted anew, as after midnight", time.perf_counter() - begun, "s", "", f"{grids} grids")
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
    yield from reads(system)


def fill(system: System, n: int) -> None:
    buildings = int(n * 0.3 / DOORS)
    with psycopg.connect(system.owner_url) as conn:
        for kind in ("building", "home"):
            conn.execute(THINGS, {"buildings": buildings, "kind": kind, "doors": DOORS})
        homes = [id for (id,) in conn.execute("select id from register.thing where kind = 'home' order by code")]
        with conn.cursor().copy(INTO) as into:
            for row in people(homes, n):
                into.write_row(row)


def people(homes: list[Any], n: int) -> Iterator[tuple[Any, ...]]:
    """Ages and names as in the demonstration; three or four to a home."""
    dice, now = random.Random(7), clock.now()
    today = rules.today_of(now)
    for i in range(n):
        name = dice.choice(SURNAMES) + dice.choice(FIRST) + dice.choice(SECOND)
        born = today - timedelta(days=dice.randrange(100 * 365))
        home = HomeOf(homes[dice.randrange(len(homes))], "", "", generated=True, ended=False)
        cmd = MoveIn(new_id(), home.id, name, Relation.family, born=born, care=i % 50 == 0, since=today)
        row, _ = store.seal(*rules.move_in(cmd, home, now))
        yield (
            row.id,
            row.home_id,
            row.sealed,
            row.name_mark,
            row.born,
            row.relation.value,
            row.care,
            row.since,
            True,
            1,
            now,
            now,
        )


def reads(system: System) -> Iterator[Row]:
    dice = random.Random(7)
    with system.database.reading() as tx:
        zhang, lin = get_actor_by_login(tx, "zhang.min"), get_actor_by_login(tx, "lin.feng")
        yours, own = scope_of(zhang), rules.seen_by(lin)
        for what, scope in (("the district's", EVERYTHING), ("a street's", yours), ("one's own grids'", scope_of(lin))):
            found = common.milliseconds(lambda _, of=scope: queries_figures.list_own(tx, of), 50)
            yield common.p95_row(f"{what} figures", found, "≤ 50")
        pages = [("the district", EVERYTHING), ("a street", rules.seen_by(zhang)), ("one's own grids", own)]
        for what, scope in pages:
            for group in (Group.aged, Group.alone_aged, Group.care):
                keys: list[tuple[str, UUID] | None] = [None]
                while len(keys) < 4 and (page := queries.list_group(tx, scope, group, after=keys[-1], limit=100)):
                    keys.append((page[-1].code, page[-1].id))
                found = common.milliseconds(
                    lambda i, s=scope, g=group, k=keys: queries.list_group(tx, s, g, after=k[i % len(k)], limit=100), 30
                )
                yield common.p95_row(f"a page of {group} in {what}", found, "≤ 200")
        found = common.milliseconds(
            lambda _: queries.list_buildings(tx, yours, yours, Wanted("building"), limit=100), 30
        )
        yield common.p95_row("a page of 100 buildings, with how many", found, "≤ 200")
        rows = queries.list_group(tx, rules.seen_by(zhang), Group.aged, limit=500)
        found = common.milliseconds(lambda i: queries.get_home(tx, zhang, rows[i % len(rows)].home_id), 200)
        yield common.p95_row("one home's file", found, "≤ 20")
        houses = [row.building_id for row in rows if row.building_id]
        found = common.milliseconds(lambda i: queries.get_house(tx, zhang, houses[i % len(houses)]), 50)
        yield common.p95_row("a building with its homes", found, "≤ 50")
        names = [dice.choice(SURNAMES) + dice.choice(FIRST) + dice.choice(SECOND) for _ in range(200)]
        found = common.milliseconds(lambda i: queries.list_named(tx, EVERYTHING, names[i % 200]), 200)
        yield common.p95_row("sought by a whole name", found, "≤ 50")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=N, help="how many residents")
    common.show(run(None, parser.parse_args().n), "以房管人 Homes")
