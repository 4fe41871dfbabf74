"""HTTP: to whom, the lists, what they leave out and contradict; import and export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Query, Response, UploadFile

from yiwang.city.model_rules import NATIONAL
from yiwang.dispatch import actions, queries, rules_read
from yiwang.dispatch.model import Conflict, Gap, ImportList, ImportReport, Line, Recommendation, RestoreList, Version
from yiwang.kit import db
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import FILE, body_is, perform, read, router, stream_sheet
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/responsibility", "权责清单 responsibility lists")
Scheme = Annotated[str, Query(max_length=64, description="目录 classification")]


@routes.get("/recommend", summary="该派给谁，为什么 To whom it goes, and why", responses=body_is(Recommendation))
def get_recommendation(
    actor: Signed,
    code: Annotated[str, Query(max_length=64, examples=["01013"])],
    area: UUID,
    scheme: Scheme = NATIONAL,
    kind: Literal["matter", "component"] = "matter",
    at: datetime | None = None,
) -> Response:
    def ask(tx: Tx) -> Recommendation:
        when = tx.now if at is None else at
        if when.tzinfo is None:
            raise Invalid("invalid.time", "时间须带时区，如 2026-11-22T09:00:00+08:00", "The time needs its zone")
        queries.demand_area_in_sight(tx, scope_of(actor), area)
        return queries.recommend(tx, scheme=scheme, kind=kind, code=code, area_id=area, at=when)

    return read(ask)


@routes.get("", summary="各份清单及其历次版本 The lists in sight and their versions", responses=body_is(list[Version]))
def get_versions(actor: Signed, list_id: UUID | None = None) -> Response:
    return read(queries.list_versions, scope_of(actor), list_id=list_id, limit=500)


@routes.get("/{list_id}/lines", summary="清单内容 The lines of a list", responses=body_is(page_of(Line)))
def get_lines(
    actor: Signed,
    list_id: UUID,
    version: int | None = None,
    cursor: Annotated[str | None, Query(max_length=400, description="上一页的 next: the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    (after,) = decode_key(cursor, int) or (0,)
    asked = {"list_id": list_id, "version": version, "after": after}
    return page(queries.list_lines, scope_of(actor), **asked, limit=limit, key=("n",))


@routes.get(
    "/{list_id}/export.{kind}", summary="导出清单 Export a list", response_class=Response, responses=FILE,
    dependencies=[EXPORTS],
)  # fmt: skip
def get_export(actor: Signed, list_id: UUID, kind: Literal["csv", "xlsx"], version: int | None = None) -> Response:
    with db.current().reading() as tx:
        lines = queries.list_lines(
            tx, scope_of(actor), list_id=list_id, version=version, limit=rules_read.MOST_ROWS
        )  # fmt: skip
    return stream_sheet([rules_read.rows_of(lines)], f"responsibility-{list_id}", kind)


@routes.get("/lines/{line_id}", summary="某一条，含旧版 One line, of any version", responses=body_is(Line))
def get_line(actor: Signed, line_id: UUID) -> Response:
    return read(queries.get_visible_line, scope_of(actor), line_id)


@routes.get("/gaps", summary="无人负责的事项与区域 For what is nobody listed", responses=body_is(list[Gap]))
def get_gaps(actor: Signed, area: UUID, scheme: Scheme = NATIONAL) -> Response:
    return read(queries.find_gaps, scope_of(actor), area, schemes=(scheme,))


@routes.get("/conflicts", summary="互相冲突的条目 Lines that contradict each other", responses=body_is(list[Conflict]))
def get_conflicts(actor: Signed, area: UUID) -> Response:
    return read(queries.find_conflicts, scope_of(actor), area)


@routes.post("/import", summary="导入清单（CSV、XLSX） Import a list", responses=body_is(ImportReport))
def post_import(
    actor: Signed,
    file: Annotated[UploadFile, File(description="CSV（UTF-8 或 GB18030）、XLSX")],
    unit_code: Annotated[str, Form(max_length=64)],
    dry_run: Annotated[bool, Form()] = False,
    whole: Annotated[bool, Form()] = False,
) -> Response:
    data = file.file.read(rules_read.MOST_BYTES + 1)
    cmd = ImportList(unit_code, file.filename or "", data, whole=whole, dry_run=dry_run)
    return perform(actions.import_list, actor, cmd)


@routes.post("/restore", summary="恢复旧版 Put an earlier version in force again", responses=body_is(Version))
def post_restore(actor: Signed, cmd: RestoreList) -> Response:
    return perform(actions.restore_list, actor, cmd)
