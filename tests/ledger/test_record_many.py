"""Many events at once make the very entries, chains and reactions that one by one would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg
import pytest

from yiwang.kit import parked
from yiwang.kit.ids import new_id
from yiwang.ledger import queries
from yiwang.ledger.actions import react_with, record, record_many
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.model import Entry

from .conftest import WHO, Ledger, Noted


@dataclass(frozen=True)
class Begun(Noted, name="test.begun", about="thing", opens=True):
    pass


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What a reaction has heard of; it fails at the word `broken`."""
    heard: list[str] = []

    def listen(tx: object, entry: Entry, event: Noted) -> None:
        heard.append(f"{entry.n} {event.text}")
        if event.text == "broken":
            raise RuntimeError(event.text)

    react_with({Noted: (listen,)})
    yield heard
    react_with({})


def test_the_chains_are_those_of_one_by_one(ledger: Ledger, subjects: list[UUID]) -> None:
    old, other, fresh, unseen = subjects
    ledger.note(old, other)
    ledger.note(old, other)
    events = [
        Noted(old, "a"),
        Begun(fresh, "b"),
        Noted(other, "c"),
        Noted(old, "d"),
        Noted(fresh, "e"),
        Noted(unseen, "f"),
    ]
    rolled_back = RuntimeError()
    with pytest.raises(RuntimeError), ledger.db.transaction() as tx:
        single, now = [record(tx, WHO, event) for event in events], tx.now
        raise rolled_back
    with ledger.db.transaction() as tx:
        tx.now = now
        record(tx, WHO, Noted(old, "before"))  # what the transaction has appended itself is known to it
        many = record_many(tx, WHO, events)
        assert tx.heads[old] == (many[3].n, many[3].hash)
    assert [e.n for e in many] == [4, 1, 3, 5, 2, 1]
    alone = [replace(e, n=0, prev=b"", hash=b"") for e in single]
    assert [replace(e, n=0, prev=b"", hash=b"") for e in many] == alone
    assert [e for e in many if e.subject_id != old] == [e for e in single if e.subject_id != old]
    ledger.seal()
    with ledger.db.transaction() as tx:
        assert verify(tx).ok
        stored = {(e.subject_id, e.n): e.hash for e in queries.read_feed(tx, -1)}
        assert all(stored[e.subject_id, e.n] == e.hash for e in many)


def test_each_reaction_runs_once_and_a_failing_one_is_parked_alone(
    ledger: Ledger, subjects: list[UUID], heard: list[str]
) -> None:
    with ledger.db.transaction() as tx:
        record_many(tx, WHO, [Noted(s, t) for s, t in zip(subjects, ("a", "broken", "c", "d"), strict=True)])
    assert heard == ["1 a", "1 broken", "1 c", "1 d"]
    with ledger.db.transaction() as tx:
        assert [(p.subject_id, p.n) for p in parked.list_open(tx)] == [(subjects[1], 1)]
        assert len(queries.list_entries(tx, subjects[3])) == 1


def test_nothing_is_nothing_and_a_fork_is_refused(ledger: Ledger) -> None:
    subject = new_id()
    with ledger.db.transaction() as tx:
        assert record_many(tx, WHO, []) == []
    with pytest.raises(psycopg.errors.UniqueViolation), ledger.db.transaction() as tx:
        record_many(tx, WHO, [Begun(subject, "a"), Begun(subject, "b")])


def test_it_costs_two_statements_however_many(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger.db.transaction() as tx:
        sent: list[str] = []

        class Counting(psycopg.Cursor):
            def execute(self, query, *args, **more):
                sent.append(str(query))
                return super().execute(query, *args, **more)

        monkeypatch.setattr(tx.conn, "cursor_factory", Counting)
        record_many(tx, WHO, [Noted(new_id(), str(i)) for i in range(300)])
    assert len(sent) == 2
