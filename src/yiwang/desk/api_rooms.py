"""HTTP of rooms where they touch cases, and their live feed. All else of rooms is in `rooms/api.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from yiwang.desk import live_rooms
from yiwang.flows import case_room
from yiwang.flows.case_room import OpenCaseRoom, TurnIntoAssist, TurnIntoCase
from yiwang.kit.live import last_id
from yiwang.kit.web import body_is, perform, router
from yiwang.ledger.queries import count_settled
from yiwang.network.actions_session import Signed
from yiwang.rooms.model import RoomMessage, RoomView
from yiwang.rooms.rules import sight_of

routes = router("/api/rooms", "协同群 rooms")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Follow the ledger for rooms while the application runs."""
    app.state.room_hub = live_rooms.make_hub(app.state.system.database)
    with app.state.system.database.reading() as tx:
        app.state.room_hub.start(after=count_settled(tx) - 1)
    yield
    app.state.room_hub.close()


@routes.get(
    "/feed",
    summary="群动态（SSE） The rooms' live feed: events `message`, `beat`, `reload`",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def get_feed(request: Request, actor: Signed) -> Response:
    return request.app.state.room_hub.respond(sight_of(actor), last_id(request))


@routes.post("/of-case", summary="打开案件的群 Open a case's room", responses=body_is(RoomView))
def post_case_room(actor: Signed, cmd: OpenCaseRoom) -> Response:
    return perform(case_room.open_case_room, actor, cmd)


@routes.post("/turn", summary="把一条消息转为案件 Turn a message into a case", responses=body_is(RoomMessage))
def post_turn(actor: Signed, cmd: TurnIntoCase) -> Response:
    return perform(case_room.turn_into_case, actor, cmd)


@routes.post(
    "/turn-assist",
    summary="把一条消息转为协办单 Turn a message into an assisting order",
    responses=body_is(RoomMessage),
)
def post_assist(actor: Signed, cmd: TurnIntoAssist) -> Response:
    return perform(case_room.turn_into_assist, actor, cmd)
