"""Assessment over HTTP: who is told what, what cannot be asked, and that behind each figure stands as long a list as it says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from world import NOON, Play, unit
from yiwang import flows
from yiwang.assess import queries
from yiwang.assess.actions import follow
from yiwang.assess.api import routes
from yiwang.assess.model import Level
from yiwang.cases.actions_verify import rate_report
from yiwang.cases.model import Channel
from yiwang.cases.model_commands import RateReport
from yiwang.kit import clock
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database, Tx
from yiwang.kit.ids import new_id
from yiwang.kit.web import install_errors
from yiwang.ledger import actions as ledger
from yiwang.network.actions_session import current_actor
from yiwang.network.queries_actor import get_actor_by_login

STREET = "310000.310101.310101019"
LATER = NOON + timedelta(days=6)
PERIOD: dict[str, Any] = {"since": "2026-11-01", "until": "2026-12-01"}
HANDLED: dict[str, Any] = {"indicator": "handle_rate", **PERIOD}
LOGINS = ("tang.yi", "shen.he", "he.ping", "cheng.gang", "zhang.min", "wang.lei", "next.door")
Web = TestClient


@pytest.fixture(scope="module")
def database(databases: Any, world_template: str) -> Iterator[Database]:
    """A few days of a street, all of them followed; nothing here is written afterwards."""
    name = databases.create(world_template)
    found = Database(databases.url(name), size=4).open()
    kit_db.use(found)
    ledger.react_with(flows.REACTIONS)
    with clock.at(NOON), found.transaction() as tx:
        play = Play(tx)
        done = play.closed(channel=Channel.patrol)
        play.closed()
        for make in (play.report, play.accepted, play.filed, play.dispatched, play.handled):
            make()
        play.finish(play.take(play.dispatched(lead="310101-xiaofang"), "zou.jun"), "zou.jun")
        play.wait(days=2)
        rate_report(tx, play.who("zhang.min"), RateReport(done.id, done.id, 1, False))
        play.settle()
        while follow(tx):
            pass
    yield found
    ledger.react_with({})
    kit_db.use(None)
    found.close()
    databases.drop(name)


@pytest.fixture
def web(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The routes of assessment alone; who asks is named in a header (signing in has its own tests)."""
    monkeypatch.setattr(clock, "now", lambda: LATER)
    app = FastAPI()
    install_errors(app)
    app.include_router(routes)

    def who(request: Request) -> Any:
        with database.transaction() as tx:
            return get_actor_by_login(tx, request.headers["x-as"])

    app.dependency_overrides[current_actor] = who
    with TestClient(app) as client:
        yield client


def get(web: Web, path: str, by: str = "tang.yi", status: int = 200, **params: Any) -> Any:
    answer = web.get(f"/api/assess{path}", params=params, headers={"x-as": by})
    assert answer.status_code == status, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer


def figures(web: Web, by: str = "tang.yi", **params: Any) -> list[dict[str, Any]]:
    return get(web, "/figures", by, **{**PERIOD, "level": "street", **params})["figures"]


def pages(web: Web, by: str, limit: int = 3, **params: Any) -> list[dict[str, Any]]:
    """The list behind a figure, page after page."""
    rows, after = [], {}
    while True:
        page = get(web, "/facts", by, limit=limit, **params, **after)
        rows += page["items"]
        assert len(page["items"]) == limit or page["next"] is None
        if page["next"] is None:
            return rows
        after = {"after": page["next"]}


# ── rights ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ROUTES = (
    "/indicators",
    "/figures",
    "/composites",
    "/facts",
    "/figures.csv",
    "/figures.xlsx",
    "/facts.csv",
    "/facts.xlsx",
)


@pytest.mark.parametrize("path", ROUTES)
def test_nobody_is_told_who_is_not_signed_in(database: Database, path: str):
    app = FastAPI()
    install_errors(app)
    app.include_router(routes)
    with TestClient(app) as stranger:
        answer = stranger.get(f"/api/assess{path}", params={**HANDLED, "object": "部门"})
    assert answer.status_code == 401, answer.text


