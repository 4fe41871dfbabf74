"""The web application: every domain's HTTP, the pages, health. With cli.py, the only place that knows everything."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from mimetypes import guess_type
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.to_thread
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import yiwang.assess.api
import yiwang.cases.api
import yiwang.cases.api_contact
import yiwang.cases.api_doubt
import yiwang.cases.api_erase
import yiwang.cases.api_photos
import yiwang.cases.api_public
import yiwang.cases.api_record
import yiwang.cases.api_tasks
import yiwang.cases.api_voices
import yiwang.city.api_grid
import yiwang.city.api_rules
import yiwang.city.api_sheet
import yiwang.desk.api
import yiwang.desk.api_people
import yiwang.desk.api_rooms
import yiwang.desk.api_templates
import yiwang.dispatch.api
import yiwang.ledger.api
import yiwang.ledger.api_witness
import yiwang.network.api
import yiwang.network.api_access
import yiwang.network.api_duty
import yiwang.network.api_factor
import yiwang.network.api_personal
import yiwang.network.api_push
import yiwang.network.api_sheet
import yiwang.register.api
import yiwang.register.api_owed
import yiwang.register.api_round
import yiwang.rooms.api
import yiwang.scenes.api
from yiwang import wiring
from yiwang.city import rules_component_file
from yiwang.city.queries_grid import locate
from yiwang.desk.tianditu import Tianditu
from yiwang.dispatch import rules_read
from yiwang.kit import clock, files, importing, parked, timers
from yiwang.kit.db import Tx
from yiwang.kit.door import MOST_BYTES, Door
from yiwang.kit.errors import Problem
from yiwang.kit.ids import named_id
from yiwang.kit.jobs import Runner
from yiwang.kit.web import install_errors, reply
from yiwang.network.queries_units import get_unit
from yiwang.wiring import System

WEB = Path(__file__).parent / "web_dist"
PAGES = {"/": "desk.html", "/field/": "field.html", "/public/": "public.html"}
"""Each surface's page; what else lies beside it (a service worker, a manifest) is in a folder of its name."""
LATE = timedelta(minutes=1)
PATIENCE = 5
"""Seconds that `/readyz` waits for an answer."""
LITTLE_ROOM = 100 << 20
"""Bytes: six files of PostgreSQL's log."""
ROUTERS = (  # looked through in this order at each request: what is asked for most comes first
    yiwang.cases.api_record.routes,  # before /api/cases/{case_id}
    yiwang.cases.api.routes,
    yiwang.cases.api_photos.routes,
    yiwang.cases.api_voices.routes,
    yiwang.cases.api_tasks.routes,
    yiwang.cases.api_contact.routes,
    yiwang.cases.api_doubt.routes,
    yiwang.cases.api_erase.routes,
    yiwang.cases.api_public.routes,
    yiwang.desk.api.routes,
    yiwang.desk.api_rooms.routes,  # before the rooms' own, whose paths would take its words for ids
    yiwang.rooms.api.routes,
    yiwang.ledger.api.routes,
    yiwang.ledger.api_witness.routes,
    yiwang.network.api_access.routes,
    yiwang.desk.api_people.routes,  # before /api/people/{person_id}
    yiwang.network.api.routes,
    yiwang.network.api_personal.routes,
    yiwang.network.api_duty.routes,
    yiwang.network.api_push.routes,
    yiwang.network.api_factor.routes,
    yiwang.network.api_sheet.routes,
    yiwang.dispatch.api.routes,
    yiwang.assess.api.routes,
    yiwang.city.api_sheet.routes,  # before /api/catalogue/conditions/{condition_id}
    yiwang.city.api_rules.routes,
    yiwang.city.api_grid.routes,
    yiwang.desk.api_templates.routes,
    yiwang.register.api_owed.routes,
    yiwang.register.api_round.routes,
    yiwang.register.api.routes,
    yiwang.scenes.api.routes,
    *(routes for scene in wiring.SCENES for routes in scene.routers),
)
LARGER = {
    "/api/photos": files.MAX_BYTES + MOST_BYTES,
    "/api/voices": files.VOICE_BYTES + MOST_BYTES,
    "/api/public/photos": yiwang.cases.api_public.MOST_BYTES + MOST_BYTES,
    "/api/responsibility/import": rules_read.MOST_BYTES + MOST_BYTES,
    "/api/components/import": rules_component_file.MAX_BYTES + MOST_BYTES,
    **{
        f"/api/{what}/import": importing.MOST_BYTES + MOST_BYTES
        for what in ("people", "duties", "calendars", "catalogue/matters", "catalogue/conditions")
    },
}
"""Where a body may be larger than a command is: path → bytes."""


