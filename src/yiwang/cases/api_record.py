"""HTTP of the record: how many cases there are of these, all of them as a file, a case's receipt, how the grids stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from yiwang.cases import queries, queries_grid, queries_list, rules_sheet
from yiwang.cases.api import Wanted
from yiwang.cases.model_record import Found
from yiwang.cases.queries_grid import GridCount
from yiwang.kit import db
from yiwang.kit.db import Tx
from yiwang.kit.paging import all_pages
from yiwang.kit.web import FILE, body_is, read, router, stream_sheet
from yiwang.ledger.actions_receipt import make_receipt
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/cases", "案件 cases")
MOST = 200_000
"""Cases in one file."""
RECEIPT: dict[int | str, dict[str, Any]] = {
    200: {"description": "回执 a receipt", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@routes.get(
    "/count",
    summary="符合条件的案件数 How many cases there are of these, up to what a file holds",
    responses=body_is(Found),
)
def count_found(actor: Signed, wanted: Wanted) -> Response:
    def ask(tx: Tx) -> Found:
        cases = queries_list.count_found(tx, scope_of(actor), wanted, MOST + 1)
        return Found(min(cases, MOST), cases > MOST)

    return read(ask)


@routes.get(
    "/export.{kind}",
    summary="导出符合条件的案件（不含个人信息和描述） These cases as a file, without personal data",
    response_class=Response,
    responses=FILE,
    dependencies=[Depends(limited(Limits(public=2, address=4, staff=30)))],
)
def export_cases(request: Request, actor: Signed, wanted: Wanted, kind: Literal["csv", "xlsx"]) -> StreamingResponse:
    # A case is shown as it stands when its page is read; what is reported meanwhile is not in the file.
    zone = ZoneInfo(request.app.state.settings.timezone)
    pages = all_pages(queries_list.list_cases, scope_of(actor), wanted, key=("reported_at", "id"))
    rows = rules_sheet.of_cases(pages, zone, MOST)
    return stream_sheet(rows, "yiwang-cases", kind)


@routes.get(
    "/grids", summary="各单元网格的案件 How the unit grids of a street stand", responses=body_is(list[GridCount])
)
def count_by_grid(
    actor: Signed,
    street: Annotated[str, Query(pattern="^[0-9]{9}$", description="街镇代码 street code")],
    since: Annotated[AwareDatetime, Query(description="此后上报、结案的 reported and closed since")],
) -> Response:
    return read(queries_grid.count_by_grid, scope_of(actor), street, since)


@routes.get(
    "/{case_id}/receipt",
    summary="案件回执：可离线核验的全过程 A case's receipt: its whole course, to be checked offline",
    response_class=Response,
    responses=RECEIPT,
)
def get_receipt(case_id: UUID, actor: Signed) -> Response:
    with db.current().transaction() as tx:
        case = queries.get_case(tx, scope_of(actor), case_id)
        text = make_receipt(tx, case.id)
    headers = {"Content-Disposition": f'attachment; filename="yiwang-{case.number}.json"'}
    return Response(text, media_type="application/json", headers=headers)
