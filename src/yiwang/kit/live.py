"""Server-sent events: one source followed by one hub, fanned out to every open page. Knows nothing of what it carries.

Messages have rising integer ids. The hub asks `source(after)` for what is new every 200 ms; what came together is one
batch, rendered once for each *audience* (those who may see the same), and sent as one event whose id is the batch's last.

    hub = Hub(source, render);  hub.start(after=…)           # in the running event loop
    return hub.respond(audience, last_id(request))           # one open page
    uvicorn.Server(…) → close_streams_on_exit(server, hub)   # or it would wait for open pages for ever
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse

from yiwang.kit.errors import Invalid, Unavailable

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)
M = TypeVar("M")
A = TypeVar("A", bound=Hashable)
Message = tuple[int, M]

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class _Page(Generic[A]):
    """An open page: what waits to be sent to it. None is the end."""

    def __init__(self, audience: A, waiting: int) -> None:
        self.audience = audience
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(waiting)

    def end(self, *words: bytes) -> None:
        """Forget what waits, say these last words, stop."""
        while not self.queue.empty():
            self.queue.get_nowait()
        for word in (*words, None):
            self.queue.put_nowait(word)


def frame(data: bytes | None, *, id: int, event: str = "") -> bytes:
    """One event. Without data the browser only notes the id. `data` must be one line, as JSON is."""
    named = b"event: " + event.encode() + b"\n" if event else b""
    return named + b"id: %d\n" % id + (b"data: " + data + b"\n\n" if data is not None else b"\n")


def last_id(request: Request) -> int | None:
    """Where a page left off: `Last-Event-ID` (set by the browser when it reconnects), else `?after=`. None: from now on."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    if not text:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
        raise Invalid("live.last_id", "续传位置应为整数", "Last-Event-ID must be a whole number")
    return int(text)


class Hub(Generic[M, A]):
    """`source(after)` gives (id, message) pairs with larger ids, in order; it may block (it runs in a thread).
    `render(batch, audience)` gives one line of bytes, or None when this audience may see none of it."""

    def __init__(
        self,
        source: Callable[[int], Sequence[Message[M]]],
        render: Callable[[Sequence[Message[M]], A], bytes | None],
        *,
        every: float = 0.2,
        heartbeat: float = 15,
        waiting: int = 50,
        behind: int = 2_000,
        limit: int = 5_000,
    ) -> None:
        """`waiting`: batches that may wait for a slow page; `behind`: messages that a returning page may catch up on;
        beyond either it is told to reload. `limit`: pages open at once."""
        self._source, self._render = source, render
        self._every, self._heartbeat = every, heartbeat
        self._waiting, self._behind, self._limit = max(waiting, 2), behind, limit
        self._pages: set[_Page[A]] = set()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.last = -1

    def start(self, after: int) -> None:
        """Follow the source from `after` on, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.last, self._closing = after, False
        self._task = self._loop.create_task(self._follow())

    def close(self) -> None:
        """End every stream and stop following. From any thread or signal handler; pages reconnect by themselves."""
        self._closing = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    @property
    def is_watched(self) -> bool:
        """Is any page open?"""
        return bool(self._pages)

    def respond(self, audience: A, after: int | None) -> StreamingResponse:
        """The streaming answer for one page; Unavailable when too many are open."""
        if len(self._pages) >= self._limit:
            raise Unavailable("live.full", "实时连接数已满，请稍后再试", "Too many live connections, please try again")
        return StreamingResponse(self.stream(audience, after), media_type="text/event-stream", headers=HEADERS)

    async def stream(self, audience: A, after: int | None) -> AsyncIterator[bytes]:
        """The bytes for one page, until it goes, falls too far behind or the hub closes.

        Nothing is missed or repeated: it joins at the hub's own id and first catches up to exactly there.
        """
        if not await self._reach(after):
            yield self._reload()
            return
        page, joined = _Page(audience, self._waiting), self.last
        self._pages.add(page)
        if self._closing:
            page.end()
        try:
            yield frame(None, id=joined if after is None else after)
            async for piece in self._catch_up(audience, joined if after is None else after, joined):
                yield piece or self._reload()
                if piece is None:
                    return
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        piece = await page.queue.get()
                except (
                    TimeoutError
                ):  # a comment finds dead connections, the id keeps what it could not see from piling up
                    piece = b": \n" + frame(None, id=self.last)
                if piece is None:
                    return
                yield piece
        finally:
            self._pages.discard(page)

    async def _reach(self, after: int | None) -> bool:
        """Another process may have been a beat ahead of this one: wait a little for what the page has already seen."""
        for _ in range(20):
            if after is None or after <= self.last:
                return True
            await asyncio.sleep(self._every)
        return False  # ids from another history (a restored database): only a reload is right

    async def _catch_up(self, audience: A, at: int, until: int) -> AsyncIterator[bytes | None]:
        """What came after `at`, up to `until`; None if that is too much."""
        seen = 0
        while at < until:
            batch = [m for m in await asyncio.to_thread(self._source, at) if m[0] <= until]
            seen += len(batch)
            if seen > self._behind:
                yield None
                return
            if not batch:
                return
            at = batch[-1][0]
            data = self._render(batch, audience)
            if data is not None:
                yield frame(data, id=at)

    async def _follow(self) -> None:
        while not self._closing:
            try:
                batch = await asyncio.to_thread(self._source, self.last)
                if batch:
                    self._send(batch)
            except Exception:
                log.exception("live: nothing could be read, trying again")
                await asyncio.sleep(1)
            await asyncio.sleep(self._every)

    def _send(self, batch: Sequence[Message[M]]) -> None:
        pieces: dict[A, bytes | None] = {}
        self.last = batch[-1][0]
        for page in list(self._pages):
            try:
                if page.audience not in pieces:
                    data = self._render(batch, page.audience)
                    pieces[page.audience] = None if data is None else frame(data, id=self.last)
                if (piece := pieces[page.audience]) is not None:
                    page.queue.put_nowait(piece)
            except Exception as why:  # QueueFull, or a fault in render: never a gap in silence
                if not isinstance(why, asyncio.QueueFull):
                    log.exception("live: a batch could not be rendered")
                self._pages.discard(page)
                page.end(self._reload())

    def _reload(self) -> bytes:
        return frame(b"{}", id=self.last, event="reload")

    def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for page in self._pages:
            page.end()


def close_streams_on_exit(server: uvicorn.Server, *hubs: Hub[Any, Any]) -> None:
    """uvicorn waits for open connections before it shuts down: at the signal to stop, end the streams first."""
    stop = server.handle_exit

    def handle_exit(sig: int, frame: Any) -> None:
        for hub in hubs:
            with contextlib.suppress(RuntimeError):  # the loop is gone already
                hub.close()
        stop(sig, frame)

    server.handle_exit = handle_exit
