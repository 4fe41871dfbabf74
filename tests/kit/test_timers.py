"""Timers one by one, as a simulated clock fires them; and settings of a session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from yiwang.kit import parked, timers
from yiwang.kit.db import Database, Tx, query
from yiwang.kit.ids import new_id
from yiwang.kit.timers import Timer


def act(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    return timers.take(tx, due)


def fail(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    timers.take(tx, due)
    raise RuntimeError("broken handler")


def busy(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    return []


def test_the_earliest_before_an_instant_comes_first(tx: Tx):
    subject, noon = new_id(), tx.now
    for key, minutes in (("b", 2), ("c", 3), ("a", 2)):
        timers.set_timer(tx, "kind", subject, key, noon + timedelta(minutes=minutes))
    order = []
    while (timer := timers.find_first(tx, noon + timedelta(minutes=3))) is not None:
        order.append(timer.key)
        assert timers.fire(tx, {"kind": act}, timer)
    assert order == ["a", "b"], "what is due exactly then comes after what is done then"


@pytest.mark.parametrize(("handler", "told"), [(fail, 1), (busy, 0)])
def test_what_does_not_act_is_put_off_and_a_failure_is_parked_once(tx: Tx, handler: timers.Handler, told: int):
    subject = new_id()
    timers.set_timer(tx, "kind", subject, "", tx.now)
    for _again in range(2):
        timer = timers.find_first(tx, tx.now + timedelta(hours=1))
        assert timer is not None and not timers.fire(tx, {"kind": handler}, timer)
        later = timers.find_first(tx, tx.now + timedelta(hours=2))
        assert later is not None and later.due_at > tx.now and later.attempts == timer.attempts + 1
    assert [p.subject_id for p in parked.list_open(tx)] == [subject] * told


def test_session_options_hold_beside_our_own(databases):
    database = Database(databases.url(databases.template), size=1, options="-c synchronous_commit=off").open()
    try:
        with database.reading() as tx:
            shown = query(str, "select current_setting('synchronous_commit') || ' ' || current_setting('role')").one(tx)
    finally:
        database.close()
    assert shown == "off yiwang_app"


def test_what_was_moved_or_dropped_meanwhile_cannot_be_taken(tx: Tx):
    subject = new_id()
    for key in ("stays", "moved", "dropped"):
        timers.set_timer(tx, "kind", subject, key, tx.now)
    seen = timers.CLAIM.all(tx, now=tx.now, limit=9)
    timers.set_timer(tx, "kind", subject, "moved", tx.now + timedelta(hours=1))
    timers.drop_timers(tx, subject, "dropped")
    assert [t.key for t in timers.take(tx, seen)] == ["stays"]
