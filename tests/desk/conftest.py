"""The desk as it runs: the real application over the named world, in a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import world
from yiwang import wiring
from yiwang.app import create_app
from yiwang.kit import clock
from yiwang.kit.db import Database
from yiwang.ledger.actions_settle import seal
from yiwang.settings import Settings
from yiwang.wiring import System


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all, so that the base map is cut once."""
    return tmp_path_factory.mktemp("desk")


@pytest.fixture
def at_noon() -> Iterator[None]:
    with clock.at(world.NOON):
        yield


@pytest.fixture
def system(world_db: Database, data: Path) -> System:
    return wiring.assemble(Settings(data=str(data), demo="1"), world_db, world_db.url)


@pytest.fixture
def street(system: System) -> Database:
    """The named world's database, its ledger open."""
    return system.database


@pytest.fixture
def settle() -> Callable[[Database], int]:
    return world.settle


class Desk:
    """A browser's side of it, and people who act behind its back."""

    def __init__(self, system: System, client: TestClient) -> None:
        self.system, self.client = system, client

    def sign_in(self, login: str) -> Desk:
        answer = self.client.post("/api/demo-sign-in", json={"login": login})
        assert answer.status_code == 200, answer.text
        return self

    def get(self, path: str, status: int = 200, **params: object) -> dict:
        answer = self.client.get(path, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    def settle(self) -> None:
        """What the jobs do every beat: give positions, sign a head."""
        world.settle(self.system.database)
        with self.system.database.transaction() as tx:
            seal(tx, self.system.key)


@pytest.fixture
def desk(system: System, at_noon: None) -> Iterator[Desk]:
    with TestClient(create_app(system, with_jobs=False)) as client:
        yield Desk(system, client)
