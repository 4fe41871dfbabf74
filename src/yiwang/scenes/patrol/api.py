"""HTTP: routes, shifts, assessment, trends."""

from __future__ import annotations

from datetime import date, datetime
from itertools import chain
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path as PathParam
from fastapi import Query, Response
from pydantic import Field

from yiwang.kit import db
from yiwang.kit.paging import all_pages, decode_key, page, page_of
from yiwang.kit.web import FILE, body_is, perform, read, router, stream_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.scenes.patrol import actions, queries, queries_figures, rules, rules_figures
from yiwang.scenes.patrol.model_figures import AssessedRow, Heat, MonthCell, Trend
from yiwang.scenes.patrol.model_routes import (
    BeginShift,
    EndShift,
    RetireRoute,
    Route,
    RouteFile,
    SetRoute,
    Shift,
    ShiftFile,
    Walker,
    WalkingUnit,
)
from yiwang.scenes.patrol.queries_figures import By

routes = router("/api/patrol", "风险管控 patrol")
Limit = Annotated[int, Query(ge=1, le=500)]


@routes.get("/routes", summary="巡查路线 Routes", responses=body_is(page_of(Route)))
def get_routes(actor: Signed, retired: bool = False, after: str | None = None, limit: Limit = 100) -> Response:
    key = decode_key(after, str, UUID)
    return page(queries.list_routes, scope_of(actor), retired=retired, after=key, limit=limit, key=("name", "id"))


@routes.get("/routes/{route_id}", summary="一条路线及其点位 A route with its points", responses=body_is(RouteFile))
def get_route(actor: Signed, route_id: UUID) -> Response:
    return read(queries.get_route, actor, route_id)


@routes.post("/routes", summary="新增或调整路线 Add or change a route", responses=body_is(RouteFile))
def post_route(actor: Signed, cmd: SetRoute) -> Response:
    return perform(actions.set_route, actor, cmd)


@routes.post("/routes/retire", summary="停用路线 Retire a route", responses=body_is(RouteFile))
def post_retire(actor: Signed, cmd: RetireRoute) -> Response:
    return perform(actions.retire_route, actor, cmd)


@routes.get(
    "/shifts", summary="某日的班次与进度 A day's walks and how far they have come", responses=body_is(page_of(Shift))
)
def get_shifts(actor: Signed, day: date, after: str | None = None, limit: Limit = 100) -> Response:
    key = decode_key(after, datetime, UUID)
    return page(queries.list_shifts, scope_of(actor), day, after=key, limit=limit, key=("starts_at", "id"))


@routes.get("/shifts/{shift_id}", summary="一个班次及各点位 A walk, point by point", responses=body_is(ShiftFile))
def get_shift(actor: Signed, shift_id: UUID) -> Response:
    return read(queries.get_shift, actor, shift_id)


@routes.get("/my-shifts", summary="我的班次 My walks", responses=body_is(list[ShiftFile]))
def get_my_shifts(actor: Signed) -> Response:
    return read(queries.list_my_shifts, actor, scope_of(actor))


@routes.post("/shifts/begin", summary="开始巡查 Begin a walk", responses=body_is(ShiftFile))
def post_begin(actor: Signed, cmd: BeginShift) -> Response:
    return perform(actions.begin_shift, actor, cmd)


@routes.post("/shifts/end", summary="结束巡查 End a walk", responses=body_is(ShiftFile))
def post_end(actor: Signed, cmd: EndShift) -> Response:
    return perform(actions.end_shift, actor, cmd)


@routes.get(
    "/units", summary="可为哪些单位排路线 Units that one plans routes for", responses=body_is(list[WalkingUnit])
)
def get_units(actor: Signed) -> Response:
    return read(queries.list_walking_units, scope_of(actor, rules.PLANNERS))


@routes.get("/walkers", summary="谁能走这个单位的路线 Who may walk a unit's routes", responses=body_is(list[Walker]))
def get_walkers(actor: Signed, unit: UUID) -> Response:
    return read(queries.list_walkers, scope_of(actor), unit)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────

