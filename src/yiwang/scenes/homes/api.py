"""HTTP: buildings and homes with who lives there, masked; in clear with a reason; imports."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from yiwang.kit import db
from yiwang.kit.importing import MOST_BYTES, FileReport
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import DryRun, Upload, body_is, perform, read, reply, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.register.queries import Wanted
from yiwang.scenes.homes import actions, actions_import, queries, queries_visits, rules
from yiwang.scenes.homes.model import (
    BuildingRow,
    ChangeResident,
    EraseResident,
    FindByName,
    GroundCounts,
    Group,
    GroupMember,
    HomeFile,
    House,
    ImportResidents,
    MoveIn,
    MoveOut,
    ResidentClear,
    UnmaskResident,
)
from yiwang.scenes.homes.model_found import CareVisit, ResidentsFound

routes = router("/api", "以房管人 homes")
Limit = Annotated[int, Query(ge=1, le=500)]
Words = Annotated[
    str | None, Query(max_length=100, description="编码、名称、地址中的词 words in code, name or address")
]


@routes.get(
    "/buildings", summary="楼栋及人数 Buildings, with how many live there", responses=body_is(page_of(BuildingRow))
)
def get_buildings(
    actor: Signed, q: Words = None, unit: UUID | None = None, after: str | None = None, limit: Limit = 100
) -> Response:
    return page(
        queries.list_buildings, scope_of(actor), rules.seen_by(actor), Wanted("building", words=q, unit_id=unit), after=decode_key(after, str, UUID),
        limit=limit, key=("code", "id"),
    )  # fmt: skip


@routes.get(
    "/buildings/{building_id}",
    summary="一幢楼的房屋 A building's homes, by entrance and floor",
    responses=body_is(House),
)
def get_house(actor: Signed, building_id: UUID) -> Response:
    return read(queries.get_house, actor, building_id)


@routes.get(
    "/homes/counts",
    summary="各居委（或网格）的人数 People and groups per neighbourhood or grid",
    responses=body_is(list[GroundCounts]),
)
def get_counts(actor: Signed, by_grid: bool = False) -> Response:
    return read(queries.list_counts, scope_of(actor), by_grid=by_grid)


@routes.get(
    "/homes/visits",
    summary="该走访的重点关爱人员（打码） Who of key care is due a visit, masked",
    responses=body_is(list[CareVisit]),
)
def get_visits(actor: Signed, limit: Limit = 200) -> Response:
    return read(queries_visits.list_visits, rules.seen_by(actor), limit=limit)


@routes.get(
    "/homes/{home_id}",
    summary="一户：房屋与住户（打码） A home and who lives there, masked",
    responses=body_is(HomeFile),
)
def get_home(actor: Signed, home_id: UUID) -> Response:
    return read(queries.get_home, actor, home_id)


@routes.get(
    "/residents", summary="重点人群名单（打码） Who is of a group, masked", responses=body_is(page_of(GroupMember))
)
def get_residents(
    actor: Signed, group: Group, unit: UUID | None = None, after: str | None = None, limit: Limit = 100
) -> Response:
    return page(
        queries.list_group, rules.seen_by(actor), group, unit=unit, after=decode_key(after, str, UUID), limit=limit,
        key=("code", "id"),
    )  # fmt: skip


@routes.post(
    "/residents/move-in", status_code=201, summary="登记入住 Somebody moves in", responses=body_is(HomeFile, 201)
)
def post_move_in(actor: Signed, cmd: MoveIn) -> Response:
    return perform(actions.move_in, actor, cmd, status=201)


@routes.post("/residents/change", summary="变更住户信息 Change a resident", responses=body_is(HomeFile))
def post_change(actor: Signed, cmd: ChangeResident) -> Response:
    return perform(actions.change_resident, actor, cmd)


@routes.post("/residents/move-out", summary="登记搬离 Somebody moves out", responses=body_is(HomeFile))
def post_move_out(actor: Signed, cmd: MoveOut) -> Response:
    return perform(actions.move_out, actor, cmd)


@routes.post(
    "/residents/erase",
    summary="删除住户个人信息（须说明事由；记录保留） Erase who it was, with a reason; the record stays",
    responses=body_is(HomeFile),
)
def post_erase(actor: Signed, cmd: EraseResident) -> Response:
    return perform(actions.erase_resident, actor, cmd)


@routes.post(
    "/residents/unmask",
    summary="查看住户信息（须说明事由，留痕） See who it is in clear, with a reason that is kept",
    responses=body_is(ResidentClear),
)
def post_unmask(actor: Signed, cmd: UnmaskResident) -> Response:
    # Not by `perform`: it would keep the answer, and with it who it is.
    with db.current().transaction() as tx:
        return reply(actions.unmask_resident(tx, actor, cmd), headers={"Cache-Control": "no-store"})


@routes.get(
    "/residents/acts", summary="本人可对住户做什么 What one may do with residents", responses=body_is(tuple[str, ...])
)
def get_acts(actor: Signed) -> Response:
    return reply(rules.list_general_acts(actor))


@routes.post(
    "/residents/search",
    summary="按姓名查找住户（须说明事由，留痕） Who lives here under a name, with a reason that is kept",
    responses=body_is(ResidentsFound),
)
def post_search(actor: Signed, cmd: FindByName) -> Response:
    # Not by `perform`, as with `post_unmask`.
    with db.current().transaction() as tx:
        return reply(actions.find_by_name(tx, actor, cmd), headers={"Cache-Control": "no-store"})


@routes.post(
    "/residents/import",
    summary="导入住户（整份或不导） Residents from a file, whole or not at all",
    responses=body_is(FileReport),
)
def post_import(actor: Signed, file: Upload, dry_run: DryRun = False) -> Response:
    cmd = ImportResidents(file.filename or "", file.file.read(MOST_BYTES + 1), dry_run)
    return perform(actions_import.import_residents, actor, cmd)
