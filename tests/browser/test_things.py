"""档案 on the desk: what stands on the grid, what it owes, and one lift's file followed into the case that a lapse became."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_owed
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import CheckIn

pytestmark = pytest.mark.browser
LONG = 60_000
FIRM = f"{world.STREET}-wuye"


def code(n: int) -> str:
    return f"梯11沪B{n:05d}(03)"


@pytest.fixture(scope="module")
def lifts(site: Any) -> None:
    """Three lifts: one that nobody maintained in time, one soon due, one that is well; somebody was at the last."""

    def enter(p: world.Play) -> None:
        today = p.tx.now.date()
        for n, days in ((1, 10), (2, 10), (3, 1)):
            attributes = {
                "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2003-03-01", "in_use_since": "2003-05-01", "floors": 18, "stops": 18,
                "load_kg": 800, "speed_m_s": 1.75, "maintained_on": today - timedelta(days=days),
            }  # fmt: skip
            parties = (PartyOf(Role.maintainer, FIRM), PartyOf(Role.keeper, FIRM))
            cmd = AddThing(
                "elevator",
                code(n),
                f"{n} 号梯",
                *world.SPOT,
                address="文庙路 215 弄",
                attributes=attributes,
                parties=parties,
            )
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)
        visit = CheckIn(
            new_id(), thing_id("elevator", code(3)), p.tx.now, lon=world.SPOT[0], lat=world.SPOT[1], accuracy_m=8
        )
        check_in(p.tx, p.who("wang.lei"), visit)
        sql = "update register.obligation set due_at = %s, warn_at = %s, late_at = %s where thing_id = %s and rule_id in (select id from register.rule where code = 'elevator-maintenance')"
        for n, hours in ((1, -1), (2, 5)):
            due = p.tx.now + timedelta(hours=hours)
            p.tx.conn.execute(sql, [due, due - timedelta(hours=72), due, thing_id("elevator", code(n))])

    site.act(enter)
    actions_owed.warn_and_lapse(site.system.database)


@pytest.fixture
def things(desk: Callable[..., Page], lifts: None) -> Callable[..., Page]:
    return lambda login="zhang.min", address="#/things?kind=elevator": desk(login, address, ready=".who")


def row(page: Page, n: int) -> Any:
    return page.locator(f'.row[data-code="{code(n)}"]')


def test_what_lapsed_is_found_and_followed_into_its_case(things: Any) -> None:
    page = things()
    expect(row(page, 3)).to_be_visible(timeout=LONG)
    lapsed = page.locator("button[data-owed='lapsed']")
    expect(lapsed.locator("b")).to_have_text("1")
    lapsed.click()
    expect(row(page, 3)).to_have_count(0, timeout=LONG)
    expect(page.locator(".list .row")).to_have_count(1)
    row(page, 1).click()
    file = page.locator("[data-file]")
    expect(file.get_by_role("heading", name="1 号梯")).to_be_visible(timeout=LONG)
    expect(file.locator("[data-rule='elevator-maintenance']")).to_contain_text("已逾期")
    expect(file.locator("[data-rule='elevator-inspection']")).to_contain_text("未到期")
    assert axe(page) == []
    shot(page, "desk-things-lapsed")
    file.locator("[data-case]").click()
    expect(page.get_by_text("电梯维保、检验超期").first).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")
    expect(file).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")
    expect(file).to_have_count(0)


def test_it_is_searched_by_words_and_shows_who_was_there_with_what_is_doubted(things: Any) -> None:
    page = things()
    expect(row(page, 1)).to_be_visible(timeout=LONG)
    page.keyboard.press("/")
    page.keyboard.type("B00003")
    expect(row(page, 1)).to_have_count(0, timeout=LONG)
    page.locator("#thing-words").blur()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    file = page.locator("[data-file]")
    expect(file).to_contain_text("未读标签", timeout=LONG)
    expect(file).to_contain_text("疑点")
    page.reload()
    expect(page.locator("[data-file]")).to_contain_text("3 号梯", timeout=LONG)


def test_a_list_without_anything_says_so(things: Any) -> None:
    page = things(address="#/things?q=没有这样的东西")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-things-empty")


def test_in_english_too(things: Any) -> None:
    page = things()
    expect(row(page, 1)).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="EN", exact=True).click()
    row(page, 1).click()
    expect(page.locator("[data-file]")).to_contain_text("What it owes", timeout=LONG)
    words = page.locator(".filters").inner_text() + page.locator("[data-file] h3").all_inner_texts().__str__()
    assert not HAN.search(words.replace("电梯", "")), words
    assert axe(page) == []
    shot(page, "desk-things-en")


def test_somebody_of_another_street_sees_none(things: Any) -> None:
    page = things("next.door")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