Ever = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
"""A day from which years can be counted back and forth."""
OfMonth = Annotated[Ever, Query(description="该月任意一天 any day of the month", examples=["2026-11-01"])]
OfQuarter = Annotated[Ever, Query(description="该季任意一天 any day of the quarter", examples=["2026-10-01"])]
SomeMonth = Annotated[Ever | None, Query(description="该月任意一天 any day of the month", examples=["2026-01-01"])]
Grid = Annotated[str | None, Query(max_length=15, description="单元网格 unit grid")]
SERIES_KEY = ("month", "grid_code", "what")
What = Annotated[str | None, Query(max_length=40, description="设备或场所类别 equipment, or risk of places")]


@routes.get(
    "/assessment", summary="人员、单位考核 People or units, month by month", responses=body_is(list[AssessedRow])
)
def get_assessment(actor: Signed, month: OfMonth, by: By = By.person) -> Response:
    return read(queries_figures.list_assessed, actor, scope_of(actor), month, by)


@routes.get(
    "/assessment.{sheet}", summary="导出考核 The assessment as a file", response_class=Response, responses=FILE, dependencies=[EXPORTS]
)  # fmt: skip
def export_assessment(
    actor: Signed,
    sheet_kind: Annotated[Literal["csv", "xlsx"], PathParam(alias="sheet")],
    month: OfMonth,
    by: By = By.person,
) -> Response:
    with db.current().transaction() as tx:
        rows = queries_figures.list_assessed(tx, actor, scope_of(actor), month, by)
    cells = [list(rules_figures.HEADS), *(rules_figures.cells_of(row) for row in rows)]
    return stream_sheet([cells], f"patrol-{by}-{month:%Y-%m}", sheet_kind)


@routes.get("/trend", summary="逐月趋势与同比环比 Month by month, and compared", responses=body_is(Trend))
def get_trend(actor: Signed, quarter: OfQuarter, what: What = None, grid: Grid = None) -> Response:
    return read(queries_figures.get_trend, scope_of(actor), quarter, what=what, grid=grid)


@routes.get(
    "/series", summary="逐月逐格逐类数据（供预测） Month by month, by grid and kind, as a forecast takes it",
    responses=body_is(page_of(MonthCell)),
)  # fmt: skip
def get_series(
    actor: Signed,
    since: SomeMonth = None,
    until: SomeMonth = None,
    what: What = None,
    grid: Grid = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> Response:
    key = decode_key(after, date, str, str)
    return page(
        queries_figures.list_series, scope_of(actor), since=since, until=until, what=what, grid=grid, after=key, limit=limit,
        key=SERIES_KEY,
    )  # fmt: skip


@routes.get(
    "/series.{sheet}", summary="导出逐月数据 The same as a file", response_class=Response, responses=FILE, dependencies=[EXPORTS]
)  # fmt: skip
def export_series(
    actor: Signed,
    sheet_kind: Annotated[Literal["csv", "xlsx"], PathParam(alias="sheet")],
    since: SomeMonth = None,
    until: SomeMonth = None,
    what: What = None,
    grid: Grid = None,
) -> Response:
    pages = all_pages(
        queries_figures.list_series, scope_of(actor), since=since, until=until, what=what, grid=grid, key=SERIES_KEY
    )
    cells = ([[c.month, c.grid_code, c.what, c.checks, c.damaged, c.missed] for c in some] for some in pages)
    return stream_sheet(chain([[list(rules_figures.SERIES_HEADS)]], cells), "patrol-series", sheet_kind)


@routes.get(
    "/heat", summary="每格的检查、损坏与漏巡 Checks, damage and misses in each grid", responses=body_is(list[Heat])
)
def get_heat(actor: Signed, quarter: OfQuarter, what: What = None) -> Response:
    return read(queries_figures.list_heat, scope_of(actor), quarter, what=what)
