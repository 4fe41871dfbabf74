"""Rounds over HTTP: a round-up from its trial to its sheet, a census beside the last as a sheet, and what no client may break."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

import world
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.register import actions, actions_checkin, store_round
from yiwang.register.model import AddThing, ChangeThing, thing_id
from yiwang.register.model_owed import CheckIn

UNTIL = (world.NOON + timedelta(days=1)).isoformat()
ATTRIBUTES = {
    "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2001-03-01", "in_use_since": "2001-05-01", "floors": 18, "stops": 18,
    "load_kg": 800, "speed_m_s": 1.5,
}  # fmt: skip


def code(n: int) -> str:
    return f"梯11沪A{n:05d}(20)"


def as_(street: Database, login: str, act: Any, *commands: Any) -> None:
    with street.transaction() as tx:
        for cmd in commands:
            act(tx, get_actor_by_login(tx, login), cmd)


@pytest.fixture
def lifts(desk: Any, street: Database) -> Any:
    as_(
        street, "zhang.min", actions.add_thing,
        *(AddThing("elevator", code(n), f"{n} 号梯", *world.SPOT, attributes=ATTRIBUTES) for n in (1, 2, 3)),
    )  # fmt: skip
    return desk.sign_in("sun.lan")


def post(desk: Any, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = desk.client.post(f"/api/rounds{path}", json=body, headers={"X-Yiwang-CSRF": desk.get("/api/me")["csrf"]})
    assert answer.status_code == status, answer.text
    return answer.json()


def opening(purpose: str = "check", **more: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()), "name": "=台风排查", "kind": "elevator", "purpose": purpose, "unit_code": world.STREET, "until": UNTIL, **more
    }  # fmt: skip


def sheet(desk: Any, id: str) -> list[list[str]]:
    answer = desk.client.get(f"/api/rounds/{id}/export.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_round_up_from_its_trial_to_its_sheet(lifts: Any, street: Database) -> None:
    asked = opening(attributes={"use": "住宅"})
    assert post(lifts, "", {**asked, "id": str(new_id()), "dry": True}, 201)["round"]["things"] == 3
    assert lifts.get("/api/rounds")["items"] == []
    made = post(lifts, "", asked, 201)
    assert post(lifts, "", asked, 201) == made
    id = made["round"]["id"]
    found = CheckIn(new_id(), thing_id("elevator", code(1)), world.NOON, damaged=True)
    as_(street, "wang.lei", actions_checkin.check_in, found)
    with street.transaction() as tx:
        store_round.put_counts(tx)
    [row] = lifts.get("/api/rounds", state="open", kind="elevator", purpose="check")["items"]
    assert (row["things"], row["checked"], row["damaged"], row["by_name"]) == (3, 1, 1, "孙岚")
    page = lifts.get(f"/api/rounds/{id}/left", limit=1)
    more = lifts.get(f"/api/rounds/{id}/left", limit=1, after=page["next"])
    assert [page["items"][0]["code"], more["items"][0]["code"], more["next"]] == [code(2), code(3), None]
    [grid] = lifts.get(f"/api/rounds/{id}/grids")["items"]
    lifts.sign_in("wang.lei" if grid["person_name"] == "王磊" else "lin.feng")
    given = lifts.get("/api/my-rounds")
    if grid["person_id"] == lifts.get("/api/me")["id"]:
        assert [g["grid_code"] for g in given[0]["grids"]] == [grid["grid_code"]]
    lifts.sign_in("sun.lan")
    post(lifts, "/close", {"round_id": id})
    lines = sheet(lifts, id)
    assert [line[0] for line in lines] == ["编码", code(1), code(2), code(3)]
    assert [line[-1] for line in lines] == ["结果", "损坏", "未查到", "未查到"]
    assert lines[1][7] == "王磊"


def test_a_census_as_a_sheet_beside_the_last(lifts: Any, street: Database) -> None:
    first = post(lifts, "", opening("census", name="第一次"), 201)["round"]["id"]
    post(lifts, "/close", {"round_id": first})
    as_(street, "zhang.min", actions.change_thing, ChangeThing(thing_id("elevator", code(1)), 1, state="scrapped"))
    second = post(lifts, "", opening("census", name="第二次"), 201)
    id = second["round"]["id"]
    lines = sheet(lifts, id)
    heads = lines[0]
    assert len(lines) == second["round"]["grids"] + 1
    [here] = [dict(zip(heads, line, strict=True)) for line in lines[1:] if line[5] != "0"]
    assert {k: here[k] for k in ("现有", "上次普查", "比上次新增", "比上次消失")} == {
        "现有": "2", "上次普查": "3", "比上次新增": "0", "比上次消失": "1",
    }  # fmt: skip
    compared = lifts.get(f"/api/rounds/{id}/compare")
    assert (compared["last"]["id"], compared["states"]) == (first, [{"state": "in_use", "stood": 3, "stands": 2}])
    assert lifts.get(f"/api/rounds/{first}/compare")["last"] is None


@pytest.mark.parametrize(
    ("code", "status", "wrong"),
    [
        ("thing.no_kind", 404, {"kind": "unicorn"}),
        ("network.no_unit", 404, {"unit_code": "310101018999"}),
        ("round.filter", 422, {"attributes": {"use": {"a": [1]}}}),
        ("round.filter", 422, {"attributes": {"use": "\x00"}}),
        ("round.filter", 422, {"attributes": {"floors": 10**400}}),
        ("round.filter", 422, {"attributes": {"floors": True}}),
        ("round.filter", 422, {"attributes": {"maker": "\x00"}}),
        ("round.filter", 422, {"attributes": {"maker": ["x"]}}),
        ("round.filter", 422, {"states": ["没有"]}),
        ("round.times", 422, {"until": "9999-12-31T23:59:59Z"}),
        ("round.times", 422, {"until": "0001-01-01T00:00:00Z"}),
        ("round.times", 422, {"begins": "0001-01-01T00:00:00Z"}),
        ("round.grid", 422, {"grids": ["999999999999999"]}),
    ],
)
def test_what_cannot_be_is_said_and_never_a_fault(lifts: Any, code: str, status: int, wrong: dict[str, Any]) -> None:
    assert post(lifts, "", opening(**wrong), status)["error"]["code"] == code


def test_a_number_that_is_none_is_no_condition(lifts: Any) -> None:
    for written in ("1e400", "NaN", "Infinity"):
        text = json.dumps(opening(attributes={"floors": 7})).replace("7}", f"{written}}}")
        headers = {"X-Yiwang-CSRF": lifts.get("/api/me")["csrf"], "Content-Type": "application/json"}
        assert lifts.client.post("/api/rounds", content=text, headers=headers).status_code in (400, 422), written
    for odd in ({"maker": "\ud800"}, {"\ud800": 1}):
        headers = {"X-Yiwang-CSRF": lifts.get("/api/me")["csrf"], "Content-Type": "application/json"}
        answer = lifts.client.post("/api/rounds", content=json.dumps(opening(attributes=odd)), headers=headers)
        assert answer.status_code in (400, 422), odd
