"""Counts: at every instant what a plain count by the rule of sight gives, wherever the tally stands; no act pays for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from invariants import broken
from world import LONG_AGO, NOON, Play, settle, unit
from yiwang.cases import actions_tally, actions_verify, queries, queries_count, queries_list, store_tally
from yiwang.cases.model import Step
from yiwang.cases.model_commands import RateReport
from yiwang.kit import clock
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import new_id
from yiwang.kit.scope import Scope
from yiwang.ledger.actions_settle import open_ledger
from yiwang.network.actions_people import grant_post
from yiwang.network.actions_units import move_unit
from yiwang.network.model import PostKind, system
from yiwang.network.model_people import GrantPost
from yiwang.network.model_units import MoveUnit
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules import scope_of

ALL = Scope(everything=True, paths=(), person=system("test").id)
NOBODY = UUID(int=1)

LOGINS = ("zhang.min", "chen.jie", "cheng.gang", "wang.lei", "next.door", "he.ping", "shen.he", "qian.xi")
UNITS = ("310000", "310101", "310101019", "310101018", "310101019-chengguan", "310101019014")
PATHS = {"310101": "310000.310101", "310101019": "310000.310101.310101019", "310101018": "310000.310101.310101018"}
Counted = dict[Any, tuple[int, int]]


def plainly(tx: Tx, scope: Scope) -> Counted:
    """Case by case, by the rule itself."""
    where = queries.visible(scope)
    sql = (
        f"select c.step, count(*), count(*) filter (where {queries_list.LATE}) from cases.case c"
        f" join network.unit u on u.id = c.area_id where {where.sql} group by c.step"
    )
    return {Step(s): (n, late) for s, n, late in tx.conn.execute(sql, {**where.params, "now": tx.now})}  # type: ignore[arg-type]


def plainly_below(tx: Tx, unit_id: UUID) -> Counted:
    found: Counted = {}
    for child, path in tx.conn.execute(
        "select id, path::text from network.unit where parent_id = %s", [unit_id]
    ).fetchall():
        counted = plainly(tx, Scope(False, (path,), NOBODY))
        found |= {(child, step): pair for step, pair in counted.items()}
    return found


def by_step(tx: Tx, scope: Scope) -> Counted:
    return {c.step: (c.cases, c.overdue) for c in queries_count.count_by_step(tx, scope)}


def assert_right(tx: Tx, *, later: timedelta = timedelta()) -> None:
    """Everybody's counts, of every unit below every unit."""
    tx.now += later
    for scope in (ALL, *(scope_of(get_actor_by_login(tx, login)) for login in LOGINS)):
        assert by_step(tx, scope) == plainly(tx, scope), scope
    for code in UNITS:
        below = queries_count.count_by_unit(tx, ALL, unit(code))
        assert {(c.unit_id, c.step): (c.cases, c.overdue) for c in below} == plainly_below(tx, unit(code)), code
    assert broken(tx.conn) == {}


@pytest.fixture
def city(world_db: Database, tmp_path: Path) -> Database:
    with world_db.transaction() as tx:
        open_ledger(tx, tmp_path)
    settle(world_db)
    return world_db


def acts(play: Play) -> dict[str, Callable[[], Any]]:
    """What moves a case, marks it late, ends it, opens it again, gives it to others."""
    return {
        "reports": lambda: (play.report(), play.report("wang.lei"), play.report("next.door", area_code="310101018", lon=None, lat=None)),
        "steps": lambda: (play.accepted(), play.filed(), play.dispatched(), play.handled()),
        "closes": lambda: (play.closed(), play.closed()),
        "helpers": lambda: play.dispatched(assists=(("310101019-paichusuo", 1),)),
        "late": lambda: play.wait(days=3),
    }  # fmt: skip


