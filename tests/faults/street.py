"""The whole application over HTTP, in this process: what a person at a counter sees when something outside fails."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

import world
from invariants import broken
from yiwang.app import create_app
from yiwang.kit.ids import new_id
from yiwang.ledger.actions_verify import verify
from yiwang.wiring import System

SHADES = itertools.count(1)


class Street:
    """Zhang Min reports by telephone, Wang Lei with a photo."""

    def __init__(self, system: System, web: TestClient) -> None:
        self.system, self.web = system, web
        self.tokens: dict[str, tuple[str, str]] = {}
        self.told: list[str] = []
        """Cases that were acknowledged."""

    def sign_in(self, *logins: str) -> None:
        for login in logins:
            answer = self.web.post("/api/demo-sign-in", json={"login": login})
            assert answer.status_code == 200, answer.text
            self.tokens[login] = (self.web.cookies["yiwang_session"], answer.json()["csrf"])
            self.web.cookies.clear()

    def ask(self, method: str, path: str, login: str = "zhang.min", **content: Any) -> Response:
        session, csrf = self.tokens[login]
        headers = {"Cookie": f"yiwang_session={session}", "X-Yiwang-CSRF": csrf, **content.pop("headers", {})}
        return self.web.request(method, path, headers=headers, **content)

    def report(self, *photos: str, key: str = "", **more: Any) -> Response:
        body = {
            "id": str(new_id()), "channel": "patrol" if photos else "hotline", "description": "路边有一堆暴露垃圾",
            "matter_kind": "matter", "matter_code": "06010", "lon": world.SPOT[0], "lat": world.SPOT[1],
            "photos": [{"sha256": sha, "kind": "near"} for sha in photos], **more,
        }  # fmt: skip
        headers = {"Idempotency-Key": key} if key else {}
        login = "wang.lei" if photos else "zhang.min"
        answer = self.ask("POST", "/api/cases", login, json=body, headers=headers)
        if answer.status_code == 201:
            self.told.append(answer.json()["id"])
        return answer

    def upload(self) -> Response:
        n = next(SHADES)
        data = world.jpeg((n % 251, n // 251 % 251, 99), world.SPOT)
        return self.ask("POST", "/api/photos", "wang.lei", content=data)

    def ready(self) -> tuple[int, str]:
        """Status, and what is said to be wrong in Chinese. Whatever is wrong, the process is alive."""
        assert self.web.get("/healthz").status_code == 200
        answer = self.web.get("/readyz")
        return answer.status_code, " ".join(t["zh"] for t in answer.json()["troubles"])

    def demand_nothing_lost(self) -> None:
        """Every acknowledged case is there with its course, the ledger verifies, the invariants hold."""
        world.settle(self.system.database)
        with self.system.database.transaction() as tx:
            found = verify(tx)
            assert found.ok, found.fault
            ids = {str(i) for (i,) in tx.conn.execute("select subject_id from ledger.entry where n = 1").fetchall()}
            assert set(self.told) <= ids and self.told
            assert broken(tx.conn) == {}


@contextmanager
def open_street(system: System, *, with_jobs: bool = True) -> Iterator[Street]:
    client = TestClient(
        create_app(system, with_jobs=with_jobs), base_url="http://127.0.0.1", raise_server_exceptions=False
    )
    with client as web:
        street = Street(system, web)
        street.sign_in("zhang.min", "wang.lei")
        yield street


def demand(answer: Response, status: int, *codes: str) -> dict[str, Any]:
    """The refusal as a user gets it: status, stable code, words in both languages; when it is our trouble, when to come back."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] in codes, error
    assert re.search(r"[\u4e00-\u9fff]", error["zh"]) and error["en"]
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
    return error


def wait(until: Callable[[], Any], seconds: float = 60) -> Any:
    """Its first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := until():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come back by itself")


@contextmanager
def small_disk(size: str = "8m") -> Iterator[Path]:
    """A disk of its own, in memory, that can be filled; everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ywd"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("this machine does not let us mount a small disk (root can)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """To the last byte."""
    path = disk / "ballast"
    with path.open("wb", buffering=0) as file:
        for piece in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(piece)):
                    pass
            except OSError:
                pass
    try:
        yield
    finally:
        path.unlink()
