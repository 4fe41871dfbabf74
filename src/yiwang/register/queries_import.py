"""What files of things are checked against, and what an export reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.db import Database, Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries, rules_file
from yiwang.register.model import ThingRow
from yiwang.register.model_kind import Kind


@dataclass(frozen=True, slots=True)
class _UnitOf:
    code: str
    id: UUID


@dataclass(frozen=True, slots=True)
class _PartyOf:
    thing_id: UUID
    role: str
    code: str


UNITS = query(_UnitOf, "select code, id from network.unit where code = any(%(codes)s) and valid_to is null")
FILED = query(
    rules_file.Filed,
    "select f.thing_id, f.field, f.value, t.name, t.address, t.state, t.grid_code, t.lon, t.lat, t.datum, t.raw_x, t.raw_y, t.placed,"
    " t.attributes from register.filed f join register.thing t on t.id = f.thing_id where f.thing_id = any(%(ids)s)"
    " order by t.code, f.field",
)
PARTIES = query(
    _PartyOf,
    "select p.thing_id, p.role, u.code from register.party p join network.unit u on u.id = p.unit_id"
    " where p.thing_id = any(%(ids)s)",
)
PAGE = 2000


def find_unit_ids(tx: Tx, codes: Collection[str]) -> dict[str, UUID]:
    return {u.code: u.id for u in UNITS.all(tx, codes=list(codes))} if codes else {}


def walk_pages(database: Database, scope: Scope, kind: Kind, wanted: queries.Wanted) -> Iterator[list[list[object]]]:
    """An export, a page at a time, each read by itself: the heads, then what an import of it would read."""
    yield [list(rules_file.heads_of(kind))]
    after = None
    while True:
        with database.transaction() as tx:
            rows = queries.list_things(tx, scope, wanted, after=after, limit=PAGE)
            parties = _parties(tx, rows)
        yield [rules_file.cells_of(kind, row, parties.get(row.id, {})) for row in rows]
        if len(rows) < PAGE:
            return
        after = (rows[-1].code, rows[-1].id)


def _parties(tx: Tx, rows: Sequence[ThingRow]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    for p in PARTIES.all(tx, ids=[row.id for row in rows]):
        found.setdefault(p.thing_id, {})[p.role] = p.code
    return found
