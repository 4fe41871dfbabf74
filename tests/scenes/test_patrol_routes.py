"""Routes and shifts: planned, walked, told late and out of order, and what was missed seen at once."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

import world
from scenes.test_patrol import FIRM, NOON, SCENE, STREET, at, point, premises, tag, tap
from world import Play
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.scenes.actions import set_owed
from yiwang.scenes.patrol import actions, queries, rules, store
from yiwang.scenes.patrol.model_routes import BeginShift, EndShift, RetireRoute, SetRoute, Shift, ShiftFile, StopState

TODAY = date(2026, 11, 24)
BESIDE = (world.SPOT[0] + 0.0004, world.SPOT[1])


class Walk:
    """A route of three points, walked on weekdays from 14 to 16 o'clock."""

    def __init__(self, play: Play) -> None:
        self.play, self.id = play, new_id()
        self.points = [point(play, "灭火器", 1), point(play, "报警主机", 2, at=BESIDE), point(play, "视频监控", 3)]
        self.tags = {p: tag(play, p) for p in self.points}

    def set(self, by: str = "zhang.min", **more: Any) -> Any:
        fields: dict[str, Any] = {
            "n": 0, "name": "梦花街治安消防", "unit_code": STREET, "points": tuple(self.points), "weekdays": (1, 2, 3, 4, 5),
            "begins": time(14), "ends": time(16),
        }  # fmt: skip
        return actions.set_route(self.play.tx, self.play.who(by), SetRoute(self.id, **fields | more))

    def shift(self, day: date = TODAY) -> Shift:
        found = queries.list_shifts(self.play.tx, scope_of(self.play.who("zhang.min")), day)
        return next(s for s in found if s.route_id == self.id)

    def file(self, by: str = "zhang.min") -> ShiftFile:
        return queries.get_shift(self.play.tx, self.play.who(by), self.shift().id)

    def begin(self, by: str = "wang.lei", when: str = "2026-11-24 14:00") -> ShiftFile:
        return actions.begin_shift(self.play.tx, self.play.who(by), BeginShift(self.shift().id, at(when)))

    def end(self, by: str = "wang.lei", when: str = "2026-11-24 15:30", begun: str = "2026-11-24 14:00") -> ShiftFile:
        return actions.end_shift(self.play.tx, self.play.who(by), EndShift(self.shift().id, at(when), at(begun)))

    def tap(self, n: int, when: str, by: str = "wang.lei", **more: Any) -> Any:
        thing = self.points[n]
        where = BESIDE if n == 1 else world.SPOT
        return tap(self.play, thing, by, at=at(when), reading=self.tags[thing], place=where, **more)

    def states(self) -> list[StopState]:
        return [stop.state for stop in self.file().stops]


@pytest.fixture
def walk(play: Play) -> Walk:
    play.tx.now = NOON.replace(hour=12)
    set_owed(play.tx, SCENE)
    return Walk(play)


def close(walk: Walk) -> int:
    return actions._close(walk.play.tx)


W, D, L, M = StopState.waiting, StopState.done, StopState.late, StopState.missed


# ── planning ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_route_is_planned_and_its_walks_stand_there(walk: Walk):
    route = walk.set()
    assert [s.thing_id for s in route.spots] == walk.points and route.acts == ("set", "retire")
    assert (walk.shift().starts_at, walk.shift().ends_at) == (at("2026-11-24 14:00"), at("2026-11-24 16:00"))
    assert walk.shift(TODAY + timedelta(days=1)).state == "planned"
    assert actions.plan_shifts(walk.play.tx) == 0, "planned once"
    assert [e.event for e in list_entries(walk.play.tx, walk.id)] == ["route.set"]


def test_the_same_again_changes_nothing_and_who_comes_later_is_told(walk: Walk):
    first = walk.set()
    assert walk.set() == first
    with walk.play.refused("route.changed"):
        walk.set(name="别的名字")
    changed = walk.set(n=1, points=tuple(walk.points[:2]), begins=time(13))
    assert (changed.route.n, len(changed.spots)) == (2, 2)
    assert (walk.shift().points, walk.shift().starts_at) == (2, at("2026-11-24 13:00"))


