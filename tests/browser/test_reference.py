"""The reference editor: every kind is shown in both languages, changed by its acts, and what the server refuses is said."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.ledger.queries import list_entries

pytestmark = pytest.mark.browser
LONG = 60_000
KINDS = (
    "matters",
    "conditions",
    "components",
    "lines",
    "gaps",
    "conflicts",
    "versions",
    "duties",
    "presence",
    "people",
    "units",
    "calendar",
)
HEAD = "层次,方案,类型,代码,名称,区域,时段,主办,协办,依据,生效,失效\n"
GOOD = "大类,,,01,市政公用设施类,310101019,,310101019-shizheng,,示例,,\n"


@pytest.fixture
def as_(desk: Callable[..., Page]) -> Callable[..., Page]:
    """A kind of the editor, open as somebody."""
    ready = '[data-page="reference"] [data-row], [data-page="reference"] .none'
    return lambda login, kind: desk(login, f"#/reference/{kind}", ready=ready)


def form(page: Page, act: str) -> Any:
    page.locator(f'[data-open="{act}"]').click()
    found = page.locator(f'dialog[open][data-act="{act}"]')
    expect(found).to_be_visible()
    return found


def pick(page: Page, field: Any, text: str) -> None:
    field.click()
    field.fill(text)
    page.locator("[role=listbox] [role=option]", has_text=text).first.click()


def events(site: Any, subject: Any) -> list[str]:
    with site.system.database.transaction() as tx:
        return [e.event for e in list_entries(tx, subject)]


@pytest.mark.parametrize("language", ["中", "EN"])
def test_every_kind_in_both_languages_and_to_axe(as_: Any, language: str) -> None:
    page = as_("zhang.min", "matters")
    page.get_by_role("button", name=language, exact=True).click()
    for kind in KINDS:
        page.locator(f'.kinds [data-kind="{kind}"]').click()
        expect(page.locator(".things > header h2")).to_be_visible()
        page.wait_for_function("() => !document.querySelector('table[aria-busy=true]')")
        if row := page.locator("[data-row]").first if page.locator("[data-row]").count() else None:
            row.click()
            expect(page.locator('[data-panel="thing"]')).to_be_visible()
            page.wait_for_timeout(300)
        assert axe(page) == [], kind
        if language == "EN":
            own = page.locator(
                ".things > header h2, th, .kinds a, .kinds h2, .filters label span, dt, [data-panel] h3, .things > header .btn"
            )
            assert [t for t in own.all_inner_texts() if HAN.search(t)] == [], kind
        shot(page, f"desk-reference-{kind}-{'zh' if language == '中' else 'en'}")
    page.get_by_role("button", name="中", exact=True).click()


def test_a_unit_is_found_renamed_and_its_past_kept(as_: Any, site: Any) -> None:
    page = as_("qian.xi", "units")
    for _ in range(2):  # the city, the district
        page.locator(".fold[aria-expanded=false]:not(.none)").last.click()
        page.wait_for_timeout(500)
    expect(page.locator("[data-row]", has_text="老西门街道")).to_be_visible()
    page.get_by_label("名称、账号或代码").fill("社区事务受理")
    row = page.locator("[data-row]", has_text="社区事务受理").first
    row.wait_for()
    row.focus()
    page.keyboard.press("Enter")
    before = row.inner_text()
    box = form(page, "renameUnit")
    name = box.get_by_label("名称", exact=True)
    expect(name).to_be_focused()
    name.fill(before + "（改）")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".said")).to_contain_text("更名")
    expect(page.locator('[data-part="past"]')).to_contain_text(before)
    assert "unit.renamed" in events(site, world.unit("310101019-fuwu"))


def test_what_the_server_refuses_is_said_in_its_words(as_: Any) -> None:
    page = as_("zhang.min", "units")
    page.get_by_label("名称、账号或代码").fill("社区事务受理")
    page.locator("[data-row]", has_text="社区事务受理").first.click()
    box = form(page, "renameUnit")
    box.get_by_label("名称", exact=True).fill("别的名字")
    box.locator(".go").click()
    expect(box.locator(".fault")).to_contain_text("系统管理员")
    expect(box.locator(".fault")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_list_is_tried_imported_exported_and_restored(as_: Any, tmp_path: Path) -> None:
    page = as_("chen.jie", "lines")
    with page.expect_download(timeout=LONG) as told:
        page.locator('[data-export="XLSX"]').click()
    whole = tmp_path / "whole.xlsx"
    whole.write_bytes(Path(told.value.path()).read_bytes())
    box = form(page, "import")
    box.locator("input[type=file]").set_input_files(str(whole))
    box.locator(".go").click()
    expect(box.locator("[data-told], .fault").first).to_be_visible()
    refused = box.locator(".fault").count()
    if refused:  # whoever may not is told who may
        expect(box.locator(".fault")).to_contain_text("须由")
        page.keyboard.press("Escape")
        page = as_("ma.junhao", "lines")
        box = form(page, "import")
        box.locator("input[type=file]").set_input_files(str(whole))
        box.locator(".go").click()
    expect(box.locator("[data-told]")).to_contain_text("完全相同")
    bad = tmp_path / "bad.csv"
    bad.write_text(HEAD + GOOD + GOOD.replace("310101019-shizheng", "nobody"), "utf-8")
    box.locator("input[type=file]").set_input_files(str(bad))
    expect(box.locator("[data-told]")).to_have_count(0)  # another file is another try
    box.get_by_label("有误则全部不导入").check()
    box.locator('[data-step="try"]').click()
    expect(box.locator('[data-line="3"]')).to_contain_text("主办")
    expect(box.locator('[data-step="bring"]')).to_have_count(0)  # it would be refused
    box.get_by_label("有误则全部不导入").uncheck()
    box.locator('[data-step="try"]').click()
    expect(box.locator("[data-told]")).to_contain_text("1 行可用，1 行有误")
    expect(box.locator("[data-told]")).to_contain_text("尚未写入")
    box.locator('[data-step="bring"]').click()
    expect(box.locator("[data-told]")).to_contain_text("已成为第 2 版")
    box.locator('[data-step="done"]').click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator('.kinds [data-kind="versions"]').click()
    page.locator("[data-row]", has_text="第 1 版").click()
    form(page, "restore").locator(".go").click()
    expect(page.locator("[data-row]", has_text="第 3 版")).to_be_visible()


def test_somebody_is_added_given_a_post_and_a_certificate(as_: Any) -> None:
    page = as_("qian.xi", "people")
    box = form(page, "addPerson")
    box.get_by_label("名称", exact=True).fill("新来人")
    box.get_by_label("账号").fill("xin.lairen")
    box.get_by_label(re.compile("^电话")).fill("13912345678")
    box.locator(".go").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    # without a post nobody sees them in a unit; the post is given to somebody seen
    page.get_by_label("名称、账号或代码").fill("王磊")
    page.locator("[data-row]", has_text="王磊").click()
    expect(page.locator('[data-panel="thing"] dl')).not_to_contain_text("1391")
    box = form(page, "grantPost")
    box.get_by_label("岗位").select_option("coordinator")
    box.locator(".go").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator('[data-part="posts"]')).to_contain_text("综合协管员")
    box = form(page, "giveCertificate")
    box.get_by_label("有效期至").fill("2031-01-01")
    box.locator(".go").click()
    expect(page.locator('[data-part="certificates"]')).to_contain_text("2031-01-01")
    page.locator('[data-part="posts"] li', has_text="综合协管员").get_by_role("button", name="免职").click()
    page.locator("dialog[open] .go").click()
    expect(page.locator('[data-part="posts"]')).to_contain_text("未生效或已终止")


def test_a_contact_is_seen_with_a_reason_only(as_: Any, site: Any) -> None:
    page = as_("zhang.min", "people")
    page.get_by_label("名称、账号或代码").fill("王磊")
    page.locator("[data-row]", has_text="王磊").click()
    box = form(page, "unmask")
    box.locator(".go").click()  # the browser asks for the words first
    expect(box.locator("[data-told]")).to_have_count(0)
    box.get_by_label(re.compile("^说明")).fill("现场联系")
    box.locator(".go").click()
    expect(box.locator("[data-told]")).to_contain_text("已留痕")
    with site.system.database.transaction() as tx:
        play = world.Play(tx)
        entry = list_entries(tx, play.who("wang.lei").id)[-1]
        assert (entry.event, entry.actor) == ("person.unmasked", play.who("zhang.min").id)
        said = json.loads(entry.body)
        (kept,) = tx.conn.execute("select words from network.unmasking where id = %s", (said["unmasking"],)).fetchone()
        assert (said["purpose"], kept) == ("duty", "现场联系")
        assert said["words_digest"] == hashlib.sha256(kept.encode()).hexdigest(), "the ledger binds why"


def test_duty_is_planned_and_somebody_replaced(as_: Any) -> None:
    page = as_("ma.junhao", "duties")
    box = form(page, "plan")
    lines = box.locator("[data-pattern-line]")
    expect(lines.filter(has_text="周磊").first).to_be_visible()  # as the pack planned it
    before = lines.count()
    assert before > 3
    shot(page, "desk-reference-plan-zh")
    box.locator("[data-add-line]").click()
    expect(lines).to_have_count(before + 1)
    fresh = lines.last
    fresh.get_by_label("班次").select_option("night")
    fresh.get_by_label(re.compile("^每班人数")).fill("1")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).weekday()
    for ahead in range(3, 8):  # tomorrow and the day after stay, which the list shows whatever day it is
        fresh.get_by_label(f"周{'一二三四五六日'[(today + ahead) % 7]}").uncheck()
    for name in ("王磊", "刘航"):
        pick(page, fresh.get_by_role("combobox", name="添加人员"), name)
    fresh.get_by_role("button", name="把刘航提前一位").click()
    assert axe(page) == []
    for line in range(before):  # their own posts are planned anew by this one line only
        del line
        lines.first.get_by_role("button", name="删去这一行").click()
    expect(lines).to_have_count(1)
    box.locator(".go").click()
    expect(box.locator("[data-told]")).to_contain_text("班")
    box.get_by_role("button", name="完成", exact=True).first.click()
    box = form(page, "plan")
    expect(lines.last.locator("ol li").first).to_contain_text("刘航")  # the next plan begins from it
    page.keyboard.press("Escape")
    row = page.locator("[data-row]", has_text="王磊").first
    row.click()
    box = form(page, "replace")
    pick(page, box.get_by_role("combobox"), "刘航")
    assert box.get_by_label("起", exact=True).input_value()
    box.locator(".go").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("tr", has_text="刘航").filter(has_text="单独安排").first).to_be_visible()


def test_a_day_is_set_apart(as_: Any) -> None:
    page = as_("qian.xi", "calendar")
    row = page.locator("tr", has=page.locator("[data-row]")).nth(2)
    rests = "休息" in row.inner_text()
    row.click()
    box = form(page, "setDay")
    box.get_by_label(re.compile("^备注")).fill("换班")
    box.locator(".go").click()
    if page.locator("dialog[open] .fault").count():
        pytest.fail(page.locator("dialog[open] .fault").inner_text())
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(row).to_contain_text("上班" if rests else "休息")


def test_rows_are_walked_by_keyboard(as_: Any) -> None:
    page = as_("zhang.min", "matters")
    rows = page.locator("[data-row]")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[data-panel="thing"] h2')).to_have_text(rows.nth(2).inner_text())
    page.keyboard.press("Escape")
    expect(page.locator('[data-panel="thing"]')).to_have_count(0)
    expect(rows.nth(2)).to_be_focused()
