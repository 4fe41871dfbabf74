"""HTTP: what is owed, tags, check-ins, steps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path as PathParam
from fastapi import Query, Response

from yiwang.kit.geo import read_near
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.register import actions_checkin, actions_step, queries_owed, queries_step, rules
from yiwang.register.api import Limit, Name, Near, Radius
from yiwang.register.model_owed import BindTag, CheckIn, CheckInRow, Obligation, OwedCount, RemoveTag, Rule, Tag
from yiwang.register.model_step import StepRow, TakeStep
from yiwang.register.queries_owed import Tagged

routes = router("/api", "应尽、到场与办理 owed, check-ins and steps")


@routes.get("/kinds/{kind}/rules", summary="这一类应尽什么 What things of a kind owe", responses=body_is(list[Rule]))
def get_rules(actor: Signed, kind: Name) -> Response:
    return read(queries_owed.list_rules, (rules.kind_of(kind).name,))


@routes.get("/kinds/{kind}/owed", summary="应尽的各有多少 How many owe each", responses=body_is(list[OwedCount]))
def get_owed_counts(actor: Signed, kind: Name) -> Response:
    return read(queries_owed.count_owed, scope_of(actor), rules.kind_of(kind).name)


@routes.get(
    "/owed", summary="应尽事项，先到期的在前 What is owed, first due first", responses=body_is(page_of(Obligation))
)
def get_owed(
    actor: Signed,
    kind: Annotated[str | None, Query(max_length=31)] = None,
    thing: UUID | None = None,
    unit: Annotated[UUID | None, Query(description="由谁来做 who owes it")] = None,
    state: Literal["due", "lapsed"] | None = None,
    near: Near = None,
    radius: Radius = 100,
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    return page(
        queries_owed.list_owed, scope_of(actor), kind=kind, thing_id=thing, unit_id=unit, state=state,
        near=read_near(near) if near else None, radius_m=radius,
        after=decode_key(after, datetime, UUID, UUID), limit=limit, key=("due_at", "thing_id", "rule_id"),
    )  # fmt: skip


@routes.get("/things/{thing_id}/tags", summary="贴着哪些标签 Tags on a thing", responses=body_is(list[Tag]))
def get_tags(actor: Signed, thing_id: UUID) -> Response:
    return read(queries_owed.list_tags, scope_of(actor), thing_id)


@routes.get("/tags/{uid}", summary="这个标签在哪件物上 On which thing is this tag", responses=body_is(Tagged))
def get_tagged(actor: Signed, uid: Annotated[str, PathParam(pattern="^[0-9A-Fa-f]{8,64}$")]) -> Response:
    return read(queries_owed.find_thing_by_tag, scope_of(actor), uid)


@routes.get("/tap", summary="刷到的是哪件物 Which thing was tapped", responses=body_is(Tagged))
def get_tapped(
    actor: Signed,
    picc: Annotated[str, Query(pattern="^[0-9A-Fa-f]{32}$", description="加密的标签身份 encrypted identity")],
) -> Response:
    return read(queries_owed.find_thing_by_picc, scope_of(actor), picc)


@routes.post("/things/tag", summary="贴标签 Stick a tag to a thing", responses=body_is(list[Tag]))
def post_tag(actor: Signed, cmd: BindTag) -> Response:
    return perform(actions_checkin.bind_tag, actor, cmd)


@routes.post("/things/tag/remove", summary="撤下标签 Take a tag off", responses=body_is(list[Tag]))
def post_remove_tag(actor: Signed, cmd: RemoveTag) -> Response:
    return perform(actions_checkin.remove_tag, actor, cmd)


@routes.post("/check-ins", status_code=201, summary="到场 Check in at a thing", responses=body_is(CheckInRow, 201))
def post_check_in(actor: Signed, cmd: CheckIn) -> Response:
    return perform(actions_checkin.check_in, actor, cmd, status=201)


@routes.get("/things/{thing_id}/check-ins", summary="谁到过场 Who was there", responses=body_is(page_of(CheckInRow)))
def get_check_ins(actor: Signed, thing_id: UUID, after: str | None = None, limit: Limit = 50) -> Response:
    return page(
        queries_owed.list_checkins, scope_of(actor), thing_id, after=decode_key(after, datetime, UUID), limit=limit,
        key=("at", "id"),
    )  # fmt: skip


@routes.post(
    "/things/step", status_code=201, summary="办理一步 Take a step with a thing", responses=body_is(StepRow, 201)
)
def post_step(actor: Signed, cmd: TakeStep) -> Response:
    return perform(actions_step.take_step, actor, cmd, status=201)


@routes.get("/things/{thing_id}/steps", summary="办理经过 What was done with it", responses=body_is(page_of(StepRow)))
def get_steps(actor: Signed, thing_id: UUID, after: str | None = None, limit: Limit = 50) -> Response:
    return page(
        queries_step.list_steps, scope_of(actor), thing_id, after=decode_key(after, datetime, UUID), limit=limit,
        key=("at", "id"),
    )  # fmt: skip
