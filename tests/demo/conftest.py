"""The demonstration street: loaded once, its day played once; each test that changes something has a copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import Databases, own_server
from yiwang import demo, wiring
from yiwang.kit import clock
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.ledger import actions as ledger
from yiwang.settings import Settings
from yiwang.wiring import System


@dataclass(frozen=True)
class Street:
    """Names of two databases to copy: with the pack loaded, and with the day played; and what playing it took."""

    loaded: str
    played: str
    cpu_seconds: float
    came_to: demo.Played


@contextmanager
def system(databases: Databases, name: str, folder: Path) -> Iterator[System]:
    database = Database(databases.url(name), size=6).open()
    try:
        yield wiring.assemble(Settings(data=str(folder), demo="1"), database, database.url)
    finally:
        ledger.react_with({})
        kit_db.use(None)
        database.close()


@pytest.fixture(scope="session")
def databases(worker_id: str) -> Iterator[Databases]:
    """On a server of their own: the day is one transaction of many seconds, for which every other ledger would wait."""
    with own_server() as url:
        yield Databases(url, worker_id)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def street(databases: Databases, folder: Path) -> Street:
    loaded = databases.create(databases.template)
    now, began = clock.now(), time.process_time()
    with system(databases, loaded, folder) as running:
        demo.load_street(running, now)
    played = databases.create(loaded)
    with system(databases, played, folder) as running:
        with running.database.transaction() as tx:
            came_to = demo.play_day(tx, running, now)
        took = time.process_time() - began
        demo.prepare(running)  # finds the day played, and settles nothing anew
    return Street(loaded, played, took, came_to)


Opened = Callable[[str], System]


@pytest.fixture
def opened(databases: Databases, folder: Path) -> Iterator[Opened]:
    """Opens a copy of a database of the street's as a system of the test's own."""
    running: list[tuple[Any, str]] = []

    def open_copy(template: str) -> System:
        name = databases.create(template)
        manager = system(databases, name, folder)
        running.append((manager, name))
        return manager.__enter__()

    yield open_copy
    for manager, name in reversed(running):
        manager.__exit__(None, None, None)
        databases.drop(name)
