"""The stage: 14 posts in five places around one street, cases at every step, and two ways to ask: over the real edge
(ASGI, cookies, tokens) and straight at the actions. All in one transaction; every question is undone after it.

The subject of every question belongs to one unit, the street `HERE`. Who asks stands to it as
`own` (a post in that very unit), `sibling` (the next street), `upper` (the district), `lower` (a neighbourhood of the
street) or `helping` (a third street, to which the case's assisting order went).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import obstore
import psycopg
from argon2 import PasswordHasher
from fastapi import FastAPI

import world
from strangers import cases, subjects
from strangers.places import (
    HERE,
    NEXT_GRID,
    NOW,
    OTHERS,
    PASSWORD,
    TOKENS,
    UNPROVEN,
    people,
    person,
    secret,
    token_secret,
)
from strangers.residents import make_public
from yiwang import wiring
from yiwang.app import create_app
from yiwang.assess.actions import catch_up
from yiwang.cases.queries import list_audience
from yiwang.desk import live, live_rooms
from yiwang.kit import clock, db
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Problem
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.ledger import actions as ledger
from yiwang.ledger.actions_settle import seal
from yiwang.ledger.queries import count_settled
from yiwang.network import rules_access, store_access
from yiwang.network.actions_people import add_person, grant_post, revoke_post
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import AddPerson, GrantPost, RevokePost
from yiwang.network.queries_actor import get_actor
from yiwang.settings import Settings


@dataclass(frozen=True)
class Answer:
    """An answer as it leaves: what of it can be told apart by whoever gets it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def code(self) -> str:
        try:
            return json.loads(self.body)["error"]["code"] if self.status >= 400 else ""
        except (ValueError, KeyError, TypeError):
            return ""


class Stage(Database):
    """A database of one connection whose every transaction is a savepoint of the one around it."""

    def __init__(self, conn: psycopg.Connection[Any], url: str) -> None:
        self.conn, self.url = conn, url

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        yield self.conn

    def close(self) -> None:
        pass


@dataclass
class Town:
    """Who stands where. `names` are the ids that requests speak of: one subject of each kind, all of `HERE`."""

    stage: Stage
    app: FastAPI
    loop: asyncio.AbstractEventLoop
    names: dict[str, Any] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    seen: dict[tuple[str, str], bool] = field(default_factory=dict)
    nothing: dict[tuple[str, str], Any] = field(default_factory=dict)

    def tx(self) -> Tx:
        return Tx(self.stage.conn, clock.now())

    @contextmanager
    def undone(self) -> Iterator[Tx]:
        """Everything inside is undone: back to the one savepoint, in one exchange (there are tens of thousands)."""
        try:
            yield self.tx()
        finally:
            self.undo()

    def undo(self) -> None:
        self.stage.conn.pgconn.exec_(b"rollback to savepoint stage")

    def here(self, asking: Callable[[], Answer]) -> Answer:
        """A question in the midst of something that is to stay for the next one."""
        self.stage.conn.pgconn.exec_(b"savepoint here")
        try:
            return asking()
        finally:
            self.stage.conn.pgconn.exec_(b"rollback to savepoint here")

    def may_hear(self, tx: Tx, scope: Scope, case_id: UUID) -> bool:
        """Would the live feed tell somebody with this scope of the case?"""
        return live.may_hear(scope, list_audience(tx, [case_id])[0])

    def act(self, action: Callable[[Tx, Actor, Any], Any], actor: Actor, command: Any) -> Problem | None:
        """None: it was done. Straight at the action; undone at once."""
        with self.undone() as tx:
            try:
                action(tx, actor, command)
                _ = tx.conn  # what waits is written
            except Problem as problem:
                return problem
        return None

    def ask(
        self, who: str | None, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None, key: UUID | None = None, undo: bool = True,
        headers: tuple[tuple[str, str], ...] = (), raw_query: str | None = None,
    ) -> Answer:  # fmt: skip
        """Over the edge, as somebody (a login; `token:…`; None: nobody)."""
        sent: list[tuple[bytes, bytes]] = [
            (b"host", b"test"),
            *((k.lower().encode(), v.encode("latin-1", "replace")) for k, v in headers),
        ]
        if who and who.startswith("token:"):
            sent.append((b"authorization", f"Bearer {token_secret(who)}".encode()))
        elif who:
            sent.append((b"cookie", f"{rules_access.COOKIE}={secret(who)}".encode()))
            sent.append((rules_access.CSRF_HEADER.lower().encode(), rules_access.csrf_of(secret(who)).encode()))
        if key:
            sent.append((b"idempotency-key", str(key).encode()))
        data = b""
        if files is not None:
            data, kind = multipart(files)
            sent.append((b"content-type", kind))
        elif isinstance(body, bytes):
            data = body
        elif body is not None:
            data = json.dumps(body).encode()
            sent.append((b"content-type", b"application/json"))
        text = urlencode(query or {}, doseq=True) if raw_query is None else raw_query
        answer = self.loop.run_until_complete(call(self.app, method, path, text, sent, data))
        if undo:
            self.undo()
        return answer


