"""The queue itself: many cases at once, filters that are kept, a hundred thousand rows, axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.keyboard import LONG, press_for, reach
from browser.looking import AXE, HAN, axe, shot
from yiwang.cases import actions_file
from yiwang.cases.model_commands import AcceptCase

pytestmark = pytest.mark.browser


def test_many_at_once_each_with_its_own_answer(desk: Any, site: Any) -> None:
    made = [site.act(lambda p, n=n: p.report(place=f"成批受理{n}号")) for n in range(3)]
    page = desk("zhang.min")
    page.keyboard.press("/")
    page.keyboard.type("成批受理")
    expect(page.locator("[data-task]")).to_have_count(3, timeout=LONG)
    page.keyboard.press("Escape")
    expect(page.locator(".find input")).to_have_value("")
    page.keyboard.press("Escape")  # and out of the field
    page.keyboard.press("/")
    page.keyboard.type("成批受理")
    expect(page.locator("[data-task]")).to_have_count(3, timeout=LONG)
    page.locator("[data-task]").first.focus()
    for key in ("x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk] b")).to_contain_text("3")
    page.route("**/api/tasks*", lambda route: route.abort())  # the page does not learn of it
    site.act(lambda p: actions_file.accept_case(p.tx, p.who("li.qing"), AcceptCase(made[1].id)))
    page.locator('[data-bulk-act="accept"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert axe(page) == []
    page.locator("dialog[open] .first").focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-outcome="done"]')).to_have_count(2, timeout=LONG)
    refused = page.locator('[data-outcome="refused"]')
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text(made[1].number)
    expect(refused).to_contain_text("不能办这一步")
    shot(page, "desk-bulk")
    steps = [site.act(lambda p, c=c: p.now(c)).step for c in made]
    assert steps == ["accepted", "accepted", "accepted"]


def test_a_filter_is_kept_for_who_made_it(desk: Any, site: Any) -> None:
    page = desk("zhang.min")
    page.locator('.chips [data-act="accept"]').click()
    expect(page.locator('.chips [data-act="accept"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-task]:not([data-act="accept"])')).to_have_count(0)
    page.get_by_role("button", name="存为常用").click()
    page.keyboard.type("只看受理")
    page.keyboard.press("Enter")
    page.reload()
    page.wait_for_selector("[data-queue][data-ready]")
    page.get_by_role("button", name="★ 只看受理").click()
    expect(page.locator('.chips [data-act="accept"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-task]:not([data-act="accept"])')).to_have_count(0)
    other = desk("chen.jie")
    expect(other.get_by_role("button", name="★ 只看受理")).to_have_count(0)


def test_a_hundred_thousand_rows_cost_what_is_seen(desk: Any, site: Any) -> None:
    """Pages by key as one scrolls; whatever the length, some dozens of rows stand in the page."""
    page = desk("zhang.min")
    sample = page.evaluate("async () => (await (await fetch('/api/tasks?limit=1')).json()).items[0]")
    asked: list[str | None] = []

    def many(route: Any) -> None:
        query = dict(p.split("=") for p in route.request.url.partition("?")[2].split("&") if "=" in p)
        start, limit = int(query.get("after", "0")), int(query.get("limit", "50"))
        asked.append(query.get("after"))
        items = []
        for n in range(start, min(start + limit, 100_000)):
            about = f"00000000-0000-7000-8000-{n:012}"
            items.append(
                {
                    **sample,
                    "about": about,
                    "case": {**sample["case"], "id": about, "number": f"No{n:06}", "place": f"第{n}处"},
                }
            )
        after = start + limit
        route.fulfill(json={"items": items, "next": str(after) if after < 100_000 else None})

    counts = [{"act": "accept", "move": "accept", "zh": "受理", "en": "Accept", "tasks": 100_000, "overdue": 0}]
    page.route(re.compile(r"/api/tasks\?"), many)
    page.route(re.compile(r"/api/tasks/counts"), lambda route: route.fulfill(json=counts))
    page.locator('.chips [data-act="all"]').click()
    page.get_by_role("button", name="指名给我的").click()
    expect(page.locator('[data-number="No000000"]')).to_be_visible(timeout=LONG)
    for _ in range(60):
        page.evaluate("() => { const e = document.querySelector('.rows'); e.scrollTop = e.scrollHeight }")
        page.wait_for_timeout(60)
    loaded = int(re.sub(r"\D.*", "", page.locator("footer [role=status]").inner_text().replace("已列 ", "")))
    since = asked[len(asked) - asked[::-1].index(None) :]  # the list begins anew with each filter
    assert loaded > 5_000 and len(since) == len(set(since)), "each page once"
    assert page.locator("[data-task]").count() < 60
    frames = page.evaluate(
        """async () => {
          const e = document.querySelector('.rows'); let worst = 0, last = performance.now(); e.scrollTop = 0
          for (let i = 0; i < 120; i += 1) {
            e.scrollTop += 400
            await new Promise(requestAnimationFrame)
            const now = performance.now(); worst = Math.max(worst, now - last); last = now
          }
          return worst
        }"""
    )
    assert frames < 400, f"a frame took {frames:.0f} ms (this machine is shared)"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in web/)")
@pytest.mark.parametrize("language", ["中", "EN"])
def test_axe_finds_nothing_in_the_queue_and_its_forms(desk: Any, site: Any, language: str) -> None:
    reported = site.act(lambda p: p.report(place="无障碍核对"))
    filed = site.act(lambda p: p.filed(place="无障碍核对"))
    page = desk("zhang.min")
    page.get_by_role("button", name=language, exact=True).click()
    assert axe(page) == []
    reach(page, reported.number)
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-part="acts"]')
    page.keyboard.press(".")
    expect(page.get_by_role("menu")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    for key, act in (
        ("a", "accept"),
        ("r", "decline"),
        ("i", "ask-check"),
        ("e", "emergency"),
        ("m", "merge"),
        ("w", "comment"),
    ):
        press_for(page, key, act)
        page.wait_for_timeout(500)
        assert axe(page) == [], act
        if language == "EN":
            own = "dialog[open] h2, dialog[open] legend, dialog[open] .hint, dialog[open] .btn, dialog[open] label > em"
            said = [
                t
                for t in page.locator(own).all_inner_texts()
                if HAN.search(re.sub(r"老西门\S*|\S+(局|所|队|会|中心|办)$", "", t))
            ]
            assert said == [], act
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page = desk("chen.jie")
    reach(page, filed.number)
    form = press_for(page, "d", "dispatch")
    expect(form.locator("[data-parts] [data-unit]").first).to_be_visible()
    expect(page.locator("dialog[open] .go")).to_be_enabled()
    assert axe(page) == []
