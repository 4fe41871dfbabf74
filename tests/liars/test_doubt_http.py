"""Liars at the front door: refused with the right code, or flagged in the ledger, in the case's course and in the list of
whoever answers for them, and in no neighbour's. Over HTTP, with photos uploaded as a telephone would."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from PIL import ExifTags, Image

import world
from invariants import broken
from yiwang import settings
from yiwang.cases import api, api_doubt, api_photos, rules_doubt
from yiwang.cases.model_doubt import Doubt
from yiwang.kit import clock, photos
from yiwang.kit.db import Database
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.web import install_errors
from yiwang.ledger.queries import list_entries
from yiwang.ledger.rules import load_event
from yiwang.network.actions_session import current_actor
from yiwang.network.queries_actor import get_actor_by_login

SHANGHAI = ZoneInfo("Asia/Shanghai")
LEADER, NEIGHBOUR = "shi.guoqiang", "next.leader"
HERE = {"lon": world.SPOT[0], "lat": world.SPOT[1]}


def scene(seed: int, size: int = 640) -> Image.Image:
    """Something like a photo: light and dark at every scale, never twice the same."""
    dice, image = Random(seed), Image.new("L", (size, size), 128)
    for cells, weight in ((3, 0.9), (6, 0.4), (12, 0.3), (24, 0.2), (48, 0.15), (96, 0.1)):
        layer = Image.frombytes("L", (cells, cells), dice.randbytes(cells * cells))
        image = Image.blend(image, layer.resize((size, size), Image.Resampling.BICUBIC), weight)
    return image.convert("RGB")


def jpeg(image: Image.Image, *, quality: int = 90, taken: datetime | None = None, far: bool = False) -> bytes:
    out, tags = io.BytesIO(), Image.Exif()
    if taken:
        text = taken.astimezone(SHANGHAI).strftime("%Y:%m:%d %H:%M:%S")
        tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = text
    if far:
        gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = (31.0, 13.0, 0.0), (121.0, 36.0, 0.0)
    image.save(out, "JPEG", quality=quality, exif=tags)
    return out.getvalue()


@dataclass
class City:
    web: TestClient
    database: Database
    seeds: Iterator[int]

    def act(self, by: str, path: str, status: int = 200, /, **body: Any) -> Any:
        answer = self.web.post(f"/api/cases{path}", json=body, headers={"x-as": by})
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, code: str, by: str, path: str, status: int = 409, /, **body: Any) -> None:
        error = self.act(by, path, status, **body)["error"]
        assert error["code"] == code and error["zh"] and error["en"], error

    def get(self, by: str, path: str, **params: Any) -> Any:
        answer = self.web.get(f"/api/{path}", params=params, headers={"x-as": by})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def photo(self, by: str, kind: str, image: Image.Image | None = None, **more: Any) -> dict[str, str]:
        data = jpeg(image or scene(next(self.seeds)), **more)
        answer = self.web.post("/api/photos", content=data, headers={"x-as": by, "content-type": "image/jpeg"})
        assert answer.status_code == 201, answer.text
        return {"sha256": answer.json()["sha256"], "kind": kind}

    def report(self, by: str = "zhang.min", channel: str = "hotline", **more: Any) -> Any:
        body = {"id": str(new_id()), "channel": channel, "description": "路边有一堆暴露垃圾", "place": "文庙路",
                "matter_kind": world.RUBBISH[0], "matter_code": world.RUBBISH[1], **HERE, **more}  # fmt: skip
        return self.act(by, "", 201, **body)

    def dispatched(self, **report: Any) -> dict[str, Any]:
        """With its one order, taken by cheng.gang."""
        case = {"case_id": self.report(**report)["id"]}
        self.act("zhang.min", "/accept", **case)
        with self.database.transaction() as tx:
            condition = world.Play(tx).condition()
        self.act("zhang.min", "/file", **case, condition_id=str(condition))
        lead = {"unit_id": str(world.unit("310101019-chengguan"))}
        self.act("chen.jie", "/dispatch", **case, lead=lead)
        order = {**case, "order_id": self.get("chen.jie", f"cases/{case['case_id']}")["orders"][0]["id"]}
        self.act("cheng.gang", "/take", **order)
        return order

    def finish(self, order: dict[str, Any], photo: dict[str, str] | None = None, **more: Any) -> None:
        photo = photo or self.photo("cheng.gang", "handled")
        self.act("cheng.gang", "/finish", **{**order, "result": "已清理", "photos": [photo], **HERE, **more})

    def verify(self, case_id: str, photo: dict[str, str] | None = None) -> None:
        photo = photo or self.photo("wang.lei", "verified")
        self.act("wang.lei", "/verify", case_id=case_id, passed=True, text="看过了", photos=[photo], **HERE)

    def doubts(self, by: str, **params: Any) -> list[tuple[str, str]]:
        return [(d["case_id"], d["flag"]) for d in self.get(by, "doubts", **params)["items"]]


@pytest.fixture
def city(world_db: Database) -> Iterator[City]:
    """The routes of cases; who acts is named in a header (signing in has its own tests)."""
    app = FastAPI()
    install_errors(app)
    for routes in (api.routes, api_photos.routes, api_doubt.routes):
        app.include_router(routes)
    with world_db.transaction() as tx:
        play = world.Play(tx)
        app.state.files, app.state.settings = play.photos, settings.Settings()
        world.add_person(tx, world.SETUP, world.AddPerson(new_id(), NEIGHBOUR, "邻街道主管"))
        grants = ((NEIGHBOUR, world.P.supervisor, "310101018"), (LEADER, world.P.supervisor, world.STREET))
        for login, kind, code in grants:
            grant = world.GrantPost(new_id(), play.who(login).id, kind, world.unit(code), since=world.LONG_AGO)
            world.grant_post(tx, world.SETUP, grant)

    def who(request: Request) -> Any:
        with world_db.transaction() as tx:
            return get_actor_by_login(tx, request.headers["x-as"])

    app.dependency_overrides[current_actor] = who
    with TestClient(app, raise_server_exceptions=False) as web:
        yield City(web, world_db, iter(range(1, 1000)))
    with world_db.transaction() as tx:
        assert broken(tx.conn) == {}


def seen(city: City, case_id: str, event: str, *flags: str) -> None:
    """Each flag stands in the ledger, in words in the course's line, in the leader's list, and in no neighbour's."""
    with city.database.transaction() as tx:
        entry = [e for e in list_entries(tx, world.UUID(case_id)) if e.event == event][-1]
    told: Any = load_event(entry.event, entry.version, entry.subject_id, entry.body)
    assert set(told.flags) == set(flags)
    for flag in flags:
        assert Doubt(flag).zh() in told.zh() and Doubt(flag).en() in told.en()
        rows = [d for d in city.get(LEADER, "doubts", flag=flag)["items"] if d["case_id"] == case_id]
        assert [(d["n"], d["act"], d["flag_zh"]) for d in rows] == [(entry.n, event, Doubt(flag).zh())]
        assert rows[0]["number"] and rows[0]["by_name"] and rows[0]["unit_name"]
        assert city.doubts(NEIGHBOUR, flag=flag) == [] and city.get(NEIGHBOUR, "doubts/counts", flag=flag) == []


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_decides_what_they_asked_for(city: City):
    order = city.dispatched()
    with city.database.transaction() as tx:
        play = world.Play(tx)
        supervisor = world.GrantPost(
            new_id(), play.who("cheng.gang").id, world.P.supervisor, world.unit(world.STREET), since=world.LONG_AGO
        )
        world.grant_post(tx, world.SETUP, supervisor)
    until = (clock.now() + timedelta(days=30)).isoformat()
    city.act("cheng.gang", "/ask-suspension", **order, text="等配件", until=until)
    asked = city.get("cheng.gang", f"cases/{order['case_id']}")["requests"][0]["id"]
    grant = {"case_id": order["case_id"], "request_id": asked}
    city.refused("case.own_request", "cheng.gang", "/decide", 403, **grant, grant=True)


