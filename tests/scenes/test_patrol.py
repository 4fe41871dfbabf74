"""风险管控 (MISSION S4): what places and points owe, when; taps; damage and the limit of its case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import world
from world import NOON, STREET, Play
from yiwang.cases.model import PhotoKind, Step
from yiwang.cases.queries import get_case
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin, actions_owed, queries, queries_owed
from yiwang.register.model import AddThing, ChangeThing, LinkThings, PartyOf, ThingFile
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import BindTag, CheckIn, Obligation, Reading, TagKind
from yiwang.register.rules import form_of
from yiwang.scenes.actions import read_owed, set_owed
from yiwang.scenes.patrol import model
from yiwang.scenes.patrol.scene import SCENE

ZONE = ZoneInfo("Asia/Shanghai")
FIRM = f"{STREET}-wuye"
TUESDAY = NOON.replace(hour=12)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def premises(play: Play, risk: str = "公共娱乐场所", code: str = "CS-000001", **more: Any) -> ThingFile:
    parties = more.pop("parties", ())
    cmd = AddThing(
        "premises",
        code,
        "梦花街歌厅",
        *world.SPOT,
        address="梦花街 8 号",
        attributes={"risk": risk, **more},
        parties=parties,
    )
    return actions.add_thing(play.tx, play.who("zhang.min"), cmd)


def point(
    play: Play, equipment: str = "灭火器", n: int = 1, *, at: Any = world.SPOT, keeper: str = "", **more: Any
) -> UUID:
    parties = (PartyOf(Role.keeper, keeper),) if keeper else ()
    cmd = AddThing(
        "patrol_point",
        f"DW-{n:07d}",
        f"{equipment} {n}",
        *at,
        attributes={"equipment": equipment, **more},
        parties=parties,
    )
    return actions.add_thing(play.tx, play.who("zhang.min"), cmd).thing.id


def tag(play: Play, thing: UUID) -> Reading:
    uid = f"04{thing.hex[:12].upper()}"
    actions_checkin.bind_tag(play.tx, play.who("zhang.min"), BindTag(thing, new_id(), uid, TagKind.nfc))
    return Reading(uid=uid)


def tap(play: Play, thing: UUID, by: str = "wang.lei", **more: Any) -> Any:
    lon, lat = more.pop("place", world.SPOT)
    cmd = CheckIn(more.pop("id", new_id()), thing, more.pop("at", play.tx.now), lon=lon, lat=lat, accuracy_m=8, **more)
    return actions_checkin.check_in(play.tx, play.who(by), cmd)


def sweep(play: Play) -> None:
    actions_owed._warn(play.tx)
    while actions_owed._lapse(play.tx):
        pass


def owed(play: Play, thing: UUID) -> Obligation:
    [found] = queries_owed.list_owed(play.tx, scope_of(play.who("zhang.min")), thing_id=thing)
    return found


def cases(play: Play, thing: UUID) -> list[Any]:
    file = queries.get_file(play.tx, play.who("zhang.min"), thing)
    return [get_case(play.tx, EVERYTHING, c.case_id) for c in reversed(file.cases)]


@pytest.fixture
def street(play: Play) -> Play:
    play.tx.now = TUESDAY
    set_owed(play.tx, SCENE)
    return play


# ── what is owed, row by row ──────────────────────────────────────────────────────────────────────────────────────


def test_every_rule_says_whence_it_comes_and_every_case_has_a_condition_there_is(street: Play):
    given = read_owed(SCENE.owed)  # type: ignore[arg-type]
    assert {r.code for r in given} == {r.code for r in queries_owed.list_rules(street.tx, ("premises", "patrol_point"))}
    wanted = {(r.matter, r.condition) for r in given} | {
        (model.MATTER, c) for c in (*model.CONDITIONS.values(), model.LOST)
    }
    for matter, condition in wanted:
        scheme, code = str(matter).split("|")
        sql = "select 1 from city.condition where scheme = %s and code = %s and text = %s"
        assert street.tx.conn.execute(sql, [scheme, code, condition]).fetchone(), condition
    assert all(r.source for r in given)


@pytest.mark.parametrize(
    ("risk", "rule", "due"),
    [
        ("公共娱乐场所", "premises-patrol-open", "2026-11-24 20:00"),
        ("消防安全重点单位", "premises-patrol-daily", "2026-11-26 00:00"),
        ("一般场所", "premises-patrol-weekly", "2026-12-02 00:00"),
    ],
)
def test_a_place_owes_its_patrol_by_its_risk(street: Play, risk: str, rule: str, due: str):
    found = owed(street, premises(street, risk, hours="18:00-02:00").thing.id)
    assert (found.rule, found.due_at) == (rule, at(due))


@pytest.mark.parametrize(
    ("equipment", "crowded", "rule", "due"),
    [
        ("灭火器", False, "extinguisher-monthly", "2026-12-25 00:00"),
        ("灭火器", True, "extinguisher-half-monthly", "2026-12-10 00:00"),
    ],
)
def test_an_extinguisher_owes_its_check_by_where_it_hangs(
    street: Play, equipment: str, crowded: bool, rule: str, due: str
):
    found = owed(street, point(street, equipment, crowded=crowded))
    assert (found.rule, found.due_at) == (rule, at(due))


def test_other_equipment_is_on_routes_and_owes_nothing_by_itself(street: Play):
    made = point(street, "视频监控")
    assert queries_owed.list_owed(street.tx, scope_of(street.who("zhang.min")), thing_id=made) == []


def test_two_places_each_by_their_own_hours_and_by_new_ones_when_these_change(street: Play):
    evening = premises(street, hours="18:00-02:00").thing.id
    morning = premises(street, code="CS-000002", hours="06:00-13:00").thing.id
    assert owed(street, evening).due_at == at("2026-11-24 20:00")
    assert owed(street, morning).due_at == at("2026-11-25 08:00"), (
        "from noon it is open for an hour: the next opening counts"
    )
    tap(street, evening, at=at("2026-11-24 12:00"), reading=tag(street, evening))
    file = queries.get_file(street.tx, street.who("zhang.min"), evening)
    later = ChangeThing(evening, file.thing.n, attributes={"hours": "21:00-03:00"})
    actions.change_thing(street.tx, street.who("zhang.min"), later)
    assert owed(street, evening).due_at == at("2026-11-24 23:00")
    street.tx.now = at("2026-11-24 23:30")
    sweep(street)
    assert owed(street, evening).due_at == at("2026-11-25 01:00"), "a lapse goes on within the opening, past midnight"


@pytest.mark.parametrize("hours", ["18-2", "25:00-02:00", "18:00", "整天"])
def test_hours_that_cannot_be_are_refused(street: Play, hours: str):
    with pytest.raises(Invalid) as said:
        premises(street, hours=hours)
    assert (said.value.code, said.value.detail["field"]) == ("thing.attribute", "hours")


def test_a_patrol_missed_while_open_becomes_one_case_with_its_limit(street: Play):
    made = premises(street, hours="10:00-22:00", parties=(PartyOf(Role.keeper, FIRM),)).thing.id
    assert owed(street, made).due_at == at("2026-11-24 14:00")
    street.tx.now = at("2026-11-24 14:20")
    sweep(street)
    sweep(street)
    [case] = cases(street, made)
    assert (case.matter_code, case.step) == ("28011", Step.handling)
    assert street.orders(case)[0].unit_id == world.unit(f"{STREET}-pingan")
    assert case.due_at - street.tx.now <= timedelta(hours=4), "urgent hours"


def test_what_the_keeper_owes_only_the_keeper_s_people_meet(street: Play):
    made = premises(street, hours="10:00-22:00", parties=(PartyOf(Role.keeper, FIRM),)).thing.id
    reading = tag(street, made)
    assert tap(street, made, "wang.lei", reading=reading).met == (), "an inspector of the street"
    assert tap(street, made, "peng.liang").met == (), "no tag was read"
    assert tap(street, made, "peng.liang", reading=reading).met == ("premises-patrol-open",)


# ── points: in their places, their tags ──────────────────────────────────────────────────────────────────────────


def test_a_point_is_in_its_place(street: Play):
    place, made = premises(street).thing.id, point(street)
    file = actions.link_things(street.tx, street.who("zhang.min"), LinkThings(made, "in", place))
    assert [(link.role, link.id) for link in file.links] == [("in", place)]


def test_a_tag_copied_to_another_point_is_found_out(street: Play):
    first, second = point(street), point(street, n=2)
    reading = tag(street, first)
    with street.refused("tag.elsewhere"):
        tap(street, second, reading=reading)
    assert "unsigned" in tap(street, first, reading=reading, form=GOOD["灭火器"]).doubts, "a plain tag can be copied"


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────


GOOD: dict[str, dict[str, Any]] = {
    "灭火器": {"in_place": "在位", "seal": "完好", "pressure": "绿区", "body": "完好", "label": "有效期内"},
    "报警主机": {"in_place": "在位", "works": "正常", "staffed": "有人值守"},
    "疏散指示": {"in_place": "在位", "lit": "点亮", "clear": "无遮挡"},
    "视频监控": {"in_place": "在位", "picture": "清晰"},
    "治安巡更点": {"in_place": "在位"},
}


@pytest.mark.parametrize(
    ("equipment", "wrong", "text", "within"),
    [
        ("报警主机", {"works": "屏蔽或停用"}, model.ACT_AT_ONCE, timedelta(hours=4)),
        ("灭火器", {"pressure": "红区（不足）"}, model.UNFIT, timedelta(days=2)),
        ("灭火器", {"label": "已过期"}, model.UNFIT, timedelta(days=2)),
        ("灭火器", {"in_place": "缺失或被挪用"}, model.LOST, timedelta(days=3)),
        ("疏散指示", {"lit": "不亮"}, model.DARK, timedelta(days=2)),
        ("视频监控", {"picture": "被遮挡"}, model.UNGUARDED, timedelta(days=2)),
        ("治安巡更点", {"in_place": "缺失或被挪用"}, model.LOST, timedelta(days=3)),
    ],
)
def test_a_wrong_answer_becomes_a_case_whose_limit_follows_from_what_is_damaged(
    street: Play, equipment: str, wrong: dict[str, Any], text: str, within: timedelta
):
    made = point(street, equipment)
    assert not tap(street, made, form=GOOD[equipment]).damaged and cases(street, made) == []
    photo = street.photo("wang.lei", PhotoKind.near)
    id, form = new_id(), GOOD[equipment] | wrong
    for _ in range(2):  # sent twice, it is one
        assert tap(street, made, id=id, form=form, photos=(photo.sha256,)).damaged
    [case] = cases(street, made)
    assert (case.matter_code, case.step) == ("28001", Step.handling), "an inspector's, with a photo: it files itself"
    told = street.tx.conn.execute("select text from city.condition where id = %s", [case.condition_id]).fetchone()
    assert told == (text,)
    assert case.due_at - street.tx.now <= within


@pytest.mark.parametrize(("wrong", "text"), [({"exits": "堵塞或锁闭"}, model.SHUT), ({"fire": "有违章"}, model.UNSAFE)])
def test_a_hazard_in_a_place_becomes_a_case(street: Play, wrong: dict[str, str], text: str):
    made, photo = premises(street).thing.id, street.photo("wang.lei", PhotoKind.near)
    tap(street, made, form={"exits": "畅通", "fire": "无违章", "staff": "在岗"} | wrong, photos=(photo.sha256,))
    [case] = cases(street, made)
    told = street.tx.conn.execute("select text from city.condition where id = %s", [case.condition_id]).fetchone()
    assert (case.matter_code, told) == ("28012", (text,))


def test_each_kind_of_equipment_has_its_form_in_both_languages():
    asked = form_of(model.POINT)
    [equipment] = [f for f in asked.fields if f.name == "equipment"]
    assert set(asked.checks) == set(equipment.choices)
    for fields in (asked.fields, *asked.checks.values(), *form_of(model.PREMISES).checks.values()):
        assert all(f.zh and f.en for f in fields)


@pytest.mark.parametrize(
    "form", [{"in_place": "在位"}, GOOD["灭火器"] | {"pressure": "很好"}, GOOD["灭火器"] | {"lit": "点亮"}]
)
def test_a_form_that_is_not_the_equipment_s_is_refused(street: Play, form: dict[str, Any]):
    with street.refused("thing.attribute"):
        tap(street, point(street), form=form)


def test_a_place_that_is_closed_owes_nothing_until_it_opens_again(street: Play):
    made = premises(street, hours="10:00-22:00").thing
    zhang = street.who("zhang.min")
    for n, state, owing in ((1, "closed", 0), (2, "in_use", 1)):
        actions.change_thing(street.tx, zhang, ChangeThing(made.id, n, state=state))
        assert len(queries_owed.list_owed(street.tx, scope_of(zhang), thing_id=made.id)) == owing
