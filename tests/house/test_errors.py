"""One family of errors: each code means one thing, in two languages, and leaves the API in one shape."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response

from generate import Said, all_errors, errors_page, find_errors
from house import ROOT
from yiwang import wiring
from yiwang.app import create_app
from yiwang.kit.db import Database
from yiwang.settings import Settings

WITHOUT_AREA = {"busy", "exists", "invalid"}
"""Said at the edge, about whatever was sent: kit/web.py."""


def said() -> list[Said]:
    return [s for s in all_errors() if isinstance(s, Said)]


def test_every_error_can_be_read_off_the_code():
    assert [s for s in all_errors() if not isinstance(s, Said)] == []
    assert len(said()) > 150


def test_codes_are_an_area_and_words():
    wrong = [s for s in said() if not re.fullmatch(r"[a-z_]+\.[a-z_]+", s.code) and s.code not in WITHOUT_AREA]
    assert wrong == []


def test_a_code_means_one_thing():
    statuses: dict[str, set[int]] = defaultdict(set)
    for s in said():
        statuses[s.code].add(s.status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_every_error_speaks_chinese_and_english():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [s for s in said() if not chinese.search(s.zh)] == []
    assert [s for s in said() if not re.search(r"[A-Za-z]{2}", s.en) or chinese.search(s.en)] == []


def test_the_scan_sees_what_is_wrong():
    code = ast.parse(
        'raise Refused(f"case.{why}", "不行", "no")\nraise Invalid("a.b", zh, "c")\nraise NotFound("x.y", "无", "none")'
    )
    found = list(find_errors("x.py", code))
    assert [isinstance(f, Said) for f in found] == [False, False, True]
    assert found[2] == Said("x.y", 404, "无", "none", "x.py")


def test_the_page_of_errors_is_fresh():
    assert (ROOT / "docs/errors.md").read_text("utf-8") == errors_page(), "run `make docs`"


@pytest.fixture
def client(fresh_db: Database, owner_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The real application over a database of its own, with one more address that fails."""
    system = wiring.assemble(Settings(data=str(tmp_path)), fresh_db, owner_url)
    app = create_app(system, with_jobs=False)

    @app.get("/api/fails")
    def fails() -> Response:
        raise ZeroDivisionError("secret of the code")

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def demand_shape(response: Response, status: int, code: str) -> dict[str, str]:
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert set(error) == {"code", "zh", "en", "detail"} and error["code"] == code
    assert isinstance(error["detail"], dict) and re.search(r"[\u4e00-\u9fff]", error["zh"]) and error["en"]
    return error


def test_every_error_leaves_in_one_shape(client: TestClient):
    demand_shape(client.get("/api/cases"), 401, "network.not_signed_in")
    demand_shape(client.get("/api/nothing-of-the-kind"), 404, "http.404")
    demand_shape(client.delete("/healthz"), 405, "http.405")
    error = demand_shape(client.post("/api/sign-in", json={"login": 7}), 422, "invalid")
    assert error["detail"]["fields"]
    error = demand_shape(client.get("/api/fails"), 500, "fault")
    assert "secret" not in str(error) and "Traceback" not in str(error)


def test_a_database_that_is_away_is_503(client: TestClient, fresh_db: Database):
    fresh_db.close()
    demand_shape(client.get("/api/cases", cookies={"yiwang_session": "x" * 43}), 503, "database.away")
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503 and ready.json()["troubles"][0]["zh"]
