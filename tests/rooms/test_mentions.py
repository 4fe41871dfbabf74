"""@ in a room: its receipt, its deadline, its end; who may be named, and whom a muted room still reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from rooms.conftest import MARKET, POLICE, Rooms, refusal
from yiwang.kit.ids import new_id
from yiwang.rooms import actions, actions_talk
from yiwang.rooms.model import (
    FinishMention,
    MuteRoom,
    ReadRoom,
    RemoveMember,
    RoomMessage,
)


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
