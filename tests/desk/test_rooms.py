"""Rooms over HTTP and their live feed: whoever sits there hears, nobody else; what the feed names can be asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import world
from desk.page import Page
from yiwang.desk import live_rooms
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import count_settled
from yiwang.network import rules_access
from yiwang.network.model import PostKind
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.rooms import actions, actions_talk, queries
from yiwang.rooms.model import OpenRoom, RemoveMember, SayInRoom, Seat
from yiwang.rooms.rules import sees, sight_of

MARKET = "310101019-shichang"
LOGINS = (
    "zhang.min", "chen.jie", "sun.lan", "bai.ting", "cheng.gang", "wang.lei", "next.door", "yuan.lin", "shen.he", "qian.xi",
)  # fmt: skip


def make_room(database: Database) -> UUID:
    room_id = new_id()
    with database.transaction() as tx:
        tx.now = world.NOON
        seats = (Seat(world.unit(MARKET), PostKind.handler),)
        opening = OpenRoom(room_id, "老西门商圈", world.unit("310101019"), seats)
        actions.open_room(tx, get_actor_by_login(tx, "chen.jie"), opening)
    return room_id


def say(database: Database, room_id: UUID, by: str = "chen.jie") -> UUID:
    with database.transaction() as tx:
        tx.now = world.NOON
        cmd = SayInRoom(room_id, new_id(), "请到场")
        return actions_talk.say_in_room(tx, get_actor_by_login(tx, by), cmd).id


def test_the_feed_tells_whoever_the_list_shows_it_to(street: Database, settle: Callable[[Database], int]):
    room_id = make_room(street)
    with street.reading() as tx:
        audience = queries.list_audience(tx, [room_id])[0]
        for login in LOGINS:
            sight = sight_of(get_actor_by_login(tx, login))
            listed = [r.id for r in queries.list_rooms(tx, sight, mine=False)]
            assert sees(sight, audience.path, audience.seats) == (listed == [room_id]), login
    settle(street)
    with street.reading() as tx:
        before = count_settled(tx) - 1
    message = say(street, room_id)
    settle(street)
    batch = live_rooms.follow(street)(before)
    with street.reading() as tx:
        sights = {login: sight_of(get_actor_by_login(tx, login)) for login in LOGINS}
    line = live_rooms.render(batch)
    heard = {login: line(sight) for login, sight in sights.items()}
    assert {login for login, data in heard.items() if data} == {
        "zhang.min", "chen.jie", "sun.lan", "bai.ting", "yuan.lin", "shen.he",
    }  # fmt: skip
    data = json.loads(heard["bai.ting"] or b"")
    (change,) = data["rooms"]
    assert (change["event"], change["message"], change["n"]) == ("room.said", str(message), 1)
    assert "请到场" not in str(heard), "what it says is asked for, not sent about"


def test_whoever_was_removed_hears_no_more(street: Database, settle: Callable[[Database], int]):
    room_id = make_room(street)
    hub = live_rooms.make_hub(street)

    async def listen() -> None:
        with street.reading() as tx:
            hub.start(after=count_settled(tx) - 1)
            sight = sight_of(get_actor_by_login(tx, "bai.ting"))
        page = Page(hub.stream(sight, None))
        assert (await page.event())[0] == "beat"
        await asyncio.to_thread(say, street, room_id)
        await asyncio.to_thread(settle, street)
        assert "room.said" in {c["event"] for c in (await page.message())["rooms"]}
        await asyncio.to_thread(_remove, street, room_id)
        await asyncio.to_thread(say, street, room_id)
        await asyncio.to_thread(settle, street)
        with street.reading() as tx:
            last = count_settled(tx) - 1
        told = -1
        while told < last:  # a sign of life that says: so far there was nothing for you
            name, _, data = await page.event()
            assert name == "beat", data
            told = data["position"]
        hub.close()

    asyncio.run(listen())


def _remove(database: Database, room_id: UUID) -> None:
    with database.transaction() as tx:
        tx.now = world.NOON
        chen = get_actor_by_login(tx, "chen.jie")
        member = next(m.id for m in queries.get_room(tx, chen, room_id).members if m.person_id is None)
        actions.remove_member(tx, chen, RemoveMember(room_id, member))


def post(desk: Any, path: str, body: Any, status: int = 200) -> Any:
    token = rules_access.csrf_of(desk.client.cookies[rules_access.COOKIE])
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = desk.client.post(path, **sent, headers={rules_access.CSRF_HEADER: token})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_over_http(desk: Any):
    database: Database = desk.system.database
    room_id = make_room(database)
    desk.sign_in("bai.ting")
    photo = post(desk, "/api/photos", world.jpeg("teal"), 201)["sha256"]
    said = {"room_id": str(room_id), "id": str(new_id()), "text": "门口堆物", "photos": [photo]}
    assert post(desk, "/api/rooms/messages", said, 201)["photos"] == [photo]
    listed = desk.get("/api/rooms")["items"]
    assert [(r["name"], r["unread"], r["last_text"]) for r in listed] == [("老西门商圈", 0, "门口堆物")]
    assert desk.client.get(f"/api/rooms/{room_id}/photos/{photo}/thumb").headers["content-type"] == "image/jpeg"
    assert desk.get(f"/api/rooms/{room_id}/messages", limit=1)["items"][0]["text"] == "门口堆物"
    desk.sign_in("chen.jie")
    assert desk.get(f"/api/rooms/{room_id}/messages/some", message_id=said["id"])[0]["by_name"] == "白婷"
    report = {
        "id": str(new_id()), "channel": "other", "description": "商场门口堆物", "matter_kind": "matter",
        "matter_code": "06010", "area_code": "310101019", "place": "文庙路", "photos": [{"sha256": photo, "kind": "near"}],
    }  # fmt: skip
    turn = {"room_id": str(room_id), "message_id": said["id"], "report": report}
    turned = post(desk, "/api/rooms/turn", turn)
    assert turned["case_id"] == report["id"] and turned["case_number"]
    assert desk.get(f"/api/cases/{report['id']}")["case"]["number"] == turned["case_number"]
    again = turn | {"report": report | {"id": str(new_id())}}
    assert post(desk, "/api/rooms/turn", again, 409)["error"]["code"] == "room.turned_already"
    desk.sign_in("cheng.gang")
    for path in (f"/api/rooms/{room_id}", f"/api/rooms/{room_id}/messages", f"/api/rooms/{room_id}/photos/{photo}"):
        assert desk.get(path, 404)["error"]["code"] == "room.unknown"
    assert desk.get("/api/rooms")["items"] == []
