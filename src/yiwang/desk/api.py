"""HTTP of the duty officer's page: today's cases, one case's whole course, the live feed, the base map."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI, Header, Request, Response

from yiwang.cases import queries as cases
from yiwang.cases import queries_count as counts
from yiwang.cases import queries_list as lists
from yiwang.cases.model import OPEN_STEPS, Case, Step
from yiwang.cases.queries_acts import find_acts
from yiwang.cases.queries_list import Filter
from yiwang.cases.rules_acts import may_erase
from yiwang.cases.rules_class import is_unclassed
from yiwang.city.model_rules import Kind
from yiwang.city.queries_rules import get_catalogue
from yiwang.desk import basemap, live
from yiwang.desk.model import (
    ClassShown,
    CourseShown,
    EntryShown,
    Ground,
    HeadShown,
    MapInfo,
    PathShown,
    ProofShown,
    Street,
    Today,
)
from yiwang.desk.queries import DemoPerson, find_demo_people, find_names
from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound
from yiwang.kit.live import last_id
from yiwang.kit.web import body_is, read, reply, router
from yiwang.ledger import queries as ledger
from yiwang.ledger.model_proof import FeedEntry
from yiwang.ledger.rules import DIGESTS, entry_text
from yiwang.ledger.rules_sign import head_text
from yiwang.network.actions_session import Signed
from yiwang.network.model import Actor
from yiwang.network.queries_units import get_unit, get_unit_by_code
from yiwang.network.rules import scope_of

routes = router("", "工作台 desk")
WEB = Path(__file__).parents[1] / "web_dist"
MOST = 2_000
"""Open cases sent at once; beyond it the page shows the server's counts."""
RECENT = 60
LOOK_BACK = timedelta(days=7)
"""Cases that ended today are looked for among those reported since."""
ENDED = tuple(s for s in Step if s not in OPEN_STEPS)
TILE = "application/vnd.mapbox-vector-tile"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Follow the ledger while the application runs, and have the base map cut, without waiting for it."""
    app.state.hub = live.make_hub(app.state.system.database)
    with app.state.system.database.reading() as tx:
        app.state.hub.start(after=ledger.count_settled(tx) - 1)
    app.state.basemap = None
    cutting = asyncio.create_task(_open_map(app))
    yield
    app.state.hub.close()
    await cutting
    if app.state.basemap:
        app.state.basemap.close()


async def _open_map(app: FastAPI) -> None:
    if pack := basemap.find_pack():
        file = await asyncio.to_thread(basemap.ensure, pack, app.state.settings.folder / "tiles", WEB)
        app.state.basemap = basemap.Basemap(file) if file else None


@routes.get("/api/desk/today", summary="今日案件一览 Today's cases: the page's snapshot", responses=body_is(Today))
def get_today(request: Request, actor: Signed) -> Response:
    return read(_today, actor, request.app)


def _today(tx: Tx, actor: Actor, app: FastAPI) -> Today:
    """The position first: what is settled after it comes by the feed, and folding an entry twice changes nothing."""
    settings = app.state.settings
    size = ledger.count_settled(tx)
    scope, street = scope_of(actor), _street(tx, actor)
    midnight = tx.now.astimezone(ZoneInfo(settings.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = lists.list_cases(tx, scope, Filter(steps=OPEN_STEPS), limit=MOST + 1)
    ended = lists.list_cases(tx, scope, Filter(steps=ENDED, since=midnight - LOOK_BACK), limit=MOST)
    return Today(
        position=size - 1,
        now=tx.now,
        since=midnight,
        zone=settings.timezone,
        street=street,
        counts=counts.count_by_step(tx, scope),
        reported_today=sum(c.cases for c in counts.count_by_step(tx, scope, midnight)),
        cases=rows[:MOST] + [c for c in ended if (c.closed_at or c.reported_at) >= midnight],
        truncated=len(rows) > MOST,
        events=live.list_recent(tx, scope, size, RECENT),
        demo=settings.is_demo,
        map=_map(app, street.code),
    )


@routes.get("/api/desk/ground", summary="我所在的街道及其底图 My street and its map", responses=body_is(Ground))
def get_ground(request: Request, actor: Signed) -> Response:
    return read(_ground, actor, request.app)


def _ground(tx: Tx, actor: Actor, app: FastAPI) -> Ground:
    street, settings = _street(tx, actor), app.state.settings
    return Ground(street, settings.timezone, settings.is_demo, tx.now, _map(app, street.code))


def _street(tx: Tx, actor: Actor) -> Street:
    """The street the viewer's first post serves (or the district, or the city, for posts above)."""
    if not actor.posts:
        return Street("", actor.name)
    area = get_unit(tx, actor.posts[0].unit_id).area_code[:9]
    return Street(area, get_unit_by_code(tx, area).name)


