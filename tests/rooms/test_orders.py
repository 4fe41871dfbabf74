"""Orders that come out of rooms, and the rooms of cases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from rooms.conftest import MARKET, POLICE, STREET, Rooms, refusal
from world import SPOT, Play, unit
from yiwang.cases import actions_dispatch, actions_file
from yiwang.cases.actions import orders_of
from yiwang.cases.model import Case, Channel, PhotoKind
from yiwang.cases.model_commands import (
    AcceptCase,
    AddAssist,
    Assignment,
    DeclineCase,
    FileCase,
    PhotoUse,
    ReportCase,
)
from yiwang.flows import case_room
from yiwang.flows.case_room import OpenCaseRoom, TurnIntoAssist, TurnIntoCase
from yiwang.kit.errors import Forbidden, NotFound
from yiwang.kit.ids import new_id
from yiwang.rooms import actions_talk, queries
from yiwang.rooms.model import (
    RoomView,
    SayInRoom,
)
from yiwang.rooms.rules import sight_of


def report(photos: tuple[str, ...] = ()) -> ReportCase:
    uses = tuple(PhotoUse(sha, PhotoKind.near) for sha in photos)
    return ReportCase(
        new_id(),
        Channel.other,
        "商场门口堆物",
        "matter",
        "06010",
        lon=SPOT[0],
        lat=SPOT[1],
        place="文庙路",
        photos=uses,
    )


def test_a_message_becomes_a_case_and_its_end_is_told(rooms: Rooms):
    play = rooms.play
    photo = play.photo("peng.liang", PhotoKind.near).sha256
    said = rooms.say("peng.liang", "门口堆物", photos=(photo,), mentions=(rooms.member(MARKET),))
    turned = rooms.do("chen.jie", case_room.turn_into_case, TurnIntoCase(rooms.id, said.id, report((photo,))))
    assert turned.case_id is not None and turned.case_number and turned.mentions[0].done_at is not None
    assert rooms.notices("peng.liang")[0] == "turned"
    twice = TurnIntoCase(rooms.id, said.id, report())
    assert refusal(rooms.do, "bai.ting", case_room.turn_into_case, twice) == "room.turned_already"
    case = _to_the_end(play, turned.case_id)
    assert case.closed_at is not None
    told, *_ = queries.list_messages(play.tx, sight_of(play.who("peng.liang")), rooms.id)
    assert (told.kind, told.outcome, told.reply_to, told.case_number) == ("told", "closed", said.id, turned.case_number)
    assert rooms.message("peng.liang", said.id).outcome == "closed"
    assert (rooms.row("bai.ting").last_case, rooms.row("bai.ting").last_outcome) == (turned.case_number, "closed")
    assert rooms.row("bai.ting").unread == 2


def _to_the_end(play: Play, case_id: UUID) -> Case:
    case = actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(case_id))
    case = actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))
    case = play.finish(play.take(play.dispatch(case)))
    case = play.verify(case)
    return play.close(case)


def test_declining_the_case_is_told_too(rooms: Rooms):
    said = rooms.say("peng.liang", "咨询停车价格")
    turned = rooms.do("peng.liang", case_room.turn_into_case, TurnIntoCase(rooms.id, said.id, report()))
    actions_file.decline_case(rooms.play.tx, rooms.play.who("zhang.min"), DeclineCase(turned.case_id, "不属受理范围"))
    assert rooms.message("peng.liang", said.id).outcome == "declined"


def test_who_only_looks_on_turns_nothing(rooms: Rooms):
    said = rooms.say("peng.liang")
    for who, code in (("sun.lan", "room.not_a_member"), ("cheng.gang", "room.unknown")):
        cmd = TurnIntoCase(rooms.id, said.id, report())
        assert refusal(rooms.do, who, case_room.turn_into_case, cmd) == code


def open_for(play: Play, case: Case, by: str = "chen.jie") -> RoomView:
    return case_room.open_case_room(play.tx, play.who(by), OpenCaseRoom(new_id(), case.id))


def test_a_cases_room_opens_with_those_who_have_it_in_hand(play: Play):
    case = play.dispatched(assists=((POLICE, 1),))
    view = open_for(play, case)
    seats = {(m.unit_id, m.post) for m in view.members}
    assert {(unit(f"{STREET}-chengguan"), "handler"), (unit(POLICE), "handler"), (unit(STREET), "dispatcher")} <= seats
    assert view.room.name.startswith(case.number)
    assert len(seats) == len(view.members), "nobody sits there twice"
    assert queries.get_room(play.tx, play.who("cheng.gang"), view.room.id).acts == ("say", "turn")
    for outside in ("sun.lan", "bai.ting", "next.door"):
        with pytest.raises(NotFound):
            queries.get_room(play.tx, play.who(outside), view.room.id)
    assert open_for(play, case, "zhang.min").room.id == view.room.id, "the case has one room, and a keeper joins it"
    with pytest.raises(Forbidden):
        open_for(play, case, "sun.lan")
    with pytest.raises(NotFound):
        open_for(play, case, "next.door")


def test_who_is_called_in_comes_into_the_room_and_its_part_is_told(play: Play):
    case = play.dispatched()
    room = open_for(play, case).room
    actions_dispatch.add_assist(play.tx, play.who("chen.jie"), AddAssist(case.id, Assignment(unit(MARKET))))
    assert queries.get_room(play.tx, play.who("bai.ting"), room.id).acts == ("say", "turn")
    said = actions_talk.say_in_room(play.tx, play.who("bai.ting"), SayInRoom(room.id, new_id(), "需要派出所到场"))
    with pytest.raises(Forbidden):
        case_room.turn_into_assist(play.tx, play.who("bai.ting"), TurnIntoAssist(room.id, said.id, unit(POLICE)))
    cmd = TurnIntoAssist(room.id, said.id, unit(POLICE), "维持秩序")
    turned = case_room.turn_into_assist(play.tx, play.who("chen.jie"), cmd)
    order = next(o for o in orders_of(play.tx, case) if o.unit_id == unit(POLICE))
    assert (turned.case_id, turned.order_id) == (case.id, order.id)
    play.finish(play.take(case, "lei.hong"), "lei.hong")
    told = queries.list_messages(play.tx, sight_of(play.who("cheng.gang")), room.id)[0]
    assert (told.outcome, told.reply_to) == ("done", said.id)


def test_an_assisting_order_comes_from_the_cases_own_room(rooms: Rooms):
    said = rooms.say("peng.liang")
    cmd = TurnIntoAssist(rooms.id, said.id, unit(POLICE))
    assert refusal(rooms.do, "chen.jie", case_room.turn_into_assist, cmd) == "room.not_of_case"


def test_in_the_room_of_an_emergency_everybody_is_urgent(play: Play):
    view = open_for(play, play.report(emergency=True))
    member = next(m for m in view.members if m.post == "handler")
    cmd = SayInRoom(view.room.id, new_id(), "关阀", mentions=(member.id,))
    said = actions_talk.say_in_room(play.tx, play.who("chen.jie"), cmd)
    assert said.urgent and said.mentions[0].due_at - said.at == timedelta(minutes=30)
