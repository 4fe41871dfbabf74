"""SQL that writes things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import msgspec

from yiwang.kit.db import Database, Tx, query, statement
from yiwang.kit.jobs import to_the_end
from yiwang.register import rules
from yiwang.register.model import Thing, WrittenRow

WORDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that was not there yet; `name`: of the second thing."""

    thing_id: UUID
    to_id: UUID
    name: str


THING: LiteralString = (
    "select t.id, t.kind, t.code, t.name, t.address, t.unit_id, u.name as unit_name, u.path::text as unit_path, t.grid_code,"
    " t.lon, t.lat, t.shape, t.datum, t.raw_x, t.raw_y, t.placed, t.generated, t.state, t.ended, t.version, t.attributes, t.n,"
    " t.import_id, t.added_at, t.changed_at from register.thing t join network.unit u on u.id = t.unit_id where t.id = %(id)s"
)
LOCK = query(Thing, THING + " for update of t")
ADD = query(
    bool,
    "insert into register.thing (id, kind, code, name, address, unit_id, grid_code, lon, lat, shape, datum, raw_x, raw_y, placed,"
    " generated, state, ended, version, attributes, n, added_at, changed_at) select %(id)s, %(kind)s, %(code)s, %(name)s,"
    " %(address)s, g.community_id, g.code, %(lon)s, %(lat)s, %(shape)s, %(datum)s, %(raw_x)s, %(raw_y)s, %(placed)s,"
    " %(generated)s, %(state)s, %(ended)s, %(version)s, %(attributes)s::jsonb, 1, %(now)s, %(now)s from city.unit_grid g"
    " where g.code = %(grid_code)s on conflict (id) do nothing returning true",
)
PUT = statement(
    "update register.thing t set name = %(name)s, address = %(address)s, unit_id = g.community_id, grid_code = g.code,"
    " lon = %(lon)s, lat = %(lat)s, datum = %(datum)s, raw_x = %(raw_x)s, raw_y = %(raw_y)s, placed = %(placed)s,"
    " state = %(state)s, ended = %(ended)s, version = %(version)s, attributes = %(attributes)s::jsonb, n = t.n + 1,"
    " changed_at = %(now)s from city.unit_grid g where t.id = %(id)s and g.code = %(grid_code)s"
)
REVISE = statement(
    "insert into register.revision (thing_id, n, at, by, was, is_now) values"
    " (%(thing_id)s, %(n)s, %(now)s, %(by)s, %(was)s::jsonb, %(is_now)s::jsonb)"
)
FILED = statement(
    "insert into register.filed (thing_id, field, value) select %(thing_id)s, f.field, f.value"
    " from json_to_recordset(%(fields)s::json) as f (field text, value jsonb) on conflict do nothing"
)
TAKEN = statement(
    "delete from register.filed f using unnest(%(things)s::uuid[], %(fields)s::text[]) as k (thing_id, field)"
    " where f.thing_id = k.thing_id and f.field = k.field"
)
PUT_PARTY = statement(
    "insert into register.party (thing_id, role, unit_id) values (%(thing_id)s, %(role)s, %(unit_id)s)"
    " on conflict (thing_id, role) do update set unit_id = excluded.unit_id"
)
DROP_PARTY = statement("delete from register.party where thing_id = %(thing_id)s and role = %(role)s")
ADD_LINK = query(
    bool,
    "insert into register.link (thing_id, role, to_id) values (%(thing_id)s, %(role)s, %(to_id)s)"
    " on conflict do nothing returning true",
)
LINK_MANY = query(
    Linked,
    "insert into register.link (thing_id, role, to_id) select t.id, %(role)s, o.id"
    " from unnest(%(things)s::uuid[], %(to)s::uuid[]) as a (thing_id, to_id) join register.thing t on t.id = a.thing_id"
    " join network.unit u on u.id = t.unit_id join register.thing o on o.id = a.to_id"
    " where t.kind = %(kind)s and u.path <@ %(path)s::ltree and t.id <> o.id on conflict do nothing"
    " returning thing_id, to_id, (select name from register.thing n where n.id = to_id) as name",
)
DROP_LINK = query(
    bool,
    "delete from register.link where thing_id = %(thing_id)s and role = %(role)s and to_id = %(to_id)s returning true",
)
ADD_DOCUMENT = query(
    bool,
    "insert into register.document (thing_id, id, name, sha256, by, at) values"
    " (%(thing_id)s, %(id)s, %(name)s, %(sha256)s, %(by)s, %(now)s) on conflict (thing_id, id) do nothing returning true",
)
DROP_DOCUMENT = query(
    str,
    "update register.document set dropped_at = %(now)s where thing_id = %(thing_id)s and id = %(id)s and dropped_at is null"
    " returning sha256",
)

