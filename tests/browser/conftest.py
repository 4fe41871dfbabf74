"""A real Chromium on a real server: the application under uvicorn over the named world, its jobs running."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import world
from browser.looking import heeded
from browser.phone import phone
from conftest import Databases, make_world, own_server
from yiwang import wiring
from yiwang.app import WEB, create_app
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.ledger import actions as ledger
from yiwang.settings import Settings
from yiwang.wiring import System

CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",  # a camera that shows a moving picture, and is never asked about
    "--use-fake-device-for-media-stream",
]
SIZE = {"width": 1440, "height": 900}
REFUSALS = re.compile(r"40[1349]|422|ERR_FAILED")
"""What the browser itself says in its console of answers that a test asks for."""


@pytest.fixture(scope="module")  # no longer: while Playwright runs, its thread has an event loop and can run no other
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    if not (WEB / "desk.html").exists():
        pytest.skip("the pages are not built (make web)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass
class Site:
    """The running site, and the street behind it."""

    url: str
    system: System
    stop: Callable[[], None]
    start: Callable[[], None]

    def sign_in(self, context: BrowserContext, login: str) -> None:
        """What a click on somebody of the demonstration does; whoever was signed in is no longer."""
        answer = context.request.post(f"{self.url}/api/demo-sign-in", data={"login": login})
        assert answer.ok, answer.text()

    def act(self, story: Callable[[world.Play], Any]) -> Any:
        """Something happens in the street, while pages are open."""
        with self.system.database.transaction() as tx:
            play = world.Play(tx)
            play.photos = self.system.store  # type: ignore[assignment]
            return story(play)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class _Server:
    """uvicorn in a thread of its own, that can be stopped and started again on the same port."""

    def __init__(self, system: System, port: int) -> None:
        self.system, self.port = system, port

    def start(self) -> None:
        app = create_app(self.system)
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        for _ in range(200):
            if self.server.started:
                self.app = app
                return
            time.sleep(0.05)
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        self.app.state.hub.close()
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive(), "the server does not stop"


@pytest.fixture(scope="session")
def alone(worker_id: str) -> Iterator[Databases]:
    """A server of the pages' own, for they wait for seals."""
    with own_server() as url:
        yield Databases(url, worker_id)


@pytest.fixture(scope="session")
def worlds(alone: Databases) -> tuple[Databases, str]:
    """That server, and the name of its database with the named world."""
    return alone, make_world(alone)


@contextmanager
def running(databases: Databases, name: str, folder: Path, fill: Callable[[Site], object]) -> Iterator[Site]:
    """A site over a database of its own, which goes with it; `fill` puts something into it before anybody can look."""
    database = Database(databases.url(name), size=12).open()
    kit_db.use(database)
    system = wiring.assemble(Settings(data=str(folder), demo="1", push_local="1"), database, databases.url(name))
    server = _Server(system, _free_port())
    site = Site(f"http://127.0.0.1:{server.port}", system, server.stop, server.start)
    fill(site)
    server.start()
    yield site
    server.stop()
    ledger.react_with({})
    kit_db.use(None)
    database.close()
    databases.drop(name)


@pytest.fixture(scope="module")
def site(worlds: tuple[Databases, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for a module's tests, with some cases in it: nine open at every step, one closed."""
    databases, template = worlds
    name = databases.create(template)
    with running(databases, name, tmp_path_factory.mktemp("site"), lambda site: site.act(_fill)) as made:
        yield made


def _fill(play: world.Play) -> None:
    spots = ((121.4795, 31.2195), (121.4822, 31.2213), (121.4847, 31.2205), (121.4868, 31.2188), (121.4812, 31.2172),
             (121.4835, 31.2181), (121.4858, 31.2167), (121.4791, 31.2158), (121.4829, 31.2156), (121.4871, 31.2176))  # fmt: skip
    places = ("文庙路", "梦花街", "蓬莱路", "河南南路", "方斜路", "学前街", "尚文路", "大吉路", "大兴街", "迎勋路")
    made = (play.report, play.report, play.accepted, play.filed, play.filed, play.dispatched, play.dispatched,
            play.handled, play.closed, play.dispatched)  # fmt: skip
    for (lon, lat), place, make in zip(spots, places, made, strict=True):
        if make == play.closed:
            before = play.photo("wang.lei", world.PhotoKind.near)
            case = play.report("wang.lei", place=place, photos=(before,))
            world.actions_file.accept_case(play.tx, play.who("zhang.min"), world.AcceptCase(case.id))
            filed = world.actions_file.file_case(
                play.tx, play.who("zhang.min"), world.FileCase(case.id, play.condition())
            )
            play.close(play.verify(play.finish(play.take(play.dispatch(filed))), by="zhao.xin"))
        else:
            make(lon=lon, lat=lat, place=place)


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """The first page, open, its map drawn."""
    with heeded(context) as opened:
        opened.goto(site.url)
        opened.wait_for_selector('.map[data-state="ready"]', timeout=30_000)
        opened.wait_for_selector("#cases [data-id]")
        yield opened


@pytest.fixture
def desk(context: BrowserContext, site: Site) -> Iterator[Callable[..., Page]]:
    """The desk as somebody, at their queue or another address of it."""
    with heeded(context, REFUSALS) as made:

        def open_as(login: str, address: str = "#/queue", *, ready: str = "[data-queue][data-ready]") -> Page:
            made.goto("about:blank")
            site.sign_in(context, login)
            made.goto(f"{site.url}/{address}")
            made.wait_for_selector(ready)
            return made

        yield open_as


@pytest.fixture
def wang(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """An inspector's phone."""
    with phone(browser, site) as context:
        yield context
