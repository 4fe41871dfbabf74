"""Who sits in a room, who sees it, who keeps it."""

from __future__ import annotations

from rooms.conftest import MALL, MARKET, POLICE, STREET, Rooms, refusal
from world import Play, unit
from yiwang.kit.ids import new_id
from yiwang.network.actions_people import grant_post, revoke_post
from yiwang.network.model import PostKind, system
from yiwang.network.model_people import GrantPost, RevokePost
from yiwang.rooms import actions, queries
from yiwang.rooms.model import (
    AddMember,
    CloseRoom,
    OpenRoom,
    RemoveMember,
    Seat,
)
from yiwang.rooms.rules import sight_of


def test_whoever_sits_there_sees_all_and_others_see_no_such_room(rooms: Rooms):
    assert [m.unit_name for m in rooms.view("bai.ting").members] == [
        "老西门街道", "老西门市场监督管理所", "老西门派出所", "老西门物业服务公司（演示）",
    ]  # fmt: skip
    assert rooms.view("sun.lan").acts == (), "a supervisor of the street looks on"
    assert rooms.view("zhang.min").acts == ("keep", "erase"), "an operator keeps it without sitting there"
    for outside in ("cheng.gang", "wang.lei", "next.door", "wu.qiang", "qian.xi"):
        assert refusal(rooms.view, outside) == "room.unknown"
        assert rooms.row(outside) is None
        assert refusal(rooms.say, outside) == "room.unknown"
    assert rooms.row("sun.lan") is None, "what one only watches over is not among one's own"
    watched = queries.list_rooms(rooms.play.tx, sight_of(rooms.play.who("sun.lan")), mine=False)
    assert [(r.id, r.member) for r in watched] == [(rooms.id, False)]
    assert refusal(rooms.say, "sun.lan") == "room.not_a_member"


def test_an_auditor_reads_and_says_nothing(rooms: Rooms):
    assert rooms.view("shen.he").acts == ()
    assert refusal(rooms.say, "shen.he") == "network.auditor_reads_only"


def test_a_seat_goes_with_the_post(rooms: Rooms):
    tx, it = rooms.play.tx, system("pack")
    newcomer = new_id()
    grant_post(tx, it, GrantPost(newcomer, rooms.play.who("cheng.gang").id, PostKind.handler, unit(MARKET)))
    assert rooms.view("cheng.gang").acts == ("say", "turn")
    revoke_post(tx, it, RevokePost(newcomer))
    rooms.play.wait(seconds=1)
    assert refusal(rooms.view, "cheng.gang") == "room.unknown"


def test_only_keepers_of_the_ground_open_add_remove_and_close(rooms: Rooms):
    seat = Seat(unit(f"{STREET}-chengguan"), PostKind.handler)
    for by in ("bai.ting", "peng.liang"):
        assert refusal(rooms.do, by, actions.add_member, AddMember(rooms.id, seat)) == "network.not_your_post"
        assert refusal(rooms.do, by, actions.close_room, CloseRoom(rooms.id)) == "network.not_your_post"
    assert refusal(rooms.open, "bai.ting", OpenRoom(new_id(), "另一个", unit(MARKET))) == "network.not_your_post"
    assert refusal(rooms.open, "next.door", OpenRoom(new_id(), "另一个", unit(STREET))) == "network.no_unit"
    rooms.do("shi.guoqiang", actions.add_member, AddMember(rooms.id, seat))
    assert rooms.view("cheng.gang").acts == ("say", "turn")
    assert refusal(rooms.do, "chen.jie", actions.add_member, AddMember(rooms.id, seat)) == "room.member_already"
    away = RemoveMember(rooms.id, rooms.member(f"{STREET}-chengguan"))
    assert refusal(rooms.do, "peng.liang", actions.remove_member, away) == "network.not_your_post"
    rooms.do("chen.jie", actions.remove_member, away)
    assert refusal(rooms.view, "cheng.gang") == "room.unknown"
    assert rooms.events()[-2:] == ["room.member_added", "room.member_left"]


def test_one_is_told_for_whose_ground_one_may_open_a_room(play: Play):
    told = {
        who: [p.name for p in queries.find_places(play.tx, play.who(who))] for who in ("chen.jie", "hu.wei", "bai.ting")
    }
    assert told == {"chen.jie": ["老西门街道"], "hu.wei": ["黄浦区"], "bai.ting": []}


def test_a_person_sits_only_where_they_hold_the_post(rooms: Rooms):
    for person in (rooms.play.who("cheng.gang").id, new_id()):
        cmd = AddMember(rooms.id, Seat(unit(MARKET), PostKind.handler, person))
        assert refusal(rooms.do, "chen.jie", actions.add_member, cmd) == "room.not_in_post"


def test_one_leaves_a_seat_of_ones_own_and_no_post_does(rooms: Rooms):
    mine, market = rooms.member(MALL, "peng.liang"), rooms.member(MARKET)
    assert rooms.do("peng.liang", actions.remove_member, RemoveMember(rooms.id, mine)) is None
    assert refusal(rooms.view, "peng.liang") == "room.unknown"
    leave = RemoveMember(rooms.id, market)
    assert refusal(rooms.do, "bai.ting", actions.remove_member, leave) == "network.not_your_post"


def test_a_closed_room_keeps_everything_and_takes_nothing(rooms: Rooms):
    said = rooms.say("bai.ting", mentions=(rooms.member(POLICE),))
    rooms.do("chen.jie", actions.close_room, CloseRoom(rooms.id))
    assert rooms.message("peng.liang", said.id).text == "请看一下"
    assert refusal(rooms.say, "bai.ting") == "room.closed"
    assert refusal(rooms.do, "chen.jie", actions.close_room, CloseRoom(rooms.id)) == "room.closed"
    rooms.play.wait(days=2)
    assert "room.mention_overdue" not in rooms.events(), "nothing watches what nobody can do any more"
    kept = queries.list_rooms(rooms.play.tx, sight_of(rooms.play.who("bai.ting")), closed=True)
    assert [r.id for r in kept] == [rooms.id] and rooms.row("bai.ting") is None
