"""SQL that writes and locks: private to the domain."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from yiwang.cases import rules_clock
from yiwang.cases.model import Case, Clock, Order, OrderState, Report, Request, Step, Supervision
from yiwang.cases.model_commands import ReportCase
from yiwang.cases.rules_clock import STEP_LIMITS
from yiwang.kit.db import Tx, query, statement
from yiwang.kit.errors import NotFound
from yiwang.kit.geo import LonLat
from yiwang.kit.ids import new_id
from yiwang.network.model import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a new case needs to know: its running number, and its area."""

    number: int
    area_path: str
    area_name: str


CASE: LiteralString = (
    "c.id, c.number, c.step, c.channel, c.trusted, c.emergency, c.description, c.scheme, c.matter_kind, c.matter_code,"
    " c.matter_name, c.condition_id, c.component, c.lon, c.lat, c.accuracy_m, c.place, c.grid_code, c.duty_grid_id,"
    " c.area_id, u.path::text as area_path, u.name as area_name, c.reporter_id, c.checker_id, c.commander_id,"
    " c.lead_unit_id, c.reported_at, c.accepted_at, c.filed_at, c.dispatched_at, c.handled_at, c.verified_at,"
    " c.closed_at, c.step_since, c.step_due_at, c.due_at, c.overdue_at, c.suspended_at, c.merged_into,"
    " c.merged_from_step, c.owed, c.bounces, c.reworks, c.extensions, c.suspensions, c.reopens, c.exempt,"
    " c.close_condition, c.version,"
    " array(select v.path::text from cases.orders o join network.unit v on v.id = o.unit_id"
    " where o.case_id = c.id and o.state <> 'recalled' order by o.lead desc, o.id) as unit_paths"
)
ORDER: LiteralString = (
    "o.id, o.case_id, o.unit_id, u.path::text as unit_path, u.name as unit_name, o.lead, o.turn, o.state, o.forced,"
    " o.task, o.handler_id, o.sent_at, o.taken_at, o.done_at, o.due_at, o.overdue_at, o.result, o.round"
)
CLOCK: LiteralString = (
    "id, case_id, order_id, limit_value, limit_clock, unit_id, started_at, due_at, provisional, fixed, pauses,"
    " extensions, stopped_at, warned_at, overdue_at, escalated, working"
)
REQUEST: LiteralString = (
    "id, case_id, order_id, kind, reason, text, until, asked_by, asked_at, needed, approvals, granted, decided_at"
)
REPORT: LiteralString = "id, case_id, channel, reporter_id, contact_id, at, told_at, outcome, rating, solved, rated_at"
SUPERVISION: LiteralString = (
    "s.id, s.case_id, s.unit_id, u.path::text as unit_path, s.text, s.by, s.at, s.due_at, s.answer, s.answered_by,"
    " s.answered_at"
)

# Whoever had to wait for the row gets it as it is now, but its orders as they were when the statement began; the version
# read beside it is of then too. Where they differ nothing comes back, though the row is ours: it is read once more.
_FROM: LiteralString = (
    " from cases.case c join network.unit u on u.id = c.area_id where c.id = %(id)s"
    " and c.version = (select before.version from cases.case before where before.id = c.id) for update of c"
)
LOCK = query(Case, "select " + CASE + _FROM)
_FIXED = (
    "id", "number", "channel", "description", "lon", "lat", "raw_x", "raw_y", "datum", "accuracy_m", "place", "grid_code",
    "duty_grid_id", "area_id", "reporter_id", "seen_at", "reported_at",
)  # fmt: skip
_MUTABLE = (
    "step", "trusted", "emergency", "scheme", "matter_kind", "matter_code", "matter_name", "component", "condition_id",
    "checker_id", "commander_id", "lead_unit_id", "accepted_at", "filed_at", "dispatched_at", "handled_at", "verified_at",
    "closed_at", "step_since", "step_due_at", "due_at", "overdue_at", "suspended_at", "merged_into", "merged_from_step",
    "owed", "bounces", "reworks", "extensions", "suspensions", "reopens", "exempt", "close_condition", "version",
)  # fmt: skip
OPENING = query(
    _Opening,
    "select nextval('cases.number') as number, path::text as area_path, name as area_name from network.unit"
    " where id = %(area_id)s",
    apart=True,
)
PUT_CASE = statement(
    "update cases.case set " + ", ".join(f"{name} = %({name})s" for name in _MUTABLE) + " where id = %(id)s"
)
_ADD: LiteralString = (
    "insert into cases.case (" + ", ".join((*_FIXED, *_MUTABLE)) + ") values ("
    + ", ".join(f"%({name})s" for name in (*_FIXED, *_MUTABLE)) + ")"
)  # fmt: skip
ADD_CASE = statement(_ADD, again=PUT_CASE)
ADD_CASE_IF_NEW = statement(_ADD + " on conflict (id) do nothing")

