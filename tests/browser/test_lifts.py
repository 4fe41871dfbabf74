"""电梯监管: people trapped, from the report to the case closed, the two clocks at the desk, the firm on its phone; old lifts with their
reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import fill, open_step, phone, rows, start
from world import STREET
from yiwang.cases import actions_file
from yiwang.cases.model_commands import AcceptCase, FileCase
from yiwang.cases.queries import get_case
from yiwang.city.queries_rules import list_conditions
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.register import actions, actions_step
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_step import TakeStep

pytestmark = pytest.mark.browser
LONG = 60_000
OLD, NEW = "梯11沪C00001(98)", "梯11沪C00002(22)"
LIFT = thing_id("elevator", OLD)


@pytest.fixture(scope="module")
def lifts(site: Any) -> None:
    """An old lift and a new one, kept and maintained by the street's firm."""

    def enter(p: world.Play) -> None:
        parties = tuple(
            PartyOf(role, f"{STREET}-{unit}")
            for role, unit in ((Role.keeper, "wuye"), (Role.maintainer, "wuye"), (Role.responsible, "shichang"))
        )
        for code, name, since in (
            (OLD, "文庙路 215 弄 1 号梯", "1998-09-01"),
            (NEW, "文庙路 8 号 2 号梯", "2022-09-01"),
        ):
            attributes = {
                "type": "曳引驱动乘客电梯", "use": "住宅", "in_use_since": since, "floors": 18, "stops": 18, "monitored": code == NEW,
                "maintained_on": p.tx.now.date().isoformat(), "inspected_on": p.tx.now.date().isoformat(),
            }  # fmt: skip
            cmd = AddThing(
                "elevator", code, name, *world.SPOT, address=name[:9], attributes=attributes, parties=parties
            )
            actions.add_thing(p.tx, p.who("zhang.min"), cmd)

    site.act(enter)


@pytest.fixture
def scene(desk: Callable[..., Page], lifts: None) -> Callable[..., Page]:
    return lambda login="zhang.min", address="#/scenes/elevators": desk(login, address, ready=".who")


def take(site: Any, step: str, login: str, form: dict[str, Any], *, before: float = 0) -> None:
    def act(p: world.Play) -> None:
        lon, lat = world.SPOT
        cmd = TakeStep(new_id(), LIFT, step, p.tx.now - timedelta(minutes=before), form, (), lon, lat, 8)
        actions_step.take_step(p.tx, p.who(login), cmd)

    site.act(act)


def test_old_lifts_stand_in_the_order_in_which_they_should_be_looked_at(scene: Any) -> None:
    page = scene()
    rows = page.locator("[data-lift]")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first).to_have_attribute("data-lift", OLD)
    expect(rows.first.locator("[data-reason='age']")).to_contain_text("满 25 年")
    expect(rows.first.locator("[data-reason='unmonitored']")).to_contain_text("+3")
    expect(page.locator("[data-calm]")).to_be_visible()
    page.get_by_label("理由").select_option("age")
    expect(rows).to_have_count(1, timeout=LONG)
    page.get_by_label("理由").select_option("traps")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    page.get_by_label("理由").select_option("")
    page.locator("#lift-words").fill("C00002")
    expect(rows).to_have_count(1, timeout=LONG)
    rows.first.click()
    expect(page.locator("[data-file]")).to_contain_text("2 号梯", timeout=LONG)


