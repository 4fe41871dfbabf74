"""存疑 on the desk: what its leader sees of made-up work, narrows down, looks at side by side and follows into the case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.cases.model import PhotoKind
from yiwang.cases.model_commands import PhotoUse

pytestmark = pytest.mark.browser
LONG = 60_000
LEADER = "shi.guoqiang"


@pytest.fixture
def doubts(desk: Callable[..., Page]) -> Callable[..., Page]:
    """The list of doubts, open as somebody."""
    return lambda login, address="#/doubts": desk(login, address, ready=".who")


@pytest.fixture(scope="module")
def lies(site: Any) -> tuple[Any, Any, Any]:
    """One photo used for two cases, and one case far from where its photo was taken."""

    def story(p: world.Play) -> tuple[Any, Any, Any]:
        photo = p.photo("wang.lei", PhotoKind.near, world.SPOT)  # no other case has it
        honest = p.report("wang.lei", place="真的", photos=(photo,))
        copied = p.report("wang.lei", place="抄的", photos=(PhotoUse(photo.sha256, PhotoKind.near),))
        away = p.photo("wang.lei", PhotoKind.near, (world.SPOT[0] + 0.05, world.SPOT[1]))
        far = p.report("wang.lei", place="远的", photos=(away,))
        return honest, copied, far

    return site.act(story)


def test_a_leader_sees_the_same_photo_in_two_cases_side_by_side(doubts: Any, lies: Any) -> None:
    honest, copied, _ = lies
    page = doubts(LEADER)
    row = page.locator(f'.row[data-number="{copied.number}"][data-flag="photo_reused"]')
    expect(row).to_be_visible(timeout=LONG)
    assert page.locator(f'.row[data-number="{honest.number}"][data-flag="photo_reused"]').count() == 0
    kinds = page.locator("[data-kinds] button")
    counted = {k.get_attribute("data-flag"): int(k.locator("b").inner_text()) for k in kinds.all()}
    assert counted["photo_reused"] == page.locator('.row[data-flag="photo_reused"]').count()
    assert counted[None] == sum(n for flag, n in counted.items() if flag) == page.locator(".row").count()

    page.locator('[data-flag="photo_reused"]').first.click()
    expect(page.locator('.row:not([data-flag="photo_reused"])')).to_have_count(0, timeout=LONG)
    page.keyboard.press("j")
    row.focus()
    page.keyboard.press("Enter")
    pair = page.locator('[data-detail="photo_reused"] .pair img')
    expect(pair).to_have_count(2, timeout=LONG)
    for image in pair.all():
        page.wait_for_function("e => e.complete && e.naturalWidth > 0", arg=image.element_handle(), timeout=LONG)
    assert pair.nth(0).get_attribute("src") == pair.nth(1).get_attribute("src")
    assert axe(page) == []
    page.get_by_role("button", name=re.compile("打开另一案件")).click()
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(honest.number, timeout=LONG)
    assert "/doubts/cases/" in page.url and "flag=photo_reused" in page.url
    shot(page, "desk-doubts")
    page.keyboard.press("Escape")
    expect(page.locator('[data-panel="case"]')).to_have_count(0)
    page.reload()  # what was asked for stands in the address
    expect(page.locator('[data-kinds] [aria-pressed="true"]')).to_have_attribute(
        "data-flag", "photo_reused", timeout=LONG
    )


def test_a_photo_from_far_away_stands_alone_with_its_distance_in_english(doubts: Any, lies: Any) -> None:
    far = lies[2]
    page = doubts(LEADER, "?lang=en#/doubts?days=7")
    row = page.locator(f'.row[data-number="{far.number}"][data-flag="photo_far_away"]')
    row.click(timeout=LONG)
    detail = page.locator('[data-detail="photo_far_away"]')
    expect(detail.locator("img")).to_have_count(1, timeout=LONG)
    expect(detail).to_contain_text(re.compile(r"4,\d{3} m from the place"))
    assert axe(page) == []
    said = page.locator(".filters h3, .filters .span, header .say, .hint, .links").all_inner_texts()
    assert not HAN.search("".join(said))
    shot(page, "desk-doubts-en")


def test_who_answers_for_nobody_is_told_that_there_is_nothing(doubts: Any, lies: Any) -> None:
    page = doubts("wang.lei")  # the liar himself
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-doubts-none")


def test_a_server_that_fails_is_said_and_asked_again(doubts: Any, lies: Any) -> None:
    page = doubts(LEADER)
    page.wait_for_selector(".row", timeout=LONG)
    page.route("**/api/doubts?*", lambda route: route.abort())
    page.locator("select").select_option("30")
    alert = page.locator(".found [role=alert]")
    expect(alert).to_be_visible(timeout=LONG)
    page.unroute("**/api/doubts?*")
    alert.get_by_role("button").click()
    expect(page.locator(".row").first).to_be_visible(timeout=LONG)
