"""The demonstration's patrols: made up once however often it starts, with a past to compare and something missed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from scenes.test_patrol import NOON, SCENE, sweep
from world import Play
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes, live_somewhere
from yiwang.network.rules import scope_of
from yiwang.scenes.actions import set_owed
from yiwang.scenes.patrol import demo, queries, queries_figures
from yiwang.scenes.patrol.queries_figures import By

PLACES = 24
"""Fewer than are shown: what is rolled back leaves its rows behind for whoever comes next."""


@pytest.fixture
def stage(play: Play, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(demo, "PLACES", PLACES)
    play.tx.now = NOON.replace(hour=15, minute=20)
    set_owed(play.tx, SCENE)
    return Stage(play.tx, play.photos, "Asia/Shanghai")


def count(stage: Stage, table: str, where: str = "true") -> int:
    row: Any = stage.tx.conn.execute(f"select count(*) from {table} where {where}").fetchone()  # type: ignore[arg-type]
    return row[0]


TABLES = ("register.thing", "register.checkin", "register.period", "register.tag", "register.link", "patrol.route", "patrol.shift", "patrol.tally")  # fmt: skip


def test_the_street_is_entered_once_with_a_past_something_missed_and_rounds_that_go_on(stage: Stage):
    enter_scenes(stage, [SCENE])
    first = {table: count(stage, table) for table in TABLES}
    assert count(stage, "register.thing", "kind = 'premises' and generated") == PLACES
    assert count(stage, "register.thing", "kind = 'patrol_point' and generated") == 5 * PLACES
    assert (first["register.tag"], first["register.link"]) == (6 * PLACES, 5 * PLACES)
    assert first["register.checkin"] == count(stage, "register.checkin", "device = '演示历史（生成）'") > 4_000
    enter_scenes(stage, [SCENE])
    assert {table: count(stage, table) for table in TABLES} == first, "entered again, all is as it was"
    missed_and_compared(stage)
    random = Random(7)
    said = [live_somewhere(stage, [SCENE], random).split(" ")[0] for _ in range(30)]
    assert {"walk", "tapped"} <= set(said)
    week_off(stage)


def missed_and_compared(stage: Stage) -> None:
    scope = scope_of(stage.person("zhang.min"))
    today = queries.list_shifts(stage.tx, scope, date(2026, 11, 24))
    assert len(today) == len(demo.ROUTES)
    assert [s.missed == s.points > 0 for s in today if s.route_name == demo.ROUTES[0][0]] == [True], "nobody went"
    trend = queries_figures.get_trend(stage.tx, scope, date(2026, 10, 1))
    assert trend.series[0].month == date(2025, 7, 1) and all(c.last_year > 0 and c.before > 0 for c in trend.compared)
    checks = trend.compared[0]
    assert checks.on_before is not None and checks.on_last_year is not None
    assert abs(checks.on_before) < 25 and abs(checks.on_last_year) < 60, (
        "as many walks then as now, but for routes that came later"
    )
    judge = stage.person("tang.yi")
    assert len(queries_figures.list_assessed(stage.tx, judge, scope_of(judge), date(2026, 11, 1), By.person)) >= 10


def week_off(stage: Stage) -> None:
    """It was not running: nothing has lapsed meanwhile but what is to be missed, and each place is visited on its own weekday still."""
    stage.tx.now += timedelta(days=7)
    enter_scenes(stage, [SCENE])
    sweep(Play(stage.tx))
    found = stage.tx.conn.execute(
        "select t.code from register.obligation o join register.thing t on t.id = o.thing_id where o.lapsed_at is not null"
    ).fetchall()
    assert found == [(demo.APART,)]
    days = stage.tx.conn.execute(
        "select max(n) from (select count(distinct extract(isodow from v.day)) as n from register.checkin c join register.thing t on t.id = c.thing_id"
        " cross join lateral (select (c.at at time zone 'Asia/Shanghai')::date as day) v where t.kind = 'premises'"
        " and c.id = md5('demo visit ' || t.id || v.day)::uuid group by t.id) x"
    ).fetchone()
    assert days == (1,)
