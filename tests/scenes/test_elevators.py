"""电梯监管 (MISSION S3): one lift, one file; what it owes; what lapsed or was found damaged becomes a case."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import world
from world import STREET, Play
from yiwang.cases.model import PhotoKind, Step
from yiwang.cases.queries import get_case
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin, actions_owed, queries, queries_owed
from yiwang.register.model import AddThing, ChangeThing, PartyOf, ThingFile, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import BindTag, CheckIn, Obligation, Reading, TagKind
from yiwang.scenes.actions import read_owed, set_owed
from yiwang.scenes.elevators.model_step import LiftCheck
from yiwang.scenes.elevators.scene import SCENE

CODE = "梯11沪A00001(20)"
LIFT = thing_id("elevator", CODE)
FIRM, MARKET = f"{STREET}-wuye", f"{STREET}-shichang"
ATTRIBUTES: dict[str, Any] = {
    "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2001-03-01", "in_use_since": "2001-05-01", "floors": 18, "stops": 18,
    "load_kg": 800, "speed_m_s": 1.5,
}  # fmt: skip
WELL = dict.fromkeys((f.name for f in dataclasses.fields(LiftCheck)), "正常")
NOISY = WELL | {"car_door": "异常"}


def add(play: Play, **attributes: Any) -> ThingFile:
    cmd = AddThing(
        "elevator", CODE, "1 号梯", *world.SPOT, address="文庙路 215 弄 1 号", attributes=ATTRIBUTES | attributes,
        parties=(PartyOf(Role.maintainer, FIRM), PartyOf(Role.keeper, FIRM)),
    )  # fmt: skip
    return actions.add_thing(play.tx, play.who("zhang.min"), cmd)


def sweep(play: Play) -> None:
    actions_owed._warn(play.tx)
    while actions_owed._lapse(play.tx):
        pass


def file_of(play: Play) -> ThingFile:
    return queries.get_file(play.tx, play.who("zhang.min"), LIFT)


def owed_of(play: Play) -> list[Obligation]:
    return queries_owed.list_owed(play.tx, scope_of(play.who("zhang.min")), thing_id=LIFT)


def cases(play: Play) -> list[UUID]:
    return [c.case_id for c in file_of(play).cases]


def maintain(play: Play, by: str = "peng.liang", **more: Any) -> Any:
    cmd = CheckIn(new_id(), LIFT, play.tx.now, lon=world.SPOT[0], lat=world.SPOT[1], accuracy_m=8, **more)
    return actions_checkin.check_in(play.tx, play.who(by), cmd)


@pytest.fixture
def lifts(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    return play


def test_every_rule_of_the_scene_says_whence_it_comes_and_names_a_class_there_is(lifts: Play):
    given = read_owed(SCENE.owed)  # type: ignore[arg-type]
    assert {r.code for r in given} == {r.code for r in queries_owed.list_rules(lifts.tx, ("elevator",))}
    for rule in given:
        assert rule.source
        if rule.matter:
            scheme, code = rule.matter.split("|")
            found = lifts.tx.conn.execute(
                "select 1 from city.condition where scheme = %s and code = %s and text = %s",
                [scheme, code, rule.condition],
            ).fetchone()
            assert found, f"{rule.code}: no such filing condition"


def test_not_maintained_for_15_days_it_becomes_one_case_of_the_market_regulator(lifts: Play):
    add(lifts, maintained_on=(lifts.tx.now - timedelta(days=10)).date())
    sweep(lifts)
    assert cases(lifts) == []
    lifts.wait(days=6)
    sweep(lifts)
    sweep(lifts)
    [opened] = cases(lifts)
    case = get_case(lifts.tx, EVERYTHING, opened)
    assert (case.matter_code, case.step, case.place) == ("28004", Step.handling, "文庙路 215 弄 1 号")
    assert lifts.orders(case)[0].unit_id == world.unit(MARKET)
    assert CODE in case.description and "维护保养" in case.description
    assert file_of(lifts).cases[0].rule == "elevator-maintenance"


def test_what_is_maintained_in_time_becomes_no_case_and_what_is_missed_again_another(lifts: Play):
    add(lifts, maintained_on=(lifts.tx.now - timedelta(days=10)).date())
    lifts.wait(days=6)
    sweep(lifts)
    lifts.wait(days=1)
    assert maintain(lifts, form=WELL).met == (), "no tag was read: it does not prove maintenance"
    uid = "04DE5F1EACC040"
    actions_checkin.bind_tag(lifts.tx, lifts.who("zhang.min"), BindTag(LIFT, new_id(), uid, TagKind.nfc))
    seen = maintain(lifts, "wang.lei", form=WELL, reading=Reading(uid=uid))
    assert seen.met == (), "an inspector of the street does not maintain it"
    assert "elevator-maintenance" in maintain(lifts, form=WELL, reading=Reading(uid=uid)).met
    lifts.wait(days=14)
    sweep(lifts)
    assert len(cases(lifts)) == 1
    lifts.wait(days=3)
    sweep(lifts)
    assert len(cases(lifts)) == 2


def test_what_is_found_damaged_is_reported_by_whoever_was_there_with_the_photo(lifts: Play):
    add(lifts)
    photo = lifts.photo("wang.lei", PhotoKind.near)
    done = maintain(lifts, "wang.lei", photos=(photo.sha256,), form=NOISY)
    [opened] = cases(lifts)
    case = get_case(lifts.tx, EVERYTHING, opened)
    assert (case.matter_code, case.reporter_id) == ("01076", lifts.who("wang.lei").id)
    assert file_of(lifts).cases[0].rule is None
    again = actions_checkin.check_in(
        lifts.tx, lifts.who("wang.lei"),
        CheckIn(done.id, LIFT, done.at, lon=world.SPOT[0], lat=world.SPOT[1], accuracy_m=8,
                photos=(photo.sha256,), form=NOISY),
    )  # fmt: skip
    assert again.id == done.id and len(cases(lifts)) == 1


def test_an_inspection_is_met_by_its_date_in_the_file_and_by_no_visit(lifts: Play):
    add(lifts, inspected_on=(lifts.tx.now - timedelta(days=330)).date())
    assert "elevator-inspection" not in maintain(lifts, form=WELL).met
    lifts.wait(days=40)
    sweep(lifts)
    assert [c.rule for c in file_of(lifts).cases if c.rule == "elevator-inspection"] == ["elevator-inspection"]
    thing = file_of(lifts).thing
    inspected = ChangeThing(LIFT, thing.n, attributes={"inspected_on": lifts.tx.now.date().isoformat()})
    actions.change_thing(lifts.tx, lifts.who("zhang.min"), inspected)
    [owed] = [o for o in owed_of(lifts) if o.rule == "elevator-inspection"]
    assert owed.state == "owed" and owed.due_at > lifts.tx.now + timedelta(days=360) and owed.lapsed_at is None


def test_a_date_to_come_or_long_past_meets_nothing(lifts: Play):
    add(lifts, inspected_on=(lifts.tx.now - timedelta(days=100)).date())
    before = owed_of(lifts)
    for days in (5, -400):
        day = (lifts.tx.now + timedelta(days=days)).date().isoformat()
        change = ChangeThing(LIFT, file_of(lifts).thing.n, attributes={"inspected_on": day})
        actions.change_thing(lifts.tx, lifts.who("zhang.min"), change)
        assert owed_of(lifts) == before


@pytest.mark.parametrize("code", ["A00001", "梯11沪A1(20)", "梯11沪A00001"])
def test_a_code_that_no_certificate_bears_is_refused(lifts: Play, code: str):
    with pytest.raises(Invalid) as said:
        actions.add_thing(
            lifts.tx, lifts.who("zhang.min"), AddThing("elevator", code, "1 号梯", *world.SPOT, attributes=ATTRIBUTES)
        )
    assert said.value.code == "thing.code" and "使用登记证" in said.value.zh


def test_the_street_sees_it_its_firm_sees_it_and_nobody_else(lifts: Play):
    add(lifts)
    wanted = queries.Wanted("elevator")

    def seen(login: str) -> list[str]:
        return [t.code for t in queries.list_things(lifts.tx, scope_of(lifts.who(login)), wanted)]

    assert seen("zhang.min") == seen("peng.liang") == [CODE]
    assert seen("next.door") == seen("cheng.gang") == [], "another street; another body of this street"
