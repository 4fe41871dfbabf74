"""Reads of posts as they are held now: in a unit, and for a place."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.network import store_people
from yiwang.network.model import PostKind
from yiwang.network.model_personal import ResponsibleRow
from yiwang.network.model_posts import Holder, PostRow, Responsible
from yiwang.network.queries_people import show_reach

ANSWERING = (PostKind.grid_chief, PostKind.inspector, PostKind.coordinator)
"""网格长, 网格员, 综合协管员: the posts that have grids of their own."""
IN_UNIT = query(
    PostRow,
    "select o.id, p.id as person_id, p.name, o.kind, u.id as unit_id, u.name as unit_name, o.grids, o.since, o.until"
    " from network.post o join network.person p on p.id = o.person_id join network.unit u on u.id = o.unit_id"
    f" where u.path <@ %(path)s::ltree and (%(everything)s or u.path <@ %(paths)s::ltree[]) and {store_people.EFFECTIVE}"
    " and p.erased_at is null and o.id > %(after)s order by o.id limit %(limit)s",
)
FOR_PLACE = query(
    ResponsibleRow,
    "select p.id as person_id, p.name, o.kind as post, u.name as unit_name, %(grid)s = any(o.grids) as for_grid,"
    " d.until as on_duty_until, p.sealed, p.phone, p.wecom"
    " from network.post o join network.person p on p.id = o.person_id join network.unit u on u.id = o.unit_id"
    " left join lateral (select max(x.until) as until from network.duty x where x.post_id = o.id and x.since <= %(at)s"
    " and x.until > %(at)s and (x.grids = '{}' or %(grid)s = any(x.grids))) d on true"
    " where o.kind = any(%(kinds)s) and u.path @> %(path)s::ltree and u.level >= 3"
    f" and (%(everything)s or u.path <@ %(paths)s::ltree[]) and {store_people.EFFECTIVE} and p.erased_at is null"
    " and (%(grid)s = any(o.grids) or o.grids = '{}')"
    " order by %(grid)s = any(o.grids) desc, d.until is null, o.kind, p.name, o.id limit 20",
)

HOLDERS = query(
    Holder,
    "select p.id as person_id, p.name, o.kind as post, u.name as unit_name, u.path::text as unit_path, o.grids"
    " from network.post o join network.person p on p.id = o.person_id join network.unit u on u.id = o.unit_id"
    " where o.kind = any(%(kinds)s) and (u.path <@ %(path)s::ltree or u.path @> %(path)s::ltree) and p.erased_at is null"
    f" and {store_people.EFFECTIVE} order by p.name, p.id, o.kind, o.id",
)


def list_unit_posts(tx: Tx, scope: Scope, unit_path: str, *, after: UUID, limit: int) -> list[PostRow]:
    """The posts held now in a unit and below it, by id."""
    return IN_UNIT.all(
        tx, path=unit_path, everything=scope.everything, paths=list(scope.paths), at=tx.now, after=after, limit=limit
    )


def list_responsible(tx: Tx, scope: Scope, place: str, grid: UUID) -> list[Responsible]:
    """Who answers for a duty grid that lies at this path: whoever's post names it, then those of its neighbourhood and
    street whose posts name none; of those in sight, the ones on duty first, at most 20."""
    kinds = [k.value for k in ANSWERING]
    rows = FOR_PLACE.all(
        tx, path=place, grid=grid, kinds=kinds, everything=scope.everything, paths=list(scope.paths), at=tx.now
    )
    return [_show(row) for row in rows]


def _show(row: ResponsibleRow) -> Responsible:
    phone, wecom = show_reach(row.person_id, row.sealed, row.phone, row.wecom)
    return Responsible(
        row.person_id, row.name, row.post, row.unit_name, row.for_grid, row.on_duty_until, phone, wecom
    )  # fmt: skip


def find_holders(tx: Tx, path: str, kinds: Collection[PostKind]) -> list[Holder]:
    """Who holds one of these posts now, on the ground at this path, in some of it or around it; by name."""
    return HOLDERS.all(tx, path=path, kinds=sorted(kinds), at=tx.now)
