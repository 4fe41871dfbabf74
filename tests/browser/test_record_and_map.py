"""The record and the map of the grids, as somebody looks for things there: by words, by a box, on the map, by keyboard."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

import world
from browser.looking import HAN, axe, heeded, shot
from yiwang.ledger.queries import list_keys
from yiwang.ledger.rules_receipt import check_receipt, read_public_keys

pytestmark = pytest.mark.browser
LONG = 60_000


@pytest.fixture
def at(context: BrowserContext, site: Any) -> Iterator[Callable[[str], Page]]:
    """A page of the desk, open."""
    with heeded(context) as made:

        def go(address: str) -> Page:
            made.goto(f"{site.url}/#{address}")
            made.wait_for_selector('.map[data-state="ready"]', timeout=LONG)
            return made

        yield go


def speak(page: Page, language: str) -> None:
    page.get_by_role("button", name=language, exact=True).click()


def numbers(page: Page) -> list[str]:
    return page.locator("#record [data-number]").evaluate_all("rows => rows.map(r => r.dataset.number)")


def saved(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download(timeout=LONG) as told:
        page.locator(button).click()
    return told.value.suggested_filename, Path(told.value.path()).read_bytes()


def test_a_case_is_found_read_and_proven(at: Any, site: Any) -> None:
    page = at("/record")
    expect(page.locator(".count")).to_have_text("共 10 件")
    assert len(numbers(page)) == 10
    shot(page, "desk-record")
    page.keyboard.press("/")
    page.keyboard.type("梦花")
    expect(page.locator("#record .row")).to_have_count(1)
    expect(page.locator(".count")).to_have_text("共 1 件")
    page.locator('[data-field="step"]').select_option("closed")
    expect(page.locator("#record .empty, #record .row")).to_have_count(1)
    expect(page.locator(".count")).to_have_text(re.compile("共 [01] 件"))
    page.get_by_role("button", name="清空").click()
    page.locator('[data-field="step"]').select_option("closed")
    expect(page.locator("#record .row")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("main").first.evaluate("e => document.activeElement.blur()")
    page.keyboard.press("j")
    expect(page.locator("#record .row").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[data-panel="case"] h2')).to_be_focused()
    expect(page.locator('[data-proof="verified"]')).to_be_visible(timeout=LONG)
    name, receipt = saved(page, '[data-act="receipt"]')
    with site.system.database.transaction() as tx:
        keys = read_public_keys("\n".join(str(k.public) for k in list_keys(tx)))
    assert check_receipt(receipt, keys).ok and name.endswith(".json")
    assert json.loads(receipt)
    page.keyboard.press("Escape")
    expect(page.locator("#record .row").first).to_be_focused()


def test_on_paper_stands_the_case_alone(at: Any) -> None:
    page = at("/record")
    page.locator("#record .row").first.click()
    page.wait_for_selector("[data-entry]")
    page.emulate_media(media="print")
    expect(page.locator('[data-panel="case"] h2')).to_be_visible()
    for hidden in ("#record .count", ".bar", '[data-act="receipt"]'):
        expect(page.locator(hidden).first).not_to_be_visible()
    shown = page.locator('[data-panel="case"] .scroll').evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    assert shown, "what does not fit is cut off"


def test_a_search_is_kept_and_can_be_sent(at: Any, context: BrowserContext) -> None:
    page = at("/record")
    page.locator('[data-field="channel"]').select_option("patrol")
    expect(page).to_have_url(re.compile("channel=patrol"))
    page.get_by_role("button", name="存为常用").click()
    page.get_by_label("取个名字").fill("巡查来的")
    page.keyboard.press("Enter")
    address = page.url
    page.reload()
    page.wait_for_selector("#record .row, #record .empty")
    expect(page.locator('[data-field="channel"]')).to_have_value("patrol")
    page.get_by_role("button", name="清空").click()
    expect(page.locator(".count")).to_have_text("共 10 件")
    page.get_by_role("button", name="巡查来的", exact=True).click()
    expect(page.locator('[data-field="channel"]')).to_have_value("patrol")
    assert page.url == address
    page.get_by_role("button", name=re.compile("删除常用查询")).click()
    expect(page.get_by_role("button", name="巡查来的", exact=True)).to_have_count(0)


def test_by_unit_matter_and_person(at: Any) -> None:
    page = at("/record")
    everything = len(numbers(page))
    for label, typed, wanted in (
        ("经手人", "程刚", True),
        ("单位（含下级）", "综合行政执法队", True),
        ("事项", "06010", False),
    ):
        box = page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.fill(typed)
        page.locator("[role=listbox] [role=option]").first.wait_for()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("(person|unit|matter)="))
        if wanted:
            expect(page.locator(".count")).not_to_have_text(f"共 {everything} 件")
            expect(page.locator(".count")).to_have_text(re.compile("共 [1-9] 件"))
        page.get_by_role("button", name="清空").click()
        expect(page.locator(".count")).to_have_text(f"共 {everything} 件")


def test_a_box_on_the_map_narrows(at: Any) -> None:
    page = at("/record")
    whole = set(numbers(page))
    box = page.locator(".map").bounding_box()
    assert box
    page.locator('[data-act="draw"]').click()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 400, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("box="))
    expect(page.locator(".search .box")).to_be_visible()
    page.wait_for_function("n => document.querySelectorAll('#record [data-number]').length < n", arg=len(whole))
    assert set(numbers(page)) < whole
    page.locator(".search .clear").click()
    expect(page.locator(".count")).to_have_text(f"共 {len(whole)} 件")
    page.locator('[data-act="take"]').click()
    expect(page.locator(".search .box")).to_be_visible()
    assert set(numbers(page)) <= whole


def test_what_is_found_is_exported(at: Any) -> None:
    page = at("/record")
    page.locator('[data-field="step"]').select_option("handling")
    expect(page.locator(".count")).to_have_text(re.compile("共 [1-9] 件"))
    expect(page.locator("#record .row")).to_have_count(int(page.locator(".count").inner_text().split()[1]))
    found = numbers(page)
    name, data = saved(page, '[data-kind="csv"]')
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [r["编号 number"] for r in rows] == found and name == "yiwang-cases.csv"
    expect(page.locator('[data-export="done"]')).to_contain_text(f"已导出 {len(found)} 件")
    _, book = saved(page, '[data-kind="xlsx"]')
    assert [r[0] for r in openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].values][1:] == found


def test_an_export_that_breaks_off_says_so(at: Any) -> None:
    page = at("/record")
    page.route("**/api/cases/export.csv*", lambda route: route.abort())
    page.locator('[data-kind="csv"]').click()
    expect(page.locator('[data-export="bad"]')).to_contain_text("导出中断")


def test_a_long_list_holds_what_is_on_screen(at: Any) -> None:
    page = at("/record")
    one = json.loads(page.evaluate("fetch('/api/cases?limit=1').then(r => r.text())"))["items"][0]

    def many(route: Any) -> None:
        after = re.search(r"after=(\d+)", route.request.url)
        start = int(after[1]) if after else 0
        items = [
            {**one, "id": f"{start + i:08d}-0000-7000-8000-000000000000", "number": f"N{start + i}"} for i in range(100)
        ]
        route.fulfill(json={"items": items, "next": str(start + 100) if start < 3000 else None})

    page.route(re.compile(r"/api/cases\?"), many)
    page.locator('[data-field="late"]').select_option("no")
    page.wait_for_selector('[data-number="N0"]')
    for _ in range(12):
        page.locator("#record .box").evaluate("e => { e.scrollTop = e.scrollHeight }")
        page.wait_for_timeout(120)
    assert page.locator("#record .row").count() < 60
    assert page.locator("#record ul").first.evaluate("e => e.offsetHeight") > 52 * 800


@pytest.mark.parametrize("address", ["/record", "/map"])
@pytest.mark.parametrize("language", ["中", "EN"])
def test_axe_finds_nothing(at: Any, address: str, language: str) -> None:
    page = at(address)
    speak(page, language)
    page.wait_for_timeout(300)
    assert axe(page) == []
    if language == "EN":
        own = ".search label, .search legend, .controls label, .controls legend, .found .head span, .grids th, .count, footer"
        assert [t for t in page.locator(own).all_inner_texts() if HAN.search(t.replace("EN", ""))] == []
    if address == "/map":
        page.locator("[data-grid]").first.click()
        page.wait_for_selector('[data-panel="grid"] [data-part="people"] li, [data-part="people"] .quiet')
        assert axe(page) == []
    shot(page, f"desk{address.replace('/', '-')}-{'zh' if language == '中' else 'en'}")
    speak(page, "中")


def test_the_grids_are_coloured_by_what_is_in_them(at: Any) -> None:
    page = at("/map")
    page.wait_for_selector("[data-grid]")
    page.wait_for_timeout(1500)
    open_ = page.locator(".grids tbody tr").first.locator("td").nth(2).inner_text()
    assert int(open_) >= 1, "the fullest grid stands first"
    dark = [tuple(int(h[i : i + 2], 16) for i in (1, 3, 5)) for h in ("#155a8a", "#4f94c4", "#93bfdf", "#c9def0")]

    def blue() -> int:
        picture = Image.open(BytesIO(page.locator(".map").screenshot())).convert("RGB")
        near = lambda p: any(sum(abs(a - b) for a, b in zip(p, d, strict=True)) < 90 and p[2] - p[0] > 25 for d in dark)  # noqa: E731
        return sum(n for n, p in picture.getcolors(1 << 20) or [] if near(p))

    on = blue()
    page.locator('[data-layer="colors"]').uncheck()
    page.wait_for_timeout(800)
    assert blue() < on * 0.6
    page.locator('[data-layer="colors"]').check()
    page.locator('[data-by="in_time"]').click()
    page.locator('[data-period="30"]').click()
    expect(page.locator(".grids th").last).to_contain_text("近30天")
    expect(page.locator(".legend")).to_contain_text("期内无结案")


def test_a_grid_opens_its_file_from_the_map_and_from_the_list(at: Any, site: Any) -> None:
    page = at("/map")
    row = page.locator("[data-grid]").first
    code = str(row.get_attribute("data-grid"))
    row.focus()
    page.keyboard.press("Enter")
    file = page.locator('[data-panel="grid"]')
    expect(file.locator("h2")).to_have_text(code)
    expect(file.locator("h2")).to_be_focused()
    expect(file.locator('[data-part="people"]')).to_contain_text("网格")
    assert file.locator('[data-part="cases"] .case').count() >= 1
    expect(page).to_have_url(re.compile(f"grid={code}"))
    page.wait_for_timeout(1200)
    expect(page.locator('[data-layer="components"]')).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator(f'[data-grid="{code}"]')).to_be_focused()
    # the map went there: a click beside its middle, where no case is, opens a grid's file too
    box = page.locator(".map").bounding_box()
    assert box
    for dx, dy in ((60, 60), (-70, 40), (40, -80), (90, -30)):
        page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
        page.wait_for_timeout(300)
        if page.locator('[data-panel="grid"]').count():
            break
    expect(page.locator('[data-panel="grid"]')).to_be_visible()


def test_a_case_opens_from_a_grids_file_and_leads_back(at: Any) -> None:
    page = at("/map")
    page.locator("[data-grid]").first.click()
    case = page.locator('[data-part="cases"] .case').first
    case.click()
    expect(page.locator('[data-panel="case"]')).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator('[data-panel="grid"]')).to_be_visible()


def test_what_happens_shows_on_the_map_by_itself(at: Any, site: Any) -> None:
    page = at("/map")
    layer = page.locator('label:has([data-layer="cases"]) b')
    before = int(layer.inner_text())
    site.act(lambda play: play.report(place="刚刚", lon=world.SPOT[0], lat=world.SPOT[1]))
    expect(layer).to_have_text(str(before + 1), timeout=LONG * 3)


def test_a_place_is_found(at: Any) -> None:
    page = at("/map")
    box = page.get_by_role("combobox", name="查找地点")
    box.click()
    box.fill("文庙路")
    page.locator("[role=listbox] [role=option]", has_text="文庙路").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    expect(page.locator(".controls")).not_to_contain_text("放大地图后显示部件")
    box.fill("024001")
    page.locator("[role=listbox] [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator('[data-panel="grid"] h2')).to_have_text("310101019024001")
    expect(page.locator('[data-part="components"]')).to_contain_text("公交站")


def test_tianditu_is_a_base_map_where_it_is_set_up(at: Any, context: BrowserContext) -> None:
    """The tiles are asked of our own server, in Web Mercator's grid, and drawn under the grids."""
    asked: list[str] = []
    green = io.BytesIO()
    Image.new("RGB", (256, 256), (40, 200, 90)).save(green, "PNG")

    def tile(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=green.getvalue(), content_type="image/png")

    def with_it(route: Any) -> None:
        answer = route.fetch()
        today = answer.json()
        today["map"]["tianditu"] = True
        route.fulfill(response=answer, json=today)

    page = at("/map")
    assert page.locator("[data-base]").count() == 0, "not offered where it is not set up"
    context.route("**/api/desk/today", with_it)
    context.route("**/basemap/**", tile)
    page.reload()
    page.wait_for_selector('.map[data-state="ready"]', timeout=LONG)
    page.locator('[data-layer="colors"]').uncheck()
    page.locator('[data-base="vec"]').click()
    page.wait_for_timeout(1500)
    assert {u.split("/basemap/")[1].split("/")[0] for u in asked} == {"vec", "cva"}
    picture = Image.open(BytesIO(page.locator(".map").screenshot())).convert("RGB")
    shown = sum(n for n, c in picture.getcolors(1 << 20) or [] if c[1] > 150 and c[0] < 120 and c[2] < 150)
    assert shown > picture.width * picture.height / 2
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("天地图")
    page.locator('[data-base="own"]').click()
    expect(page.locator(".maplibregl-ctrl-attrib")).not_to_contain_text("天地图")
