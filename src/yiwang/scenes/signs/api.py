"""HTTP: signs that need a permit and have none."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of
from yiwang.scenes.signs import queries
from yiwang.scenes.signs.queries import Unpermitted

routes = router("/api/signs", "店招店牌 signs")


@routes.get(
    "/unpermitted",
    summary="须许可而无许可的招牌及其缘由 Signs that need a permit and have none, with the reasons",
    responses=body_is(page_of(Unpermitted)),
)
def get_unpermitted(
    actor: Signed,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    return page(queries.list_unpermitted, scope_of(actor), after=decode_key(after, str), limit=limit, key=("code",))