def test_nobody_verifies_or_closes_their_own_work(city: City):
    order = city.dispatched()
    with city.database.transaction() as tx:
        play = world.Play(tx)
        for kind in (world.P.inspector, world.P.operator):
            post = world.GrantPost(
                new_id(), play.who("cheng.gang").id, kind, world.unit(world.STREET), since=world.LONG_AGO
            )
            world.grant_post(tx, world.SETUP, post)
    city.finish(order)
    case_id = order["case_id"]
    own = {"case_id": case_id, "passed": True, "text": "好了", "photos": [city.photo("cheng.gang", "verified")], **HERE}
    city.refused("case.own_work", "cheng.gang", "/verify", 403, **own)
    city.verify(case_id)
    city.refused("case.own_work", "cheng.gang", "/close", 403, case_id=case_id, close_condition="清理干净")


def test_nothing_is_finished_verified_or_closed_without_evidence(city: City):
    order = city.dispatched()
    case_id = order["case_id"]
    city.refused("case.photo_missing", "cheng.gang", "/finish", **order, result="已清理", photos=[], **HERE)
    city.refused("case.wrong_step", "zhang.min", "/close", case_id=case_id, close_condition="清理干净")
    city.finish(order)
    city.refused(
        "case.photo_missing", "wang.lei", "/verify", case_id=case_id, passed=True, text="好", photos=[], **HERE
    )
    city.refused("case.wrong_step", "zhang.min", "/close", case_id=case_id, close_condition="清理干净")


def test_a_photo_serves_once_in_a_case(city: City):
    order = city.dispatched()
    photo = city.photo("cheng.gang", "handled")
    city.finish(order, photo)
    again = {**photo, "kind": "verified"}
    body = {"case_id": order["case_id"], "passed": True, "text": "看过了", "photos": [again], **HERE}
    city.refused("case.photo_used", "wang.lei", "/verify", **body)


