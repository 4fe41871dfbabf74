"""My walks on the phone: begun and tapped without a network, in whatever order, and ended; the desk sees it as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import item, phone, rows, start, until
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_checkin
from yiwang.register.model import AddThing, thing_id
from yiwang.register.model_owed import BindTag, TagKind
from yiwang.scenes.patrol import actions as patrol
from yiwang.scenes.patrol.model_routes import SetRoute

pytestmark = pytest.mark.browser
LONG = 60_000
ROUTE, NAME = new_id(), "文庙路消防巡"
CODES = ("DW-9000001", "DW-9000002")
POINTS = [thing_id("patrol_point", code) for code in CODES]
UIDS = ("04A10000000001", "04A10000000002")


@pytest.fixture(scope="module")
def route(site: Site) -> None:
    """A route of two points that wang.lei walks just now, each point with a plain tag."""

    def enter(p: world.Play) -> None:
        zhang = p.who("zhang.min")
        for code, uid, (equipment, name) in zip(CODES, UIDS, (("灭火器", "文庙路 1 号灭火器"), ("治安巡更点", "文庙路 9 号巡更点")), strict=True):  # fmt: skip
            cmd = AddThing(
                "patrol_point", code, name, *world.SPOT, address="文庙路", attributes={"equipment": equipment}
            )
            made = actions.add_thing(p.tx, zhang, cmd).thing.id
            actions_checkin.bind_tag(p.tx, zhang, BindTag(made, new_id(), uid, TagKind.nfc))
        local = p.tx.now.astimezone(ZoneInfo("Asia/Shanghai"))
        begins, ends = ((local + timedelta(minutes=m)).replace(second=0, microsecond=0).time() for m in (-20, 120))
        plan = SetRoute(
            ROUTE, 0, NAME, world.STREET, tuple(POINTS), (1, 2, 3, 4, 5, 6, 7), begins, ends, (p.who("wang.lei").id,)
        )
        patrol.set_route(p.tx, zhang, plan)

    site.act(enter)


def kept(page: Page, key: str) -> None:
    until(
        page,
        f"""new Promise(done => {{ const o = indexedDB.open('yiwang-field'); o.onsuccess = () => {{
      const all = o.result.transaction('kept').objectStore('kept').getAllKeys()
      all.onsuccess = () => {{ o.result.close(); done(all.result.includes('{key}')) }} }} }})""",
    )


def hop(page: Page, path: str) -> None:
    page.evaluate("path => location.hash = path", path)


def shift_id(site: Site) -> str:
    return rows(site, "select id::text from patrol.shift where route_id = %(id)s order by starts_at limit 1", id=ROUTE)[
        0
    ][0]


def shift(site: Site) -> Any:
    sql = "select person_id is not null, ended_at is not null from patrol.shift where route_id = %(id)s order by starts_at limit 1"
    return rows(site, sql, id=ROUTE)[0]


def test_a_walk_without_a_network_from_its_beginning_to_its_end(
    browser: Browser, site: Site, route: None, desk: Callable[..., Page]
) -> None:
    with phone(browser, site) as context:
        page = start(context, site)
        shot(page, "field-tasks-foot")
        page.locator("[data-patrol]").click()
        walk = page.locator(f"[data-walk='{shift_id(site)}']")
        expect(walk).to_contain_text("已巡 0 / 2", timeout=LONG)
        for point in POINTS:
            kept(page, f"thing:{point}")
        assert axe(page) == []
        shot(page, "field-patrol")

        context.set_offline(True)
        walk.locator("[data-begin]").click()
        expect(walk).to_contain_text("已在发送队列", timeout=LONG)
        page.goto("about:blank")
        page.goto(f"{site.url}/field/#/tap?uid={UIDS[1]}")  # the second one first
        expect(page.get_by_role("heading", name="文庙路 9 号巡更点")).to_be_visible(timeout=LONG)
        page.locator("[data-act='check-in']").click()
        sheet = page.locator("dialog[open]")
        sheet.get_by_label("在位", exact=True).check()
        sheet.locator("[data-submit]").click()
        expect(page.locator(".queued")).to_contain_text("待上传")
        hop(page, "/patrol")
        expect(walk).to_contain_text("已巡 1 / 2", timeout=LONG)
        assert shift(site) == (False, False), "nothing has reached the server"
        walk.locator("[data-end]").click()
        expect(walk.get_by_role("alert")).to_contain_text("还有 1 个点位")
        assert axe(page) == []
        shot(page, "field-patrol-end")
        walk.locator("[data-end]").click()
        expect(walk.locator("[data-end]")).to_have_count(0)

        context.set_offline(False)
        hop(page, "/outbox")
        for act in ("begin-shift", "check-in", "end-shift"):
            expect(item(page, act)).to_have_attribute("data-state", "received", timeout=LONG)
        assert shift(site) == (True, True)
        hop(page, "/patrol")
        expect(walk.locator(f"[data-stop='{CODES[1]}'] .mark")).to_have_text("✓", timeout=LONG)
        expect(walk).to_contain_text("已结束")
        assert page.faults == []  # type: ignore[attr-defined]
        in_english(page)
    page = desk("zhang.min", "#/scenes/patrol", ready="[data-patrol] [data-shifts]")
    row = page.locator(f"[data-shift='{NAME}']").first
    expect(row).to_contain_text("已结束 · 王磊", timeout=LONG)
    expect(row).to_contain_text("1 / 2")


def in_english(page: Page) -> None:
    """What is of the page itself is said in English; names stay as they are."""
    hop(page, "/mine")
    page.get_by_role("button", name="English", exact=True).click()
    hop(page, "/patrol")
    expect(page.locator("[data-walk]").first).to_contain_text("1 of 2 reached", timeout=LONG)
    said = page.locator(".far, .right, .big, h1").all_inner_texts()
    assert not HAN.search(" ".join(said)), said
    assert axe(page) == []
    shot(page, "field-patrol-en")
    hop(page, "/tasks")
    expect(page.locator("[data-patrol]")).to_have_text("My walks")
    feet = page.locator("[data-things], [data-rounds], [data-patrol]").all()
    assert len({(box["y"], box["height"]) for foot in feet if (box := foot.bounding_box())}) == 1, "in one row"
    assert axe(page) == []
    shot(page, "field-tasks-foot-en")


def test_whoever_has_no_walk_is_told_so_in_english_too(browser: Browser, site: Site, route: None) -> None:
    with phone(browser, site, "zhao.xin") as context:
        page = start(context, site, "/patrol")
        expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
        hop(page, "/mine")
        page.get_by_role("button", name="English", exact=True).click()
        hop(page, "/patrol")
        expect(page.locator("[data-empty]")).to_contain_text("No walk is yours now", timeout=LONG)
        assert not HAN.search(page.locator("main").inner_text())
        assert axe(page) == []
