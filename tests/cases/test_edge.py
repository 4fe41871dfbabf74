"""At the edge: two at once get one yes and one 409; sent twice is done once; a failed consequence is parked."""

from __future__ import annotations

import ast
import dataclasses
import tarfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

import world
from invariants import broken as broken_invariants
from yiwang import flows
from yiwang.cases import api, model_commands, store
from yiwang.cases.model import Case, Channel, PhotoKind
from yiwang.cases.model_events import CaseFiled, CaseReported
from yiwang.kit import clock, parked, timers
from yiwang.kit.db import Database, query, statement
from yiwang.kit.fields import LATER
from yiwang.kit.ids import new_id
from yiwang.kit.web import install_errors
from yiwang.ledger import actions as ledger
from yiwang.network.actions_session import current_actor
from yiwang.network.queries_actor import get_actor_by_login


@pytest.fixture
def web(world_db: Database) -> Iterator[TestClient]:
    """The cases' own routes; who acts is named in a header (signing in has its own tests)."""
    app = FastAPI()
    install_errors(app)
    app.include_router(api.routes)

    def who(request: Request) -> Any:
        with world_db.transaction() as tx:
            return get_actor_by_login(tx, request.headers["x-as"])

    app.dependency_overrides[current_actor] = who
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def post(web: TestClient, path: str, by: str, body: dict[str, Any], key: UUID | None = None) -> Any:
    headers = {"x-as": by} | ({"Idempotency-Key": str(key)} if key else {})
    return web.post(f"/api/cases{path}", json=body, headers=headers)


def a_report(**more: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()), "channel": "hotline", "description": "窨井盖响", "matter_kind": "matter",
        "matter_code": "06010", "lon": world.SPOT[0], "lat": world.SPOT[1], **more,
    }  # fmt: skip


def one_that_files_itself(database: Database) -> dict[str, Any]:
    with database.transaction() as tx:
        play = world.Play(tx)
        photo, condition = play.photo("wang.lei", PhotoKind.near), play.condition()
    return a_report(channel="patrol", condition_id=str(condition), photos=[msgspec.to_builtins(photo)])


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(run, c) for c in calls]]


def course(database: Database, case_id: str) -> list[str]:
    sql = "select event from ledger.entry where subject_id = %s order by n"
    with database.transaction() as tx:
        return [e for (e,) in tx.conn.execute(sql, [case_id])]


