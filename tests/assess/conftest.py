"""Settling inside a test's own transaction, and the facts that follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from world import Play
from yiwang.assess import actions
from yiwang.cases import actions_tally


@pytest.fixture
def follow() -> Callable[..., None]:
    """Give every entry its position, then follow to the end, in batches of this size; the tally of cases as well."""

    def go(play: Play, batch: int = 7) -> None:
        play.settle()
        while actions.follow(play.tx, batch=batch):
            pass
        while actions_tally.follow(play.tx, batch=batch):
            pass

    return go
