"""Reads of the tree: one unit, what stands under it, what it was called, who stands for it now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Json

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.network.model_units import KnownUnit, NamedUnit, Unit, UnitPast, UnitRow
from yiwang.network.rules import ground_of, is_within
from yiwang.network.store_units import COLUMNS

ONE = query(Unit, f"select {COLUMNS} from network.unit u where u.id = %(id)s")
ONE_BY_CODE = query(
    Unit, f"select {COLUMNS} from network.unit u where u.code = %(code)s order by u.valid_to desc limit 1"
)
NOW = query(
    Unit, f"select {COLUMNS} from network.unit_now n join network.unit u on u.id = n.unit_id where n.id = %(id)s"
)
NOW_MANY = query(
    Unit,
    f"select {COLUMNS} from network.unit u where u.id in (select n.unit_id from network.unit_now n where n.id = any(array("
    "select json_array_elements_text(%(ids)s::json)::uuid)))",  # not an array: so its plan is made once
    apart=True,
)
# Seen are the scope's subtrees, and the way down to them.
LIST = query(
    UnitRow,
    "select u.id, u.code, u.name, u.short_name, u.kind, u.parent_id, u.path::text as path, u.level, u.functional,"
    " (select count(*) from network.unit c where c.parent_id = u.id and c.valid_to is null"
    " and (%(everything)s or c.path <@ %(paths)s::ltree[] or c.path @> %(paths)s::ltree[]))::int as children"
    " from network.unit u where u.valid_to is null and u.code > %(after)s"
    " and (%(everything)s or u.path <@ %(paths)s::ltree[] or u.path @> %(paths)s::ltree[])"
    " and {where} order by u.code limit %(limit)s",
)
PAST = query(
    UnitPast,
    "select unit_id, since, until, why, name, short_name, parent_id, path::text as path"
    " from network.unit_past where unit_id = %(id)s order by n",
)
WAS: LiteralString = (  # a unit as it was at an instant: the first of its past states that ended after it, or the present one
    "select u.id, u.code, coalesce(p.name, u.name) as name,"
    " case when p.unit_id is null then u.parent_id else p.parent_id end as parent_id"
    " from network.unit u left join lateral (select q.unit_id, q.name, q.parent_id from network.unit_past q"
    " where q.unit_id = u.id and q.until > %(at)s order by q.n limit 1) p on true"
)
CHAIN_AT = query(
    NamedUnit,
    f"with recursive up as (select w.*, 0 as step from ({WAS}) w where w.id = %(id)s"
    f" union all select w.*, up.step + 1 from up, lateral ({WAS} where u.id = up.parent_id) w)"
    " select id, code, name from up order by step desc",
)

KNOWN = query(
    KnownUnit,
    "select u.id, u.code, u.name, u.path::text as path, u.kind in ('city', 'district', 'street', 'town', 'zone',"
    " 'neighbourhood', 'village') as area from network.unit u"
    " where u.valid_to is null and (u.code = any(%(words)s) or u.name = any(%(words)s)) order by u.code",
)


def get_unit(tx: Tx, unit_id: UUID) -> Unit:
    """The unit as it stands, closed ones too; NotFound."""
    return _found(ONE.maybe(tx, id=unit_id))


def get_unit_by_code(tx: Tx, code: str) -> Unit:
    return _found(ONE_BY_CODE.maybe(tx, code=code))


def get_unit_now(tx: Tx, unit_id: UUID) -> Unit:
    """The unit itself, or the one it was merged into; NotFound."""
    return _found(NOW.maybe(tx, id=unit_id))


def find_units(tx: Tx, unit_ids: Iterable[UUID]) -> list[Unit]:
    """The units that stand for these now; fewer when some were merged with one another."""
    return NOW_MANY.all(tx, ids=Json(list(unit_ids)))


def list_units(
    tx: Tx,
    scope: Scope,
    parent_id: UUID | None = None,
    *,
    search: str | None = None,
    under: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[UnitRow]:
    """The units directly under `parent_id` (None: the top), or those whose name has `search` in it or whose code begins
    with it, below the path `under`; by code, after the code `after`."""
    if search is not None:
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where = Clause(
            "(u.name like %(pattern)s or u.code like %(prefix)s) and (%(under)s::ltree is null or u.path <@ %(under)s::ltree)",
            {"pattern": f"%{escaped}%", "prefix": f"{escaped}%", "under": under},
        )
    elif parent_id is not None:
        where = Clause("u.parent_id = %(parent_id)s", {"parent_id": parent_id})
    else:
        where = Clause("u.parent_id is null")
    return LIST.all(tx, where, everything=scope.everything, paths=list(scope.paths), after=after, limit=limit)


def find_units_named(tx: Tx, words: Iterable[str], within: Scope | None = None) -> list[KnownUnit]:
    """Those that stand now and whose code or full name is among `words`; of them, with `within`, those in its sight."""
    found = KNOWN.all(tx, words=sorted(set(words)))
    return [u for u in found if within is None or is_in_sight(within, u.path)]


def list_unit_past(tx: Tx, scope: Scope, unit_id: UUID) -> list[UnitPast]:
    """Its former names and places, oldest first; NotFound when the unit is out of sight."""
    get_visible_unit(tx, scope, unit_id)
    return PAST.all(tx, id=unit_id)


def get_visible_unit(tx: Tx, scope: Scope, unit_id: UUID) -> Unit:
    """The unit if it lies in the scope's subtrees or on the way to them; NotFound."""
    unit = get_unit(tx, unit_id)
    return _found(unit if is_in_sight(scope, unit.path) else None)


def get_unit_in_reach(tx: Tx, actor: Actor, unit_id: UUID) -> Unit:
    """The unit that somebody acts on; NotFound alike when it is out of their sight and when there is none."""
    return get_visible_unit(tx, ground_of(actor), unit_id)


def get_unit_in_reach_by_code(tx: Tx, actor: Actor, code: str) -> Unit:
    unit = ONE_BY_CODE.maybe(tx, code=code)
    return _found(unit if unit is not None and is_in_sight(ground_of(actor), unit.path) else None)


def is_in_sight(scope: Scope, path: str) -> bool:
    """Does it lie in the scope's subtrees, or on the way to them?"""
    return scope.everything or any(is_within(path, p) or is_within(p, path) for p in scope.paths)


def demand_in_sight(scope: Scope, path: str) -> None:
    """NotFound unless what lies at this path is in sight."""
    if not is_in_sight(scope, path):
        raise NotFound("network.no_unit", "没有这个单位", "No such unit")


def list_chain_at(tx: Tx, unit_id: UUID, at: datetime) -> list[NamedUnit]:
    """From the top of the tree down to the unit, as they were called and stood at that instant."""
    return CHAIN_AT.all(tx, id=unit_id, at=at)


def _found(unit: Unit | None) -> Unit:
    if unit is None:
        raise NotFound("network.no_unit", "没有这个单位", "No such unit")
    return unit
