"""The tally follows the settled ledger: whatever has entries since is counted anew, as it now stands."""

from __future__ import annotations

from functools import partial

from yiwang.cases import store_tally
from yiwang.kit.db import Database, Tx
from yiwang.kit.jobs import to_the_end
from yiwang.ledger.queries import count_settled, list_subjects

BATCH = 5000
"""Entries a transaction: some tenths of a second, so that the feed is never held back."""


def follow(tx: Tx, *, batch: int = BATCH) -> int:
    """One batch; answers with how many entries were followed, and cases counted anew without one: they have become late,
    or others see them. 0 when nothing is left, or another process is at it.

    A case may by now have entries beyond the batch: it is counted as it stands, and once more when they are read. What
    counts is the reverse: all that the entries of the batch tell is committed, so nothing of it can be missed.
    """
    mark = store_tally.lock_tally(tx)
    if mark is None:
        return 0
    again = [*store_tally.take_again(tx, batch), *store_tally.take_late(tx, batch)]
    size = min(mark + batch, count_settled(tx))
    if size == mark and not again:
        return 0
    store_tally.put_cases(tx, list({*again, *list_subjects(tx, mark, size)}), size)
    return size - mark + len(again)


def catch_up(database: Database, *, batch: int = BATCH) -> int:
    """Follow the ledger to its settled end; answers with how many entries. Periodic; safe in two processes at once."""
    return to_the_end(database, partial(follow, batch=batch), batch)


def rebuild(database: Database) -> int:
    """Forget the tally and count everything anew. Meanwhile counts are as right as ever, but slow."""
    with database.transaction() as tx:
        store_tally.lock_tally(tx, wait=True)
        store_tally.drop_tally(tx)
    return catch_up(database)
