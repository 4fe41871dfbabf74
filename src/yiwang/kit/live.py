"""Server-sent events: one source followed by one hub, fanned out to every open page. Knows nothing of what it carries.

Messages have rising integer ids. The hub asks `source(after)` for what is new when a bell rings, and now and then
without: a ring that is lost costs half a second. What came together is one batch, prepared once, rendered once for each
*audience*, and sent as one event whose id is the batch's last.

    hub = Hub(source, render, bell=lambda: rings(url, channel));  hub.start(after=…)   # in the running event loop
    return hub.respond(audience, last_id(request))                   # one open page
    uvicorn.Server(…) → close_streams_on_exit(server, lambda: hub)   # or it would wait for open pages
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import psycopg
from psycopg import sql
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
    """An open page: what waits to be sent to it (None is the end), when something last was, and when it must go."""

    def __init__(self, audience: A, waiting: int, now: float) -> None:
        self.audience, self.spoken, self.opened = audience, now, now
        self.task = asyncio.current_task()
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(waiting)

    def end(self, *words: bytes) -> None:
        """Forget what waits, say these last words, stop."""
        while not self.queue.empty():
            self.queue.get_nowait()
        for word in (*words, None):
            self.queue.put_nowait(word)


def frame(data: bytes | None, *, id: int | None = None, event: str = "") -> bytes:
    """One event. Without data the browser only notes the id. `data` must be one line, as JSON is."""
    named = b"event: " + event.encode() + b"\n" if event else b""
    placed = b"" if id is None else b"id: %d\n" % id
    return named + placed + (b"data: " + data + b"\n\n" if data is not None else b"\n")


def last_id(request: Request) -> int | None:
    """Where a page left off: `Last-Event-ID` (set by the browser when it reconnects), else `?after=`. None: from now on."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    if not text:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
        raise Invalid("live.last_id", "续传位置应为整数", "Last-Event-ID must be a whole number")
    return int(text)


