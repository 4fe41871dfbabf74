"""Things on the desk's map: from afar how many stand in each grid, from near each one, which opens its file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import axe, shot
from yiwang.register import actions, store
from yiwang.register.model import AddThing, ChangeThing, thing_id

pytestmark = pytest.mark.browser
LONG = 60_000
NEAR = f"{world.SPOT[0]:.5f},{world.SPOT[1]:.5f},17.50"


def code(n: int) -> str:
    return f"梯11沪E{n:05d}(20)"


@pytest.fixture(scope="module")
def lifts(site: Any) -> None:
    """Seven lifts in two grids, one of them scrapped."""

    def enter(p: world.Play) -> None:
        for n in range(1, 8):
            attributes = {
                "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2003-03-01", "in_use_since": "2003-05-01", "floors": 18, "stops": 18,
                "load_kg": 800, "speed_m_s": 1.75, "maintained_on": p.tx.now.date() - timedelta(days=1),
            }  # fmt: skip
            lon, lat = (
                (world.SPOT[0] + 0.0004 * (n - 1), world.SPOT[1]) if n < 5 else (121.4842, 31.2186 + 0.0003 * (n - 5))
            )
            cmd = AddThing("elevator", code(n), f"{n} 号梯", lon, lat, address="文庙路", attributes=attributes)
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)
        actions.change_thing(p.tx, p.who("zhang.min"), ChangeThing(thing_id("elevator", code(7)), 1, state="scrapped"))
        store.put_tally(p.tx)

    site.act(enter)


@pytest.fixture
def map_of(desk: Callable[..., Page], lifts: None) -> Callable[..., Page]:
    return lambda query="": desk("zhang.min", f"#/map{query}", ready='.map[data-state="ready"]')


def count(page: Page) -> Any:
    return page.locator("[data-things] label:has([data-kind='elevator']) b")


def test_from_afar_it_is_counted_from_near_each_one_opens_its_file(map_of: Any) -> None:
    page = map_of()
    expect(count(page)).to_have_count(0)
    page.locator("[data-kind='elevator']").check(timeout=LONG)
    expect(count(page)).to_have_text("6", timeout=LONG)
    expect(page.locator("[data-things] .say")).to_contain_text("按网格汇总")
    expect(page).to_have_url(re.compile("things=elevator"))
    expect(page.locator(".gl[data-drawn]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-map-things-far")

    page = map_of(f"?things=elevator&at={NEAR}")
    expect(page.locator("[data-things] .say")).to_contain_text("点一件", timeout=LONG)
    expect(count(page)).to_have_text(re.compile(r"^[1-6]$"))
    expect(page.locator(".gl[data-drawn]")).to_be_visible(timeout=LONG)
    page.wait_for_timeout(300)
    shot(page, "desk-map-things-near")
    box = page.locator(".map .gl").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("[data-file]").get_by_role("heading", name="1 号梯")).to_be_visible(timeout=LONG)
    page.go_back()
    expect(page.locator("[data-kind='elevator']")).to_be_checked(timeout=LONG)
    expect(page).to_have_url(re.compile("at=121"))
    page.locator("[data-kind='elevator']").uncheck()
    expect(count(page)).to_have_count(0)


def test_a_grid_that_is_chosen_leaves_them_shown(map_of: Any) -> None:
    page = map_of("?things=elevator")
    expect(count(page)).to_have_text("6", timeout=LONG)
    asked = "fetch('/api/kinds/elevator/counts?box=121,31,122,32').then(r => r.json()).then(c => c[0].grid_code)"
    grid = page.evaluate(asked)
    page.locator(f"aside [data-grid='{grid}']").click(timeout=LONG)
    expect(page).to_have_url(re.compile(r"grid=\d+"))
    here = page.locator("[data-kind-here='elevator']")
    expect(here).to_contain_text(re.compile(r"[1-6]$"), timeout=LONG)
    expect(page.locator("[data-kind='elevator']")).to_be_checked()
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("[data-things]")).to_contain_text("Lift")
    assert axe(page) == []
    shot(page, "desk-map-things-en")
    standing = int(here.locator("b").inner_text())
    here.click()
    expect(page.locator("[data-in-grid]")).to_contain_text(grid, timeout=LONG)
    expect(page.locator("[data-thing]")).to_have_count(standing)
    page.locator("[data-in-grid] button").click()
    expect(page.locator("[data-thing]")).to_have_count(6)
