"""HTTP for the public without an account: report, follow, rate, the honest map, the receipt. See docs/security.md."""

from __future__ import annotations

import gzip
from functools import partial
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response

from yiwang.cases import actions_public, queries_public, rules_public
from yiwang.cases.actions_public import Follower
from yiwang.cases.model_public import (
    MOST_PHOTOS,
    AskCode,
    CodeAsked,
    Follow,
    Followed,
    PublicMap,
    RatePublicly,
    Reported,
    ReportPublicly,
    Start,
    Taken,
    Uploaded,
)
from yiwang.kit import clock, db, web_files
from yiwang.kit.cached import Cached
from yiwang.kit.errors import Invalid
from yiwang.kit.limits import Limit
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.kit.web_files import IMAGE, JPEG, Sha

routes = router("/api/public", "公众 public")
MOST_BYTES = 8 * 1024 * 1024
"""Of a photo: the page sends them smaller than a megabyte."""
HOUR = 3600.0
REPORTS, PHOTOS, PHONES = Limit(20, HOUR), Limit(60, HOUR), Limit(5, HOUR)
PER_REPORT = Limit(2 * MOST_PHOTOS, HOUR)
"""Photos: as many as a report may have, each sent twice."""
FOLLOWS, CODES, CODE_PHONES = Limit(60, HOUR), Limit(10, HOUR), Limit(5, HOUR)
LOOKS = Limit(120, 60.0)
"""Shares per address, those named after telephones per telephone; in each process's memory."""
map_kept: Cached[bytes] = Cached(20)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def shared(limit: Limit):
    """For `Depends`: TooMany once this address has used up its share."""

    async def count(request: Request) -> None:
        limit.take(_address(request))

    return Depends(count)


def _following(follow_ticket: Annotated[str, Header(max_length=200)]) -> Follower:
    return actions_public.follower_of(follow_ticket, clock.now())


Following = Annotated[Follower, Depends(_following)]


@routes.get(
    "/start",
    summary="上报前 What the page needs before a report",
    responses=body_is(Start),
    dependencies=[shared(LOOKS)],
)
def start() -> Response:
    return read(actions_public.start)


@routes.post(
    "/photos", status_code=201, summary="上传照片 Upload a photo for a report that is to come", responses=body_is(Uploaded, 201),
    dependencies=[shared(PHOTOS)],
    openapi_extra=IMAGE,
)  # fmt: skip
async def upload_photo(
    request: Request,
    report: Annotated[UUID, Query(description="将要提交的上报的编号 the report's id")],
    public_ticket: Annotated[str, Header(max_length=200)],
) -> Response:
    actions_public.demand_ticket(public_ticket, clock.now())
    PER_REPORT.take(str(report))
    too_large = Invalid("public.photo_too_large", "照片超过 8 MB", "The photo is larger than 8 MB")
    photo = await web_files.take_photo(request, actions_public.reporter_of(report).id, MOST_BYTES, too_large)
    return reply(Uploaded(photo.sha256), 201)


@routes.post(
    "/reports", status_code=201, summary="市民上报 Report without an account", responses=body_is(Reported, 201),
    dependencies=[shared(REPORTS)],
)  # fmt: skip
def report(cmd: ReportPublicly) -> Response:
    """The answer that is kept for a command sent twice is without the code, which is worked out from what was sent."""
    actions_public.demand_ticket(cmd.ticket, clock.now())
    if cmd.phone:
        PHONES.take(rules_public.plain_phone(cmd.phone))
    done = perform(actions_public.report_publicly, actions_public.reporter_of(cmd.id), cmd, status=201)
    taken = msgspec.json.decode(done.body, type=Taken)
    return reply(Reported(taken.number, taken.at, rules_public.follow_code(cmd.id, cmd.key)), 201)


@routes.post(
    "/follow/code", summary="发送短信验证码 Send a code to the telephone left with a report", responses=body_is(CodeAsked),
    dependencies=[shared(CODES)],
)  # fmt: skip
def ask_code(cmd: AskCode) -> Response:
    CODE_PHONES.take(rules_public.plain_phone(cmd.phone))
    return reply(actions_public.ask_code(db.current(), cmd))


@routes.post("/follow", summary="查进度 Follow a report", responses=body_is(Followed), dependencies=[shared(FOLLOWS)])
def follow(cmd: Follow) -> Response:
    return reply(actions_public.follow(db.current(), cmd))


@routes.get("/follow", summary="再看一次进度 The same again, by its ticket", responses=body_is(Followed))
def get_followed(follower: Following) -> Response:
    return read(actions_public.get_followed, follower)


@routes.post("/rate", summary="评价 Rate the outcome, once", responses=body_is(Followed))
def rate(follower: Following, cmd: RatePublicly) -> Response:
    return perform(actions_public.rate_publicly, follower.actor, (follower.case_id, cmd))


@routes.get(
    "/photos/{sha256}",
    summary="自己案件的照片 A photo of one's own report, without EXIF",
    response_class=Response,
    responses=JPEG,
)
def show_photo(sha256: Sha, request: Request, follower: Following, thumb: bool = False) -> Response:
    demand = partial(actions_public.demand_photo, follower=follower, sha256=sha256)
    return web_files.show_photo(request, sha256, demand, thumb=thumb, cache="max-age=600")


@routes.get(
    "/receipt/{number}", summary="回执 The receipt of one's own report", response_class=Response,
    responses={200: {"description": "回执 receipt", "content": {"application/json": {"schema": {"type": "object"}}}}},
)  # fmt: skip
def get_receipt(number: Annotated[str, Path(max_length=40)], follower: Following) -> Response:
    with db.current().transaction() as tx:
        text = actions_public.get_receipt(tx, follower, number)
    return Response(
        text, media_type="application/json", headers={"Content-Disposition": 'attachment; filename="receipt.json"'}
    )


@routes.get("/map", summary="公开地图 The honest map", responses=body_is(PublicMap), dependencies=[shared(LOOKS)])
def get_map(request: Request, accept_encoding: Annotated[str, Header()] = "") -> Response:
    zone = ZoneInfo(request.app.state.settings.timezone)
    body = map_kept.get(id(db.current()), lambda: gzip.compress(bytes(read(queries_public.read_map, zone).body), 6))
    headers = {"Cache-Control": "public, max-age=20", "Vary": "Accept-Encoding"}
    if "gzip" in accept_encoding:
        return Response(body, media_type="application/json", headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(body), media_type="application/json", headers=headers)
