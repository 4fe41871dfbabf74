"""HTTP of the catalogue, filing conditions, deadlines and working calendars."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from yiwang.city import actions_rules, queries_rules
from yiwang.city.model_rules import (
    NATIONAL,
    CalendarDayView,
    Condition,
    Deadline,
    Kind,
    Matter,
    MatterView,
    PocketMatter,
    Scheme,
    SetCalendar,
    SetCalendarOverride,
    WorkOut,
)
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import seen_by

routes = router("/api", "目录与时限 catalogue and deadlines")

Code = Annotated[str, Query(max_length=64, description="代码 code", examples=["01001"])]
SchemeId = Annotated[str, Query(max_length=64, description="体系 scheme", examples=[NATIONAL])]


@routes.get("/catalogue/schemes", summary="目录体系 Schemes", responses=body_is(list[Scheme]))
def list_schemes(actor: Signed) -> Response:
    return read(queries_rules.list_schemes)


@routes.get("/catalogue/matters", summary="查找部件和事项 Find classes, best first", responses=body_is(page_of(Matter)))
def find_matters(
    actor: Signed,
    q: Annotated[str, Query(max_length=100, description="名称或代码 name or code", examples=["井盖"])] = "",
    scheme: Annotated[str | None, Query(max_length=64, description="不填：现行的 none: those in force")] = None,
    kind: Kind | None = None,
    cursor: Annotated[str | None, Query(max_length=400, description="上一页的 next: the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Response:
    after, key = decode_key(cursor, str, str, str), ("scheme", "kind", "code")
    return page(queries_rules.find_matters, q, scheme=scheme, kind=kind, after=after, limit=limit, key=key)


@routes.get(
    "/catalogue/pocket",
    summary="现行目录与立案条件，供手机离线用 All classes in force with their conditions, for phones to take along",
    responses=body_is(list[PocketMatter]),
)
def list_pocket_matters(actor: Signed) -> Response:
    return read(queries_rules.list_pocket_matters)


@routes.get(
    "/catalogue/matters/{scheme:path}/{code}",
    summary="一类部件或事项 One class with its filing conditions",
    responses=body_is(MatterView),
)
def get_matter(actor: Signed, scheme: str, code: str, kind: Kind = Kind.matter) -> Response:
    return read(queries_rules.get_matter_view, scheme, code, kind)


@routes.get(
    "/catalogue/conditions", summary="立案条件 Filing conditions of a class", responses=body_is(list[Condition])
)
def list_conditions(actor: Signed, code: Code, scheme: SchemeId = NATIONAL, kind: Kind = Kind.matter) -> Response:
    return read(queries_rules.list_conditions, scheme, code, kind)


@routes.get("/catalogue/conditions/{condition_id}", summary="一条立案条件 One", responses=body_is(Condition))
def get_condition(actor: Signed, condition_id: UUID) -> Response:
    return read(queries_rules.get_condition, condition_id)


@routes.post("/deadlines/work-out", summary="推算期限 A deadline with its working", responses=body_is(Deadline))
def work_out(actor: Signed, cmd: WorkOut) -> Response:
    return read(queries_rules.answer_work_out, seen_by(actor), cmd)


@routes.get("/calendars/{unit_id}", summary="单位的工作日历 A unit's days", responses=body_is(list[CalendarDayView]))
def list_calendar_days(actor: Signed, unit_id: UUID, since: date, until: date) -> Response:
    return read(queries_rules.list_calendar_days, seen_by(actor), unit_id, since, until)


@routes.post("/calendars", summary="设定工作日历 Give a unit its working week", responses=body_is(None))
def set_calendar(actor: Signed, cmd: SetCalendar) -> Response:
    return perform(actions_rules.set_calendar, actor, cmd)


@routes.post("/calendars/days", summary="调整某日上班或放假 Set one date apart", responses=body_is(None))
def set_calendar_override(actor: Signed, cmd: SetCalendarOverride) -> Response:
    return perform(actions_rules.set_calendar_override, actor, cmd)