def _map(app: FastAPI, street: str) -> MapInfo:
    pack, tiles = basemap.find_pack(), app.state.basemap
    version = basemap.version_of(pack) if pack else ""
    return MapInfo(
        tiles=f"/tiles/{{z}}/{{x}}/{{y}}.mvt?v={version}" if tiles else None,
        shapes=f"/api/desk/shapes?v={version}",
        min_zoom=tiles.min_zoom if tiles else 0,
        max_zoom=tiles.max_zoom if tiles else 0,
        bounds=basemap.find_bounds(pack, street) if pack else None,
        attribution=basemap.ATTRIBUTION,
        tianditu=app.state.tianditu is not None,
    )


@routes.get(
    "/api/public/base-map", summary="公开地图的底图 The base map of the public's map", responses=body_is(MapInfo)
)
def get_base_map(request: Request) -> Response:
    return reply(_map(request.app, ""))


@routes.get(
    "/api/desk/demo-people",
    summary="演示人物（仅演示模式） Whom one can be in the demo",
    responses=body_is(list[DemoPerson]),
)
def get_demo_people(request: Request) -> Response:
    if not request.app.state.settings.is_demo:
        raise NotFound("desk.no_demo", "现在不是演示模式", "This is not a demonstration")
    return read(find_demo_people)


@routes.get(
    "/api/desk/cases/{case_id}",
    summary="一件案件的全过程与存证 One case's whole course, with its proof",
    responses=body_is(CourseShown),
)
def get_course(case_id: UUID, actor: Signed) -> Response:
    return read(_course, actor, case_id)


def _course(tx: Tx, actor: Actor, case_id: UUID) -> CourseShown:
    found = cases.get_course(tx, scope_of(actor), case_id)
    entries = ledger.list_entries(tx, case_id)
    people = {e.actor for e in entries} | {e.by for e in found.evidence} | {r.asked_by for r in found.requests}
    names = find_names(tx, people | {c.by for c in found.comments} | {s.by for s in found.supervisions})
    return CourseShown(
        case=found.case,
        matter=_class(tx, found.case),
        acts=find_acts(tx, actor, found),
        may_erase=may_erase(actor, found.case),
        orders=found.orders,
        clocks=found.clocks,
        requests=found.requests,
        evidence=found.evidence,
        voices=found.voices,
        supervisions=found.supervisions,
        comments=found.comments,
        reports=len(found.reports),
        people=names,
        entries=[_entry(e, names.get(e.actor, ""), found.words) for e in entries],
        proof=_proof(tx, entries),
    )


def _class(tx: Tx, case: Case) -> ClassShown:
    matter = get_catalogue(tx).matters.get((case.scheme, Kind(case.matter_kind), case.matter_code))
    major, english = (matter.major, matter.english) if matter else ("", "")
    return ClassShown(
        case.scheme, case.matter_kind, case.matter_code, major, case.matter_name, english or case.matter_name,
        is_unclassed(case),
    )  # fmt: skip


def _entry(e: FeedEntry, who: str, words: dict[str, str]) -> EntryShown:
    text = entry_text(e.subject_kind, e.subject_id, e.n, e.event, e.version, e.actor, e.post, e.at, e.body, e.prev)
    position = e.position if e.position >= 0 else None
    written = words.get(msgspec.json.decode(e.body).get("text_digest") or "", "")
    said = (*live.say_post(e.post), *live.say_entry(e))
    return EntryShown(
        e.n, position, e.event, e.at, e.actor, who, *said, written, text.decode(), e.prev.hex(), e.hash.hex()
    )