def test_a_walk_under_way_stays_as_it_was_planned(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:05")
    walk.begin()
    walk.set(n=1, points=tuple(walk.points[:1]))
    assert walk.shift().points == 3
    assert walk.shift(TODAY + timedelta(days=1)).points == 1


def test_a_walk_that_nobody_has_begun_follows_its_route_and_stays_when_that_is_stopped(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:05")
    first = walk.shift().id
    walk.set(n=1, points=tuple(walk.points[:1]), ends=time(17))
    assert (walk.shift().id, walk.shift().points, walk.shift().ends_at) == (first, 1, at("2026-11-24 17:00"))
    actions.retire_route(walk.play.tx, walk.play.who("zhang.min"), RetireRoute(walk.id))
    assert walk.begin(when="2026-11-24 14:05").shift.id == first, "begun without a network, told later"


def test_a_walk_that_left_points_out_is_told_where_its_first_one_is(walk: Walk):
    walk.set()
    seen = scope_of(walk.play.who("zhang.min"))
    assert queries.list_missed(walk.play.tx, seen) == [], "its time is not over"
    walk.play.tx.now = at("2026-11-24 14:05")
    walk.begin()
    walk.tap(0, "2026-11-24 14:05")
    walk.play.tx.now = at("2026-11-24 16:01")
    [one] = queries.list_missed(walk.play.tx, seen)
    assert (one.scene, one.what, one.late, one.thing_id) == ("patrol", "own", True, walk.points[1])
    assert (one.zh, one.since) == ("漏巡 2 个点位", at("2026-11-24 16:00"))
    assert queries.list_missed(walk.play.tx, scope_of(walk.play.who("next.door"))) == []
    walk.play.tx.now = at("2026-11-25 00:30")
    assert [m.since for m in queries.list_missed(walk.play.tx, seen)] == [at("2026-11-24 16:00")], "after midnight too"
    walk.play.tx.now = at("2026-11-25 16:01")
    assert at("2026-11-24 16:00") not in [m.since for m in queries.list_missed(walk.play.tx, seen)], "for a day"


def test_a_route_over_midnight_ends_on_the_next_day(walk: Walk):
    walk.set(begins=time(22), ends=time(2))
    assert (walk.shift().starts_at, walk.shift().ends_at) == (at("2026-11-24 22:00"), at("2026-11-25 02:00"))


def test_a_route_is_not_walked_on_other_days_and_no_more_when_retired(walk: Walk):
    walk.set(weekdays=(3,))
    with pytest.raises(StopIteration):
        walk.shift()
    assert walk.shift(TODAY + timedelta(days=1))
    actions.retire_route(walk.play.tx, walk.play.who("zhang.min"), RetireRoute(walk.id))
    actions.retire_route(walk.play.tx, walk.play.who("zhang.min"), RetireRoute(walk.id))
    assert queries.list_shifts(walk.play.tx, scope_of(walk.play.who("zhang.min")), TODAY + timedelta(days=1)) == []
    assert [e.event for e in list_entries(walk.play.tx, walk.id)] == ["route.set", "route.retired"]


def test_a_route_that_was_retired_is_listed_apart_and_can_be_taken_up_again(walk: Walk):
    walk.set()
    tx, zhang = walk.play.tx, walk.play.who("zhang.min")
    gone = actions.retire_route(tx, zhang, RetireRoute(walk.id))
    assert gone.acts == ("resume",)
    seen = scope_of(zhang)
    assert (queries.list_routes(tx, seen), [r.id for r in queries.list_routes(tx, seen, retired=True)]) == (
        [],
        [walk.id],
    )
    again = walk.set(n=gone.route.n)
    assert again.acts == ("set", "retire") and again.route.retired_at is None
    assert walk.shift().state == "planned" and queries.list_routes(tx, seen, retired=True) == []


def test_units_to_plan_for_are_those_of_ones_ground_that_have_somebody_who_patrols(walk: Walk):
    tx = walk.play.tx

    def units(login: str) -> list[str]:
        return [u.code for u in queries.list_walking_units(tx, scope_of(walk.play.who(login), rules.PLANNERS))]

    mine = units("zhang.min")
    assert {STREET, FIRM} <= set(mine) and all(code.startswith(STREET) for code in mine)
    assert all(queries.find_walkers(tx, world.unit(code)) for code in mine)
    assert units("wang.lei") == [], "walks, plans nothing"
    assert STREET not in units("next.door")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"begins": time(9), "ends": time(9)}, "route.wrong"),
        ({"weekdays": (1, 1)}, "route.wrong"),
        ({"points": (world.unit(STREET),)}, "thing.none"),
        ({"unit_code": "310101018"}, "network.no_unit"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(walk: Walk, wrong: dict[str, Any], code: str):
    with walk.play.refused(code):
        walk.set(**wrong)


def test_a_point_stands_on_a_route_once_and_its_people_are_of_the_unit(walk: Walk):
    with walk.play.refused("route.wrong"):
        walk.set(points=(walk.points[0], walk.points[0]))
    with walk.play.refused("route.stranger"):
        walk.set(people=(walk.play.who("peng.liang").id,))
    assert walk.set(people=(walk.play.who("wang.lei").id,)).people[0].name == "王磊"


@pytest.mark.parametrize(("login", "code"), [("wang.lei", "network.not_your_post"), ("next.door", "network.no_unit")])
def test_who_does_not_plan_there_is_refused(walk: Walk, login: str, code: str):
    with walk.play.refused(code):
        walk.set(login)


# ── walking ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_taps_are_seen_as_they_come_and_what_was_missed_at_once(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:50")
    walk.begin()
    walk.tap(1, "2026-11-24 14:10")
    walk.tap(0, "2026-11-24 14:30")
    assert walk.states() == [D, D, W]
    assert [s.turn for s in walk.file().stops] == [2, 1, None]
    assert (walk.shift().state, walk.shift().done, walk.shift().missed) == ("walked", 2, 0)
    walk.play.tx.now = at("2026-11-24 16:00")
    assert walk.states() == [D, D, M]
    assert (walk.shift().state, walk.shift().missed) == ("over", 1)
    assert (close(walk), close(walk)) == (1, 0), "noted once"
    entries = list_entries(walk.play.tx, walk.shift().id)
    assert [e.event for e in entries] == ["shift.begun", "shift.over"] and '"missed":1' in entries[-1].body


def test_a_walk_that_nobody_took_is_missed_as_a_whole(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:30")
    walk.tap(0, "2026-11-24 14:20")
    walk.play.tx.now = at("2026-11-24 16:00")
    assert walk.states() == [M, M, M]
    assert close(walk) == 1


def test_what_was_told_late_and_in_another_order_stands_where_it_belongs(walk: Walk):
    """No network: the end comes first, then the taps, the last one first."""
    walk.set()
    walk.play.tx.now = at("2026-11-24 19:00")
    close(walk)
    assert walk.states() == [M, M, M]
    walk.end(when="2026-11-24 16:40")
    walk.tap(2, "2026-11-24 16:30")
    walk.tap(1, "2026-11-24 15:10")
    walk.tap(0, "2026-11-24 14:20")
    assert walk.states() == [D, D, L]
    assert [s.turn for s in walk.file().stops] == [1, 2, 3]
    begun = walk.begin()
    assert begun.shift.begun_at == at("2026-11-24 14:00"), "its beginning, told last, changes nothing"
    assert [e.event for e in list_entries(walk.play.tx, begun.shift.id)] == ["shift.over", "shift.begun", "shift.ended"]


def test_two_taps_of_one_point_are_one_and_the_first_counts(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 15:00")
    walk.begin()
    walk.tap(0, "2026-11-24 14:40")
    walk.tap(0, "2026-11-24 14:20")
    assert (walk.shift().done, walk.file().stops[0].at) == (1, at("2026-11-24 14:20"))


def test_a_tap_before_the_walk_or_long_after_or_of_somebody_else_is_not_of_it(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 19:00")
    walk.begin()
    walk.tap(0, "2026-11-24 13:50")
    walk.tap(1, "2026-11-24 18:01")
    walk.tap(2, "2026-11-24 15:00", "zhao.xin")
    assert walk.states() == [M, M, M]
    assert timedelta(hours=2) == rules.LATE and "interval '2 hours'" in store.TAPPED


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("peng.liang", "shift.none"),  # a firm of the street
        ("sun.lan", "network.not_your_post"),  # supervises, walks no route
        ("next.door", "shift.none"),  # another street
    ],
)
def test_who_may_not_walk_it_is_refused(walk: Walk, login: str, code: str):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:00")
    with walk.play.refused(code):
        walk.begin(login)


def test_one_takes_it_and_the_other_is_told(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:00")
    assert walk.begin().acts == ("end",) and walk.begin().acts == ("end",)
    with walk.play.refused("shift.taken"):
        walk.begin("zhao.xin")
    with walk.play.refused("shift.not_yours"):
        walk.end("zhao.xin", "2026-11-24 14:00")


def test_a_firm_walks_its_own_route_and_sees_no_other(walk: Walk):
    walk.set(unit_code=FIRM)
    own, walk.id = walk.id, new_id()
    walk.set(name="街道自己的")
    walk.play.tx.now = at("2026-11-24 14:00")
    tx, peng = walk.play.tx, walk.play.who("peng.liang")
    assert [f.shift.route_id for f in queries.list_my_shifts(tx, peng, scope_of(peng)) if f.shift.day == TODAY] == [own]
    assert [s.route_id for s in queries.list_shifts(tx, scope_of(peng), TODAY)] == [own]
    with walk.play.refused("shift.none"):
        walk.begin("peng.liang")
    wang = walk.play.who("wang.lei")
    mine = [f for f in queries.list_my_shifts(tx, wang, scope_of(wang)) if f.shift.day == TODAY]
    assert [f.shift.route_id for f in mine] == [walk.id] and len(mine[0].stops) == 3 and mine[0].acts == ("begin",)


@pytest.mark.parametrize("when", ["2026-11-24 13:29", "2026-11-24 16:00", "2026-11-25 14:00"])
def test_it_is_not_begun_before_its_time_nor_after(walk: Walk, when: str):
    walk.set()
    walk.play.tx.now = at("2026-11-24 15:00") if "25" in when else at(when)
    with walk.play.refused("shift.time"):
        walk.begin(when=when)


def test_it_does_not_end_before_it_began_and_not_hours_after_its_time(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 14:30")
    walk.begin(when="2026-11-24 14:30")
    with walk.play.refused("shift.time"):
        walk.end(when="2026-11-24 14:00")
    walk.play.tx.now = at("2026-11-25 09:00")
    assert walk.end(when="2026-11-25 08:00").shift.ended_at == at("2026-11-24 18:00")


def test_what_speaks_against_a_tap_is_counted_at_its_walk(walk: Walk):
    walk.set()
    walk.play.tx.now = at("2026-11-24 15:00")
    walk.begin()
    tap(walk.play, walk.points[0], at=at("2026-11-24 14:20"))
    assert (walk.shift().done, walk.shift().doubted) == (1, 1), "typed in, and so doubted"
    assert walk.file().stops[0].doubts == ("typed",)


def test_a_place_can_be_on_a_route_and_other_things_cannot(walk: Walk):
    made = premises(walk.play, hours="10:00-22:00").thing.id
    assert [s.what for s in walk.set(points=(made, walk.points[0])).spots] == ["公共娱乐场所", "灭火器"]
    with walk.play.refused("route.wrong"):
        rules.demand_plan((made,), {"elevator"}, (1,), time(1), time(2))
