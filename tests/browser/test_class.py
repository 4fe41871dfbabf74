"""改类 on the desk, by keyboard: in filing, before it, and after a unit has returned it; and the whole way of a report that nobody
had a name for, to the text message that says it is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.keyboard import LONG, gone, press_for, reach, send
from browser.looking import HAN, axe, heeded, shot
from browser.phone import SIZE
from yiwang.cases import actions_file, actions_request, api_public, rules_text
from yiwang.cases.model import BounceReason, Channel
from yiwang.cases.model_commands import AcceptCase, AskBounce, DecideRequest, FileCase
from yiwang.cases.queries import get_course
from yiwang.cases.rules_public import OTHER
from yiwang.kit import sms
from yiwang.kit.scope import EVERYTHING

pytestmark = pytest.mark.browser
REPORTED = {
    "channel": Channel.public,
    "scheme": OTHER[0],
    "matter_code": OTHER[1],
    "description": "人行道上有个大坑，昨晚绊倒人",
}


def look_for(page: Page, form: Any, words: str, name: str) -> None:
    """By keyboard alone, from the field that has the focus: type, see it found, take it."""
    field = form.locator("[data-class] input[role=combobox]")
    expect(field).to_be_focused(timeout=LONG)
    page.keyboard.type(words)
    first = form.locator("[data-class] [role=option]").first
    expect(first).to_contain_text(name, timeout=LONG)
    page.keyboard.press("Enter")
    expect(form.locator("[data-to]")).to_contain_text(name)


def choose_condition(page: Page, form: Any, words: str) -> None:
    """With Tab into the conditions, down to this one."""
    wanted = form.locator("[data-conditions] .pick", has_text=words).locator("input")
    expect(wanted).to_have_count(1, timeout=LONG)
    for _ in range(30):
        if wanted.evaluate("e => e === document.activeElement && e.checked"):
            break
        inside = page.evaluate("document.activeElement.name === 'condition'")
        page.keyboard.press(
            "ArrowDown" if inside and page.evaluate("document.activeElement.checked") else " " if inside else "Tab"
        )
    expect(wanted).to_be_checked()
    expect(form.locator("[data-deadline]")).to_contain_text("到期", timeout=LONG)


@pytest.fixture
def resident(browser: Browser, site: Any) -> Iterator[Page]:
    """Somebody's phone, on the public page."""
    for limit in (api_public.REPORTS, api_public.PHONES, api_public.FOLLOWS, api_public.LOOKS, api_public.CODE_PHONES):
        limit._empty_at.clear()
    rules_text.follow_at(site.url)
    made = browser.new_context(
        viewport=SIZE, locale="zh-CN", reduced_motion="reduce", has_touch=True, permissions=["geolocation"],
        geolocation={"longitude": 121.48361, "latitude": 31.21708, "accuracy": 14},
    )  # fmt: skip
    with heeded(made) as opened:
        yield opened
    made.close()
    rules_text.follow_at("")


