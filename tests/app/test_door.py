"""The door: headers on every answer, limits on what comes in, whose word on the client counts, and nothing fetched outwards."""

from __future__ import annotations

import ast
import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

import world
from house import ROOT, sources
from yiwang import wiring
from yiwang.app import ROUTERS, _behind_proxies, create_app
from yiwang.cases.model_commands import Contact
from yiwang.kit import door, logs
from yiwang.kit.db import Database
from yiwang.kit.door import Door, Guarded
from yiwang.kit.errors import TooMany
from yiwang.kit.ids import new_id
from yiwang.kit.limits import Limit
from yiwang.network.actions_limits import EXPORTS, Limits, limited
from yiwang.network.actions_session import current_actor
from yiwang.network.model import Actor, Post, PostKind
from yiwang.settings import Settings
from yiwang.wiring import System

OUTWARDS = {"requests", "httpx", "aiohttp", "urllib3", "http.client", "urllib.request", "socket", "ftplib", "smtplib"}
MAY_CONNECT = {
    "ledger/actions_witness.py": "heads go up to the one address that the operator's setting names",
    "kit/sms.py": "text messages go to the one gateway that the operator's setting names",
    "kit/push.py": "where browsers are told: https to the public network alone (tests/kit/test_push.py)",
    "desk/tianditu.py": "map tiles from the hosts it names itself; nothing of an address comes from outside",
    "kit/pg.py": "is the bundled server there",
    "kit/pg_place.py": "how long a socket's path may be",
}
STRICT = ("'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*")


@pytest.fixture
def system(world_db: Database, tmp_path: Path) -> System:
    return wiring.assemble(Settings(data=str(tmp_path), demo="1"), world_db, world_db.url)


def open_web(system: System, **more: Any) -> TestClient:
    app = create_app(system, with_jobs=False)

    @app.post("/api/fails")
    def fails() -> None:
        raise ZeroDivisionError("a fault of ours")

    return TestClient(app, raise_server_exceptions=False, **more)


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    with open_web(system) as client:
        yield client


def sign_in(web: TestClient, login: str) -> None:
    web.headers["X-Yiwang-CSRF"] = web.post("/api/demo-sign-in", json={"login": login}).json()["csrf"]


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_carries_the_headers_faults_too(web: TestClient) -> None:
    fault = web.post("/api/fails")
    assert fault.status_code == 500 and fault.json()["error"]["code"] == "fault"
    for answer in (fault, *(web.get(p) for p in ("/", "/healthz", "/api/none", "/api/me", "/api/openapi.json"))):
        told = answer.headers
        for name, value in door.HEADERS.items():
            assert told[name.decode()] == value.decode(), (answer.url, name)
        assert "strict-transport-security" not in told, "never over plain http"
        assert "server" not in told
    assert web.get("/api/me").headers["cache-control"] == "no-store"


def test_the_policy_is_strict() -> None:
    parts = dict(p.strip().split(" ", 1) for p in door.CSP.split(";"))
    assert parts["default-src"] == "'none'" and parts["frame-ancestors"] == "'none'"
    assert not any(loose in parts["script-src"] or loose in parts["style-src"] for loose in STRICT)
    assert parts["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert parts["media-src"] == "blob:", "voice notes, which the page has fetched or recorded itself"


def test_only_the_phones_pages_see_and_hear(web: TestClient) -> None:
    for path, may in (("/field/", True), ("/field/none", True), ("/", False), ("/public/", False), ("/api/me", False)):
        told = web.get(path).headers["permissions-policy"].split(", ")
        for sense in ("camera", "microphone"):
            assert f"{sense}={'(self)' if may else '()'}" in told, path


def test_https_is_kept_to_once_used(system: System) -> None:
    with open_web(system, base_url="https://testserver") as web:
        assert web.get("/healthz").headers["strict-transport-security"].startswith("max-age=31536000")
        cookie = web.post("/api/demo-sign-in", json={"login": "zhang.min"}).headers["set-cookie"].lower()
        assert "; secure" in cookie and "; httponly" in cookie and "samesite=strict" in cookie


# ── whose word counts ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address", "scheme"),
    [
        ("", "10.0.0.1", "6.6.6.6", "10.0.0.1", "http"),
        ("", "127.0.0.1", "6.6.6.6", "127.0.0.1", "http"),
        ("10.0.0.0/8", "203.0.113.9", "6.6.6.6", "203.0.113.9", "http"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9", "203.0.113.9", "https"),
        ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9", "https"),
    ],
)
def test_only_trusted_proxies_say_who_the_client_is(
    trusted: str, peer: str, forwarded: str, address: str, scheme: str
) -> None:
    app = FastAPI()

    @app.get("/who")
    def who(request: Request) -> list[str]:
        return [request.client.host if request.client else "", request.url.scheme]

    client = TestClient(_behind_proxies(app, trusted), client=(peer, 1234))
    said = client.get("/who", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}).json()
    assert said == [address, scheme]


