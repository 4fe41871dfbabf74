"""The town: one for the worker, nothing in it is ever committed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import world
from conftest import own_server
from strangers.stage import Town, open_town
from yiwang.kit.db import Database, migrate
from yiwang.kit.limits import Limit


@pytest.fixture(autouse=True)
def _no_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares of an hour would be used up within seconds; tests/app/test_door.py and tests/cases/test_public.py look at them."""
    monkeypatch.setattr(Limit, "take", lambda self, key: None)


@pytest.fixture(scope="session")
def town(_ring: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """On a server of its own: its one transaction is open for minutes."""
    with own_server() as url:
        migrate(url)
        database = Database(url, size=2).open()
        world.build(database)
        database.close()
        with open_town(url, tmp_path_factory.mktemp("town")) as town:
            yield town
