"""The application as a whole: health in words, photos and voice notes over HTTP, headers, the table of commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import obstore
import pytest
from fastapi.testclient import TestClient

import recordings
import world
from yiwang import wiring
from yiwang.app import WEB, create_app
from yiwang.cases import api, api_voices, rules
from yiwang.kit import clock, files, parked, timers
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.settings import Settings
from yiwang.wiring import System


@pytest.fixture
def system(world_db: Database, tmp_path: Path) -> System:
    return wiring.assemble(Settings(data=str(tmp_path), demo="1"), world_db, world_db.url)


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    with TestClient(create_app(system, with_jobs=False), base_url="http://127.0.0.1") as client:
        yield client


def sign_in(web: TestClient, login: str) -> None:
    answer = web.post("/api/demo-sign-in", json={"login": login})
    assert answer.status_code == 200, answer.text
    web.headers["X-Yiwang-CSRF"] = answer.json()["csrf"]


def test_health_says_what_is_wrong_in_words(web: TestClient, system: System) -> None:
    assert web.get("/healthz").json()["status"] == "ok"
    assert web.get("/readyz").json() == {"status": "ready", "troubles": []}
    with system.database.transaction() as tx:
        timers.set_timer(tx, "case.step", new_id(), "step", clock.now() - timedelta(hours=1))
        parked.park(tx, "flows.x.y", new_id(), 1, RuntimeError("no"))
    answer = web.get("/readyz")
    assert answer.status_code == 503
    said = " ".join(t["zh"] for t in answer.json()["troubles"])
    assert "积压" in said and "1 项后续处理失败" in said and "flows.x.y" in said


def test_a_photo_is_uploaded_and_seen_only_by_whom_it_concerns(web: TestClient) -> None:
    data = world.jpeg("red", exif=world.SPOT)
    assert web.post("/api/photos", content=data).status_code == 401
    sign_in(web, "wang.lei")
    first, again = (web.post("/api/photos", content=data) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    sha = first.json()["sha256"]
    shown = web.get(f"/api/photos/{sha}/thumb")
    assert shown.headers["content-type"] == "image/jpeg" and b"Exif" not in shown.content
    sign_in(web, "chen.jie")
    assert web.get(f"/api/photos/{sha}").status_code == 404
    sign_in(web, "wang.lei")
    report = {
        "id": str(new_id()), "channel": "patrol", "description": "x", "matter_kind": "matter", "matter_code": "06010",
        "lon": world.SPOT[0], "lat": world.SPOT[1], "photos": [{"sha256": sha, "kind": "near"}],
    }  # fmt: skip
    assert web.post("/api/cases", json=report).status_code == 201
    sign_in(web, "chen.jie")
    assert web.get(f"/api/photos/{sha}").status_code == 200
    assert web.get("/api/photos/zz").status_code == 422
    assert web.post("/api/photos", content=b"no photo").json()["error"]["code"] == "photo.broken"


def test_a_voice_note_is_uploaded_and_heard_only_by_whom_it_concerns(web: TestClient, system: System) -> None:
    data = recordings.ogg(2)
    assert web.post("/api/voices", content=data).status_code == 401
    sign_in(web, "wang.lei")
    wrong = {"Content-Type": "text/html"}
    first, again = (web.post("/api/voices", content=data, headers=wrong) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    sha = first.json()["sha256"]
    assert (first.json()["type"], first.json()["seconds"]) == ("audio/ogg", 2.0)
    own = web.get(f"/api/voices/{sha}")
    assert own.content == data
    said = {
        name: own.headers[name]
        for name in ("content-type", "content-disposition", "x-content-type-options", "cache-control")
    }
    assert said == {
        "content-type": "audio/ogg", "content-disposition": "inline", "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }  # fmt: skip
    for path in (f"/api/photos/{sha}", f"/api/photos/{sha}/thumb"):
        assert web.get(path).json()["error"]["code"] == "photo.unknown"
    sign_in(web, "chen.jie")
    assert web.get(f"/api/voices/{sha}").json()["error"]["code"] == "voice.unknown", "nobody's yet but its speaker's"
    sign_in(web, "wang.lei")
    report = {
        "id": str(new_id()), "channel": "patrol", "description": "x", "matter_kind": "matter", "matter_code": "06010",
        "lon": world.SPOT[0], "lat": world.SPOT[1], "voice": sha,
    }  # fmt: skip
    key = {"Idempotency-Key": str(new_id())}
    made, once_more = (web.post("/api/cases", json=report, headers=key) for _ in range(2))
    assert made.status_code == once_more.status_code == 201 and made.content == once_more.content
    sign_in(web, "chen.jie")
    assert web.get(f"/api/voices/{sha}").content == data
    (voice,) = web.get(f"/api/desk/cases/{report['id']}").json()["voices"]
    assert (voice["sha256"], voice["type"], voice["seconds"]) == (sha, "audio/ogg", 2.0)
    sign_in(web, "next.door")
    assert web.get(f"/api/voices/{sha}").json()["error"]["code"] == "voice.unknown"
    obstore.delete(system.store, f"{sha[:2]}/{sha}")
    sign_in(web, "chen.jie")
    assert web.get(f"/api/voices/{sha}").json()["error"]["code"] == "voice.unknown", "its bytes are lost"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "voice.empty"),
        (world.jpeg("red"), "voice.type"),
        (recordings.mp4()[:-9], "voice.broken"),
        (recordings.webm(64), "voice.too_long"),
        (bytes(files.VOICE_BYTES + 1), "voice.too_large"),
    ],
    ids=["empty", "a photo", "cut off", "too long", "too large"],
)
def test_what_is_no_voice_note_is_refused_in_words(web: TestClient, data: bytes, code: str) -> None:
    sign_in(web, "wang.lei")
    answer = web.post("/api/voices", content=data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_voice_notes_are_limited(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(web, "zhao.xin")
    monkeypatch.setattr(api_voices.SHARES.staff, "most", 2)
    answers = [web.post("/api/voices", content=recordings.webm()) for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 201, 429] and answers[-1].headers["Retry-After"]


def test_a_command_without_the_pages_token_is_refused(web: TestClient) -> None:
    sign_in(web, "zhang.min")
    del web.headers["X-Yiwang-CSRF"]
    assert web.post("/api/cases/accept", json={"case_id": str(new_id())}).status_code == 403


def test_every_answer_carries_the_security_headers(web: TestClient) -> None:
    for path in ("/healthz", "/api/none", "/api/openapi.json"):
        headers = web.get(path).headers
        assert (
            headers["x-content-type-options"] == "nosniff"
            and "default-src 'none'" in headers["content-security-policy"]
        )


def test_the_description_names_every_command_with_its_summary_and_errors(web: TestClient) -> None:
    spec = web.get("/api/openapi.json").json()
    assert spec["openapi"].startswith("3.1")
    for path, operations in spec["paths"].items():
        for verb, operation in operations.items():
            assert operation.get("summary"), f"{verb} {path}"
    accept = spec["paths"]["/api/cases/accept"]["post"]
    assert {"200", "401", "403", "404", "409", "422"} <= set(accept["responses"])
    assert spec["components"]["schemas"]["ReportCase"]["examples"]


def test_every_act_of_the_table_can_be_asked_for_over_http() -> None:
    by_system = {m.act for m in rules.MOVES if not m.posts}
    asked = {row[1].__name__ for row in api.COMMANDS}
    named = {
        "force_dispatch": "dispatch_case", "rework": "verify_case", "rework_unassigned": "verify_case", "ask_extend": "ask_extension",
        "ask_suspend": "ask_suspension", "declare_emergency": "declare_emergency",
    }  # fmt: skip
    for move in rules.MOVES:
        act = "decide_request" if move.act.startswith("decide_") else named.get(move.act, move.act)
        assert move.act in by_system or {act, f"{act}_case", f"{act}_order"} & asked, move.act


def test_ids_made_up_find_nothing(web: TestClient) -> None:
    sign_in(web, "zhang.min")
    for path in (f"/api/cases/{UUID(int=0)}", f"/api/cases/{UUID(int=0)}/reports/{UUID(int=1)}/contact"):
        assert web.get(path).status_code == 404


def test_assets_come_packed_as_the_browser_can_unpack_them(web: TestClient) -> None:
    if not (WEB / "assets").is_dir():
        pytest.skip("the pages are not built (make web)")
    script = next(p for p in sorted((WEB / "assets").glob("desk-*.js")))
    for accepts, coding in (("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)):
        answer = web.get(f"/assets/{script.name}", headers={"Accept-Encoding": accepts})
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        if coding != "br":  # the test client has no brotli
            assert answer.content == script.read_bytes()
    assert web.get("/assets/none.js", headers={"Accept-Encoding": "br"}).status_code == 404
