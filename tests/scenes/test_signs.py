"""店招店牌 (MISSION S2): which signs need a permit, row by row; what is unsafe becomes a case, is put right and looked at by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

import world
from world import STREET, Play
from yiwang.cases.model import Case, PhotoKind
from yiwang.cases.model import Step as CaseStep
from yiwang.cases.queries import get_case
from yiwang.kit.errors import Forbidden, Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import list_entries
from yiwang.network.model import system
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin, actions_import, actions_step, queries_owed
from yiwang.register import queries as things
from yiwang.register.model import AddThing, LinkThings, PartyOf, ThingFile, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_step import StepRow, TakeStep
from yiwang.scenes.actions import read_owed, set_owed
from yiwang.scenes.signs import model_permit, queries
from yiwang.scenes.signs.model import SIGN
from yiwang.scenes.signs.scene import SCENE

CODE = f"{STREET}-Z00001"
THE_SIGN, THE_SHOP = thing_id("sign", CODE), thing_id("shop", f"{STREET}-P00001")
DESK, WALKER, OTHER, FIRM, TESTER, GREEN = "zhang.min", "wang.lei", "zhao.xin", "peng.liang", "kong.jie", "ye.qing"
PLAIN: dict[str, Any] = {"form": "平面附着", "height_m": 1.2, "above_m": 4, "storey": 1}
FORMS: dict[str, dict[str, Any]] = {
    "hazard_check": {"grade": "D", "items": ["松动"]}, "test": {"result": "安全", "number": "JC-1"}, "rectify": {"done": "已加固"},
    "recheck": {"passed": True, "grade": "A"}, "take_down": {"why": "店铺搬离"}, "record_papers": {"paper": "告知承诺", "paper_no": "诺-1"},
}  # fmt: skip
PHOTOS = {step.name: step.photos for step in SIGN.steps}


def add(play: Play, code: str = CODE, **attributes: Any) -> ThingFile:
    parties = tuple(
        PartyOf(role, f"{STREET}-{unit}")
        for role, unit in ((Role.keeper, "wuye"), (Role.third_party, "shizheng"), (Role.responsible, "lvhua"))
    )
    cmd = AddThing(
        "sign", code, "面馆招牌", *world.SPOT, address="文庙路 12 号", attributes=PLAIN | attributes, parties=parties
    )
    return actions.add_thing(play.tx, play.who(DESK), cmd)


@pytest.fixture
def sign(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    add(play)
    return play


def take(play: Play, step: str, by: str = WALKER, *, id: UUID | None = None, **more: Any) -> StepRow:
    photos = tuple(play.photo(by, PhotoKind.near).sha256 for _ in range(PHOTOS[step]))
    told: dict[str, Any] = {"form": FORMS[step], "photos": photos, "lon": world.SPOT[0], "lat": world.SPOT[1]} | more
    cmd = TakeStep(id or new_id(), THE_SIGN, step, play.tx.now, **told)
    return actions_step.take_step(play.tx, play.who(by), cmd)


def file_of(play: Play) -> ThingFile:
    return things.get_file(play.tx, play.who(DESK), THE_SIGN)


def cases(play: Play) -> list[Case]:
    return [get_case(play.tx, EVERYTHING, c.case_id) for c in file_of(play).cases]


def figures(play: Play, by: str = DESK) -> dict[str, tuple[float, float | None]]:
    return {f.name: (f.value, f.of) for f in queries.count_figures(play.tx, scope_of(play.who(by)))}


# ── what needs a permit ──────────────────────────────────────────────────────────────────────────────────────────────

ROWS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"form": "立体字", "height_m": 9}, ()),
    ({"form": "箱体式整体"}, ("box",)),
    ({"form": "小型垂直"}, ()),
    ({"form": "大型垂直"}, ("perpendicular",)),
    ({"form": "落地式", "height_m": 2.5}, ()),
    ({"form": "落地式", "height_m": 2.51}, ("standing",)),
    ({"form": "落地式", "height_m": None}, ()),
    ({"storey": 3}, ()),
    ({"storey": 4}, ("storey",)),
    ({"above_m": 10}, ()),
    ({"above_m": 10.1}, ("above",)),
    ({"historic": True}, ("historic",)),
    ({"form": "箱体式整体", "storey": 5, "above_m": 20, "historic": True}, ("box", "storey", "above", "historic")),
]


def kept(**attributes: Any) -> dict[str, Any]:
    return {k: v for k, v in (PLAIN | attributes).items() if v is not None}


@pytest.mark.parametrize(("more", "expected"), ROWS)
def test_a_permit_is_needed_for_what_the_table_says(more: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert tuple(c.code for c in model_permit.why_permit(kept(**more))) == expected


def test_every_row_of_the_table_is_tried_and_says_whence_it_comes() -> None:
    assert {code for _, codes in ROWS for code in codes} == {c.code for c in model_permit.clauses()}
    assert all(c.source and c.zh and c.en for c in model_permit.clauses())


def test_the_database_asks_the_very_same(play: Play) -> None:
    random = Random(7)
    forms = ("平面附着", "箱体式整体", "大型垂直", "落地式")
    signs = [kept(**more) for more, _ in ROWS]
    for _ in range(300):
        some = {"form": random.choice(forms), "historic": random.random() < 0.2, "height_m": random.choice((None, 1, 2.5, 2.6)),
                "storey": random.choice((None, 1, 3, 4)), "above_m": random.choice((None, 3, 10, 10.5))}  # fmt: skip
        signs.append({k: v for k, v in some.items() if v is not None})
    paths = [c.path() for c in model_permit.clauses()]
    for sign in signs:
        row = play.tx.conn.execute("select %s::jsonb @? any(%s::jsonpath[])", [Jsonb(sign), paths]).fetchone()
        assert row == (bool(model_permit.why_permit(sign)),), sign


def test_who_needs_a_permit_and_has_none_is_listed_with_the_reason(sign: Play) -> None:
    today = sign.tx.now.date()
    for n, more in enumerate(
        (
            {"form": "箱体式整体"},
            {"form": "箱体式整体", "paper": "告知承诺"},
            {"form": "箱体式整体", "paper": "许可"},
            {"form": "箱体式整体", "paper": "许可", "paper_until": (today - timedelta(days=1)).isoformat()},
            {"form": "箱体式整体", "paper": "许可", "paper_until": today.isoformat()},
        ),
        2,
    ):
        add(sign, f"{STREET}-Z0000{n}", **more)
    rows = queries.list_unpermitted(sign.tx, scope_of(sign.who(DESK)))
    assert [r.code[-1] for r in rows] == ["2", "3", "5"], "none, a pledge alone, and one that ran out"
    assert rows[0].why_zh == ("箱体式整体结构",) and rows[0].why_en and rows[1].paper == "告知承诺"
    assert figures(sign)["without"] == (3, 5)
    [first] = queries.list_unpermitted(sign.tx, EVERYTHING, limit=1)
    assert [r.code for r in queries.list_unpermitted(sign.tx, EVERYTHING, after=(first.code,))] == [
        r.code for r in rows[1:]
    ]
    assert queries.list_unpermitted(sign.tx, scope_of(sign.who("next.door"))) == []
    assert figures(sign, "next.door")["without"] == (0, 0)


def test_a_pledge_is_not_recorded_where_a_permit_is_needed(sign: Play) -> None:
    take(sign, "record_papers", GREEN)
    assert file_of(sign).thing.attributes["paper"] == "告知承诺"
    thing = file_of(sign).thing
    change = actions.ChangeThing(THE_SIGN, thing.n, attributes={"form": "箱体式整体"})
    actions.change_thing(sign.tx, sign.who(DESK), change)
    with sign.refused("sign.needs_permit") as said:
        take(sign, "record_papers", DESK)
    assert "箱体式整体结构" in said.value.zh
    take(sign, "record_papers", DESK, form={"paper": "许可", "paper_no": "许-1", "paper_until": "2028-01-01"})
    assert queries.list_unpermitted(sign.tx, EVERYTHING) == []


# ── hazards ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("grade", "step"), [("D", CaseStep.handling), ("C", CaseStep.reported)])
def test_what_is_unsafe_becomes_a_case_with_the_photo(sign: Play, grade: str, step: CaseStep) -> None:
    row = take(sign, "hazard_check", form={"grade": grade, "items": ["锈蚀"]})
    assert row.state == "hazard" and row.said_zh == f"招牌隐患 {grade} 级：锈蚀"
    found = file_of(sign).thing.attributes
    assert (found["grade"], found["graded_on"]) == (grade, "2026-11-24")
    [case] = cases(sign)
    assert (case.matter_code, case.reporter_id) == ("28003", sign.who(WALKER).id)
    if grade == "D":
        assert case.condition_id is not None, "what may fall has the hours of its condition"
    assert figures(sign)["hazards"][0] == 1 and figures(sign)["worst"][0] == (grade == "D")


@pytest.mark.parametrize("grade", ["A", "B"])
def test_what_is_sound_becomes_none(sign: Play, grade: str) -> None:
    assert take(sign, "hazard_check", form={"grade": grade}).state == "up" and cases(sign) == []
    assert figures(sign)["ungraded"][0] == 0


def test_what_may_fall_cannot_be_called_sound(sign: Play) -> None:
    for item in ("松动", "倾斜", "脱落", "电线裸露"):
        with sign.refused("sign.grade"):
            take(sign, "hazard_check", form={"grade": "B", "items": [item]})
    assert take(sign, "hazard_check", form={"grade": "B", "items": ["锈蚀"]}).state == "up"


def test_a_check_needs_its_photo_and_its_place_and_is_one_when_tapped_twice(sign: Play) -> None:
    with sign.refused("step.photos"):
        take(sign, "hazard_check", photos=())
    with sign.refused("step.no_place"):
        take(sign, "hazard_check", lon=None, lat=None)
    id = new_id()
    first = take(sign, "hazard_check", id=id)
    again = actions_step.take_step(
        sign.tx,
        sign.who(WALKER),
        TakeStep(id, THE_SIGN, "hazard_check", first.at, FORMS["hazard_check"], first.photos, *world.SPOT),
    )
    assert again == first and len(cases(sign)) == 1


def test_only_a_third_party_tests_and_what_it_finds_unsafe_is_graded_so(sign: Play) -> None:
    for by in (DESK, WALKER, FIRM, GREEN):
        with pytest.raises(Forbidden), sign.tx.savepoint():
            take(sign, "test", by)
    done = take(sign, "test", TESTER)
    assert (done.state, done.post, done.unit) == ("up", "handler", "老西门市政养护公司（演示）"), (
        "as the third party it is"
    )
    assert file_of(sign).thing.attributes["tested_on"] == "2026-11-24" and cases(sign) == []
    assert take(sign, "test", TESTER, form={"result": "不安全"}).state == "hazard"
    assert file_of(sign).thing.attributes["grade"] == "D" and len(cases(sign)) == 1


def test_what_was_put_right_is_looked_at_by_somebody_else(sign: Play) -> None:
    take(sign, "hazard_check")
    with sign.refused("step.not_now"):
        take(sign, "recheck", OTHER)
    assert take(sign, "rectify", DESK).state == "mended"
    with sign.refused("step.same_person"):
        take(sign, "recheck", DESK)
    assert take(sign, "recheck", OTHER, form={"passed": False}).state == "hazard"
    take(sign, "rectify", FIRM)
    with sign.refused("sign.grade"):
        take(sign, "recheck", OTHER, form={"passed": True, "grade": "C"})
    assert take(sign, "recheck", OTHER).state == "up"
    assert file_of(sign).thing.attributes["grade"] == "A" and figures(sign)["hazards"][0] == 0


def test_what_is_not_put_right_in_three_days_is_noted_once(sign: Play) -> None:
    take(sign, "hazard_check")
    assert [w.step for w in file_of(sign).waiting] == ["rectify"]
    sign.wait(days=4)
    assert [w.late for w in file_of(sign).waiting] == [True]
    assert [e.event for e in list_entries(sign.tx, THE_SIGN)].count("thing.step_late") == 1
    take(sign, "rectify", FIRM)
    assert file_of(sign).waiting == []


def test_what_is_sound_is_not_waited_for(sign: Play) -> None:
    take(sign, "hazard_check", form={"grade": "A"})
    assert file_of(sign).waiting == []


def test_what_is_taken_down_stands_no_more(sign: Play) -> None:
    with pytest.raises(Forbidden), sign.tx.savepoint():
        take(sign, "take_down", WALKER)
    take(sign, "take_down", FIRM)
    assert file_of(sign).thing.ended and file_of(sign).may == ()


def test_an_answer_that_is_wrong_at_the_yearly_check_is_damage(sign: Play) -> None:
    well: dict[str, Any] = dict.fromkeys(("fixings", "frame", "face", "wiring", "clear"), "正常")
    place = {"lon": world.SPOT[0], "lat": world.SPOT[1], "accuracy_m": 5}
    cmd = CheckIn(new_id(), THE_SIGN, sign.tx.now, form=well, **place)
    done = actions_checkin.check_in(sign.tx, sign.who(FIRM), cmd)
    assert done.met == ("sign-check",) and cases(sign) == []
    wrong = replace(cmd, id=new_id(), form=well | {"fixings": "异常"})
    assert actions_checkin.check_in(sign.tx, sign.who(FIRM), wrong).damaged and len(cases(sign)) == 1


def test_large_signs_are_tested_every_two_years_and_others_are_not_asked(sign: Play) -> None:
    add(sign, f"{STREET}-Z00002", form="大型垂直", large=True, tested_on="2026-01-10")
    owed = queries_owed.list_owed(sign.tx, EVERYTHING, kind="sign")
    assert sorted((o.thing_code[-1], o.rule) for o in owed) == [
        ("1", "sign-check"),
        ("2", "sign-check"),
        ("2", "sign-test"),
    ]
    [test] = [o for o in owed if o.rule == "sign-test"]
    assert test.due_at.date() == date(2028, 1, 10)
    assert all(r.source for r in read_owed(SCENE.owed))  # type: ignore[arg-type]


# ── shops ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def shop(play: Play, n: int = 1) -> ThingFile:
    cmd = AddThing("shop", f"{STREET}-P0000{n}", "面馆", *world.SPOT, attributes={"trade": "餐饮"})
    return actions.add_thing(play.tx, play.who(WALKER), cmd)


def test_a_sign_belongs_to_its_shop(sign: Play) -> None:
    shop(sign)
    actions.link_things(sign.tx, sign.who(DESK), LinkThings(THE_SIGN, "of", THE_SHOP))
    assert [(x.role, x.code) for x in file_of(sign).links] == [("of", f"{STREET}-P00001")]


def test_many_are_linked_at_once_each_once_and_nothing_elsewhere(sign: Play) -> None:
    shop(sign)
    setup = system("demo")
    pairs = [(THE_SIGN, THE_SHOP), (THE_SIGN, new_id()), (THE_SHOP, THE_SIGN), (THE_SIGN, THE_SIGN)]
    assert actions_import.link_many(sign.tx, setup, SIGN, "of", "310101018", pairs) == 0, "another street's ground"
    assert actions_import.link_many(sign.tx, setup, SIGN, "of", STREET, pairs) == 1
    assert actions_import.link_many(sign.tx, setup, SIGN, "of", STREET, pairs) == 0
    assert [x.code for x in file_of(sign).links] == [f"{STREET}-P00001"]
    assert [e.event for e in list_entries(sign.tx, THE_SIGN)].count("thing.linked") == 1
    with pytest.raises(Invalid):
        actions_import.link_many(sign.tx, setup, SIGN, "beside", STREET, pairs)
    with pytest.raises(Forbidden):
        actions_import.link_many(sign.tx, sign.who("bai.ting"), SIGN, "of", STREET, pairs)
