"""Settling inside a test's own transaction, and the facts that follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from world import Play
from yiwang.assess import actions

SETTLE = """
insert into ledger.leaf (position, subject_id, n, hash)
select (select count(*) from ledger.leaf) + row_number() over (order by e.at, e.n, e.subject_id) - 1, e.subject_id, e.n, e.hash
from ledger.entry e where not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
"""
"""As the settler would, had each act been a transaction of its own: here all are one, which no settler may look into."""


@pytest.fixture
def follow() -> Callable[..., None]:
    """Give every entry its position, then follow to the end, in batches of this size."""

    def go(play: Play, batch: int = 7) -> None:
        play.tx.conn.execute(SETTLE)
        while actions.follow(play.tx, batch=batch):
            pass

    return go