# ── in ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_what_is_too_large_is_refused(web: TestClient) -> None:
    large = b"x" * (door.MOST_BYTES + 1)
    assert code(web.post("/api/sign-in", content=large)) == (413, "request.too_large")

    def pieces() -> Iterator[bytes]:  # no Content-Length to believe
        for _ in range(20):
            yield b"x" * 100_000

    assert code(web.post("/api/sign-in", content=pieces())) == (413, "request.too_large")
    sign_in(web, "wang.lei")
    assert code(web.post("/api/photos", content=b"\xff\xd8" + bytes(2 * door.MOST_BYTES)))[0] == 422, (
        "photos are larger"
    )
    assert code(web.post("/api/voices", content=b"\x1a\x45" + bytes(door.MOST_BYTES)))[0] == 422, "voice notes too"
    assert code(web.post("/api/voices", content=bytes(4 * door.MOST_BYTES))) == (413, "request.too_large")
    assert code(web.get("/healthz", headers={"x-long": "y" * 40_000})) == (431, "request.headers")
    assert code(web.get("/healthz", headers={f"x-{n}": "y" for n in range(120)})) == (431, "request.headers")
    answer = web.post("/api/sign-in", content=large)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PATIENCE", 0.2)
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass
        seen.append(message["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def drip() -> AsyncIterator[dict[str, Any]]:
        while True:
            yield {"type": "http.request", "body": b"x", "more_body": True}
            await asyncio.sleep(0.05)

    async def hang() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"x", "more_body": True}
        await asyncio.sleep(30)

    async def ask(source: AsyncIterator[dict[str, Any]]) -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/x", "headers": [], "scheme": "http"}
        await asyncio.wait_for(Door(app, {}, "/field/")(scope, source.__anext__, send), 10)  # type: ignore[arg-type]
        return [m["status"] for m in sent if m["type"] == "http.response.start"]  # type: ignore[return-value]

    assert asyncio.run(ask(drip())) == [408]
    assert asyncio.run(ask(hang())) == [408]
    assert seen == ["http.disconnect"] * 2


def test_headers_that_drip_hold_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    config = uvicorn.Config(app, port=port, http=Guarded, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)

    def talk(*parts: bytes, pause: float = 0.0) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as talking:
            try:
                for part in parts:
                    talking.sendall(part)
                    time.sleep(pause)
                return talking.recv(1000)
            except OSError:
                return b""

    try:
        whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert talk(whole).startswith(b"HTTP/1.1 204")
        assert talk(b"GET / HTTP/1.1\r\nHost: x\r\n") == b"", "closed without an answer"
        assert talk() == b"", "who says nothing is not waited for"
        assert talk(b"GET / HTTP/1.1\r\nX: ", b"y" * (door.HEAD_BYTES + 10)).startswith(b"HTTP/1.1 400")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as kept:
            for _ in range(3):  # one connection, several requests
                kept.sendall(whole)
                assert kept.recv(1000).startswith(b"HTTP/1.1 204")
                time.sleep(0.2)
    finally:
        server.should_exit = True
        thread.join(10)


def test_shares_are_counted_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limit = Limit(3, 60)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooMany) as caught:
        limit.take("a")
    assert caught.value.detail["seconds"] == 20
    limit.take("b")
    now[0] += 20
    limit.take("a")
    with pytest.raises(TooMany):
        limit.take("a")
    now[0] += 3600
    for _ in range(3):
        limit.take("a")


def test_the_public_and_staff_have_shares_of_their_own() -> None:
    app = FastAPI()
    public, staff = Actor(new_id(), ""), Actor(new_id(), "", (Post(new_id(), PostKind.operator, new_id(), "C"),))
    acting = [public]
    app.dependency_overrides[current_actor] = lambda: acting[0]

    @app.post("/x", dependencies=[Depends(limited(Limits(public=2, address=3, staff=None)))])
    def x() -> None: ...

    client = TestClient(app, raise_server_exceptions=False)
    assert [client.post("/x").status_code for _ in range(3)] == [200, 200, 500]
    acting[0] = Actor(new_id(), "")  # another account at the same address
    assert [client.post("/x").status_code for _ in range(2)] == [200, 500]
    acting[0] = staff
    assert {client.post("/x").status_code for _ in range(9)} == {200}
    for path in ("/api/cases", "/api/photos", "/api/voices", "/api/duty/positions", "/api/push/subscribe"):
        (route,) = [r for one in ROUTERS for r in one.routes if r.path == path and "POST" in r.methods]  # type: ignore[attr-defined]
        asked = [getattr(d.dependency, "__qualname__", "") for d in route.dependencies]  # type: ignore[attr-defined]
        assert "limited.<locals>.count" in asked, path


