"""HTTP: people and the posts they hold, as files."""

from __future__ import annotations

from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from yiwang.city.queries_grid import list_duty_codes
from yiwang.flows.people_file import import_people, rows_of_people
from yiwang.kit import db
from yiwang.kit.importing import MOST_BYTES, FileReport
from yiwang.kit.paging import all_pages
from yiwang.kit.web import FILE, DryRun, Upload, body_is, perform, router, stream_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.model_sheet import ImportPeople
from yiwang.network.queries_sheet import list_held
from yiwang.network.queries_units import get_visible_unit
from yiwang.network.rules import seen_by

routes = router("/api/people", "单位与人员 units and people")


@routes.get(
    "/export.{kind}",
    summary="导出人员与岗位（号码隐去） People and the posts they hold as a file, numbers masked",
    response_class=Response,
    responses=FILE,
    dependencies=[EXPORTS],
)
def export_people(
    request: Request, actor: Signed, kind: Literal["csv", "xlsx"], unit: UUID | None = None
) -> StreamingResponse:
    with db.current().transaction() as tx:
        under = get_visible_unit(tx, seen_by(actor), unit).path if unit else None
        codes = {grid.id: grid.code for grid in list_duty_codes(tx)}
    pages = all_pages(list_held, seen_by(actor), under, key=("unit_code", "login", "id"))
    zone = ZoneInfo(request.app.state.settings.timezone)
    return stream_sheet(rows_of_people(pages, codes, zone), "yiwang-people", kind)


@routes.post(
    "/import",
    summary="导入人员与岗位（整份或不导） Add people and grant posts by a file, whole or not at all",
    responses=body_is(FileReport),
)
def post_import(request: Request, actor: Signed, file: Upload, dry_run: DryRun = False) -> Response:
    zone, data = request.app.state.settings.timezone, file.file.read(MOST_BYTES + 1)
    return perform(import_people, actor, ImportPeople(file.filename or "", data, dry_run, zone))