def texts(page: Page, number: str) -> list[str]:
    """What the demonstration's outbox holds of this report, once there is something."""
    box = sms._sender
    assert isinstance(box, sms.Outbox)
    for _ in range(LONG // 200):
        if found := [text for phone, text in box.sent if phone == "13812345678" and number in text]:
            return found
        page.wait_for_timeout(200)
    raise AssertionError("no text message came")


def test_from_a_resident_who_had_no_name_for_it_to_the_text_that_says_it_is_done(
    desk: Any, site: Any, resident: Page
) -> None:
    resident.goto(f"{site.url}/public/#/report")
    resident.fill("#words", "盲道旁边塌下去一块，老人差点摔倒")
    resident.get_by_role("button", name="用我现在的位置").click()
    expect(resident.locator(".say.good")).to_be_visible(timeout=LONG)
    expect(resident.locator("#phone-hint")).to_contain_text("有结果时短信告诉您")
    resident.fill("#phone", "138 1234 5678")
    resident.locator(".tick input").check()
    resident.locator("form > button.big").click()
    number = resident.locator('[data-part="number"]').inner_text(timeout=LONG)

    page = desk("zhang.min")
    reach(page, number)
    press_for(page, "a", "accept")
    send(page)
    expect(page.locator('[data-part="acts"] [data-act="file"]')).to_be_visible(timeout=LONG)
    form = press_for(page, "f", "file")
    look_for(page, form, "道路破", "道路破损")
    choose_condition(page, form, "坑凹不平")
    send(page)
    gone(page, number, "file")

    def done(p: world.Play) -> Any:
        (case_id,) = p.tx.conn.execute("select id from cases.case where number = %s", [number]).fetchall()[0]
        case = world.store.lock_case(p.tx, case_id)
        assert (case.step, case.matter_name) == ("filed", "道路破损")
        return p.close(p.verify(p.finish(p.take(p.dispatch(case)))))

    site.act(done)
    (text,) = texts(page, number)
    assert "有了结果" in text and "盲道" not in text and "道路" not in text
    link = re.findall(r"https?://\S+", text)[0]
    resident.goto("about:blank")
    resident.goto(link)
    expect(resident.locator("#number")).to_have_value(number, timeout=LONG)
    resident.fill("#tel", "13812345678")
    resident.locator("button.ask").click()
    shown = resident.locator(".say.good")
    expect(shown).to_contain_text("验证码是", timeout=LONG)
    resident.fill("#code", "".join(c for c in shown.inner_text() if c.isdigit()))
    shot(resident, "public-by-text")
    resident.locator("form button.first").click()
    expect(resident.locator('[data-part="state"]')).to_have_attribute("data-step", "closed", timeout=LONG)
    meaning = resident.locator('[data-part="closed"]')
    expect(meaning).to_contain_text("另一个人到现场核查过")
    expect(resident.locator("main")).to_contain_text("道路破损")
    course = resident.locator('[data-part="course"]')
    expect(course).to_contain_text("归入“道路破损”办理")
    expect(course).to_contain_text("已发短信告知您")
    shot(resident, "public-texted")
    assert axe(resident) == []


def test_reported_as_other_it_is_classed_and_filed_in_one_form(desk: Any, site: Any) -> None:
    twin = site.act(lambda p: p.dispatched(place="学前街三十号旁", lon=121.4851, lat=31.2199))
    site.act(lambda p: p.report(matter_code="06013", place="学前街三十号对面", lon=121.4852, lat=31.2199))

    def story(p: world.Play) -> Any:
        case = p.report(place="学前街三十号", lon=121.4852, lat=31.2200, **REPORTED)
        return actions_file.accept_case(p.tx, p.who("zhang.min"), AcceptCase(case.id))

    case = site.act(story)
    page = desk("zhang.min")
    reach(page, case.number)
    page.keyboard.press("Enter")
    expect(page.locator("[data-unclassed]")).to_be_visible(timeout=LONG)
    shot(page, "desk-unclassed")
    form = press_for(page, "f", "file")
    look_for(page, form, "道路破", "道路破损")
    expect(form.locator("[data-near]")).to_contain_text("学前街三十号对面", timeout=LONG)
    expect(form.locator("[data-near]")).not_to_contain_text(twin.number)
    choose_condition(page, form, "坑凹不平")
    shot(page, "desk-class-file")
    assert axe(page) == []
    send(page)
    gone(page, case.number, "file")
    now = site.act(lambda p: p.now(case))
    assert (now.step, now.matter_name) == ("filed", "道路破损") and now.due_at is not None
    expect(page.locator('[data-panel="case"] h2')).to_have_text("道路破损", timeout=LONG)
    expect(page.locator("[data-unclassed]")).to_have_count(0)
    course = page.locator('[data-part="course"]')
    expect(course).to_contain_text("由“其他问题（待归类）”改为“道路破损”", timeout=LONG)


def test_what_has_its_class_is_filed_as_before_and_can_still_be_put_under_another(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.accepted(place="西藏南路近大林路"))
    page = desk("zhang.min")
    reach(page, case.number)
    form = press_for(page, "f", "file")
    expect(form.locator("[data-conditions] input").first).to_be_focused(timeout=LONG)
    change = form.locator("[data-change]")
    for _ in range(9):  # past what is near by
        page.keyboard.press("Shift+Tab")
        if change.evaluate("e => e === document.activeElement"):
            break
    expect(change).to_be_focused()
    page.keyboard.press("Enter")
    look_for(page, form, "油烟", "油烟污染")
    expect(form.locator("[data-conditions]")).to_contain_text("没有这个事项的立案条件", timeout=LONG)
    form.locator("[data-to] button").click()
    expect(form.locator("[data-to]")).to_have_count(0)
    expect(form.locator("[data-conditions] .pick").first).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_an_act_of_its_own_and_says_which_component(desk: Any, site: Any, lang: str) -> None:
    with site.system.database.reading() as tx:
        sql = "select lon, lat, type_code, code from city.component where grid_code like '310101019%' order by code limit 1"
        row = tx.conn.execute(sql).fetchone()
    assert row
    lon, lat, kind, code = row
    case = site.act(lambda p: p.report(place=f"部件旁 {lang}", lon=lon, lat=lat, **REPORTED))
    page = desk("zhang.min", f"?lang={lang}#/queue")
    reach(page, case.number)
    form = press_for(page, "l", "reclassify")
    expect(form.locator("[data-class] input[role=combobox]")).to_be_focused(timeout=LONG)
    page.keyboard.type(kind)
    expect(form.locator("[role=option]").first).to_contain_text(kind, timeout=LONG)
    shot(page, f"desk-class-search-{lang}")
    page.keyboard.press("Enter")
    expect(form.locator(".pick", has_text=code)).to_be_visible(timeout=LONG)
    form.locator(".pick", has_text=code).click()
    form.locator("textarea").fill("照片为此设施")
    shot(page, f"desk-class-act-{lang}")
    assert axe(page) == []
    if lang == "en":
        shown = form.locator("[data-class] .line span").all_inner_texts()
        assert not [s for s in shown if HAN.search(s)], shown
    send(page)
    now = site.act(lambda p: p.now(case))
    assert (now.matter_code, now.component, now.step) == (kind, code, "reported")
    expect(page.locator('[data-panel="case"] .pairs')).to_contain_text(code, timeout=LONG)


def test_returned_as_wrongly_classed_it_is_put_right_with_its_limit(desk: Any, site: Any) -> None:
    def story(p: world.Play) -> Any:
        case = p.dispatched(place="大兴街近江阴街")
        cmd = AskBounce(case.id, p.order(case, "cheng.gang").id, BounceReason.wrong_matter, "是路面坏了")
        actions_request.ask_bounce(p.tx, p.who("cheng.gang"), cmd)
        (request,) = get_course(p.tx, EVERYTHING, case.id).requests
        return actions_request.decide_request(p.tx, p.who("chen.jie"), DecideRequest(case.id, request.id, True))

    case = site.act(story)
    page = desk("zhang.min", f"#/queue/cases/{case.id}")
    expect(page.locator('[data-part="acts"]')).to_be_visible(timeout=LONG)
    form = press_for(page, "l", "reclassify")
    look_for(page, form, "06013", "道路破损")
    expect(form.locator(".go")).to_be_disabled()
    choose_condition(page, form, "坑凹不平")
    expect(form.locator("[data-deadline] b")).to_contain_text("改类后")
    shot(page, "desk-class-filed")
    send(page)
    now = site.act(lambda p: p.now(case))
    assert (now.step, now.matter_code) == ("filed", "06013") and now.due_at != case.due_at


def test_somebody_has_filed_it_meanwhile(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.accepted(place="与人同时", **REPORTED))
    page = desk("zhang.min")
    reach(page, case.number)
    form = press_for(page, "l", "reclassify")
    look_for(page, form, "暴露", "暴露垃圾")

    def elsewhere(p: world.Play) -> None:
        filed = actions_file.file_case(p.tx, p.who("li.qing"), FileCase(case.id, open_ended=True))
        p.dispatch(filed)

    site.act(elsewhere)
    expect(form.locator(".fault")).to_be_visible(timeout=LONG)
    expect(form.locator(".go")).to_be_disabled()
    page.keyboard.press("Escape")