# ── elsewhere ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    ["/assets/../app.py", "/assets/..%2f..%2fapp.py", "/assets/%2e%2e/%2e%2e/settings.py", "/assets//etc/passwd",
     "/assets/..\\..\\app.py", "/api/photos/..%2f..%2fkeys%2fpersonal", "/api/photos/%2e%2e", "/tiles/../../keys/personal.mvt",
     "/tiles/1/2/..%2f3.mvt", "/../../../etc/passwd", "/assets/%00"],
)  # fmt: skip
def test_no_path_leads_out(web: TestClient, system: System, path: str) -> None:
    sign_in(web, "zhang.min")
    answer = web.get(path)
    assert answer.status_code in (400, 404, 405, 422), path
    key = (system.settings.folder / "keys" / "personal").read_text("utf-8").split()[-1]
    assert key not in answer.text and "root:" not in answer.text and "from __future__" not in answer.text


def imports(code: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return found


def test_nothing_is_fetched_from_an_address_that_somebody_gave() -> None:
    """SSRF: the program makes no request outwards but by these files; where photos lie (obstore) is the operator's setting alone."""
    found = {p: bad for p, text in sources().items() if (bad := imports(ast.parse(text)) & OUTWARDS)}
    assert {p: bad for p, bad in found.items() if p not in MAY_CONNECT} == {}
    assert imports(ast.parse("import httpx\nfrom urllib import request")) & OUTWARDS == {"httpx", "urllib.request"}
    opened = [p for p, text in sources().items() if "from_url(" in text and p != "kit/files.py"]
    assert opened == [] and "settings.files_url" in sources()["wiring.py"]


# ── what is logged ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_secret_reaches_the_log(web: TestClient, system: System, caplog: pytest.LogCaptureFixture) -> None:
    """Signing in, failing, seeing data in clear, uploading, a fault in the middle: none of it in any line, even before
    the log is blackened."""
    caplog.set_level(logging.DEBUG)
    with system.database.transaction() as tx:
        case = world.Play(tx).report(contact=Contact("周阿姨", "13800001111"))
    web.post("/api/sign-in", json={"login": "zhang.min", "password": "wrong-horse-77"})
    sign_in(web, "zhang.min")
    ask = {"case_id": str(case.id), "report_id": str(case.id), "purpose": "callback", "words": "回访"}
    assert web.post("/api/cases/unmask-contact", json=ask).json()["phone"] == "13800001111"
    web.post("/api/photos", content=world.jpeg())
    assert web.post("/api/fails", json={"password": "wrong-horse-77"}).status_code == 500
    web.post("/api/cases", json={"contact": {"name": "周阿姨", "phone": "13800001111"}})
    key = (system.settings.folder / "keys" / "personal").read_text("utf-8").split()[-1]
    secrets = [
        "wrong-horse-77",
        "周阿姨",
        "13800001111",
        key,
        web.cookies["yiwang_session"],
        web.headers["X-Yiwang-CSRF"],
    ]
    assert "fault" in caplog.text
    assert [s for s in secrets if s in caplog.text] == []


@pytest.mark.parametrize(
    "line",
    ["token ywt_SECRETSECRETSECRET", "Cookie: yiwang_session=SECRETSECRET; x=1", "Authorization: Bearer SECRET.SECRET",
     "{'password': 'SECRET', 'login': 'li'}", "SignIn(login='li', password='SECRET')", "secret=SECRET",
     "postgresql://yiwang:SECRET@localhost/yiwang", "aes256 SECRETSECRETSECRETSECRETSECRET=", "otpauth://totp/SECRET",
     "PRIVATE+KEY+SECRET+SECRET", '"csrf": "SECRET"', "call 13812345678", "call +8613812345678",
     "id 31010119900101123X"],
)  # fmt: skip
def test_whatever_slips_into_a_line_is_blackened(line: str) -> None:
    blackened = logs.blacken(line)
    assert "SECRET" not in blackened and "13812345678" not in blackened and "1990" not in blackened
    assert logs.HIDDEN in blackened


def test_what_is_no_secret_stays(caplog: pytest.LogCaptureFixture) -> None:
    plain = "case 019ab0a2-5c00-7000-8000-000000000001 at 2026-11-22 05:06:07 took 1380000 rows, sha 13800001111abc"
    assert logs.blacken(plain) == plain
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "it broke", None, None)
    try:
        raise ValueError("password='SECRET'")
    except ValueError as fault:
        record.exc_info = (type(fault), fault, fault.__traceback__)
    text = logs.Blackened(logs.FORMAT).format(record)
    assert "ValueError" in text and "password=***" in text
    assert "logs.start_logging()" in (ROOT / "src/yiwang/cli.py").read_text("utf-8")


def test_every_export_is_limited() -> None:
    """A file costs a read of all there is: nobody takes one after another."""
    exports = [
        route
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods and "/export" in route.path
    ]
    assert len(exports) >= 8, "the routes were not found"
    kind = EXPORTS.dependency.__qualname__
    free = [r.path for r in exports if kind not in {getattr(d.dependency, "__qualname__", "") for d in r.dependencies}]
    assert free == []
