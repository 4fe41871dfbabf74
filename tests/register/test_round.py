"""Rounds: a check of all that matches; who may, what is left, and whoever moves things meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import world
from register.conftest import CHIEF, INSPECTOR, OTHER, SECOND, Benches, Rounds, refused
from world import STREET
from yiwang.kit.db import Database
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.register import actions_import, queries_round, store_round
from yiwang.register.model import ImportThings
from yiwang.register.model_round import (
    RoundKind,
)

# ── a check ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_check_takes_what_matches_and_is_done_by_check_ins(rounds: Rounds):
    rounds.benches.add("B-001", attributes={"seats": 3, "shaded": True})
    rounds.benches.add("B-002", attributes={"seats": 4, "shaded": True}, at=SECOND)
    rounds.benches.add("B-003", attributes={"seats": 4, "shaded": False})
    rounds.benches.add("B-004", attributes={"seats": 4, "shaded": True}, state="gone")
    typhoon = rounds.open(attributes={"shaded": True})
    assert (typhoon.round.things, typhoon.round.grids, typhoon.acts) == (2, 2, ("assign", "close", "cancel"))
    assert rounds.left(typhoon) == ["B-001", "B-002"] or rounds.left(typhoon) == ["B-002", "B-001"]
    rounds.benches.play.wait(minutes=5)
    rounds.check("B-001", damaged=True)
    rounds.check("B-003")
    assert rounds.told(typhoon) == (2, 1, 1)
    assert rounds.left(typhoon) == ["B-002"]
    rounds.check("B-002", login=OTHER)
    assert rounds.told(typhoon) == (2, 2, 1) and rounds.left(typhoon) == []
    assert rounds.events(typhoon) == ["round.opened"]
    rounds.sound()


def test_what_was_found_does_not_depend_on_the_order_in_which_it_is_told(rounds: Rounds):
    rounds.benches.add("B-001")
    round = rounds.open()
    rounds.benches.play.wait(hours=2)
    rounds.check("B-001", login=OTHER, ago=timedelta(minutes=10))
    rounds.check("B-001", ago=timedelta(hours=1), damaged=True)
    rounds.check("B-001", ago=timedelta(hours=3), damaged=True)
    [found] = queries_round.list_checked(rounds.tx, scope_of(rounds.who(CHIEF)), round.round.id)
    assert found.checked_at == rounds.tx.now - timedelta(hours=1), "that of three hours ago was before the round"
    assert (found.checked_by, found.damaged) == ("王磊", True)
    assert rounds.told(round) == (1, 1, 1)
    rounds.sound()


def test_the_same_check_in_twice_counts_once_and_one_told_after_the_end_for_when_it_was(rounds: Rounds):
    rounds.benches.add("B-001")
    rounds.benches.add("B-002")
    round = rounds.open()
    rounds.benches.play.wait(hours=1)
    id = new_id()
    assert rounds.check("B-001", id=id) == rounds.check("B-001", id=id)
    rounds.benches.play.wait(hours=1)
    closed = rounds.close(round)
    assert (closed.round.things, closed.round.checked, closed.acts) == (2, 1, ())
    rounds.benches.play.wait(hours=1)
    rounds.check("B-002", ago=timedelta(minutes=90))
    assert rounds.told(round) == (2, 2, 0)
    rounds.check("B-001", damaged=True)
    assert rounds.told(round) == (2, 2, 0), "after the end"
    rounds.sound()


def test_what_was_checked_since_it_began_counts_and_what_was_before_does_not(rounds: Rounds):
    rounds.benches.add("B-001")
    rounds.benches.add("B-002")
    rounds.check("B-001", damaged=True)
    rounds.benches.play.wait(hours=3)
    rounds.check("B-002")
    rounds.benches.play.wait(hours=1)
    round = rounds.open(begins=rounds.tx.now - timedelta(hours=2))
    assert rounds.told(round) == (2, 1, 0) and rounds.left(round) == ["B-001"]
    rounds.sound()


def test_what_ends_meanwhile_is_not_left_over_and_what_moves_still_is(rounds: Rounds):
    rounds.benches.add("B-001")
    rounds.benches.add("B-002")
    rounds.benches.add("B-003")
    round = rounds.open()
    rounds.change("B-001", state="gone")
    rounds.change("B-002", lon=SECOND[0], lat=SECOND[1])
    assert rounds.told(round) == (2, 0, 0)
    assert rounds.left(round) == ["B-002", "B-003"]
    assert len(rounds.grids(round)) == 1, "where it stood when the round was opened"
    rounds.change("B-001", state="standing", login="zhang.min")
    assert rounds.told(round) == (3, 0, 0)
    rounds.check("B-003")
    rounds.change("B-003", state="gone")
    assert rounds.told(round) == (3, 1, 0), "it was checked before it ended"
    file = "编码,名称,经度,纬度,状态,seats\nB-001,椅,{},{},gone,3\n".format(*world.SPOT)
    done = actions_import.import_things(
        rounds.tx, rounds.who("zhang.min"), ImportThings("bench", "t.csv", file.encode(), STREET)
    )
    assert (done.changed, done.bad) == (1, 0)
    assert rounds.told(round) == (2, 1, 0)
    rounds.sound()
    rounds.close(round)
    rounds.change("B-001", state="standing", login="zhang.min")
    assert rounds.told(round) == (2, 1, 0), "what is over stays as it was"


def test_a_cancelled_round_counts_nothing_any_more(rounds: Rounds):
    rounds.benches.add("B-001")
    round = rounds.open()
    cancelled = rounds.cancel(round)
    assert (cancelled.round.cancelled, cancelled.round.reason) == (True, "台风改道")
    assert rounds.cancel(round) == cancelled, "twice is once"
    rounds.check("B-001")
    assert rounds.told(round) == (1, 0, 0)
    refused(Refused, "round.over", rounds.close, round)
    assert rounds.events(round) == ["round.opened", "round.cancelled"]


def test_what_is_left_when_its_time_is_over_is_noted_once(rounds: Rounds):
    rounds.benches.add("B-001")
    rounds.benches.add("B-002")
    round, done = rounds.open(), rounds.open(grids=(), states=("standing",), name="另一轮")
    rounds.check("B-001")
    rounds.sweep()
    assert not rounds.file(round).round.late
    rounds.benches.play.wait(hours=13)
    rounds.sweep()
    rounds.sweep()
    assert rounds.events(round) == ["round.opened", "round.late"]
    late = list_entries(rounds.tx, round.round.id)[-1]
    assert '"things":1' in late.body and rounds.file(round).round.late
    rounds.check("B-002")
    assert not rounds.file(done).round.late, "checked late, and not left"
    rounds.sound()


# ── who may, and what may be asked ────────────────────────────────────────────────────────────────────────────────


def test_who_runs_rounds_is_a_duty_post_of_that_ground_or_above(rounds: Rounds):
    rounds.benches.add("B-001")
    for login in (INSPECTOR, "chen.jie", "qian.xi", "shen.he"):
        with pytest.raises(Forbidden):
            rounds.open(by=login)
    refused(NotFound, "network.no_unit", rounds.open, by="next.door")
    round = rounds.open(by="zhang.min")
    assert rounds.file(round, "yuan.lin").acts, "the district's supervisor"
    for act in (rounds.close, rounds.cancel):
        with pytest.raises(Forbidden):
            act(round, by=INSPECTOR)
        refused(NotFound, "round.none", act, round, by="next.door")
    with pytest.raises(Forbidden):
        rounds.assign(round, INSPECTOR, *rounds.grids(round), by=INSPECTOR)
    assert rounds.file(round, INSPECTOR).acts == ()
    refused(NotFound, "round.none", rounds.file, round, "next.door")
    assert rounds.left(round, by=INSPECTOR) == ["B-001"]
    assert rounds.close(round, by="yuan.lin").round.ended_at


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("round.filter", {"attributes": {"colour": "red"}}),
        ("round.filter", {"attributes": {"seats": "three"}}),
        ("round.filter", {"attributes": {"material": "金"}}),
        ("round.filter", {"attributes": {"uses": "下棋"}}),
        ("round.filter", {"states": ("gone",)}),
        ("round.whole", {"purpose": "census", "states": ("standing",)}),
        ("round.nothing", {"attributes": {"seats": 12}}),
        ("round.grid", {"grids": ("310101019005999",)}),
        ("round.ground", {"unit": f"{STREET}-chengguan"}),
        ("round.times", {"lasts": timedelta(0)}),
        ("round.times", {"lasts": timedelta(days=401)}),
    ],
)
def test_what_cannot_be_asked_is_said(rounds: Rounds, code: str, asked: dict[str, Any]):
    rounds.benches.add("B-001")
    refused(Invalid, code, rounds.open, **asked)


def test_a_round_is_opened_once_and_not_beside_the_same(rounds: Rounds):
    rounds.benches.add("B-001")
    id = new_id()
    first = rounds.open(id=id)
    assert rounds.open(id=id) == first and rounds.events(first) == ["round.opened"]
    refused(Refused, "round.exists", rounds.open, id=id, name="别的")
    refused(Refused, "round.open_already", rounds.open)
    assert rounds.open(states=("standing",)).round.things == 1, "other conditions are another round"
    census = rounds.open("census")
    refused(Refused, "round.open_already", rounds.open, "census", unit="310101019005")
    rounds.cancel(census)
    lower = rounds.open("census", unit="310101019005")
    refused(Refused, "round.open_already", rounds.open, "census", unit=STREET)
    assert lower.round.grids < census.round.grids


def test_a_trial_says_what_it_would_be_and_writes_nothing(rounds: Rounds):
    rounds.benches.add("B-001")
    id = new_id()
    tried = rounds.open(id=id, dry=True)
    assert (tried.dry, tried.round.things) == (True, 1)
    assert list_entries(rounds.tx, id) == []
    assert not rounds.open(id=id).dry


def test_tens_of_thousands_are_taken_in_one_statement(rounds: Rounds):
    rounds.benches.add("B-001")
    rounds.tx.conn.execute(
        "insert into register.thing (id, kind, code, name, address, unit_id, grid_code, lon, lat, datum, raw_x, raw_y, placed, generated, state,"
        " ended, version, attributes, n, added_at, changed_at) select gen_random_uuid(), kind, 'X-' || i, name, address, unit_id, grid_code, lon, lat,"
        " datum, raw_x, raw_y, placed, generated, state, ended, version, attributes, n, added_at, changed_at from register.thing, generate_series(1, 3000) i"
    )  # fmt: skip
    assert rounds.open().round.things == 3001


def ids(found: list[Any]) -> list[UUID]:
    return [r.id for r in found]


def test_rounds_are_listed_the_last_first(rounds: Rounds):
    rounds.benches.add("B-001")
    first = rounds.open()
    rounds.benches.play.wait(hours=1)
    second = rounds.open("census")
    rounds.cancel(first)
    scope = scope_of(rounds.who(CHIEF))
    asked = queries_round.Asked
    assert ids(queries_round.list_rounds(rounds.tx, scope, asked())) == [second.round.id, first.round.id]
    assert ids(queries_round.list_rounds(rounds.tx, scope, asked(over=False))) == [second.round.id]
    assert ids(queries_round.list_rounds(rounds.tx, scope, asked(over=True))) == [first.round.id]
    assert ids(queries_round.list_rounds(rounds.tx, scope, asked(purpose=RoundKind.check))) == [first.round.id]
    after = (second.round.opened_at, second.round.id)
    assert ids(queries_round.list_rounds(rounds.tx, scope, asked(), after=after)) == [first.round.id]
    assert queries_round.list_rounds(rounds.tx, scope_of(rounds.who("next.door")), asked()) == []


# ── two at once ───────────────────────────────────────────────────────────────────────────────────────────────────


def both(database: Database, first: Any, second: Any) -> None:
    """`first` is done and not committed when `second` begins, which waits for it."""
    found = list[BaseException]()

    def go() -> None:
        try:
            with database.transaction() as tx:
                second(Rounds(Benches(world.Play(tx))))
        except BaseException as fault:
            found.append(fault)

    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"  # fmt: skip
    thread = threading.Thread(target=go)
    with database.transaction() as tx:
        first(Rounds(Benches(world.Play(tx))))
        thread.start()
        with database.reading() as look:
            while thread.is_alive() and not look.conn.execute(waiting).fetchone()[0]:  # type: ignore[index]
                pass
    thread.join()
    assert found == []


@pytest.mark.parametrize("opens_first", [True, False])
def test_who_checks_in_while_a_round_is_opened_is_not_lost(world_db: Database, opens_first: bool):
    with world_db.transaction() as tx:
        before = Rounds(Benches(world.Play(tx)))
        before.benches.add("B-001")
        before.benches.add("B-002")
    id, begins = new_id(), None

    def open_it(r: Rounds) -> None:
        r.open(id=id, begins=begins)

    def be_there(r: Rounds) -> None:
        r.check("B-001")
        r.change("B-002", state="gone")

    with world_db.transaction() as tx:
        begins = tx.now
    both(world_db, *((open_it, be_there) if opens_first else (be_there, open_it)))
    with world_db.transaction() as tx:
        after = Rounds(Benches(world.Play(tx)))
        store_round.put_counts(tx)
        row = queries_round.get_file(tx, after.who(CHIEF), id).round
        assert (row.things, row.checked) == (1, 1)
        after.sound()
