"""HTTP: rooms, their members, what is said in them. What reaches into cases stands in the surface (desk/api_rooms.py)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from yiwang.kit import web_files
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, router
from yiwang.kit.web_files import JPEG, Sha
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor
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
    RoomNotice,
    RoomPlace,
    RoomRow,
    RoomView,
    SayInRoom,
)
from yiwang.rooms.rules import sight_of

routes = router("/api/rooms", "协同群 rooms")
Cursor = Annotated[str | None, Query(max_length=400, description="上一页的 next: the last page's `next`")]
Limit = Annotated[int, Query(ge=1, le=200)]


@routes.get("", summary="我的群（mine=false 含所辖片区的群） My rooms", responses=body_is(page_of(RoomRow)))
def get_rooms(
    actor: Signed,
    mine: bool = True,
    closed: bool = False,
    case: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    asked = {"mine": mine, "closed": closed, "case_id": case, "after": decode_key(cursor, datetime, UUID)}
    return page(queries.list_rooms, sight_of(actor), **asked, limit=limit, key=("last_at", "id"))


@routes.get("/notices", summary="群里对我说的 What rooms tell me", responses=body_is(page_of(RoomNotice)))
def get_notices(actor: Signed, cursor: Cursor = None, limit: Limit = 50) -> Response:
    before = decode_key(cursor, datetime, UUID)
    return page(queries.list_notices, sight_of(actor), before, limit=limit, key=("at", "id"))


@routes.get(
    "/places", summary="可为哪些辖区开设片区群 For whose ground I may open a room", responses=body_is(list[RoomPlace])
)
def get_places(actor: Signed) -> Response:
    return read(queries.find_places, actor)


@routes.get(
    "/{room_id}", summary="一个群：成员与可做的事 One room: members, and what I may do", responses=body_is(RoomView)
)
def get_room(actor: Signed, room_id: UUID) -> Response:
    return read(queries.get_room, actor, room_id)


@routes.get(
    "/{room_id}/messages",
    summary="消息：由新到旧；给 after 则为其后由旧到新 Messages, newest first; with `after`, what came after it",
    responses=body_is(page_of(RoomMessage)),
)
def get_messages(
    actor: Signed,
    room_id: UUID,
    after: Annotated[int | None, Query(ge=0, le=2_000_000_000)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    (n,) = decode_key(cursor, int) or (None,)
    asked = {"after": n if after is not None and n is not None else after, "before": n}
    return page(queries.list_messages, sight_of(actor), room_id, **asked, limit=limit, key=("n",))


@routes.get(
    "/{room_id}/messages/some",
    summary="这几条消息的现状 These messages, as they stand",
    responses=body_is(list[RoomMessage]),
)
def get_some(actor: Signed, room_id: UUID, message_id: Annotated[list[UUID], Query(max_length=100)]) -> Response:
    return read(queries.list_named, sight_of(actor), room_id, message_id)


@routes.get(
    "/{room_id}/photos/{sha256}", summary="群里的照片 A photo, without EXIF", response_class=Response, responses=JPEG
)
def show_photo(request: Request, actor: Signed, room_id: UUID, sha256: Sha) -> Response:
    return _show(request, actor, room_id, sha256, thumb=False)


@routes.get("/{room_id}/photos/{sha256}/thumb", summary="缩略图 A thumbnail", response_class=Response, responses=JPEG)
def show_thumb(request: Request, actor: Signed, room_id: UUID, sha256: Sha) -> Response:
    return _show(request, actor, room_id, sha256, thumb=True)


def _show(request: Request, actor: Actor, room_id: UUID, sha256: str, *, thumb: bool) -> Response:
    demand = partial(queries.demand_photo_here, scope=sight_of(actor), room_id=room_id, sha256=sha256)
    return web_files.show_photo(request, sha256, demand, thumb=thumb, cache="max-age=3600")


@routes.post("", summary="开设片区群 Open a room for an area", status_code=201, responses=body_is(RoomView, 201))
def post_room(actor: Signed, cmd: OpenRoom) -> Response:
    return perform(actions.open_room, actor, cmd, status=201)


@routes.post("/members", summary="加入成员 Add a member", responses=body_is(RoomView))
def post_member(actor: Signed, cmd: AddMember) -> Response:
    return perform(actions.add_member, actor, cmd)


@routes.post(
    "/members/remove", summary="移出成员，或自己退出 Remove a member, or leave", responses=body_is(RoomView | None)
)
def post_remove(actor: Signed, cmd: RemoveMember) -> Response:
    return perform(actions.remove_member, actor, cmd)


@routes.post("/close", summary="关闭群，记录保留 Close; everything is kept", responses=body_is(RoomView))
def post_close(actor: Signed, cmd: CloseRoom) -> Response:
    return perform(actions.close_room, actor, cmd)


@routes.post(
    "/messages", summary="发言，可@成员 Say something, with @", status_code=201, responses=body_is(RoomMessage, 201)
)
def post_message(actor: Signed, cmd: SayInRoom) -> Response:
    return perform(actions_talk.say_in_room, actor, cmd, status=201)


@routes.post("/read", summary="读到此处（@我的即为回执） I have read up to here", responses=body_is(RoomView))
def post_read(actor: Signed, cmd: ReadRoom) -> Response:
    return perform(actions_talk.read_room, actor, cmd)


@routes.post("/mute", summary="免打扰（紧急@仍可达） Mute; urgent @ still reach me", responses=body_is(RoomView))
def post_mute(actor: Signed, cmd: MuteRoom) -> Response:
    return perform(actions_talk.mute_room, actor, cmd)


@routes.post("/finish", summary="@我的事已办好 What I was asked is done", responses=body_is(RoomMessage))
def post_finish(actor: Signed, cmd: FinishMention) -> Response:
    return perform(actions_talk.finish_mention, actor, cmd)


@routes.post("/erase", summary="删除一条发言的内容 Erase what a message said", responses=body_is(RoomMessage))
def post_erase(actor: Signed, cmd: EraseMessage) -> Response:
    return perform(actions_talk.erase_message, actor, cmd)
