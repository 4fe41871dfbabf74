"""HTTP: people's telephones in clear with a reason, and who has seen what."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from yiwang.kit import db
from yiwang.kit.web import body_is, read, reply, router
from yiwang.network import actions_personal, queries_personal
from yiwang.network.actions_session import Signed
from yiwang.network.model import PostKind
from yiwang.network.model_personal import Reach, Unmasking, UnmaskPerson
from yiwang.network.rules import scope_of

OVERSEERS = frozenset({PostKind.supervisor, PostKind.commander, PostKind.audit_admin, PostKind.auditor})
routes = router("/api", "个人信息 personal data")


@routes.post(
    "/people/unmask",
    summary="查看人员联系方式（须说明事由，留痕） See somebody's telephone in clear, with a reason that is kept",
    responses=body_is(Reach),
)
def post_unmask(actor: Signed, cmd: UnmaskPerson) -> Response:
    # Not by `perform`: it would keep the answer, and with it the number.
    with db.current().transaction() as tx:
        return reply(actions_personal.unmask_person(tx, actor, cmd), headers={"Cache-Control": "no-store"})


@routes.get(
    "/unmaskings",
    summary="个人信息查看记录：本人的，以及下属的 Who saw personal data in clear: oneself, and those below",
    responses=body_is(list[Unmasking]),
)
def get_unmaskings(
    actor: Signed, before: UUID = queries_personal.LAST, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Response:
    return read(queries_personal.list_unmaskings, scope_of(actor, OVERSEERS), before=before, limit=limit)
