"""Photos and voice notes over HTTP, for whoever may: taken up to a size, kept, shown without their EXIF, played as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response
from starlette.concurrency import run_in_threadpool

from yiwang.kit import db, files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.files import File, Stored


def _binary(*types: str) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in types}


JPEG: dict[int | str, dict[str, Any]] = {200: {"description": "JPEG", "content": _binary("image/jpeg")}}
RECORDING: dict[int | str, dict[str, Any]] = {
    200: {"description": "录音 A recording", "content": _binary("audio/webm", "audio/mp4", "audio/ogg")}
}
"""What is shown and played, for `responses`."""
IMAGE: dict[str, Any] = {"requestBody": {"required": True, "content": _binary("image/*")}}
SOUND: dict[str, Any] = {"requestBody": {"required": True, "content": _binary("audio/*")}}
"""What is sent, for `openapi_extra`."""
Sha = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256")]


async def take_photo(request: Request, by: UUID, most: int, too_large: Invalid) -> File:
    """Keep the request's body as a photo of `by`; the same again is harmless. `too_large` as soon as it is more than `most`
    bytes; Invalid or Refused as `files.store_photo` and `files.note_file` say."""
    state = request.app.state
    return await _take(
        request, by, most, too_large, lambda data: files.store_photo(state.files, data, state.settings.timezone)
    )


async def take_voice(request: Request, by: UUID, too_large: Invalid) -> File:
    """The same for a voice note."""
    store = request.app.state.files
    return await _take(request, by, files.VOICE_BYTES, too_large, lambda data: files.store_voice(store, data))


async def _take(request: Request, by: UUID, most: int, too_large: Invalid, put: Callable[[bytes], Stored]) -> File:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_large
    return await run_in_threadpool(_keep, bytes(data), by, put)


def _keep(data: bytes, by: UUID, put: Callable[[bytes], Stored]) -> File:
    with db.current().transaction() as tx:
        files.demand_kept(tx, data)
    stored = put(data)
    with db.current().transaction() as tx:
        return files.note_file(tx, stored, by)


def show_photo(request: Request, sha256: str, demand: Callable[[Tx], object], *, thumb: bool, cache: str) -> Response:
    """The photo as a JPEG, once `demand` has let it pass; NotFound when it was erased. `cache`: how browsers may keep it."""
    with db.current().transaction() as tx:
        demand(tx)
        files.demand_photo(tx, sha256)
    data = files.shown(request.app.state.files, sha256, thumb=thumb)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": f"private, {cache}"})


def play_voice(request: Request, sha256: str, demand: Callable[[Tx], object]) -> Response:
    """The voice note as it was recorded, once `demand` has let it pass; NotFound when it was erased. No browser keeps it."""
    with db.current().transaction() as tx:
        demand(tx)
        voice = files.get_voice(tx, sha256)
    data = files.get_whole(request.app.state.files, sha256)
    if data is None:
        raise NotFound("voice.unknown", "没有这段录音", "No such recording")
    return Response(data, media_type=voice.type, headers={"Content-Disposition": "inline"})
