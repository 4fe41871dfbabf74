"""Reading what lower ledgers handed up."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.ledger.model_witness import LowerLedger, LowerState, Witnessed

ONE = query(LowerLedger, "select id, name, public, at from ledger.lower_ledger where id = %(id)s")
BY_NAME = query(LowerLedger, "select id, name, public, at from ledger.lower_ledger where name = %(name)s")
LAST = query(
    Witnessed,
    "select size, root, at, key_id, note, received_at from ledger.witness where lower_id = %(id)s"
    " order by size desc limit 1",
)
NOTES = query(str, "select note from ledger.witness where lower_id = %(id)s order by size")
STATES = query(
    LowerState,
    "select l.id, l.name, coalesce(w.size, 0) as size, w.received_at,"
    " (select count(*) from ledger.alarm a where a.lower_id = l.id) as alarms from ledger.lower_ledger l"
    " left join lateral (select size, received_at from ledger.witness where lower_id = l.id order by size desc limit 1) w"
    " on true order by l.name",
)


def get_lower(tx: Tx, lower_id: UUID) -> LowerLedger:
    """NotFound for one that was never made known here."""
    found = ONE.maybe(tx, id=lower_id)
    if found is None:
        raise NotFound("ledger.lower_unknown", "没有登记这个下级台账", "No such lower ledger is known here")
    return found


def get_lower_by_name(tx: Tx, name: str) -> LowerLedger:
    found = BY_NAME.maybe(tx, name=name)
    if found is None:
        raise NotFound("ledger.lower_unknown", f"没有登记下级台账 {name}", f"No lower ledger {name} is known here")
    return found


def find_last(tx: Tx, lower_id: UUID) -> Witnessed | None:
    return LAST.maybe(tx, id=lower_id)


def list_notes(tx: Tx, lower_id: UUID) -> list[str]:
    """Every head kept of a lower ledger, smallest first: what its owner gives to `yiwang ledger verify --heads`."""
    return NOTES.all(tx, id=lower_id)


def list_states(tx: Tx) -> list[LowerState]:
    """How each lower ledger stands, by name."""
    return STATES.all(tx)
