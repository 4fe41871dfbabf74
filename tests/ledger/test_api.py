"""What anyone may ask of the ledger, and the jobs that make it."""

from __future__ import annotations

import time
from base64 import b64decode
from hashlib import sha256
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.kit.jobs import Runner
from yiwang.kit.web import install_errors
from yiwang.ledger import api, rules_merkle
from yiwang.ledger.jobs import periodic
from yiwang.ledger.rules_sign import PublicKey, is_sealed, read_note

from .conftest import Ledger


@pytest.fixture
def client(ledger: Ledger) -> TestClient:
    app = FastAPI()
    app.include_router(api.routes)
    install_errors(app)
    return TestClient(app)


def test_anyone_can_follow_the_heads(ledger: Ledger, client: TestClient, subjects: list[UUID]):
    assert client.get("/api/ledger/head").status_code == 404
    assert client.get("/api/ledger/heads").json() == []
    for _ in range(3):
        ledger.note(*subjects)
        ledger.seal()
    heads = client.get("/api/ledger/heads").json()
    assert [h["size"] for h in heads] == [4, 8, 12]
    assert client.get("/api/ledger/head").json() == heads[-1]
    assert client.get("/api/ledger/heads", params={"after": 4, "limit": 1}).json() == heads[1:2]

    keys = [PublicKey.parse(k["public"]) for k in client.get("/api/ledger/keys").json()]
    for head in heads:
        origin, read = read_note(head["note"], keys)
        assert is_sealed(origin, read, keys[0])
        assert (read.size, b64decode(head["root"]), read.previous) == (head["size"], read.root, head["previous"])
    proof = client.get("/api/ledger/consistency", params={"from": 4, "to": 12}).json()
    path = [b64decode(p) for p in proof["proof"]]
    roots = [b64decode(h["root"]) for h in heads]
    assert rules_merkle.is_consistent(lambda d: sha256(d).digest(), 4, 12, path, roots[0], roots[2])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("consistency?from=2&to=1", 422),
        ("consistency?from=0&to=1", 422),
        ("consistency?from=1&to=99", 422),
        ("consistency?from=x&to=1", 422),
        ("consistency", 422),
        (f"consistency?from=1&to={2**64}", 422),
        (f"heads?after={2**64}", 422),
        ("heads?limit=0", 422),
    ],
)
def test_bad_questions_are_answered_in_words(client: TestClient, path: str, status: int):
    answer = client.get(f"/api/ledger/{path}")
    assert answer.status_code == status
    assert answer.json()["error"]["zh"]


def test_the_jobs_settle_and_seal(ledger: Ledger, client: TestClient, subjects: list[UUID]):
    runner = Runner(ledger.db, periodic(ledger.key, ledger.folder, settle_every=0.01, seal_every=0.02))
    runner.start()
    try:
        for i in (1, 2):
            ledger.note(*subjects)
            until = time.monotonic() + 20
            while client.get("/api/ledger/head").json().get("size") != 4 * i:
                assert time.monotonic() < until
                time.sleep(0.02)
        time.sleep(0.1)
        heads = client.get("/api/ledger/heads").json()
        assert heads[-1]["size"] == 8
        assert len({h["size"] for h in heads}) == len(heads), "nothing new, nothing signed"
    finally:
        runner.stop()