def test_two_at_once_get_one_yes_and_one_409_with_the_case_as_it_stands(web: TestClient, world_db: Database) -> None:
    report = a_report()
    assert post(web, "", "zhang.min", report).status_code == 201
    answers = at_once(
        *(lambda b=by: post(web, "/accept", b, {"case_id": report["id"]}) for by in ("zhang.min", "li.qing"))
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    error = next(a for a in answers if a.status_code == 409).json()["error"]
    assert error["code"] == "case.wrong_step" and error["detail"]["case"]["step"] == "accepted"
    assert course(world_db, report["id"]) == ["case.reported", "case.accepted"]


def test_eight_writers_on_one_case_and_no_500(web: TestClient, world_db: Database) -> None:
    report = a_report()
    post(web, "", "zhang.min", report)
    case_id = report["id"]
    acts = [
        ("/accept", "zhang.min", {}), ("/accept", "li.qing", {}), ("/decline", "li.qing", {"reason": "x"}),
        ("/urge", "shi.guoqiang", {}), ("/urge", "sun.lan", {}),
        ("/supervise", "sun.lan", {"unit_id": str(world.unit("310101019-chengguan")), "text": "快办"}),
        ("/comment", "zhang.min", {"id": str(new_id()), "text": "a"}),
        ("/comment", "li.qing", {"id": str(new_id()), "text": "b"}),
    ]  # fmt: skip
    for _ in range(4):
        answers = at_once(*(lambda a=a: post(web, a[0], a[1], {"case_id": case_id, **a[2]}) for a in acts))
        assert {a.status_code for a in answers} <= {200, 409}, [a.text for a in answers]
    with world_db.transaction() as tx:
        rows = tx.conn.execute(
            "select n, prev, hash from ledger.entry where subject_id = %s order by n", [case_id]
        ).fetchall()
    assert [r[0] for r in rows] == list(range(1, len(rows) + 1))
    assert all(a[2] == b[1] for a, b in pairwise(rows))


def test_the_same_command_twice_is_done_once_with_the_same_answer(web: TestClient, world_db: Database) -> None:
    report, key = a_report(), new_id()
    answers = at_once(*(lambda: post(web, "", "zhang.min", report, key) for _ in range(4)))
    assert [a.status_code for a in answers] == [201] * 4 and len({a.content for a in answers}) == 1
    comment = {"case_id": report["id"], "id": str(new_id()), "text": "在吗"}
    key = new_id()
    first, again = (post(web, "/comment", "zhang.min", comment, key) for _ in range(2))
    assert first.content == again.content
    assert course(world_db, report["id"]) == ["case.reported", "case.commented"]
    other = post(web, "/comment", "zhang.min", {**comment, "text": "别的"}, key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "command.reused")


def test_a_refused_command_may_be_sent_again(web: TestClient) -> None:
    report, key = a_report(), new_id()
    post(web, "", "zhang.min", report)
    decline = {"case_id": report["id"], "reason": " "}
    assert post(web, "/decline", "zhang.min", decline, key).status_code == 422
    close = {"case_id": report["id"], "close_condition": "x"}
    for _ in range(2):
        assert post(web, "/close", "zhang.min", close, key).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no uuid"}, {"channel": "pigeon"}, {"description": ""}, {"description": "x" * 5000}, {"lon": "east"},
        {"lon": 1e400}, {"lat": None}, {"description": "a\x00b"}, {"photos": [{"sha256": "zz", "kind": "near"}]},
        {"matter_code": "' or 1=1"}, {"place": "\ud800"}, {"seen_at": "yesterday"}, {"contact": {"phone": "+86 <b>"}},
    ],
)  # fmt: skip
def test_bad_input_is_told_in_words_never_a_500(web: TestClient, change: dict[str, Any]) -> None:
    import json

    body = json.dumps(a_report(**change), ensure_ascii=True)
    answer = web.post("/api/cases", content=body, headers={"x-as": "zhang.min", "content-type": "application/json"})
    assert answer.status_code in (400, 404, 422), answer.text
    assert set(answer.json()["error"]) == {"code", "zh", "en", "detail"}


