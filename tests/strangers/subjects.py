"""What is asked about beside cases, one of everything; made by the very actions."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import world
from strangers.cases import VOICE, add_photo, photo
from strangers.places import HELPING, HERE, NOW, person
from yiwang.cases.store_evidence import EVIDENCE
from yiwang.city.queries_rules import list_conditions
from yiwang.dispatch.actions import import_list
from yiwang.dispatch.model import ImportList
from yiwang.dispatch.queries import list_lines
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network import actions_duty, store_access
from yiwang.network.actions_people import assign_duty, give_certificate
from yiwang.network.model import PostKind
from yiwang.network.model_duty import Position, StartDuty, TellPositions
from yiwang.network.model_people import AssignDuty, GiveCertificate
from yiwang.network.queries_actor import get_actor
from yiwang.register import actions as register
from yiwang.register import actions_checkin, actions_round
from yiwang.register.model import AddDocument, AddThing, thing_id
from yiwang.register.model_owed import BindTag, TagKind
from yiwang.register.model_round import OpenRound, RoundKind
from yiwang.rooms.actions import open_room_of_case
from yiwang.rooms.actions_talk import say_in_room
from yiwang.rooms.model import OpenRoomOfCase, SayInRoom, Seat
from yiwang.scenes.homes import actions as homes
from yiwang.scenes.homes.model import MoveIn, Relation
from yiwang.scenes.patrol import actions as patrol
from yiwang.scenes.patrol.model_routes import SetRoute

ROOM_PHOTO = photo("dispatcher.own", "room")


def make_room(tx: Tx) -> dict[str, UUID]:
    """The room of the case that is handled: its units' handlers and a dispatcher sit there, one of them was asked something."""
    dispatcher, here = get_actor(tx, person("dispatcher.own")), world.unit(HERE)
    add_photo(tx, "dispatcher.own", "room")
    room_id, message_id = named_id("a room"), named_id("a message")
    seats = (Seat(here, PostKind.handler), Seat(here, PostKind.inspector), Seat(world.unit(HELPING), PostKind.handler))
    opening = OpenRoomOfCase(room_id, named_id("case of handling"), "案件协同", here, False, seats)
    view = open_room_of_case(tx, dispatcher, opening)
    handlers = next(m.id for m in view.members if (m.unit_id, m.post) == (here, "handler"))
    said = SayInRoom(room_id, message_id, "请到场", (ROOM_PHOTO,), mentions=(handlers,))
    say_in_room(tx, dispatcher, said)
    return {"room_id": room_id, "message_id": message_id, "member_id": handlers}


THING, THING_PHOTO, TAG = "梯11沪A00001(20)", photo("operator.own", "thing"), "04DE5F1EACC040"
BESIDE = thing_id("elevator", "梯11沪A00002(20)")
ELEVATOR = {
    "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2001-03-01", "in_use_since": "2001-05-01", "floors": 18, "stops": 18,
    "load_kg": 800, "speed_m_s": 1.5,
}  # fmt: skip


def make_thing(tx: Tx) -> dict[str, Any]:
    """A lift on the ground of `HERE` with a paper and a tag, and another beside it."""
    operator, lon, lat = get_actor(tx, person("operator.own")), *world.SPOT
    add_photo(tx, "operator.own", "thing")
    for code in (THING, "梯11沪A00002(20)"):
        register.add_thing(tx, operator, AddThing("elevator", code, "1 号梯", lon, lat, attributes=ELEVATOR))
    id = thing_id("elevator", THING)
    document_id, tag_id = named_id("a document"), named_id("a tag")
    register.add_document(tx, operator, AddDocument(id, document_id, "使用登记证", THING_PHOTO))
    actions_checkin.bind_tag(tx, operator, BindTag(id, tag_id, TAG, TagKind.nfc))
    return {"thing_id": id, "document_id": document_id, "tag_id": tag_id, "uid": TAG}


def make_round(tx: Tx) -> dict[str, Any]:
    """A census of the lifts on the ground of `HERE`, opened by its operator."""
    opening = OpenRound(named_id("a round"), "电梯普查", "elevator", RoundKind.census, HERE, NOW + timedelta(days=30))
    actions_round.open_round(tx, get_actor(tx, person("operator.own")), opening)
    return {"round_id": opening.id}


