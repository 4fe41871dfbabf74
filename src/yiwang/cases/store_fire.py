"""SQL of timers that fire, for many cases in one statement each: private to the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from yiwang.cases.model import Case, Clock, Order, Step, Supervision
from yiwang.cases.store import CASE, CLOCK, ORDER, SUPERVISION, drop_held
from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Above:
    """The unit so many levels above another, the topmost where there are not so many."""

    unit_id: UUID
    levels: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Timed:
    """What firing needs to know of a case: a tenth of the whole, read a hundred thousand times at a bad hour."""

    id: UUID
    step: Step
    emergency: bool
    area_id: UUID
    lead_unit_id: UUID | None
    step_due_at: datetime | None
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderUnit:
    """Whose an order is."""

    id: UUID
    unit_id: UUID


class Notice(NamedTuple):
    """A notice to be added: what it is, and the unit's post or the person it is for."""

    case_id: UUID
    kind: str
    unit_id: UUID | None = None
    post: str | None = None
    person_id: UUID | None = None


LOCK_FREE = query(
    Case,
    "select " + CASE + " from cases.case c join network.unit u on u.id = c.area_id where c.id = any(%(ids)s)"
    " for update of c skip locked",
)
LOCK_TIMED = query(
    Timed,
    "select id, step, emergency, area_id, lead_unit_id, step_due_at, suspended_at from cases.case"
    " where id = any(%(ids)s) for update skip locked",
)
CLOCKS_OF = query(
    Clock, "select " + CLOCK + " from cases.clock where case_id = any(%(ids)s) order by case_id, started_at, id"
)
CLOCKS = query(Clock, "select " + CLOCK + " from cases.clock where case_id = any(%(cases)s) and id = any(%(ids)s)")
ORDER_UNITS = query(
    OrderUnit, "select id, unit_id from cases.orders where case_id = any(%(cases)s) and id = any(%(ids)s)"
)
ORDERS_OF = query(
    Order,
    "select " + ORDER + " from cases.orders o join network.unit u on u.id = o.unit_id where o.case_id = any(%(ids)s)"
    " order by o.case_id, o.turn, not o.lead, o.id",
)
SUPERVISIONS_OF = query(
    Supervision,
    "select " + SUPERVISION + " from cases.supervision s join network.unit u on u.id = s.unit_id"
    " where s.case_id = any(%(ids)s)",
)
UNITS_ABOVE = query(
    Above,
    "select w.unit_id, w.levels, above.id from unnest(%(units)s::uuid[], %(levels)s::int[]) as w (unit_id, levels)"
    " join network.unit u on u.id = w.unit_id"
    " join network.unit above on above.path = subpath(u.path, 0, greatest(nlevel(u.path) - w.levels, 1))",
)
PUT_FIRED = statement(
    "update cases.clock k set warned_at = w.warned_at, overdue_at = w.overdue_at, escalated = w.escalated"
    " from unnest(%(case_id)s::uuid[], %(id)s::uuid[], %(warned_at)s::timestamptz[], %(overdue_at)s::timestamptz[],"
    " %(escalated)s::int[]) as w (case_id, id, warned_at, overdue_at, escalated)"
    " where k.case_id = w.case_id and k.id = w.id"
)
PUT_LATE_CASES = statement(
    "update cases.case c set overdue_at = w.at, version = version + 1"
    " from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) as w (id, at) where c.id = w.id"
)
PUT_LATE_ORDERS = statement(
    "update cases.orders o set overdue_at = w.at"
    " from unnest(%(cases)s::uuid[], %(ids)s::uuid[], %(ats)s::timestamptz[]) as w (case_id, id, at)"
    " where o.case_id = w.case_id and o.id = w.id"
)
PUT_RESUMED_CASES = statement(
    "update cases.case c set suspended_at = null, due_at = w.due_at, version = version + 1"
    " from unnest(%(id)s::uuid[], %(due_at)s::timestamptz[]) as w (id, due_at) where c.id = w.id"
)
PUT_RESUMED_CLOCKS = statement(
    "with w as (select * from unnest(%(case_id)s::uuid[], %(id)s::uuid[], %(order_id)s::uuid[],"
    " %(due_at)s::timestamptz[], %(provisional)s::bool[], %(pauses)s::jsonb[], %(overdue_at)s::timestamptz[],"
    " %(escalated)s::int[], %(warned_at)s::timestamptz[], %(working)s::jsonb[])"
    " as w (case_id, id, order_id, due_at, provisional, pauses, overdue_at, escalated, warned_at, working)),"
    " orders as (update cases.orders o set due_at = w.due_at from w where o.case_id = w.case_id and o.id = w.order_id)"
    " update cases.clock k set due_at = w.due_at, provisional = w.provisional, pauses = w.pauses,"
    " overdue_at = w.overdue_at, escalated = w.escalated, warned_at = w.warned_at, working = w.working"
    " from w where k.case_id = w.case_id and k.id = w.id"
)
ADD_NOTICES = statement(
    "insert into cases.notice (case_id, id, kind, unit_id, post, person_id, at)"
    " select case_id, id, kind, unit_id, post, person_id, %(at)s"
    " from unnest(%(case_id)s::uuid[], %(id)s::uuid[], %(kind)s::text[], %(unit_id)s::uuid[], %(post)s::text[],"
    " %(person_id)s::uuid[]) as n (case_id, id, kind, unit_id, post, person_id)"
)