def test_lists_page_by_key_and_show_only_what_is_in_sight(web: TestClient) -> None:
    made = [post(web, "", "zhang.min", a_report()).json()["id"] for _ in range(7)]
    seen, after = [], None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = web.get("/api/cases", params=query, headers={"x-as": "chen.jie"}).json()
        seen += [c["id"] for c in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == made[::-1]
    assert web.get("/api/cases", headers={"x-as": "next.door"}).json()["items"] == []
    assert len(web.get("/api/cases", headers={"x-as": "shen.he"}).json()["items"]) == 7
    counts = web.get("/api/cases/counts", headers={"x-as": "chen.jie"}).json()
    assert counts == [{"step": "reported", "cases": 7, "overdue": 0}]
    bad = web.get("/api/cases", params={"after": "!!"}, headers={"x-as": "chen.jie"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "page.key")
    assert web.get(f"/api/cases/{made[0]}", headers={"x-as": "next.door"}).status_code == 404


def test_words_are_found_in_chinese_and_jokers_are_only_letters(web: TestClient) -> None:
    post(web, "", "zhang.min", a_report(description="人行道上有 100% 破损_处"))
    for words, found in (("破损", 1), ("100%", 1), ("损_处", 1), ("不存在", 0), ("%", 1), ("_", 1), ("a_b", 0)):
        page = web.get("/api/cases", params={"words": words}, headers={"x-as": "chen.jie"}).json()
        assert len(page["items"]) == found, words


def trusted_report(database: Database) -> Case:
    with database.transaction() as tx:
        play = world.Play(tx)
        photo = play.photo("wang.lei", PhotoKind.near)
        return play.report("wang.lei", channel=Channel.patrol, condition_id=play.condition(), photos=(photo,))


def test_a_reaction_that_fails_is_parked_and_seen_and_never_stops_the_act(world_db: Database) -> None:
    def broken(tx: Any, entry: Any, event: Any) -> None:
        tx.conn.execute("select 1 / 0")

    ledger.react_with({**flows.REACTIONS, CaseReported: (broken, *flows.REACTIONS[CaseReported])})
    case = trusted_report(world_db)
    assert case.step == "handling"
    with world_db.transaction() as tx:
        (item,) = parked.list_open(tx)
    assert "broken" in item.reaction and "DivisionByZero" in item.error


BESIDE = query(int, "select 1 / 0", apart=True)
TWICE = statement(
    "insert into cases.report (case_id, id, channel, reporter_id, at) select case_id, id, channel, reporter_id, at from cases.report where case_id = %(id)s"
)


@pytest.mark.parametrize("how", ["reads apart", "writes later", "writes now"])
def test_haste_at_the_edge_loses_nothing_when_a_reaction_meets_a_fault_of_the_database(
    web: TestClient, world_db: Database, how: str
) -> None:
    """The act is done once, its other consequences too; what failed is parked."""

    def broken(tx: Any, entry: Any, event: Any) -> None:
        if how == "reads apart":
            BESIDE.one(tx)
        elif how == "writes later":
            TWICE.later(tx, id=event.case_id)
        else:
            TWICE.run(tx, id=event.case_id)

    ledger.react_with({**flows.REACTIONS, CaseReported: (broken, *flows.REACTIONS[CaseReported])})
    body = one_that_files_itself(world_db)
    answer = post(web, "", "wang.lei", body, new_id())
    assert answer.is_success and answer.json()["step"] == "handling"
    assert course(world_db, body["id"]) == ["case.reported", "case.accepted", "case.filed", "case.dispatched"]
    with world_db.transaction() as tx:
        (item,) = parked.list_open(tx)
    assert ("DivisionByZero" if how == "reads apart" else "UniqueViolation") in item.error


@pytest.mark.parametrize("first", [False, True], ids=["after the dispatch", "before the dispatch"])
@pytest.mark.parametrize("how", ["raises", "reads", "writes"])
def test_what_fails_far_down_the_chain_leaves_the_row_where_the_course_ends(
    web: TestClient, world_db: Database, how: str, first: bool
) -> None:
    """The case, not yet written, has moved on inside a consequence of which a part fails: what stands of it is written."""

    def broken(tx: Any, entry: Any, event: Any) -> None:
        if how == "reads":
            tx.conn.execute("select 1")
        elif how == "writes":
            store.add_notice(tx, event.case_id, "order", person=UUID(int=1))
        raise RuntimeError("not today")

    plain = flows.REACTIONS[CaseFiled]
    ledger.react_with({**flows.REACTIONS, CaseFiled: (broken, *plain) if first else (*plain, broken)})
    body = one_that_files_itself(world_db)
    answer = post(web, "", "wang.lei", body, new_id())
    assert answer.is_success and answer.json()["step"] == "handling"
    assert course(world_db, body["id"]) == ["case.reported", "case.accepted", "case.filed", "case.dispatched"]
    with world_db.transaction() as tx:
        assert msgspec.json.decode(msgspec.json.encode(store.lock_case(tx, UUID(body["id"])))) == answer.json()
        (item,) = parked.list_open(tx)
        assert "not today" in item.error and broken_invariants(tx.conn) == {}


def test_a_parked_reaction_is_tried_again_until_it_works(world_db: Database) -> None:
    working = []

    def moody(tx: Any, entry: Any, event: Any) -> None:
        if not working:
            raise RuntimeError("not today")
        working.append(event.case_id)

    ledger.react_with({CaseReported: (moody,)})
    case = trusted_report(world_db)
    assert case.step == "reported"
    later = clock.now() + timedelta(minutes=1)
    with clock.at(later):
        ledger.retry_all_parked(world_db)
    with world_db.transaction() as tx:
        (item,) = parked.list_open(tx)
        assert item.attempts == 2 and item.next_at > later
    working.append(None)
    with clock.at(later + timedelta(hours=1)):
        assert ledger.retry_all_parked(world_db) == 1
        with world_db.transaction() as tx:
            assert parked.list_open(tx) == []
    assert working[1:] == [case.id]


def test_timers_fire_once_under_two_sweepers_and_skip_what_is_locked(world_db: Database) -> None:
    with world_db.transaction() as tx:
        cases = [world.Play(tx).report() for _ in range(6)]
    with clock.at(clock.now() + timedelta(minutes=26)), world_db.transaction() as holder:
        store.lock_case(holder, cases[0].id)
        fired = at_once(*(lambda: _sweep(world_db, 26) for _ in range(2)))
        assert sum(fired) == 5
    assert _sweep(world_db, 26) == 1
    for case in cases:
        assert course(world_db, str(case.id)) == ["case.reported", "case.limit_near"]


def _sweep(database: Database, minutes: int) -> int:
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        return timers.sweep(database, flows.TIMERS)


def test_a_timer_that_fails_is_put_off_and_parked(world_db: Database) -> None:
    def broken(tx: Any, timer: Any) -> bool:
        raise RuntimeError("no")

    with world_db.transaction() as tx:
        case = world.Play(tx).report()
    with clock.at(clock.now() + timedelta(minutes=26)):
        for _ in range(3):
            timers.sweep(world_db, {**flows.TIMERS, "case.step": broken})
        with world_db.transaction() as tx:
            (item,) = parked.list_open(tx)
            assert (item.reaction, item.subject_id) == ("timer:case.step", case.id)
    assert _sweep(world_db, 28) == 1
    with world_db.transaction() as tx:
        assert parked.list_open(tx) == []


def test_notices_reach_the_posts_and_people_they_are_for(web: TestClient, world_db: Database) -> None:
    with world_db.transaction() as tx:
        tx.now = world.NOON
        play = world.Play(tx)
        cases = [play.dispatched() for _ in range(3)]

    def told(login: str, **query: Any) -> Any:
        return web.get("/api/cases/notices", params=query, headers={"x-as": login}).json()

    page = told("cheng.gang", limit=2)
    assert [n["kind"] for n in page["items"]] == ["order", "order"]
    assert {n["number"]: n["matter_name"] for n in page["items"]}.items() <= {
        c.number: c.matter_name for c in cases
    }.items()
    rest = told("cheng.gang", limit=2, after=page["next"])
    assert {n["case_id"] for n in page["items"] + rest["items"]} == {str(c.id) for c in cases} and rest["next"] is None
    assert told("meng.dali")["items"] == []
    post(web, "/comment", "zhang.min", {"case_id": str(cases[0].id), "id": str(new_id()), "text": "请看", "mentions": [
        str(_id(world_db, "chen.jie"))]})  # fmt: skip
    assert [n["kind"] for n in told("chen.jie")["items"]] == ["mentioned"]


def _id(database: Database, login: str) -> UUID:
    with database.transaction() as tx:
        return get_actor_by_login(tx, login).id


def test_what_a_command_learnt_since_the_first_release_is_left_out_while_it_says_nothing() -> None:
    """Else a phone that sends again to this release what the first did and could not answer would be told that the command's
    id was used for something else, and report a second time."""
    with tarfile.open(Path(__file__).parents[1] / "faults/first_release.tar.xz") as tar:
        found = tar.extractfile("src/yiwang/cases/model_commands.py")
        assert found is not None
        classes = [c for c in ast.parse(found.read()).body if isinstance(c, ast.ClassDef)]
    asked = 0
    for then in classes:
        now = getattr(model_commands, then.name)
        known = {s.target.id for s in then.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
        for one in dataclasses.fields(now):
            assert one.name in known or one.metadata == LATER, f"{then.name}.{one.name}"
            asked += 1
    assert asked > 80
