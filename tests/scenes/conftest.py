"""The scenes as the program knows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scenes.house import build_house
from world import Play
from yiwang import wiring
from yiwang.register import rules


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    before = rules.kinds().values()
    rules.know(kind for scene in wiring.SCENES for kind in scene.kinds)
    yield
    rules.know(before)


@pytest.fixture
def homes(play: Play) -> Play:
    return build_house(play)
