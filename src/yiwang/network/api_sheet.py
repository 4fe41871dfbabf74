"""HTTP: rosters as files, and the weekly patterns they were planned by."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Request, Response
from fastapi.responses import StreamingResponse

from yiwang.kit import db
from yiwang.kit.db import Tx
from yiwang.kit.importing import MOST_BYTES
from yiwang.kit.paging import all_pages
from yiwang.kit.web import FILE, DryRun, Upload, body_is, perform, read, router, stream_sheet
from yiwang.network import queries_sheet, rules_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.actions_sheet import import_duty
from yiwang.network.model_sheet import ImportDuty, PatternLine, RosterReport
from yiwang.network.queries_units import get_visible_unit
from yiwang.network.rules import seen_by

routes = router("/api/duties", "单位与人员 units and people")


@routes.get(
    "/pattern",
    summary="单位的每周排班（上次排班所用） A unit's weekly pattern, as it was last planned",
    responses=body_is(list[PatternLine]),
)
def get_pattern(actor: Signed, unit: UUID, limit: Annotated[int, Query(ge=1, le=500)] = 200) -> Response:
    def ask(tx: Tx) -> list[PatternLine]:
        get_visible_unit(tx, seen_by(actor), unit)
        return queries_sheet.list_pattern(tx, seen_by(actor), unit_id=unit, limit=limit)

    return read(ask)


@routes.get(
    "/export.{kind}",
    summary="导出每周排班（含下级单位） The weekly patterns of a unit and below as a file",
    response_class=Response,
    responses=FILE,
    dependencies=[EXPORTS],
)
def export_duty(actor: Signed, unit: UUID, kind: Literal["csv", "xlsx"]) -> StreamingResponse:
    with db.current().transaction() as tx:
        path = get_visible_unit(tx, seen_by(actor), unit).path
    pages = all_pages(queries_sheet.list_pattern, seen_by(actor), under=path, key=("unit_code", "n", "id"))
    return stream_sheet(rules_sheet.rows_of_duty(pages), "yiwang-duty", kind)


@routes.post(
    "/import",
    summary="导入每周排班（整份或不导） Plan rosters by a file of weekly patterns, whole or not at all",
    responses=body_is(RosterReport),
)
def post_import(
    request: Request,
    actor: Signed,
    file: Upload,
    since: Annotated[date, Form()],
    until: Annotated[date, Form()],
    holidays: Annotated[bool, Form(description="遵守法定节假日 keep statutory holidays")] = True,
    dry_run: DryRun = False,
) -> Response:
    zone, data = request.app.state.settings.timezone, file.file.read(MOST_BYTES + 1)
    cmd = ImportDuty(file.filename or "", data, since, until, holidays, dry_run, zone)
    return perform(import_duty, actor, cmd)
