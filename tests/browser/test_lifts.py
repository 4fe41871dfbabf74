"""电梯监管 on the desk: people trapped, from the report to the freed, with the two clocks; old lifts with their reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from world import STREET
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_step
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_step import TakeStep

pytestmark = pytest.mark.browser
LONG = 60_000
OLD, NEW = "梯11沪C00001(98)", "梯11沪C00002(22)"
LIFT = thing_id("elevator", OLD)


@pytest.fixture(scope="module")
def lifts(site: Any) -> None:
    """An old lift and a new one, kept and maintained by the street's firm."""

    def enter(p: world.Play) -> None:
        parties = tuple(
            PartyOf(role, f"{STREET}-{unit}")
            for role, unit in ((Role.keeper, "wuye"), (Role.maintainer, "wuye"), (Role.responsible, "shichang"))
        )
        for code, name, since in (
            (OLD, "文庙路 215 弄 1 号梯", "1998-09-01"),
            (NEW, "文庙路 8 号 2 号梯", "2022-09-01"),
        ):
            attributes = {
                "type": "曳引驱动乘客电梯", "use": "住宅", "in_use_since": since, "floors": 18, "stops": 18, "monitored": code == NEW,
                "maintained_on": p.tx.now.date().isoformat(), "inspected_on": p.tx.now.date().isoformat(),
            }  # fmt: skip
            cmd = AddThing(
                "elevator", code, name, *world.SPOT, address=name[:9], attributes=attributes, parties=parties
            )
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)

    site.act(enter)


@pytest.fixture
def scene(desk: Callable[..., Page], lifts: None) -> Callable[..., Page]:
    return lambda login="zhang.min", address="#/scenes/elevators": desk(login, address, ready=".who")


def take(site: Any, step: str, login: str, form: dict[str, Any], *, before: float = 0) -> None:
    def act(p: world.Play) -> None:
        lon, lat = world.SPOT
        cmd = TakeStep(new_id(), LIFT, step, p.tx.now - timedelta(minutes=before), form, (), lon, lat, 8)
        actions_step.take_step(p.tx, p.who(login), cmd)

    site.act(act)


def test_old_lifts_stand_in_the_order_in_which_they_should_be_looked_at(scene: Any) -> None:
    page = scene()
    rows = page.locator("[data-lift]")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first).to_have_attribute("data-lift", OLD)
    expect(rows.first.locator("[data-reason='age']")).to_contain_text("满 25 年")
    expect(rows.first.locator("[data-reason='unmonitored']")).to_contain_text("+3")
    expect(page.locator("[data-calm]")).to_be_visible()
    page.get_by_label("理由").select_option("age")
    expect(rows).to_have_count(1, timeout=LONG)
    page.get_by_label("理由").select_option("traps")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    page.get_by_label("理由").select_option("")
    page.locator("#lift-words").fill("C00002")
    expect(rows).to_have_count(1, timeout=LONG)
    rows.first.click()
    expect(page.locator("[data-file]")).to_contain_text("2 号梯", timeout=LONG)


def test_people_trapped_from_the_report_to_the_freed(scene: Any, site: Any) -> None:
    page = scene()
    expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)
    page.locator(f"[data-lift='{OLD}']").click()
    file = page.locator("[data-file]")
    file.locator("[data-step='trapped']").click(timeout=LONG)
    form = page.locator("dialog[data-act='step']")
    form.locator("[data-field='people'] input").fill("2")
    form.locator("button.go").click()
    expect(file).to_contain_text("困人", timeout=LONG)

    page.goto(page.url.split("#")[0] + "#/scenes/elevators")
    trap = page.locator(f"[data-trap='{OLD}']")
    expect(trap).to_contain_text("被困 2 人", timeout=LONG)
    called, arrived = trap.locator("[data-clock='called']"), trap.locator("[data-clock='arrived']")
    expect(called).to_contain_text(re.compile(r"还剩 4:\d\d"))
    expect(arrived).to_contain_text(re.compile(r"还剩 29:\d\d"))
    expect(page.locator("[data-figure='trapped'] b")).to_contain_text("1", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-lifts-trapped")

    take(site, "called", "peng.liang", {"by": "电话"})
    expect(called).to_contain_text("用时", timeout=LONG)
    expect(called).to_have_class(re.compile("done"))
    take(site, "arrived", "peng.liang", {})
    expect(arrived).to_contain_text("用时", timeout=LONG)
    trap.locator("[data-case]").click()
    expect(page.get_by_text("电梯困人").first).to_be_visible(timeout=LONG)
    page.go_back()
    expect(trap).to_be_visible(timeout=LONG)
    take(site, "freed", "peng.liang", {"freed": 2, "cause": "门系统故障"})
    expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-figure='traps'] b")).to_contain_text("1", timeout=LONG)
    page.reload()
    expect(page.locator(f"[data-lift='{OLD}'] [data-reason='traps']")).to_contain_text("近一年困人 1 次", timeout=LONG)
    take(site, "put_back", "peng.liang", {"done": "更换门机皮带"})


def test_a_rescue_that_is_late_says_by_how_much(scene: Any, site: Any) -> None:
    take(site, "trapped", "wang.lei", {"people": 1, "floor": 7}, before=33)
    page = scene()
    trap = page.locator(f"[data-trap='{OLD}']")
    expect(trap.locator("[data-clock='called']")).to_contain_text(re.compile(r"已超 2[89]:\d\d"), timeout=LONG)
    expect(trap.locator("[data-clock='arrived']")).to_contain_text(re.compile(r"已超 [34]:\d\d"))
    page.get_by_role("button", name="EN", exact=True).click()
    expect(trap.locator("[data-clock='called']")).to_contain_text("over")
    words = page.locator("main").inner_text()
    left = [line for line in words.splitlines() if HAN.search(line) and "文庙路" not in line and "梯11沪" not in line]
    assert not left, left
    assert axe(page) == []
    shot(page, "desk-lifts-late-en")
    take(site, "arrived", "peng.liang", {})
    expect(trap.locator("[data-clock='arrived']")).to_contain_text("late", timeout=LONG)
    take(site, "freed", "peng.liang", {"freed": 1, "cause": "停电"})
    expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)


def test_somebody_of_another_street_sees_neither(scene: Any) -> None:
    page = scene("next.door")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-calm]")).to_be_visible()