def test_definitions_are_no_secret(web: Web):
    told = {by: get(web, "/indicators", by) for by in LOGINS}
    assert all(one == told["tang.yi"] for one in told.values())
    (rate,) = [i for i in told["tang.yi"] if i["id"] == "handle_rate"]
    assert (
        rate["computed"]
        and rate["unit"] == "rate"
        and rate["base"] == "due"
        and rate["numerator_zh"]
        and rate["source"]
    )


def test_ground_is_told_to_whom_it_lies_in_sight_as_a_whole(web: Web):
    def told(by: str, level: str) -> dict[str, tuple[int, int]]:
        return {
            f["key"]: (f["numerator"], f["denominator"]) for f in figures(web, by, level=level, indicator="handle_rate")
        }

    assert told("tang.yi", "street") == told("he.ping", "street") == {STREET: (4, 5)}
    assert told("tang.yi", "district") == told("tang.yi", "city") == {}
    assert told("hu.wei", "district") == {"310000.310101": (4, 5)} and told("hu.wei", "city") == {}
    assert told("next.door", "street") == told("cheng.gang", "street") == {}
    assert told("cheng.gang", "unit") == {f"{STREET}.310101019_chengguan": (3, 4)}
    assert told("next.door", "unit") == {}


def test_a_body_of_elsewhere_is_told_in_part(web: Web):
    found = {f["key"].rpartition(".")[2]: f["partial"] for f in figures(web, level="unit", indicator="handle_rate")}
    assert found == {"310101019_chengguan": False, "310101_xiaofang": True}
    (own,) = figures(web, "zou.jun", level="unit", indicator="handle_rate")
    assert not own["partial"] and own["numerator"] == 1


def test_people_are_told_of_themselves_and_assessors_of_everybody(web: Web, database: Database):
    with database.transaction() as tx:
        ids = {login: str(get_actor_by_login(tx, login).id) for login in ("zhang.min", "tang.yi")}
    accepted = {by: figures(web, by, level="person", indicator="accepted") for by in LOGINS}
    assert [f["key"] for f in accepted["zhang.min"]] == [ids["zhang.min"]]
    assert accepted["tang.yi"] == accepted["shen.he"] == accepted["he.ping"] == accepted["zhang.min"]
    assert accepted["wang.lei"] == accepted["cheng.gang"] == accepted["next.door"] == []
    theirs = {"indicator": "accepted", **PERIOD, "level": "person", "key": ids["zhang.min"]}
    assert len(pages(web, "tang.yi", **theirs)) == accepted["tang.yi"][0]["numerator"]
    assert pages(web, "wang.lei", **theirs) == pages(web, "next.door", **theirs) == []


def test_what_is_out_of_sight_answers_like_what_is_not(web: Web):
    for level in ("street", "unit", "person"):
        asked = {**PERIOD, "level": level, "indicator": "accepted" if level == "person" else "handle_rate"}
        there, nowhere = unit("310101019"), new_id()
        answers = [get(web, "/figures", "next.door", **asked, under=str(under)) for under in (there, nowhere)]
        assert answers[0] == answers[1] and answers[0]["figures"] == []
        assert (
            pages(web, "next.door", **asked, under=str(there))
            == pages(web, "next.door", **asked, under=str(nowhere))
            == []
        )
    for key in (STREET, "310000.310101.310101099"):
        assert pages(web, "next.door", **HANDLED, level="street", key=key) == []


