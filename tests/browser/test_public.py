"""A resident's day on the public pages, as one story; then each page by axe in both languages, large text, and the map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, heeded, shot
from yiwang.cases import api_public

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
HERE = {"longitude": 121.48361, "latitude": 31.21708, "accuracy": 14}
PAGES = {"": "nav a", "report": "#words", "follow": "#number", "map": '[data-map="ready"]', "receipt": "#paste"}


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    for limit in (api_public.REPORTS, api_public.PHOTOS, api_public.PHONES, api_public.FOLLOWS, api_public.LOOKS):
        limit._empty_at.clear()
    made = browser.new_context(
        viewport=PHONE, locale="zh-CN", reduced_motion="reduce", geolocation=HERE, permissions=["geolocation"],
        timezone_id="Asia/Shanghai", has_touch=True,
    )  # fmt: skip
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    with heeded(context) as opened:
        opened.goto(f"{site.url}/public/")
        opened.wait_for_selector("nav a")
        yield opened


def go(page: Page, site: Site, name: str, lang: str = "zh") -> None:
    page.goto("about:blank")
    page.goto(f"{site.url}/public/?lang={lang}#/{name}")
    page.wait_for_selector(PAGES[name])


def case_of(site: Site, number: str) -> UUID:
    with site.system.database.transaction() as tx:
        row = tx.conn.execute("select id from cases.case where number = %s", [number]).fetchone()
    assert row
    return row[0]


def lose_one_answer(page: Page) -> list[str]:
    """The server takes one report in, the page never hears of it; its number."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        answer = route.fetch()
        if answer.status != 201 or lost:
            route.fulfill(response=answer)
            return
        lost.append(answer.json()["number"])
        route.abort()

    page.route("**/api/public/reports", lose)
    return lost


def fill(page: Page, words: str) -> None:
    page.fill("#words", words)
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.locator(".say.good")).to_be_visible()
    page.locator(".tick input").check()


