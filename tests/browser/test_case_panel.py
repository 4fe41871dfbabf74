"""A case open beside the queue: by its address, its photos before and after, what is near it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.keyboard import LONG
from browser.looking import axe, shot

pytestmark = pytest.mark.browser


def test_the_address_leads_to_the_very_case(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.report(place="消息里的链接"))
    page = desk("zhang.min")
    page.goto(f"{site.url}/#/queue/cases/{case.id}")
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(case.number, timeout=LONG)
    assert json.loads(page.evaluate("JSON.stringify(location.hash)")).endswith(str(case.id))


def test_before_and_after_lie_under_one_slider(desk: Any, site: Any) -> None:
    page = desk("zhang.min")
    closed = page.evaluate(
        "async () => (await (await fetch('/api/cases?step=closed&limit=50')).json()).items.at(-1).id"
    )
    page.goto(f"{site.url}/#/queue/cases/{closed}")
    page.get_by_role("button", name="滑动对比").click(timeout=LONG)
    slider = page.get_by_role("slider")
    slider.focus()
    before = page.locator("[data-compare] .top")
    expect(before).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "处置前占 40%")
    expect(before).to_have_css("clip-path", "inset(0px 60% 0px 0px)")
    page.locator('[data-part="photos"]').scroll_into_view_if_needed()
    shot(page, "desk-slider")
    assert axe(page) == []


def test_what_is_near_stands_on_a_map_and_in_a_list(desk: Any, site: Any) -> None:
    lon, lat = 121.4880, 31.2150
    case = site.act(lambda p: p.report(place="就在这里", lon=lon, lat=lat))
    near = site.act(lambda p: p.dispatched(place="三十米外", lon=lon + 0.0003, lat=lat))
    site.act(lambda p: p.report(place="五百米外", lon=lon - 0.0052, lat=lat))
    page = desk("zhang.min")
    page.goto(f"{site.url}/#/queue/cases/{case.id}")
    page.locator('[data-part="near"] button').click(timeout=LONG)
    rows = page.locator('[data-part="near"] ul').first.locator("li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(near.number)
    expect(rows).to_contain_text("29 米")
    page.wait_for_selector('.spot[data-state="ready"]', timeout=LONG)
    page.locator('[data-part="near"]').scroll_into_view_if_needed()
    shot(page, "desk-near")
    assert axe(page) == []
    rows.get_by_role("button").click()
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(near.number)
