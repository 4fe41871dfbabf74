"""Voice notes: uploaded first (as often as it takes), then part of a report; played by whoever sees its case."""

from __future__ import annotations

from functools import partial

from fastapi import Depends, Request, Response

from yiwang.cases.queries import demand_voice_in_sight
from yiwang.kit import web_files
from yiwang.kit.errors import Invalid
from yiwang.kit.files import File
from yiwang.kit.web import body_is, reply, router
from yiwang.kit.web_files import RECORDING, SOUND, Sha
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/voices", "语音备注 voice notes")
SHARES = Limits(public=20, address=200, staff=1200)
"""Of an hour: as many as reports, which have one each."""


@routes.post(
    "",
    status_code=201,
    summary="上传语音备注（可重复上传） Upload a voice note; again is harmless",
    responses=body_is(File, 201),
    dependencies=[Depends(limited(SHARES))],
    openapi_extra=SOUND,
)
async def upload_voice(request: Request, actor: Signed) -> Response:
    too_large = Invalid("voice.too_large", "录音超过 2 MB", "The recording is larger than 2 MB")
    return reply(await web_files.take_voice(request, actor.id, too_large), 201)


@routes.get("/{sha256}", summary="语音备注 The voice note", response_class=Response, responses=RECORDING)
def play_voice(sha256: Sha, request: Request, actor: Signed) -> Response:
    demand = partial(demand_voice_in_sight, scope=scope_of(actor), sha256=sha256)
    return web_files.play_voice(request, sha256, demand)
