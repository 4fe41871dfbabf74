"""Rosters, and the one call of N4: who is on duty here, now, for this."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Problem, Refused
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import Scope
from yiwang.network import queries_people
from yiwang.network.actions_people import assign_duty, erase_person, plan_duty, revoke_post, set_shift
from yiwang.network.actions_units import merge_units
from yiwang.network.model import PostKind
from yiwang.network.model_people import (
    AssignDuty,
    DutyLine,
    ErasePerson,
    PlanDuty,
    RevokePost,
    SetShift,
    Shift,
    ShiftKind,
)
from yiwang.network.model_units import MergeUnits
from yiwang.network.queries_people import who_is_on_duty
from yiwang.network.rules_people import what_day, work_out_duties

from .conftest import PATHS, ROBOT, Town, unit_id

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL = Scope(True, (), ROBOT.id)
A, B, C = (named_id(f"post:{x}") for x in "abc")
DISPATCHER = [PostKind.dispatcher]


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def round_the_clock(*posts, holidays=()) -> tuple[DutyLine, ...]:
    lines = (DutyLine(ShiftKind.day, posts, at_once=1), DutyLine(ShiftKind.night, posts[::-1], at_once=1))
    return (*lines, DutyLine(ShiftKind.holiday, holidays)) if holidays else lines


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 17), (2, True, False)),  # Spring Festival
        (date(2026, 2, 14), (1, False, False)),  # a Saturday that is worked, like a Monday
        (date(2026, 5, 30), (6, False, False)),  # a plain Saturday is a weekend, no statutory holiday
        (date(2026, 5, 29), (5, False, False)),
        (date(2031, 10, 1), (3, False, True)),  # not announced yet
    ],
)
def test_what_day_it_is(day: date, expected: tuple[int, bool, bool]) -> None:
    assert what_day(day) == expected


def test_a_plan_covers_every_minute_of_a_year_through_holidays() -> None:
    cmd = PlanDuty(unit_id("S1"), date(2026, 1, 1), date(2026, 12, 31), round_the_clock(A, B, holidays=(C,)))
    duties, provisional = work_out_duties(cmd, {})
    assert not provisional
    covered = sorted((d.since, d.until) for d in duties)
    assert covered[0][0] == local(date(2026, 1, 1), 8)
    for (_, ends), (begins, _) in pairwise(covered):
        assert begins <= ends, "nobody on duty"
    holidays = {d.since.date() for d in duties if d.shift is ShiftKind.holiday}
    assert {date(2026, 1, 1), date(2026, 2, 17), date(2026, 10, 1)} <= holidays
    assert all(d.post_id == C for d in duties if d.since.date() in holidays)
    turns = Counter(d.post_id for d in duties if d.shift is ShiftKind.day)
    assert abs(turns[A] - turns[B]) <= len(holidays)


def test_turns_carry_on_from_plan_to_plan() -> None:
    whole, _ = work_out_duties(PlanDuty(A, date(2026, 3, 1), date(2026, 3, 10), round_the_clock(A, B, C)), {})
    first, _ = work_out_duties(PlanDuty(A, date(2026, 3, 1), date(2026, 3, 4), round_the_clock(A, B, C)), {})
    rest, _ = work_out_duties(PlanDuty(A, date(2026, 3, 5), date(2026, 3, 10), round_the_clock(A, B, C)), {})
    assert [(d.post_id, d.since) for d in whole] == [(d.post_id, d.since) for d in first + rest]


def test_weekdays_shifts_zones_and_years_to_come() -> None:
    line = DutyLine(ShiftKind.day, (A,), weekdays=(1, 2, 3, 4, 5))
    duties, _ = work_out_duties(PlanDuty(A, date(2026, 2, 9), date(2026, 2, 15), (line,)), {})
    assert [d.since.day for d in duties] == [9, 10, 11, 12, 13, 14]  # the 14th is worked for the festival
    plain = PlanDuty(A, date(2026, 2, 9), date(2026, 2, 15), (line,), holidays=False)
    assert [d.since.day for d in work_out_duties(plain, {})[0]] == [9, 10, 11, 12, 13]
    shifts = {ShiftKind.day: Shift(ShiftKind.day, time(6, 30), time(14))}
    boston = PlanDuty(A, date(2026, 7, 1), date(2026, 7, 1), (line,), zone="America/New_York", holidays=False)
    (duty,) = work_out_duties(boston, shifts)[0]
    assert duty.since == datetime(2026, 7, 1, 10, 30, tzinfo=UTC)
    assert work_out_duties(PlanDuty(A, date(2031, 1, 1), date(2031, 1, 2), (line,)), {})[1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": date(2026, 2, 28)}, "network.wrong_period"),
        ({"until": date(2028, 3, 1)}, "network.wrong_period"),
        ({"lines": ()}, "network.plan_empty"),
        ({"lines": (DutyLine(ShiftKind.single, (A,)),)}, "network.plan_line"),
        ({"lines": (DutyLine(ShiftKind.day, ()),)}, "network.plan_line"),
        ({"lines": (DutyLine(ShiftKind.day, (A, A)),)}, "network.plan_line"),
        ({"lines": (DutyLine(ShiftKind.day, (A,), (0,)),)}, "network.plan_line"),
        ({"lines": (DutyLine(ShiftKind.day, (A,), at_once=0),)}, "network.plan_line"),
        ({"zone": "Asia/Atlantis"}, "network.wrong_zone"),
        ({"zone": "../etc"}, "network.wrong_zone"),
        (
            {"until": date(2027, 2, 1), "lines": (DutyLine(ShiftKind.day, tuple(new_id() for _ in range(99))),)},
            "network.plan_too_large",
        ),
    ],
)
def test_plans_that_cannot_be(change: dict, code: str) -> None:
    given = {"unit_id": A, "since": date(2026, 3, 1), "until": date(2026, 3, 2), "lines": round_the_clock(A)} | change
    with pytest.raises(Invalid) as caught:
        work_out_duties(PlanDuty(**given), {})
    assert caught.value.code == code


def test_who_is_on_duty_climbs_and_says_so(tx: Tx, town: Town) -> None:
    for login, post, unit in (("li", "dispatcher", "S1"), ("wu", "dispatcher", "D1"), ("he", "handler", "S1")):
        town.person(tx, login, (post, unit))
    posts = {login: town.actor(tx, login).posts[0].id for login in ("li", "wu", "he")}
    now = tx.now
    assert who_is_on_duty(tx, PATHS["N1"], DISPATCHER) == []
    hour = timedelta(hours=1)
    assign_duty(tx, ROBOT, AssignDuty(new_id(), posts["wu"], now - hour, now + 10 * hour, reach=("phone",)))
    (wu,) = who_is_on_duty(tx, PATHS["N1"], DISPATCHER)
    assert (wu.name, wu.climbed, wu.unit_name, wu.phone, wu.wecom) == ("名wu", 2, "东区", "138****0000", None)
    assign_duty(tx, ROBOT, AssignDuty(new_id(), posts["li"], now - hour, now + hour))
    (li,) = who_is_on_duty(tx, PATHS["N1"], DISPATCHER)
    assert (li.name, li.climbed, li.until) == ("名li", 1, now + hour)
    assert who_is_on_duty(tx, PATHS["S1"], DISPATCHER)[0].climbed == 0
    # At the very end of a duty it is over; then, the district.
    assert who_is_on_duty(tx, PATHS["N1"], DISPATCHER, now + hour)[0].name == "名wu"
    assert who_is_on_duty(tx, PATHS["S3"], DISPATCHER) == []
    assert who_is_on_duty(tx, PATHS["N1"], [PostKind.handler]) == []
    both = who_is_on_duty(tx, PATHS["N1"], [PostKind.handler, PostKind.dispatcher])
    assert [p.name for p in both] == ["名li"]
    # Whoever no longer holds the post is not on duty, whatever the roster says.
    revoke_post(tx, ROBOT, RevokePost(posts["li"]))
    assert who_is_on_duty(tx, PATHS["N1"], DISPATCHER)[0].name == "名wu"
    erase_person(tx, ROBOT, ErasePerson(town.people["wu"]))
    assert who_is_on_duty(tx, PATHS["N1"], DISPATCHER) == []


def test_a_grids_own_inspector_comes_first(tx: Tx, town: Town) -> None:
    mine, other, nobodys = new_id(), new_id(), new_id()
    duty = (tx.now - timedelta(hours=1), tx.now + timedelta(hours=1))
    for login, grids in (("aa", (mine,)), ("bb", (other,)), ("cc", ())):
        town.person(tx, login)
        held = town.grant(tx, login, "inspector", "S1", grids=grids)
        assign_duty(tx, ROBOT, AssignDuty(new_id(), held.id, *duty))
    inspector = [PostKind.inspector]

    def asked(grid):
        return [(p.name, p.for_grid) for p in who_is_on_duty(tx, PATHS["S1"], inspector, grid=grid)]

    assert asked(mine) == [("名aa", True)]
    assert asked(nobodys) == [("名cc", False)]
    assert asked(None) == [("名aa", False), ("名bb", False), ("名cc", False)]


def test_duty_follows_a_merged_unit(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    assign_duty(tx, ROBOT, AssignDuty(new_id(), li.posts[0].id, tx.now, tx.now + timedelta(hours=1)))
    merge_units(tx, ROBOT, MergeUnits((unit_id("S1"),), unit_id("S2")))
    (found,) = who_is_on_duty(tx, PATHS["S2"], DISPATCHER)
    assert (found.unit_id, found.climbed) == (unit_id("S2"), 0)
    assert who_is_on_duty(tx, "C.D1.S2.N1", DISPATCHER)[0].climbed == 1


def test_plan_duty_replaces_what_it_planned_and_keeps_what_was_made_by_hand(tx: Tx, town: Town) -> None:
    chief = town.person(tx, "chief", ("commander", "S1"))
    posts = [town.person(tx, login, ("dispatcher", "S1")).posts[0].id for login in ("li", "wu")]
    handler = town.person(tx, "he", ("handler", "S1")).posts[0].id
    day = (tx.now.astimezone(SHANGHAI) + timedelta(days=3)).date()
    by_hand = AssignDuty(new_id(), posts[0], local(day, 9), local(day, 10))
    assign_duty(tx, chief, by_hand)
    plan = PlanDuty(unit_id("S1"), day, day + timedelta(days=6), round_the_clock(*posts), holidays=False)
    others = PlanDuty(unit_id("S1"), day, day, (DutyLine(ShiftKind.day, (handler,)),), holidays=False)
    assert plan_duty(tx, chief, others).planned == 1
    done = plan_duty(tx, chief, plan)
    assert done.planned + done.kept == 14
    assert done.kept in {0, 1}  # li's own hour lies in a day shift only if that day is li's turn
    again = plan_duty(tx, chief, plan)
    assert again == done
    roster = queries_people.list_duties(tx, ALL, "C.D1", local(day, 0), local(day, 0) + timedelta(days=8))
    assert len(roster) == done.planned + 2
    assert {r.post for r in roster} == {PostKind.dispatcher, PostKind.handler}
    page = queries_people.list_duties(tx, ALL, "C", local(day, 0), local(day, 23), limit=1)
    rest = queries_people.list_duties(tx, ALL, "C", local(day, 0), local(day, 23), after=(page[0].since, page[0].id))
    assert page[0].id not in {r.id for r in rest}
    assert queries_people.list_duties(tx, Scope(False, ("C.D2",), ROBOT.id), "C", local(day, 0), local(day, 23)) == []
    on = who_is_on_duty(tx, PATHS["N1"], DISPATCHER, local(day + timedelta(days=1), 3))
    assert [(p.climbed, p.until) for p in on] == [(1, local(day + timedelta(days=1), 8))]
    # By hand once more: the planned duty of that time gives way, another by hand does not.
    assign_duty(tx, chief, AssignDuty(new_id(), posts[1], local(day, 8), local(day, 20)))
    with pytest.raises(Refused, match="duty_taken"):
        assign_duty(tx, chief, AssignDuty(new_id(), posts[1], local(day, 9), local(day, 10)))


def test_shifts_hold_for_the_unit_and_all_below(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    chief = town.person(tx, "chief", ("commander", "D1"))
    set_shift(tx, chief, SetShift(unit_id("D1"), ShiftKind.day, time(7), time(19)))
    day = (tx.now.astimezone(SHANGHAI) + timedelta(days=3)).date()
    plan = PlanDuty(unit_id("S1"), day, day, (DutyLine(ShiftKind.day, (li.posts[0].id,)),), holidays=False)
    plan_duty(tx, chief, plan)
    assert who_is_on_duty(tx, PATHS["S1"], DISPATCHER, local(day, 7, 30))
    set_shift(tx, chief, SetShift(unit_id("S1"), ShiftKind.day, time(9), time(21)))
    plan_duty(tx, chief, plan)
    assert not who_is_on_duty(tx, PATHS["S1"], DISPATCHER, local(day, 7, 30))
    with pytest.raises(Invalid, match="wrong_shift"):
        set_shift(tx, chief, SetShift(unit_id("D1"), ShiftKind.single, time(7), time(19)))


def test_who_may_plan(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    chief = town.person(tx, "chief", ("commander", "S2"))
    wu = town.person(tx, "wu", ("dispatcher", "S2"))
    duty = AssignDuty(new_id(), li.posts[0].id, tx.now, tx.now + timedelta(hours=1))
    for actor, code in ((li, "network.not_your_post"), (chief, "network.no_post")):
        with pytest.raises(Problem) as caught:
            assign_duty(tx, actor, duty)
        assert caught.value.code == code
    line = DutyLine(ShiftKind.day, (li.posts[0].id, wu.posts[0].id))
    with pytest.raises(Invalid, match="not_a_post_here"):
        plan_duty(tx, chief, PlanDuty(unit_id("S2"), date(2026, 3, 1), date(2026, 3, 2), (line,)))
    for change in ({"until": tx.now}, {"reach": ()}, {"reach": ("pigeon",)}):
        given = {"duty_id": new_id(), "post_id": wu.posts[0].id, "since": tx.now, "until": tx.now + timedelta(hours=1)}
        with pytest.raises(Problem):
            assign_duty(tx, chief, AssignDuty(**{**given, **change}))
