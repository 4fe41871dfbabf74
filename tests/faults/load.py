"""The mixed load: people who report, accept, check, file, dispatch, take, bounce, finish, verify, close and talk, each
command with its own id, sent again with the same id until it is answered, to whichever server is there.

What was acknowledged is written down in `Log` before anything else is done: the checks hold the database to it.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

import world
from faults.fleet import Fleet
from yiwang.kit.ids import new_id

PATIENCE = 90
"""Seconds in which a command must get its answer, however much dies meanwhile."""
HASTE = 0.1
"""How often a phone hangs up before the answer is there, and asks again."""
AWAY = {"database.away", "database.unsure"}
"""The codes of a 503 that mean: send it again."""
EVENTS = {
    "": "case.reported", "/accept": "case.accepted", "/decline": "case.declined", "/ask-check": "case.check_asked",
    "/answer-check": "case.check_answered", "/file": "case.filed", "/dispatch": "case.dispatched",
    "/take": "case.order_taken", "/finish": "case.order_finished", "/ask-bounce": "case.request_asked",
    "/ask-extension": "case.request_asked", "/ask-suspension": "case.request_asked", "/ask-void": "case.request_asked",
    "/decide": "case.request_decided", "/resume": "case.resumed", "/verify": "case.verified", "/close": "case.closed",
    "/comment": "case.commented", "/urge": "case.urged", "/rate": "case.report_rated",
}  # fmt: skip
"""What each command, done once, writes once into the case's chain in its actor's name."""
HANDLERS = {"310101019-chengguan": "cheng.gang", "310101019-huanwei": "meng.dali", "310101019-shizheng": "kong.jie"}


@dataclass(frozen=True)
class Ack:
    """A command that was answered with success, and the answer."""

    key: str
    person: str
    case_id: str
    event: str
    body: bytes


@dataclass
class Log:
    """What the clients know: appended to before they go on. `wrong` is what no client may ever be told."""

    begun: int = 0
    acks: list[Ack] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    took: list[tuple[float, float]] = field(default_factory=list)
    """When each command was first sent and when it was answered, by `time.monotonic`."""
    self_filed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Board:
    """The cases the clients play with: few at a time, so that they get into one another's way."""

    def __init__(self) -> None:
        self.open: deque[str] = deque(maxlen=10)
        self.lock = threading.Lock()
        self.shades = itertools.count(1)

    def pick(self, rng: random.Random) -> str | None:
        with self.lock:
            return rng.choice(self.open) if self.open else None

    def add(self, case_id: str) -> None:
        with self.lock:
            self.open.append(case_id)

    def drop(self, case_id: str) -> None:
        with self.lock:
            if case_id in self.open:
                self.open.remove(case_id)

    def photo(self) -> bytes:
        """One that nobody has taken before, at the place."""
        n = next(self.shades)
        return world.jpeg((n % 251, n // 251 % 251, n // 63001 % 251), world.SPOT)


class Client:
    """One phone, in turn in everybody's hands. The same seed makes the same choices where the answers are the same."""

    def __init__(self, fleet: Fleet, log: Log, board: Board, seed: str) -> None:
        self.fleet, self.log, self.board, self.rng = fleet, log, board, random.Random(seed)
        self.http = httpx.Client(headers={"Content-Type": "application/json"})
        self.lon, self.lat = world.SPOT

    def work(self, until: int) -> None:
        """Act until so many acts have been begun by all together, and finish what was begun."""
        while True:
            with self.log.lock:
                if self.log.begun >= until:
                    return
                self.log.begun += 1
            case_id = self.board.pick(self.rng)
            if case_id is None or self.rng.random() < 0.22:
                self.report()
            else:
                self.carry_on(case_id)

    # ── sending ──

    def request(self, method: str, path: str, who: str, *, key: str = "", **content: Any) -> httpx.Response | None:
        """Send until there is an answer; the same bytes with the same id each time. None when there never was one."""
        headers = {**self.fleet.people[who].headers, **({"Idempotency-Key": key} if key else {})}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            patience = (
                self.rng.uniform(0.005, 0.1) if self.rng.random() < HASTE else 30
            )  # a phone that loses its signal
            try:
                answer = self.http.request(
                    method, self.rng.choice(self.fleet.bases) + path, headers=headers, timeout=patience, **content
                )
            except httpx.TransportError as lost:
                self._unanswered(type(lost).__name__)
                time.sleep(0.05)
                continue
            if answer.status_code == 503 and _code(answer) in AWAY:
                self._unanswered(_code(answer))
                time.sleep(0.05)
                continue
            if answer.status_code >= 500:
                self.log.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            return answer
        self.log.wrong.append(f"{method} {path}: no answer in {PATIENCE} s")
        return None

    def _unanswered(self, why: str) -> None:
        with self.log.lock:
            self.log.unanswered[why] += 1

    def command(self, who: str, act: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """One command, done once; its answer, or None when it was refused."""
        key, case_id, begun = str(new_id()), str(body.get("case_id") or body["id"]), time.monotonic()
        answer = self.request("POST", f"/api/cases{act}", who, key=key, json=body)
        self.log.took.append((begun, time.monotonic()))
        if answer is None:
            return None
        if answer.is_success:
            ack = Ack(key, self.fleet.people[who].id, case_id, EVENTS[act], answer.content)
            with self.log.lock:
                self.log.acks.append(ack)
            try:
                return answer.json()
            except ValueError:
                self.log.wrong.append(f"{act} of {case_id} was answered with {answer.content!r}")
                return None
        with self.log.lock:
            self.log.refused.append((key, _code(answer)))
        if answer.status_code not in (403, 404, 409):
            self.log.wrong.append(f"{act} {answer.status_code}: {answer.text[:300]}")
        return None

    def upload(self, who: str, kind: str) -> list[dict[str, str]]:
        data = self.board.photo()
        answer = self.request("POST", "/api/photos", who, content=data)
        if answer is None or not answer.is_success:
            self.log.wrong.append(f"a photo was refused: {answer and answer.text}")
            return []
        sha = answer.json()["sha256"]
        assert sha == hashlib.sha256(data).hexdigest()
        with self.log.lock:
            self.log.photos.append(sha)
        return [{"sha256": sha, "kind": kind}]

    # ── acting ──

    def report(self, *, channel: str = "") -> str | None:
        """A hotline report by an operator, or an inspector's with a photo, which files itself."""
        by_phone = channel == "hotline" or self.rng.random() < 0.6
        who = self.rng.choice(("zhang.min", "li.qing")) if by_phone else self.rng.choice(("zhao.xin", "wang.lei"))
        body: dict[str, Any] = {
            "id": str(new_id()), "channel": "hotline" if by_phone else "patrol", "description": "路边有一堆暴露垃圾",
            "matter_kind": "matter", "matter_code": "06010", "lon": self.lon, "lat": self.lat, "place": "文庙路",
            "photos": [] if by_phone else self.upload(who, "near"), "condition_id": None if by_phone else self.fleet.condition,
            "contact": {"name": "住户", "phone": f"021-{self.rng.randrange(10**8):08}"} if by_phone else None,
        }  # fmt: skip
        done = self.command(who, "", body)
        if done is None:
            return None
        if not by_phone:
            with self.log.lock:
                self.log.self_filed.add(done["id"])
        if not channel:
            self.board.add(done["id"])
        return done["id"]

    def carry_on(self, case_id: str) -> None:
        """Whatever comes next in this case, by whose turn it is."""
        if self.rng.random() < 0.12:
            self.talk(case_id)
            return
        seen = self.request("GET", f"/api/cases/{case_id}", "zhang.min")
        if seen is None or not seen.is_success:
            self.log.wrong.append(f"case {case_id} cannot be read: {seen and seen.text[:300]}")
            return
        course = seen.json()
        step = getattr(self, f"_{course['case']['step']}", None)
        if step is None:
            self.board.drop(case_id)
        else:
            step(case_id, course)

    def talk(self, case_id: str) -> None:
        if self.rng.random() < 0.5:
            body = {"case_id": case_id, "id": str(new_id()), "text": f"已联系 {self.rng.random()}", "mentions": []}
            self.command(self.rng.choice(("zhang.min", "chen.jie", "sun.lan")), "/comment", body)
        else:
            self.command("zhang.min", "/urge", {"case_id": case_id})

    def _reported(self, case_id: str, course: dict[str, Any]) -> None:
        dice = self.rng.random()
        if dice < 0.15 and course["case"]["checker_id"] is None:
            self.command(
                "zhang.min", "/ask-check", {"case_id": case_id, "inspector_id": self.fleet.people["wang.lei"].id}
            )
        elif dice < 0.2:
            self.command("li.qing", "/decline", {"case_id": case_id, "reason": "不属于受理范围"})
        else:
            self.command(self.rng.choice(("zhang.min", "li.qing")), "/accept", {"case_id": case_id})

    def _checking(self, case_id: str, _: dict[str, Any]) -> None:
        photos = self.upload("wang.lei", "check")
        body = {"case_id": case_id, "found": True, "text": "属实", "lon": self.lon, "lat": self.lat, "photos": photos}
        self.command("wang.lei", "/answer-check", body)

    def _accepted(self, case_id: str, _: dict[str, Any]) -> None:
        self.command("zhang.min", "/file", {"case_id": case_id, "condition_id": self.fleet.condition})

    def _filed(self, case_id: str, _: dict[str, Any]) -> None:
        first, second = self.rng.sample(sorted(HANDLERS), 2)
        assists = [{"unit_id": str(world.unit(second))}] if self.rng.random() < 0.3 else []
        body = {
            "case_id": case_id,
            "lead": {"unit_id": str(world.unit(first))},
            "assists": assists,
            "reason": "按权责清单",
        }
        self.command("chen.jie", "/dispatch", body)

    def _handling(self, case_id: str, course: dict[str, Any]) -> None:
        pending = [r for r in course["requests"] if r["granted"] is None]
        if pending and self.rng.random() < 0.7:
            body = {"case_id": case_id, "request_id": pending[0]["id"], "grant": self.rng.random() < 0.6}
            self.command("sun.lan" if pending[0]["kind"] == "suspend" else "chen.jie", "/decide", body)
            return
        if course["case"]["suspended_at"]:
            self.command("chen.jie", "/resume", {"case_id": case_id})
            return
        units = {str(world.unit(code)): login for code, login in HANDLERS.items()}
        mine = [o for o in course["orders"] if o["state"] in ("sent", "taken") and o["unit_id"] in units]
        if mine:
            order = self.rng.choice(mine)
            self.handle(units[order["unit_id"]], {"case_id": case_id, "order_id": order["id"]}, order)

    def handle(self, who: str, body: dict[str, Any], order: dict[str, Any]) -> None:
        dice = self.rng.random()
        if dice < 0.08 and order["lead"]:
            self.command(who, "/ask-bounce", {**body, "reason": "not_ours", "text": "非本单位职责"})
        elif dice < 0.13:
            self.command(who, "/ask-extension", {**body, "text": "需要吊车"})
        elif dice < 0.16:
            until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
            self.command(who, "/ask-suspension", {**body, "text": "需修缮立项", "until": until})
        elif order["state"] == "sent":
            self.command(who, "/take", body)
        else:
            self.command(who, "/finish", {**body, "result": "已清理", "photos": self.upload(who, "handled")})

    def _handled(self, case_id: str, _: dict[str, Any]) -> None:
        passed = self.rng.random() < 0.9
        body = {"case_id": case_id, "passed": passed, "text": "到场看过", "lon": self.lon, "lat": self.lat}
        self.command("gu.yan", "/verify", {**body, "photos": self.upload("gu.yan", "verified")})

    def _verified(self, case_id: str, _: dict[str, Any]) -> None:
        self.command("zhang.min", "/close", {"case_id": case_id, "close_condition": "清理干净"})


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return f"http {answer.status_code}"
