"""The record: how many there are, all of them as a file, a case's receipt, how the grids stand; each within sight only."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

import world
from yiwang.cases import api_record
from yiwang.cases.model_commands import Contact
from yiwang.kit import paging
from yiwang.ledger.queries import list_keys
from yiwang.ledger.rules_receipt import check_receipt, read_public_keys

SINCE = (world.NOON - timedelta(days=7)).isoformat()


def act(desk: Any, story: Callable[[world.Play], Any]) -> Any:
    with desk.system.database.transaction() as tx:
        result = story(world.Play(tx))
    desk.settle()
    return result


def person(desk: Any, login: str) -> str:
    with desk.system.database.transaction() as tx:
        return str(world.Play(tx).who(login).id)


def table(desk: Any, **asked: Any) -> list[dict[str, str]]:
    answer = desk.client.get("/api/cases/export.csv", params=asked)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_file_holds_what_the_list_holds(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    act(desk, lambda p: [p.report(), p.filed(), p.closed(), p.report(place="蓬莱路"), p.report(place="蓬莱路")])
    desk.sign_in("zhang.min")
    for asked in ({}, {"words": "蓬莱"}, {"step": "closed"}, {"overdue": "true"}, {"channel": "hotline"}):
        listed = [c["number"] for c in desk.get("/api/cases", **asked, limit=200)["items"]]
        assert [r["编号 number"] for r in table(desk, **asked)] == listed, asked
        assert desk.get("/api/cases/count", **asked) == {"cases": len(listed), "more": False}, asked
    book = openpyxl.load_workbook(io.BytesIO(desk.client.get("/api/cases/export.xlsx").content))
    rows = list(book.worksheets[0].values)
    assert [r[0] for r in rows[1:]] == [r["编号 number"] for r in table(desk)]
    assert isinstance(rows[1][8], float) and rows[0][8] == "经度 lon"
    assert desk.get("/api/cases/export.pdf", 422)["error"]["code"] == "invalid"


def test_a_file_says_where_it_was_cut_off(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    monkeypatch.setattr(api_record, "MOST", 3)
    act(desk, lambda p: [p.report() for _ in range(5)])
    desk.sign_in("zhang.min")
    rows = table(desk)
    assert len(rows) == 4 and rows[-1]["编号 number"].startswith("已截断：只导出前 3 件")
    assert desk.get("/api/cases/count") == {"cases": 3, "more": True}
    monkeypatch.setattr(api_record, "MOST", 5)
    assert len(table(desk)) == 5, "no more than it says"


def test_nothing_of_people_and_no_formula_leaves(desk: Any) -> None:
    told = Contact(name="周吴郑", phone="13800001234")
    act(desk, lambda p: p.report(place="=1+1", description="我是周吴郑，电话 13800001234", contact=told))
    answer = desk.sign_in("zhang.min").client.get("/api/cases/export.csv")
    assert "13800001234" not in answer.text and "周吴郑" not in answer.text
    assert table(desk)[0]["地点 place"] == "'=1+1"


def test_the_neighbour_gets_nothing(desk: Any) -> None:
    case = act(desk, lambda p: p.closed())
    desk.sign_in("next.door")
    assert table(desk) == [] and desk.get("/api/cases/count") == {"cases": 0, "more": False}
    assert desk.get("/api/cases/grids", street=world.STREET, since=SINCE) == []
    assert desk.get(f"/api/cases/{case.id}/receipt", 404)["error"]["code"] == "case.unknown"
    assert desk.get(f"/api/cases/{uuid4()}/receipt", 404) == desk.get(f"/api/cases/{case.id}/receipt", 404)


def test_by_whom(desk: Any) -> None:
    act(desk, lambda p: [p.report("wang.lei"), p.handled(), p.report()])
    desk.sign_in("zhang.min")
    for login, n in (("wang.lei", 1), ("cheng.gang", 1), ("zhang.min", 2), ("chen.jie", 0)):
        asked = {"person": person(desk, login)}
        assert desk.get("/api/cases/count", **asked)["cases"] == n == len(desk.get("/api/cases", **asked)["items"]), (
            login
        )
    stranger = {"person": person(desk, "next.door")}
    assert desk.get("/api/cases", 404, **stranger) == desk.get("/api/cases", 404, person=str(uuid4()))
    desk.sign_in("next.door")
    assert desk.get("/api/cases/count", **stranger)["cases"] == 0, "oneself, always"


def test_a_receipt_holds_offline(desk: Any) -> None:
    case = act(desk, lambda p: p.closed())
    answer = desk.sign_in("zhang.min").client.get(f"/api/cases/{case.id}/receipt")
    assert case.number in answer.headers["content-disposition"]
    with desk.system.database.transaction() as tx:
        keys = read_public_keys("\n".join(str(k.public) for k in list_keys(tx)))
    checked = check_receipt(answer.content, keys)
    assert checked.ok and checked.subject_id == str(case.id) and len(checked.entries) == 8
    with desk.system.database.transaction() as tx:
        world.Play(tx).report()
        fresh = world.Play(tx).report()
    assert desk.get(f"/api/cases/{fresh.id}/receipt", 409)["error"]["code"] == "ledger.not_sealed"


def test_how_the_grids_stand(desk: Any) -> None:
    cases = act(desk, lambda p: [p.report(), p.filed(), p.closed(), p.report(lon=world.FAR[0], lat=world.FAR[1])])
    grid = cases[0].grid_code
    desk.sign_in("zhang.min")
    (row,) = desk.get("/api/cases/grids", street=world.STREET, since=SINCE)
    assert row == {"grid_code": grid, "open": 2, "late": 0, "reported": 3, "closed": 1, "in_time": 1}
    later = (world.NOON + timedelta(hours=1)).isoformat()
    (row,) = desk.get("/api/cases/grids", street=world.STREET, since=later)
    assert row == {"grid_code": grid, "open": 2, "late": 0, "reported": 0, "closed": 0, "in_time": 0}
    assert desk.get("/api/cases/grids", 422, street="31010", since=SINCE)["error"]["code"] == "invalid"


def test_an_area_is_asked_for_by_its_corners(desk: Any) -> None:
    act(desk, lambda p: p.report())
    desk.sign_in("zhang.min")
    lon, lat = world.SPOT
    assert desk.get("/api/cases/count", box=f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}")["cases"] == 1
    assert desk.get("/api/cases/count", box=f"{lon + 0.01},{lat},{lon + 0.02},{lat + 0.01}")["cases"] == 0
    assert desk.get("/api/cases/count", 422, box="1,2,3")["error"]["code"] == "case.box"
