"""The web application: every domain's HTTP, the pages, health. With cli.py, the only place that knows everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import yiwang.assess.api
import yiwang.cases.api
import yiwang.cases.api_contact
import yiwang.cases.api_photos
import yiwang.city.api_grid
import yiwang.city.api_rules
import yiwang.desk.api
import yiwang.dispatch.api
import yiwang.ledger.api
import yiwang.ledger.api_witness
import yiwang.network.api
import yiwang.network.api_access
import yiwang.network.api_factor
import yiwang.network.api_personal
from yiwang import wiring
from yiwang.city.queries_grid import locate
from yiwang.dispatch import rules_read
from yiwang.kit import clock, files, parked, timers
from yiwang.kit.db import Tx
from yiwang.kit.door import MOST_BYTES, Door
from yiwang.kit.ids import named_id
from yiwang.kit.jobs import Runner
from yiwang.kit.web import install_errors, reply
from yiwang.network.queries_units import get_unit
from yiwang.wiring import System

WEB = Path(__file__).parent / "web_dist"
LATE = timedelta(minutes=1)
ROUTERS = (  # looked through in this order at each request: what is asked for most comes first
    yiwang.cases.api.routes,
    yiwang.cases.api_photos.routes,
    yiwang.cases.api_contact.routes,
    yiwang.desk.api.routes,
    yiwang.ledger.api.routes,
    yiwang.ledger.api_witness.routes,
    yiwang.network.api_access.routes,
    yiwang.network.api.routes,
    yiwang.network.api_personal.routes,
    yiwang.network.api_factor.routes,
    yiwang.dispatch.api.routes,
    yiwang.assess.api.routes,
    yiwang.city.api_rules.routes,
    yiwang.city.api_grid.routes,
)
LARGER = {"/api/photos": files.MAX_BYTES + MOST_BYTES, "/api/responsibility/import": rules_read.MOST_BYTES + MOST_BYTES}
"""Where a body may be larger than a command is: path → bytes."""


def create_app(system: System, *, with_jobs: bool = True) -> FastAPI:
    """The application over a running system. `with_jobs` false leaves timers and the settler to another process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runner = Runner(system.database, wiring.jobs(system) if with_jobs else ())
        runner.start()
        async with yiwang.desk.api.lifespan(app):
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
    install_errors(app)
    for router in ROUTERS:
        app.include_router(router)

    stack = app.build_middleware_stack
    app.build_middleware_stack = lambda: _behind_proxies(Door(stack(), LARGER), system.settings.trusted_proxies)

    @app.get("/healthz", tags=["健康 health"], summary="进程是否活着 Is the process alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "zh": "运行中", "en": "alive"}

    @app.get("/readyz", tags=["健康 health"], summary="能否办事，不能时说明原因 Is it ready; if not, why")
    def readyz() -> Response:
        troubles = _troubles(system)
        if troubles:
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


def _troubles(system: System) -> list[dict[str, str]]:
    """What is wrong, in words: the database, overdue timers, parked consequences, the photo store."""
    found = []
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
    return found


def _pages(app: FastAPI) -> None:
    if not (WEB / "desk.html").exists():

        @app.get("/", include_in_schema=False)
        async def _missing() -> Response:
            text = "<p>网页尚未构建：请运行 <code>make web</code>。The pages have not been built: run <code>make web</code>.</p>"
            return Response(text, media_type="text/html; charset=utf-8")

        return

    @app.get("/", include_in_schema=False)
    async def _desk() -> FileResponse:
        return FileResponse(WEB / "desk.html", headers={"Cache-Control": "no-cache"})

    app.mount("/assets", StaticFiles(directory=WEB / "assets"), name="assets")
