"""HTTP: units, people, posts, certificates, duty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from yiwang.kit import db
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Unavailable
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network import actions_people, actions_units, queries_people, queries_posts, queries_units
from yiwang.network.actions_session import Signed
from yiwang.network.model import PostKind
from yiwang.network.model_people import (
    AddPerson,
    AssignDuty,
    Certificate,
    DutyPlan,
    DutyRow,
    ErasePerson,
    GiveCertificate,
    GrantPost,
    HeldPost,
    OnDuty,
    Person,
    PlanDuty,
    RevokeCertificate,
    RevokePost,
    SetShift,
)
from yiwang.network.model_posts import PostRow
from yiwang.network.model_units import MergeUnits, MoveUnit, OpenUnit, RenameUnit, Unit, UnitPast, UnitRow
from yiwang.network.queries_people import FIRST
from yiwang.network.rules import seen_by

Limit = Annotated[int, Query(ge=1, le=500)]
Locate = Callable[[Tx, float, float], tuple[str, UUID | None]]
"""What `app.state.locate` must be: (tx, lon, lat) → (path of the unit that the point lies in, its duty grid)."""

routes = router("/api", "单位与人员 units and people")


@routes.get("/units", summary="下级单位或按名称查找 Units below one, or by name", responses=body_is(list[UnitRow]))
def get_units(
    actor: Signed,
    parent: UUID | None = None,
    search: Annotated[str | None, Query(max_length=50)] = None,
    after: str = "",
    limit: Limit = 100,
) -> Response:
    return read(queries_units.list_units, seen_by(actor), parent, search=search, after=after, limit=limit)


@routes.get("/units/{unit_id}", summary="一个单位 One unit", responses=body_is(Unit))
def get_unit(actor: Signed, unit_id: UUID) -> Response:
    return read(queries_units.get_visible_unit, seen_by(actor), unit_id)


@routes.get("/units/{unit_id}/past", summary="单位沿革 Its former names and places", responses=body_is(list[UnitPast]))
def get_unit_past(actor: Signed, unit_id: UUID) -> Response:
    return read(queries_units.list_unit_past, seen_by(actor), unit_id)


@routes.post("/units", summary="设立单位 Open a unit", status_code=201, responses=body_is(Unit, 201))
def post_unit(actor: Signed, cmd: OpenUnit) -> Response:
    return perform(actions_units.open_unit, actor, cmd, status=201)


@routes.post("/units/rename", summary="单位更名 Rename a unit", responses=body_is(Unit))
def post_rename(actor: Signed, cmd: RenameUnit) -> Response:
    return perform(actions_units.rename_unit, actor, cmd)


@routes.post("/units/move", summary="调整隶属 Move a unit", responses=body_is(Unit))
def post_move(actor: Signed, cmd: MoveUnit) -> Response:
    return perform(actions_units.move_unit, actor, cmd)


@routes.post("/units/merge", summary="撤并单位 Merge units", responses=body_is(Unit))
def post_merge(actor: Signed, cmd: MergeUnits) -> Response:
    return perform(actions_units.merge_units, actor, cmd)


@routes.get("/people", summary="人员 People in sight", responses=body_is(list[Person]))
def get_people(
    actor: Signed,
    unit: UUID | None = None,
    search: Annotated[str | None, Query(max_length=50)] = None,
    after: UUID = FIRST,
    limit: Limit = 50,
) -> Response:
    with db.current().transaction() as tx:
        under = queries_units.get_visible_unit(tx, seen_by(actor), unit).path if unit else None
        people = queries_people.list_people(tx, seen_by(actor), under=under, search=search, after=after, limit=limit)
    return reply(people)


@routes.get("/people/{person_id}", summary="一个人 One person", responses=body_is(Person))
def get_person(actor: Signed, person_id: UUID) -> Response:
    return read(queries_people.get_person, seen_by(actor), person_id)


@routes.get("/people/{person_id}/posts", summary="其岗位 Their posts", responses=body_is(list[HeldPost]))
def get_person_posts(actor: Signed, person_id: UUID) -> Response:
    return read(queries_people.list_posts, seen_by(actor), person_id)


@routes.get(
    "/people/{person_id}/certificates", summary="其证书 Their certificates", responses=body_is(list[Certificate])
)
def get_person_certificates(actor: Signed, person_id: UUID) -> Response:
    return read(queries_people.list_certificates, seen_by(actor), person_id)


@routes.post("/people", summary="登记人员 Add a person", status_code=201, responses=body_is(Person, 201))
def post_person(actor: Signed, cmd: AddPerson) -> Response:
    return perform(actions_people.add_person, actor, cmd, status=201)


@routes.post("/people/erase", summary="删除个人信息 Erase somebody's personal data", responses=body_is(Person))
def post_erase(actor: Signed, cmd: ErasePerson) -> Response:
    return perform(actions_people.erase_person, actor, cmd)


@routes.post("/posts", summary="任命 Grant a post", status_code=201, responses=body_is(HeldPost, 201))
def post_post(actor: Signed, cmd: GrantPost) -> Response:
    return perform(actions_people.grant_post, actor, cmd, status=201)


@routes.get("/posts", summary="单位里的现任岗位 Posts held now in a unit", responses=body_is(page_of(PostRow)))
def get_posts(
    actor: Signed,
    unit: UUID,
    after: Annotated[str | None, Query(max_length=200, description="上一页的 next：the last page's `next`")] = None,
    limit: Limit = 200,
) -> Response:
    def ask(tx: Tx, **paging: Any) -> list[PostRow]:
        path = queries_units.get_visible_unit(tx, seen_by(actor), unit).path
        return queries_posts.list_unit_posts(tx, seen_by(actor), path, **paging)

    return page(ask, after=(decode_key(after, UUID) or (FIRST,))[0], limit=limit, key=("id",))


@routes.post("/posts/revoke", summary="免职 Revoke a post", responses=body_is(HeldPost))
def post_revoke(actor: Signed, cmd: RevokePost) -> Response:
    return perform(actions_people.revoke_post, actor, cmd)


@routes.post(
    "/certificates", summary="颁发培训证书 Give a certificate", status_code=201, responses=body_is(Certificate, 201)
)
def post_certificate(actor: Signed, cmd: GiveCertificate) -> Response:
    return perform(actions_people.give_certificate, actor, cmd, status=201)


@routes.post("/certificates/revoke", summary="撤销培训证书 Withdraw a certificate", responses=body_is(Certificate))
def post_certificate_revoke(actor: Signed, cmd: RevokeCertificate) -> Response:
    return perform(actions_people.revoke_certificate, actor, cmd)


@routes.get(
    "/on-duty",
    summary="此时此地谁在值班、如何联系 Who is on duty here now, and how to reach them",
    responses=body_is(list[OnDuty]),
)
def get_on_duty(
    request: Request,
    actor: Signed,
    post: Annotated[list[PostKind], Query(min_length=1)],
    unit: UUID | None = None,
    grid: UUID | None = None,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    at: datetime | None = None,
) -> Response:
    check_instant(at)
    with db.current().transaction() as tx:
        if unit is not None:
            path = queries_units.get_visible_unit(tx, seen_by(actor), unit).path
        elif lon is not None and lat is not None:
            path, grid = _locate(request)(tx, lon, lat)
            queries_units.demand_in_sight(seen_by(actor), path)
        else:
            raise Invalid("network.where", "请给出单位或经纬度", "Give a unit, or lon and lat")
        return reply(queries_people.who_is_on_duty(tx, path, post, at, grid=grid))


@routes.get("/duties", summary="排班表 The roster", responses=body_is(list[DutyRow]))
def get_duties(
    actor: Signed,
    unit: UUID,
    since: datetime,
    until: datetime,
    after_at: datetime | None = None,
    after: UUID = FIRST,
    limit: Limit = 200,
) -> Response:
    for instant in (since, until, after_at):
        check_instant(instant)
    with db.current().transaction() as tx:
        path = queries_units.get_visible_unit(tx, seen_by(actor), unit).path
        last = (after_at, after) if after_at else None
        return reply(queries_people.list_duties(tx, seen_by(actor), path, since, until, after=last, limit=limit))


@routes.post("/duties/plan", summary="排班 Plan duty", responses=body_is(DutyPlan))
def post_plan(actor: Signed, cmd: PlanDuty) -> Response:
    return perform(actions_people.plan_duty, actor, cmd)


@routes.post("/duties", summary="安排一次值班 Assign one duty", status_code=201, responses=body_is(AssignDuty, 201))
def post_duty(actor: Signed, cmd: AssignDuty) -> Response:
    return perform(actions_people.assign_duty, actor, cmd, status=201)


@routes.put("/shifts", summary="设定班次时间 Set a shift's times", responses=body_is(SetShift))
def put_shift(actor: Signed, cmd: SetShift) -> Response:
    return perform(actions_people.set_shift, actor, cmd)


def _locate(request: Request) -> Locate:
    locate = getattr(request.app.state, "locate", None)
    if locate is None:
        raise Unavailable("network.no_map", "尚未载入网格，请按单位查询", "No grids are loaded; ask by unit")
    return locate


def check_instant(at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise Invalid("network.no_zone", "时间须带时区", "A time needs its zone", at=at)