# ── what cannot be asked ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/figures", {"since": "2026-11-01"}, "invalid"),
        ("/figures", {**PERIOD, "since": "1. 11. 2026"}, "invalid"),
        ("/figures", {**PERIOD, "until": "2026-11-01"}, "assess.period"),
        ("/figures", {**PERIOD, "since": "0001-01-01"}, "assess.period"),
        ("/figures", {**PERIOD, "until": "9999-12-31"}, "assess.period"),
        ("/figures", {**PERIOD, "level": "planet"}, "invalid"),
        ("/figures", {**PERIOD, "under": "310101019"}, "invalid"),
        ("/figures", {**PERIOD, "indicator": ["handle_rate", "nothing"]}, "assess.indicator"),
        ("/figures", {**PERIOD, "indicator": ["handle_rate"] * 61}, "invalid"),
        ("/figures", {**PERIOD, "level": "unit", "indicator": "filing_rate"}, "assess.level"),
        ("/figures", {**PERIOD, "level": "person", "indicator": "handle_rate"}, "assess.level"),
        ("/figures.pdf", PERIOD, "invalid"),
        ("/composites", PERIOD, "invalid"),
        ("/composites", {**PERIOD, "object": "没有的"}, "assess.object"),
        ("/composites", {**PERIOD, "object": "长" * 41}, "invalid"),
        ("/facts", PERIOD, "invalid"),
        ("/facts", {**HANDLED, "part": "half"}, "invalid"),
        ("/facts", {**HANDLED, "limit": 0}, "invalid"),
        ("/facts", {**HANDLED, "limit": 501}, "invalid"),
        ("/facts", {**HANDLED, "after": "made up"}, "page.key"),
        ("/facts", {**HANDLED, "after": "WzEsMiwzXQ"}, "page.key"),
        ("/facts", {**HANDLED, "key": "a b"}, "assess.place"),
        ("/facts", {**HANDLED, "key": "x" * 401}, "invalid"),
        ("/facts", {**PERIOD, "indicator": "accepted", "level": "person", "key": "zhang.min"}, "assess.key"),
        ("/facts", {**PERIOD, "indicator": "missed_rate"}, "assess.indicator"),
        ("/facts.xml", HANDLED, "invalid"),
        ("/facts.csv", {**PERIOD, "indicator": "'; drop table assess.fact"}, "assess.indicator"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_words(web: Web, path: str, params: dict[str, Any], code: str):
    error = get(web, path, status=422, **params)["error"]
    assert error["code"] == code and error["zh"] and error["en"]


# ── figures and what stands behind them ───────────────────────────────────────────────────────────────────────────────


def test_a_figure_says_what_it_rests_on_and_is_that_of_the_questions(web: Web, database: Database):
    answer = get(web, "/figures", **PERIOD, level="street")
    with database.transaction() as tx:
        tx = Tx(tx.conn, LATER)
        asked = queries.Asked(date(2026, 11, 1), date(2026, 12, 1), Level.street)
        told = queries.get_figures(tx, get_actor_by_login(tx, "tang.yi"), asked)
    assert answer["as_of"]["size"] == told.as_of.size > 0
    assert [(f["indicator"], f["key"], f["numerator"], f["denominator"], f["value"]) for f in answer["figures"]] == [
        (f.indicator, f.key, f.numerator, f.denominator, f.value) for f in told.figures
    ]
    assert {f["indicator"] for f in answer["figures"]} > {"handle_rate", "close_rate", "solved_rate", "open_late_whole"}
    assert (
        answer["before"] == []
        and get(web, "/figures", since="2026-12-01", until="2027-01-01", level="street")["before"]
    )


TOLD = {
    "city": (), "district": ("hu.wei",), "street": ("tang.yi", "hu.wei", "zhang.min"),
    "neighbourhood": ("tang.yi", "hu.wei", "zhang.min"),
    "unit": ("tang.yi", "hu.wei", "zhang.min", "cheng.gang", "zou.jun"), "person": ("tang.yi", "zhang.min"),
}  # fmt: skip
"""Whom something is told over each level. hu.wei dispatches in the district: of people that post is told only itself."""


@pytest.mark.parametrize("by", ["tang.yi", "hu.wei", "cheng.gang", "zou.jun", "next.door", "zhang.min"])
@pytest.mark.parametrize("level", TOLD)
def test_behind_each_figure_stands_as_long_a_list_as_it_says(web: Web, by: str, level: str):
    told = figures(web, by, level=level)
    for f in told:
        behind = {**PERIOD, "level": level, "indicator": f["indicator"], "key": f["key"]}
        hits = pages(web, by, part="numerator", **behind)
        assert len(hits) == f["numerator"], f
        if f["denominator"] is not None:
            owed, missed = (pages(web, by, part=part, **behind) for part in ("denominator", "missed"))
            assert len(owed) == f["denominator"] and len(missed) == f["denominator"] - f["numerator"], f
            assert f["value"] == round(100 * len(hits) / len(owed), 2)
            ids = [(row["case_id"], row["no"]) for row in owed]
            assert len(set(ids)) == len(ids) and {(r["case_id"], r["no"]) for r in (*hits, *missed)} == set(ids)
        assert all(row["number"].startswith("2611") for row in hits)
    assert bool(told) == (by in TOLD[level])


def test_under_narrows_to_a_ground(web: Web):
    assert figures(web, under=str(unit("310101019"))) == figures(web)
    assert figures(web, level="unit", under=str(unit("310101018"))) == []
    district = figures(web, "hu.wei", level="district")
    assert district and figures(web, "hu.wei", level="district", under=str(unit("310101019"))) == district
    assert figures(web, "hu.wei", level="district", under=str(unit("310101018"))) == []
    spot = figures(web, "hu.wei", level="district", under=str(unit("310101019014")))  # deeper than what is tallied
    assert {(f["indicator"], f["key"]) for f in spot} <= {(f["indicator"], f["key"]) for f in district}
    assert pages(web, "tang.yi", **HANDLED, level="unit", under=str(unit("310101018"))) == []


def test_streets_by_the_tally_are_what_their_neighbourhoods_are_by_the_facts(web: Web):
    for period in ({}, {"since": "2026-11-24", "until": "2026-11-26"}, {"since": "2026-11-30"}):
        streets = {f["indicator"]: (f["numerator"], f["denominator"]) for f in figures(web, **period)}
        added: dict[str, list[int | None]] = {}
        for f in figures(web, level="neighbourhood", **period):
            n, d = added.setdefault(f["indicator"], [0, 0 if f["denominator"] is not None else None])
            added[f["indicator"]] = [n + f["numerator"], None if d is None else d + f["denominator"]]
        assert streets == {name: tuple(pair) for name, pair in added.items()}


def test_composites_are_told_with_their_parts(web: Web):
    (area,) = get(web, "/composites", **PERIOD, level="street", object="区域")
    assert area["key"] == STREET and area["value"] is None and area["weights"] == 70 and area["parts"]
    assert get(web, "/composites", "next.door", **PERIOD, level="street", object="区域") == []


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_rows(web: Web, path: str, kind: str, **params: Any) -> list[list[str]]:
    answer = get(web, f"{path}.{kind}", **params)
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    if kind == "csv":
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_files_hold_what_the_page_says(web: Web, kind: str):
    told = get(web, "/figures", **PERIOD, level="street")
    rows = read_rows(web, "/figures", kind, **PERIOD, level="street")
    assert rows[1][1] == str(told["as_of"]["size"])
    assert [(r[0], r[3], r[4]) for r in rows[3:]] == [
        (f["indicator"], f["key"], str(f["numerator"])) for f in told["figures"]
    ]
    facts = pages(web, "tang.yi", **HANDLED, level="street")
    listed = read_rows(web, "/facts", kind, **HANDLED, level="street")
    assert [r[1] for r in listed[1:]] == [f["number"] for f in facts] != []


def test_files_have_the_same_sight(web: Web):
    answer = get(web, "/facts.csv", "next.door", **HANDLED, level="street")
    assert len(answer.content.decode("utf-8-sig").strip().splitlines()) == 1
    answer = get(web, "/figures.csv", "next.door", **PERIOD, level="street")
    assert STREET not in answer.content.decode("utf-8-sig")
