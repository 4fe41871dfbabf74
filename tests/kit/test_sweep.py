"""The sweep: many timers in one transaction, each acted on once, whoever sweeps beside, fails, holds a subject or dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from yiwang.kit import clock, parked, timers
from yiwang.kit.db import Database, Tx, query, statement
from yiwang.kit.ids import new_id
from yiwang.kit.timers import Handler, Timer

LOCK = query(UUID, "select id from kit.thing where id = any(%(ids)s) for update skip locked")
ACT = statement(
    "insert into kit.acted (id, kind, key) select * from unnest(%(ids)s::uuid[], %(kinds)s::text[], %(keys)s::text[])"
)
ACTED = query(str, "select kind || key from kit.acted where id = %(id)s order by n")

doubled: list[list[Timer]] = []
"""What handlers got although it held several timers of one subject: an exception there would only be fired apart."""


@pytest.fixture
def things(fresh_db: Database, owner_url: str) -> Callable[[int], list[UUID]]:
    """Makes subjects that can be locked, and a list of what was done to them."""
    with psycopg.connect(owner_url) as conn:
        conn.execute(
            "create table kit.thing (id uuid primary key);"
            "create table kit.acted (n int generated always as identity, id uuid, kind text, key text);"
            "grant select, insert, update on kit.thing, kit.acted to yiwang_app"
        )

    def make(n: int) -> list[UUID]:
        ids = [new_id() for _ in range(n)]
        with fresh_db.transaction() as tx:
            tx.conn.execute("insert into kit.thing select unnest(%s::uuid[])", [ids])
        return ids

    return make


def handler(before: Callable[[Tx, list[Timer]], object] = lambda tx, taken: None) -> Handler:
    """Does as every handler must; `before` is called once the timers are taken."""

    def fire(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
        if len({t.subject_id for t in due}) < len(due):
            doubled.append(list(due))
        free = set(LOCK.all(tx, ids=[t.subject_id for t in due]))
        taken = timers.take(tx, [t for t in due if t.subject_id in free])
        ACT.run(tx, ids=[t.subject_id for t in taken], kinds=[t.kind for t in taken], keys=[t.key for t in taken])
        before(tx, taken)
        return taken

    return fire


def due(database: Database, *wanted: tuple[UUID, str, str, float]) -> None:
    """Timers (subject, kind, key, seconds ago)."""
    with database.transaction() as tx:
        rows = [Timer(id, kind, key, tx.now - timedelta(seconds=ago), {}, 0) for id, kind, key, ago in wanted]
        timers.set_timers(tx, rows)


def acted(database: Database, id: UUID) -> list[str]:
    with database.reading() as tx:
        return ACTED.all(tx, id=id)


def waiting(database: Database) -> dict[UUID, int]:
    """Subjects that a timer still waits for, and how often it has failed."""
    with database.reading() as tx:
        return dict(tx.conn.execute("select subject_id, attempts from kit.timer").fetchall())


def test_each_once_however_many_sweep(fresh_db: Database, things: Callable[[int], list[UUID]]) -> None:
    ids = things(400)
    due(fresh_db, *((id, "a", "", 1) for id in ids))
    fired: list[int] = []
    together = threading.Barrier(3)

    def sweep() -> None:
        together.wait()
        fired.extend(timers.sweep(fresh_db, {"a": handler()}, limit=7, batches=2) for _ in range(40))

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fired) == 400 and waiting(fresh_db) == {}
    with fresh_db.reading() as tx:
        assert tx.conn.execute("select count(*), count(distinct id) from kit.acted").fetchone() == (400, 400)


def test_a_subjects_timers_act_as_they_fell_due_whatever_their_kinds(
    fresh_db: Database, things: Callable[[int], list[UUID]]
) -> None:
    one, two = things(2)
    due(
        fresh_db,
        (one, "b", "1", 50),
        (two, "a", "1", 45),
        (one, "a", "2", 40),
        (one, "b", "3", 30),
        (two, "b", "2", 20),
    )
    assert timers.sweep(fresh_db, {"a": handler(), "b": handler()}) == 5
    assert doubled == [], "at most one timer of each subject"
    assert acted(fresh_db, one) == ["b1", "a2", "b3"] and acted(fresh_db, two) == ["a1", "b2"]


def test_one_that_fails_is_parked_alone_and_comes_back(fresh_db: Database, things: Callable[[int], list[UUID]]) -> None:
    ids = things(20)
    guilty, calls = ids[7], 0
    due(fresh_db, *((id, "a", "", 20 - i) for i, id in enumerate(ids)))

    def fail(tx: Tx, taken: list[Timer]) -> None:
        nonlocal calls
        calls += 1
        if any(t.subject_id == guilty for t in taken):
            raise RuntimeError("broken handler")

    assert timers.sweep(fresh_db, {"a": handler(fail)}) == 19
    assert calls <= 11, "in halves, not one by one"
    assert waiting(fresh_db) == {guilty: 1} and acted(fresh_db, guilty) == []
    assert all(acted(fresh_db, id) == ["a"] for id in ids if id != guilty)
    with fresh_db.transaction() as tx:
        assert [(p.reaction, p.subject_id) for p in parked.list_open(tx)] == [("timer:a", guilty)]
    assert timers.sweep(fresh_db, {"a": handler()}) == 0, "it is put off"
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert timers.sweep(fresh_db, {"a": handler()}) == 1
    with fresh_db.transaction() as tx:
        assert parked.list_open(tx) == [] and acted(fresh_db, guilty) == ["a"]


def test_a_kind_that_nobody_knows_stops_no_other(fresh_db: Database, things: Callable[[int], list[UUID]]) -> None:
    one, two = things(2)
    due(fresh_db, (one, "unknown", "", 2), (two, "a", "", 1))
    assert timers.sweep(fresh_db, {"a": handler()}) == 1
    assert waiting(fresh_db) == {one: 1} and acted(fresh_db, two) == ["a"]


def test_who_is_held_is_passed_over_without_waiting(fresh_db: Database, things: Callable[[int], list[UUID]]) -> None:
    ids = things(3)
    due(fresh_db, *((id, "a", "", 1) for id in ids))
    with fresh_db.transaction() as tx:
        assert LOCK.all(tx, ids=[ids[1]])
        assert timers.sweep(fresh_db, {"a": handler()}) == 2
        assert waiting(fresh_db) == {ids[1]: 0}, "not a failure"
    assert timers.sweep(fresh_db, {"a": handler()}) == 1
    assert all(acted(fresh_db, id) == ["a"] for id in ids)


def test_what_is_dropped_while_a_sweep_has_it_in_hand_stays_dropped(
    fresh_db: Database, things: Callable[[int], list[UUID]]
) -> None:
    held, other = things(2)
    due(fresh_db, (held, "a", "", 2), (other, "a", "", 1))
    begun, go_on = threading.Event(), threading.Event()

    def wait(tx: Tx, taken: list[Timer]) -> None:
        begun.set()
        go_on.wait(10)

    sweeping = threading.Thread(target=timers.sweep, args=(fresh_db, {"a": handler(wait)}))
    with fresh_db.transaction() as tx:
        LOCK.all(tx, ids=[held])
        sweeping.start()
        assert begun.wait(10)
        threading.Timer(0.2, go_on.set).start()
        timers.drop_timers(tx, held)  # the sweep has claimed it: this waits for the sweep
    sweeping.join()
    assert timers.sweep(fresh_db, {"a": handler()}) == 0
    assert waiting(fresh_db) == {} and acted(fresh_db, held) == [] and acted(fresh_db, other) == ["a"]


def test_a_sweep_that_dies_has_done_nothing_and_the_next_does_it_once(
    fresh_db: Database, things: Callable[[int], list[UUID]], owner_url: str
) -> None:
    ids = things(50)
    due(fresh_db, *((id, "a", "", 1) for id in ids))

    def die(tx: Tx, taken: list[Timer]) -> None:
        with psycopg.connect(owner_url, autocommit=True) as killer:
            killer.execute("select pg_terminate_backend(%s)", [tx.conn.info.backend_pid])
        raise SystemExit

    with pytest.raises(SystemExit):
        timers.sweep(fresh_db, {"a": handler(die)})
    assert len(waiting(fresh_db)) == 50 and acted(fresh_db, ids[0]) == []
    assert timers.sweep(fresh_db, {"a": handler()}) == 50
    assert all(acted(fresh_db, id) == ["a"] for id in ids)


def test_a_sweep_goes_on_until_nothing_is_due_but_not_for_ever(
    fresh_db: Database, things: Callable[[int], list[UUID]]
) -> None:
    ids = things(25)
    due(fresh_db, *((id, "a", "", 1) for id in ids))
    assert timers.sweep(fresh_db, {"a": handler()}, limit=4, batches=3) == 12
    assert timers.sweep(fresh_db, {"a": handler()}, limit=4) == 13
