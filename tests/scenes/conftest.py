"""The scenes as the program knows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yiwang import wiring
from yiwang.register import rules


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    before = rules.kinds().values()
    rules.know(kind for scene in wiring.SCENES for kind in scene.kinds)
    yield
    rules.know(before)
