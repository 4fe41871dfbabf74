"""The room of a case, and the orders that come out of rooms (天山商圈 group, seed article 002: @ the person, a day to finish).

Whoever keeps the place opens the case's room: those who have it in hand sit in it from the start, and whoever is called in
later comes in. A message becomes a new case, or in the case's own room an assisting order; what became of it is told
where it was said. The case is always locked before the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from yiwang.cases.actions import orders_of
from yiwang.cases.actions_dispatch import add_assist
from yiwang.cases.actions_report import report_case
from yiwang.cases.model import Case, OrderState
from yiwang.cases.model_class import CaseReclassified
from yiwang.cases.model_commands import AddAssist, Assignment, ReportCase
from yiwang.cases.model_events import AssistAdded, CaseClosed, CaseDeclined, CaseVoided, OrderFinished
from yiwang.cases.model_events_around import CaseMerged
from yiwang.cases.queries import get_case
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.fields import MaybeText
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.model import Entry
from yiwang.network.model import Actor, PostKind, system
from yiwang.network.queries_people import who_is_on_duty
from yiwang.network.rules import scope_of
from yiwang.rooms import actions, actions_orders
from yiwang.rooms.model import OpenRoomOfCase, RoomMessage, RoomView, Seat, Turned
from yiwang.rooms.queries import find_turned

ROOMS = system("rooms")
OUTCOMES = {CaseClosed: "closed", CaseDeclined: "declined", CaseVoided: "void", CaseMerged: "merged"}


@dataclass(frozen=True, slots=True)
class OpenCaseRoom:
    """`room_id` is made by the client; where the case has a room already, that one is meant."""

    room_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class TurnIntoCase:
    """`report`: the case to be, with its own client-made id; of its photos those of the message need no upload."""

    room_id: UUID
    message_id: UUID
    report: ReportCase


@dataclass(frozen=True, slots=True)
class TurnIntoAssist:
    """In a case's own room: the unit that is called in, and what for."""

    room_id: UUID
    message_id: UUID
    unit_id: UUID
    task: MaybeText = ""


def open_case_room(tx: Tx, actor: Actor, cmd: OpenCaseRoom) -> RoomView:
    """Those who have it in hand: the units' handlers, the dispatcher and the grid chief on duty there."""
    case = get_case(tx, scope_of(actor), cmd.case_id)
    units = [o.unit_id for o in orders_of(tx, case) if o.state is not OrderState.recalled]
    seats = [Seat(unit, PostKind.handler) for unit in units]
    seats += [Seat(d.unit_id, d.post) for d in who_is_on_duty(tx, case.area_path, (PostKind.dispatcher,))[:1]]
    chiefs = who_is_on_duty(tx, case.area_path, (PostKind.grid_chief,), grid=case.duty_grid_id)
    seats += [Seat(c.unit_id, c.post, c.person_id) for c in chiefs[:1]]
    opening = OpenRoomOfCase(
        cmd.room_id, case.id, _name(case), case.area_id, case.emergency, tuple(dict.fromkeys(seats))
    )
    return actions.open_room_of_case(tx, actor, opening)


def _name(case: Case) -> str:
    return f"{case.number} {case.matter_name}"


def turn_into_case(tx: Tx, actor: Actor, cmd: TurnIntoCase) -> RoomMessage:
    """A message becomes a case, reported by whoever turns it; the same rules as for any report."""
    _, message = actions_orders.get_turnable(tx, actor, cmd.room_id, cmd.message_id)
    files.share_photos(tx, {p.sha256 for p in cmd.report.photos} & set(message.photos), actor.id)
    case = report_case(tx, actor, cmd.report)
    return actions_orders.mark_turned(
        tx, actor, cmd.room_id, cmd.message_id, case_id=case.id, number=case.number, order_id=None
    )


def turn_into_assist(tx: Tx, actor: Actor, cmd: TurnIntoAssist) -> RoomMessage:
    """A message in a case's room calls another unit in (增派协办)."""
    room, _ = actions_orders.get_turnable(tx, actor, cmd.room_id, cmd.message_id)
    if room.case_id is None:
        raise Invalid(
            "room.not_of_case", "协办单只能在本案的群里转办", "Assisting orders come from the case's own room"
        )
    case = add_assist(tx, actor, AddAssist(room.case_id, Assignment(cmd.unit_id, cmd.task), "协同群转办"))
    return actions_orders.mark_turned(
        tx, actor, room.id, cmd.message_id, case_id=case.id, number=case.number, order_id=_newest(tx, case, cmd.unit_id)
    )


def _newest(tx: Tx, case: Case, unit_id: UUID) -> UUID:
    return max(o.id for o in orders_of(tx, case) if o.unit_id == unit_id)


def let_in_who_is_called(tx: Tx, entry: Entry, event: AssistAdded) -> None:
    """The new assisting unit's handlers come into the case's room, if it has one."""
    actions.let_in(tx, ROOMS, event.case_id, Seat(event.unit, PostKind.handler))


def name_by_its_class(tx: Tx, entry: Entry, event: CaseReclassified) -> None:
    """A case under another class is called otherwise, and so is its room."""
    actions.rename_room_of_case(tx, ROOMS, event.case_id, _name(get_case(tx, EVERYTHING, event.case_id)))


def tell_what_became(tx: Tx, entry: Entry, event: CaseClosed | CaseDeclined | CaseVoided | CaseMerged) -> None:
    """The end of a case, in each room where it began and in its own."""
    _tell(tx, event.case_id, OUTCOMES[type(event)], find_turned(tx, event.case_id))


def tell_order_done(tx: Tx, entry: Entry, event: OrderFinished) -> None:
    """An assisting order that began in a room is done."""
    _tell(tx, event.case_id, "done", find_turned(tx, event.case_id, event.order))


def _tell(tx: Tx, case_id: UUID, outcome: str, places: Sequence[Turned]) -> None:
    if places:  # as with few cases
        case = get_case(tx, EVERYTHING, case_id)
        actions_orders.tell_outcome(tx, ROOMS, case.id, case.number, outcome, places)
