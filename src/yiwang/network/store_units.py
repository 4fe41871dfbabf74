"""Writes and locks of the tree. Every change of the tree holds one lock, so two moves cannot make a ring together."""

from __future__ import annotations

from typing import LiteralString

from yiwang.kit.db import query, statement
from yiwang.network.model_units import Unit

COLUMNS: LiteralString = (
    "u.id, u.code, u.name, u.short_name, u.kind, u.parent_id, u.path::text as path, u.level, u.functional, u.area_code,"
    " u.valid_from, u.valid_to, u.successor_id"
)

# Not the settler's lock (7906), which a long load of units would hold back. Whoever writes who may see a case holds this
# one shared (migration 0008: cases.hold_tree).
TREE_LOCK = query(bool, "select true from pg_advisory_xact_lock(7908)")
LOCK = query(Unit, f"select {COLUMNS} from network.unit u where u.id = any(%(ids)s) order by u.id for update")
BY_CODE = query(Unit, f"select {COLUMNS} from network.unit u where u.code = any(%(codes)s)")
BY_ID = query(Unit, f"select {COLUMNS} from network.unit u where u.id = any(%(ids)s)")
CHILDREN = query(
    Unit, f"select {COLUMNS} from network.unit u where u.parent_id = any(%(ids)s) order by u.code for update"
)
TOUCHED = query(
    str,
    "select u.code from network.unit u where u.code = any(%(codes)s) and exists"
    " (select from network.unit_past p where p.unit_id = u.id and p.why <> 'load')",
)
ADD = statement(
    "insert into network.unit (id, code, name, short_name, kind, parent_id, path, level, functional, area_code, valid_from)"
    " values (%(id)s, %(code)s, %(name)s, %(short_name)s, %(kind)s, %(parent_id)s, %(path)s::ltree, %(level)s,"
    " %(functional)s, %(area_code)s, %(now)s)"
)
ADD_MANY = statement(
    "insert into network.unit (id, code, name, short_name, kind, parent_id, path, level, functional, area_code, valid_from)"
    " select v.id, v.code, v.name, v.short_name, v.kind, v.parent_id, v.path::ltree, v.level, v.functional, v.area_code,"
    " %(now)s from unnest(%(ids)s::uuid[], %(codes)s::text[], %(names)s::text[], %(short_names)s::text[],"
    " %(kinds)s::text[], %(parents)s::uuid[], %(paths)s::text[], %(levels)s::int[], %(functionals)s::bool[],"
    " %(area_codes)s::text[])"
    " as v(id, code, name, short_name, kind, parent_id, path, level, functional, area_code)"
)
KEEP_PAST = statement(
    "insert into network.unit_past (unit_id, n, since, until, why, name, short_name, parent_id, path)"
    " select u.id, coalesce(last.n, 0) + 1, coalesce(last.until, u.valid_from), %(now)s, %(why)s, u.name, u.short_name,"
    " u.parent_id, u.path from network.unit u left join lateral (select p.n, p.until from network.unit_past p"
    " where p.unit_id = u.id order by p.n desc limit 1) last on true where u.id = any(%(ids)s)"
)
RENAME = statement("update network.unit set name = %(name)s, short_name = %(short_name)s where id = %(id)s")
REPARENT = statement("update network.unit set parent_id = %(parent_id)s where id = any(%(ids)s)")
CHANGE_MANY = statement(
    "update network.unit u set name = v.name, short_name = v.short_name, parent_id = v.parent_id"
    " from unnest(%(ids)s::uuid[], %(names)s::text[], %(short_names)s::text[], %(parents)s::uuid[])"
    " as v(id, name, short_name, parent_id) where u.id = v.id"
)
CLOSE = statement(
    "update network.unit set parent_id = %(into_id)s, successor_id = %(into_id)s,"
    " valid_to = greatest(%(now)s, valid_from)"  # the clock may have been set back meanwhile
    " where id = any(%(ids)s)"
)
# One hop always: who was merged into a unit that is merged now follows it.
FOLLOW = statement("update network.unit set successor_id = %(into_id)s where successor_id = any(%(ids)s)")
# From the top down, so the paths are right whatever was changed before; touches only the rows that differ.
REPATH = statement(
    "with recursive tree as (select u.id, u.label as path from network.unit u where u.parent_id is null"
    " union all select u.id, tree.path || u.label from tree join network.unit u on u.parent_id = tree.id)"
    " update network.unit u set path = tree.path from tree where u.id = tree.id and u.path <> tree.path"
)
LOST = query(
    int,
    "with recursive tree as (select u.id from network.unit u where u.parent_id is null"
    " union all select u.id from tree join network.unit u on u.parent_id = tree.id)"
    " select ((select count(*) from network.unit) - (select count(*) from tree))::int",
)