def multipart(parts: dict[str, Any]) -> tuple[bytes, bytes]:
    """A form; a part that is (file name, bytes) is a file."""
    edge, out = b"----strangers", b""
    for name, value in parts.items():
        head = f'Content-Disposition: form-data; name="{name}"'
        if isinstance(value, tuple):
            head += f'; filename="{value[0]}"\r\nContent-Type: application/octet-stream'
            value = value[1]
        out += b"--" + edge + b"\r\n" + head.encode() + b"\r\n\r\n"
        out += (value if isinstance(value, bytes) else str(value).encode()) + b"\r\n"
    return out + b"--" + edge + b"--\r\n", b"multipart/form-data; boundary=" + edge


async def call(
    app: FastAPI, method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> Answer:
    """One request, without a client between: thousands of them are asked."""
    start: dict[str, Any] = {}
    got = bytearray()
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.sleep(30)
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            got.extend(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode("utf-8", "replace"), "query_string": query.encode("utf-8", "replace"), "root_path": "", "scheme": "http",
        "headers": [*headers, (b"content-length", str(len(body)).encode())], "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }  # fmt: skip
    try:
        await app(scope, receive, send)
    except Exception:
        if not start:  # the handler of last resort has answered already, and starlette raises again
            raise
    kept = tuple((k.decode(), v.decode()) for k, v in start["headers"])
    return Answer(start["status"], kept, bytes(got))


def populate(tx: Tx) -> None:
    """Everyone, signed in."""
    for login in (*people(), *OTHERS):
        add_person(tx, world.SETUP, AddPerson(person(login), login, f"某{login}", "13800000000"))
    held = {**people(), **dict.fromkeys(("checker", "subject", "retired", "next_grid"), (PostKind.inspector, HERE))}
    for login, (kind, code) in {**held, "asker": (PostKind.handler, HERE)}.items():
        grids = (named_id(f"duty:{NEXT_GRID}"),) if login == "next_grid" else ()
        cmd = GrantPost(named_id(f"post:{login}"), person(login), kind, world.unit(code), grids, world.LONG_AGO)
        grant_post(tx, world.SETUP, cmd)
    revoke_post(tx, world.SETUP, RevokePost(named_id("post:retired")))
    for login in (*people(), *OTHERS):  # after their posts: a change of posts signs people out
        store_access.ADD_SESSION.one(
            tx, id=named_id(f"session:{login}"), hash=rules_access.digest(secret(login)), person_id=person(login),
            device="test", address="127.0.0.1", proven="infinity",
        )  # fmt: skip
    for who, login in UNPROVEN.items():
        store_access.ADD_SESSION.one(
            tx, id=named_id(f"session:{who}"), hash=rules_access.digest(secret(who)), person_id=person(login),
            device="test", address="127.0.0.1", proven=None,
        )  # fmt: skip
    for name, (login, acts) in TOKENS.items():
        store_access.ADD_TOKEN.run(
            tx, id=named_id(name), hash=rules_access.digest(token_secret(name)), person_id=person(login), name=name,
            acts=list(acts), unit_id=None, created_by=world.SETUP.id, expires_at=NOW + timedelta(days=900),
        )  # fmt: skip


@contextmanager
def open_town(url: str, folder: Path) -> Iterator[Town]:
    """Populate a copy of the named world (committed, settled, sealed), then play on it in a transaction that is not."""
    settings = Settings(data=str(folder), demo="1", origin="http://test", push_local="1")
    system = wiring.assemble(settings, Database(url, size=2).open(), url)
    slow, rules_access.hasher = rules_access.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    rules_access.hash_of_nobody.cache_clear()  # remembered from tests with another one
    names = build(system)
    app = create_app(system, with_jobs=False)
    loop = asyncio.new_event_loop()
    with clock.at(NOW), system.database.pool.connection() as conn, conn.transaction(force_rollback=True):
        conn.execute("savepoint stage")
        stage = Stage(conn, url)
        db.use(stage)
        app.state.basemap, app.state.hub, app.state.checks = None, live.make_hub(stage), ()
        app.state.room_hub = live_rooms.make_hub(stage)
        for hub in (app.state.hub, app.state.room_hub):
            hub.last = count_settled(Tx(conn, NOW)) - 1
            hub.close()  # a stream then says what there is, and ends
        logins = (*people(), *OTHERS)
        actors = {login: get_actor(Tx(conn, NOW), person(login)) for login in logins}
        try:
            yield Town(stage, app, loop, names, actors)
        finally:
            ledger.react_with({})
            db.use(None)
            rules_access.hasher = slow
            rules_access.hash_of_nobody.cache_clear()
            loop.close()
    system.database.close()


def build(system: wiring.System) -> dict[str, Any]:
    with clock.at(NOW - timedelta(hours=5)), system.database.transaction() as tx:
        populate(tx)
        names: dict[str, Any] = {"cases": cases.make_cases(tx)}
        names |= subjects.make_others(tx, [*people(), *OTHERS])
        names |= make_public(tx, system.store)
        for sha in (names["sha256"], subjects.ROOM_PHOTO, subjects.THING_PHOTO):
            obstore.put(system.store, f"{sha[:2]}/{sha}", world.jpeg("navy"))
        obstore.put(system.store, f"{cases.VOICE[:2]}/{cases.VOICE}", cases.SPOKEN)
        hashed = rules_access.hash_password(PASSWORD)
        for login in (*people(), *OTHERS):
            store_access.PUT_PASSWORD.run(tx, person_id=person(login), hash=hashed)
    world.settle(system.database)
    catch_up(system.database)
    with system.database.transaction() as tx:
        seal(tx, system.key)
    return names