# ── flagged ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_times_and_places_that_cannot_be(city: City):
    order = city.dispatched()
    old = city.photo("cheng.gang", "handled", taken=clock.now() - timedelta(days=2), far=True)
    city.finish(order, old, lon=world.FAR[0], lat=world.FAR[1])
    flags = ("photo_backdated", "photo_far_away", "position_far_away")
    seen(city, order["case_id"], "case.order_finished", *flags)
    coming = city.photo("wang.lei", "verified", taken=clock.now() + timedelta(days=1))
    city.verify(order["case_id"], coming)
    seen(city, order["case_id"], "case.verified", "photo_from_future", "all_at_once")


def test_reports_made_to_be_closed(city: City):
    order = city.dispatched(by="cheng.gang", channel="other")
    city.finish(order)
    seen(city, order["case_id"], "case.order_finished", "own_report_at_once")
    for n in range(5):
        photos = [city.photo("wang.lei", "near"), city.photo("wang.lei", "handled")]
        case = city.report("wang.lei", "patrol", self_handled=True, photos=photos)
        seen(city, case["id"], "case.reported", *(["self_handled_often"] if n == 4 else []))


def test_the_same_photo_for_two_cases_and_one_that_only_looks_the_same(city: City):
    first = scene(7777)
    city.report(photos=[city.photo("zhang.min", "near", first)])
    same = city.report(photos=[city.photo("zhang.min", "near", first)])
    seen(city, same["id"], "case.reported", "photo_reused")
    for copy in (first.resize((300, 300)), first.crop((5, 5, 637, 637))):
        alike = city.report(photos=[city.photo("zhang.min", "near", copy, quality=60)])
        seen(city, alike["id"], "case.reported", "photo_alike")
        evidence = city.get("zhang.min", f"cases/{alike['id']}")["evidence"]
        assert evidence[0]["alike_in"] not in (None, alike["id"]) and evidence[0]["reused_in"] is None
    honest = city.report(photos=[city.photo("zhang.min", "near")])
    seen(city, honest["id"], "case.reported")


def test_an_after_that_is_the_before(city: City):
    before = scene(8888)
    order = city.dispatched(photos=[city.photo("zhang.min", "near", before)])
    city.finish(order, city.photo("cheng.gang", "handled", before.resize((500, 500)), quality=70))
    seen(city, order["case_id"], "case.order_finished", "photo_unchanged")
    both = [city.photo("wang.lei", "near", scene(9999)), city.photo("wang.lei", "handled", scene(9999), quality=50)]
    spot = city.report("wang.lei", "patrol", self_handled=True, photos=both)
    seen(city, spot["id"], "case.reported", "photo_unchanged")


def test_plain_pictures_are_like_nothing(city: City):
    for shade in ("red", "green", "gray"):
        case = city.report(photos=[city.photo("zhang.min", "near", Image.new("RGB", (400, 300), shade))])
        seen(city, case["id"], "case.reported")
    assert photos.work_out_look(scene(5)) is not None


# ── listed and counted ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_goes_page_by_page_and_is_narrowed_and_counted(city: City):
    image, far = scene(4242), {"lon": world.FAR[0], "lat": world.FAR[1]}
    for _ in range(3):
        city.report(photos=[city.photo("zhang.min", "near", image)])
    order = city.dispatched()
    city.finish(order, **far)
    found = city.doubts(LEADER)
    assert [f for _, f in found] == ["position_far_away", "photo_reused", "photo_reused"]
    pages, after = list[tuple[str, str]](), None
    while True:
        page = city.get(LEADER, "doubts", limit=1, **({"after": after} if after else {}))
        pages += [(d["case_id"], d["flag"]) for d in page["items"]]
        if (after := page["next"]) is None:
            break
    assert pages == found
    body, street = str(world.unit("310101019-chengguan")), str(world.unit(world.STREET))
    assert city.doubts(LEADER, unit=body) == found[:1] and len(city.doubts(LEADER, unit=street)) == 3
    assert city.doubts(LEADER, until="2020-01-01T00:00:00Z") == [] == city.doubts(LEADER, since="2090-01-01T00:00:00Z")
    counts = city.get(LEADER, "doubts/counts")
    assert {(c["flag"], c["acts"]) for c in counts} == {("photo_reused", 2), ("position_far_away", 1)}
    assert [c["unit_id"] for c in counts if c["flag"] == "position_far_away"] == [body]
    # those who are doubted, and whoever merely reported, are not the ones who answer
    assert city.doubts("cheng.gang") == city.doubts("zhang.min") == []
    assert city.web.get("/api/doubts", params={"flag": "x"}, headers={"x-as": LEADER}).status_code == 422


def test_measures_are_data(city: City):
    try:
        rules_doubt.measure_by("far_m=5000, at_once_min=0")
        order = city.dispatched()
        city.finish(order, lon=world.FAR[0], lat=world.FAR[1])
        seen(city, order["case_id"], "case.order_finished")
        city.verify(order["case_id"])
        seen(city, order["case_id"], "case.verified")
        for wrong in ("far=1", "far_m", "far_m=x", "far_m=-1", "far_m=nan"):
            with pytest.raises(Invalid):
                rules_doubt.measure_by(wrong)
    finally:
        rules_doubt.measure_by("")