# ── imports ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Put:
    added: list[UUID]
    changed: list[UUID]


LOCK_IMPORT = query(bool, "select pg_advisory_xact_lock(7908) is null")
ADD_IMPORT = statement(
    "insert into register.import (id, kind, unit_id, source, sha256, by, at, rows, added, changed, unchanged, bad) values"
    " (%(id)s, %(kind)s, %(unit_id)s, %(source)s, %(sha256)s, %(by)s, %(now)s, 0, 0, 0, 0, 0)"
)
COUNT_IMPORT = statement(
    "update register.import set rows = %(rows)s, added = %(added)s, changed = %(changed)s, unchanged = %(unchanged)s,"
    " bad = %(bad)s where id = %(id)s"
)
# What was is read before it is written over: all parts of one statement see the rows as they stood.
PUT_ROWS = query(
    Put,
    """
with i as materialized (
  select * from json_to_recordset(%(rows)s::json) as i(id uuid, code text, name text, address text, grid_code text, lon float8,
    lat float8, datum text, raw_x float8, raw_y float8, placed boolean, state text, ended boolean, attributes jsonb)),
put as (
  insert into register.thing as t (id, kind, code, name, address, unit_id, grid_code, lon, lat, datum, raw_x, raw_y, placed,
    generated, state, ended, version, attributes, n, import_id, added_at, changed_at)
  select i.id, %(kind)s, i.code, i.name, i.address, g.community_id, i.grid_code, i.lon, i.lat, i.datum, i.raw_x, i.raw_y, i.placed,
    %(generated)s, i.state, i.ended, %(version)s, i.attributes, 1, %(import_id)s, %(now)s, %(now)s
  from i join city.unit_grid g on g.code = i.grid_code
  on conflict (id) do update set name = excluded.name, address = excluded.address, unit_id = excluded.unit_id,
    grid_code = excluded.grid_code, lon = excluded.lon, lat = excluded.lat, datum = excluded.datum, raw_x = excluded.raw_x,
    raw_y = excluded.raw_y, placed = excluded.placed, state = excluded.state, ended = excluded.ended,
    version = excluded.version, attributes = excluded.attributes, n = t.n + 1, import_id = excluded.import_id,
    changed_at = excluded.changed_at
  where (t.name, t.address, t.grid_code, t.lon, t.lat, t.placed, t.state, t.attributes)
    is distinct from (excluded.name, excluded.address, excluded.grid_code, excluded.lon, excluded.lat, excluded.placed,
    excluded.state, excluded.attributes)
  returning t.id, t.n, (t.xmax = 0) as fresh),
noted as (
  insert into register.revision (thing_id, n, at, by, import_id, was, is_now)
  select p.id, p.n, %(now)s, %(by)s, %(import_id)s,
    coalesce(jsonb_build_object('name', o.name, 'address', o.address, 'grid_code', o.grid_code, 'lon', o.lon, 'lat', o.lat,
      'placed', o.placed, 'state', o.state, 'attributes', o.attributes), '{}'),
    jsonb_build_object('name', i.name, 'address', i.address, 'grid_code', i.grid_code, 'lon', i.lon, 'lat', i.lat,
      'placed', i.placed, 'state', i.state, 'attributes', i.attributes)
  from put p join i on i.id = p.id left join register.thing o on o.id = p.id where not p.fresh)
select coalesce(array_agg(id) filter (where fresh), '{}') as added, coalesce(array_agg(id) filter (where not fresh), '{}') as changed from put
""",
)
# Whoever has to do with a thing that was there already changes hands by a file: a change of that thing, told once with its others.
PUT_PARTIES = query(
    UUID,
    """
with given as materialized (
  select * from unnest(%(things)s::uuid[], %(roles)s::text[], %(units)s::uuid[]) as g(thing_id, role, unit_id)),
put as (
  insert into register.party as p (thing_id, role, unit_id) select * from given
  on conflict (thing_id, role) do update set unit_id = excluded.unit_id where p.unit_id <> excluded.unit_id),
moved as materialized (
  select t.id, t.n, jsonb_object_agg(g.role, was.name) as was, jsonb_object_agg(g.role, u.name) as is_now
  from given g join register.thing t on t.id = g.thing_id and (t.n > 1 or t.import_id is distinct from %(import_id)s)
  left join register.party p on p.thing_id = g.thing_id and p.role = g.role
  left join network.unit was on was.id = p.unit_id join network.unit u on u.id = g.unit_id
  where p.unit_id is distinct from g.unit_id group by t.id),
bumped as (
  update register.thing t set n = t.n + 1, import_id = %(import_id)s, changed_at = %(now)s from moved m where t.id = m.id),
noted as (
  insert into register.revision (thing_id, n, at, by, import_id, was, is_now)
  select id, n + 1, %(now)s, %(by)s, %(import_id)s, jsonb_build_object('parties', was), jsonb_build_object('parties', is_now) from moved)
select id from moved
""",
)