def test_people_trapped_from_the_report_to_the_case_closed(scene: Any, browser: Browser, site: Site) -> None:
    page = scene()
    expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)
    page.locator(f"[data-lift='{OLD}']").click()
    file = page.locator("[data-file]")
    file.locator("[data-step='trapped']").click(timeout=LONG)
    form = page.locator("dialog[data-act='step']")
    form.locator("[data-field='people'] input").fill("2")
    form.locator("button.go").click()
    expect(file).to_contain_text("困人", timeout=LONG)

    page.goto(page.url.split("#")[0] + "#/scenes/elevators")
    trap = page.locator(f"[data-trap='{OLD}']")
    expect(trap).to_contain_text("被困 2 人", timeout=LONG)
    called, arrived = trap.locator("[data-clock='called']"), trap.locator("[data-clock='arrived']")
    expect(called).to_contain_text(re.compile(r"还剩 4:\d\d"))
    expect(arrived).to_contain_text(re.compile(r"还剩 29:\d\d"))
    expect(page.locator("[data-figure='trapped'] b")).to_contain_text("1", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-lifts-trapped")

    trap.locator("h3 a").click()
    page.locator("[data-file] [data-step='called']").click(timeout=LONG)
    form = page.locator("dialog[data-act='step']")
    fill(form, by="电话")
    form.locator(".go").click()
    expect(page.locator("[data-file] [data-taken='called']")).to_be_visible(timeout=LONG)
    page.go_back()
    expect(called).to_contain_text("用时", timeout=LONG)
    expect(called).to_have_class(re.compile("done"))
    expect(arrived).to_contain_text(re.compile(r"还剩 2\d:\d\d"))
    [(case_id,)] = rows(site, "select case_id from register.thing_case where thing_id = %(id)s", id=LIFT)
    case = site.act(lambda p: get_case(p.tx, EVERYTHING, case_id))
    expect(trap.locator("[data-case]")).to_have_attribute("href", re.compile(str(case_id)))
    with phone(browser, site, "peng.liang") as context:
        hand = start(context, site, f"/things/{LIFT}", ready=False)
        expect(hand.locator("[data-page='thing']")).to_contain_text("维保到场", timeout=LONG)
        assert axe(hand) == []
        shot(hand, "field-lift-trapped")
        expect(hand.locator(".acts button").first).to_have_text("维保到场")
        on_the_phone(hand, "arrived")
        expect(arrived).to_contain_text("用时", timeout=LONG)
        on_the_phone(hand, "freed", freed="2", cause="门系统故障")
        expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)
        expect(hand.locator(".head .chip")).to_have_text("停用", timeout=LONG)
        on_the_phone(hand, "put_back", done="更换门机皮带，试运行正常")
        expect(hand.locator(".head .chip")).to_have_text("在用", timeout=LONG)
        assert hand.faults == []  # type: ignore[attr-defined]
    expect(page.locator("[data-figure='traps'] b")).to_contain_text("1", timeout=LONG)

    def handle(p: world.Play) -> None:
        for unit in ("peng.liang", "bai.ting", "han.shuo"):
            p.finish(p.take(case, unit), unit)
        p.verify(case, "gu.yan")
        desk = p.who("zhang.min")
        actions_file.accept_late(
            p.tx, desk, AcceptCase(case.id)
        )  # an emergency is accepted and filed after it is handled
        [condition] = [
            c for c in list_conditions(p.tx, case.scheme, case.matter_code) if c.text == "电梯停运且有人被困"
        ]
        actions_file.file_late(p.tx, desk, FileCase(case.id, condition.id))

    site.act(handle)
    page.goto(f"{site.url}/#/queue/cases/{case.id}")
    page.locator("[data-panel='case'] [data-act='close']").click(timeout=LONG)
    page.locator("dialog[open] textarea, dialog[open] input[type=text]").first.fill("人员已救出，电梯已修复")
    page.locator("dialog[open] .go").click()
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)
    assert site.act(lambda p: p.now(case)).step == "closed"
    page.goto(f"{site.url}/#/scenes/elevators")
    expect(page.locator(f"[data-lift='{OLD}'] [data-reason='traps']")).to_contain_text("近一年困人 1 次", timeout=LONG)
    page.locator(f"[data-lift='{OLD}']").click()
    expect(page.locator("[data-file] [data-taken]")).to_have_count(5, timeout=LONG)
    assert [row.get_attribute("data-taken") for row in page.locator("[data-file] [data-taken]").all()] == [
        "put_back",
        "freed",
        "arrived",
        "called",
        "trapped",
    ]
    shot(page, "desk-lift-file")


def on_the_phone(page: Page, step: str, **answers: Any) -> None:
    sheet = open_step(page, step)
    expect(sheet.locator(".away b")).to_be_visible(timeout=LONG)
    fill(sheet, **answers)
    sheet.locator("[data-submit]").click()


def test_a_rescue_that_is_late_says_by_how_much(scene: Any, site: Any) -> None:
    take(site, "trapped", "wang.lei", {"people": 1, "floor": 7}, before=33)
    page = scene()
    trap = page.locator(f"[data-trap='{OLD}']")
    expect(trap.locator("[data-clock='called']")).to_contain_text(re.compile(r"已超 2[89]:\d\d"), timeout=LONG)
    expect(trap.locator("[data-clock='arrived']")).to_contain_text(re.compile(r"已超 [34]:\d\d"))
    page.get_by_role("button", name="EN", exact=True).click()
    expect(trap.locator("[data-clock='called']")).to_contain_text("over")
    words = page.locator("main").inner_text()
    left = [line for line in words.splitlines() if HAN.search(line) and "文庙路" not in line and "梯11沪" not in line]
    assert not left, left
    assert axe(page) == []
    shot(page, "desk-lifts-late-en")
    take(site, "arrived", "peng.liang", {})
    expect(trap.locator("[data-clock='arrived']")).to_contain_text("late", timeout=LONG)
    take(site, "freed", "peng.liang", {"freed": 1, "cause": "停电"})
    expect(page.locator("[data-calm]")).to_be_visible(timeout=LONG)


def test_somebody_of_another_street_sees_neither(scene: Any) -> None:
    page = scene("next.door")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-calm]")).to_be_visible()