def create_app(system: System, *, with_jobs: bool = True) -> FastAPI:
    """The application over a running system. `with_jobs` false leaves timers and the settler to another process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runner = Runner(system.database, wiring.jobs(system) if with_jobs else ())
        app.state.checks = _checks(system, runner)
        runner.start()
        async with yiwang.desk.api.lifespan(app), yiwang.desk.api_rooms.lifespan(app):
            yield
        runner.stop()

    app = FastAPI(
        title="一网 Yiwang",
        version="0.1.0",
        description="一网统管与城市网格化综合管理的开放平台：凡有发现，皆有着落。 Everything found is carried to a proven close.",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.system = system
    app.state.settings = system.settings
    app.state.files = system.store
    app.state.locate = _locate
    key = system.settings.tianditu_key
    app.state.tianditu = Tianditu(key, system.settings.folder / "tianditu") if key else None
    install_errors(app)
    for router in ROUTERS:
        app.include_router(router)

    stack = app.build_middleware_stack
    app.build_middleware_stack = lambda: _behind_proxies(
        Door(stack(), LARGER, "/field/"), system.settings.trusted_proxies
    )

    @app.get("/healthz", tags=["健康 health"], summary="进程是否活着 Is the process alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "zh": "运行中", "en": "alive"}

    @app.get("/readyz", tags=["健康 health"], summary="能否办事，不能时说明原因 Is it ready; if not, why")
    async def readyz() -> Response:
        if troubles := await _look(app.state.checks):
            return reply({"status": "not ready", "troubles": troubles}, 503)
        return reply({"status": "ready", "troubles": []})

    _pages(app)
    return app


def _behind_proxies(app: ASGIApp, trusted: str) -> ASGIApp:
    """The client's address and scheme as the proxies named say them; nobody else's word counts."""
    hosts = [host.strip() for host in trusted.split(",") if host.strip()]
    return cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), hosts)) if hosts else app


def _locate(tx: Tx, lon: float, lat: float) -> tuple[str, object]:
    place = locate(tx, lon, lat)
    code = place.community_code or place.street_code or place.district_code
    return get_unit(tx, named_id(f"unit:{code}")).path, place.duty_grid_id


Trouble = dict[str, str]


@dataclass(frozen=True)
class _Check:
    """One at a time of each, so that a server which is frozen holds one thread, however often it is asked after."""

    zh: str
    en: str
    ask: Callable[[], list[Trouble]]
    alone: anyio.CapacityLimiter


async def _look(checks: Sequence[_Check]) -> list[Trouble]:
    """What is wrong, in words. Each check has a thread of its own and some seconds: neither requests that fill every
    other thread nor a server that is frozen keep the answer back."""
    found: list[Trouble] = []

    async def ask(check: _Check) -> None:
        with anyio.move_on_after(PATIENCE):
            found.extend(await anyio.to_thread.run_sync(check.ask, abandon_on_cancel=True, limiter=check.alone))
            return
        found.append(
            {"zh": f"{check.zh} {PATIENCE} 秒内没有应答", "en": f"no answer from {check.en} within {PATIENCE} s"}
        )

    async with anyio.create_task_group() as group:
        for check in checks:
            group.start_soon(ask, check)
    return found


def _checks(system: System, runner: Runner) -> list[_Check]:
    """The database, overdue timers, parked consequences, periodic work that fails; the photo store; room on the disk."""

    def database() -> list[Trouble]:
        found: list[Trouble] = []
        try:
            with system.database.reading() as tx:
                due = timers.next_due(tx)
                if due is not None and clock.now() - due > LATE:
                    found.append(
                        {"zh": f"定时任务积压，最早应于 {due:%H:%M} 执行", "en": f"timers are late since {due:%H:%M}"}
                    )
                if waiting := parked.list_open(tx):
                    names = ", ".join(sorted({p.reaction for p in waiting}))
                    found.append(
                        {"zh": f"{len(waiting)} 项后续处理失败待重试：{names}", "en": f"{len(waiting)} parked: {names}"}
                    )
        except Exception as away:
            found.append({"zh": "数据库连不上", "en": f"the database is away: {type(away).__name__}"})
        for name, why in sorted(runner.failing.items()):
            found.append(
                {"zh": f"定时工作失败，正在重试：{name}（{why}）", "en": f"periodic work fails: {name} ({why})"}
            )
        return found

    def photo_store() -> list[Trouble]:
        try:
            files.check_store(system.store)
        except Problem as away:
            return [{"zh": away.zh, "en": away.en}]
        return []

    def disk() -> list[Trouble]:
        free = shutil.disk_usage(system.settings.folder).free
        if free >= LITTLE_ROOM:
            return []
        return [
            {
                "zh": f"数据目录所在磁盘只剩 {free >> 20} MB",
                "en": f"only {free >> 20} MB left on the data folder's disk",
            }
        ]

    named = (
        ("数据库", "the database", database),
        ("照片存储", "the photo store", photo_store),
        ("磁盘", "the disk", disk),
    )
    return [_Check(zh, en, ask, anyio.CapacityLimiter(1)) for zh, en, ask in named]


def _pages(app: FastAPI) -> None:
    if not (WEB / "desk.html").exists():

        @app.get("/", include_in_schema=False)
        async def _missing() -> Response:
            text = "<p>网页尚未构建：请运行 <code>make web</code>。The pages have not been built: run <code>make web</code>.</p>"
            return Response(text, media_type="text/html; charset=utf-8")

        return

    for address, file in PAGES.items():
        if (WEB / file).exists():
            _page(app, address, WEB / file)
    for address in ("/assets", *(a.rstrip("/") for a in PAGES if a != "/")):
        if (folder := WEB / address.strip("/")).is_dir():
            app.mount(address, Assets(directory=folder), name=address.strip("/"))


def _page(app: FastAPI, address: str, file: Path) -> None:
    @app.get(address, include_in_schema=False)
    async def _() -> FileResponse:
        return FileResponse(file, headers={"Cache-Control": "no-cache"})


class Assets(StaticFiles):
    """What the build made, packed where the build packed it and the browser can unpack it. A file whose name tells its
    content is kept for ever, any other is asked for again each time."""

    async def get_response(self, path: str, scope: Any) -> Response:
        answer = await super().get_response(path, scope)  # refuses what is not there, or not a path
        accepts = Headers(scope=scope).get("accept-encoding", "")
        for coding, ending in (("br", ".br"), ("gzip", ".gz")):
            if coding in accepts and answer.status_code == 200 and (packed := self.lookup_path(path + ending)[0]):
                kind = guess_type(path)[0] or "application/octet-stream"
                answer = FileResponse(packed, media_type=kind, headers={"Content-Encoding": coding})
                break
        answer.headers["Vary"] = "Accept-Encoding"
        for_ever = scope["root_path"].endswith("/assets")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if for_ever else "no-cache"
        return answer
