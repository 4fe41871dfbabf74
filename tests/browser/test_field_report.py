"""An inspector reports on the phone: photos, what it is, what is known near by, codes of components; also when the phone is full."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

import world
from browser.conftest import Site
from browser.looking import shot
from browser.phone import cases_of, go, item, report, rows, shoot, show_code, start

pytestmark = pytest.mark.browser


def test_the_photo_says_where_and_when_it_was_taken(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    report(page, 30)
    expect(item(page)).to_have_attribute("data-state", "received")
    found = rows(
        site,
        "select f.lon, f.lat, abs(extract(epoch from now() - f.taken_at)) < 120, f.width from cases.evidence e join kit.file f"
        " using (sha256) where e.case_id = %(id)s",
        id=cases_of(site, "wang.lei")[-1][0],
    )
    assert len(found) == 2
    for lon, lat, just_now, width in found:
        assert (round(lon, 5), round(lat, 5), just_now, width) == (*world.SPOT, True, 900)


def test_three_taps(wang: BrowserContext, site: Site) -> None:
    """After the first of its kind: the photo, what it is, off."""
    page = start(wang, site)
    report(page, 40)
    go(page, "/report")
    shoot(page, "近景", 41)
    page.locator(".pick[data-matter]").first.click()
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received")


def test_a_full_phone_says_so_and_keeps_what_was_safe(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    shoot(page, "近景", 90)
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put
          IDBObjectStore.prototype.put = function (...a) { if (this.name === 'photos') throw new DOMException('no room', 'QuotaExceededError'); return put.apply(this, a) } }"""
    )
    box = page.locator(".slot:has(input[data-slot='远景'])")
    box.locator("input").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": world.jpeg("green", size=300)}
    )
    expect(page.get_by_text("手机存储已满")).to_be_visible()
    shot(page, "field-full")
    page.reload()
    page.get_by_role("button", name="1 张照片").click()
    expect(page.locator(".slot.filled")).to_have_count(1)


def test_known_cases_near_by_are_shown_before_it_is_sent(wang: BrowserContext, site: Site) -> None:
    before = len(cases_of(site, "wang.lei"))
    known = site.act(lambda play: play.report("zhang.min", place="文庙路口", **world.URGENT))
    page = start(wang, site, "/report")
    shoot(page, "近景", 95)
    page.get_by_role("button", name="查找事项").click()
    page.locator("#matter-words").fill(known.matter_code)
    page.locator(f"[data-matter='{known.matter_code}']").filter(has_text="事件").click()
    near = page.locator(".near li").filter(has_text=known.number)
    expect(near).to_be_visible()
    shot(page, "field-near")
    near.get_by_role("button").click()
    expect(item(page, "comment")).to_have_attribute("data-state", "received")
    assert rows(site, "select count(*)::int from cases.comment where case_id = %(id)s", id=known.id)[0][0] == 1
    assert len(cases_of(site, "wang.lei")) == before


def test_put_right_on_the_spot(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    shoot(page, "近景", 97)
    page.get_by_label("当场已处置").check()
    page.get_by_role("button", name="查找事项").click()
    page.locator("#matter-words").fill("06010")
    page.locator("[data-matter='06010']").filter(has_text="事件").click()
    page.locator("[data-condition]").first.click()
    page.locator(".send .btn").click()
    expect(page.locator(".send [role=alert]")).to_contain_text("处置后照片")
    shoot(page, "处置后", 98)
    page.locator(".send .btn").click()
    expect(item(page)).to_have_attribute("data-state", "received")
    assert cases_of(site, "wang.lei")[-1][1:] == ("handled", 2)


def test_a_component_is_known_by_its_code(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    page.get_by_role("button", name="扫部件码").click()
    page.get_by_label("部件编码（16 或 17 位数字）").fill("31010101001000021")
    page.get_by_role("button", name="使用这个编码").click()
    expect(page.locator(".chosen")).to_contain_text("供水井盖")
    expect(page.locator(".chosen")).to_contain_text("31010101001000021")


def test_a_code_is_read_by_our_own_reader_under_the_policy(wang: BrowserContext, site: Site) -> None:
    """Whatever this browser has: the reader that comes with the page, its WebAssembly from here."""
    page = start(wang, site)
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective + ' ' + e.blockedURI)); delete window.BarcodeDetector"
    )
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.reload()
    go(page, "/report")
    show_code(page)
    page.get_by_role("button", name="扫部件码").click()
    expect(page.locator(".chosen")).to_contain_text("31010101001000021", timeout=20_000)
    assert page.evaluate("refused") == []
    assert [u for u in asked if not u.startswith((site.url, "blob:", "data:"))] == []