ADD_ORDER = statement(
    "insert into cases.orders (case_id, id, unit_id, lead, turn, state, forced, task, sent_at, due_at)"
    " values (%(case_id)s, %(id)s, %(unit_id)s, %(lead)s, %(turn)s, %(state)s, %(forced)s, %(task)s, %(sent_at)s,"
    " %(due_at)s)"
)
PUT_ORDER = statement(
    "update cases.orders set state = %(state)s, handler_id = %(handler_id)s, sent_at = %(sent_at)s,"
    " taken_at = %(taken_at)s, done_at = %(done_at)s, due_at = %(due_at)s, overdue_at = %(overdue_at)s,"
    " result = %(result)s, round = %(round)s where case_id = %(case_id)s and id = %(id)s"
)
ORDERS = query(
    Order,
    "select " + ORDER + " from cases.orders o join network.unit u on u.id = o.unit_id"
    " where o.case_id = %(case_id)s order by o.turn, not o.lead, o.id",
)
HANDLERS = query(
    UUID,
    "select handler_id from cases.orders where case_id = %(case_id)s and handler_id is not null"
    " union select by from cases.evidence where case_id = %(case_id)s and kind = 'handled'",
)
ADD_CLOCK = statement(
    "insert into cases.clock (case_id, id, order_id, limit_value, limit_clock, unit_id, started_at, due_at, provisional,"
    " fixed, working) values (%(case_id)s, %(id)s, %(order_id)s, %(limit_value)s, %(limit_clock)s, %(unit_id)s,"
    " %(started_at)s, %(due_at)s, %(provisional)s, %(fixed)s, %(working)s)",
    "insert into cases.clock (case_id, id, order_id, limit_value, limit_clock, unit_id, started_at, due_at, provisional,"
    " fixed, working) select * from json_to_recordset(%(rows)s::json) as c (case_id uuid, id uuid, order_id uuid,"
    " limit_value float8, limit_clock text, unit_id uuid, started_at timestamptz, due_at timestamptz, provisional bool,"
    " fixed bool, working jsonb)",
)
PUT_CLOCK = statement(
    "update cases.clock set limit_value = %(limit_value)s, limit_clock = %(limit_clock)s, due_at = %(due_at)s, provisional = %(provisional)s, pauses = %(pauses)s,"
    " extensions = %(extensions)s, stopped_at = %(stopped_at)s, warned_at = %(warned_at)s,"
    " overdue_at = %(overdue_at)s, escalated = %(escalated)s, working = %(working)s"
    " where case_id = %(case_id)s and id = %(id)s"
)
DROP_CLOCK = statement("delete from cases.clock where case_id = %(case_id)s and id = %(id)s")
CLOCKS = query(Clock, "select " + CLOCK + " from cases.clock where case_id = %(case_id)s order by started_at, id")

