"""What is said in a room: photos, pages, erasing, and that the ledger holds no words."""

from __future__ import annotations

import pytest

from rooms.conftest import Rooms, refusal
from world import SPOT
from yiwang.cases.model import PhotoKind
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.rooms import actions_talk, queries
from yiwang.rooms.model import (
    EraseMessage,
    SayInRoom,
)
from yiwang.rooms.rules import sight_of


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


def test_a_voice_note_is_no_photo_in_a_room(rooms: Rooms):
    voice = rooms.play.voice("peng.liang")
    said = SayInRoom(rooms.id, new_id(), photos=(voice,))
    assert refusal(rooms.do, "peng.liang", actions_talk.say_in_room, said) == "photo.not_uploaded"


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