def test_counts_are_right_wherever_the_tally_stands(city: Database):
    """Not settled, settled, followed; by turns, act upon act."""
    for n, name in enumerate(["reports", "steps", "closes", "late", "helpers", "reports", "steps", "late", "closes"]):
        with city.transaction() as tx:
            play = Play(tx)
            acts(play)[name]()
            assert_right(tx)  # as the act itself sees it
        with city.transaction() as tx:
            assert_right(tx)
        settle(city)
        with city.transaction() as tx:
            assert_right(tx)
        if n % 2:
            actions_tally.catch_up(city, batch=7)
            with city.transaction() as tx:
                assert_right(tx)
    actions_tally.catch_up(city)
    with city.transaction() as tx:
        assert_right(tx)
        assert_right(tx, later=timedelta(days=9))  # deadlines pass, and no timer has fired yet


def test_what_becomes_late_is_late_at_once_and_counted_so_before_long(city: Database):
    with clock.at(NOON):
        followed(city, Play.report, Play.dispatched, Play.closed)
    for hours in (0, 1, 30, 300):
        with clock.at(NOON + timedelta(hours=hours)):
            with city.transaction() as tx:
                assert_right(tx)
            assert actions_tally.catch_up(city) == (hours in (1, 30))
            assert actions_tally.catch_up(city) == 0
            with city.transaction() as tx:
                assert_right(tx)
    with clock.at(NOON + timedelta(hours=2)), city.transaction() as tx:  # a clock that was put back
        assert_right(tx)
        assert sum(late for _, late in by_step(tx, ALL).values()) == 1


def followed(city: Database, *makes: Callable[[Play], Any]) -> list[Any]:
    with city.transaction() as tx:
        made = [make(Play(tx)) for make in makes]
    settle(city)
    actions_tally.catch_up(city)
    return made


def test_it_is_the_tally_that_is_asked(city: Database):
    """Once it has followed, no case is looked at: else it would be slow at a million."""
    followed(city, Play.closed, Play.dispatched)
    with city.transaction() as tx, tx.conn.transaction(force_rollback=True):
        tx.conn.execute("update cases.tally set cases = cases + 100 where step = 'closed'")
        assert by_step(tx, ALL)[Step.closed] == (101, 0)
        assert "tally_is_recount" in broken(tx.conn)


def test_a_reopened_case_leaves_what_has_ended(city: Database):
    (case,) = followed(city, Play.closed)
    with city.transaction() as tx:
        play = Play(tx)
        actions_verify.rate_report(tx, play.who("zhang.min"), RateReport(case.id, case.id, 1, False))
        assert Step.closed not in by_step(tx, ALL)
        assert_right(tx)
    followed(city)
    with city.transaction() as tx:
        assert_right(tx)
        assert tx.conn.execute("select sum(cases) from cases.tally where step = 'closed'").fetchone() == (0,)


def test_a_unit_that_moves_takes_its_counts_along(city: Database):
    followed(city, Play.closed, Play.dispatched)
    body = unit("310101019-chengguan")
    with city.transaction() as tx:
        move_unit(tx, system("pack"), MoveUnit(body, unit("310101018")))
        assert_right(tx)
    with city.transaction() as tx:
        assert tx.conn.execute("select count(*) from cases.tally_again").fetchone() == (2,)
        assert_right(tx)
    followed(city)
    with city.transaction() as tx:
        assert tx.conn.execute("select count(*) from cases.tally_again").fetchone() == (0,)
        assert by_step(tx, Scope(False, (PATHS["310101018"],), NOBODY)).keys() == {Step.closed, Step.handling}
        assert_right(tx)


