"""The lists over HTTP, as a signed-in dispatcher of the street sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.city.actions_rules import load_catalogue
from yiwang.dispatch.api import routes
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.kit.ids import named_id
from yiwang.kit.web import install_errors
from yiwang.network.actions_session import current_actor
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_units import LoadUnits

STREET = named_id("unit:310101019")
ROWS = """层次,方案,类型,代码,名称,区域,时段,主办,协办,依据,生效,失效
细类,,,01013,消防设施异常,310101019,,310101-xiaofang,,《消防法》第28条,,
大类,,,06,,310101019,,老西门环卫作业公司,310101019-chengguan,,,
细类,,,09005,,310101019,,没有这个单位,,,,
"""


@pytest.fixture(scope="module")
def client(databases: Any, units_text: str, packs: Any) -> Iterator[TestClient]:
    name = databases.create(databases.template)
    database = Database(databases.url(name), size=4).open()
    kit_db.use(database)
    with database.transaction() as tx:
        load_units(tx, system("test"), LoadUnits("test", units_text))
        load_catalogue(tx, system("test"), packs / "national")
    path = "310000.310101.310101019"
    me = Actor(named_id("me"), "me", (Post(named_id("post"), PostKind.dispatcher, STREET, path),))
    app = FastAPI()
    app.include_router(routes)
    app.dependency_overrides[current_actor] = lambda: me
    install_errors(app)
    yield TestClient(app)
    kit_db.use(None)
    database.close()
    databases.drop(name)


def send(client: TestClient, text: str = ROWS, **form: object) -> Any:
    data = {"unit_code": "310101019", **{k: str(v) for k, v in form.items()}}
    return client.post("/api/responsibility/import", data=data, files={"file": ("清单.csv", text.encode())})


@pytest.fixture(scope="module")
def imported(client: TestClient) -> dict[str, Any]:
    dry = send(client, dry_run=True).json()
    assert (dry["version"], dry["rows"], dry["dry_run"]) == (1, 2, True)
    assert client.get("/api/responsibility").json() == []
    return send(client).json()


def test_import_reports_rows(imported: dict[str, Any]) -> None:
    assert (imported["version"], imported["rows"], imported["unchanged"]) == (1, 2, False)
    assert [(b["line"], b["column"]) for b in imported["bad"]] == [(4, "主办")]


def test_recommend(client: TestClient, imported: dict[str, Any]) -> None:
    got = client.get("/api/responsibility/recommend", params={"code": "01013", "area": str(STREET)}).json()
    assert got["lead"]["name"] == "黄浦区消防救援支队"
    assert got["reason_zh"].startswith("依据老西门街道权责清单第1条（第1版）")
    line = client.get(f"/api/responsibility/lines/{got['row_id']}").json()
    assert (line["n"], line["basis"]) == (1, "《消防法》第28条")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"code": "01013", "area": str(named_id("nowhere"))}, 404),
        ({"code": "01013", "area": "x"}, 422),
        ({"code": "01013", "area": str(STREET), "kind": "thing"}, 422),
        ({"code": "01013", "area": str(STREET), "at": "2026-11-22T09:00:00"}, 422),
    ],
)
def test_bad_questions(client: TestClient, params: dict[str, str], status: int) -> None:
    answer = client.get("/api/responsibility/recommend", params=params)
    assert answer.status_code == status
    assert {"code", "zh", "en", "detail"} == set(answer.json()["error"])


def test_lines_page_by_page_and_export(client: TestClient, imported: dict[str, Any]) -> None:
    base = f"/api/responsibility/{imported['list_id']}"
    first = client.get(f"{base}/lines", params={"limit": 1}).json()
    second = client.get(f"{base}/lines", params={"limit": 1, "cursor": first["next"]}).json()
    assert [x["n"] for x in (*first["items"], *second["items"])] == [1, 2] and second["next"] is None
    exported = client.get(f"{base}/export.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    assert send(client, exported.text).json()["unchanged"]
    book = client.get(f"{base}/export.xlsx").content
    files = {"file": ("list.xlsx", book)}
    assert client.post("/api/responsibility/import", data={"unit_code": "310101019"}, files=files).json()["unchanged"]
    assert client.get(f"{base}/lines", params={"cursor": "made up"}).status_code == 422
    assert client.get(f"{base}/lines", params={"version": 9}).status_code == 404


def test_gaps_conflicts_versions(client: TestClient, imported: dict[str, Any]) -> None:
    gaps = client.get("/api/responsibility/gaps", params={"area": str(STREET)}).json()
    assert {"code", "area_name", "hours"} <= set(gaps[0]) and not any(g["code"] == "06010" for g in gaps)
    assert client.get("/api/responsibility/conflicts", params={"area": str(STREET)}).json() == []
    assert client.get("/api/responsibility/gaps", params={"area": str(named_id("unit:310101"))}).status_code == 404
    (version,) = client.get("/api/responsibility").json()
    assert (version["unit_name"], version["current"]) == ("老西门街道", True)


def test_what_is_refused(client: TestClient, imported: dict[str, Any]) -> None:
    assert send(client, whole=True).json()["error"]["code"] == "responsibility.bad_rows"
    assert send(client, "一,二").json()["error"]["code"] == "file.columns"
    assert send(client, unit_code="310101").status_code == 403
    assert send(client, unit_code="nowhere").status_code == 404
    again = client.post("/api/responsibility/restore", json={"unit_code": "310101019", "version": 1})
    assert again.status_code == 409 and again.json()["error"]["code"] == "responsibility.in_force"


def test_the_same_command_twice_is_done_once(client: TestClient, imported: dict[str, Any]) -> None:
    key = {"Idempotency-Key": str(named_id("twice"))}
    rows = ROWS.replace("《消防法》第28条", "《消防法》")
    data, files = {"unit_code": "310101019"}, {"file": ("清单.csv", rows.encode())}
    first = client.post("/api/responsibility/import", data=data, files=files, headers=key)
    second = client.post("/api/responsibility/import", data=data, files=files, headers=key)
    assert first.status_code == 200 and first.json() == second.json() and not first.json()["unchanged"]
