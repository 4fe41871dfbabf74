"""Photos: uploaded first (as often as it takes), then used as evidence; shown without their EXIF."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from yiwang.cases.queries import demand_photo_in_sight
from yiwang.kit import db, files
from yiwang.kit.errors import Invalid
from yiwang.kit.files import Photo
from yiwang.kit.web import body_is, reply, router
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor
from yiwang.network.rules import scope_of

routes = router("/api/photos", "照片 photos")
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"description": "JPEG", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
Sha = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256")]


@routes.post(
    "",
    status_code=201,
    summary="上传照片（可重复上传） Upload a photo; again is harmless",
    responses=body_is(Photo, 201),
    dependencies=[Depends(limited(Limits(public=60, address=600, staff=3600)))],
    openapi_extra={
        "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def upload_photo(request: Request, actor: Signed) -> Response:
    data = await _body(request)
    return await run_in_threadpool(_put, request, data, actor)


async def _body(request: Request) -> bytes:
    """The request's body, given up as soon as it is larger than a photo may be."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > files.MAX_BYTES:
            raise Invalid("photo.too_large", "照片超过 20 MB", "The photo is larger than 20 MB")
    return bytes(data)


def _put(request: Request, data: bytes, actor: Actor) -> Response:
    state = request.app.state
    with db.current().transaction() as tx:
        files.demand_kept(tx, data)
    stored = files.store_photo(state.files, data, state.settings.timezone)
    with db.current().transaction() as tx:
        return reply(files.note_photo(tx, stored, actor.id), 201)


@routes.get("/{sha256}", summary="照片 The photo, without EXIF", response_class=Response, responses=JPEG)
def show_photo(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _shown(request, actor, sha256, thumb=False)


@routes.get("/{sha256}/thumb", summary="缩略图 A thumbnail", response_class=Response, responses=JPEG)
def show_thumb(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _shown(request, actor, sha256, thumb=True)


def _shown(request: Request, actor: Actor, sha256: str, *, thumb: bool) -> Response:
    with db.current().transaction() as tx:
        demand_photo_in_sight(tx, scope_of(actor), sha256)
        files.demand_not_erased(tx, sha256)
    data = files.shown(request.app.state.files, sha256, thumb=thumb)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400, immutable"})
