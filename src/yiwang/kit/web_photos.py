"""Photos over HTTP, for whoever may: taken up to a size, kept, shown without their EXIF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response
from starlette.concurrency import run_in_threadpool

from yiwang.kit import db, files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.files import Photo

JPEG: dict[int | str, dict[str, Any]] = {
    200: {"description": "JPEG", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
"""What is shown, for `responses`."""
IMAGE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}
"""What is sent, for `openapi_extra`."""
Sha = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256")]


async def take_photo(request: Request, by: UUID, most: int, too_large: Invalid) -> Photo:
    """Keep the request's body as a photo of `by`; the same again is harmless. `too_large` as soon as it is more than `most`
    bytes; Invalid or Refused as `files.store_photo` and `files.note_photo` say."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_large
    return await run_in_threadpool(_keep, request, bytes(data), by)


def _keep(request: Request, data: bytes, by: UUID) -> Photo:
    state = request.app.state
    with db.current().transaction() as tx:
        files.demand_kept(tx, data)
    stored = files.store_photo(state.files, data, state.settings.timezone)
    with db.current().transaction() as tx:
        return files.note_photo(tx, stored, by)


def show_photo(request: Request, sha256: str, demand: Callable[[Tx], object], *, thumb: bool, cache: str) -> Response:
    """The photo as a JPEG, once `demand` has let it pass; NotFound when it was erased. `cache`: how browsers may keep it."""
    with db.current().transaction() as tx:
        demand(tx)
        files.demand_not_erased(tx, sha256)
    data = files.shown(request.app.state.files, sha256, thumb=thumb)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": f"private, {cache}"})
