"""The first page as people meet it: the map, a case's course, live change, two languages, the keyboard, axe."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browser.looking import AXE, HAN, axe, shot

pytestmark = pytest.mark.browser


def number(page: Page, step: str) -> int:
    return int(page.locator(f'[data-step="{step}"] .number').inner_text())


def overlaps(page: Page) -> list[str]:
    """Text that is cut off or lies over other text, among what is meant to be read whole."""
    return page.evaluate(
        """() => {
          const seen = e => { const b = e.getBoundingClientRect(); return b.width && b.height && b.bottom <= innerHeight + 1 }
          const out = []
          const boxes = [...document.querySelectorAll('header.bar > *:not(.fill), .flow > *, main > *, .flow .row > *')].filter(seen)
          for (const a of boxes) for (const b of boxes) {
            if (a === b || a.contains(b) || b.contains(a)) continue
            const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()]
            const [w, h] = [Math.min(p.right, q.right) - Math.max(p.left, q.left), Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)]
            if (w > 1.5 && h > 1.5) out.push(`${a.className} × ${b.className}`)
          }
          if (document.documentElement.scrollWidth > innerWidth) out.push('scrolls sideways')
          return out
        }"""
    )


def open_step(page: Page, step: str) -> None:
    page.locator(f'[data-step="{step}"]').click()
    page.locator("#cases [data-id]").first.click()
    page.wait_for_selector('[data-part="course"] [data-entry]')


def test_the_street_is_seen_at_a_glance(page: Page) -> None:
    expect(page.locator(".where b")).to_have_text("老西门街道")
    expect(page.get_by_text("演示数据")).to_be_visible()
    expect(page.locator('[data-link="live"]')).to_be_visible()
    expect(page.get_by_text("© OpenStreetMap contributors")).to_be_visible()
    assert number(page, "report") == 10
    assert {s: number(page, s) for s in ("accept", "file", "dispatch", "handle", "verify")} == {
        "accept": 2, "file": 1, "dispatch": 2, "handle": 3, "verify": 1,
    }  # fmt: skip
    assert overlaps(page) == []
    shot(page, "desk-today")


def test_the_map_draws_the_street_and_its_cases(page: Page) -> None:
    """Pixels, not promises: the street's outline, roads and the cases' signs are on the canvas."""
    picture = Image.open(BytesIO(page.locator(".map").screenshot())).convert("RGB")
    counts: dict[Any, int] = {c: n for n, c in picture.getcolors(1 << 20) or []}
    assert counts.get((255, 255, 255), 0) > 3000, "no roads"
    assert counts.get((21, 90, 138), 0) > 500, "no outline and no signs"
    assert len(counts) > 300, "an empty map"


def test_a_case_on_the_map_opens(page: Page) -> None:
    page.locator(".find input").fill("蓬莱路")
    expect(page.locator("#cases [data-id]")).to_have_count(1)
    box = page.locator(".map").bounding_box()
    assert box
    page.locator("#cases [data-id]").click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    # the map has moved to have it in the middle
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    expect(page.locator(".map .tip")).to_contain_text("蓬莱路")
    page.mouse.click(x, y)
    expect(page.locator('[data-panel="case"]')).to_contain_text("蓬莱路")
    expect(page.locator("#cases [aria-current]")).to_contain_text("蓬莱路")


def test_a_closed_case_shows_its_whole_course_with_proof(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^办结")).click()
    page.locator("#cases [data-id]").first.click()
    entries = page.locator('[data-part="course"] [data-entry]')
    expect(entries).to_have_count(8)
    expect(entries.first).to_have_attribute("data-event", "case.reported")
    expect(entries.last).to_have_attribute("data-event", "case.closed")
    expect(page.locator('[data-part="orders"]')).to_contain_text("老西门街道综合行政执法队")
    page.locator('[data-part="clocks"] summary').first.click()
    expect(page.locator('[data-part="clocks"] ol').first).to_contain_text("到期")
    pictures = page.locator('[data-part="photos"] .pair img')
    expect(pictures).to_have_count(2)
    for i in range(2):
        page.wait_for_function(
            "i => document.querySelectorAll('[data-part=photos] .pair img')[i].naturalWidth > 0", arg=i
        )
    expect(page.locator('[data-proof="verified"]')).to_be_visible(timeout=60_000)  # sealed every ten seconds
    page.locator(".proof summary").click()
    expect(page.locator(".proof li.ok")).to_have_count(4)
    shot(page, "desk-case")
    page.locator('[data-part="photos"] .pair button').first.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator('[data-panel="case"]')).to_be_visible()


def test_a_link_leads_to_its_case(page: Page, site: Any) -> None:
    first = page.locator("#cases [data-id]").first
    case, number = first.get_attribute("data-id"), first.get_attribute("data-number")
    page.goto("about:blank")
    page.goto(f"{site.url}/#/cases/{case}")
    expect(page.locator('[data-panel="case"]')).to_contain_text(str(number))
    assert page.url.endswith(f"#/cases/{case}")
    page.keyboard.press("Escape")
    expect(page.locator('[data-panel="case"]')).to_have_count(0)
    assert str(case) not in page.url


def test_an_answer_that_was_tampered_with_is_caught_in_the_browser(page: Page) -> None:
    def tamper(route: Any) -> None:
        answer = route.fetch()
        course = answer.json()
        course["entries"][1]["text"] = course["entries"][1]["text"].replace("operator", "inspector")
        route.fulfill(response=answer, json=course)

    page.route("**/api/desk/cases/*", tamper)
    open_step(page, "handle")
    expect(page.locator('[data-proof="bad"]')).to_be_visible()
    expect(page.locator('[data-proof="bad"]')).to_contain_text("核验不符")


def test_what_happens_appears_without_a_reload(page: Page, site: Any) -> None:
    before = number(page, "report")
    page.evaluate("window.stillHere = true")
    case = site.act(lambda play: play.report(place="黄家路刚刚上报"))
    expect(page.locator(f'[data-number="{case.number}"]')).to_be_visible(timeout=180_000)
    assert number(page, "report") == before + 1
    expect(page.locator('[data-panel="feed"] li').first).to_contain_text(case.number)
    page.locator(f'[data-number="{case.number}"]').click()
    expect(page.locator('[data-part="course"] [data-entry]')).to_have_count(1)
    site.act(lambda play: _accept(play, case))
    expect(page.locator('[data-part="course"] [data-entry]')).to_have_count(2, timeout=180_000)
    expect(page.locator('[data-panel="case"] .steps .now')).to_contain_text("立案")
    assert page.evaluate("window.stillHere") is True


def _accept(play: Any, case: Any) -> None:
    from yiwang.cases.actions_file import accept_case
    from yiwang.cases.model_commands import AcceptCase

    accept_case(play.tx, play.who("zhang.min"), AcceptCase(case.id))


def test_everything_is_said_in_english_too(page: Page) -> None:
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    open_step(page, "handle")
    # the words of the page itself; names, places and matters stay as they were given
    own = ".tabs, .flow .name, .flow .under, .where span, .part > h3, .legend, footer, .steps, .step, .stand, .demo > span"
    left = [t for t in page.locator(own).all_inner_texts() if HAN.search(t)]
    assert left == []
    expect(page.locator('[data-entry="1"] .said')).to_contain_text("Reported")
    assert overlaps(page) == []
    shot(page, "desk-english")
    page.reload()
    page.wait_for_selector("#cases [data-id]")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_it_can_be_worked_by_keyboard(page: Page) -> None:
    rows = page.locator("#cases [data-id]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    wanted = rows.nth(1).get_attribute("data-number")
    page.keyboard.press("Enter")
    expect(page.locator('[data-panel="case"] .number')).to_have_text(str(wanted))
    expect(page.locator('[data-panel="case"] h2')).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('[data-panel="case"]')).to_have_count(0)
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator(".find input")).to_be_focused()
    page.keyboard.type("zzz")
    expect(page.get_by_text("没有符合条件的案件")).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows.first).to_be_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in web/)")
def test_axe_finds_nothing(page: Page) -> None:
    assert axe(page) == []
    page.locator(".who").click()
    expect(page.locator(".menu [data-login]").first).to_be_visible()
    assert axe(page) == []
    shot(page, "desk-people")
    page.keyboard.press("Escape")
    open_step(page, "handle")
    page.locator(".proof summary").click()
    assert axe(page) == []
    page.get_by_role("button", name="EN", exact=True).click()
    assert axe(page) == []


def test_somebody_else_sees_what_is_theirs(page: Page) -> None:
    page.locator(".who").click()
    page.locator('[data-login="meng.dali"]').click()
    expect(page.locator(".names b")).to_have_text("孟大力")
    expect(page.locator("#cases [data-id]")).to_have_count(0)
    page.locator(".who").click()
    page.locator('[data-login="cheng.gang"]').click()
    expect(page.locator("#cases [data-id]").first).to_be_visible()
    expect(page.locator('[data-step="accept"] .number')).to_have_text("0")


def test_a_lost_connection_is_told_and_made_good(page: Page, site: Any) -> None:
    seen = number(page, "report")
    site.stop()
    try:
        expect(page.locator('[data-link="reconnecting"]')).to_be_visible(timeout=180_000)
        expect(page.get_by_role("alert")).to_contain_text("重连")
        shot(page, "desk-reconnecting")
        case = site.act(lambda play: play.report(place="断线时上报"))
    finally:
        site.start()
    expect(page.locator('[data-link="live"]')).to_be_visible(timeout=40_000)
    expect(page.locator(f'[data-number="{case.number}"]')).to_be_visible(timeout=180_000)
    assert number(page, "report") == seen + 1
    expect(page.get_by_role("alert")).to_have_count(0)


def test_without_tiles_the_street_is_drawn_all_the_same(context: Any, site: Any) -> None:
    def no_tiles(route: Any) -> None:
        answer = route.fetch()
        today = answer.json()
        today["map"]["tiles"] = None
        route.fulfill(response=answer, json=today)

    page = context.new_page()
    page.route("**/api/desk/today", no_tiles)
    page.goto(site.url)
    page.wait_for_selector('.map[data-state="ready"]', timeout=180_000)
    expect(page.locator(".legend")).to_contain_text("未切片")
    expect(page.get_by_text("© OpenStreetMap contributors")).to_be_visible()


def test_a_server_that_answers_badly_is_told_in_words(context: Any, site: Any) -> None:
    page = context.new_page()
    body = '{"error":{"code":"database.away","zh":"数据库暂时连不上","en":"The database is away","detail":{}}}'
    page.route("**/api/desk/today", lambda route: route.fulfill(status=503, body=body, content_type="application/json"))
    page.goto(site.url)
    expect(page.get_by_role("alert")).to_contain_text("数据库暂时连不上")
    shot(page, "desk-error")
    page.unroute("**/api/desk/today")
    expect(page.locator("#cases [data-id]").first).to_be_visible(timeout=180_000)
