"""普查与排查 on the phone: my grids and what is left there, a grid reported without a network, and one that was given to somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import item, phone, rows, start
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_round
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import AddThing, thing_id
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_round import AssignGrids, GridsFor, OpenRound, RoundKind

pytestmark = pytest.mark.browser
LONG = 60_000
GRID = "310101019005001"
"""The unit grid of `world.SPOT`."""


def code(n: int) -> str:
    return f"梯11沪F{n:05d}(20)"


@pytest.fixture(scope="module")
def typhoon(site: Site) -> UUID:
    """Eight lifts in one grid, to be checked; the grid is 王磊's. And a census that has just begun."""

    def begin(p: world.Play) -> UUID:
        attributes = {
            "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2003-03-01", "in_use_since": "2003-05-01", "floors": 18, "stops": 18,
            "load_kg": 800, "speed_m_s": 1.75,
        }  # fmt: skip
        for n in range(8):
            cmd = AddThing(
                "elevator", code(n), f"{n} 号梯", *world.SPOT, address=f"文庙路 {200 + n} 弄", attributes=attributes
            )
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)
        until, runner = p.tx.now + timedelta(hours=12), p.who("sun.lan")
        opening = OpenRound(new_id(), "台风“海葵”前电梯排查", "elevator", RoundKind.check, world.STREET, until)
        actions_round.open_round(p.tx, runner, opening)
        give(p, opening.id, "wang.lei")
        census = OpenRound(new_id(), "电梯普查", "elevator", RoundKind.census, world.STREET, until + timedelta(days=20))
        actions_round.open_round(p.tx, runner, census)
        check_in(p.tx, p.who("wang.lei"), CheckIn(new_id(), thing_id("elevator", code(0)), p.tx.now))
        return opening.id

    return site.act(begin)


def give(p: world.Play, round: UUID, login: str) -> None:
    given = (GridsFor(p.who(login).id, (GRID,)),)
    actions_round.assign_grids(p.tx, p.who("sun.lan"), AssignGrids(round, given))


def open_mine(page: Page, round: UUID) -> Any:
    page.evaluate(f"location.hash = '/rounds-of-mine/{round}'")
    grid = page.locator(f"[data-grid='{GRID}']")
    expect(grid).to_be_visible(timeout=LONG)
    return grid


def done_by(site: Site, round: UUID) -> list[tuple[Any, ...]]:
    return rows(
        site,
        "select done_at is not null, note from register.round_grid where round_id = %(id)s and grid_code = %(grid)s",
        id=round,
        grid=GRID,
    )


def test_a_grid_is_reported_in_a_cellar_and_arrives(browser: Browser, site: Site, typhoon: UUID) -> None:
    with phone(browser, site) as context:
        page = start(context, site)
        shot(page, "field-tasks-rounds")
        page.locator("[data-rounds]").click()
        expect(page.locator(f"[data-round='{typhoon}']")).to_contain_text("/8 件", timeout=LONG)
        assert axe(page) == []
        shot(page, "field-rounds")
        page.locator(f"[data-round='{typhoon}']").click()
        grid = page.locator(f"[data-grid='{GRID}']")
        expect(grid.locator("[data-thing]")).to_have_count(5, timeout=LONG)
        expect(grid.locator("[data-thing]").first).to_have_attribute(
            "href", f"#/things/{thing_id('elevator', code(1))}"
        )
        assert axe(page) == []
        shot(page, "field-round")
        context.set_offline(True)
        page.reload()
        expect(grid).to_be_visible(timeout=LONG)
        grid.locator("[data-report]").click()
        sheet = page.locator("dialog[open]")
        expect(sheet).to_contain_text("还有 7 件未查到")
        sheet.locator("textarea").fill("小区停电，明早补查")
        shot(page, "field-round-report")
        sheet.locator("[data-submit]").click()
        expect(grid).to_contain_text("待上传", timeout=LONG)
        assert done_by(site, typhoon) == [(False, "")]
        context.set_offline(False)
        expect(grid).to_contain_text("报完", timeout=LONG)
        assert done_by(site, typhoon) == [(True, "小区停电，明早补查")]
        assert page.faults == []  # type: ignore[attr-defined]


def test_what_was_given_to_somebody_else_meanwhile_is_told(browser: Browser, site: Site, typhoon: UUID) -> None:
    def again(p: world.Play) -> None:
        given = (GridsFor(p.who("wang.lei").id, (GRID,)),)
        actions_round.assign_grids(p.tx, p.who("sun.lan"), AssignGrids(typhoon, given, again=True))

    site.act(again)
    with phone(browser, site) as context:
        page = start(context, site)
        grid = open_mine(page, typhoon)
        site.act(lambda p: give(p, typhoon, "liu.hang"))
        grid.locator("[data-report]").click()
        page.locator("dialog[open] [data-submit]").click()
        page.evaluate("location.hash = '/outbox'")
        told = item(page, "report-grid")
        expect(told).to_have_attribute("data-state", "conflict", timeout=LONG)
        expect(told).to_contain_text("分给了别人")
        assert axe(page) == []


def test_in_english_and_for_whoever_has_no_grid(browser: Browser, site: Site, typhoon: UUID) -> None:
    with phone(browser, site) as context:
        page = start(context, site, "/rounds-of-mine")
        page.evaluate("localStorage.setItem('yiwang.locale', 'en')")
        page.reload()
        expect(page.locator("h1")).to_have_text("My rounds", timeout=LONG)
        expect(page.locator("[data-round]").first).to_be_visible(timeout=LONG)
        words = " ".join(page.locator(".top, .far").all_inner_texts())
        assert not HAN.search(words), words
        shot(page, "field-rounds-en")
    with phone(browser, site, "cheng.gang") as context:
        page = start(context, site, "/rounds-of-mine")
        expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
        assert axe(page) == []
