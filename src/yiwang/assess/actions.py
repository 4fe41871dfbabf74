"""Following the ledger: settled entries become facts, in batches, each with the bookmark that says how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from yiwang.assess import queries_recompute, rules, rules_fold, rules_pack, store
from yiwang.assess.model import Fact
from yiwang.kit.db import Database, Tx
from yiwang.kit.jobs import to_the_end
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import read_feed
from yiwang.network.model import Actor

BATCH = 5000
"""Entries a transaction: some half a second, so that the feed is never held back."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A case whose facts are not what its entries say."""

    case_id: UUID
    kept: tuple[Fact, ...]
    told: tuple[Fact, ...]


def catch_up(database: Database, *, batch: int = BATCH) -> int:
    """Follow the ledger to its settled end; answers with how many entries it read. Safe in two processes at once: the
    second finds the bookmark taken and leaves. Periodic, and after `forget` the way to build everything anew."""
    return to_the_end(database, partial(follow, batch=batch), batch)


def follow(tx: Tx, *, batch: int = BATCH, wait: bool = False) -> int:
    """One batch: the next settled entries into facts, and the bookmark after them; exactly once, since both are written
    in this one transaction."""
    mark = store.lock_bookmark(tx, wait=wait)
    if mark is None:
        return 0
    entries = read_feed(tx, mark.size - 1, batch)
    if not entries:
        return 0
    of_cases = [e for e in entries if e.subject_kind == "case"]
    known = store.take_facts(tx, {e.subject_id for e in of_cases})
    were = {id(f): store.state_of(f) for facts in known.values() for f in facts}
    left_out, moved = 0, rules.Tally()
    rules.tally(moved, (f for facts in known.values() for f in facts), -1)
    for entry in of_cases:
        facts = known.setdefault(entry.subject_id, [])
        rules_fold.fold(facts, entry)
        left_out += entry.n == 1 and not facts
    touched = [f for facts in known.values() for f in facts]
    store.put_facts(tx, [f for f in touched if id(f) in were and store.state_of(f) != were[id(f)]])
    store.add_facts(tx, [f for f in touched if id(f) not in were])
    rules.tally(moved, touched, 1)
    store.add_tally(tx, moved)
    store.PUT_BOOKMARK.run(tx, size=mark.size + len(entries), left_out=mark.left_out + left_out)
    return len(entries)


def forget(tx: Tx) -> None:
    """Drop the projection; `catch_up` then folds it from the ledger again, in its short transactions (one long one would
    hold the feed back). Meanwhile the figures say how far they are: `as_of.size`."""
    store.lock_bookmark(tx, wait=True)
    store.drop_facts(tx)


def rebuild(database: Database, *, batch: int = BATCH) -> int:
    with database.transaction() as tx:
        forget(tx)
    return catch_up(database, batch=batch)


def find_differences(tx: Tx, subjects: Sequence[UUID]) -> list[Difference]:
    """Are the facts of these cases what the ledger says? Reads it again up to the bookmark, which stands still meanwhile."""
    mark = store.lock_bookmark(tx, wait=True)
    assert mark is not None  # noqa: S101
    kept = store.take_facts(tx, subjects)
    told = {course[0].case_id: course for course in queries_recompute.read_courses(tx, mark.size, subjects) if course}
    return [
        Difference(case_id, tuple(kept.get(case_id, ())), tuple(told.get(case_id, ())))
        for case_id in dict.fromkeys((*told, *kept))
        if kept.get(case_id) != told.get(case_id)
    ]


def check(database: Database, *, chunk: int = 500) -> tuple[int, list[Difference]]:
    """Every case that the ledger tells of, a chunk a transaction; answers with how many, and what differs."""
    after, cases, found = UUID(int=0), 0, list[Difference]()
    while True:
        with database.transaction() as tx:
            subjects = queries_recompute.list_cases_told(tx, EVERYTHING, after, chunk)
            if not subjects:
                return cases, found
            found += find_differences(tx, subjects)
        cases, after = cases + len(subjects), subjects[-1]


def load_indicators(tx: Tx, actor: Actor, files: Mapping[str, str]) -> dict[str, int]:
    """The pack's indicators (text by file name), instead of those there were; Invalid `assess.indicators` with the line
    that is wrong."""
    indicators = [i for name, text in files.items() for i in rules_pack.read_indicators(name, text)]
    store.put_indicators(tx, indicators)
    return {"indicators": len(indicators)}
