"""Photos: uploaded first (as often as it takes), then used as evidence; shown without their EXIF."""

from __future__ import annotations

from functools import partial

from fastapi import Depends, Request, Response

from yiwang.cases.queries import demand_photo_in_sight
from yiwang.kit import files, web_files
from yiwang.kit.errors import Invalid
from yiwang.kit.files import File
from yiwang.kit.web import body_is, reply, router
from yiwang.kit.web_files import IMAGE, JPEG, Sha
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor
from yiwang.network.rules import scope_of

routes = router("/api/photos", "照片 photos")


@routes.post(
    "",
    status_code=201,
    summary="上传照片（可重复上传） Upload a photo; again is harmless",
    responses=body_is(File, 201),
    dependencies=[Depends(limited(Limits(public=60, address=600, staff=3600)))],
    openapi_extra=IMAGE,
)
async def upload_photo(request: Request, actor: Signed) -> Response:
    too_large = Invalid("photo.too_large", "照片超过 20 MB", "The photo is larger than 20 MB")
    return reply(await web_files.take_photo(request, actor.id, files.MAX_BYTES, too_large), 201)


@routes.get("/{sha256}", summary="照片 The photo, without EXIF", response_class=Response, responses=JPEG)
def show_photo(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _show(request, actor, sha256, thumb=False)


@routes.get("/{sha256}/thumb", summary="缩略图 A thumbnail", response_class=Response, responses=JPEG)
def show_thumb(sha256: Sha, request: Request, actor: Signed) -> Response:
    return _show(request, actor, sha256, thumb=True)


def _show(request: Request, actor: Actor, sha256: str, *, thumb: bool) -> Response:
    demand = partial(demand_photo_in_sight, scope=scope_of(actor), sha256=sha256)
    return web_files.show_photo(request, sha256, demand, thumb=thumb, cache="max-age=86400, immutable")
