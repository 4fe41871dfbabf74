"""Many at once, over real HTTP: eight writers on one case, a hundred acts on one unit, one command id from two phones,
replies that are lost, deadlocks and serialization failures. One effect each, 409 where one must, never 500."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn

import world
from faults.checks import check_courses
from faults.street import wait
from invariants import broken
from yiwang import wiring
from yiwang.app import create_app
from yiwang.cases import store
from yiwang.cases.model import OrderState
from yiwang.kit import clock
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.network.actions_session import demo_sign_in
from yiwang.network.model_access import DemoSignIn
from yiwang.network.rules_access import COOKIE, CSRF_HEADER
from yiwang.settings import Settings

Answer = httpx.Response


class Street:
    """The real application on a port of its own; everybody is signed in."""

    def __init__(self, database: Database, port: int) -> None:
        self.database, self.port, self.base = database, port, f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.base, timeout=60, limits=httpx.Limits(max_connections=None))
        self._headers: dict[str, dict[str, str]] = {}

    def headers(self, who: str) -> dict[str, str]:
        if who not in self._headers:
            signed = demo_sign_in(self.database, DemoSignIn(who), "127.0.0.1", "races")
            self._headers[who] = {"Cookie": f"{COOKIE}={signed.secret}", CSRF_HEADER: signed.csrf}
        return self._headers[who]

    def post(self, who: str, act: str, body: dict[str, Any], key: object = None) -> Answer:
        head = {**self.headers(who), **({"Idempotency-Key": str(key)} if key else {})}
        return self.http.post(f"/api/cases{act}", json=body, headers=head)

    def done(self, who: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(who, act, body, new_id())
        assert answer.is_success, answer.text
        return answer.json()

    def report(self, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()), "channel": "hotline", "description": "路边有一堆暴露垃圾", "matter_kind": "matter",
            "matter_code": "06010", "lon": world.SPOT[0], "lat": world.SPOT[1], "place": "文庙路", **more,
        }  # fmt: skip

    def reported(self) -> str:
        return self.done("zhang.min", "", self.report())["id"]

    def filed(self) -> str:
        case_id = self.reported()
        self.done("zhang.min", "/accept", {"case_id": case_id})
        with self.database.reading() as tx:
            condition = str(world.Play(tx).condition())
        self.done("zhang.min", "/file", {"case_id": case_id, "condition_id": condition})
        return case_id

    def dispatched(self, lead: str = "310101019-chengguan") -> tuple[str, str]:
        """(case, its order)"""
        case_id = self.filed()
        self.done("chen.jie", "/dispatch", {"case_id": case_id, "lead": {"unit_id": str(world.unit(lead))}})
        course = self.http.get(f"/api/cases/{case_id}", headers=self.headers("zhang.min")).json()
        return case_id, course["orders"][0]["id"]

    def events(self, case_id: str) -> Counter[str]:
        """What the case's chain says, and that it is one: n = 1, 2, 3 …, each holding the hash of the one before."""
        with psycopg.connect(self.database.url) as conn:
            rows = conn.execute(
                "select n, event, prev, hash from ledger.entry where subject_id = %s order by n", [case_id]
            ).fetchall()
        assert [n for n, *_ in rows] == list(range(1, len(rows) + 1))
        assert all(after[2] == before[3] for before, after in pairwise(rows))
        return Counter(event.removeprefix("case.") for _, event, *_ in rows)


def at_once(*acts: Callable[[], Answer]) -> list[Answer]:
    """All of them, from as many threads, let go together."""
    gate = threading.Barrier(len(acts))

    def go(act: Callable[[], Answer]) -> Answer:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(go, acts))
    assert all(a.status_code < 500 for a in answers), [a.text for a in answers if a.status_code >= 500]
    return answers


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter("ok" if a.is_success else a.json()["error"]["code"] for a in answers)


@pytest.fixture
def street(world_db: Database, tmp_path: Path) -> Iterator[Street]:
    yield from _serve(world_db, tmp_path)


