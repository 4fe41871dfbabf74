"""风险管控 on the desk: today's walks and what was missed, the trend beside last year's, where it was, and how people did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes
from yiwang.scenes.patrol import demo
from yiwang.scenes.patrol.scene import SCENE

pytestmark = pytest.mark.browser
LONG = 60_000
NOBODY = demo.ROUTES[0][0]


@pytest.fixture(scope="module")
def street(site: Any) -> None:
    """The demonstration's patrols; the first walk of the day, which nobody took, is over since an hour."""

    def enter(p: world.Play) -> None:
        enter_scenes(Stage(p.tx, site.system.store, site.system.settings.timezone), [SCENE])
        sql = (
            "update patrol.shift set starts_at = %s, ends_at = %s, day = %s, person_id = null, begun_at = null, ended_at = null where id ="
            " (select s.id from patrol.shift s join patrol.route r on r.id = s.route_id where r.name = %s order by s.day desc limit 1)"
        )
        day = p.tx.conn.execute("select (now() at time zone 'Asia/Shanghai')::date").fetchone()
        assert day
        p.tx.conn.execute("delete from patrol.shift s using patrol.route r where r.id = s.route_id and r.name = %s and s.day > %s", [NOBODY, day[0]])  # fmt: skip
        p.tx.conn.execute(sql, [p.tx.now - timedelta(hours=3), p.tx.now - timedelta(hours=1), day[0], NOBODY])

    site.act(enter)


@pytest.fixture
def patrol(desk: Callable[..., Page], street: None) -> Callable[..., Page]:
    return lambda login="tang.yi": desk(login, "#/scenes/patrol", ready="[data-patrol] [data-shifts]")


def test_what_was_missed_is_seen_point_by_point_and_leads_to_its_file(patrol: Any) -> None:
    page = patrol()
    missed = page.locator(f"[data-shift='{NOBODY}']")
    expect(missed).to_contain_text("无人巡查", timeout=LONG)
    expect(missed).to_contain_text("漏 ")
    expect(page.locator("[data-shifts] > li")).to_have_count(len(demo.ROUTES))
    expect(page.locator("[data-figure='missed'] b")).not_to_have_text("0")
    missed.locator("button").click()
    stops = missed.locator("[data-stops] li")
    expect(stops.first).to_contain_text("漏巡", timeout=LONG)
    expect(page.locator("[data-chart] rect").first).to_be_visible(timeout=LONG)
    expect(page.locator("[data-heat] path").first).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-patrol")
    stops.first.locator("a").click()
    expect(page.locator("[data-file]")).to_contain_text("DW-", timeout=LONG)


def test_the_quarter_is_compared_for_what_is_chosen(patrol: Any) -> None:
    page = patrol()
    tile = page.locator("[data-compared='damaged']")
    expect(tile).to_contain_text("同比", timeout=LONG)
    tile.click()
    expect(page.locator("[data-chart]")).to_have_attribute("aria-label", "逐月发现损坏，横线为上年同月")
    whole = page.locator("[data-compared='checks'] b").inner_text()
    page.get_by_label("设备或场所").select_option("灭火器")
    expect(page.locator("[data-compared='checks'] b")).not_to_have_text(whole, timeout=LONG)
    page.locator("[data-compared='missed']").click()
    expect(page.locator("[data-worst] li").first).to_be_visible(timeout=LONG)


def test_who_judges_sees_everybody_and_others_themselves(patrol: Any) -> None:
    page = patrol()
    row = page.locator("[data-assessed] tr[data-name='王磊']")
    expect(row).to_be_visible(timeout=LONG)
    page.locator("[data-by='unit']").click()
    expect(page.locator("[data-assessed] tr[data-name='老西门街道']")).to_be_visible(timeout=LONG)
    with page.expect_download() as kept:
        page.get_by_role("link", name="导出 XLSX").click()
    assert kept.value.suggested_filename.startswith("patrol-unit-")
    page = patrol("zhang.min")
    expect(page.locator("[data-no-assessed]")).to_be_visible(timeout=LONG)


def test_in_english_too(patrol: Any) -> None:
    page = patrol()
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("[data-patrol]")).to_contain_text("Walks today", timeout=LONG)
    expect(page.locator("[data-assessed] tr[data-name]").first).to_be_visible(timeout=LONG)
    heads = page.locator("[data-patrol] h3, [data-patrol] thead th, .tiles, .say, .key").all_inner_texts()
    assert not HAN.search(" ".join(heads)), heads
    assert axe(page) == []
    shot(page, "desk-patrol-en")
