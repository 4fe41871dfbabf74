"""A thing's file at the desk: entered by a click on the map, changed while somebody else was quicker, its papers, its tags, its history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from browser.phone import fill
from yiwang.register import actions
from yiwang.register.model import AddThing, ChangeThing, PartyOf, Role, thing_id
from yiwang.register.queries import get_file

pytestmark = pytest.mark.browser
LONG = 60_000
FIRM = f"{world.STREET}-wuye"
NEW, OLD = "梯11沪C00001(20)", "梯11沪C00002(20)"
LIFT: dict[str, Any] = {
    "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2003-03-01", "in_use_since": "2003-05-01", "floors": 18, "stops": 18,
    "load_kg": 800, "speed_m_s": 1.75,
}  # fmt: skip


@pytest.fixture(scope="module")
def lift(site: Any) -> None:
    def enter(p: world.Play) -> None:
        attributes = {**LIFT, "maintained_on": p.tx.now.date() - timedelta(days=2)}
        parties = (PartyOf(Role.maintainer, FIRM),)
        cmd = AddThing("elevator", OLD, "甲座 2 号梯", *world.SPOT, address="文庙路 215 弄", attributes=attributes, parties=parties)  # fmt: skip
        actions.add_thing(p.tx, p.who("zhang.min"), cmd)

    site.act(enter)


@pytest.fixture
def things(desk: Callable[..., Page], lift: None) -> Callable[..., Page]:
    return lambda login="zhang.min", address="#/things?kind=elevator": desk(login, address, ready=".who")


def thing(site: Any, code: str) -> Any:
    return site.act(lambda p: get_file(p.tx, p.who("zhang.min"), thing_id("elevator", code)))


def test_a_lift_is_entered_with_its_place_clicked_on_the_map(things: Any, site: Any) -> None:
    page = things()
    page.locator("button[data-act='add']").click(timeout=LONG)
    form = page.locator("dialog[data-act='add']")
    form.locator(".go").click()
    expect(form.locator("[data-field='use'] .wrong")).to_have_text("请填写使用场所")
    expect(form.locator(".place .wrong")).to_be_visible()
    form.locator("input[data-field='code']").fill(NEW)
    form.locator("input[data-field='name']").fill("新 1 号梯")
    fill(form, **{**LIFT, "floors": 900})
    form.locator(".spot[data-state='ready'] canvas").click(position={"x": 200, "y": 120}, timeout=LONG)
    expect(form.locator(".said")).to_contain_text("网格", timeout=LONG)
    assert form.locator("input[data-lon]").input_value().startswith("121.")
    form.locator(".go").click()
    expect(form.locator("[data-field='floors'] .wrong")).to_have_text("1 至 200")
    fill(form, floors=12, rescue_code="12")
    assert axe(page) == []
    shot(page, "desk-thing-add")
    form.locator(".go").click()
    expect(form.locator("[data-field='rescue_code'] .wrong")).to_contain_text("应急救援识别码", timeout=LONG)
    fill(form, rescue_code="12345")
    form.locator(".go").click()
    file = page.locator("[data-file]")
    expect(file.get_by_role("heading", name="新 1 号梯")).to_be_visible(timeout=LONG)
    made = thing(site, NEW).thing
    assert made.attributes["floors"] == 12 and made.attributes["load_kg"] == 800 and not made.placed
    expect(page.locator(f".row[data-code='{NEW}']")).to_contain_text("住宅")
    page.go_back()
    expect(file).to_have_count(0, timeout=LONG)


def test_who_was_quicker_is_taken_over_and_nothing_typed_is_lost(things: Any, site: Any) -> None:
    id = thing_id("elevator", OLD)
    page = things(address=f"#/things?kind=elevator&thing={id}")
    file = page.locator("[data-file]")
    file.locator("[data-act='change']").click(timeout=LONG)
    form = page.locator("dialog[data-act='change']")
    fill(form, floors=20)
    n = thing(site, OLD).thing.n
    cmd = ChangeThing(id, n, name="甲座西梯", attributes={"load_kg": 1000})
    site.act(lambda p: actions.change_thing(p.tx, p.who("zhang.min"), cmd))
    form.locator(".go").click()
    said = form.locator(".fault")
    expect(said).to_contain_text("刚被别人改过", timeout=LONG)
    expect(said).to_contain_text("甲座 2 号梯 → 甲座西梯")
    expect(form.locator("input[data-field='name']")).to_have_value("甲座西梯")
    expect(form.locator("[data-field='floors'] input")).to_have_value("20")
    expect(form.locator("[data-field='load_kg'] input")).to_have_value("1000")
    shot(page, "desk-thing-conflict")
    assert axe(page) == []
    form.locator(".go").click()
    expect(form).to_have_count(0, timeout=LONG)
    now = thing(site, OLD).thing
    assert (now.name, now.attributes["floors"], now.attributes["load_kg"]) == ("甲座西梯", 20, 1000)
    changes = file.locator("[data-revisions]")
    expect(changes.locator("[data-revision]").first).to_contain_text("层数 18 → 20", timeout=LONG)
    expect(changes).to_contain_text("额定载重量 800 kg → 1000 kg")
    shot(page, "desk-thing-history")


def test_its_papers_tags_parties_and_links(things: Any, site: Any) -> None:
    page = things(address=f"#/things?kind=elevator&thing={thing_id('elevator', OLD)}")
    file = page.locator("[data-file]")
    file.locator("[data-act='add_document']").click(timeout=LONG)
    form = page.locator("dialog[data-act='add_document']")
    form.locator(".go").click()
    expect(form.locator(".wrong")).to_have_count(2)
    form.locator("input[data-field='name']").fill("使用登记证")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": world.jpeg((12, 80, 160), size=600)}
    form.locator("input[type=file]").set_input_files(photo)
    expect(form.locator("figure img")).to_be_visible(timeout=LONG)
    form.locator(".go").click()
    expect(file.locator("[data-paper]")).to_contain_text("使用登记证", timeout=LONG)

    file.locator("[data-act='bind_tag']").click()
    form = page.locator("dialog[data-act='bind_tag']")
    form.locator("input[data-field='uid']").fill("04 zz")
    form.locator(".go").click()
    expect(form.locator(".wrong")).to_be_visible()
    form.locator("input[data-field='uid']").fill("04:a1:b2:c3:d4:e5:f6")
    form.locator(".go").click()
    expect(file.locator("[data-tag='04A1B2C3D4E5F6']")).to_be_visible(timeout=LONG)

    file.locator("[data-act='set_party']").click()
    form = page.locator("dialog[data-act='set_party']")
    form.locator("select").select_option("keeper")
    form.get_by_role("combobox", name="单位").last.fill("物业")
    form.locator("[role=option]").first.click(timeout=LONG)
    form.locator(".go").click()
    expect(file.locator("dl", has_text="使用管理单位")).to_be_visible(timeout=LONG)
    expect(page.locator("dialog")).to_have_count(0)
    assert axe(page) == []
    shot(page, "desk-thing-file")
    file.locator("[data-paper] .drop").click()
    file.locator("[data-paper] .drop").click()
    expect(file.locator("[data-paper]")).to_have_count(0, timeout=LONG)


def test_a_step_is_taken_with_its_form_and_stands_in_the_course(things: Any, site: Any) -> None:
    page = things(address=f"#/things?kind=elevator&thing={thing_id('elevator', OLD)}")
    file = page.locator("[data-file]")
    file.locator("[data-step='stop']").click(timeout=LONG)
    form = page.locator("dialog[data-act='step']")
    form.locator(".go").click()
    expect(form.locator("[data-field='reason'] .wrong")).to_contain_text("请填写")
    fill(form, reason="故障", why="曳引轮磨损")
    form.locator("textarea").fill("已贴停用告示")
    assert axe(page) == []
    shot(page, "desk-thing-step")
    form.locator(".go").click()
    expect(file.locator("[data-taken='stop']")).to_contain_text("：曳引轮磨损", timeout=LONG)
    expect(file.locator("[data-taken='stop']")).to_contain_text("在用 → 停用")
    expect(file.locator("[data-step='stop']")).to_have_count(0)
    shot(page, "desk-thing-course")
    assert thing(site, OLD).thing.state == "stopped"


def test_back_moves_the_words_and_in_english_too(things: Any) -> None:
    page = things()
    expect(page.locator(f".row[data-code='{OLD}']")).to_be_visible(timeout=LONG)
    page.locator("#thing-words").fill("C00002")
    page.wait_for_url(re.compile("q=C00002"))
    page.go_back()
    expect(page.locator("#thing-words")).to_have_value("", timeout=LONG)
    page.get_by_role("button", name="EN", exact=True).click()
    page.locator("button[data-act='add']").click()
    form = page.locator("dialog[data-act='add']")
    expect(form).to_contain_text("Enter a lift")
    form.locator(".go").click()
    expect(form.locator("[data-field='use'] .wrong")).to_contain_text("please fill in")
    words = form.locator("label, legend, h2, h3, p, button").all_inner_texts()
    own = re.compile(
        "[^a-zA-Z]*(曳|液|杂|自动|住宅|商场|医院|学校|办公|宾馆|交通|工业|其他|可继续|需|应更新)|梯11沪|文庙|网格"
    )
    assert [w for w in words if HAN.search(own.sub("", w)) and not own.search(w)] == []
    assert axe(page) == []
    shot(page, "desk-thing-add-en")


def test_who_keeps_no_lifts_is_offered_nothing(things: Any) -> None:
    page = things("zhao.xin", f"#/things?kind=elevator&thing={thing_id('elevator', OLD)}")
    file = page.locator("[data-file]")
    expect(file.get_by_role("heading")).not_to_have_count(0, timeout=LONG)
    expect(page.locator("button[data-act]")).to_have_count(0)