def _serve(database: Database, folder: Path) -> Iterator[Street]:
    system = wiring.assemble(Settings(data=str(folder)), database, database.url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(system), port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    street = Street(database, port)
    yield street
    street.http.close()
    server.should_exit = True
    thread.join(20)
    with psycopg.connect(database.url) as conn:
        assert broken(conn) == {} and check_courses(conn) == []


# ── many writers ──


def test_eight_on_one_case_one_accepts_it(street: Street) -> None:
    case_id = street.reported()
    who = ("zhang.min", "li.qing", "wu.hao", "he.ping") * 2
    answers = at_once(*(lambda w=w: street.post(w, "/accept", {"case_id": case_id}, new_id()) for w in who))
    assert codes(answers) == {"ok": 1, "case.wrong_step": 7}
    assert all(a.status_code == 409 for a in answers if not a.is_success)
    assert street.events(case_id) == {"reported": 1, "accepted": 1}


def test_eight_on_one_case_all_speak_and_nobody_is_lost(street: Street) -> None:
    case_id = street.reported()

    def speak(who: str, n: int) -> Answer:
        body = {"case_id": case_id, "id": str(new_id()), "text": f"{who} {n}"}
        return street.post(who, "/comment", body, new_id())

    who = ("zhang.min", "li.qing", "wu.hao", "he.ping", "chen.jie", "zhou.lei", "sun.lan", "ma.junhao")
    answers = at_once(*(lambda w=w, n=n: speak(w, n) for n in range(5) for w in who))
    assert codes(answers) == {"ok": 40}
    assert street.events(case_id) == {"reported": 1, "commented": 40}
    seen = street.http.get(f"/api/cases/{case_id}", headers=street.headers("zhang.min")).json()
    assert seen["case"]["version"] == 41 and len({c["text"] for c in seen["comments"]}) == 40


def test_different_acts_on_one_case_at_once_make_one_course(street: Street) -> None:
    """Whatever their order, each is done on the case as the one before left it, or told that it does not fit."""
    for _ in range(3):
        case_id, order_id = street.dispatched()
        both = {"case_id": case_id, "order_id": order_id}
        answers = at_once(
            lambda both=both: street.post("cheng.gang", "/take", both, new_id()),
            lambda both=both: street.post("yu.bo", "/take", both, new_id()),
            lambda both=both: street.post("yu.bo", "/ask-bounce", {**both, "reason": "not_ours", "text": "非本单位"}, new_id()),
            lambda both=both: street.post("cheng.gang", "/ask-bounce", {**both, "reason": "not_ours", "text": "非本单位"}, new_id()),
            lambda case_id=case_id: street.post("chen.jie", "/ask-void", {"case_id": case_id, "text": "重复"}, new_id()),
            lambda case_id=case_id: street.post("zhang.min", "/ask-void", {"case_id": case_id, "text": "重复"}, new_id()),
            lambda case_id=case_id: street.post("zhang.min", "/urge", {"case_id": case_id}, new_id()),
            lambda case_id=case_id: street.post("he.ping", "/urge", {"case_id": case_id}, new_id()),
        )  # fmt: skip
        found = street.events(case_id)
        assert (found["order_taken"], found["request_asked"], found["urged"]) == (1, 2, 2)
        assert codes(answers)["ok"] == 5 and all(a.status_code == 409 for a in answers if not a.is_success)


def test_a_hundred_acts_at_once_on_one_unit(street: Street) -> None:
    """Fifty orders taken and fifty cases dispatched to the same unit, all let go together."""
    taking = [street.dispatched() for _ in range(50)]
    sending = [street.filed() for _ in range(50)]
    unit = {"unit_id": str(world.unit("310101019-chengguan"))}
    takers = ("cheng.gang", "yu.bo")
    answers = at_once(
        *(
            lambda i=i, c=c, o=o: street.post(takers[i % 2], "/take", {"case_id": c, "order_id": o}, new_id())
            for i, (c, o) in enumerate(taking)
        ),
        *(lambda c=c: street.post("chen.jie", "/dispatch", {"case_id": c, "lead": unit}, new_id()) for c in sending),
    )
    assert codes(answers) == {"ok": 100}
    assert all(street.events(c)["order_taken"] == 1 for c, _ in taking)
    assert all(street.events(c)["dispatched"] == 1 for c in sending)


# ── one command id, two phones ──


def test_the_same_command_id_from_two_phones_of_one_person_is_one_act(street: Street) -> None:
    for _ in range(5):
        case_id, key = street.reported(), new_id()
        answers = at_once(*[lambda c=case_id, k=key: street.post("zhang.min", "/accept", {"case_id": c}, k)] * 8)
        assert codes(answers) == {"ok": 8} and len({a.content for a in answers}) == 1
        assert street.events(case_id)["accepted"] == 1


def test_the_same_command_id_from_two_people_is_two_commands(street: Street) -> None:
    case_id, key = street.reported(), new_id()
    answers = at_once(
        *(lambda w=w: street.post(w, "/accept", {"case_id": case_id}, key) for w in ("zhang.min", "li.qing"))
    )
    assert codes(answers) == {"ok": 1, "case.wrong_step": 1}
    assert street.events(case_id)["accepted"] == 1


def test_a_command_id_with_other_content_is_refused(street: Street) -> None:
    first, second, key = street.reported(), street.reported(), new_id()
    assert street.post("zhang.min", "/accept", {"case_id": first}, key).is_success
    other_case = street.post("zhang.min", "/accept", {"case_id": second}, key)
    other_act = street.post("zhang.min", "/urge", {"case_id": first}, key)
    assert codes([other_case, other_act]) == {"command.reused": 2}
    assert street.events(second) == {"reported": 1} and street.events(first)["urged"] == 0


def test_a_report_sent_again_without_a_command_id_is_the_same_case_and_another_under_its_id_is_refused(
    street: Street,
) -> None:
    body = street.report()
    answers = at_once(*[lambda: street.post("zhang.min", "", body)] * 8)
    assert codes(answers) == {"ok": 8} and {a.json()["id"] for a in answers} == {body["id"]}
    assert street.events(body["id"]) == {"reported": 1}
    for change in ({"description": "另一件事"}, {"matter_code": "06020"}, {"lon": world.FAR[0]}, {"place": "别处"}):
        other = street.post("zhang.min", "", {**body, **change})
        assert (other.status_code, other.json()["error"]["code"]) == (409, "case.id_reused"), change
    theirs = street.post("li.qing", "", body)
    assert (theirs.status_code, theirs.json()["error"]["code"]) == (409, "case.exists")


# ── lost replies ──


def _cut(street: Street, who: str, act: str, body: dict[str, Any], key: object, *, keep: float) -> None:
    """Send this share of the request, and hang up."""
    content = json.dumps(body).encode()
    head = {**street.headers(who), "Idempotency-Key": str(key), "Host": "x", "Content-Type": "application/json"}
    lines = [
        f"POST /api/cases{act} HTTP/1.1",
        *(f"{k}: {v}" for k, v in head.items()),
        f"Content-Length: {len(content)}",
    ]
    whole = "\r\n".join([*lines, "", ""]).encode() + content
    with socket.create_connection(("127.0.0.1", street.port)) as wire:
        wire.sendall(whole[: round(len(whole) * keep)])


@pytest.mark.parametrize("keep", [0.5, 0.97, 1.0])
def test_a_reply_that_is_lost_and_asked_for_again_is_one_effect(street: Street, keep: float) -> None:
    for _ in range(4):
        case_id, key = street.reported(), new_id()
        for _ in range(3):
            _cut(street, "zhang.min", "/accept", {"case_id": case_id}, key, keep=keep)
        answers = [street.post("zhang.min", "/accept", {"case_id": case_id}, key) for _ in range(2)]
        assert codes(answers) == {"ok": 2} and answers[0].content == answers[1].content
        assert street.events(case_id) == {"reported": 1, "accepted": 1}


# ── deadlocks, serialization failures, locks that are not to be had ──


def test_merges_the_other_way_round_do_not_wait_for_each_other(street: Street) -> None:
    for _ in range(6):
        one, two = street.reported(), street.reported()
        answers = at_once(
            lambda a=one, b=two: street.post("zhang.min", "/merge", {"case_id": a, "into": b}, new_id()),
            lambda a=one, b=two: street.post("li.qing", "/merge", {"case_id": b, "into": a}, new_id()),
        )
        assert codes(answers)["ok"] == 1 and sorted(a.status_code for a in answers) == [200, 409]


def test_the_loser_of_a_deadlock_is_tried_again(street: Street) -> None:
    """A rival holds a row that the act needs and then wants the case that the act holds: PostgreSQL sacrifices the act,
    which began to wait first; it is done all the same, once."""
    case_id, order_id = street.dispatched()
    with psycopg.connect(street.database.url) as rival, ThreadPoolExecutor(1) as pool:
        rival.execute("select from cases.orders where case_id = %s for update", [case_id])
        body = {"case_id": case_id, "order_id": order_id}
        act = pool.submit(street.post, "cheng.gang", "/take", body, new_id())
        until = time.monotonic() + 30
        while not rival.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchall()[0][0]:
            assert time.monotonic() < until and not act.done(), "the act does not wait for the rival's row"
            rival.execute("select pg_stat_clear_snapshot()")  # or the whole transaction sees what it saw first
            time.sleep(0.005)
        rival.execute("set local deadlock_timeout = '30s'")
        rival.execute("select from cases.case where id = %s for update", [case_id])
        rival.rollback()
        answer = act.result()
        assert answer.status_code == 200, answer.text
    assert street.events(case_id)["order_taken"] == 1


def test_serialization_failures_are_tried_again(world_db: Database, tmp_path: Path) -> None:
    strict = Database(world_db.url, size=12, options=r"-c default_transaction_isolation=repeatable\ read").open()
    kit_db.use(strict)
    serving = _serve(strict, tmp_path)
    street = next(serving)
    case_id = street.reported()
    answers = at_once(
        *[
            lambda: street.post(
                "zhang.min", "/comment", {"case_id": case_id, "id": str(new_id()), "text": "一"}, new_id()
            )
        ]
        * 8
    )
    said = codes(answers)
    assert set(said) <= {"ok", "busy"} and said["ok"] >= 4
    assert street.events(case_id)["commented"] == said["ok"]
    assert list(serving) == []
    strict.close()


def test_a_case_that_somebody_holds_for_long_is_said_to_be_busy(street: Street) -> None:
    case_id, key = street.reported(), new_id()
    with psycopg.connect(street.database.url) as rival:
        rival.execute("select from cases.case where id = %s for update", [case_id])
        answer = street.post("zhang.min", "/accept", {"case_id": case_id}, key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "busy")
    assert street.post("zhang.min", "/accept", {"case_id": case_id}, key).is_success
    assert street.events(case_id) == {"reported": 1, "accepted": 1}


@pytest.mark.parametrize("change", ["recalled", "added"])
def test_whoever_waited_for_a_case_sees_its_orders_as_they_are_now(world_db: Database, change: str) -> None:
    """Who may see a case follows from its orders. PostgreSQL gives a waiter the locked row as it is now, and whatever else
    the statement reads as it was when it began."""
    with clock.at(world.NOON), world_db.transaction() as tx:
        play = world.Play(tx)
        case = play.dispatched()
        (order,) = store.ORDERS.all(tx, case_id=case.id)
    helper = world.unit("310101019-shizheng")

    def look() -> tuple[str, ...]:
        with world_db.transaction() as tx:
            return store.lock_case(tx, case.id).unit_paths

    with ThreadPoolExecutor(1) as pool:
        with world_db.transaction() as tx:
            held = store.lock_case(tx, case.id)
            assert held.unit_paths == (order.unit_path,)
            if change == "recalled":
                store.put_order(tx, replace(order, state=OrderState.recalled))
            else:
                store.add_order(
                    tx, case.id, "", lead=False, id=new_id(), unit_id=helper, turn=1, state="sent", forced=False,
                    task="", sent_at=tx.now, due_at=None,
                )  # fmt: skip
            store.put_case(tx, held)
            _ = tx.conn  # what waits is written
            waiter = pool.submit(look)
            wait(lambda: waits_for_a_lock(world_db))
        seen = waiter.result(20)
    with world_db.transaction() as tx:
        assert seen == store.lock_case(tx, case.id).unit_paths
        assert len(seen) == (0 if change == "recalled" else 2)


def waits_for_a_lock(database: Database) -> bool:
    with psycopg.connect(database.url, autocommit=True) as conn:
        sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        return conn.execute(sql).fetchall()[0][0] > 0
