"""小型工程 (MISSION S1): from finding to the overall evaluation; what is too large, without papers, faulty, overrun."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import world
from world import STREET, Play
from yiwang.cases.model import PhotoKind
from yiwang.cases.queries import get_case
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_owed, queries, queries_owed
from yiwang.register.actions_step import take_step
from yiwang.register.model import AddThing, PartyOf, ThingFile, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_step import StepRow, TakeStep
from yiwang.scenes.actions import set_owed
from yiwang.scenes.works import model_judge as rules
from yiwang.scenes.works.model import Check, Class, Paper
from yiwang.scenes.works.queries import count_works
from yiwang.scenes.works.scene import SCENE

CODE = "XG20261101-001"
SITE = thing_id("works", CODE)
FIRM = f"{STREET}-wuye"
SIZE = {"kind": "装饰装修", "area_m2": 120, "cost_yuan": 300_000}
PAPERS: dict[str, Any] = {"papers": list(rules.papers()["装饰装修"])}
FINE = {f.name: "合格" for f in fields(Check) if f.name != "stop"}


@pytest.fixture
def works(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    add(play)
    return play


def add(play: Play, code: str = CODE, parties: tuple[PartyOf, ...] = (PartyOf(Role.maintainer, FIRM),)) -> ThingFile:
    cmd = AddThing(
        "works", code, "文庙路 215 号面馆", *world.SPOT, address="文庙路 215 号",
        attributes={"what": "店面翻新", "found_by": "巡查发现"}, parties=parties,
    )  # fmt: skip
    return actions.add_thing(play.tx, play.who("wang.lei"), cmd)


def take(play: Play, step: str, by: str = "wang.lei", form: dict[str, Any] | None = None, site: UUID = SITE) -> StepRow:
    lon, lat = world.SPOT
    photo = play.photo(by, PhotoKind.near).sha256
    return take_step(
        play.tx, play.who(by), TakeStep(new_id(), site, step, play.tx.now, form or {}, (photo,), lon, lat, 8)
    )


def file_of(play: Play) -> ThingFile:
    return queries.get_file(play.tx, play.who("zhang.min"), SITE)


def day(play: Play, ahead: int = 0) -> str:
    return (play.tx.now.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(days=ahead)).date().isoformat()


def begin(play: Play, days: int = 20) -> None:
    take(play, "size", form=SIZE)
    take(play, "pledge_owner", "zhang.min", {"by": "店主"})
    take(play, "pledge_builder", "peng.liang", {"by": "物业公司"})
    take(play, "notice", "peng.liang")
    take(play, "papers", "peng.liang", PAPERS)
    take(play, "begin", "peng.liang", {"planned_to": day(play, days)})


def sweep(play: Play) -> list[str]:
    actions_owed._warn(play.tx)
    while actions_owed._lapse(play.tx):
        pass
    owed = queries_owed.list_owed(play.tx, EVERYTHING, thing_id=SITE)
    return sorted(o.rule for o in owed if o.state == "lapsed")


def figures(play: Play, by: str = "zhang.min") -> dict[str, float]:
    return {f.name: f.value for f in count_works(play.tx, scope_of(play.who(by)))}


def test_from_finding_to_the_overall_evaluation(works: Play):
    begin(works)
    assert take(works, "check", form=FINE).state == "building"
    take(works, "finish", "peng.liang")
    assert file_of(works).waiting[0].step == "evaluate"
    done = take(
        works, "evaluate", "zhang.min", {"procedure": "合格", "quality": "合格", "site": "合格", "overall": "好"}
    )
    thing = file_of(works).thing
    assert (thing.state, thing.ended, thing.attributes["overall"], done.said_zh) == (
        "closed",
        True,
        "好",
        "综合评价：好",
    )
    assert file_of(works).cases == [] and figures(works)["closed"] == figures(works)["good"] == 1


@pytest.mark.parametrize(
    ("kind", "area", "cost", "small"),
    [
        ("装饰装修", 299.9, 999_999, True), ("装饰装修", 300, 100_000, False), ("装饰装修", 100, 1_000_000, False),
        ("土建", 5_000, 999_999, True), ("土建", 1, 1_000_000, False), ("交通", 9_000, 999_999, True), ("交通", 9_000, 1_000_000, False),
    ],
)  # fmt: skip
def test_what_is_small_is_said_by_the_table(kind: str, area: float, cost: float, small: bool):
    assert (rules.find_excess(kind, area, cost) is None) is small


def test_the_table_speaks_of_every_class_and_says_whence_it_comes():
    assert set(rules.limits()) == set(get_args(Class))
    assert all(limit.source for limit in rules.limits().values())
    assert {f.name for f in fields(Check)} == {*rules.FAULTS, "stop"} and set(rules.GRAVEST) == set(rules.FAULTS)


def test_every_class_that_a_fault_becomes_is_there(works: Play):
    for matter in {rules.UNLICENSED, rules.UNREGISTERED[0], *(fault[2] for fault in rules.FAULTS.values())}:
        scheme, code = matter.split("|")
        sql = "select 1 from city.matter where scheme = %s and code = %s and kind = 'matter'"
        assert works.tx.conn.execute(sql, [scheme, code]).fetchone(), matter


def test_what_is_too_large_is_passed_to_the_district_with_a_case(works: Play):
    row = take(works, "size", form=SIZE | {"area_m2": 300})
    file = file_of(works)
    assert (file.thing.state, file.thing.ended) == ("passed_on", True) and "300" in (row.said_zh or "")
    [opened] = file.cases
    assert get_case(works.tx, EVERYTHING, opened.case_id).matter_code == "08016"
    with pytest.raises(Refused):
        take(works, "pledge_owner", form={"by": "店主"})


def test_what_began_without_registration_is_a_case_and_registered(works: Play):
    take(works, "size", form=SIZE | {"begun": True})
    file = file_of(works)
    assert file.thing.state == "registered"
    case = get_case(works.tx, EVERYTHING, file.cases[0].case_id)
    assert case.matter_code == "28002" and case.condition_id is not None


def test_both_pledge_in_either_order_before_anything_goes_on(works: Play):
    take(works, "size", form=SIZE)
    assert take(works, "pledge_builder", "peng.liang", {"by": "物业公司"}).state == "registered"
    with pytest.raises(Refused):
        take(works, "notice", "peng.liang")
    assert take(works, "pledge_owner", "zhang.min", {"by": "店主"}).state == "pledged"


def test_the_public_is_told_before_anything_begins(works: Play):
    take(works, "size", form=SIZE)
    take(works, "pledge_owner", "zhang.min", {"by": "店主"})
    take(works, "pledge_builder", "peng.liang", {"by": "物业公司"})
    with pytest.raises(Refused) as caught:
        take(works, "begin", "peng.liang", {"planned_to": day(works, 9)})
    assert caught.value.code == "works.no_notice"


def test_the_papers_of_its_class_are_seen_before_it_begins(works: Play):
    take(works, "size", form=SIZE)
    take(works, "pledge_owner", "zhang.min", {"by": "店主"})
    take(works, "pledge_builder", "peng.liang", {"by": "物业公司"})
    take(works, "notice", "peng.liang")
    first, *others = PAPERS["papers"]
    assert take(works, "papers", "peng.liang", {"papers": [first]}).said_zh == f"尚缺{'、'.join(others)}"
    with pytest.raises(Refused) as caught:
        take(works, "begin", "peng.liang", {"planned_to": day(works, 9)})
    assert caught.value.code == "works.no_papers" and caught.value.detail["missing"] == others
    assert take(works, "papers", form={"papers": others}).said_zh == "材料齐全"
    assert file_of(works).thing.attributes["papers"] == PAPERS["papers"]
    assert take(works, "begin", "peng.liang", {"planned_to": day(works, 9)}).state == "building"


def test_what_papers_there_are_the_table_says():
    asked = {p for of in rules.papers().values() for p in of}
    assert asked == set(get_args(Paper)) and all(rules.papers().values())


def test_faults_become_one_case_of_the_gravest(works: Play):
    begin(works)
    row = take(works, "check", form={**FINE, "waste": "不合格", "height": "不合格"})
    [opened] = file_of(works).cases
    case = get_case(works.tx, EVERYTHING, opened.case_id)
    assert case.matter_code == "08013" and "废料" in case.description and "高处作业" in case.description
    assert row.state == "building"


def test_what_must_stop_goes_on_only_when_somebody_else_lets_it(works: Play):
    begin(works)
    assert take(works, "check", "zhang.min", {**FINE, "fire": "不合格", "stop": True}).state == "stopped"
    with pytest.raises(Refused):
        take(works, "finish", "peng.liang")
    with pytest.raises(Forbidden) as caught:
        take(works, "resume", "zhang.min", {"why": "已整改"})
    assert caught.value.code == "step.same_person"
    assert take(works, "resume", "li.qing", {"why": "已整改"}).state == "building"


def test_the_builder_neither_checks_nor_evaluates(works: Play):
    begin(works)
    for step, form in (("check", FINE), ("resume", {"why": "x"})):
        with pytest.raises(Forbidden):
            take(works, step, "peng.liang", form)


def test_what_is_not_accepted_goes_back_to_the_builder(works: Play):
    begin(works)
    take(works, "finish", "peng.liang")
    bad = {"procedure": "合格", "quality": "不合格", "site": "合格", "overall": "差"}
    assert take(works, "evaluate", "zhang.min", bad).state == "building"
    assert {"overall", "finished_on"}.isdisjoint(file_of(works).thing.attributes)
    assert take(works, "finish", "peng.liang").state == "finished"


def test_a_third_party_sees_its_own_works_only(works: Play):
    firm = scope_of(works.who("peng.liang"))
    add(works, "XG20261101-002", parties=())
    other = thing_id("works", "XG20261101-002")
    assert queries.get_thing(works.tx, firm, SITE).code == CODE
    with pytest.raises(NotFound):
        queries.get_thing(works.tx, firm, other)
    with pytest.raises(NotFound):
        take(works, "size", "peng.liang", SIZE, other)


def test_what_overruns_surfaces_by_itself_and_an_extension_moves_it(works: Play):
    begin(works, days=10)
    works.wait(days=6)
    take(works, "check", form=FINE)
    with pytest.raises(Invalid) as caught:
        take(works, "extend", "zhang.min", {"planned_to": day(works, 1), "why": "雨"})
    assert caught.value.code == "works.no_extension"
    take(works, "extend", "zhang.min", {"planned_to": day(works, 8), "why": "雨"})
    works.wait(days=6)
    assert sweep(works) == [] and figures(works)["overrun"] == 0
    take(works, "check", form=FINE)
    works.wait(days=4)
    assert sweep(works) == ["works-overrun"] and figures(works)["overrun"] == 1
    take(works, "finish", "peng.liang")
    assert sweep(works) == [], "what is finished owes nothing of that any more"


def test_what_nobody_checks_or_begins_surfaces_by_itself(works: Play):
    take(works, "size", form=SIZE)
    works.wait(days=32)
    assert sweep(works) == ["works-idle"]
    take(works, "pledge_owner", "zhang.min", {"by": "店主"})
    take(works, "pledge_builder", "peng.liang", {"by": "物业公司"})
    take(works, "notice", "peng.liang")
    take(works, "papers", form=PAPERS)
    take(works, "begin", "peng.liang", {"planned_to": day(works, 60)})
    assert sweep(works) == []
    works.wait(days=9)
    assert sweep(works) == ["works-check"]
    take(works, "check", form=FINE)
    assert sweep(works) == []


def test_what_is_pledged_or_stopped_and_goes_no_further_surfaces_by_itself(works: Play):
    take(works, "size", form=SIZE)
    take(works, "pledge_owner", "zhang.min", {"by": "店主"})
    take(works, "pledge_builder", "peng.liang", {"by": "物业公司"})
    works.wait(days=32)
    assert sweep(works) == ["works-idle-pledged"]
    take(works, "notice", "peng.liang")
    take(works, "papers", form=PAPERS)
    take(works, "begin", "peng.liang", {"planned_to": day(works, 90)})
    take(works, "check", form={**FINE, "height": "不合格", "stop": True})
    assert sweep(works) == []
    works.wait(days=20)
    assert sweep(works) == ["works-stopped"]
    take(works, "resume", "zhang.min", {"why": "已整改"})
    assert "works-stopped" not in sweep(works)