ADD_REQUEST = statement(
    "insert into cases.request (case_id, id, order_id, kind, reason, text, until, asked_by, asked_at, needed) values"
    " (%(case_id)s, %(id)s, %(order_id)s, %(kind)s, %(reason)s, %(text)s, %(until)s, %(asked_by)s, %(asked_at)s,"
    " %(needed)s)"
)
PUT_REQUEST = statement(
    "update cases.request set approvals = %(approvals)s, granted = %(granted)s, decided_at = %(decided_at)s"
    " where case_id = %(case_id)s and id = %(id)s"
)
REQUESTS = query(Request, "select " + REQUEST + " from cases.request where case_id = %(case_id)s order by asked_at, id")
WITHDRAW = statement(
    "update cases.request set granted = false, decided_at = %(now)s where case_id = %(case_id)s and granted is null"
    " and kind <> 'appeal' and (%(order_id)s::uuid is null or order_id = %(order_id)s)"
)

# Reports by this person that they put right themselves: a photo after handling that belongs to no order.
SELF_HANDLED = query(
    int,
    "select count(*) from cases.case c where c.reporter_id = %(person)s and c.reported_at > %(since)s and c.id <> %(case_id)s"
    " and exists (select from cases.evidence e where e.case_id = c.id and e.kind = 'handled' and e.order_id is null"
    " and e.by = c.reporter_id)",
)
ADD_REPORT = statement(
    "insert into cases.report (case_id, id, channel, reporter_id, contact_id, at)"
    " values (%(case_id)s, %(id)s, %(channel)s, %(reporter_id)s, %(contact_id)s, %(at)s)"
)
TELL = query(
    Report,
    "update cases.report set told_at = %(now)s, outcome = %(outcome)s where case_id in"
    " (select id from cases.case where id = %(case_id)s or (merged_into = %(case_id)s and step = 'merged'))"
    " returning " + REPORT,
)
LOCK_REPORT = query(
    Report, "select " + REPORT + " from cases.report where case_id = %(case_id)s and id = %(id)s for update"
)
RATE = statement(
    "update cases.report set rating = %(rating)s, solved = %(solved)s, rated_at = %(now)s"
    " where case_id = %(case_id)s and id = %(id)s"
)
ADD_SUPERVISION = statement(
    "insert into cases.supervision (case_id, id, unit_id, text, by, at, due_at)"
    " values (%(case_id)s, %(id)s, %(unit_id)s, %(text)s, %(by)s, %(at)s, %(due_at)s)"
)
LOCK_SUPERVISION = query(
    Supervision,
    "select " + SUPERVISION + " from cases.supervision s join network.unit u on u.id = s.unit_id"
    " where s.case_id = %(case_id)s and s.id = %(id)s for update of s",
)
ANSWER = statement(
    "update cases.supervision set answer = %(answer)s, answered_by = %(by)s, answered_at = %(now)s"
    " where case_id = %(case_id)s and id = %(id)s"
)
ADD_WORDS = statement(
    "insert into cases.words (case_id, digest, text) values (%(case_id)s, %(digest)s, %(text)s) on conflict do nothing"
)
ADD_COMMENT = statement(
    "insert into cases.comment (case_id, id, by, at, text) values (%(case_id)s, %(id)s, %(by)s, %(at)s, %(text)s)"
)
ADD_MENTION = statement(
    "insert into cases.mention (case_id, comment_id, person_id) values (%(case_id)s, %(comment_id)s, %(person_id)s)"
)
READ_MENTION = statement(
    "update cases.mention set read_at = %(now)s where case_id = %(case_id)s and comment_id = %(comment_id)s"
    " and person_id = %(person_id)s and read_at is null"
)
ADD_NOTICE = statement(
    "insert into cases.notice (case_id, id, kind, unit_id, post, person_id, at)"
    " values (%(case_id)s, %(id)s, %(kind)s, %(unit_id)s, %(post)s, %(person_id)s, %(at)s)",
    "insert into cases.notice (case_id, id, kind, unit_id, post, person_id, at)"
    " select * from json_to_recordset(%(rows)s::json) as n (case_id uuid, id uuid, kind text, unit_id uuid, post text,"
    " person_id uuid, at timestamptz)",
)
PROVISIONAL = query(
    Clock,
    "select " + CLOCK + " from cases.clock where provisional and not fixed and stopped_at is null"
    " order by due_at limit 500",
)

