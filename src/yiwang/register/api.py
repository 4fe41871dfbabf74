"""HTTP: kinds, things and their files, what stands in each grid, imports and exports."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Query, Request, Response, UploadFile
from fastapi import Path as PathParam

from yiwang.city.model_component import ImportMode
from yiwang.kit import db, web_files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.geo import Datum, read_box, read_near
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import FILE, body_is, perform, read, reply, router, stream_sheet
from yiwang.kit.web_files import JPEG, Sha
from yiwang.network.actions_limits import EXPORTS
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor
from yiwang.network.rules import scope_of
from yiwang.register import (
    actions,
    actions_import,
    queries,
    queries_import,
    queries_owed,
    queries_step,
    rules,
    rules_file,
    rules_round,
)
from yiwang.register.model import (
    AddDocument,
    AddThing,
    ChangeThing,
    DropDocument,
    ImportThings,
    LinkThings,
    Revision,
    SetParty,
    ThingFile,
    ThingRow,
    ThingsImport,
    ThingsInGrid,
)
from yiwang.register.model_kind import KindForm

routes = router("/api", "一物一档 register")
Limit = Annotated[int, Query(ge=1, le=500)]
Name = Annotated[str, PathParam(pattern="^[a-z][a-z_]{1,30}$", description="类别 kind")]
Words = Annotated[
    str | None, Query(max_length=100, description="编码、名称、地址中的词 words in code, name or address")
]
Near = Annotated[str | None, Query(max_length=60, description="lon,lat（WGS-84）")]
Radius = Annotated[float, Query(gt=0, le=5000, description="米 metres")]
Sheet = Literal["csv", "xlsx"]


@routes.get("/kinds", summary="有哪些类别、各有哪些属性 Kinds and their forms", responses=body_is(list[KindForm]))
def get_kinds(actor: Signed) -> Response:
    return reply(rules_round.list_forms(actor))


@routes.get("/kinds/{kind}/things", summary="一类的清单 Things of a kind", responses=body_is(page_of(ThingRow)))
def get_things(
    actor: Signed,
    kind: Name,
    q: Words = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
    grid: Annotated[str | None, Query(max_length=15)] = None,
    unit: UUID | None = None,
    box: Annotated[str | None, Query(max_length=100, description="西,南,东,北（度）west,south,east,north")] = None,
    near: Near = None,
    radius: Radius = 100,
    ended: bool = False,
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    wanted = queries.Wanted(
        rules.kind_of(kind).name, state, q, grid, unit, read_box(box), read_near(near) if near else None, radius, ended
    )
    return page(
        queries.list_things,
        scope_of(actor),
        wanted,
        after=decode_key(after, str, UUID),
        limit=limit,
        key=("code", "id"),
    )


@routes.get(
    "/kinds/{kind}/counts",
    summary="每格各有多少 How many stand in each unit grid",
    responses=body_is(list[ThingsInGrid]),
)
def get_counts(actor: Signed, kind: Name, box: Annotated[str, Query(max_length=100)]) -> Response:
    found = read_box(box)
    if found is None:
        raise Invalid("geo.box", "请给出范围", "Please give a box")
    return read(queries.count_by_grid, scope_of(actor), rules.kind_of(kind).name, found)


@routes.get(
    "/kinds/{kind}/states",
    summary="各状态各有多少 How many stand in each state",
    responses=body_is(list[queries.ThingsInState]),
)
def get_states(actor: Signed, kind: Name) -> Response:
    return read(queries.count_by_state, scope_of(actor), rules.kind_of(kind).name)


@routes.get(
    "/things",
    summary="按词或位置找，不分类别 Things of any kind, by words or place",
    responses=body_is(page_of(ThingRow)),
)
def find_things(
    actor: Signed,
    q: Words = None,
    near: Near = None,
    radius: Radius = 100,
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    if q is None and near is None:
        raise Invalid("thing.wide", "请给出词或位置", "Please give words or a place")
    wanted = queries.Wanted(None, words=q, near=read_near(near) if near else None, radius_m=radius)
    return page(
        queries.list_things,
        scope_of(actor),
        wanted,
        after=decode_key(after, str, UUID),
        limit=limit,
        key=("code", "id"),
    )


@routes.get(
    "/kinds/{kind}/export.{sheet}", summary="导出 Export what is filtered", response_class=Response, responses=FILE,
    dependencies=[EXPORTS],
)  # fmt: skip
def get_export(
    actor: Signed,
    kind: Name,
    sheet_kind: Annotated[Sheet, PathParam(alias="sheet")],
    q: Words = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
    unit: UUID | None = None,
    ended: bool = False,
) -> Response:
    of = rules.kind_of(kind)
    wanted = queries.Wanted(of.name, state, q, None, unit, ended=ended)
    pages = queries_import.walk_pages(db.current(), scope_of(actor), of, wanted)
    return stream_sheet(pages, of.name, sheet_kind)


@routes.post("/kinds/{kind}/import", summary="导入 Import (CSV, GeoJSON, XLSX)", responses=body_is(ThingsImport))
def post_import(
    actor: Signed,
    kind: Name,
    file: Annotated[UploadFile, File(description="CSV（UTF-8 或 GBK）、GeoJSON、XLSX")],
    unit: Annotated[str, Form(description="所属区域的单位代码 the area's unit code", max_length=12)],
    datum: Annotated[str, Form(max_length=20)] = Datum.wgs84,
    mode: Annotated[ImportMode, Form()] = ImportMode.dry_run,
) -> Response:
    content = file.file.read(rules_file.MAX_BYTES + 1)
    cmd = ImportThings(kind, file.filename or "", content, unit, datum, mode)
    return perform(actions_import.import_things, actor, cmd)


@routes.post("/things", status_code=201, summary="建档 Enter a thing", responses=body_is(ThingFile, 201))
def post_thing(actor: Signed, cmd: AddThing) -> Response:
    return perform(actions.add_thing, actor, cmd, status=201)


@routes.get("/things/{thing_id}", summary="一物一档 A thing's file", responses=body_is(ThingFile))
def get_thing(actor: Signed, thing_id: UUID) -> Response:
    return read(queries.get_file, actor, thing_id)


@routes.get("/things/{thing_id}/revisions", summary="改过什么 What changed", responses=body_is(page_of(Revision)))
def get_revisions(actor: Signed, thing_id: UUID, after: str | None = None, limit: Limit = 50) -> Response:
    before = (decode_key(after, int) or (None,))[0]
    return page(queries.list_revisions, scope_of(actor), thing_id, before=before, limit=limit, key=("n",))


@routes.post("/things/change", summary="变更 Change a thing", responses=body_is(ThingFile))
def post_change(actor: Signed, cmd: ChangeThing) -> Response:
    return perform(actions.change_thing, actor, cmd)


@routes.post("/things/party", summary="设定相关单位 Who has to do with it", responses=body_is(ThingFile))
def post_party(actor: Signed, cmd: SetParty) -> Response:
    return perform(actions.set_party, actor, cmd)


@routes.post("/things/link", summary="建立或解除关联 Link two things, or no longer", responses=body_is(ThingFile))
def post_link(actor: Signed, cmd: LinkThings) -> Response:
    return perform(actions.link_things, actor, cmd)


@routes.post("/things/document", summary="加入资料 Add a document", responses=body_is(ThingFile))
def post_document(actor: Signed, cmd: AddDocument) -> Response:
    return perform(actions.add_document, actor, cmd)


@routes.post("/things/document/drop", summary="撤下资料 Take a document out", responses=body_is(ThingFile))
def post_drop_document(actor: Signed, cmd: DropDocument) -> Response:
    return perform(actions.drop_document, actor, cmd)


@routes.get("/things/photos/{sha256}/thumb", summary="缩略图 A thumbnail", response_class=Response, responses=JPEG)
def show_thing_thumb(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _show(request, actor, sha256, thumb=True)


@routes.get("/things/photos/{sha256}/whole", summary="照片 The photo", response_class=Response, responses=JPEG)
def show_thing_photo(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _show(request, actor, sha256, thumb=False)


def _show(request: Request, actor: Actor, sha256: str, *, thumb: bool) -> Response:
    demand = partial(_demand_photo, actor=actor, sha256=sha256)
    return web_files.show_photo(request, sha256, demand, thumb=thumb, cache="max-age=86400, immutable")


def _demand_photo(tx: Tx, *, actor: Actor, sha256: str) -> None:
    scope = scope_of(actor)
    if not any(domain.is_photo_in_sight(tx, scope, sha256) for domain in (queries, queries_owed, queries_step)):
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")
