"""The town: one for the worker, nothing in it is ever committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from strangers.stage import Town, open_town


@pytest.fixture(scope="session")
def town(databases, world_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    name = databases.create(world_template)
    with open_town(databases.url(name), tmp_path_factory.mktemp("town")) as town:
        yield town
