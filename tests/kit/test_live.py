"""The live hub: nothing missed, nothing twice, one encode per audience, and it lets the server stop."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI, Request

from yiwang.kit.db import Database
from yiwang.kit.errors import Invalid, Unavailable
from yiwang.kit.live import Hub, close_streams_on_exit, frame, last_id, rings


class Source:
    """A feed in memory: ids 0, 1, 2 …; the message n is for audience n % 2, and for `all`."""

    def __init__(self) -> None:
        self.size, self.encoded, self.prepared, self.broken = 0, 0, 0, False

    def read(self, after: int) -> list[tuple[int, int]]:
        if self.broken:
            raise OSError("away")
        return [(n, n) for n in range(after + 1, min(self.size, after + 101))]

    def render(self, batch: list[tuple[int, int]]) -> Callable[[str], bytes | None]:
        self.prepared += 1

        def line(audience: str) -> bytes | None:
            self.encoded += 1
            seen = [n for n, _ in batch if audience == "all" or n % 2 == int(audience)]
            return json.dumps(seen).encode() if seen else None

        return line


def hub_of(source: Source, **kw) -> Hub[int, str]:
    return Hub(source.read, source.render, **{"gather": 0.01, "every": 0.01, "heartbeat": 5, **kw})  # type: ignore[arg-type]


async def read(stream: AsyncIterator[bytes], until: Callable[[list[int]], bool]) -> list[int]:
    got: list[int] = []
    async for piece in stream:
        for data in re.findall(rb"^data: (.*)$", piece, re.MULTILINE):
            got += json.loads(data)
        if until(got):
            break
    return got


@pytest.mark.parametrize("after", [None, -1, 0, 7, 150, 199])
def test_a_page_that_left_off_anywhere_misses_nothing(after: int | None):
    async def run():
        source = Source()
        source.size = 200
        hub = hub_of(source)
        hub.start(after=199)

        async def grow():
            for _ in range(60):
                source.size += 3
                await asyncio.sleep(0.003)

        growing = asyncio.create_task(grow())
        await asyncio.sleep(0.05)
        pages = [read(hub.stream("all", after), lambda got: bool(got) and got[-1] == 379) for _ in range(3)]
        for got in await asyncio.wait_for(asyncio.gather(*pages), 10):
            assert got == list(range(got[0], 380))
            assert after is None or got[0] == after + 1
            assert after is not None or got[0] >= 200
        await growing
        hub.close()

    asyncio.run(run())


def test_each_audience_is_encoded_once_and_sees_its_own():
    async def run():
        source = Source()
        hub = hub_of(source)
        hub.start(after=-1)
        until = {"0": 8, "1": 9}
        pages = [
            asyncio.create_task(read(hub.stream(a, None), lambda got, a=a: bool(got) and got[-1] == until[a]))
            for a in ["0"] * 20 + ["1"] * 20
        ]
        await asyncio.sleep(0.05)
        source.prepared, source.encoded, source.size = 0, 0, 10
        got = await asyncio.wait_for(asyncio.gather(*pages), 5)
        assert got == [[0, 2, 4, 6, 8]] * 20 + [[1, 3, 5, 7, 9]] * 20
        assert (source.prepared, source.encoded) == (1, 2)
        hub.close()

    asyncio.run(run())


def test_a_page_that_does_not_keep_up_is_told_to_reload():
    async def run():
        source = Source()
        hub = hub_of(source, waiting=3)
        hub.start(after=-1)
        slow = hub.stream("all", None)
        assert await anext(slow) == b"id: -1\n\n"
        for _ in range(8):  # more batches than may wait, and nobody reads them
            source.size += 1
            await asyncio.sleep(0.04)
        left = [piece async for piece in slow]
        assert left == [b"event: reload\nid: %d\ndata: {}\n\n" % (int(re.findall(rb"id: (\d+)", left[0])[0]))]
        hub.close()

    asyncio.run(run())


def test_a_batch_that_cannot_be_rendered_is_no_silent_gap():
    async def run():
        source = Source()
        hub = hub_of(source)
        hub.start(after=-1)
        page = hub.stream("neither", None)  # int("neither") raises
        await anext(page)
        source.size = 1
        assert [piece async for piece in page] == [frame(b"{}", id=0, event="reload")]
        hub.close()

    asyncio.run(run())


def test_too_far_behind_or_from_another_history():
    async def run():
        source = Source()
        source.size = 300
        hub = hub_of(source, behind=150)
        hub.start(after=299)
        pieces = [piece async for piece in hub.stream("all", 0)]
        assert pieces[-1] == frame(b"{}", id=299, event="reload")
        assert [piece async for piece in hub.stream("all", 9_999)] == [frame(b"{}", id=299, event="reload")]
        ahead = asyncio.create_task(
            read(hub.stream("all", 300), lambda got: bool(got))
        )  # one beat ahead of this process
        await asyncio.sleep(0.02)
        source.size = 303
        assert (await asyncio.wait_for(ahead, 5))[0] == 301
        hub.close()

    asyncio.run(run())


def test_heartbeats_carry_the_place_and_a_source_that_is_away_comes_back():
    async def run():
        source = Source()
        hub = hub_of(source, heartbeat=0.05)
        hub.start(after=-1)
        page = hub.stream("1", None)
        await anext(page)
        source.size = 1  # message 0 is not for audience 1
        beats = [await anext(page) for _ in range(3)]
        assert beats[-1] == b": \nid: 0\n\n", "so that a reconnect does not start from the very beginning"
        source.broken = True
        await asyncio.sleep(0.05)
        source.broken, source.size = False, 2
        assert await asyncio.wait_for(read(page, lambda got: bool(got)), 5) == [1]
        hub.close()
        assert [p async for p in hub.stream("1", None)] == [b"id: 1\n\n"], "a closed hub lets nobody wait"

    asyncio.run(run())


def test_no_more_pages_than_the_limit():
    async def run():
        hub = hub_of(Source(), limit=1)
        hub.start(after=-1)
        page = hub.stream("all", None)
        await anext(page)
        with pytest.raises(Unavailable):
            hub.respond("all", None)
        await page.aclose()  # type: ignore[attr-defined]
        hub.respond("all", None)
        hub.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("header", "query", "due"),
    [
        (None, "", None),
        ("", "", None),
        ("12", "", 12),
        (None, "after=3", 3),
        ("12", "after=3", 12),
        (None, "after=-1", -1),
    ],
)
def test_where_a_page_left_off(header: str | None, query: str, due: int | None):
    headers = [(b"last-event-id", header.encode())] if header is not None else []
    assert last_id(Request({"type": "http", "headers": headers, "query_string": query.encode()})) == due


@pytest.mark.parametrize("text", ["x", "1.5", "１２", "--1", "9" * 30])
def test_nonsense_for_a_place_is_refused_in_words(text: str):
    with pytest.raises(Invalid):
        last_id(Request({"type": "http", "headers": [(b"last-event-id", text.encode())], "query_string": b""}))


def test_quiet_pages_hear_a_beat_after_what_waits_for_them_and_no_stream_lasts_for_ever():
    async def run():
        source = Source()
        hub = hub_of(source, heartbeat=0.03, longest=0.4, beat=lambda last: b"%d" % last)
        hub.start(after=-1)
        page = hub.stream("1", None)
        assert await anext(page) == b"event: beat\ndata: -1\n\n", "at once, without an id"
        assert await anext(page) == b"id: -1\n\n"
        source.size = 2  # message 1 is for this page
        await asyncio.sleep(0.1)  # nobody takes anything: one batch waits, and no beat is put behind it
        assert await anext(page) == b"id: 1\ndata: [1]\n\n"
        assert await anext(page) == b"event: beat\nid: 1\ndata: 1\n\n"
        left = [piece async for piece in page]
        assert left and set(left) == {b"event: beat\nid: 1\ndata: 1\n\n"}, "it has ended by itself"
        hub.close()

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_page_that_takes_nothing_any_more_is_let_go():
    """Its last words cannot be sent: what is on its way blocks. It must not stay for ever."""

    async def run():
        source = Source()
        hub = hub_of(source, waiting=2, patience=0.1)
        hub.start(after=-1)
        begun = asyncio.Event()

        async def stuck():
            async for _ in hub.stream("all", None):
                begun.set()
                await asyncio.sleep(60)  # the network takes nothing

        page, quick = (
            asyncio.create_task(stuck()),
            asyncio.create_task(read(hub.stream("all", None), lambda g: len(g) == 9)),
        )
        await begun.wait()
        for _ in range(9):
            source.size += 1
            await asyncio.sleep(0.03)
        assert await quick == list(range(9)), "others do not wait for it"
        done, _ = await asyncio.wait({page}, timeout=3)
        assert done and page.cancelled()
        assert not hub.is_watched
        hub.close()

    asyncio.run(asyncio.wait_for(run(), 5))


def test_a_server_with_open_pages_stops():
    source, hubs = Source(), []

    async def lifespan(app: FastAPI):
        hubs[0].start(after=-1)
        yield

    hubs.append(hub_of(source))
    app = FastAPI(lifespan=asynccontextmanager(lifespan))

    @app.get("/live")
    async def live(request: Request):
        return hubs[0].respond("all", last_id(request))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        close_streams_on_exit(server, lambda: hubs[0])
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/live"
        got = b""
        with httpx.stream("GET", url, headers={"Last-Event-ID": "-1"}, timeout=10) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            source.size = 2
            for piece in answer.iter_raw():
                got += piece
                if b"data: [0, 1]" in got:
                    break
            began = time.monotonic()
            server.handle_exit(signal.SIGTERM, None)
            thread.join(8)
            assert not thread.is_alive(), "it waits for the open page"
            assert time.monotonic() - began < 5


def test_a_bell_wakes_the_hub_and_without_one_it_looks_by_itself():
    async def run():
        source, rung, broken = Source(), asyncio.Event(), iter([True])

        async def bell() -> AsyncGenerator[None, None]:
            if next(broken, False):
                raise psycopg.OperationalError("away")
            while True:
                await rung.wait()
                rung.clear()
                yield

        hub = hub_of(source, every=60, bell=bell)
        hub.start(after=-1)
        page = hub.stream("all", None)
        await anext(page)
        for n in range(3):
            await asyncio.sleep(0.05)
            source.size = n + 1
            rung.set()
            assert await asyncio.wait_for(read(page, bool), 5) == [n]
        hub.close()

        quiet = hub_of(source, every=0.05)
        quiet.start(after=2)
        page = quiet.stream("all", None)
        await anext(page)
        source.size = 4
        assert await asyncio.wait_for(read(page, bool), 5) == [3]
        quiet.close()

    asyncio.run(run())


def test_rings_come_from_other_connections_and_a_lost_one_is_said(db: Database):
    async def run():
        bell = rings(db.url, "Some Channel")
        await anext(bell)
        with db.transaction() as tx:
            tx.conn.execute("select pg_notify('Another', ''), pg_notify('Some Channel', '')")
        await asyncio.wait_for(anext(bell), 5)
        silent = asyncio.ensure_future(anext(bell))
        await asyncio.sleep(0.05)
        assert not silent.done(), "one ring, once"
        with psycopg.connect(db.url, autocommit=True) as other:
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where query like 'listen%%' and datname = current_database()"
            )
        with pytest.raises(psycopg.Error):
            await asyncio.wait_for(silent, 5)

    asyncio.run(run())
