"""HTTP: coming on duty and going off, positions, who is near, the roster beside what is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from yiwang.kit import db
from yiwang.kit.fields import Datum
from yiwang.kit.geo import to_wgs84
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network import actions_duty, queries_duty, queries_units
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.api import check_instant
from yiwang.network.model_duty import (
    CallColleague,
    Colleague,
    EndDuty,
    MyDuty,
    Point,
    PositionsKept,
    RosterLine,
    SeeTrail,
    StartDuty,
    TellPositions,
)
from yiwang.network.model_personal import Reach
from yiwang.network.queries_people import FIRST
from yiwang.network.rules import seen_by

routes = router("/api/duty", "在岗 on duty")
FAR = 20_000
NO_STORE = {"Cache-Control": "no-store"}
POSITIONS = Limits(public=10, address=100, staff=720)
"""Batches an hour: one every five seconds."""


@routes.get("/me", summary="我是否在岗、可上岗的岗位 Am I on duty, and as what I may be", responses=body_is(MyDuty))
def get_my_duty(actor: Signed) -> Response:
    return read(queries_duty.get_my_duty, actor)


@routes.post("/start", summary="上岗 Come on duty", responses=body_is(MyDuty))
def post_start(actor: Signed, cmd: StartDuty) -> Response:
    return perform(actions_duty.start_duty, actor, cmd)


@routes.post("/end", summary="下岗 Go off duty", responses=body_is(MyDuty))
def post_end(actor: Signed, cmd: EndDuty) -> Response:
    return perform(actions_duty.end_duty, actor, cmd)


@routes.post(
    "/positions",
    summary="报告在岗位置（仅在岗时；重复发送只存一次） Where I am, while on duty only; sent twice, kept once",
    dependencies=[Depends(limited(POSITIONS))],
    responses=body_is(PositionsKept),
)
def post_positions(actor: Signed, cmd: TellPositions) -> Response:
    return perform(actions_duty.tell_positions, actor, cmd)


@routes.get("/near", summary="附近在岗人员，由近及远 Who on duty is near a point", responses=body_is(list[Colleague]))
def get_near(
    actor: Signed,
    lon: float,
    lat: float,
    metres: Annotated[float, Query(gt=0, le=FAR)] = 2_000,
    datum: Datum = "wgs84",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    x, y = to_wgs84(lon, lat, datum)
    with db.current().transaction() as tx:
        scope = queries_duty.find_scope(tx, actor)
        return reply(queries_duty.list_near(tx, scope, x, y, metres, limit), headers=NO_STORE)


@routes.get(
    "/people",
    summary="所见范围内全部在岗人员及位置 Everybody on duty in sight, with where they last were",
    responses=body_is(list[Colleague]),
)
def get_people(actor: Signed, after: UUID = FIRST, limit: Annotated[int, Query(ge=1, le=500)] = 500) -> Response:
    with db.current().transaction() as tx:
        scope = queries_duty.find_scope(tx, actor)
        return reply(queries_duty.list_colleagues(tx, scope, after=after, limit=limit), headers=NO_STORE)


@routes.get(
    "/roster",
    summary="排班与实际到岗对照 The roster at an instant beside who is really there: here, absent, due, unplanned",
    responses=body_is(list[RosterLine]),
)
def get_roster(
    actor: Signed,
    unit: UUID,
    at: datetime | None = None,
    after: UUID = FIRST,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    check_instant(at)
    with db.current().transaction() as tx:
        path = queries_units.get_visible_unit(tx, seen_by(actor), unit).path
        return reply(queries_duty.list_presence(tx, seen_by(actor), path, at or tx.now, after=after, limit=limit))


@routes.post(
    "/call",
    summary="联系一名在岗同事（号码留痕） The number of a colleague on duty; who looked is kept",
    responses=body_is(Reach),
)
def post_call(actor: Signed, cmd: CallColleague) -> Response:
    # Not by `perform`: it would keep the answer, and with it the number.
    with db.current().transaction() as tx:
        return reply(actions_duty.call_colleague(tx, actor, cmd), headers=NO_STORE)


@routes.post(
    "/trail",
    summary="查看在岗轨迹（24 小时内；他人的须说明事由，留痕） Where somebody was on duty; others' with a reason that is kept",
    responses=body_is(list[Point]),
)
def post_trail(actor: Signed, cmd: SeeTrail) -> Response:
    with db.current().transaction() as tx:
        return reply(actions_duty.see_trail(tx, actor, cmd), headers=NO_STORE)
