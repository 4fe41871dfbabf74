"""SQL that writes grids, outlines and roads: whole loads as one JSON parameter, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from yiwang.city.model_grid import NewArea, NewDuty, NewGrid, NewRoad, Put
from yiwang.city.rules_grid import to_text
from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import named_id

LOCK = query(bool, "select pg_advisory_xact_lock(7909) is null")  # 7906 is the settler's: a load must not hold it back
ADD_DUTY = statement(
    "insert into city.duty_grid (id, code, name, street_code, street_id, valid_from)"
    " values (%(id)s, %(code)s, %(name)s, %(street_code)s, %(street_id)s, %(now)s)"
    " on conflict (code) do update set name = excluded.name, valid_to = null"
    " where (duty_grid.name, duty_grid.valid_to) is distinct from (excluded.name, null)"
)
PUT = query(
    Put,
    """
with put as (
  insert into city.unit_grid as g (code, community_id, duty_grid_id, area_m2, shape, valid_from)
  select i.code, i.community_id, i.duty_grid_id, i.area_m2, i.shape, %(now)s
  from json_to_recordset(%(rows)s::json) as i(code text, community_id uuid, duty_grid_id uuid, area_m2 int, shape polygon)
  on conflict (code) do update set community_id = excluded.community_id, duty_grid_id = excluded.duty_grid_id,
    area_m2 = excluded.area_m2, shape = excluded.shape, valid_to = null
  where (g.community_id, g.duty_grid_id, g.area_m2, g.shape::text, g.valid_to)
    is distinct from (excluded.community_id, excluded.duty_grid_id, excluded.area_m2, excluded.shape::text, null)
  returning (g.xmax = 0) as fresh)
select (count(*) filter (where fresh))::int as added, (count(*) filter (where not fresh))::int as changed from put
""",
)
END = statement(
    "update city.unit_grid set valid_to = %(now)s where district_code = any(%(districts)s) and valid_to is null"
    " and not code = any(%(codes)s)"
)
END_DUTY = statement(
    "update city.duty_grid set valid_to = %(now)s where left(street_code, 6) = any(%(districts)s) and valid_to is null"
    " and not code = any(%(codes)s)"
)
DROP_AREAS = statement("delete from city.area where unit_code = any(%(codes)s)")
ADD_AREAS = statement(
    "insert into city.area (unit_code, part, level, unit_id, shape)"
    " select i.unit_code, i.part, i.level, i.unit_id, i.shape from json_to_recordset(%(rows)s::json)"
    " as i(unit_code text, part int, level int, unit_id uuid, shape polygon)"
)
DROP_ROADS = statement("delete from city.road where district_code = %(district)s")
ADD_ROADS = statement(
    "insert into city.road (district_code, n, name, class, line, bbox)"
    " select %(district)s, i.n, i.name, i.class, i.line, i.bbox from json_to_recordset(%(rows)s::json)"
    " as i(n int, name text, class text, line path, bbox box)"
)


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


def put_grids(tx: Tx, grids: Sequence[NewGrid], districts: list[str]) -> tuple[int, int, int]:
    """(added, changed, ended)."""
    rows = [
        {
            "code": g.code,
            "community_id": _unit(g.code[:12]),
            "duty_grid_id": named_id(f"duty:{g.duty}"),
            "area_m2": g.area_m2,
            "shape": to_text(g.ring),
        }
        for g in grids
    ]
    put = PUT.one(tx, rows=_json(rows), now=tx.now)
    ended = END.run(tx, districts=districts, codes=[g.code for g in grids], now=tx.now)
    return put.added, put.changed, ended


def put_areas(tx: Tx, areas: Sequence[NewArea]) -> None:
    """Replaces the outlines of the units named, leaves others alone."""
    DROP_AREAS.run(tx, codes=list({a.unit_code for a in areas}))
    rows = [
        {
            "unit_code": a.unit_code,
            "part": a.part,
            "level": a.level,
            "unit_id": _unit(a.unit_code),
            "shape": to_text(a.ring),
        }
        for a in areas
    ]
    ADD_AREAS.run(tx, rows=_json(rows))


def put_roads(tx: Tx, district: str, roads: Sequence[NewRoad]) -> None:
    """Replaces the roads loaded with this district."""
    rows = []
    for n, r in enumerate(roads, 1):
        xs, ys = zip(*r.line, strict=True)
        box = f"({max(xs)},{max(ys)}),({min(xs)},{min(ys)})"
        rows.append({"n": n, "name": r.name, "class": r.class_, "line": f"[{to_text(r.line)[1:-1]}]", "bbox": box})
    DROP_ROADS.run(tx, district=district)
    ADD_ROADS.run(tx, district=district, rows=_json(rows))


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _unit(code: str) -> UUID:
    return named_id(f"unit:{code}")