def table(*rows: str) -> dict[str, Any]:
    heads = "使用登记证编号,单位内编号,使用地点,使用状态,品种,使用场所,投入使用日期,层数,站数,维保单位"
    return {"name": "台账.csv", "mimeType": "text/csv", "buffer": "\n".join((heads, *rows)).encode("gb18030")}


ROWS = (
    "梯11沪A90001(03),1号梯,文庙路 215 弄 3 号,使用,曳引与强制驱动电梯,住宅小区,2003-05-01,18,18,老西门物业服务公司（演示）",
    "梯11沪A90002(03),2号梯,文庙路 215 弄 3 号,停用,载货电梯,办公楼,2003-05-01,18,18,某某电梯公司",
    "梯11沪A90003(10),3号梯,不存在的路 1 号,使用,乘客电梯,,2010-02-01,6,6,",
)


def test_a_registry_is_tried_told_row_by_row_and_brought_in(scene: Any, site: Site) -> None:
    page = scene()
    page.locator("[data-act='import']").click(timeout=LONG)
    form = page.locator("dialog[data-act='import']")
    choose, go, fault = form.locator("input[type=file]"), form.locator(".go"), form.locator(".fault")
    go.click()
    expect(fault).to_have_text("请选择文件")
    for name, content, words in (
        ("照片.jpg", world.jpeg("olive"), "认不出文件的编码或类型"), ("空.csv", b"", "文件是空的"), ("旧.xls", b"\xd0\xcf\x11\xe0" * 9, "旧版 Excel"),
        ("店铺.csv", "店名,地址\n面馆,文庙路".encode(), "这不像“市场监管部门电梯使用登记台账”"),
    ):  # fmt: skip
        choose.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        expect(fault).to_have_count(0)
        go.click()
        expect(fault).to_contain_text(words, timeout=LONG)
    form.locator("[data-heads] summary").click()
    expect(form.locator("[data-heads]")).to_contain_text("使用登记证编号")
    form.locator("[data-heads] summary").click()

    choose.set_input_files(table(*ROWS))
    go.click()
    expect(form.locator("[data-told]")).to_contain_text("共 3 行，其中 1 行有误", timeout=LONG)
    row = form.locator("tr[data-line='4']")
    expect(row).to_contain_text("梯11沪A90003(10)")
    expect(row).to_contain_text("地址里没有本区域内的道路名")
    expect(form.locator("[data-outcome='added']")).to_contain_text("2")
    expect(form.locator("[data-note]")).to_contain_text("某某电梯公司（1 台）")
    assert axe(page) == []
    shot(page, "desk-lifts-import")
    assert rows(site, "select 1 from register.thing where code like '梯11沪A9%%'") == [], "nothing is written yet"
    go.click()
    expect(form.locator("[data-told]")).to_contain_text("写入 2 行", timeout=LONG)
    go.click()
    expect(form).to_have_count(0)
    expect(page.locator("[data-lift='梯11沪A90001(03)']")).to_be_visible(timeout=LONG)

    def stop(p: world.Play) -> None:
        lift, (lon, lat) = thing_id("elevator", "梯11沪A90001(03)"), world.SPOT
        form = {"reason": "检修"}
        actions_step.take_step(
            p.tx, p.who("zhang.min"), TakeStep(new_id(), lift, "stop", p.tx.now, form, (), lon, lat, 8)
        )

    site.act(stop)
    page.get_by_role("button", name="EN", exact=True).click()
    page.locator("[data-act='import']").click()
    choose.set_input_files(table(*ROWS[:2]))
    go.click()
    expect(form.locator("[data-outcome='unchanged']")).to_contain_text("2", timeout=LONG)
    expect(form.locator("[data-kept]")).to_contain_text("the file says 在用, it stays 停用")
    assert axe(page) == []
    shot(page, "desk-lifts-import-en")


def test_a_file_of_any_kind_comes_in_at_the_files(desk: Callable[..., Page], site: Site) -> None:
    page = desk("zhang.min", "#/things?kind=shop", ready=".who")
    page.locator("[data-act='import']").click(timeout=LONG)
    form = page.locator("dialog[data-act='import']")
    lon, lat = world.SPOT
    text = (
        f"编码,名称,经度,纬度,业态\n{STREET}-P00001,文庙路面馆,{lon},{lat},餐饮\n{STREET}-P2,短码店,{lon},{lat},餐饮\n"
    )
    form.locator("input[type=file]").set_input_files(
        {"name": "商铺.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    form.locator(".go").click()
    expect(form.locator("tr[data-line='3']")).to_contain_text("短码店", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-things-import")
    form.locator(".go").click()
    expect(form.locator("[data-told]")).to_contain_text("写入 1 行", timeout=LONG)
    form.locator(".go").click()
    expect(page.locator(f"[data-code='{STREET}-P00001']")).to_be_visible(timeout=LONG)
