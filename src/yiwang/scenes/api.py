"""HTTP: which scenes there are, and their numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path as PathParam
from fastapi import Query, Response

from yiwang.kit.web import body_is, read, reply, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.scenes import queries
from yiwang.scenes.model import SceneAct, SceneFigures, SceneForm, SceneTrouble

routes = router("/api/scenes", "场景 scenes")
Limit = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[str, PathParam(pattern="^[a-z][a-z_]{1,30}$", description="场景 scene")]


@routes.get("", summary="有哪些场景 Which scenes there are", responses=body_is(list[SceneForm]))
def get_scenes(actor: Signed) -> Response:
    return reply(queries.known())


@routes.get("/figures", summary="各场景的数字 The numbers of all scenes", responses=body_is(list[SceneFigures]))
def get_all_figures(actor: Signed) -> Response:
    return read(queries.list_figures, scope_of(actor))


@routes.get(
    "/troubles", summary="各场景眼下要紧的 What is wrong in all scenes now", responses=body_is(list[SceneTrouble])
)
def get_troubles(actor: Signed, limit: Limit = 50) -> Response:
    return read(queries.list_troubles, scope_of(actor), limit=limit)


@routes.get(
    "/course", summary="各场景近来的办理 What was done in all scenes of late", responses=body_is(list[SceneAct])
)
def get_all_course(actor: Signed, limit: Limit = 50) -> Response:
    return read(queries.list_course, scope_of(actor), limit=limit)


@routes.get("/{name}/figures", summary="一个场景的数字 A scene's numbers", responses=body_is(SceneFigures))
def get_figures(actor: Signed, name: Name) -> Response:
    return read(queries.get_figures, scope_of(actor), name)


@routes.get(
    "/{name}/course", summary="一个场景近来的办理 What was done in a scene of late", responses=body_is(list[SceneAct])
)
def get_course(actor: Signed, name: Name, limit: Limit = 50) -> Response:
    return read(queries.list_course, scope_of(actor), name, limit=limit)