def test_a_residents_day(page: Page, site: Site, tmp_path: Path) -> None:
    page.locator('a[href="#/report"]').click()
    near, far = tmp_path / "near.jpg", tmp_path / "far.jpg"
    near.write_bytes(world.jpeg("olive", size=900))
    far.write_bytes(world.jpeg("teal", exif=world.SPOT, size=900))
    page.locator("form > button.big").click()
    expect(page.locator("#words")).to_be_visible()
    assert page.locator("[role=alert]").count() >= 3, "what is missing is said"
    page.set_input_files('[data-part="album"]', [near, far])
    expect(page.locator(".say.good")).to_contain_text("14")
    page.fill("#words", "文庙路口有一堆垃圾，两天没有收")
    page.select_option("#matter", "06010")
    page.fill("#phone", "138 1234 5678")
    page.locator(".tick input").check()
    shot(page, "public-report")
    page.locator("form > button.big").click()
    page.wait_for_selector('[data-part="sent"]')
    number, code = (page.locator(f'[data-part="{part}"]').inner_text() for part in ("number", "code"))
    assert number[4] == "P" and len(code) == 11
    shot(page, "public-sent")

    page.locator('a[href="#/follow"]').click()
    expect(page.locator('[data-part="state"]')).to_have_attribute("data-step", "reported")
    assert page.locator("[aria-current=step]").inner_text().startswith("受理")

    site.act(
        lambda play: play.close(play.verify(play.finish(play.take(play.dispatch(play.file(case_of(site, number)))))))
    )
    page.locator('[data-part="state"] .plain').click()
    expect(page.locator('[data-part="state"]')).to_have_attribute("data-step", "closed")
    meaning = page.locator('[data-part="closed"]').inner_text()
    assert "综合行政执法队" in meaning and "另一个人到现场核查过" in meaning and "清理干净" in meaning
    expect(page.locator(".shots img")).to_have_count(4)
    assert all(page.evaluate("[...document.querySelectorAll('.shots img')].map(i => i.complete && i.naturalWidth > 0)"))
    said = page.locator("main").inner_text()
    with site.system.database.transaction() as tx:
        staff = [name for (name,) in tx.conn.execute("select name from network.person where name <> ''")]
    assert len(staff) > 10 and not [name for name in staff if name in said]
    shot(page, "public-closed")

    rating = page.locator('[data-part="rate"]')
    rating.get_by_text("没有解决").first.click()
    rating.locator(".star").nth(1).click()
    rating.locator("textarea").fill("第二天又堆起来了")
    rating.locator("button.big").click()
    expect(page.locator('[data-part="state"]')).to_have_attribute("data-step", "filed")
    expect(page.locator('[data-part="course"] li').first).to_contain_text("重新办理")
    expect(rating).to_have_count(0)

    get = page.locator("button.get")
    for _ in range(60):
        if get.is_enabled():
            break
        page.wait_for_timeout(500)
        page.locator('[data-part="state"] .plain').click()
    with page.expect_download() as download:
        get.click()
    kept = tmp_path / "receipt.json"
    download.value.save_as(kept)
    page.locator('a[href="#/receipt"]').click()
    page.set_input_files('[data-part="file"]', kept)
    outcome = page.locator('[data-part="outcome"]')
    expect(outcome).to_have_attribute("data-ok", "true")
    entries = json.loads(kept.read_text("utf-8"))["entries"]
    assert page.locator(".entries li").count() == len(entries) > 10
    assert number in outcome.inner_text() and "与平台现在公布的一致" in outcome.inner_text()
    shot(page, "public-receipt")
    for find, put, words in (
        ("06010", "06011", "第 1 条"), ('"event": "case.accepted"', '"event": "case.declined"', "第 3 条"),
        ('"count": ', '"count": 1', "条数"), ("\\ntime 2", "\\ntime 3", "签名"), ("{", "[", "可读"),
    ):  # fmt: skip
        altered = tmp_path / "altered.json"
        text = kept.read_text("utf-8")
        assert find in text, find
        altered.write_text(text.replace(find, put, 1), "utf-8")
        page.set_input_files('[data-part="file"]', altered)
        expect(outcome).to_have_attribute("data-ok", "false")
        expect(outcome).to_contain_text(words)
    page.fill("#paste", kept.read_text("utf-8"))
    page.locator("button.big", has_text="核验").last.click()
    expect(outcome).to_have_attribute("data-ok", "true")

    go(page, site, "follow")
    page.fill("#number", number)
    page.fill("#code", "AAAAA-AAAAA")
    page.locator("form button.first").click()
    expect(page.locator(".say.bad")).to_contain_text("不符")
    page.get_by_text("手机短信").click()
    page.fill("#tel", "13812345678")
    page.locator("button.ask").click()
    by_text = page.locator(".say.good").inner_text()
    page.fill("#code", "".join(c for c in by_text if c.isdigit()))
    page.locator("form button.first").click()
    expect(page.locator('[data-part="state"]')).to_have_attribute("data-step", "filed")


def test_an_answer_that_was_lost_is_the_same_report_when_sent_again(page: Page, site: Site) -> None:
    page.locator('a[href="#/report"]').click()
    fill(page, "路灯不亮")
    lost = lose_one_answer(page)
    page.locator("form > button.big").click()
    expect(page.locator(".say.bad")).to_be_visible()
    page.locator("form > button.big").click()
    page.wait_for_selector('[data-part="sent"]')
    assert page.locator('[data-part="number"]').inner_text() == lost[0]


def test_after_a_lost_answer_and_a_reload_what_is_sent_is_not_lost(page: Page, site: Site) -> None:
    page.locator('a[href="#/report"]').click()
    fill(page, "井盖松动")
    lost = lose_one_answer(page)
    page.locator("form > button.big").click()
    expect(page.locator(".say.bad")).to_be_visible()
    page.reload()
    page.wait_for_selector("#words")
    assert page.locator("#words").input_value() == "井盖松动"
    fill(page, "井盖松动，差点绊倒人")
    page.locator("form > button.big").click()
    page.wait_for_selector('[data-part="sent"]')
    assert page.locator('[data-part="number"]').inner_text() != lost[0]


