"""HTTP: rounds, their grids, what is left, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path as PathParam
from fastapi import Query, Response

from yiwang.kit import db
from yiwang.kit.paging import all_pages, decode_key, page, page_of
from yiwang.kit.web import FILE, body_is, perform, read, router, stream_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.model_posts import Holder
from yiwang.network.rules import scope_of
from yiwang.register import actions_round, queries_round, rules_round
from yiwang.register.api import Limit, Sheet
from yiwang.register.model_round import (
    AssignGrids,
    CancelRound,
    CloseRound,
    Compared,
    MyRound,
    OpenRound,
    ReportGrid,
    RoundFile,
    RoundGrid,
    RoundKind,
    RoundRow,
    RoundThing,
)

routes = router("/api", "轮次 rounds")


@routes.get("/rounds", summary="普查与排查，后发起的在前 Rounds, the last first", responses=body_is(page_of(RoundRow)))
def get_rounds(
    actor: Signed,
    kind: Annotated[str | None, Query(max_length=31)] = None,
    purpose: RoundKind | None = None,
    state: Literal["open", "over"] | None = None,
    mine: Annotated[bool, Query(description="有我的网格的 those in which I have grids")] = False,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    asked = queries_round.Asked(kind, purpose, None if state is None else state == "over", mine)
    return page(
        queries_round.list_rounds, scope_of(actor), asked, after=decode_key(after, datetime, UUID), limit=limit,
        key=("opened_at", "id"),
    )  # fmt: skip


@routes.get("/my-rounds", summary="我的轮次与网格 My rounds and grids", responses=body_is(list[MyRound]))
def get_my_rounds(actor: Signed) -> Response:
    return read(queries_round.list_my_rounds, scope_of(actor))


@routes.post("/rounds", status_code=201, summary="发起一轮 Open a round", responses=body_is(RoundFile, 201))
def post_round(actor: Signed, cmd: OpenRound) -> Response:
    return perform(actions_round.open_round, actor, cmd, status=201)


@routes.post("/rounds/assign", summary="分派网格 Give grids to people", responses=body_is(RoundFile))
def post_assign(actor: Signed, cmd: AssignGrids) -> Response:
    return perform(actions_round.assign_grids, actor, cmd)


@routes.post("/rounds/report", summary="报告网格做完 A grid is done", responses=body_is(RoundGrid))
def post_report(actor: Signed, cmd: ReportGrid) -> Response:
    return perform(actions_round.report_grid, actor, cmd)


@routes.post("/rounds/close", summary="结束一轮 Close a round", responses=body_is(RoundFile))
def post_close(actor: Signed, cmd: CloseRound) -> Response:
    return perform(actions_round.close_round, actor, cmd)


@routes.post("/rounds/cancel", summary="取消一轮 Cancel a round", responses=body_is(RoundFile))
def post_cancel(actor: Signed, cmd: CancelRound) -> Response:
    return perform(actions_round.cancel_round, actor, cmd)


@routes.get("/rounds/{round_id}", summary="一轮的进度 How far a round is", responses=body_is(RoundFile))
def get_round(actor: Signed, round_id: UUID) -> Response:
    return read(queries_round.get_file, actor, round_id)


@routes.get(
    "/rounds/{round_id}/grids", summary="逐个网格 Grid by grid", responses=body_is(page_of(RoundGrid))
)  # fmt: skip
def get_grids(
    actor: Signed, round_id: UUID, person: UUID | None = None, after: str | None = None, limit: Limit = 500
) -> Response:
    return page(
        queries_round.list_grids, scope_of(actor), round_id, person_id=person, after=decode_key(after, str), limit=limit,
        key=("grid_code",),
    )  # fmt: skip


@routes.get(
    "/rounds/{round_id}/workers", summary="网格可分给谁 Who may be given grids", responses=body_is(list[Holder])
)
def get_workers(actor: Signed, round_id: UUID) -> Response:
    return read(queries_round.list_workers, scope_of(actor), round_id)


@routes.get("/rounds/{round_id}/left", summary="还剩哪些 What is left", responses=body_is(page_of(RoundThing)))
def get_left(
    actor: Signed,
    round_id: UUID,
    person: UUID | None = None,
    grid: Annotated[str | None, Query(max_length=15)] = None,
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    return page(
        queries_round.list_left, scope_of(actor), round_id, person_id=person, grid_code=grid,
        after=decode_key(after, str, str, UUID), limit=limit, key=("grid_code", "code", "id"),
    )  # fmt: skip


@routes.get("/rounds/{round_id}/compare", summary="与上次普查相比 Beside the last census", responses=body_is(Compared))
def get_compared(actor: Signed, round_id: UUID) -> Response:
    return read(queries_round.get_comparison, scope_of(actor), round_id)


@routes.get(
    "/rounds/{round_id}/export.{sheet}", summary="导出结果 Export what was found", response_class=Response, responses=FILE,
    dependencies=[EXPORTS],
)  # fmt: skip
def get_round_export(actor: Signed, round_id: UUID, sheet_kind: Annotated[Sheet, PathParam(alias="sheet")]) -> Response:
    scope = scope_of(actor)
    with db.current().transaction() as tx:
        round = queries_round.get_round(tx, scope, round_id)
    if round.purpose is RoundKind.census:
        with db.current().transaction() as tx:
            found = rules_round.tell_census(
                queries_round.walk_grids(tx, scope, round_id), queries_round.get_comparison(tx, scope, round_id)
            )
        return stream_sheet([found], "census", sheet_kind)
    pages = all_pages(queries_round.list_checked, scope, round_id, key=("grid_code", "code", "id"))
    return stream_sheet(_check_pages(round.until, pages), "check", sheet_kind)


def _check_pages(until: datetime, pages: Iterator[list[RoundThing]]) -> Iterator[Sequence[Sequence[Any]]]:
    yield [rules_round.CHECK_HEADS]
    for rows in pages:
        yield [rules_round.tell_check(row, until) for row in rows]
