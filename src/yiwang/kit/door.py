"""The door of the web application: security headers on every answer, and limits on what comes in.

Sources: OWASP Secure Headers, OWASP ASVS 4 §13–14, CSP Level 3.
"""

from __future__ import annotations

import asyncio
from asyncio import Transport
from collections.abc import Mapping

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from yiwang.kit.errors import HeadersTooLarge, Problem, TooLarge, TooSlow

# Scripts and styles from here only, none inline; MapLibre's worker is a blob; the phone's reader of codes is WebAssembly
# of our own (compiling it is allowed, evaluating text is not).
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " media-src blob:; connect-src 'self'; worker-src 'self' blob:; child-src blob:; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(self), microphone=(), payment=(), usb=(), interest-cohort=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
SENSES = (
    HEADERS[b"permissions-policy"]
    .replace(b"camera=()", b"camera=(self)")
    .replace(b"microphone=()", b"microphone=(self)")
)
"""Instead, for pages that see and hear."""
HSTS = (b"strict-transport-security", b"max-age=31536000")
NO_STORE = (b"cache-control", b"no-store")
MOST_BYTES = 1024 * 1024
"""A body may be so large where nothing else is said."""
MOST_HEADER_BYTES, MOST_HEADERS = 32 * 1024, 100
PATIENCE, LEAST_RATE = 20.0, 1024
"""A body may pause for so many seconds, and must on the whole bring so many bytes a second after that."""
HEAD_SECONDS, HEAD_BYTES = 15.0, 64 * 1024


class Door:
    """ASGI: outermost, so that faults pass through it too. `larger`: path → bytes, where a body may be larger; `senses`: the
    folder whose pages may use camera and microphone."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int], senses: str) -> None:
        self.app, self.larger, self.senses = app, larger, senses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = HEADERS | ({b"permissions-policy": SENSES} if scope["path"].startswith(self.senses) else {})
        passage = _Passage(scope, receive, send, self.larger.get(scope["path"], MOST_BYTES), headers)
        refused = passage.refuse_head()
        if refused:
            await passage.answer(refused)
        else:
            await self.app(scope, passage.receive, passage.send)


class _Passage:
    """One request on its way in and its answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: int, headers: Mapping[bytes, bytes]) -> None:
        self.scope, self._receive, self._send, self.most, self.headers = scope, receive, send, most, headers
        self.bytes, self.begun, self.whole = 0, asyncio.get_running_loop().time(), False
        self.started = self.refused = False

    def refuse_head(self) -> Problem | None:
        headers = self.scope["headers"]
        if len(headers) > MOST_HEADERS or sum(len(n) + len(v) for n, v in headers) > MOST_HEADER_BYTES:
            return HeadersTooLarge("request.headers", "请求头太大", "The headers are too large")
        length = next((v for n, v in headers if n == b"content-length"), b"0")
        return self._too_large() if length.isdigit() and int(length) > self.most else None

    def _too_large(self) -> Problem:
        return TooLarge("request.too_large", "内容太大", "The body is too large", most=self.most)

    async def receive(self) -> Message:
        """The next piece of the body, within its limits; once it is whole, whatever comes (a disconnection)."""
        if self.whole or self.refused:
            return await self._receive() if not self.refused else {"type": "http.disconnect"}
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            return await self._break_off(
                TooSlow(
                    "request.too_slow", "内容传得太慢，请检查网络后重试", "The body came too slowly; please try again"
                )
            )
        if message["type"] != "http.request":
            return message
        self.bytes += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        took = asyncio.get_running_loop().time() - self.begun
        if self.bytes > self.most:
            return await self._break_off(self._too_large())
        if not self.whole and self.bytes < (took - PATIENCE) * LEAST_RATE:
            return await self._break_off(
                TooSlow(
                    "request.too_slow", "内容传得太慢，请检查网络后重试", "The body came too slowly; please try again"
                )
            )
        return message

    async def _break_off(self, problem: Problem) -> Message:
        """Answer at once; what the application still says is not sent."""
        self.refused = True
        if not self.started:
            await self.answer(problem)
        return {"type": "http.disconnect"}

    async def answer(self, problem: Problem) -> None:
        self.refused = True
        body = msgspec.json.encode(problem.as_json())
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
                   (b"connection", b"close")]  # fmt: skip
        start = {"type": "http.response.start", "status": problem.status, "headers": headers}
        await self._send(self._with_headers(start))
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        if message["type"] == "http.response.start":
            self.started = True
            message = self._with_headers(message)
        await self._send(message)

    def _with_headers(self, message: Message) -> Message:
        """Those that the answer does not bring itself; personal answers are kept nowhere."""
        brought = {name.lower() for name, _ in message["headers"]}
        more = [(n, v) for n, v in self.headers.items() if n not in brought]
        if self.scope["scheme"] == "https":
            more.append(HSTS)
        if self.scope["path"].startswith("/api") and NO_STORE[0] not in brought:
            more.append(NO_STORE)
        return {**message, "headers": [*message["headers"], *more]}


class Guarded(HttpToolsProtocol):
    """uvicorn's protocol, which waits for no headers longer than `HEAD_SECONDS` and takes no more than `HEAD_BYTES` of
    them: a client that sends them drop by drop holds nothing up."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES + MOST_BYTES:
                self.transport.close()
                return
        super().data_received(data)
        if self._timer is not None and self._head_bytes > HEAD_BYTES:
            self.send_400_response("Headers too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_is_here(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
