"""Places, map shapes and components over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prcoords
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.city.actions_component import import_components
from yiwang.city.actions_grid import load_grids
from yiwang.city.actions_rules import load_catalogue
from yiwang.city.api_grid import routes
from yiwang.city.model_component import ImportComponents
from yiwang.city.model_grid import LoadGrids
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.kit.web import install_errors
from yiwang.network.actions_session import current_actor
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_units import LoadUnits

PACKS = Path(__file__).parents[2] / "packs"
REAL = (PACKS / "huangpu" / "components.csv").read_bytes()
LON, LAT = 121.4836, 31.2197


@pytest.fixture(scope="module")
def client(databases: Any, huangpu_units: LoadUnits) -> Iterator[TestClient]:
    name = databases.create(databases.template)
    database = Database(databases.url(name), size=4).open()
    kit_db.use(database)
    loader = system("pack")
    with database.transaction() as tx:
        load_units(tx, loader, huangpu_units)
        load_grids(tx, loader, LoadGrids(str(PACKS / "huangpu")))
        load_catalogue(tx, loader, PACKS / "national")
        import_components(tx, loader, ImportComponents("components.csv", REAL, "310101"))
    app = FastAPI()
    app.include_router(routes)
    install_errors(app)
    yield TestClient(app, raise_server_exceptions=False)
    kit_db.use(None)
    database.close()
    databases.drop(name)


@pytest.fixture
def signed_in(client: TestClient) -> Iterator[TestClient]:
    """As somebody of 老西门."""
    unit = loader_unit()
    post = Post(unit, PostKind.operator, unit, "310000.310101.310101019")
    client.app.dependency_overrides[current_actor] = lambda: Actor(unit, "值班员", (post,))  # type: ignore[attr-defined]
    yield client
    client.app.dependency_overrides.clear()  # type: ignore[attr-defined]


def loader_unit() -> Any:
    return system("test").id


def test_locate_in_any_datum(client: TestClient) -> None:
    place = client.get("/api/locate", params={"lon": LON, "lat": LAT}).json()
    assert place["street_code"] == "310101019" and place["grid_code"].startswith("310101019") and place["road"]
    lat, lon = prcoords.wgs_gcj((LAT, LON))
    moved = client.get("/api/locate", params={"lon": lon, "lat": lat, "datum": "gcj02"}).json()
    assert moved["grid_code"] == place["grid_code"] and abs(moved["lon"] - LON) < 1e-6
    outside = client.get("/api/locate", params={"lon": 121, "lat": 31}).json()
    assert outside["outside"] and outside["district_code"] is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"lon": LAT, "lat": LON}, "geo.swapped"),
        ({"lon": LON, "lat": LAT, "datum": "mars"}, "geo.datum"),
        ({"lon": "nan", "lat": LAT}, "geo.not_a_number"),
        ({"lon": "x", "lat": LAT}, "invalid"),
        ({"lon": LON}, "invalid"),
    ],
)
def test_locate_refuses_in_words(client: TestClient, params: dict[str, Any], code: str) -> None:
    answer = client.get("/api/locate", params=params)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == code


@pytest.mark.parametrize(("what", "kind"), [("grids", "Polygon"), ("roads", "LineString")])
def test_map_shapes_are_kept_by_browsers(client: TestClient, what: str, kind: str) -> None:
    answer = client.get(f"/api/map/310101019/{what}")
    shapes = answer.json()
    assert "OpenStreetMap" in shapes["attribution"] and len(shapes["features"]) > 50
    assert {f["geometry"]["type"] for f in shapes["features"]} == {kind}
    x, y = (
        shapes["features"][0]["geometry"]["coordinates"][0][0]
        if kind == "Polygon"
        else shapes["features"][0]["geometry"]["coordinates"][0]
    )
    assert 121 < x < 122 and 31 < y < 32
    again = client.get(f"/api/map/310101019/{what}", headers={"If-None-Match": f'"x", W/{answer.headers["ETag"]}'})
    assert again.status_code == 304 and not again.content


def test_no_such_street(client: TestClient) -> None:
    assert client.get("/api/map/310101999/grids").json()["error"]["code"] == "grid.no_street"


def test_duty_grids(client: TestClient) -> None:
    assert len(client.get("/api/duty-grids", params={"street": "310101019"}).json()) == 5
    assert len(client.get("/api/duty-grids").json()) == 49


def test_components_need_a_sign_in(client: TestClient) -> None:
    assert client.get("/api/components").status_code == 401


def test_components_near_page_by_page_within_ones_scope(signed_in: TestClient) -> None:
    seen: list[str] = []
    after = None
    while True:
        params = {"near": f"{LON},{LAT}", "radius": 2000, "limit": 20, **({"after": after} if after else {})}
        answer = signed_in.get("/api/components", params=params).json()
        seen += [c["code"] for c in answer["items"]]
        assert all(c["grid_code"].startswith("310101019") for c in answer["items"])
        if not (after := answer["next"]):
            break
    assert len(seen) > 40 and seen == sorted(set(seen))
    assert signed_in.get(f"/api/components/{seen[0]}").json()["type_name"]
    assert signed_in.get("/api/components/31010102014999999").status_code == 404
    assert signed_in.get("/api/components", params={"near": "here"}).json()["error"]["code"] == "component.near"
    assert signed_in.get("/api/components", params={"after": "!"}).status_code == 422


def test_import_over_http(signed_in: TestClient) -> None:
    send = {"files": {"file": ("c.csv", REAL)}, "data": {"unit": "310101"}}
    assert signed_in.post("/api/components/import", **send).status_code == 403  # an operator may not
    signed_in.app.dependency_overrides[current_actor] = lambda: system("test")  # type: ignore[attr-defined]
    key = {"Idempotency-Key": "018f0000-0000-7000-8000-000000000001"}
    first = signed_in.post("/api/components/import", headers=key, **send)
    assert first.status_code == 200 and first.json()["unchanged"] == 1200
    assert signed_in.post("/api/components/import", headers=key, **send).json() == first.json()
    bad = signed_in.post("/api/components/import", files={"file": ("c.xlsx", REAL)}, data={"unit": "310101"})
    assert bad.json()["error"]["code"] == "file.mislabelled"
    all_or_nothing = {"unit": "310101", "mode": "all_or_nothing"}
    refused = signed_in.post(
        "/api/components/import", files={"file": ("c.csv", REAL + b"1,,,,,,,,,\n")}, data=all_or_nothing
    )
    assert refused.status_code == 422 and refused.json()["error"]["detail"]["bad_rows"][0]["line"] == 1202


def test_a_grids_file(signed_in: TestClient) -> None:
    file = signed_in.get("/api/grids/310101019024001").json()
    grid = file["grid"]
    assert (
        grid["code"] == "310101019024001" and grid["community_name"] and grid["duty_grid_name"] and grid["area_m2"] > 0
    )
    here = signed_in.get("/api/locate", params={"lon": grid["lon"], "lat": grid["lat"]}).json()
    assert here["duty_grid_id"] == grid["duty_grid_id"]
    items = signed_in.get("/api/components", params={"grid": grid["code"], "limit": 500}).json()["items"]
    assert sum(t["components"] for t in file["components"]) == len(items) > 0
    assert file["components"][0]["type_name"] and file["people"] == []


@pytest.mark.parametrize(("code", "status"), [("310101019999999", 404), ("310101018001001", 404), ("31010", 422)])
def test_no_file_of_a_grid_that_is_not_there_or_elsewhere(signed_in: TestClient, code: str, status: int) -> None:
    assert signed_in.get(f"/api/grids/{code}").status_code == status


def test_components_in_a_box(signed_in: TestClient) -> None:
    whole = {"box": f"{LON - 0.002},{LAT - 0.002},{LON + 0.002},{LAT + 0.002}", "limit": 500}
    found = signed_in.get("/api/components", params=whole).json()["items"]
    assert found and all(abs(c["lon"] - LON) <= 0.002 and abs(c["lat"] - LAT) <= 0.002 for c in found)
    around = signed_in.get("/api/components", params={"near": f"{LON},{LAT}", "radius": 150, "limit": 500}).json()[
        "items"
    ]
    assert {c["code"] for c in around} <= {c["code"] for c in found}
    assert signed_in.get("/api/components", params={"box": "1,2"}).json()["error"]["code"] == "case.box"
