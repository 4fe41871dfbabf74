"""A phone whose network goes away in the midst of a photo: no fault of ours, and no noise in the log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI, Request

from yiwang.kit.web import install_errors


def test_an_upload_that_is_broken_off_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    install_errors(app)

    @app.post("/photos")
    async def _(request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    said: list[dict[str, Any]] = []
    came = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(came)

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/photos", "query_string": b"", "headers": [], "app": app}
    with caplog.at_level(logging.ERROR):
        asyncio.run(app(scope, receive, send))
    assert said[0]["status"] == 400
    assert caplog.records == []
