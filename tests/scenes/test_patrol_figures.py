"""Assessment of people and units, trends and what they are compared with: each number worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scenes.test_patrol import FIRM, GOOD, NOON, SCENE, STREET, ZONE, at, cases, point, sweep, tag, tap
from scenes.test_patrol_routes import Walk
from world import Play, unit
from yiwang.cases.model import PhotoKind
from yiwang.kit.web import install_errors
from yiwang.network.actions_session import current_actor
from yiwang.network.model import system
from yiwang.network.rules import scope_of
from yiwang.scenes.actions import set_owed
from yiwang.scenes.patrol import actions, api, queries_figures, rules_figures, store
from yiwang.scenes.patrol.model_figures import Assessed, AssessedRow, Month
from yiwang.scenes.patrol.queries_figures import By

NOVEMBER = date(2026, 11, 30)


@pytest.fixture
def street(play: Play) -> Play:
    play.tx.now = NOON.replace(hour=12)
    set_owed(play.tx, SCENE)
    return play


def assessed(play: Play, login: str = "tang.yi", by: By = By.person, month: date = NOVEMBER) -> dict[str, AssessedRow]:
    actor = play.who(login)
    rows = queries_figures.list_assessed(play.tx, actor, scope_of(actor), month, by)
    return {row.figures.name: row for row in rows}


def told(row: AssessedRow, *names: str) -> list[Any]:
    return [getattr(row.figures, name) for name in names]


def walked(play: Play) -> Walk:
    """Two days: on the first wang.lei reaches one point in time, one late and one not at all; on the second nobody goes."""
    walk = Walk(play)
    walk.set(weekdays=(2, 3))
    play.tx.now = at("2026-11-24 17:00")
    walk.begin()
    walk.tap(0, "2026-11-24 14:20", form=GOOD["灭火器"])
    walk.tap(1, "2026-11-24 16:30", form=GOOD["报警主机"])
    play.tx.now = at("2026-11-25 12:00")
    actions.plan_shifts(play.tx)
    play.tx.now = at("2026-11-25 16:00")
    return walk


POINTS = ("shifts", "begun", "points", "done", "late", "missed")


def test_a_walk_is_of_whoever_took_it_and_of_its_unit(street: Play):
    walked(street)
    people, units = assessed(street), assessed(street, by=By.unit)
    assert told(people["王磊"], *POINTS) == [1, 1, 3, 1, 1, 1]
    assert people["王磊"].in_time == 33.3
    assert told(units["老西门街道"], *POINTS) == [2, 1, 6, 1, 1, 4], "the walk that nobody took is the unit's"
    assert units["老西门街道"].in_time == 16.7
    assert assessed(street, month=date(2026, 10, 1)) == {}


def test_a_walk_still_under_way_is_not_judged(street: Play):
    walked(street)
    street.tx.now = at("2026-11-25 15:59")
    assert told(assessed(street, by=By.unit)["老西门街道"], "shifts", "missed") == [1, 1]


def test_taps_are_counted_with_what_speaks_against_them(street: Play):
    walked(street)
    made = point(street, n=9)
    tap(street, made, "wang.lei", at=at("2026-11-25 15:00"))
    row = assessed(street)["王磊"]
    assert told(row, "taps", "doubted") == [3, 3], "two read from plain tags that can be copied, one typed in"
    assert row.sure == 0.0


def test_damage_is_followed_to_the_close_of_its_case(street: Play):
    first, second = point(street, n=1), point(street, n=2)
    for made in (first, second):
        photo = street.photo("wang.lei", PhotoKind.near)
        tap(street, made, form=GOOD["灭火器"] | {"seal": "缺损"}, photos=(photo.sha256,))
    [case], _ = cases(street, first), cases(street, second)
    row = assessed(street)["王磊"]
    assert (told(row, "damaged", "cases", "closed"), row.settled) == ([2, 2, 0], 0.0)
    for handler in ("peng.liang", "han.shuo"):  # the firm, and the fire station that helps it
        street.finish(street.take(case, handler), handler)
    street.close(street.verify(case, "zhao.xin"))
    row = assessed(street)["王磊"]
    assert (told(row, "damaged", "cases", "closed"), row.settled) == ([2, 2, 1], 50.0)


def test_what_was_owed_is_met_made_up_or_lapsed(street: Play):
    """Three extinguishers of a firm, half-monthly: one met in time, one missed and made up in the next half month, one missed for good."""
    made = [point(street, n=n, crowded=True, keeper=FIRM) for n in (1, 2, 3)]
    tags = {p: tag(street, p) for p in made}

    def check(n: int) -> None:
        done = tap(street, made[n], "peng.liang", form=GOOD["灭火器"], reading=tags[made[n]])
        assert done.met == ("extinguisher-half-monthly",)

    street.tx.now = at("2026-12-01 10:00")
    check(0)
    street.tx.now = at("2026-12-10 01:00")  # the others fell due
    sweep(street)
    street.tx.now = at("2026-12-12 10:00")
    check(1)
    units, people = (assessed(street, by=by, month=date(2026, 12, 1)) for by in (By.unit, By.person))
    assert told(units["老西门物业服务公司（演示）"], "owed", "met", "made_up", "lapsed") == [3, 1, 1, 1]
    assert units["老西门物业服务公司（演示）"].kept == 33.3
    assert told(people["彭亮"], "owed", "met", "made_up", "lapsed") == [2, 1, 1, 0], (
        "what nobody met is nobody's by name"
    )


def test_people_see_themselves_and_who_judges_sees_those_of_the_ground(street: Play):
    walked(street)
    assert set(assessed(street, "wang.lei")) == {"王磊"}
    assert set(assessed(street, "zhao.xin")) == set()
    assert set(assessed(street, "zhang.min")) == set(), "an operator judges nobody"
    assert set(assessed(street, "tang.yi")) == set(assessed(street, "shen.he")) == {"王磊"}
    assert set(assessed(street, "next.door", By.unit)) == set()
    assert unit(STREET) in {r.figures.id for r in assessed(street, "zhang.min", By.unit).values()}


def test_the_file_has_a_column_for_every_number(street: Play):
    walked(street)
    row = rules_figures.cells_of(assessed(street)["王磊"])
    assert len(row) == len(rules_figures.HEADS)
    assert dict(zip(rules_figures.HEADS, row, strict=True))["按时率%"] == 33.3


def test_shares_of_nothing_are_none():
    row = rules_figures.weigh(Assessed(unit(STREET), "", "", *[0] * 15))
    assert (row.in_time, row.kept, row.sure, row.settled) == (None, None, None, None)


# ── trends ────────────────────────────────────────────────────────────────────────────────────────────────────────


def months(**counts: int) -> list[Month]:
    return [Month(date(int(m[1:5]), int(m[5:]), 1), n, n // 10, 0) for m, n in counts.items()]


def test_a_quarter_is_compared_with_the_one_before_and_that_of_the_year_before():
    series = months(m202510=30, m202511=30, m202512=60, m202607=50, m202608=50, m202609=100, m202610=80, m202611=40)
    done = rules_figures.compare(series, date(2026, 7, 1), date(2026, 11, 24))
    assert (done[0].now, done[0].before, done[0].on_before) == (200, 0, None), "nothing is known of spring"
    running = rules_figures.compare(series, date(2026, 10, 1), date(2026, 11, 24))
    checks = running[0]
    assert (checks.now, checks.before, checks.last_year) == (120, 100, 60), "two months of it: with two of the others"
    assert (checks.on_before, checks.on_last_year) == (20.0, 100.0)
    assert [c.name for c in running] == ["checks", "damaged", "missed"]


def test_the_series_has_no_gaps_and_adds_up_by_quarter():
    trend = rules_figures.make_trend(months(m202605=10, m202608=20), date(2026, 7, 1), date(2026, 10, 2), ["灭火器"])
    assert [(m.month.month, m.checks) for m in trend.series] == [(5, 10), (6, 0), (7, 0), (8, 20), (9, 0), (10, 0)]
    assert [(q.begins, q.months, q.checks) for q in trend.quarters] == [
        (date(2026, 4, 1), 2, 10), (date(2026, 7, 1), 3, 20), (date(2026, 10, 1), 1, 0),
    ]  # fmt: skip


def test_a_year_turns():
    assert rules_figures.add_months(date(2026, 11, 1), 3) == date(2027, 2, 1)
    assert rules_figures.add_months(date(2026, 1, 1), -3) == date(2025, 10, 1)
    assert rules_figures.month_span(date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))


def tally(play: Play) -> int:
    return store.put_tally(play.tx, ZONE)


def heat(play: Play, **more: Any) -> list[tuple[int, int, int]]:
    found = queries_figures.list_heat(play.tx, scope_of(play.who("zhang.min")), date(2026, 11, 1), **more)
    return [(h.checks, h.damaged, h.missed) for h in found]


def test_checks_damage_and_misses_are_counted_by_month_grid_and_equipment(street: Play):
    ok, bad = point(street, "灭火器", 1, crowded=True), point(street, "视频监控", 2)
    tap(street, ok, form=GOOD["灭火器"])
    tap(street, bad, form=GOOD["视频监控"] | {"picture": "被遮挡"})
    street.tx.now = at("2026-12-10 01:00")
    sweep(street)  # the extinguisher's half month is over: typed in, the tap met nothing
    assert tally(street) == 2
    assert heat(street) == [(2, 1, 1)]
    assert heat(street, what="灭火器") == [(1, 0, 1)] and heat(street, what="视频监控") == [(1, 1, 0)]
    zhang = street.who("zhang.min")
    trend = queries_figures.get_trend(street.tx, scope_of(zhang), date(2026, 12, 1))
    assert [(m.month, m.checks, m.damaged, m.missed) for m in trend.series] == [
        (date(2026, 11, 1), 2, 1, 0), (date(2026, 12, 1), 0, 0, 1),
    ]  # fmt: skip
    assert {"灭火器", "视频监控", "公共娱乐场所"} <= set(trend.whats)
    for login in ("next.door", "peng.liang"):
        assert queries_figures.get_trend(street.tx, scope_of(street.who(login)), date(2026, 12, 1)).series == []


def test_the_series_of_each_grid_and_kind_can_be_had_page_by_page(street: Play):
    for n, (equipment, when) in enumerate(
        (("灭火器", "2026-10-29"), ("灭火器", "2026-11-02"), ("视频监控", "2026-11-03")), 1
    ):
        tap(street, point(street, equipment, n), at=at(f"{when} 10:00"), form=GOOD[equipment])
    tally(street)
    tx, seen = street.tx, scope_of(street.who("zhang.min"))
    found = queries_figures.list_series(tx, seen)
    assert [(c.month.month, c.what, c.checks) for c in found] == [
        (10, "灭火器", 1),
        (11, "灭火器", 1),
        (11, "视频监控", 1),
    ]
    assert len({c.grid_code for c in found}) == 1
    first = found[0]
    rest = queries_figures.list_series(tx, seen, after=(first.month, first.grid_code, first.what))
    assert rest == found[1:] and queries_figures.list_series(tx, seen, limit=1) == found[:1]
    narrowed: list[tuple[dict[str, Any], list[int]]] = [
        ({"since": date(2026, 11, 20)}, [1, 2]), ({"until": date(2026, 10, 2)}, [0]), ({"what": "灭火器"}, [0, 1]),
        ({"grid": first.grid_code, "what": "视频监控"}, [2]), ({"grid": "310101018001001"}, []),
    ]  # fmt: skip
    for by, which in narrowed:
        assert queries_figures.list_series(tx, seen, **by) == [found[n] for n in which], by
    for login in ("next.door", "peng.liang"):
        assert queries_figures.list_series(tx, scope_of(street.who(login))) == []


def test_what_comes_late_changes_its_own_month(street: Play):
    made = point(street, crowded=True)
    reading = tag(street, made)
    street.tx.now = at("2026-12-10 01:00")
    sweep(street)
    tally(street)
    assert heat(street) == [(0, 0, 1)]
    street.tx.now = at("2026-12-11 10:00")
    tap(street, made, at=at("2026-11-30 22:00"), form=GOOD["灭火器"], reading=reading)
    assert tally(street) == 2, "of November the check, of December the lapse that it excuses"
    assert heat(street) == [(1, 0, 0)]
    street.tx.now += timedelta(hours=1)
    tally(street)
    assert tally(street) == 0, "nothing was told since"


def test_a_night_belongs_to_the_city_s_month(street: Play):
    tap(street, point(street), at=datetime(2026, 10, 31, 16, 30, tzinfo=ZoneInfo("UTC")))
    tally(street)
    [row] = street.tx.conn.execute("select month from patrol.tally").fetchall()
    assert row == (date(2026, 11, 1),)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2200-01-01", "1999-12-31"])
@pytest.mark.parametrize("what", ["trend?quarter", "heat?quarter", "assessment?month"])
def test_a_year_that_cannot_be_counted_from_is_refused(day: str, what: str):
    app = FastAPI()
    install_errors(app)
    app.include_router(api.routes)
    app.dependency_overrides[current_actor] = lambda: system("test")
    assert TestClient(app, raise_server_exceptions=False).get(f"/api/patrol/{what}={day}").status_code == 422
