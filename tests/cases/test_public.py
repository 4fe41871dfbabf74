"""The public without an account: what they send, what they are told, and what they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

import world
from resident import worked
from yiwang import wiring
from yiwang.app import create_app
from yiwang.cases import actions_merge, actions_verify, api_public, queries_public, rules_public
from yiwang.cases.model_commands import MergeCase, RateReport
from yiwang.kit import clock, sms
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.kit.limits import Limit
from yiwang.ledger.actions_settle import seal
from yiwang.ledger.rules_receipt import check_receipt
from yiwang.settings import Settings
from yiwang.wiring import System

PHONE = "138 1234 5678"
HERE = (121.48361, 31.21708)
"""Some metres from SPOT, which stands on the map's lattice."""


@pytest.fixture
def system(world_db: Database, tmp_path: Path) -> System:
    return wiring.assemble(Settings(data=str(tmp_path), demo="1"), world_db, world_db.url)


@pytest.fixture
def web(system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    for name in ("REPORTS", "PHOTOS", "PHONES", "PER_REPORT", "FOLLOWS", "CODES", "CODE_PHONES", "LOOKS"):
        limit: Limit = getattr(api_public, name)
        limit._empty_at.clear()
    monkeypatch.setattr(api_public.map_kept, "seconds", 0.0)
    with TestClient(create_app(system, with_jobs=False), base_url="http://127.0.0.1") as client:
        yield client


def ticket_of(web: TestClient) -> str:
    with clock.at(clock.now() - timedelta(seconds=5)):
        return web.get("/api/public/start").json()["ticket"]


def a_report(web: TestClient, **more: Any) -> dict[str, Any]:
    case_id, ticket = str(new_id()), ticket_of(web)
    return {
        "id": case_id, "key": "k" * 30, "ticket": ticket, "nonce": worked(ticket, UUID(case_id)),
        "consent": rules_public.CONSENT.version, "description": "路口有一堆垃圾", "matter_code": "06010",
        "lon": HERE[0], "lat": HERE[1], "accuracy_m": 12, "phone": PHONE, **more,
    }  # fmt: skip


def with_photo(web: TestClient, color: str = "red") -> dict[str, Any]:
    body = a_report(web)
    headers = {"Public-Ticket": body["ticket"]}
    sent = web.post(
        f"/api/public/photos?report={body['id']}", content=world.jpeg(color, exif=world.SPOT), headers=headers
    )
    assert sent.status_code == 201, sent.text
    return body | {"photos": [sent.json()["sha256"]]}


def send(web: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = web.post("/api/public/reports", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def follow(web: TestClient, done: dict[str, Any]) -> dict[str, Any]:
    answer = web.post("/api/public/follow", json={"number": done["number"], "code": done["code"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


def code_of(answer: Any) -> str:
    return answer.json()["error"]["code"]


def carry(play: world.Play, case_id: UUID) -> None:
    """To its close, by the world's people."""
    play.close(play.verify(play.finish(play.take(play.dispatch(play.file(case_id))))))


@pytest.fixture
def closed(web: TestClient, system: System) -> dict[str, Any]:
    """A resident's report, carried to its close by the world's people, with what its reporter got."""
    body = with_photo(web)
    done = send(web, body)
    with system.database.transaction() as tx:
        carry(world.Play(tx, photos=system.store), UUID(body["id"]))  # type: ignore[arg-type]
    return done | body


def test_a_report_is_a_case_of_the_channel_public_and_is_answered_alike_when_sent_again(
    web: TestClient, system: System
) -> None:
    body = with_photo(web)
    first, again = send(web, body), send(web, body)
    assert first == again and first["number"][4] == "P" and len(first["code"]) == 11
    other = web.post("/api/public/reports", json=body | {"key": "x" * 30})
    assert other.status_code == 409, "who knows the id alone gets no code"
    with system.database.transaction() as tx:
        row = tx.conn.execute("select consent, consent_at, digest from cases.follow").fetchone()
        kept = tx.conn.execute("select reply from kit.command").fetchall()
        events = [e for (e,) in tx.conn.execute("select event from ledger.entry where subject_id = %s", [body["id"]])]
        said = "".join(b for (b,) in tx.conn.execute("select body from ledger.entry"))
    assert row is not None and row[0] == rules_public.CONSENT.version and first["code"].encode() not in row[2]
    assert events.count("case.consent_given") == 1 and kept == []
    assert "13812345678" not in said and first["code"] not in said


def test_what_a_report_must_bring(web: TestClient) -> None:
    body = a_report(web)
    wrong = (
        ({"consent": "1999"}, 409, "public.consent"), ({"matter_code": "99999"}, 422, "public.matter"),
        ({"ticket": "x"}, 422, "public.ticket"), ({"lon": None, "lat": None}, 422, "case.no_place"),
        ({"photos": ["0" * 64]}, 422, "photo.not_uploaded"), ({"description": ""}, 422, "invalid"),
        ({"phone": "call me"}, 422, "invalid"), ({"key": "short"}, 422, "invalid"),
    )  # fmt: skip
    for more, status, code in wrong:
        answer = web.post("/api/public/reports", json=body | more)
        assert (answer.status_code, code_of(answer)) == (status, code), more
    unworked = next(n for n in range(10**6) if not rules_public.is_worked(body["ticket"], UUID(body["id"]), n))
    assert code_of(web.post("/api/public/reports", json=body | {"nonce": unworked})) == "public.work"
    fresh = web.get("/api/public/start").json()["ticket"]
    hasty = body | {"ticket": fresh, "nonce": worked(fresh, body["id"])}
    assert code_of(web.post("/api/public/reports", json=hasty)) == "public.ticket", "nobody writes a report in a second"


def test_without_a_kind_and_a_point_whoever_accepts_it_decides(web: TestClient, system: System) -> None:
    start = web.get("/api/public/start").json()
    assert len(start["matters"]) > 20 and any(a["code"] == world.STREET for a in start["areas"])
    done = send(
        web,
        a_report(web, matter_code=None, lon=None, lat=None, area_code=world.STREET, place="文庙路菜场门口", phone=None),
    )
    seen = follow(web, done)
    assert (
        seen["matter_zh"] == "其他问题（待归类）" and seen["place"] == "文庙路菜场门口" and seen["step"] == "reported"
    )
    assert [s["now"] for s in seen["stages"]] == [False, True] + [False] * 5


def test_a_photo_by_the_public_is_limited_like_any_other(web: TestClient) -> None:
    body = a_report(web)
    to, headers = f"/api/public/photos?report={body['id']}", {"Public-Ticket": body["ticket"]}
    assert web.post(to, content=world.jpeg()).status_code == 422
    assert code_of(web.post(to, content=world.jpeg(), headers={"Public-Ticket": "made-up"})) == "public.ticket"
    assert code_of(web.post(to, content=b"GIF89a", headers=headers)) == "photo.broken"
    assert (
        code_of(web.post(to, content=b"x" * (api_public.MOST_BYTES + 1), headers=headers)) == "public.photo_too_large"
    )
    many = [web.post(to, content=world.jpeg((n, 9, 9)), headers=headers).status_code for n in range(14)]
    assert many.count(201) == 10 and many[-1] == 429, "twelve a report, broken ones counted"
    sha = web.post(f"/api/public/photos?report={new_id()}", content=world.jpeg("red"), headers=headers).json()["sha256"]
    stolen = web.post("/api/public/reports", json=body | {"photos": [sha]})
    assert code_of(stolen) == "photo.not_uploaded", "a digest alone opens nobody's photo"


def test_reports_are_limited_per_telephone_and_per_address(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        send(web, a_report(web))
    assert web.post("/api/public/reports", json=a_report(web)).status_code == 429
    assert web.post("/api/public/reports", json=a_report(web, phone="+86 138-1234-5678")).status_code == 429
    send(web, a_report(web, phone=None))
    monkeypatch.setattr(api_public.REPORTS, "most", 1)
    assert web.post("/api/public/reports", json=a_report(web, phone=None)).status_code == 429


def test_following_tells_the_course_in_plain_words_and_nobodys_name(
    web: TestClient, system: System, closed: dict[str, Any]
) -> None:
    seen = follow(web, closed)
    assert seen["step"] == "closed" and all(s["at"] for s in seen["stages"])
    assert seen["closed"]["units"] and seen["closed"]["condition"] and seen["closed"]["on_time"]
    assert [p["when"] for p in seen["photos"]] == ["before", "after", "after"]
    told = json.dumps(seen, ensure_ascii=False)
    with system.database.transaction() as tx:
        names = [n for (n,) in tx.conn.execute("select name from network.person where name <> ''")]
    assert len(names) > 10 and [n for n in names if n in told] == []
    assert "已派给" in told and "另一个人到现场核查：已经办好" in told
    ticket = {"Follow-Ticket": seen["ticket"]}
    for photo in seen["photos"]:
        shown = web.get(f"/api/public/photos/{photo['sha256']}?thumb=true", headers=ticket)
        assert shown.status_code == 200 and b"Exif" not in shown.content


def test_nobody_else_follows_it_and_nothing_tells_whether_a_number_exists(web: TestClient) -> None:
    done, other = send(web, a_report(web)), send(web, with_photo(web, "blue"))
    right = {"number": done["number"], "code": done["code"]}
    again = {"number": done["number"].lower(), "code": f" {done['code'].lower().replace('-', ' ')} "}
    assert web.post("/api/public/follow", json=again).status_code == 200, "as people type it"
    wrong = [
        right | {"code": other["code"]}, right | {"number": "9901P999999"}, right | {"number": other["number"]},
        right | {"phone": PHONE}, right | {"phone": PHONE, "number": "9901P999999"}, right | {"code": "000000"},
    ]  # fmt: skip
    answers = [web.post("/api/public/follow", json=w) for w in wrong]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    asked = [
        web.post("/api/public/follow/code", json={"number": n, "phone": PHONE}) for n in (done["number"], "9901P9999")
    ]
    assert [(a.status_code, len(a.json()["shown"])) for a in asked] == [(200, 6), (200, 6)]
    mine = follow(web, done)["ticket"]
    sha = follow(web, other)["photos"][0]["sha256"]
    assert web.get(f"/api/public/photos/{sha}", headers={"Follow-Ticket": mine}).status_code == 404
    assert web.get(f"/api/public/receipt/{other['number']}", headers={"Follow-Ticket": mine}).status_code == 404
    for bad in ("", "x", mine[:-3] + "abc", "AAAA" * 12):
        assert web.get("/api/public/follow", headers={"Follow-Ticket": bad}).status_code == 401, bad
    assert web.get("/api/public/follow").status_code == 422
    with clock.at(clock.now() - rules_public.FOLLOW_LASTS - timedelta(seconds=9)):
        old = follow(web, done)["ticket"]
    assert code_of(web.get("/api/public/follow", headers={"Follow-Ticket": old})) == "public.ticket_over"


def test_by_telephone_and_the_code_sent_to_it(web: TestClient, system: System) -> None:
    done = send(web, a_report(web))
    asked = {"number": done["number"], "phone": "+86 13812345678"}
    code = web.post("/api/public/follow/code", json=asked).json()["shown"]
    assert code_of(web.post("/api/public/follow/code", json=asked)) == "public.code_sent"
    box = sms._sender
    assert isinstance(box, sms.Outbox)
    sms._post.submit(int).result()
    assert [(phone, code in text) for phone, text in box.sent] == [("13812345678", True)]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(4):
        assert web.post("/api/public/follow", json=asked | {"code": wrong}).status_code == 404
    assert web.post("/api/public/follow", json=asked | {"code": code}).status_code == 200
    assert web.post("/api/public/follow", json=asked | {"code": code}).status_code == 404, "once"
    with system.database.transaction() as tx:
        tx.conn.execute("update cases.follow_code set at = now() - interval '2 minutes'")
    code = web.post("/api/public/follow/code", json=asked).json()["shown"]
    for _ in range(5):
        web.post("/api/public/follow", json=asked | {"code": wrong})
    assert web.post("/api/public/follow", json=asked | {"code": code}).status_code == 404, "five tries"
    with system.database.transaction() as tx:
        tx.conn.execute("update cases.follow_code set tries = 0, at = now() - interval '11 minutes'")
    assert web.post("/api/public/follow", json=asked | {"code": code}).status_code == 404, "ten minutes"


def test_another_telephone_gets_no_message(web: TestClient) -> None:
    done = send(web, a_report(web))
    web.post("/api/public/follow/code", json={"number": done["number"], "phone": "13900000000"})
    sms._post.submit(int).result()
    box = sms._sender
    assert isinstance(box, sms.Outbox) and not box.sent


def test_without_a_gateway_there_are_no_messages(web: TestClient) -> None:
    sms.use(None)
    assert web.get("/api/public/start").json()["sms"] is False
    answer = web.post("/api/public/follow/code", json={"number": "2611P1", "phone": PHONE})
    assert code_of(answer) == "public.no_sms"


def test_rated_once_and_not_solved_reopens_once(web: TestClient, system: System, closed: dict[str, Any]) -> None:
    ticket = {"Follow-Ticket": follow(web, closed)["ticket"]}
    said = {"rating": 2, "solved": False, "text": "第二天又堆起来了"}
    seen = web.post("/api/public/rate", json=said, headers=ticket).json()
    assert seen["step"] == "filed" and seen["rating"]["solved"] is False and not seen["rating"]["open"]
    assert seen["closed"] is None and seen["course"][-1]["zh"] == "反映没有解决，重新办理"
    assert code_of(web.post("/api/public/rate", json=said, headers=ticket)) == "case.not_closed"
    with system.database.transaction() as tx:
        words = [t for (t,) in tx.conn.execute("select text from cases.words")]
    assert "第二天又堆起来了" in words


def test_the_receipt_is_checked_by_the_public_key_alone(
    web: TestClient, system: System, closed: dict[str, Any]
) -> None:
    ticket = {"Follow-Ticket": follow(web, closed)["ticket"]}
    to = f"/api/public/receipt/{closed['number']}"
    assert code_of(web.get(to, headers=ticket)) == "ledger.not_sealed"
    assert web.get(to).status_code == 422
    world.settle(system.database)
    with system.database.transaction() as tx:
        seal(tx, system.key)
    assert follow(web, closed)["sealed"]
    receipt = web.get(to, headers=ticket)
    assert receipt.status_code == 200, receipt.text
    keys = [system.key.public]
    assert check_receipt(receipt.content, keys).ok
    altered = check_receipt(receipt.content.replace(b"06010", b"06011"), keys)
    assert altered.fault is not None and altered.fault.n == 1
    assert "13812345678" not in receipt.text and "路口有一堆" not in receipt.text


def test_the_honest_map(web: TestClient, system: System, closed: dict[str, Any]) -> None:
    send(web, a_report(web))
    send(web, a_report(web, matter_code="06028", phone=None))  # noise: at somebody's home
    told = web.get("/api/public/map")
    assert told.status_code == 200 and told.headers["cache-control"] == "public, max-age=20"
    shown = told.json()
    by = {f["key"]: f["value"] for f in shown["figures"]}
    assert (by["open"], by["overdue"], by["closed"], by["on_time"], by["reopened"]) == (2, 0, 1, 100, 0)
    assert sorted((p["state"], p["matter_zh"]) for p in shown["points"]) == [
        ("closed", "暴露垃圾"),
        ("open", "暴露垃圾"),
    ]
    assert sum(g["open"] for g in shown["grids"]) == 2 and sum(g["closed"] for g in shown["grids"]) == 1
    for p in shown["points"]:
        assert (p["lon"], p["lat"]) == rules_public.rounded(*HERE) and p["lon"] != HERE[0]
    assert not {"id", "number", "description", "place"} & set(shown["points"][0])


def test_the_map_is_worked_out_once_for_all_who_look(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_public.map_kept, "seconds", 60.0)
    before = web.get("/api/public/map").content
    send(web, a_report(web))
    assert web.get("/api/public/map").content == before
    monkeypatch.setattr(api_public.map_kept, "seconds", 0.0)
    assert web.get("/api/public/map").content != before


def test_of_what_it_was_merged_into_only_the_progress_is_told(web: TestClient, system: System) -> None:
    mine, theirs = a_report(web), with_photo(web)
    done, other = send(web, mine), send(web, theirs)
    with system.database.transaction() as tx:
        play = world.Play(tx)
        actions_merge.merge_case(tx, play.who("zhang.min"), MergeCase(UUID(mine["id"]), UUID(theirs["id"])))
        carry(play, UUID(theirs["id"]))
    seen = follow(web, done)
    assert seen["merged"] and seen["step"] == "closed" and seen["photos"] == [] and seen["rating"]["open"]
    assert other["number"] not in json.dumps(seen) and theirs["id"] not in json.dumps(seen)
    assert [h["zh"] for h in seen["course"]][-1] == "已结案"


@pytest.mark.parametrize("phone", ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678"])
def test_telephones_as_people_write_them(phone: str) -> None:
    assert rules_public.plain_phone(phone) == "13812345678"


def test_a_code_hides_no_letter_behind_a_digit() -> None:
    assert rules_public.plain_code("oil0-1a bcd") == rules_public.plain_code("011 01ABCD")
    codes = {rules_public.follow_code(new_id(), "k" * 30) for _ in range(200)}
    assert len(codes) == 200 and all(not set("ILOU") & set(c) for c in codes)


def test_what_is_late_or_came_back_is_so_on_the_map(play: world.Play) -> None:
    play.dispatched()
    back = play.closed(by="wang.lei")
    actions_verify.rate_report(play.tx, play.who("wang.lei"), RateReport(back.id, back.id, 1, False, "没有解决"))
    play.wait(days=9)
    shown = queries_public.read_map(play.tx, ZoneInfo("Asia/Shanghai"))
    by = {f.key: f.value for f in shown.figures}
    assert [p.state for p in shown.points] == ["overdue", "overdue"]
    assert (by["open"], by["overdue"], by["closed"], by["on_time"], by["reopened"]) == (2, 2, 0, None, 1)
    assert [(g.open, g.overdue) for g in shown.grids] == [(2, 2)]
    play.wait(days=60)
    play.close(play.verify(play.finish(play.take(play.dispatch(play.now(back))))))
    later = queries_public.read_map(play.tx, ZoneInfo("Asia/Shanghai"))
    assert {f.key: f.value for f in later.figures}["on_time"] == 0, "done at last, and late all the same"
    play.wait(days=31)
    assert "closed" not in {p.state for p in queries_public.read_map(play.tx, ZoneInfo("Asia/Shanghai")).points}