def lock_cases_if_free(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Case]:
    """For timers: those of the cases that nobody else holds, ours until the transaction ends."""
    drop_held(tx, ids)
    return {case.id: case for case in LOCK_FREE.all(tx, ids=list(ids))}


def lock_timed_if_free(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Timed]:
    """The same, of each just what firing needs."""
    drop_held(tx, ids)
    return {case.id: case for case in LOCK_TIMED.all(tx, ids=list(ids))}


def put_fired(tx: Tx, clocks: Sequence[Clock]) -> None:
    """What firing changes in a clock: what it has said so far."""
    if clocks:
        names = ("case_id", "id", "warned_at", "overdue_at", "escalated")
        PUT_FIRED.run(tx, **{name: [getattr(clock, name) for clock in clocks] for name in names})


def put_late(tx: Tx, late: Sequence[Clock]) -> None:
    """What has just become overdue is so on its order, or on its case (which is then at a new version)."""
    if cases := [clock for clock in late if clock.order_id is None]:
        PUT_LATE_CASES.run(tx, ids=[c.case_id for c in cases], ats=[c.overdue_at for c in cases])
    if orders := [clock for clock in late if clock.order_id is not None]:
        ids = [c.order_id for c in orders]
        PUT_LATE_ORDERS.run(tx, cases=[c.case_id for c in orders], ids=ids, ats=[c.overdue_at for c in orders])


def put_resumed(tx: Tx, cases: Sequence[Case], clocks: Sequence[Clock]) -> None:
    """Cases that are suspended no more, and their clocks with new deadlines, which are their orders' too."""
    drop_held(tx, [c.id for c in cases])
    if cases:
        PUT_RESUMED_CASES.run(tx, id=[c.id for c in cases], due_at=[c.due_at for c in cases])
    if clocks:
        names = ("case_id", "id", "order_id", "due_at", "provisional", "overdue_at", "escalated", "warned_at")
        columns = {name: [getattr(clock, name) for clock in clocks] for name in names}
        pauses, working = ([Jsonb(list(getattr(c, name))) for c in clocks] for name in ("pauses", "working"))
        PUT_RESUMED_CLOCKS.run(tx, pauses=pauses, working=working, **columns)


def add_notices(tx: Tx, notices: Sequence[Notice]) -> None:
    if notices:
        columns = {name: [getattr(notice, name) for notice in notices] for name in Notice._fields}
        ADD_NOTICES.run(tx, id=[new_id() for _ in notices], at=tx.now, **columns)