SUPERVISIONS = query(
    Supervision,
    "select " + SUPERVISION + " from cases.supervision s join network.unit u on u.id = s.unit_id"
    " where s.case_id = %(case_id)s order by s.at",
)
HAS_MERGED = query(bool, "select exists (select from cases.case where merged_into = %(id)s) as found")


def _values(thing: Order | Clock) -> dict[str, Any]:
    """Its fields as parameters; `dataclasses.asdict` would copy each deeply, at ten times the cost."""
    return {f.name: getattr(thing, f.name) for f in fields(thing)}


def drop_held(tx: Tx, ids: Iterable[UUID]) -> None:
    """What these cases stand like is to be read anew: it is being changed for many at once."""
    for case_id in ids:
        tx.held.pop(case_id, None)
        tx.held.pop(("clocks", case_id), None)


def lock_case(tx: Tx, case_id: UUID) -> Case:
    """The case's row, ours until the transaction ends. NotFound where there is none."""
    case = tx.held.get(case_id) or LOCK.maybe(tx, id=case_id) or LOCK.maybe(tx, id=case_id)
    if case is None:
        raise NotFound("case.unknown", "没有这个案件，或您无权查看", "No such case, or it is not in your sight")
    tx.held[case_id] = case
    known = rules_clock.latest_change(case)
    if known > tx.now:  # in a case time never runs back, whatever the machine's clock does
        log.warning("the clock was set back: case %s goes on at %s, not at %s", case.number, known, tx.now)
        tx.now = known
    return case


def add_case(
    tx: Tx, cmd: ReportCase, actor: Actor, *, numbered: str, point: LonLat | None, **found: Any
) -> Case | None:
    """A new case in step `reported`; None when its id is already there. In haste that is not asked: the database then
    refuses the whole act. `found` is what was found out: matter, grid, area, trust."""
    opening = OPENING.one(tx, area_id=found["area_id"])
    lon, lat = point or (None, None)
    case = Case(
        id=cmd.id, number=f"{numbered}{opening.number:07}", step=Step.reported, channel=cmd.channel,
        emergency=cmd.emergency, description=cmd.description, scheme=cmd.scheme, matter_kind=cmd.matter_kind,
        matter_code=cmd.matter_code, condition_id=cmd.condition_id, component=cmd.component, lon=lon, lat=lat,
        accuracy_m=cmd.accuracy_m, place=cmd.place, area_path=opening.area_path, area_name=opening.area_name,
        reporter_id=actor.id, checker_id=None, commander_id=None, lead_unit_id=None, reported_at=tx.now,
        accepted_at=None, filed_at=None, dispatched_at=None, handled_at=None, verified_at=None, closed_at=None,
        step_since=tx.now, step_due_at=tx.now + STEP_LIMITS[Step.reported][cmd.emergency], due_at=None, overdue_at=None,
        suspended_at=None, merged_into=None, merged_from_step=None, owed=(), bounces=0, reworks=0, extensions=0,
        suspensions=0, reopens=0, exempt=False, close_condition="", version=1, unit_paths=(), **found,
    )  # fmt: skip
    raw = {"raw_x": cmd.lon, "raw_y": cmd.lat, "datum": cmd.datum, "seen_at": cmd.seen_at}
    row = {name: raw[name] if name in raw else getattr(case, name) for name in _FIXED} | _mutable(case)
    if tx.hasty:
        ADD_CASE.later(tx, case.id, **row)
    elif not ADD_CASE_IF_NEW.run(tx, **row):
        return None
    tx.held[case.id], tx.held["clocks", case.id] = case, []
    return case