async def rings(url: str, channel: str) -> AsyncGenerator[None, None]:
    """Once for every NOTIFY on this channel, from whatever process, by a connection of its own; psycopg.Error when the
    database goes away."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        yield  # for what came before we listened
        async for _ in conn.notifies():
            yield


class Hub(Generic[M, A]):
    """`source(after)` gives (id, message) pairs with larger ids, in order; it may block (it runs in a thread).
    `render(batch)` prepares a batch; what it gives back makes, for an audience, one line of bytes, or None when that
    audience may see none of it. `beat(last)` is the line of an event `beat` that says: all is well, nothing new.
    `bell()` yields whenever there may be something new; when it raises or ends it is asked for again."""

    def __init__(
        self,
        source: Callable[[int], Sequence[Message[M]]],
        render: Callable[[Sequence[Message[M]]], Callable[[A], bytes | None]],
        *,
        beat: Callable[[int], bytes] | None = None,
        bell: Callable[[], AsyncGenerator[None, None]] | None = None,
        gather: float = 0.1,
        every: float = 0.5,
        heartbeat: float = 15,
        waiting: int = 50,
        behind: int = 2_000,
        limit: int = 5_000,
        longest: float = math.inf,
        patience: float = 30,
    ) -> None:
        """`gather`: seconds between two batches at least. `every`: seconds after which the source is asked although no bell
        rang. `waiting`: batches that may wait for a slow page; `behind`: messages that a returning page may catch up on;
        beyond either it is told to reload. `limit`: pages open at once. `longest`: seconds after which a stream ends.
        `patience`: seconds in which an ended page must have taken what was already on its way."""
        self._source, self._render, self._beat, self._bell = source, render, beat, bell
        self._gather, self._every, self._heartbeat = gather, every, heartbeat
        self._waiting, self._behind, self._limit = max(waiting, 2), behind, limit
        self._longest, self._patience = longest, patience
        self._pages: set[_Page[A]] = set()
        self._leaving: dict[_Page[A], float] = {}
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.last = -1

    def start(self, after: int) -> None:
        """Follow the source from `after` on, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.last, self._closing = after, False
        self._tasks = [self._loop.create_task(work()) for work in (self._follow, self._listen)]

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
        page, joined = _Page(audience, self._waiting, asyncio.get_running_loop().time()), self.last
        self._pages.add(page)
        if self._closing:
            page.end()
        try:
            if self._beat:  # at once, and without an id: it must not move the page's place past what it has yet to see
                yield frame(self._beat(joined), event="beat")
            yield frame(None, id=joined if after is None else after)
            async for piece in self._catch_up(audience, joined if after is None else after, joined):
                yield piece or self._reload()
                if piece is None:
                    return
            while (piece := await page.queue.get()) is not None:
                yield piece
        finally:
            self._pages.discard(page)
            self._leaving.pop(page, None)

    async def _reach(self, after: int | None) -> bool:
        """Another process may have been a beat ahead of this one: wait a little for what the page has already seen."""
        for _ in range(20):
            if after is None or after <= self.last:
                return True
            await asyncio.sleep(self._gather)
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
            data = self._render(batch)(audience)
            if data is not None:
                yield frame(data, id=at)

    async def _follow(self) -> None:
        while not self._closing:
            self._rung.clear()  # before the source is asked: what comes meanwhile rings again
            batch: Sequence[Message[M]] = ()
            try:
                batch = await asyncio.to_thread(self._source, self.last)
                if batch:
                    self._send(batch)
                self._tend()
            except Exception:
                log.exception("live: nothing could be read, trying again")
                await asyncio.sleep(1)
            if batch:  # there may be more of it
                await asyncio.sleep(self._gather)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), self._every)

    async def _listen(self) -> None:
        while self._bell is not None and not self._closing:
            try:
                async for _ in self._bell():
                    self._rung.set()
            except Exception as away:
                log.warning("live: no bell (%s); asking every %s s", away, self._every)
            await asyncio.sleep(1)

    def _send(self, batch: Sequence[Message[M]]) -> None:
        pieces: dict[A, bytes | None] = {}
        self.last = batch[-1][0]
        now, line = asyncio.get_running_loop().time(), None
        for page in list(self._pages):
            try:
                if page.audience not in pieces:
                    line = line or self._render(batch)
                    data = line(page.audience)
                    pieces[page.audience] = None if data is None else frame(data, id=self.last)
                if (piece := pieces[page.audience]) is not None:
                    page.queue.put_nowait(piece)
                    page.spoken = now
            except Exception as why:  # QueueFull, or a fault in render: never a gap in silence
                if not isinstance(why, asyncio.QueueFull):
                    log.exception("live: a batch could not be rendered")
                self._leave(page, now, self._reload())

    def _tend(self) -> None:
        """Beats for pages that have heard nothing for long; an end to those open too long, and to those that ended and
        do not take what is on its way to them. One look at all pages: a thousand timers would cost more."""
        now, beat = asyncio.get_running_loop().time(), b""
        for page in list(self._pages):
            if now - page.opened >= self._longest:
                self._leave(page, now)
            elif now - page.spoken >= self._heartbeat and page.queue.empty():
                # nothing waits before it, so its id is right; it keeps what the page could not see from piling up
                data = self._beat(self.last) if self._beat and not beat else None
                beat = beat or (
                    frame(data, id=self.last, event="beat") if data else b": \n" + frame(None, id=self.last)
                )
                page.queue.put_nowait(beat)
                page.spoken = now
        for page, since in list(self._leaving.items()):
            if now - since >= self._patience and page.task is not None:
                page.task.cancel()

    def _leave(self, page: _Page[A], now: float, *words: bytes) -> None:
        self._pages.discard(page)
        self._leaving[page] = now
        page.end(*words)

    def _reload(self) -> bytes:
        return frame(b"{}", id=self.last, event="reload")

    def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for page in self._pages:
            page.end()


def close_streams_on_exit(server: uvicorn.Server, hub: Callable[[], Hub[Any, Any] | None]) -> None:
    """uvicorn waits for open connections before it shuts down: at the signal to stop, end the streams first. `hub()`
    answers with the hub, once there is one."""
    stop = server.handle_exit

    def handle_exit(sig: int, frame: Any) -> None:
        if (found := hub()) is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone already
                found.close()
        stop(sig, frame)

    server.handle_exit = handle_exit