def _proof(tx: Tx, entries: list[FeedEntry]) -> ProofShown:
    """That the settled entries are in the tree of the latest signed head: RFC 9162 paths, the head's text, its key."""
    origin, head = ledger.get_origin(tx), ledger.latest_head(tx)
    if head is None:
        return ProofShown(origin.name, origin.hash, None, None, [])
    sealed = [e.position for e in entries if 0 <= e.position < head.size]
    proofs = ledger.list_proofs(tx, DIGESTS[origin.hash], sealed, head.size) if sealed else []
    shown = HeadShown(
        head.size, head.root.hex(), head.at, head.key_id, head.signature.hex(),
        head_text(origin, head.size, head.root, head.at, head.previous).decode(),
    )  # fmt: skip
    key = next((k.public for k in ledger.list_keys(tx) if k.key_id == head.key_id), None)
    paths = [PathShown(p.position, [h.hex() for h in p.path]) for p in proofs]
    return ProofShown(origin.name, origin.hash, shown, key, paths)


@routes.get(
    "/api/desk/feed",
    summary="实时动态（SSE） The live feed: events `message`, `beat`, `reload`",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def get_feed(request: Request, actor: Signed) -> Response:
    return request.app.state.hub.respond(scope_of(actor), last_id(request))


@routes.get("/api/desk/shapes", summary="底图图形（无切片时用） The base map's shapes, for when there are no tiles")
def get_shapes(v: str = "") -> Response:
    pack = basemap.find_pack()
    if pack is None:
        return reply({})
    headers = {"Content-Encoding": "gzip", "Cache-Control": _keep(v == basemap.version_of(pack))}
    return Response(basemap.shapes_json(pack), headers=headers, media_type="application/json")


@routes.get(
    "/tiles/{z}/{x}/{y}.mvt",
    summary="底图切片 A tile of the base map",
    response_class=Response,
    responses={
        200: {"content": {TILE: {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "此处没有 nothing there"},
        304: {"description": "没有变化 not modified"},
    },
)
def get_tile(
    request: Request,
    z: int,
    x: int,
    y: int,
    v: str = "",
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """204 where there is nothing. `v` is the map's version: with it a tile may be kept for ever."""
    pack, tiles = basemap.find_pack(), request.app.state.basemap
    if pack is None or tiles is None:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    version = basemap.version_of(pack)
    gzipped = "gzip" in accept_encoding
    tag = f'"{version}-{z}-{x}-{y}{"-gz" if gzipped else ""}"'
    headers = {"ETag": tag, "Cache-Control": _keep(v == version), "Vary": "Accept-Encoding"}
    if tag in if_none_match:
        return Response(status_code=304, headers=headers)
    tile = tiles.get_tile(z, x, y, gzipped=gzipped)
    if tile is None:
        return Response(status_code=204, headers=headers)
    data, is_gzipped = tile
    return Response(data, headers={**headers, **({"Content-Encoding": "gzip"} if is_gzipped else {})}, media_type=TILE)


@routes.get(
    "/basemap/{layer}/{z}/{x}/{y}",
    summary="天地图切片（由本服务器代取，密钥不出服务器） A tile of Tianditu, fetched by this server",
    response_class=Response,
    responses={200: {"description": "PNG 或 JPEG", "content": {"image/png": {}, "image/jpeg": {}}}},
)
def get_tianditu(request: Request, actor: Signed, layer: str, z: int, x: int, y: int) -> Response:
    """For whoever is signed in: the key's daily share is not for strangers."""
    proxy = request.app.state.tianditu
    if proxy is None:
        raise NotFound("basemap.off", "没有配置天地图", "Tianditu is not set up here")
    tile, kind = proxy.get_tile(layer, z, x, y)
    return Response(tile, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})


def _keep(for_ever: bool) -> str:
    return "public, max-age=31536000, immutable" if for_ever else "public, max-age=300"