def lock_thing(tx: Tx, thing_id: UUID) -> Thing:
    """The thing, its row locked; NotFound when there is none."""
    thing = LOCK.maybe(tx, id=thing_id)
    if thing is None:
        raise rules.unknown()
    return thing


def put_rows(
    tx: Tx, rows: Sequence[WrittenRow], *, kind: str, version: int, import_id: UUID, generated: bool, by: UUID
) -> Put:
    """Which were added, which changed; rows that are the same as before are not touched."""
    if not rows:
        return Put([], [])
    put = PUT_ROWS.one(
        tx, rows=msgspec.json.encode(rows).decode(), kind=kind, version=version, import_id=import_id, generated=generated, by=by, now=tx.now,
    )  # fmt: skip
    told = [(row.id, role, unit) for row in rows for role, unit in row.parties.items()]
    if not told:
        return put
    things, roles, units = (list(column) for column in zip(*told, strict=True))
    moved = PUT_PARTIES.all(tx, things=things, roles=roles, units=units, import_id=import_id, by=by, now=tx.now)
    return Put(put.added, [*{*put.changed, *moved}])


# ── counts ────────────────────────────────────────────────────────────────────────────────────────────────────────

TAKE_AGAIN = query(
    str,
    "with taken as (delete from register.tally_again returning grid_code) select distinct grid_code from taken order by 1",
)
DROP_TALLY = statement("delete from register.tally where grid_code = any(%(grids)s)")
ADD_TALLY = statement(
    "insert into register.tally (grid_code, kind, state, things) select t.grid_code, t.kind, t.state, count(*)::int"
    " from register.thing t where t.grid_code = any(%(grids)s) and not t.ended group by t.grid_code, t.kind, t.state"
)
INDEX = query(
    int,
    """
with taken as (
  delete from register.words_again where ctid = any(array(select ctid from register.words_again limit %(limit)s for update skip locked))
  returning thing_id),
put as (
  insert into register.words (thing_id, grams) select t.id, register.grams(t.text) from register.thing t where t.id in (select thing_id from taken)
  on conflict (thing_id) do update set grams = excluded.grams)
select count(*)::int as n from taken
""",
)
LOCK_TALLY = query(bool, "select pg_advisory_xact_lock(7915) is null")


def put_tally(tx: Tx) -> int:
    """Count anew every grid in which something has changed; returns how many grids."""
    LOCK_TALLY.one(tx)
    grids = TAKE_AGAIN.all(tx)
    if grids:
        DROP_TALLY.run(tx, grids=grids)
        ADD_TALLY.run(tx, grids=grids)
    return len(grids)


def index_words(database: Database) -> int:
    """Periodic: things that were added or changed are found by the index; how many."""
    return to_the_end(database, lambda tx: INDEX.one(tx, limit=WORDS_AT_ONCE), WORDS_AT_ONCE)
