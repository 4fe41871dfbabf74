"""电梯困人 (沪府令第76号): an emergency at once; the firm called within five minutes, there within thirty, each timed; and what else
is done with a lift, by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import world
from scenes.test_elevators import LIFT, WELL, add, file_of, maintain
from scenes.test_elevators_ranking import ranking
from world import STREET, Play
from yiwang.cases.model import PhotoKind
from yiwang.cases.queries import get_case
from yiwang.kit.errors import Forbidden, Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_step, queries_step
from yiwang.register.model import SetParty
from yiwang.register.model_kind import Role
from yiwang.register.model_step import StepRow, TakeStep
from yiwang.scenes.actions import set_owed
from yiwang.scenes.elevators import queries
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.scene import SCENE
from yiwang.scenes.model import SceneFigure

FIRM, STREET_DESK, MARKET, WALKER = "peng.liang", "zhang.min", "bai.ting", "wang.lei"
FORMS: dict[str, dict[str, Any]] = {
    "trapped": {"people": 2, "floor": 6}, "called": {"by": "电话"}, "freed": {"freed": 2, "cause": "门系统故障"},
    "put_back": {"done": "更换门机皮带，试运行正常"}, "stop": {"reason": "故障"}, "seal": {"number": "沪市监封〔2026〕1号"},
    "unseal": {"number": "沪市监解〔2026〕1号"}, "scrap": {"number": "沪市监销〔2026〕1号"},
    "assess": {"assessed": "需改造", "number": "PG-1"}, "inspect": {"result": "合格", "number": "JY-1"},
}  # fmt: skip
PHOTOS = {step.name: step.photos for step in ELEVATOR.steps}


@pytest.fixture
def lift(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    add(play)
    cmd = SetParty(LIFT, Role.responsible, f"{STREET}-shichang")
    actions.set_party(play.tx, play.who(STREET_DESK), cmd)
    return play


def take(play: Play, step: str, by: str = FIRM, *, id: UUID | None = None, **more: Any) -> StepRow:
    place = {"lon": world.SPOT[0], "lat": world.SPOT[1]} if step == "arrived" else {}
    photos = tuple(play.photo(by, PhotoKind.near).sha256 for _ in range(PHOTOS[step]))
    told: dict[str, Any] = {"form": FORMS.get(step, {}), "photos": photos} | place | more
    cmd = TakeStep(id or new_id(), LIFT, step, told.pop("at", play.tx.now), **told)
    return actions_step.take_step(play.tx, play.who(by), cmd)


def state(play: Play) -> str:
    return file_of(play).thing.state


def waiting(play: Play) -> dict[str, bool]:
    return {w.step: w.late for w in file_of(play).waiting}


def late(play: Play) -> list[str]:
    return [e.body for e in list_entries(play.tx, LIFT) if e.event == "thing.step_late"]


def figures(play: Play, by: str = STREET_DESK) -> dict[str, SceneFigure]:
    return {f.name: f for f in queries.count_figures(play.tx, scope_of(play.who(by)))}


def test_people_trapped_are_an_emergency_at_once_and_all_units_are_called(lift: Play) -> None:
    row = take(lift, "trapped", WALKER)
    assert (row.state, row.said_zh, row.said_en) == (
        "trapped", "电梯困人，被困 2 人，停在 6 层", "People trapped, 2 inside, at floor 6",
    )  # fmt: skip
    [opened] = file_of(lift).cases
    case = get_case(lift.tx, EVERYTHING, opened.case_id)
    assert opened.step == "trapped" and case.matter_code == "21009" and "被困 2 人" in case.description
    assert case.emergency
    assert {o.unit_id for o in lift.orders(case)} == {
        world.unit(f"{STREET}-{code}") for code in ("xiaofang", "wuye", "shichang")
    }
    assert waiting(lift) == {"called": False, "arrived": False}


@pytest.mark.parametrize("by", [FIRM, STREET_DESK, WALKER])
def test_its_firm_the_duty_officer_and_whoever_walks_there_may_report_it(lift: Play, by: str) -> None:
    assert take(lift, "trapped", by).state == "trapped" and len(file_of(lift).cases) == 1


def test_from_report_to_freed_within_the_times(lift: Play) -> None:
    take(lift, "trapped", STREET_DESK)
    lift.wait(minutes=3)
    take(lift, "called")
    assert waiting(lift) == {"arrived": False}
    lift.wait(minutes=15)
    take(lift, "arrived")
    lift.wait(minutes=10)
    take(lift, "freed")
    assert state(lift) == "stopped" and waiting(lift) == {} and late(lift) == []
    take(lift, "put_back")
    assert state(lift) == "in_use"
    lift.wait(hours=2)
    assert late(lift) == [], "what was done in time is never late"
    got = figures(lift)
    assert {n: got[n].value for n in ("trapped", "traps", "called_late", "arrived_late")} == {
        "trapped": 0, "traps": 1, "called_late": 0, "arrived_late": 0,
    }  # fmt: skip
    assert [got[f"{n}_minutes"].value for n in ("call", "arrive", "free")] == [3, 18, 28]


def test_nobody_called_and_nobody_there_is_noted_each_at_its_own_time(lift: Play) -> None:
    take(lift, "trapped", WALKER)
    lift.wait(minutes=4, seconds=59)
    assert late(lift) == []
    lift.wait(seconds=2)
    assert len(late(lift)) == 1 and waiting(lift) == {"called": True, "arrived": False}
    lift.wait(minutes=26)
    assert len(late(lift)) == 2 and waiting(lift) == {"called": True, "arrived": True}
    lift.wait(hours=3)
    assert len(late(lift)) == 2, "each is noted once"
    take(lift, "arrived")
    take(lift, "freed")
    got = figures(lift)
    assert (got["called_late"].value, got["arrived_late"].value, got["called_late"].tone) == (1, 1, "late")
    assert "call_minutes" not in got, "nobody ever called"


def test_who_sat_without_a_network_was_in_time_by_their_own_clock(lift: Play) -> None:
    take(lift, "trapped", WALKER)
    called = lift.tx.now + timedelta(minutes=4)
    lift.wait(minutes=20)
    take(lift, "called", at=called)
    assert figures(lift)["called_late"].value == 0 and figures(lift)["call_minutes"].value == 4


@pytest.mark.parametrize(
    ("step", "by"),
    [
        ("called", WALKER),
        ("arrived", STREET_DESK),
        ("arrived", WALKER),
        ("arrived", MARKET),
        ("freed", WALKER),
        ("called", "next.door"),
    ],
)
def test_nobody_else_answers_for_the_firm(lift: Play, step: str, by: str) -> None:
    take(lift, "trapped", WALKER)
    with lift.refused("thing.none" if by == "next.door" else _why(lift, step, by)):
        take(lift, step, by)
    assert state(lift) == "trapped"


def _why(play: Play, step: str, by: str) -> str:
    with pytest.raises(Forbidden) as said, play.tx.savepoint():
        take(play, step, by)
    return said.value.code


def test_the_firm_must_say_where_it_is(lift: Play) -> None:
    take(lift, "trapped", WALKER)
    with lift.refused("step.no_place"):
        take(lift, "arrived", lon=None, lat=None)


def test_a_double_tap_is_one_trap_and_a_second_report_is_told(lift: Play) -> None:
    id = new_id()
    first = take(lift, "trapped", WALKER, id=id)
    assert take(lift, "trapped", WALKER, id=id) == first
    with lift.refused("step.not_now"):
        take(lift, "trapped", STREET_DESK)
    assert len(file_of(lift).cases) == 1


def test_a_lift_that_is_out_of_use_traps_people_too(lift: Play) -> None:
    take(lift, "stop")
    assert take(lift, "trapped", WALKER).state == "trapped"
    take(lift, "freed", STREET_DESK, form={"freed": 1, "cause": "待查", "by": "消防救援"})
    assert state(lift) == "stopped"
    with lift.refused("step.not_now"):
        take(lift, "called")


def test_it_is_trapped_now_for_all_who_see_the_lift(lift: Play) -> None:
    assert queries.list_running(lift.tx, EVERYTHING) == []
    row = take(lift, "trapped", WALKER)
    for by in (STREET_DESK, FIRM):
        [running] = queries.list_running(lift.tx, scope_of(lift.who(by)))
        assert (running.id, running.at, running.firm) == (LIFT, row.at, "老西门物业服务公司（演示）")
        assert running.call_due == row.at + timedelta(minutes=5) and running.called_at is None
        assert (
            running.arrive_due == row.at + timedelta(minutes=30) and running.case_id == file_of(lift).cases[0].case_id
        )
        assert figures(lift, by)["trapped"].value == 1
    assert queries.list_running(lift.tx, scope_of(lift.who("next.door"))) == []
    assert figures(lift, "next.door")["traps"].value == 0
    take(lift, "called")
    [running] = queries.list_running(lift.tx, EVERYTHING)
    assert running.called_at == lift.tx.now
    take(lift, "freed")
    assert queries.list_running(lift.tx, EVERYTHING) == []


def test_traps_and_faults_of_a_year_count_in_the_ranking(lift: Play) -> None:
    before = dict(ranking(lift))
    take(lift, "stop")
    take(lift, "put_back")
    faulty = dict(ranking(lift))
    take(lift, "stop", form={"reason": "检修"})
    take(lift, "put_back")
    assert dict(ranking(lift)) == faulty and sum(faulty.values()) == sum(before.values()) + 3, "a service is no fault"
    take(lift, "trapped", WALKER)
    take(lift, "freed")
    assert sum(dict(ranking(lift)).values()) == sum(faulty.values()) + 10


# ── what else is done with it ────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_market_regulator_seals_unseals_and_scraps(lift: Play) -> None:
    for by in (FIRM, STREET_DESK, WALKER):
        with lift.refused(_why(lift, "seal", by)):
            take(lift, "seal", by)
    with lift.refused("step.photos"):
        take(lift, "seal", MARKET, photos=())
    take(lift, "seal", MARKET)
    for step in ("put_back", "stop"):
        with lift.refused("step.not_now"):
            take(lift, step)
    take(lift, "unseal", MARKET)
    assert state(lift) == "stopped", "unsealed, it still has to be put back"
    take(lift, "scrap", MARKET)
    assert file_of(lift).thing.ended and file_of(lift).may == ()


def test_what_an_assessment_found_stands_in_the_file_with_its_day(lift: Play) -> None:
    with pytest.raises(Invalid):
        take(lift, "assess", STREET_DESK, form={"assessed": "很好"})
    with lift.refused("step.photos"):
        take(lift, "assess", STREET_DESK, photos=())
    take(lift, "assess", STREET_DESK)
    found = file_of(lift).thing.attributes
    assert (found["assessed"], found["assessed_on"]) == ("需改造", "2026-11-24")


def test_what_failed_its_inspection_stands_still(lift: Play) -> None:
    row = take(lift, "inspect", MARKET, form={"result": "不合格"})
    assert row.state == "stopped" and row.said_zh == "检验不合格，停用"
    take(lift, "put_back")
    assert take(lift, "inspect", MARKET).state == "in_use"
    assert file_of(lift).thing.attributes["inspected_on"] == "2026-11-24"


def test_an_item_of_maintenance_that_is_wrong_is_damage(lift: Play) -> None:
    assert not maintain(lift, form=WELL).damaged and file_of(lift).cases == []
    assert maintain(lift, form=WELL | {"pit": "不适用"}).damaged is False
    for item in WELL:
        with lift.tx.savepoint():
            assert maintain(lift, form=WELL | {item: "异常"}).damaged, item
    assert len(file_of(lift).cases) == len(WELL)
    with pytest.raises(Invalid):
        maintain(lift, form={"brake": "正常"})


def test_an_escalator_is_asked_other_things(lift: Play) -> None:
    thing = file_of(lift).thing
    actions.change_thing(
        lift.tx, lift.who(STREET_DESK), actions.ChangeThing(LIFT, thing.n, attributes={"type": "自动扶梯"})
    )
    with pytest.raises(Invalid):
        maintain(lift, form=WELL)


def test_what_was_done_is_kept_nobody_can_take_it_out(lift: Play) -> None:
    """Five years and more (沪府令第76号: at least five): the application's own role may neither change nor delete a check-in or
    a step, and nothing in the program tries."""
    take(lift, "stop")
    maintain(lift, form=WELL)
    for table in ("register.step", "register.checkin"):
        for act in ("UPDATE", "DELETE", "TRUNCATE"):
            row = lift.tx.conn.execute("select has_table_privilege('yiwang_app', %s, %s)", [table, act]).fetchone()
            assert row == (False,), f"{act} {table}"
    assert [s.step for s in queries_step.list_steps(lift.tx, EVERYTHING, LIFT)] == ["stop"]
