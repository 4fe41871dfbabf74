"""HTTP of what somebody must do now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from yiwang.cases import queries_tasks
from yiwang.cases.queries_tasks import Task, TaskCount, Wanted
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, read, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/tasks", "待办 tasks")


def _wanted(
    act: Annotated[
        list[str] | None, Query(max_length=64, description="事项：受理 accept、立案 file … the acts asked for")
    ] = None,
    unit: Annotated[
        UUID | None, Query(description="单位（含下级，含其承办的）a unit: its ground, and what its bodies have in hand")
    ] = None,
    words: Annotated[str | None, Query(max_length=100, description="关键词，空格分开 words, all of them")] = None,
    mine: Annotated[bool | None, Query(description="只看指名给我的 only what names me")] = None,
) -> Wanted:
    return Wanted(tuple(act) if act else None, words, unit, mine)


@routes.get("", summary="待我办理 What waits for me, by time left", responses=body_is(page_of(Task)))
def list_tasks(
    actor: Signed,
    wanted: Annotated[Wanted, Depends(_wanted)],
    after: Annotated[str | None, Query(max_length=200, description="上一页的 next：the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    key = decode_key(after, datetime | None, UUID, str)
    return page(
        queries_tasks.list_tasks,
        scope_of(actor),
        actor,
        wanted,
        after=key,
        limit=limit,
        key=("deadline", "about", "move"),
    )


@routes.get("/counts", summary="待办数量 How many of each wait for me", responses=body_is(list[TaskCount]))
def count_tasks(actor: Signed, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
    return read(queries_tasks.count_tasks, scope_of(actor), actor, wanted)
