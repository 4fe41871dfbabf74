"""Rooms: who sits in them, @ with receipt and deadline, and orders that come out of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

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
from yiwang.kit.errors import Forbidden, NotFound, Problem
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.actions_people import grant_post, revoke_post
from yiwang.network.model import PostKind, system
from yiwang.network.model_people import GrantPost, RevokePost
from yiwang.rooms import actions, actions_talk, queries
from yiwang.rooms.model import (
    AddMember,
    CloseRoom,
    EraseMessage,
    FinishMention,
    MuteRoom,
    OpenRoom,
    ReadRoom,
    RemoveMember,
    RoomMessage,
    RoomView,
    SayInRoom,
    Seat,
)
from yiwang.rooms.rules import sight_of

P = PostKind
STREET = "310101019"
MARKET, POLICE, MALL = f"{STREET}-shichang", f"{STREET}-paichusuo", f"{STREET}-wuye"


class Rooms:
    """A district's room in the named world: 商圈, with the market's, the police's and the mall's handlers."""

    def __init__(self, play: Play) -> None:
        self.play = play
        seats = tuple(Seat(unit(code), P.handler) for code in (MARKET, POLICE))
        mall = Seat(unit(MALL), P.handler, play.who("peng.liang").id)
        self.id = new_id()
        self.open("chen.jie", OpenRoom(self.id, "老西门商圈", unit(STREET), (*seats, mall)))

    def open(self, by: str, cmd: OpenRoom) -> RoomView:
        return actions.open_room(self.play.tx, self.play.who(by), cmd)

    def view(self, by: str) -> RoomView:
        return queries.get_room(self.play.tx, self.play.who(by), self.id)

    def member(self, code: str, person: str | None = None) -> UUID:
        wanted = self.play.who(person).id if person else None
        return next(m.id for m in self.view("chen.jie").members if m.unit_id == unit(code) and m.person_id == wanted)

    def say(self, by: str, text: str = "请看一下", **more: Any) -> RoomMessage:
        cmd = SayInRoom(self.id, new_id(), text, **more)
        return actions_talk.say_in_room(self.play.tx, self.play.who(by), cmd)

    def do(self, by: str, action: Any, cmd: Any) -> Any:
        return action(self.play.tx, self.play.who(by), cmd)

    def message(self, by: str, message_id: UUID) -> RoomMessage:
        found = queries.list_named(self.play.tx, sight_of(self.play.who(by)), self.id, [message_id])
        return found[0]

    def row(self, by: str) -> Any:
        rows = queries.list_rooms(self.play.tx, sight_of(self.play.who(by)))
        return next((r for r in rows if r.id == self.id), None)

    def notices(self, by: str) -> list[str]:
        return [n.kind for n in queries.list_notices(self.play.tx, sight_of(self.play.who(by)))]

    def events(self) -> list[str]:
        return [e.event for e in list_entries(self.play.tx, self.id)]


@pytest.fixture
def rooms(play: Play) -> Rooms:
    return Rooms(play)


def refusal(doing: Any, *args: Any) -> str:
    with pytest.raises(Problem) as caught:
        doing(*args)
    return caught.value.code


# ── who sits there ────────────────────────────────────────────────────────────────────────────────────────────────────


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
    grant_post(tx, it, GrantPost(newcomer, rooms.play.who("cheng.gang").id, P.handler, unit(MARKET)))
    assert rooms.view("cheng.gang").acts == ("say", "turn")
    revoke_post(tx, it, RevokePost(newcomer))
    rooms.play.wait(seconds=1)
    assert refusal(rooms.view, "cheng.gang") == "room.unknown"


def test_only_keepers_of_the_ground_open_add_remove_and_close(rooms: Rooms):
    seat = Seat(unit(f"{STREET}-chengguan"), P.handler)
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
        cmd = AddMember(rooms.id, Seat(unit(MARKET), P.handler, person))
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


# ── @ ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_at_has_a_day_a_receipt_and_an_end(rooms: Rooms):
    police = rooms.member(POLICE)
    said = rooms.say("peng.liang", mentions=(police, police))
    (at,) = said.mentions
    assert (at.due_at - said.at, at.read_at, at.mine) == (timedelta(days=1), None, False)
    assert (rooms.row("lei.hong").asked, rooms.row("lei.hong").unread) == (1, 1)
    assert rooms.notices("lei.hong")[0] == "mentioned"
    rooms.play.wait(minutes=3)
    rooms.do("bai.ting", actions_talk.read_room, ReadRoom(rooms.id, said.n))
    assert rooms.message("peng.liang", said.id).mentions[0].read_at is None, "only who is asked gives a receipt"
    rooms.do("lei.hong", actions_talk.read_room, ReadRoom(rooms.id, said.n))
    (at,) = rooms.message("peng.liang", said.id).mentions
    assert at.read_at == rooms.play.tx.now and at.read_name == rooms.play.who("lei.hong").name
    assert rooms.row("lei.hong").unread == 0
    rooms.play.wait(minutes=3)
    rooms.do("lei.hong", actions_talk.read_room, ReadRoom(rooms.id, said.n))
    assert rooms.message("peng.liang", said.id).mentions[0].read_at == at.read_at, "the first reading counts"
    assert (
        refusal(rooms.do, "bai.ting", actions_talk.finish_mention, FinishMention(rooms.id, said.id))
        == "room.nothing_asked"
    )
    done = rooms.do("lei.hong", actions_talk.finish_mention, FinishMention(rooms.id, said.id))
    assert done.mentions[0].done_at == rooms.play.tx.now
    assert rooms.notices("peng.liang")[0] == "done"
    rooms.play.wait(days=2)
    assert rooms.events()[-3:] == ["room.said", "room.mentions_read", "room.mentions_done"]


def test_an_at_that_is_not_seen_to_goes_overdue_once(rooms: Rooms):
    said = rooms.say("peng.liang", mentions=(rooms.member(MARKET),), minutes=60)
    rooms.play.wait(minutes=59)
    assert rooms.row("bai.ting").overdue == 0
    rooms.play.wait(minutes=2)
    (at,) = rooms.message("bai.ting", said.id).mentions
    assert at.overdue_at == at.due_at == said.at + timedelta(hours=1) and at.mine
    assert rooms.row("bai.ting").overdue == 1
    assert rooms.notices("peng.liang")[0] == rooms.notices("bai.ting")[0] == "overdue"
    rooms.play.wait(days=3)
    assert rooms.events().count("room.mention_overdue") == 1
    rooms.do("bai.ting", actions_talk.finish_mention, FinishMention(rooms.id, said.id))
    assert rooms.row("bai.ting").overdue == 0


def test_a_muted_room_is_silent_but_for_what_is_urgent(rooms: Rooms):
    rooms.do("bai.ting", actions_talk.mute_room, MuteRoom(rooms.id, True))
    market = rooms.member(MARKET)
    rooms.say("peng.liang", mentions=(market,))
    assert rooms.row("bai.ting").muted and rooms.notices("bai.ting") == []
    assert not rooms.row("lei.hong").muted, "muting is one's own"
    assert refusal(_urgent, rooms, "peng.liang", market) == "network.not_your_post"
    urgent = _urgent(rooms, "chen.jie", market)
    assert urgent.mentions[0].due_at - urgent.at == timedelta(minutes=30)
    assert rooms.notices("bai.ting") == ["mentioned"]
    rooms.do("bai.ting", actions_talk.mute_room, MuteRoom(rooms.id, False))
    assert rooms.notices("bai.ting") == ["mentioned", "mentioned", "added"]


def _urgent(rooms: Rooms, by: str, member: UUID) -> RoomMessage:
    return rooms.say(by, mentions=(member,), urgent=True)


def test_nobody_outside_is_mentioned_and_nothing_empty_is_said(rooms: Rooms):
    assert refusal(_asks, rooms, (new_id(),)) == "room.mention_unknown"
    gone = rooms.member(POLICE)
    rooms.do("chen.jie", actions.remove_member, RemoveMember(rooms.id, gone))
    assert refusal(_asks, rooms, (gone,)) == "room.mention_unknown"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"text": ""}, "room.empty"), ({"lon": 121.0}, "room.half_place"), ({"lon": 121.0, "lat": 95.0}, "room.half_place"),
        ({"reply_to": new_id()}, "room.reply_unknown"), ({"photos": ("0" * 64,)}, "photo.not_uploaded"),
        ({"photos": ("0" * 64, "0" * 64)}, "room.photo_twice"),
    ]  # fmt: skip
    for more, code in cases:
        assert refusal(lambda more=more: rooms.say("peng.liang", **more)) == code


def _asks(rooms: Rooms, mentions: tuple[UUID, ...]) -> RoomMessage:
    return rooms.say("peng.liang", mentions=mentions)


def test_what_is_asked_of_a_seat_falls_away_with_it(rooms: Rooms):
    police = rooms.member(POLICE)
    said = rooms.say("peng.liang", mentions=(police,))
    rooms.do("chen.jie", actions.remove_member, RemoveMember(rooms.id, police))
    rooms.play.wait(days=2)
    assert rooms.message("peng.liang", said.id).mentions[0].overdue_at is None


# ── what is said ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_shown_to_the_room_only_and_the_same_id_is_one_message(rooms: Rooms):
    photo = rooms.play.photo("peng.liang", PhotoKind.near).sha256
    said = rooms.say("peng.liang", "", photos=(photo,), lon=SPOT[0], lat=SPOT[1])
    assert said.photos == (photo,) and (said.lon, said.lat) == SPOT
    tx = rooms.play.tx
    queries.demand_photo_here(tx, sight_of(rooms.play.who("bai.ting")), rooms.id, photo)
    for who, sha in (("cheng.gang", photo), ("bai.ting", "0" * 64)):
        with pytest.raises(NotFound):
            queries.demand_photo_here(tx, sight_of(rooms.play.who(who)), rooms.id, sha)
    again = SayInRoom(rooms.id, said.id, "别的")
    assert refusal(rooms.do, "peng.liang", actions_talk.say_in_room, again) == "room.id_reused"
    assert (
        refusal(rooms.do, "bai.ting", actions_talk.say_in_room, SayInRoom(rooms.id, new_id(), photos=(photo,)))
        == "photo.not_uploaded"
    )


def test_pages_go_by_number(rooms: Rooms):
    for i in range(7):
        rooms.say("bai.ting", f"第{i}条")
    scope = sight_of(rooms.play.who("lei.hong"))
    newest = queries.list_messages(rooms.play.tx, scope, rooms.id, limit=3)
    older = queries.list_messages(rooms.play.tx, scope, rooms.id, before=newest[-1].n, limit=3)
    assert [m.n for m in (*newest, *older)] == [7, 6, 5, 4, 3, 2]
    assert [m.n for m in queries.list_messages(rooms.play.tx, scope, rooms.id, after=5)] == [6, 7]
    assert rooms.row("lei.hong").unread == 7 and rooms.row("lei.hong").last_text == "第6条"
    assert rooms.row("bai.ting").unread == 0, "what one says one has read"


def test_erasing_empties_the_words_and_keeps_the_digest(rooms: Rooms):
    photo = rooms.play.photo("peng.liang", PhotoKind.near).sha256
    said = rooms.say("peng.liang", "住户王先生的电话", photos=(photo,), lon=SPOT[0], lat=SPOT[1])
    cmd = EraseMessage(rooms.id, said.id, "含个人信息")
    assert refusal(rooms.do, "chen.jie", actions_talk.erase_message, cmd) == "network.not_your_post"
    rooms.do("zhang.min", actions_talk.erase_message, cmd)
    left = rooms.message("peng.liang", said.id)
    assert (left.text, left.lon, left.photos) == ("", None, ()) and left.erased_at is not None
    with pytest.raises(NotFound):
        queries.demand_photo_here(rooms.play.tx, sight_of(rooms.play.who("bai.ting")), rooms.id, photo)
    entries = list_entries(rooms.play.tx, rooms.id)
    assert '"erased":"' in entries[-1].body and "王先生" not in "".join(e.body for e in entries)
    assert rooms.do("zhang.min", actions_talk.erase_message, cmd).erased_at == left.erased_at
    assert rooms.events().count("room.erased") == 1


def test_the_ledger_holds_no_words(rooms: Rooms):
    rooms.say("peng.liang", "虹桥南丰城的空调外机很吵")
    assert not [e for e in list_entries(rooms.play.tx, rooms.id) if "空调" in e.body or "商圈" in e.body]


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
