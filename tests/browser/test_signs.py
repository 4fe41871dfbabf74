"""店招店牌 as its people would: found about to fall on the phone, its case handled, put right by its keeper, looked at by somebody else, tested;
at the desk what is unsafe, the worst first, and what needs a permit and has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import fill, open_step, phone, rows, sent, shoot, start
from world import STREET
from yiwang.cases.model import PhotoKind
from yiwang.cases.queries import get_case
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.register import actions, actions_step
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_step import TakeStep

pytestmark = pytest.mark.browser
LONG = 60_000


def code(n: int) -> str:
    return f"{STREET}-Z{n:05d}"


@pytest.fixture(scope="module")
def signs(site: Any) -> None:
    """A sound one, one of grade C, one about to fall; the last needs a permit and has a pledge only."""

    def enter(p: world.Play) -> None:
        for n, (form, grade, more) in enumerate(
            (("平面附着", "A", {}), ("立体字", "C", {}), ("箱体式整体", "D", {"paper": "告知承诺"})), 1
        ):
            attributes = {"form": form, "height_m": 1.2, "above_m": 4, "storey": 1} | more
            cmd = AddThing("sign", code(n), f"{n} 号店招", *world.SPOT, address="文庙路 12 号", attributes=attributes)
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)
            photo = p.photo("wang.lei", PhotoKind.near).sha256
            filled = {"grade": grade, "items": ["松动"] if grade == "D" else []}
            check = TakeStep(
                new_id(), thing_id("sign", code(n)), "hazard_check", p.tx.now, filled, (photo,), *world.SPOT, 8
            )
            actions_step.take_step(p.tx, p.who("wang.lei"), check)

    site.act(enter)


@pytest.fixture
def scene(desk: Callable[..., Page], signs: None) -> Callable[..., Page]:
    return lambda login="zhang.min": desk(login, "#/scenes/signs", ready=".who")


def test_the_worst_stands_first_and_is_put_right_and_looked_at_by_another(scene: Any, site: Any) -> None:
    page = scene()
    unsafe = page.locator("[data-unsafe] [data-sign]")
    expect(unsafe).to_have_count(2, timeout=LONG)
    expect(unsafe.first).to_contain_text("D 级")
    expect(unsafe.first).to_contain_text("有隐患")
    lacking = page.locator("[data-unpermitted] [data-sign]")
    expect(lacking).to_have_count(1)
    expect(lacking).to_contain_text("箱体式整体结构")
    expect(lacking).to_contain_text("只有告知承诺")
    expect(page.locator("[data-figure='without'] b")).to_contain_text("1")
    assert axe(page) == []
    shot(page, "desk-signs")

    def mend(p: world.Play) -> None:
        for step, login, form in (
            ("rectify", "zhang.min", {"done": "已加固"}), ("recheck", "zhao.xin", {"passed": True, "grade": "A"}),
        ):  # fmt: skip
            photo = p.photo(login, PhotoKind.near).sha256
            cmd = TakeStep(new_id(), thing_id("sign", code(3)), step, p.tx.now, form, (photo,))
            actions_step.take_step(p.tx, p.who(login), cmd)

    site.act(mend)
    expect(unsafe).to_have_count(1, timeout=LONG)
    unsafe.first.locator("a").click()
    expect(page.locator("[data-file]")).to_contain_text("2 号店招", timeout=LONG)


def test_in_english_too(scene: Any) -> None:
    page = scene()
    expect(page.locator("[data-unpermitted] [data-sign]")).to_have_count(1, timeout=LONG)
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("[data-unpermitted]")).to_contain_text("a pledge")
    lines = page.locator("main").inner_text().splitlines()
    left = [line for line in lines if HAN.search(line) and "店招" not in line and "文庙路" not in line]
    assert not left, left
    assert axe(page) == []
    shot(page, "desk-signs-en")


def test_somebody_of_another_street_is_told_that_there_is_nothing(scene: Any) -> None:
    page = scene("next.door")
    expect(page.locator("[data-safe]")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-permitted]")).to_be_visible()


BIG = f"{STREET}-Z00009"
"""Large and perpendicular to the wall: it needs a permit and has a pledge."""


def add_big(p: world.Play) -> None:
    parties = tuple(
        PartyOf(role, f"{STREET}-{unit}")
        for role, unit in ((Role.keeper, "wuye"), (Role.third_party, "shizheng"), (Role.responsible, "lvhua"))
    )
    attributes = {
        "form": "大型垂直",
        "height_m": 6,
        "above_m": 9,
        "storey": 2,
        "large": True,
        "grade": "A",
        "paper": "告知承诺",
    }
    cmd = AddThing(
        "sign", BIG, "老正兴直立招牌", *world.SPOT, address="文庙路 30 号", attributes=attributes, parties=parties
    )
    actions.add_thing(p.tx, p.who("zhang.min"), cmd)


def on_the_phone(browser: Browser, site: Site, login: str, step: str, n: int, **answers: Any) -> None:
    """Somebody takes a step with the big sign, where it stands: a photo, and what the form asks."""
    with phone(browser, site, login) as context:
        page = start(context, site, f"/things/{thing_id('sign', BIG)}", ready=False)
        sheet = open_step(page, step)
        sheet.locator("[data-submit]").click()
        expect(sheet.locator(".lacks")).to_contain_text("照片（至少 1 张）")
        shoot(page, "现场照片", n)
        fill(sheet, **answers)
        expect(sheet.locator(".away b")).to_be_visible(timeout=LONG)
        assert axe(page) == []
        shot(page, f"field-sign-{step}")
        sheet.locator("[data-submit]").click()
        sent(page, "step")
        assert page.faults == []  # type: ignore[attr-defined]


def at_the_task(page: Page, case: Any, act: str) -> Any:
    page.locator(f"[data-task='{case.id}'][data-act='{act}']").click(timeout=LONG)
    return page.locator(f".acts [data-act='{act}']")


def figure(page: Page, name: str) -> int:
    return int(page.locator(f"[data-figure='{name}'] b").inner_text().split("/")[0])


def test_from_about_to_fall_to_put_right(browser: Browser, site: Site, scene: Any) -> None:
    site.act(add_big)
    page = scene()
    unsafe, lacking = (
        page.locator(f"[data-unsafe] [data-sign='{BIG}']"),
        page.locator(f"[data-unpermitted] [data-sign='{BIG}']"),
    )
    expect(lacking).to_contain_text("大型垂直于墙面", timeout=LONG)
    before = {name: figure(page, name) for name in ("hazards", "worst", "without")}

    on_the_phone(browser, site, "wang.lei", "hazard_check", 500, grade="D", items=("松动", "倾斜"))
    expect(unsafe).to_contain_text("D 级", timeout=LONG)
    for name in ("hazards", "worst"):
        expect(page.locator(f"[data-figure='{name}'] b")).to_contain_text(str(before[name] + 1), timeout=LONG)
    [(case_id,)] = rows(
        site, "select case_id from register.thing_case where thing_id = %(id)s", id=thing_id("sign", BIG)
    )
    case = site.act(lambda p: get_case(p.tx, EVERYTHING, case_id))
    assert (case.matter_code, case.step) == ("28003", "handling"), (
        "it filed itself and went to the unit whose matter it is"
    )

    with phone(browser, site, "cheng.gang") as context:
        hand = start(context, site, ready=False)
        expect(hand.locator(f"[data-task='{case.id}']")).to_contain_text("店招店牌安全隐患", timeout=LONG)
        at_the_task(hand, case, "take").click()
        on_the_phone(browser, site, "peng.liang", "rectify", 510, done="已加固并更换锈蚀螺栓")
        expect(unsafe).to_contain_text("待复查", timeout=LONG)
        hand.locator(".acts [data-act='finish']").click(timeout=LONG)
        shoot(hand, "处置后", 520)
        hand.get_by_label("处置结果").fill("已督促加固，现场牢固")
        hand.locator("[data-submit]").click()
        sent(hand, "finish")

    handled = site.act(lambda p: p.finish(p.take(case, "ye.qing"), "ye.qing"))
    assert handled.step == "handled", "the unit that assists has done its part"
    on_the_phone(browser, site, "gu.yan", "recheck", 530, passed="是", grade="A")
    expect(unsafe).to_have_count(0, timeout=LONG)
    with phone(browser, site, "gu.yan") as context:
        hand = start(context, site, ready=False)
        at_the_task(hand, case, "verify").click()
        shoot(hand, "核查", 540)
        hand.locator("[data-choice='yes']").click()
        hand.locator("[data-submit]").click()
        sent(hand, "verify")
    on_the_phone(browser, site, "kong.jie", "test", 550, result="安全", number="JC-2026-118")

    for name in ("hazards", "worst"):
        expect(page.locator(f"[data-figure='{name}'] b")).to_contain_text(str(before[name]), timeout=LONG)
    lacking.locator("a").click()
    file = page.locator("[data-file]")
    expect(file.locator("[data-taken]")).to_have_count(4, timeout=LONG)
    told = [row.get_attribute("data-taken") for row in file.locator("[data-taken]").all()]
    assert told == ["test", "recheck", "rectify", "hazard_check"], "its history, the last first"
    for step, words in (
        ("test", "JC-2026-118"),
        ("recheck", "待复查 → 在设"),
        ("rectify", "已加固"),
        ("hazard_check", "松动、倾斜"),
    ):
        expect(file.locator(f"[data-taken='{step}']")).to_contain_text(words)
    expect(file.locator("dt", has_text="隐患等级").locator("+ dd")).to_have_text("A")
    expect(file.locator("dt", has_text="上次检测").locator("+ dd")).not_to_have_text("—")
    assert axe(page) == []
    shot(page, "desk-sign-file")

    file.locator("[data-step='record_papers']").click()
    form = page.locator("dialog[data-act='step']")
    fill(form, paper="告知承诺", paper_no="沪黄招诺〔2026〕0009")
    form.locator(".go").click()
    expect(form.locator("[data-field='paper'] .wrong")).to_contain_text("须办理许可：大型垂直于墙面", timeout=LONG)
    fill(form, paper="许可", paper_no="沪黄招许〔2026〕0009")
    form.locator(".go").click()
    expect(file.locator("dt", has_text="手续编号").locator("+ dd")).to_have_text("沪黄招许〔2026〕0009", timeout=LONG)

    file.locator("[data-case]").click()
    panel = page.locator("[data-panel='case']")
    panel.locator("[data-act='close']").click(timeout=LONG)
    page.locator("dialog[open] textarea, dialog[open] input[type=text]").first.fill("已加固，复查合格")
    page.locator("dialog[open] .go").click()
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)
    assert site.act(lambda p: get_case(p.tx, EVERYTHING, case_id)).step == "closed"
    page.goto(f"{site.url}/#/scenes/signs")
    expect(page.locator("[data-figure='without'] b")).to_contain_text(str(before["without"] - 1), timeout=LONG)
    expect(lacking).to_have_count(0)
