"""Writes of the lists."""

from __future__ import annotations

from uuid import UUID

from yiwang.dispatch.model import GoodRow
from yiwang.kit.db import Tx, query, statement

NEW_LIST = statement(
    "insert into dispatch.list (id, unit_id, version, digest) values (%(id)s, %(unit_id)s, 0, '') on conflict do nothing"
)
LOCK_VERSION = query(int, "select version from dispatch.list where id = %(id)s for update")
DIGEST = query(str, "select digest from dispatch.list where id = %(id)s")
FORWARD = statement("update dispatch.list set version = %(version)s, digest = %(digest)s where id = %(id)s")
ADD_VERSION = statement(
    "insert into dispatch.version (list_id, version, at, by, source, digest, rows, bad)"
    " values (%(list_id)s, %(version)s, %(at)s, %(by)s, %(source)s, %(digest)s, %(rows)s, %(bad)s)"
)
RETIRE = statement("update dispatch.line set current = false where list_id = %(list_id)s and current")
ADD_LINES = statement(
    "insert into dispatch.line (id, list_id, version, n, span, scheme, kind, code, name, area_id, hours, lead_id,"
    " assist_ids, basis, valid_from, valid_to, current)"
    " select v.id, %(list_id)s, %(version)s, v.n, v.span, v.scheme, v.kind, v.code, v.name, v.area_id, v.hours,"
    " v.lead_id, v.assist_ids::uuid[], v.basis, v.valid_from, v.valid_to, true"
    " from unnest(%(ids)s::uuid[], %(ns)s::int[], %(spans)s::text[], %(schemes)s::text[], %(kinds)s::text[],"
    " %(codes)s::text[], %(names)s::text[], %(area_ids)s::uuid[], %(hours)s::text[], %(lead_ids)s::uuid[],"
    " %(assist_ids)s::text[], %(basis)s::text[], %(valid_froms)s::date[], %(valid_tos)s::date[])"
    " as v(id, n, span, scheme, kind, code, name, area_id, hours, lead_id, assist_ids, basis, valid_from, valid_to)"
)
ROWS = query(
    GoodRow,
    "select span, scheme, kind, code, name, area_id, hours, lead_id, assist_ids, basis, valid_from, valid_to"
    " from dispatch.line where list_id = %(list_id)s and version = %(version)s order by n",
)


def lock_list(tx: Tx, list_id: UUID, unit_id: UUID) -> int:
    """The list's version in force (0: none yet), its row locked; made when it is not there."""
    NEW_LIST.run(tx, id=list_id, unit_id=unit_id)
    return LOCK_VERSION.one(tx, id=list_id)
