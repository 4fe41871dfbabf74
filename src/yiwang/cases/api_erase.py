"""HTTP: erasing the bytes of a photo or a voice note, or what somebody wrote."""

from __future__ import annotations

from fastapi import Request, Response

from yiwang.cases import actions_erase
from yiwang.cases.model import Case
from yiwang.cases.model_erase import ErasePhoto, EraseWords
from yiwang.kit import db, files
from yiwang.kit.web import body_is, perform, router
from yiwang.network.actions_session import Signed

routes = router("/api/cases", "案件 cases")


@routes.post(
    "/erase-photo",
    summary="删除照片或语音（须说明事由；摘要与记录保留） Erase the bytes of a photo or a voice note, with a reason; its digest stays",
    responses=body_is(Case),
)
def erase_photo(request: Request, actor: Signed, cmd: ErasePhoto) -> Response:
    answer = perform(actions_erase.erase_photo, actor, cmd)
    files.sweep_erased(db.current(), request.app.state.files)
    return answer


@routes.post(
    "/erase-words",
    summary="删除文字（须说明事由；摘要与记录保留） Erase what somebody wrote, with a reason; its digest stays",
    responses=body_is(Case),
)
def erase_words(actor: Signed, cmd: EraseWords) -> Response:
    return perform(actions_erase.erase_words, actor, cmd)
