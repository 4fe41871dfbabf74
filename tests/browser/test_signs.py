"""店招店牌 on the desk: what is unsafe, the worst first, followed into its file and put right; what needs a permit and has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from world import STREET
from yiwang.cases.model import PhotoKind
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_step
from yiwang.register.model import AddThing, thing_id
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