HOUSE = "310101019005-001"


def make_home(tx: Tx) -> dict[str, UUID]:
    """A home in its building, and somebody who lives there."""
    operator, who = get_actor(tx, person("operator.own")), named_id("a resident")
    house = {"use": "住宅", "built": 1962, "storeys": 3}
    home = {"unit": 1, "floor": 1, "room": "101", "area_m2": 40, "tenure": "自住"}
    register.add_thing(tx, operator, AddThing("building", HOUSE, "1 号", *world.SPOT, attributes=house))
    register.add_thing(tx, operator, AddThing("home", f"{HOUSE}-1-101", "101 室", *world.SPOT, attributes=home))
    home_id = thing_id("home", f"{HOUSE}-1-101")
    homes.move_in(
        tx, operator, MoveIn(who, home_id, "钱守仁", Relation.owner, phone="13800000000", born=date(1938, 2, 5))
    )
    return {"building_id": thing_id("building", HOUSE), "home_id": home_id, "resident_id": who}


POINT = thing_id("patrol_point", "DW-0000001")


def make_route(tx: Tx) -> dict[str, UUID]:
    """A patrol route of `HERE` with one point, and its walk of today."""
    operator, (lon, lat) = get_actor(tx, person("operator.own")), world.SPOT
    cmd = AddThing("patrol_point", "DW-0000001", "灭火器 1", lon, lat, attributes={"equipment": "灭火器"})
    register.add_thing(tx, operator, cmd)
    route_id = named_id("a route")
    patrol.set_route(
        tx, operator, SetRoute(route_id, 0, "梦花街", HERE, (POINT,), (1, 2, 3, 4, 5, 6, 7), time(0), time(23))
    )
    return {
        "route_id": route_id,
        "shift_id": named_id(f"shift:{route_id}:{tx.now.astimezone(ZoneInfo('Asia/Shanghai')).date()}"),
    }


def make_others(tx: Tx, logins: list[str]) -> dict[str, Any]:
    """A certificate, a duty, a token, a list and a photo to ask about; a fresh photo for everyone."""
    supervisor = get_actor(tx, person("supervisor.own"))
    case = named_id("case of handling")
    cmd = GiveCertificate(
        named_id("certificate of subject"), person("subject"), NOW + timedelta(days=99), PostKind.coordinator
    )
    give_certificate(tx, supervisor, cmd)
    duty = AssignDuty(named_id("duty of subject"), named_id("post:subject"), NOW, NOW + timedelta(hours=8))
    assign_duty(tx, get_actor(tx, person("commander.own")), duty)
    subject = get_actor(tx, person("subject"))
    actions_duty.start_duty(tx, subject, StartDuty(named_id("attendance of subject")))
    at_spot = TellPositions((Position(named_id("position of subject"), *world.SPOT, tx.now),))
    actions_duty.tell_positions(tx, subject, at_spot)
    store_access.ADD_TOKEN.run(
        tx, id=named_id("token of subject"), hash=b"-" * 32, person_id=person("subject"), name="接口", acts=["read"],
        unit_id=None, created_by=world.SETUP.id, expires_at=NOW + timedelta(days=99),
    )  # fmt: skip
    lines = f"层次,类型,代码,名称,区域,主办\n大类,,01,市政公用设施类,{HERE},310101019-shizheng\n"
    imported = import_list(tx, world.SETUP, ImportList(HERE, "second.csv", lines.encode()))
    for login in logins:
        add_photo(tx, login)
    everything = Scope(True, (), person("subject"))
    return {
        "case_id": case, "report_id": case, "sha256": EVIDENCE.all(tx, case_id=case)[0].sha256, "voice": VOICE,
        "condition_id": list_conditions(tx, "GB/T 47678.5-2026", "06010")[0].id,
        **make_room(tx),
        **make_thing(tx),
        **make_round(tx),
        **make_home(tx),
        **make_route(tx),
        "line_id": list_lines(tx, everything, list_id=imported.list_id, limit=1)[0].id,
    }  # fmt: skip