def _mutable(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in _MUTABLE} | {"owed": list(case.owed)}


def put_case(tx: Tx, case: Case) -> Case:
    """Write every part of a case that can change; answers with it at its new version."""
    held = tx.held.get(case.id)
    case = replace(case, version=case.version + 1, unit_paths=held.unit_paths if held else case.unit_paths)
    if held:
        tx.held[case.id] = case
    if (new := tx.waits(ADD_CASE, case.id)) is not None:  # it is written once, as it stands in the end
        ADD_CASE.later(tx, case.id, **{**new, **_mutable(case)})
    else:
        PUT_CASE.later(tx, case.id, id=case.id, **_mutable(case))
    return case


def add_order(tx: Tx, case_id: UUID, unit_path: str, *, lead: bool, **order: Any) -> None:
    """A new order; the case that is held knows of its unit at once."""
    ADD_ORDER.later(tx, case_id=case_id, lead=lead, **order)
    if (case := tx.held.get(case_id)) is not None:
        paths = (unit_path, *case.unit_paths) if lead else (*case.unit_paths, unit_path)
        tx.held[case_id] = replace(case, unit_paths=paths)


def put_order(tx: Tx, order: Order) -> None:
    PUT_ORDER.later(tx, order.id, **_values(order))
    if order.state is OrderState.recalled:  # its unit may see the case no more
        tx.held.pop(order.case_id, None)


def lock_clocks(tx: Tx, case_id: UUID) -> list[Clock]:
    """The clocks of a case that we hold, in the order they were started."""
    if (found := tx.held.get(("clocks", case_id))) is None:
        found = tx.held["clocks", case_id] = CLOCKS.all(tx, case_id=case_id)
    return found


def put_clock(tx: Tx, clock: Clock) -> None:
    if (found := tx.held.get(("clocks", clock.case_id))) is not None:
        tx.held["clocks", clock.case_id] = [clock if c.id == clock.id else c for c in found]
    PUT_CLOCK.later(
        tx, clock.id, **{**_values(clock), "pauses": Jsonb(list(clock.pauses)), "working": Jsonb(list(clock.working))}
    )


def drop_clock(tx: Tx, clock: Clock) -> None:
    """No limit runs any more; what there was stands in the ledger."""
    tx.held.pop(("clocks", clock.case_id), None)
    DROP_CLOCK.run(tx, case_id=clock.case_id, id=clock.id)


def add_clock(tx: Tx, clock: Clock) -> None:
    if (found := tx.held.get(("clocks", clock.case_id))) is not None:
        tx.held["clocks", clock.case_id] = [*found, clock]
    ADD_CLOCK.later(tx, **{**_values(clock), "working": Jsonb(list(clock.working))})


def add_notice(
    tx: Tx, case_id: UUID, kind: str, *, unit: UUID | None = None, post: str | None = None, person: UUID | None = None
) -> None:
    ADD_NOTICE.later(tx, case_id=case_id, id=new_id(), kind=kind, unit_id=unit, post=post, person_id=person, at=tx.now)


def withdraw_requests(tx: Tx, case_id: UUID, order_id: UUID | None = None) -> None:
    """What was asked and not yet decided falls away (for one order, or all) when the case moves on."""
    WITHDRAW.later(tx, case_id=case_id, order_id=order_id, now=tx.now)


def tell_reporters(tx: Tx, case_id: UUID, outcome: str) -> list[Report]:
    """Every reporter of this case and of those merged into it is told the outcome; answers with their reports."""
    told = TELL.all(tx, case_id=case_id, outcome=outcome, now=tx.now)
    for report in told:
        add_notice(tx, report.case_id, f"outcome.{outcome}", person=report.reporter_id)
    return told
