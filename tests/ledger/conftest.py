"""A ledger of its own kind of event, so that these tests need no domain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from yiwang.kit.db import Database
from yiwang.kit.ids import named_id, new_id
from yiwang.ledger.actions import react_with, record
from yiwang.ledger.actions_settle import open_ledger, seal, settle_all
from yiwang.ledger.model import By, Event
from yiwang.ledger.model_proof import Head
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_sign import PrivateKey

WHO = By(named_id("test:王芳"), "inspector")


@dataclass(frozen=True)
class Noted(Event, name="test.noted", about="thing"):
    thing_id: UUID
    text: str

    def zh(self) -> str:
        return f"记录：{self.text}"

    def en(self) -> str:
        return f"noted: {self.text}"


class Ledger:
    """An opened ledger on a database of its own, with its key, and the owner's connection to tamper with it."""

    def __init__(self, db: Database, folder: Path, hash: str, signature: str) -> None:
        self.db, self.folder = db, folder
        with db.transaction() as tx:
            self.key: PrivateKey = open_ledger(tx, folder, name="test/ledger", hash=hash, signature=signature)

    def note(self, *subjects: UUID, text: str = "井盖缺失") -> None:
        """One transaction that appends one entry to each subject."""
        with self.db.transaction() as tx:
            for subject in subjects:
                record(tx, WHO, Noted(subject, text))

    def settle(self, limit: int = 5_000) -> None:
        """Settle until every committed entry has its position. Others may be writing in other
        databases of the same server, and their open transactions are waited for too: hence the patience."""
        until = time.monotonic() + 240
        while True:
            settle_all(self.db, limit)
            with self.db.transaction() as tx:
                row = tx.conn.execute(
                    "select (select count(*) from ledger.entry) - (select count(*) from ledger.leaf)"
                ).fetchone()
            if row == (0,):
                return
            assert time.monotonic() < until, f"{row} entries stay without position"
            time.sleep(0.02)

    def seal(self) -> Head:
        self.settle()
        with self.db.transaction() as tx:
            head = seal(tx, self.key)
        assert head is not None
        return head

    def owner(self) -> psycopg.Connection:
        return psycopg.connect(self.db.url, autocommit=True)

    def tamper(self, *statements: str) -> None:
        with self.owner() as conn:
            for sql in statements:
                assert conn.execute(sql.encode()).rowcount != 0, f"touched nothing: {sql}"


@pytest.fixture
def open_at(fresh_db: Database, tmp_path: Path) -> Iterator[Callable[..., Ledger]]:
    def make(hash: str = "sha256", signature: str = "ed25519") -> Ledger:
        react_with({}, DIGESTS[hash])
        return Ledger(fresh_db, tmp_path / "keys", hash, signature)

    yield make
    react_with({})


@pytest.fixture
def ledger(open_at: Callable[..., Ledger]) -> Ledger:
    return open_at()


@pytest.fixture
def subjects() -> list[UUID]:
    return [new_id() for _ in range(4)]
