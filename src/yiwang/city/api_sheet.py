"""HTTP: catalogue, filing conditions and days set apart as files; filing conditions as a list."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Response
from fastapi.responses import StreamingResponse

from yiwang.city import queries_rules, rules_sheet
from yiwang.city.actions_sheet import import_conditions, import_days, import_matters
from yiwang.city.model_rules import ConditionRow, Kind
from yiwang.city.model_sheet import ImportConditions, ImportDays, ImportMatters
from yiwang.kit import db
from yiwang.kit.importing import MOST_BYTES, FileReport
from yiwang.kit.paging import all_pages, decode_key, page, page_of
from yiwang.kit.web import FILE, DryRun, Upload, body_is, perform, router, stream_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.queries_units import get_visible_unit
from yiwang.network.rules import seen_by

routes = router("/api", "目录与时限 catalogue and deadlines")
FileKind = Literal["csv", "xlsx"]
Words = Annotated[str, Query(max_length=100, description="名称、代码或条件 words of name, code or condition")]
InScheme = Annotated[str | None, Query(max_length=64)]
CONDITION_KEY, MATTER_KEY = ("scheme", "kind", "code", "text", "id"), ("scheme", "kind", "code")


@routes.get(
    "/catalogue/conditions/find",
    summary="现行立案条件一览 Filing conditions in force, by class",
    responses=body_is(page_of(ConditionRow)),
)
def find_conditions(
    actor: Signed,
    q: Words = "",
    scheme: InScheme = None,
    kind: Kind | None = None,
    cursor: Annotated[str | None, Query(max_length=8_000, description="上一页的 next: the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Response:
    after = decode_key(cursor, str, str, str, str, UUID)
    asked = {"scheme": scheme, "kind": kind, "after": after, "limit": limit}
    return page(queries_rules.find_conditions, q, **asked, key=CONDITION_KEY)


@routes.get(
    "/catalogue/conditions/export.{file}",
    summary="导出立案条件 Filing conditions as a file",
    response_class=Response,
    responses=FILE,
    dependencies=[EXPORTS],
)
def export_conditions(
    actor: Signed, file: FileKind, q: Words = "", scheme: InScheme = None, kind: Kind | None = None
) -> StreamingResponse:
    pages = all_pages(queries_rules.find_conditions, q, scheme=scheme, kind=kind, key=CONDITION_KEY)
    return stream_sheet(rules_sheet.rows_of_conditions(pages), "yiwang-conditions", file)


@routes.post(
    "/catalogue/conditions/import",
    summary="导入立案条件（整份或不导） Give the classes of a file its filing conditions, whole or not at all",
    responses=body_is(FileReport),
)
def post_conditions(actor: Signed, file: Upload, dry_run: DryRun = False) -> Response:
    data = file.file.read(MOST_BYTES + 1)
    return perform(import_conditions, actor, ImportConditions(file.filename or "", data, dry_run))


@routes.get(
    "/catalogue/matters/export.{file}",
    summary="导出目录 Classes of the catalogue as a file",
    response_class=Response,
    responses=FILE,
    dependencies=[EXPORTS],
)
def export_matters(
    actor: Signed, file: FileKind, q: Words = "", scheme: InScheme = None, kind: Kind | None = None
) -> StreamingResponse:
    pages = all_pages(queries_rules.find_matters, q, scheme=scheme, kind=kind, key=MATTER_KEY)
    return stream_sheet(rules_sheet.rows_of_matters(pages), "yiwang-catalogue", file)


@routes.post(
    "/catalogue/matters/import",
    summary="导入目录（整份或不导） Add classes or correct them by a file, whole or not at all",
    responses=body_is(FileReport),
)
def post_matters(actor: Signed, file: Upload, dry_run: DryRun = False) -> Response:
    data = file.file.read(MOST_BYTES + 1)
    return perform(import_matters, actor, ImportMatters(file.filename or "", data, dry_run))


@routes.get(
    "/calendars/{unit_id}/export.{file}",
    summary="导出单位自行调整的日期 The dates that a unit set apart, as a file",
    response_class=Response,
    responses=FILE,
    dependencies=[EXPORTS],
)
def export_days(actor: Signed, unit_id: UUID, file: FileKind, since: date, until: date) -> StreamingResponse:
    with db.current().transaction() as tx:
        unit = get_visible_unit(tx, seen_by(actor), unit_id)
        days = queries_rules.list_own_days(tx, seen_by(actor), unit_id, since, until)
    return stream_sheet(rules_sheet.rows_of_days(days, unit.code, unit.name), "yiwang-calendar", file)


@routes.post(
    "/calendars/import",
    summary="导入调整的日期（整份或不导） Set the dates of a file apart, whole or not at all",
    responses=body_is(FileReport),
)
def post_days(
    actor: Signed,
    file: Upload,
    unit_id: Annotated[UUID, Form(description="未写单位的行属于它 whose the rows are that name no unit")],
    dry_run: DryRun = False,
) -> Response:
    data = file.file.read(MOST_BYTES + 1)
    return perform(import_days, actor, ImportDays(unit_id, file.filename or "", data, dry_run))
