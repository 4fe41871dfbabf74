"""SQL that writes components: an upsert of thousands at a time, as one JSON parameter."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from yiwang.city.model_component import ComponentRow
from yiwang.city.model_grid import Put
from yiwang.kit.db import Tx, query, statement

CHUNK = 20_000

LOCK = query(bool, "select pg_advisory_xact_lock(7907) is null")
PUT = query(
    Put,
    """
with put as (
  insert into city.component as c (code, scheme, type_code, name, keeper_code, keeper_name, owner_code, owner_name,
    maintainer_code, maintainer_name, grid_code, state, lon, lat, raw_x, raw_y, datum, accuracy, first_on, changed_on,
    source, note, import_id, added_at, updated_at)
  select i.*, %(import_id)s, %(now)s, %(now)s from json_to_recordset(%(rows)s::json) as i(code text, scheme text,
    type_code text, name text, keeper_code text, keeper_name text, owner_code text, owner_name text, maintainer_code text,
    maintainer_name text, grid_code text, state text, lon float8, lat float8, raw_x float8, raw_y float8, datum text,
    accuracy text, first_on date, changed_on date, source text, note text)
  on conflict (code) do update set scheme = excluded.scheme, type_code = excluded.type_code, name = excluded.name,
    keeper_code = excluded.keeper_code, keeper_name = excluded.keeper_name, owner_code = excluded.owner_code,
    owner_name = excluded.owner_name, maintainer_code = excluded.maintainer_code,
    maintainer_name = excluded.maintainer_name, grid_code = excluded.grid_code, state = excluded.state,
    lon = excluded.lon, lat = excluded.lat, raw_x = excluded.raw_x, raw_y = excluded.raw_y, datum = excluded.datum,
    accuracy = excluded.accuracy, first_on = excluded.first_on, changed_on = excluded.changed_on,
    source = excluded.source, note = excluded.note, import_id = excluded.import_id, updated_at = excluded.updated_at
  where (c.scheme, c.type_code, c.name, c.keeper_code, c.keeper_name, c.owner_code, c.owner_name, c.maintainer_code,
    c.maintainer_name, c.grid_code, c.state, c.lon, c.lat, c.raw_x, c.raw_y, c.datum, c.accuracy, c.first_on,
    c.changed_on, c.source, c.note)
  is distinct from (excluded.scheme, excluded.type_code, excluded.name, excluded.keeper_code, excluded.keeper_name,
    excluded.owner_code, excluded.owner_name, excluded.maintainer_code, excluded.maintainer_name, excluded.grid_code,
    excluded.state, excluded.lon, excluded.lat, excluded.raw_x, excluded.raw_y, excluded.datum, excluded.accuracy,
    excluded.first_on, excluded.changed_on, excluded.source, excluded.note)
  returning (c.xmax = 0) as fresh)
select (count(*) filter (where fresh))::int as added, (count(*) filter (where not fresh))::int as changed from put
""",
)
ADD_IMPORT = statement(
    "insert into city.component_import (id, source, sha256, unit_code, by, at, rows, added, changed, unchanged, bad)"
    " values (%(id)s, %(source)s, %(sha256)s, %(unit_code)s, %(by)s, %(now)s, %(rows)s, 0, 0, 0, %(bad)s)"
)
COUNT_IMPORT = statement(
    "update city.component_import set added = %(added)s, changed = %(changed)s, unchanged = %(unchanged)s where id = %(id)s"
)


def put_components(tx: Tx, import_id: UUID, rows: Sequence[ComponentRow]) -> tuple[int, int]:
    """(added, changed); rows that are the same as before are not touched."""
    added = changed = 0
    for at in range(0, len(rows), CHUNK):
        put = PUT.one(tx, rows=msgspec.json.encode(rows[at : at + CHUNK]).decode(), import_id=import_id, now=tx.now)
        added, changed = added + put.added, changed + put.changed
    return added, changed
