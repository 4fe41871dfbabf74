"""HTTP: old lifts, in the order in which they should be looked at; a registry's table into the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Query, Response, UploadFile

from yiwang.city.model_component import ImportMode
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.register.rules_file import MAX_BYTES
from yiwang.scenes.elevators import actions, queries, rules_registry
from yiwang.scenes.elevators.actions import ImportRegistry, RegistryImport
from yiwang.scenes.elevators.model import Use
from yiwang.scenes.elevators.model_ranking import RankedLift, RunningTrap

routes = router("/api/elevators", "电梯监管 lifts")


@dataclass(frozen=True, slots=True)
class RegistryName:
    """`source`: whence the names of its columns come; `heads`: those that are read."""

    name: str
    zh: str
    en: str
    source: str
    heads: tuple[str, ...]


Factor = Literal["age", "use", "traps", "faults", "maintenance", "inspection", "assessed", "stops", "unmonitored"]


@routes.get(
    "/ranking",
    summary="老旧电梯排序及其理由 Old lifts, most urgent first, with the reasons",
    responses=body_is(page_of(RankedLift)),
)
def get_ranking(
    actor: Signed,
    unit: UUID | None = None,
    q: Annotated[str | None, Query(max_length=100, description="编码、名称、地址中的词")] = None,
    use: Use | None = None,
    least: Annotated[int, Query(ge=0, le=100, description="至少几分 points at least")] = 0,
    factor: Annotated[Factor | None, Query(description="有此理由的 with this reason")] = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    asked = queries.Asked(unit, q, use, least, factor)
    return page(
        queries.list_ranking,
        scope_of(actor),
        asked,
        after=decode_key(after, int, str),
        limit=limit,
        key=("score", "code"),
    )


@routes.get("/trapped", summary="正在困人 People trapped now", responses=body_is(list[RunningTrap]))
def get_trapped(actor: Signed) -> Response:
    return read(queries.list_running, scope_of(actor))


@routes.get(
    "/registries",
    summary="能读哪些台账 Which registries' tables can be read",
    responses=body_is(list[RegistryName]),
)
def get_registries(actor: Signed) -> Response:
    known = rules_registry.registries().items()
    return reply([RegistryName(name, r.title.zh, r.title.en, r.source, tuple(r.heads())) for name, r in known])


@routes.post(
    "/import",
    summary="导入监管部门台账 Import a registry's table (CSV, XLSX)",
    responses=body_is(RegistryImport),
)
def post_import(
    actor: Signed,
    file: Annotated[UploadFile, File(description="CSV（UTF-8 或 GBK）、XLSX")],
    unit: Annotated[str, Form(description="所属区域的单位代码 the area's unit code", max_length=12)],
    registry: Annotated[str, Form(max_length=40, description="哪种台账 which registry")] = "shanghai",
    mode: Annotated[ImportMode, Form()] = ImportMode.dry_run,
) -> Response:
    content = file.file.read(MAX_BYTES + 1)
    cmd = ImportRegistry(registry, file.filename or "", content, unit, mode)
    return perform(actions.import_registry, actor, cmd)
