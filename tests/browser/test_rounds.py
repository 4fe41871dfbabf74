"""普查与排查 on the desk: a round-up is opened, its grids given out, and what is checked in the street changes what is seen;
a census beside the one before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_round
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import AddThing, ChangeThing, thing_id
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_round import CloseRound, OpenRound, RoundKind

pytestmark = pytest.mark.browser
LONG = 60_000
SPOTS = (world.SPOT, (121.4905, 31.2150), (121.4850, 31.2185))
HOMES = 6


def code(n: int) -> str:
    return f"梯11沪A{n:05d}(20)"


def enter(p: world.Play, n: int) -> None:
    attributes = {
        "type": "曳引驱动乘客电梯", "use": "住宅" if n < HOMES else "商场", "made_on": "2003-03-01", "in_use_since": "2003-05-01",
        "floors": 18, "stops": 18, "load_kg": 800, "speed_m_s": 1.75,
    }  # fmt: skip
    cmd = AddThing(
        "elevator", code(n), f"{n} 号梯", *SPOTS[n % 3], address=f"文庙路 {200 + n} 弄", attributes=attributes
    )
    actions.add_thing(p.tx, p.who("zhang.min"), cmd)


@pytest.fixture(scope="module")
def lifts(site: Any) -> None:
    """Nine lifts in several grids, six of them in homes; a census of them that is over, and one that is open."""

    def begin(p: world.Play) -> None:
        for n in range(9):
            enter(p, n)
        runner, until = p.who("sun.lan"), p.tx.now + timedelta(days=20)
        first = OpenRound(new_id(), "去年普查", "elevator", RoundKind.census, world.STREET, until)
        actions_round.open_round(p.tx, runner, first)
        actions_round.close_round(p.tx, runner, CloseRound(first.id))

    def go_on(p: world.Play) -> None:
        actions.change_thing(
            p.tx, p.who("zhang.min"), ChangeThing(thing_id("elevator", code(8)), 1, state="scrapped")
        )  # fmt: skip
        enter(p, 9)
        until = p.tx.now + timedelta(days=20)
        actions_round.open_round(
            p.tx, p.who("sun.lan"), OpenRound(new_id(), "今年普查", "elevator", RoundKind.census, world.STREET, until)
        )  # fmt: skip

    site.act(begin)
    site.act(go_on)


@pytest.fixture
def rounds(desk: Callable[..., Page], lifts: None) -> Callable[..., Page]:
    return lambda login="sun.lan", address="#/rounds": desk(login, address, ready=".who")


def visit(site: Any, n: int, *, damaged: bool = False) -> None:
    def go(p: world.Play) -> None:
        cmd = CheckIn(
            new_id(), thing_id("elevator", code(n)), p.tx.now, lon=SPOTS[n % 3][0], lat=SPOTS[n % 3][1], damaged=damaged
        )
        check_in(p.tx, p.who("wang.lei"), cmd)

    site.act(go)


def test_a_round_up_is_opened_given_out_and_followed_as_it_is_checked(rounds: Any, site: Any) -> None:
    page = rounds()
    page.locator("[data-start]").click()
    form = page.locator("dialog[data-act='open-round']")
    would = form.locator("[data-would]")
    form.locator("select[data-field='kind']").select_option("elevator")
    expect(would).to_contain_text("9 件", timeout=LONG)
    form.locator("[data-conditions] [data-field='use'] select").select_option("住宅")
    expect(would).to_contain_text("6 件", timeout=LONG)
    form.locator("[data-field='name']").fill("台风“海葵”前电梯排查")
    assert axe(page) == []
    shot(page, "desk-rounds-open")
    form.locator(".go").click()
    view = page.locator("[data-file]")
    expect(view).to_contain_text("台风“海葵”前电梯排查", timeout=LONG)
    expect(view.locator("[data-percent]")).to_have_text("0%")
    expect(view.locator("[data-grids] tbody tr").first).to_be_visible(timeout=LONG)

    view.locator("[data-pick-all]").check()
    view.locator("[data-assign]").click()
    give = page.locator("dialog[data-act='assign']")
    give.locator("input[role='combobox']").fill("刘航")
    give.get_by_role("option").first.click()
    give.locator(".go").click()
    expect(view.locator("[data-grids] tbody")).not_to_contain_text("王磊", timeout=LONG)
    expect(view.locator("[data-grids] tbody")).to_contain_text("刘航")

    visit(site, 0)
    visit(site, 1, damaged=True)
    expect(view.locator("[data-percent]")).to_have_text("33%", timeout=LONG)
    row = page.locator("[data-round]", has_text="海葵")
    expect(row).to_contain_text("2/6 件", timeout=LONG)
    expect(row).to_contain_text("发现损坏 1")
    assert axe(page) == []
    shot(page, "desk-rounds-check")

    view.locator("[data-tab='left']").click()
    expect(view.locator("[data-left] tbody tr")).to_have_count(4, timeout=LONG)
    shot(page, "desk-rounds-left")
    visit(site, 2)
    expect(view.locator("[data-left] tbody tr")).to_have_count(3, timeout=LONG)
    view.locator("[data-tab='people']").click()
    expect(view.locator("[data-people]")).to_contain_text("50%", timeout=LONG)

    view.locator("[data-cancel]").click()
    end = page.locator("dialog[data-act='cancel-round']")
    end.locator(".go").click()
    expect(end).to_contain_text("请填写原因")
    page.keyboard.press("Escape")
    view.locator("[data-close]").click()
    closing = page.locator("dialog[data-act='close-round']")
    expect(closing).to_contain_text("还有 3 未完成")
    closing.locator(".go").click()
    expect(view.locator("[data-close]")).to_have_count(0, timeout=LONG)
    expect(page.locator("[data-round]", has_text="海葵")).to_have_count(0, timeout=LONG)
    page.locator("[data-shown='over']").click()
    expect(page.locator("[data-round]", has_text="海葵")).to_be_visible(timeout=LONG)


def test_a_census_is_seen_beside_the_one_before_it(rounds: Any) -> None:
    page = rounds()
    page.locator("[data-round]", has_text="今年普查").click()
    view = page.locator("[data-file]")
    expect(view.locator("[data-grids] tbody tr").first).to_be_visible(timeout=LONG)
    shot(page, "desk-rounds-census")
    view.locator("[data-tab='compare']").click()
    compared = view.locator("[data-compare]")
    expect(compared).to_contain_text("与“去年普查”", timeout=LONG)
    total = compared.locator("tr.total td").all_inner_texts()
    assert total == ["合计", "9", "9", "1", "1", "0"]
    assert axe(page) == []
    shot(page, "desk-rounds-compare")


def test_in_english_and_only_to_be_looked_at_by_who_may_not_run_it(rounds: Any) -> None:
    page = rounds("wang.lei")
    page.get_by_role("button", name="EN", exact=True).click()
    page.locator("[data-round]", has_text="今年普查").click()
    view = page.locator("[data-file]")
    expect(view.locator("[data-grids] tbody tr").first).to_be_visible(timeout=LONG)
    for act in ("[data-close]", "[data-start]"):
        expect(page.locator(act)).to_have_count(0)
    expect(view.locator("[data-pick-all]")).to_have_count(0)
    words = view.locator("th, dt, nav button, .acts .btn").all_inner_texts()
    assert not HAN.search(" ".join(words)), words
    assert axe(page) == []
    shot(page, "desk-rounds-en")


def test_somebody_of_another_street_sees_none(rounds: Any) -> None:
    page = rounds("next.door")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-rounds-empty")


def test_what_is_left_when_its_time_is_over_stands_out_in_english_too(rounds: Any, site: Any) -> None:
    late = "update register.round set begins = begins - interval '3 days', until = now() - interval '1 hour' where name = '今年普查'"
    site.act(lambda p: p.tx.conn.execute(late))
    page = rounds()
    page.get_by_role("button", name="EN", exact=True).click()
    page.locator("[data-round]", has_text="今年普查").click()
    view = page.locator("[data-file]")
    expect(view.locator("header")).to_contain_text("Time is over", timeout=LONG)
    expect(view.locator("[data-grids] tbody td.late").first).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-rounds-late-en")
    page.locator("[data-start]").click()
    form = page.locator("dialog[data-act='open-round']")
    form.locator("select[data-field='kind']").select_option("elevator")
    expect(form.locator("[data-would]")).to_contain_text("things in", timeout=LONG)
    words = form.locator("legend, h2, h3, .line").all_inner_texts()
    assert axe(page) == []
    shot(page, "desk-rounds-open-en")
    form.locator("[data-purpose='census']").check()
    expect(form.locator("[data-would]")).to_contain_text("open already", timeout=LONG)
    shot(page, "desk-rounds-open-census-en")
    assert words