def test_without_a_position_the_place_is_given_in_words_or_on_the_map(
    page: Page, site: Site, context: BrowserContext
) -> None:
    context.clear_permissions()
    page.locator('a[href="#/report"]').click()
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.locator(".say.warn")).to_be_visible()
    page.fill("#words", "楼道灯坏了")
    page.select_option("#area", label="老西门街道")
    page.fill("#place", "文庙路 120 号")
    page.locator(".tick input").check()
    page.locator("form > button.big").click()
    page.wait_for_selector('[data-part="sent"]')
    page.locator('a[href="#/follow"]').click()
    expect(page.locator('[data-part="state"]')).to_contain_text("文庙路 120 号")
    go(page, site, "report")
    page.get_by_role("button", name="在地图上指").click()
    page.wait_for_selector('[data-map="ready"]')
    page.locator(".street canvas").click()
    expect(page.locator(".say.good")).to_contain_text("已在地图上指定位置")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_by_axe_with_thumbs_and_old_eyes(page: Page, site: Site, lang: str) -> None:
    for name in PAGES:
        go(page, site, name, lang)
        page.wait_for_timeout(300)
        assert axe(page) == [], name
        small = page.evaluate(
            """() => [...document.querySelectorAll('main a, main button, main select, main input:not(.sr):not([type=checkbox]):not([type=radio]), main label.tick, header a, header button')]
              .filter(e => e.offsetParent && !e.closest('.maplibregl-ctrl-attrib')).filter(e => e.getBoundingClientRect().height < 47.5).map(e => e.outerHTML.slice(0, 120))"""
        )
        assert small == [], name
        sizes = page.evaluate(
            """() => { const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT); const out = []; let node
              while ((node = walk.nextNode())) { const e = node.parentElement; if (node.data.trim() && e.offsetParent && !e.closest('.street, .sr'))
                { const px = parseFloat(getComputedStyle(e).fontSize); if (px < (e.closest('.hint, .value, .at, .what span, .words') ? 16 : 18)) out.push(`${px} ${node.data.trim().slice(0, 30)}`) } } return out }"""
        )
        assert sizes == [], name
        if lang == "en":
            said = page.evaluate("() => document.querySelector('main').innerText.replace(/\\s+/g, ' ')")
            if name != "report":  # the names of neighbourhoods stand as they are
                assert HAN.search(said) is None, said
        shot(page, f"public-{name or 'home'}-{lang}")


def test_at_twice_the_text_nothing_is_cut_or_scrolls_sideways(page: Page, site: Site) -> None:
    for name in PAGES:
        go(page, site, name)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
        shot(page, f"public-{name or 'home'}-200")


def test_the_map_says_the_same_in_words(page: Page, site: Site) -> None:
    go(page, site, "map")
    told = page.request.get(f"{site.url}/api/public/map").json()
    assert len(told["points"]) >= 9
    assert page.locator('[data-part="list"] li').count() == min(12, len(told["points"]))
    page.locator('[data-part="legend"] input').nth(1).uncheck()
    left = [p for p in told["points"] if p["state"] != "open"]
    expect(page.locator('[data-part="list"] li')).to_have_count(min(12, len(left)))
    assert {f["key"] for f in told["figures"]} == set(
        page.evaluate("[...document.querySelectorAll('[data-figure]')].map(e => e.dataset.figure)")
    )


def test_the_pages_weigh_little_and_the_map_comes_last(page: Page, site: Site) -> None:
    sizes: dict[str, int] = {}
    page.on(
        "response",
        lambda r: sizes.update({r.url: int(r.headers.get("content-length", 0))}) if r.url.endswith(".js") else None,
    )
    go(page, site, "report")
    page.wait_for_load_state("networkidle")
    assert sizes and sum(sizes.values()) < 350_000, sizes
    assert not any("StreetMap" in url for url in sizes), "no map before somebody asks for it"
