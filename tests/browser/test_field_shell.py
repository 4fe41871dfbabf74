"""What holds the phone's pages: signing in and out, new versions, the map taken along, large type, thumbs, weight."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Response
from playwright.sync_api import Browser, BrowserContext, expect

from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import SIZE, go, phone, report, start, until
from yiwang.app import WEB, Assets

pytestmark = pytest.mark.browser


PAGES = ("/tasks", "/report", "/messages", "/mine", "/outbox")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_in_both_languages_and_large_type(
    wang: BrowserContext, site: Site, language: str
) -> None:
    page = start(wang, site)
    report(page, 110 if language == "zh" else 120)
    page.evaluate("language => localStorage.setItem('yiwang.locale', language)", language)
    page.reload()
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(400)
        assert axe(page) == [], path
        if language == "en":
            said = page.locator("nav.tabs, h1, .btn, label").all_inner_texts()
            assert not [t for t in said if HAN.search(t) and t != "中文"], (path, said)
        shot(page, f"field{path.replace('/', '-')}-{language}")
    page.evaluate("localStorage.setItem('yiwang.field.size', 'largest')")
    page.reload()
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(400)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 32
        assert page.evaluate(WIDE) == [], path
        assert axe(page) == [], path
        shot(page, f"field{path.replace('/', '-')}-{language}-200")


@pytest.mark.parametrize("size", ["normal", "largest"])
def test_the_gate_is_accessible(browser: Browser, site: Site, size: str) -> None:
    context = browser.new_context(viewport=SIZE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{site.url}/field/")
    page.evaluate("size => localStorage.setItem('yiwang.field.size', size)", size)
    for language in ("zh", "en"):
        page.goto(f"{site.url}/field/?lang={language}")
        page.wait_for_selector("form")
        page.wait_for_selector(".gate li button")
        assert axe(page) == []
        assert page.evaluate(WIDE) == []
        shot(page, f"field-gate-{language}-{size}")
    context.close()


WIDE = """() => {
  const page = document.querySelector('main')
  const out = page.scrollWidth > page.clientWidth + 1 ? [`scrolls sideways by ${page.scrollWidth - page.clientWidth}`] : []
  for (const e of document.querySelectorAll('main *')) {
    const b = e.getBoundingClientRect()
    if (b.width && b.right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute') out.push(`${e.tagName}.${e.className} ${Math.round(b.right)}`)
  }
  return out.slice(0, 5)
}"""


def test_targets_are_large_enough_for_a_wet_thumb(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    report(page, 130)
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(300)
        small: list[Any] = page.evaluate(
            """() => [...document.querySelectorAll('main button, main a, nav a, main select, main input:not([type=checkbox]):not([type=file])')]
              .map(e => [e.innerText || e.id, e.getBoundingClientRect()]).filter(([, b]) => b.width && (b.height < 43.5 || b.width < 43.5)).map(([t, b]) => `${t} ${b.width}×${b.height}`)"""
        )
        assert small == [], path


def test_the_scripts_fit_their_budget(browser: Browser, site: Site) -> None:
    """At most 350 kB of packed script over all pages, without the map and the reader of codes, which come when asked for."""
    with phone(browser, site, service_workers="block") as context:
        page = context.new_page()
        page.goto(f"{site.url}/field/")
        page.wait_for_selector("nav.tabs")
        for path in PAGES:
            go(page, path)
            page.wait_for_timeout(300)
        sizes = page.evaluate(
            "performance.getEntriesByType('resource').filter(r => r.name.endsWith('.js')).map(r => [r.name, r.encodedBodySize])"
        )
        first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    total = sum(size for _, size in sizes)
    print(f"field: {total / 1000:.0f} kB of script, first paint {first:.0f} ms")
    assert 50_000 < total < 350_000, sizes
    assert not [name for name, _ in sizes if "maplibre" in name]


def test_a_new_version_waits_until_it_is_let_in(
    wang: BrowserContext, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = start(wang, site)
    offer = page.get_by_role("button", name="立即更新")
    expect(offer).to_have_count(0)
    serve = Assets.get_response

    async def newer(assets: Assets, path: str, scope: Any) -> Response:
        if path != "sw.js":
            return await serve(assets, path, scope)
        return Response((WEB / "field/sw.js").read_text("utf-8") + "\n// newer\n", media_type="text/javascript")

    monkeypatch.setattr(Assets, "get_response", newer)
    page.evaluate("navigator.serviceWorker.getRegistration('/field/').then(r => r.update()).then(() => null)")
    expect(offer).to_be_visible(timeout=15_000)
    assert axe(page) == []
    shot(page, "field-update")
    with page.expect_navigation():
        offer.click()
    page.wait_for_selector("nav.tabs")
    until(page, "navigator.serviceWorker.getRegistration('/field/').then(r => !r.waiting)")
    expect(offer).to_have_count(0)


def test_who_signs_out_without_a_network_is_signed_out_when_it_is_back(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/mine")
    wang.set_offline(True)
    page.locator("button[data-out]").first.click()
    expect(page.get_by_role("heading", name="请登录")).to_be_visible()
    assert wang.request.get(f"{site.url}/api/me").ok, "the server has not heard of it yet"
    wang.set_offline(False)
    page.reload()
    expect(page.get_by_role("heading", name="请登录")).to_be_visible()
    for _ in range(50):
        if wang.request.get(f"{site.url}/api/me").status == 401:
            break
        page.wait_for_timeout(100)
    assert wang.request.get(f"{site.url}/api/me").status == 401
    page.get_by_role("button", name="王磊").click()
    expect(page.locator("nav.tabs")).to_be_visible()


def test_the_map_is_taken_along(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/mine")
    page.locator("[data-map]").click()
    expect(page.get_by_text("本街道地图已全部在手机里")).to_be_visible(timeout=30_000)
    wang.set_offline(True)
    page.reload()
    go(page, "/report")
    page.get_by_role("button", name="地图", exact=True).click()
    page.wait_for_selector(".map[data-state='ready']", timeout=30_000)
    page.wait_for_timeout(600)
    shot(page, "field-map-offline")
    assert page.faults == []  # type: ignore[attr-defined]
