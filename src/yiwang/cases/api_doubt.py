"""HTTP: doubted acts, for whoever answers for those who did them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime

from yiwang.cases import queries_doubt
from yiwang.cases.model_doubt import Doubt, DoubtCount, DoubtRow
from yiwang.cases.queries_doubt import DoubtFilter
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.scope import Scope
from yiwang.kit.web import body_is, read, router
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor, PostKind
from yiwang.network.rules import scope_of

routes = router("/api/doubts", "存疑 doubts")
ANSWERING = frozenset(
    {PostKind.grid_chief, PostKind.supervisor, PostKind.assessor, PostKind.commander, PostKind.auditor}
)
NOBODY = UUID(int=0)


def _filter(
    flag: Annotated[Doubt | None, Query(description="哪种疑点 which doubt")] = None,
    unit: Annotated[UUID | None, Query(description="单位（含下级） a unit and those below it")] = None,
    since: Annotated[AwareDatetime | None, Query(description="办理时间起 done since")] = None,
    until: Annotated[AwareDatetime | None, Query(description="办理时间止 done before")] = None,
) -> DoubtFilter:
    return DoubtFilter(flag, unit, since, until)


def _scope(actor: Actor) -> Scope:
    """What lies under the posts that answer for others; one's own cases are no reason to read of others' doubts."""
    return replace(scope_of(actor, ANSWERING), person=NOBODY)


@routes.get(
    "",
    summary="存疑办理清单 Doubted acts in the units one answers for, newest first",
    responses=body_is(page_of(DoubtRow)),
)
def list_doubts(
    actor: Signed,
    wanted: Annotated[DoubtFilter, Depends(_filter)],
    after: Annotated[str | None, Query(max_length=300, description="上一页的 next：the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    key = decode_key(after, datetime, UUID, int, str)
    return page(
        queries_doubt.list_doubts, _scope(actor), wanted, after=key, limit=limit, key=("at", "case_id", "n", "flag")
    )


@routes.get("/counts", summary="存疑数量 Doubted acts by flag and unit", responses=body_is(list[DoubtCount]))
def count_doubts(actor: Signed, wanted: Annotated[DoubtFilter, Depends(_filter)]) -> Response:
    return read(queries_doubt.count_doubts, _scope(actor), wanted)
