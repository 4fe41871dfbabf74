"""The town: one for the worker, nothing in it is ever committed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import world
from strangers.stage import Town, open_town
from yiwang.kit import pg
from yiwang.kit.db import Database, migrate


@pytest.fixture(scope="session")
def town(_ring: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """On a server of its own: its one transaction is open for minutes, and as long as one is, no ledger of the same server
    settles (positions wait for the oldest writer), so that the tests of other workers would wait for it."""
    folder = Path(tempfile.mkdtemp(prefix="yw-town-"))
    folder.chmod(0o755)
    server = pg.start(folder)
    try:
        migrate(server.url)
        database = Database(server.url, size=2).open()
        world.build(database)
        database.close()
        with open_town(server.url, tmp_path_factory.mktemp("town")) as town:
            yield town
    finally:
        pg.release(server)
        if (pointer := folder / "pg-place").exists():
            shutil.rmtree(Path(pointer.read_text("utf-8").strip()), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