def test_what_several_posts_and_the_person_see_is_counted_once(city: Database):
    with city.transaction() as tx:
        for code in ("310101018", "310101019"):
            grant_post(
                tx,
                system("pack"),
                GrantPost(
                    new_id(), get_actor_by_login(tx, "he.ping").id, PostKind.operator, unit(code), since=LONG_AGO
                ),
            )
    followed(
        city, Play.closed, Play.dispatched,
        lambda play: play.report("he.ping", area_code="310101018", lon=None, lat=None),
        lambda play: play.report("wang.lei", area_code="310101018", lon=None, lat=None),
    )  # fmt: skip
    with city.transaction() as tx:
        he, wang = (scope_of(get_actor_by_login(tx, login)) for login in ("he.ping", "wang.lei"))
        assert len(he.units) > 1
        assert sum(n for n, _ in by_step(tx, he).values()) == 4
        assert sum(n for n, _ in by_step(tx, wang).values()) == 1 + sum(
            n for n, _ in plainly(tx, Scope(False, wang.paths, NOBODY)).values()
        )
        assert_right(tx)


def test_since_is_counted_case_by_case(city: Database):
    followed(city, Play.closed, Play.dispatched)
    with city.transaction() as tx:
        for scope in (ALL, scope_of(get_actor_by_login(tx, "chen.jie"))):
            counted = {c.step: c.cases for c in queries_count.count_by_step(tx, scope, tx.now - timedelta(days=1))}
            assert counted == {step: n for step, (n, _) in plainly(tx, scope).items()}
            assert queries_count.count_by_step(tx, scope, tx.now + timedelta(days=1)) == []


def test_units_below_are_told_as_far_as_they_are_seen(city: Database):
    followed(city, Play.closed)
    with city.transaction() as tx:
        chief, next_door = (scope_of(get_actor_by_login(tx, login)) for login in ("chen.jie", "next.door"))
        assert {c.code for c in queries_count.count_by_unit(tx, chief, unit("310101"))} == {"310101019"}
        assert queries_count.count_by_unit(tx, next_door, unit("310101")) == [], "its own street has none"
        for hidden in (unit("310101019"), unit("310101019-chengguan"), NOBODY):
            with pytest.raises(NotFound):
                queries_count.count_by_unit(tx, next_door, hidden)


def test_two_follow_once_and_it_is_built_anew(city: Database):
    with city.transaction() as tx:
        Play(tx).closed()
    settle(city)
    with city.transaction() as first:
        assert actions_tally.follow(first) > 0
        with city.transaction() as second:
            assert actions_tally.follow(second) == 0, "another is at it: nobody waits"
            assert_right(second)
    with city.transaction() as tx:
        before = tx.conn.execute("select * from cases.tally where cases > 0 order by 1, 2, 3").fetchall()
        assert before
        tx.conn.execute("update cases.tally set cases = 7")
    assert actions_tally.rebuild(city) > 0
    with city.transaction() as tx:
        assert tx.conn.execute("select * from cases.tally where cases > 0 order by 1, 2, 3").fetchall() == before
        assert_right(tx)


def test_a_batch_that_fails_leaves_nothing_behind(city: Database):
    with city.transaction() as tx:
        Play(tx).closed()
    settle(city)
    with pytest.raises(psycopg.errors.DivisionByZero), city.transaction() as tx:
        assert actions_tally.follow(tx) > 0
        tx.conn.execute("select 1 / 0")
    with city.transaction() as tx:
        assert store_tally.lock_tally(tx) == 0
        assert_right(tx)
    actions_tally.catch_up(city)
    with city.transaction() as tx:
        assert_right(tx)


def test_an_act_writes_nothing_for_it(city: Database):
    with city.transaction() as tx:
        Play(tx).closed()
        for table in ("tally", "tallied", "tally_again"):
            assert tx.conn.execute(f"select count(*) from cases.{table}").fetchone() == (0,)


def test_in_a_cluster_not_gone_through_yet_everything_counts_as_new(city: Database):
    """Restored elsewhere: transaction ids mean nothing there until the settler has been."""
    followed(city, Play.closed)
    with psycopg.connect(city.url) as owner, owner.transaction():
        owner.execute("update ledger.cluster set system_id = system_id + 1")
    with city.transaction() as tx:
        Play(tx).dispatched()
        assert_right(tx)
    settle(city)
    actions_tally.catch_up(city)
    with city.transaction() as tx:
        assert_right(tx)
