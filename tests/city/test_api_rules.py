"""The catalogue and the deadlines over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.city import queries_rules
from yiwang.city.actions_rules import load_catalogue, load_rules
from yiwang.city.api_rules import routes
from yiwang.kit.db import Database
from yiwang.kit.web import install_errors
from yiwang.network.actions_session import current_actor
from yiwang.network.model import system

PACK = Path(__file__).parents[2] / "packs" / "national"
STREET = UUID("00000000-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def client(databases: object) -> Iterator[TestClient]:
    made = databases
    name = made.create(made.template)  # type: ignore[attr-defined]
    from yiwang.kit import db as kit_db

    database = Database(made.url(name), size=4).open()  # type: ignore[attr-defined]
    kit_db.use(database)
    queries_rules.forget()
    with database.transaction() as tx:
        load_catalogue(tx, system("packs"), PACK)
        load_rules(tx, system("packs"), PACK)
        tx.conn.execute(
            "insert into network.unit (id, code, name, short_name, kind, path, level, area_code, valid_from)"
            " values (%s, '310000', '市', '市', 'city', '310000', 1, '310000', now())",
            (STREET,),
        )
    app = FastAPI()
    app.include_router(routes)
    app.dependency_overrides[current_actor] = lambda: system("tests")
    install_errors(app)
    yield TestClient(app)
    kit_db.use(None)
    database.close()
    made.drop(name)  # type: ignore[attr-defined]


def test_find_and_turn_the_page(client: TestClient) -> None:
    first = client.get("/api/catalogue/matters", params={"q": "井盖", "limit": 5}).json()
    second = client.get("/api/catalogue/matters", params={"q": "井盖", "limit": 5, "cursor": first["next"]}).json()
    codes = [(m["kind"], m["code"]) for m in first["items"] + second["items"]]
    assert len(set(codes)) == 10
    bad = client.get("/api/catalogue/matters", params={"q": "井盖", "cursor": "xx"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "page.key")
    assert client.get("/api/catalogue/matters", params={"kind": "thing"}).status_code == 422


def test_one_class_though_its_scheme_has_a_slash(client: TestClient) -> None:
    for path in ("GB/T 47678.5-2026/01001", "GB%2FT%2047678.5-2026/01001"):
        found = client.get(f"/api/catalogue/matters/{path}").json()
        assert found["matter"]["name"] == "供水井盖异常"
        assert found["conditions"][0]["limit_text"] == "2紧急工作时"
        assert found["conditions"][0]["limit_value"] == "2"
    missing = client.get("/api/catalogue/matters/GB/T 47678.5-2026/77777")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "city.no_matter")


def test_conditions(client: TestClient) -> None:
    found = client.get("/api/catalogue/conditions", params={"code": "01001"}).json()
    assert len(found) == 4
    assert client.get(f"/api/catalogue/conditions/{found[0]['id']}").json() == found[0]
    assert client.get(f"/api/catalogue/conditions/{uuid4()}").status_code == 404
    assert len(client.get("/api/catalogue/schemes").json()) == 3


def test_work_out(client: TestClient) -> None:
    body = {
        "limit": {"value": "1", "clock": "work_day"},
        "start": "2026-02-14T16:00:00+08:00",
        "unit_id": str(STREET),
        "pauses": [{"start": "2026-02-24T09:00:00+08:00", "end": "2026-02-24T10:00:00+08:00"}],
    }
    found = client.post("/api/deadlines/work-out", json=body).json()
    assert found["due_at"] == "2026-02-24T09:00:00Z"
    assert found["provisional"] is False
    assert "春节放假 不计" in found["working"][2]["zh"]
    for change, status in (
        ({"unit_id": str(uuid4())}, 404),
        ({"start": "2026-02-14T16:00:00"}, 422),
        ({"start": "9999-12-31T23:59:00Z"}, 422),
        ({"limit": {"value": "0", "clock": "work_day"}}, 422),
        ({"limit": {"value": "NaN", "clock": "work_day"}}, 422),
        ({"limit": {"value": "99999", "clock": "work_day"}}, 422),
        ({"limit": {"value": "1", "clock": "fortnight"}}, 422),
        ({"pauses": [{"start": "2026-02-24T09:00:00Z", "end": "2026-02-23T09:00:00Z"}]}, 422),
        ({"extensions": [{"value": "1", "clock": "work_hour"}]}, 422),
    ):
        answer = client.post("/api/deadlines/work-out", json=body | change)
        assert answer.status_code == status, (change, answer.text)
        assert answer.json()["error"]["zh"]


def test_longest_limit_is_still_answered(client: TestClient) -> None:
    for clock in ("urgent_hour", "work_hour", "work_day", "calendar_day"):
        body = {"limit": {"value": "3660", "clock": clock}, "start": "2026-02-14T16:00:00+08:00"}
        assert client.post("/api/deadlines/work-out", json=body).status_code == 200


def test_calendar_of_a_unit(client: TestClient) -> None:
    day = {"unit_id": str(STREET), "day": "2027-03-11", "works": False, "note": "演练"}
    assert client.post("/api/calendars/days", json=day).status_code == 200
    spring = {"since": "2027-03-10", "until": "2027-03-12"}
    days = client.get(f"/api/calendars/{STREET}", params=spring).json()
    assert [d["works"] for d in days] == [True, False, True]
    assert [d["known"] for d in days] == [False, True, False]
    assert days[0]["shifts"][0] == ["2027-03-10T00:30:00Z", "2027-03-10T04:00:00Z"]
    week = {"unit_id": str(STREET), "name": "夜班", "shifts": "22:00-06:00"}
    assert client.post("/api/calendars", json=week).status_code == 200
    assert client.get(f"/api/calendars/{STREET}", params=spring).json()[0]["shifts"][0][0] == "2027-03-10T14:00:00Z"
    assert client.post("/api/calendars", json=week | {"statutory": "moon"}).status_code == 422
    assert client.post("/api/calendars", json=week | {"weekdays": [7]}).status_code == 422
    for wrong in ({"since": "2027-03-12", "until": "2027-03-10"}, {"since": "2020-01-01", "until": "2027-01-01"}):
        assert client.get(f"/api/calendars/{STREET}", params=wrong).status_code == 422


def test_only_for_those_signed_in(client: TestClient) -> None:
    app = FastAPI()
    app.include_router(routes)
    install_errors(app)
    assert TestClient(app).get("/api/catalogue/schemes").status_code == 401


def test_a_phone_takes_the_whole_catalogue_along(client: TestClient) -> None:
    pocket = client.get("/api/catalogue/pocket").json()
    assert len({(m["scheme"], m["kind"], m["code"]) for m in pocket}) == len(pocket) > 200
    cover = next(m for m in pocket if m["code"] == "01001")
    asked = client.get("/api/catalogue/conditions", params={"code": "01001", "kind": "component"}).json()
    assert cover["conditions"], "nothing could be filed from a phone"
    assert [c["id"] for c in cover["conditions"]] == [c["id"] for c in asked if c["retired_at"] is None]
