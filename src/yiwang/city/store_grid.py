"""SQL that writes grids, outlines and roads. Loads go by COPY into a temporary table and one statement each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from yiwang.city.model_grid import NewArea, NewDuty, NewGrid, NewRoad
from yiwang.city.rules_grid import to_text
from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import named_id

LOCK = query(bool, "select pg_advisory_xact_lock(7906) is null")
ADD_DUTY = statement(
    "insert into city.duty_grid (id, code, name, street_code, street_id, valid_from)"
    " values (%(id)s, %(code)s, %(name)s, %(street_code)s, %(street_id)s, %(now)s)"
    " on conflict (code) do update set name = excluded.name, valid_to = null"
    " where (duty_grid.name, duty_grid.valid_to) is distinct from (excluded.name, null)"
)
STAGE = statement(
    "create temp table incoming_grid (code text primary key, community_id uuid, duty_grid_id uuid, area_m2 int, shape polygon)"
    " on commit drop"
)
COPY = "copy incoming_grid (code, community_id, duty_grid_id, area_m2, shape) from stdin"
UPSERT = """
with put as (
  insert into city.unit_grid as g (code, community_id, duty_grid_id, area_m2, shape, valid_from)
  select code, community_id, duty_grid_id, area_m2, shape, %(now)s from incoming_grid
  on conflict (code) do update set community_id = excluded.community_id, duty_grid_id = excluded.duty_grid_id,
    area_m2 = excluded.area_m2, shape = excluded.shape, valid_to = null
  where (g.community_id, g.duty_grid_id, g.area_m2, g.shape::text, g.valid_to)
    is distinct from (excluded.community_id, excluded.duty_grid_id, excluded.area_m2, excluded.shape::text, null)
  returning (g.xmax = 0) as fresh)
select count(*) filter (where fresh), count(*) filter (where not fresh) from put
"""
END = statement(
    "update city.unit_grid set valid_to = %(now)s where district_code = any(%(districts)s) and valid_to is null"
    " and not exists (select from incoming_grid i where i.code = unit_grid.code)"
)
END_DUTY = statement(
    "update city.duty_grid set valid_to = %(now)s where left(street_code, 6) = any(%(districts)s) and valid_to is null"
    " and not code = any(%(codes)s)"
)
DROP_STAGE = statement("drop table incoming_grid")
DROP_AREAS = statement("delete from city.area where unit_code = any(%(codes)s)")
ADD_AREA = statement(
    "insert into city.area (unit_code, part, level, unit_id, shape)"
    " values (%(unit_code)s, %(part)s, %(level)s, %(unit_id)s, %(shape)s::polygon)"
)
DROP_ROADS = statement("delete from city.road where district_code = %(district)s")
COPY_ROADS = "copy city.road (district_code, n, name, class, line, bbox) from stdin"


def put_duties(tx: Tx, duties: Sequence[NewDuty], districts: list[str]) -> None:
    ADD_DUTY.run_many(
        tx,
        [
            {
                "id": named_id(f"duty:{d.code}"),
                "code": d.code,
                "name": d.name,
                "street_code": d.street_code,
                "street_id": named_id(f"unit:{d.street_code}"),
                "now": tx.now,
            }
            for d in duties
        ],
    )
    END_DUTY.run(tx, districts=districts, codes=[d.code for d in duties], now=tx.now)


def put_grids(tx: Tx, grids: Iterable[NewGrid], districts: list[str]) -> tuple[int, int, int]:
    """(added, changed, ended)."""
    STAGE.run(tx)
    with tx.conn.cursor() as cursor, cursor.copy(COPY) as copy:
        for g in grids:
            copy.write_row((g.code, _unit(g.code[:12]), named_id(f"duty:{g.duty}"), g.area_m2, to_text(g.ring)))
    added, changed = tx.conn.execute(UPSERT, {"now": tx.now}).fetchone() or (0, 0)
    ended = END.run(tx, districts=districts, now=tx.now)
    DROP_STAGE.run(tx)
    return added, changed, ended


def put_areas(tx: Tx, areas: Sequence[NewArea]) -> None:
    """Replaces the outlines of the units named, leaves others alone."""
    DROP_AREAS.run(tx, codes=list({a.unit_code for a in areas}))
    ADD_AREA.run_many(
        tx,
        [
            {
                "unit_code": a.unit_code,
                "part": a.part,
                "level": a.level,
                "unit_id": _unit(a.unit_code),
                "shape": to_text(a.ring),
            }
            for a in areas
        ],
    )


def put_roads(tx: Tx, district: str, roads: Sequence[NewRoad]) -> None:
    """Replaces the roads loaded with this district."""
    DROP_ROADS.run(tx, district=district)
    with tx.conn.cursor() as cursor, cursor.copy(COPY_ROADS) as copy:
        for n, r in enumerate(roads, 1):
            xs, ys = zip(*r.line, strict=True)
            box = f"({max(xs)},{max(ys)}),({min(xs)},{min(ys)})"
            copy.write_row((district, n, r.name, r.class_, "[" + to_text(r.line)[1:-1] + "]", box))


def _unit(code: str) -> UUID:
    return named_id(f"unit:{code}")
