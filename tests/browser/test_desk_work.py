"""The centre's work on the desk, by keyboard alone: an operator's, a dispatcher's, a handler's day, a closing, and what goes wrong."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from pyotp.totp import TOTP

import world
from browser.keyboard import LONG, dialog, gone, is_in_form, press_for, reach, send
from browser.looking import axe, shot
from yiwang.cases import actions_file, actions_request
from yiwang.cases.model_commands import AcceptCase, AskBounce, AskVoid, BounceReason
from yiwang.network import rules_access, store_access

pytestmark = pytest.mark.browser


def test_an_operator_accepts_and_files(desk: Any, site: Any) -> None:
    twin = site.act(lambda p: p.dispatched(place="文庙路大成殿旁"))
    case = site.act(lambda p: p.report(place="文庙路大成殿"))
    page = desk("zhang.min")
    expect(page.locator("h2", has_text="待我办理")).to_be_visible()
    reach(page, case.number)
    press_for(page, "a", "accept")
    send(page)
    expect(page.locator('[data-part="acts"] .said')).to_contain_text("受理")
    gone(page, case.number, "accept")
    expect(page.locator('[data-part="acts"] [data-act="file"]')).to_be_visible(timeout=LONG)
    form = press_for(page, "f", "file")
    expect(form.locator("[data-near]")).to_contain_text(twin.number)
    is_in_form(page)
    condition = form.locator(".pick", has_text="未倒入垃圾容器").locator("input")
    for _ in range(30):
        if condition.evaluate("e => e === document.activeElement && e.checked"):
            break
        page.keyboard.press("Tab" if page.evaluate("document.activeElement.type !== 'radio'") else "ArrowDown")
        if page.evaluate("document.activeElement.type === 'radio' && !document.activeElement.checked"):
            page.keyboard.press(" ")
    expect(condition).to_be_checked()
    expect(form.locator("[data-deadline]")).to_contain_text("到期")
    shown = form.locator("[data-deadline] b").inner_text()
    shot(page, "desk-file")
    send(page)
    gone(page, case.number, "file")
    now = site.act(lambda p: p.now(case))
    assert now.step == "filed" and now.due_at is not None
    due = re.search(r"\d\d:\d\d", shown)
    assert due and page.locator('[data-part="clocks"]').inner_text().count(due[0]) >= 1, "as was said before"


def test_a_key_pressed_while_a_form_is_closing_is_heard(desk: Any, site: Any) -> None:
    """A closed dialog says so a moment after it is gone from the page; a key may come in between."""
    case = site.act(lambda p: p.report(place="紧接着按键"))
    page = desk("zhang.min")
    reach(page, case.number)
    press_for(page, "a", "accept")
    close_and = """key => {
      document.querySelector('dialog[open]').close()
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    }"""
    for key, act in (("r", "decline"), ("r", "decline"), ("i", "ask-check")):
        page.evaluate(close_and, key)
        page.wait_for_timeout(200)
        assert page.locator("dialog[open]").get_attribute("data-act", timeout=1_000) == act
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_a_key_pressed_before_the_case_is_there_waits_for_it(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.report(place="先按后到"))
    other = site.act(lambda p: p.report(place="先按后到二"))
    page = desk("zhang.min")
    held: list[Any] = []

    def hold() -> None:
        page.route("**/api/desk/cases/*", lambda route: held.append(route))

    def let_go() -> None:
        for route in held:
            route.continue_()
        held.clear()
        page.unroute("**/api/desk/cases/*")

    hold()
    reach(page, case.number)
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    expect(page.locator('[data-panel="case"][aria-busy="true"]')).to_be_visible()
    let_go()
    dialog(page, "ask-check")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    # Whoever goes on to another case wants nothing of the one before any more.
    page.keyboard.press("Escape")
    hold()
    page.locator(f'[data-task][data-number="{case.number}"]').first.focus()
    page.keyboard.press("i")
    page.locator(f'[data-task][data-number="{other.number}"]').first.click()
    let_go()
    expect(page.locator('[data-panel="case"] [data-part="acts"]')).to_be_visible(timeout=LONG)
    page.locator(f'[data-task][data-number="{case.number}"]').first.click()
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(case.number)
    expect(page.locator('[data-panel="case"] [data-part="acts"]')).to_be_visible(timeout=LONG)
    page.wait_for_timeout(300)
    assert page.locator("dialog").count() == 0


def test_a_dispatcher_sends_two_units_by_keyboard(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.filed(place="梦花街二号"))
    page = desk("chen.jie")
    reach(page, case.number)
    form = press_for(page, "d", "dispatch")
    expect(form.locator("[data-recommended]")).to_contain_text("建议主办")
    expect(form.locator("[data-parts] [data-unit]").first).to_be_visible()
    before = form.locator("[data-parts] [data-unit]").count()
    is_in_form(page)
    field = form.get_by_role("combobox")
    for _ in range(30):
        if field.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("派出所")
    expect(form.get_by_role("option").first).to_contain_text("派出所")
    page.keyboard.press("Enter")
    expect(form.locator("[data-parts] [data-unit]")).to_have_count(before + 1)
    expect(form.locator("[data-parts]")).to_contain_text("值班")
    up = form.get_by_role("button", name=re.compile("派出所.*上移"))
    for _ in range(before):
        up.focus()
        page.keyboard.press("Enter")
    expect(form.locator("[data-parts] [data-unit]").first).to_contain_text("派出所")
    shot(page, "desk-dispatch")
    send(page)
    gone(page, case.number, "dispatch")
    orders = site.act(lambda p: p.orders(case))
    assert len(orders) == before + 1
    assert next(o.unit_name for o in orders if o.lead).endswith("派出所")


def test_a_unit_is_dragged_in(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.filed(place="梦花街三号"))
    page = desk("chen.jie")
    page.locator(f'[data-task][data-number="{case.number}"]').click()
    page.locator('[data-part="acts"] [data-act="dispatch"]').first.click()
    form = dialog(page, "dispatch")
    first = form.locator("[data-parts] [data-unit]").first
    expect(first).to_be_visible()
    name = first.locator("b").inner_text()
    form.get_by_role("button", name=f"去掉{name}").click()
    offered = form.locator(".offered li", has_text=name)
    offered.drag_to(form.locator("[data-parts]"))
    expect(form.locator("[data-parts] [data-unit]", has_text=name)).to_have_count(1)


def test_a_handler_takes_and_finishes_with_a_photo(desk: Any, site: Any, tmp_path: Path) -> None:
    case = site.act(lambda p: p.dispatched(place="蓬莱路六号"))
    photo = tmp_path / "after.jpg"
    photo.write_bytes(world.jpeg("orange", size=64))
    page = desk("cheng.gang")
    reach(page, case.number)
    press_for(page, "t", "take")
    send(page)
    gone(page, case.number, "take")
    form = press_for(page, "h", "finish")
    expect(form.locator(".go")).to_be_disabled()
    is_in_form(page)
    page.keyboard.type("已清理，地面冲洗干净")
    expect(form.locator(".go")).to_be_disabled()
    form.locator("input[type=file]").set_input_files(photo)
    expect(form.locator("figure img")).to_be_visible(timeout=LONG)
    shot(page, "desk-finish")
    send(page)
    gone(page, case.number, "finish")
    assert site.act(lambda p: p.now(case)).step == "handled"
    expect(page.locator('[data-part="photos"] .pair img')).to_have_count(1)


def test_a_case_is_closed_and_rests(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.verify(p.handled(place="尚文路九号")))
    page = desk("zhang.min")
    reach(page, case.number)
    form = press_for(page, "n", "close")
    expect(form.locator("textarea")).not_to_have_value("", timeout=LONG)
    send(page)
    gone(page, case.number, "close")
    assert site.act(lambda p: p.now(case)).step == "closed"
    expect(page.locator('[data-part="course"] [data-event="case.closed"]')).to_be_visible(timeout=LONG)


def test_somebody_was_quicker(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.report(place="方斜路抢先办"))
    page = desk("zhang.min")
    reach(page, case.number)
    form = press_for(page, "a", "accept")
    page.route("**/api/desk/feed*", lambda route: route.abort())
    site.act(lambda p: actions_file.accept_case(p.tx, p.who("li.qing"), AcceptCase(case.id)))
    page.keyboard.press("Control+Enter")
    fault = form.locator("[data-code]")
    expect(fault).to_have_attribute("data-code", "case.wrong_step")
    expect(fault).to_contain_text("不能受理")
    expect(fault).to_contain_text("待立案")
    expect(form.locator(".go")).to_be_disabled()
    shot(page, "desk-conflict")
    page.keyboard.press("Escape")
    expect(page.locator('[data-part="acts"] [data-act="file"]')).to_be_visible(timeout=LONG)


def test_a_bounce_is_refused_with_words_that_all_can_read(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.take(p.dispatched(place="大吉路退单")))

    def ask(p: world.Play) -> None:
        cmd = AskBounce(case.id, p.order(case, "cheng.gang").id, BounceReason.not_ours, "不归我们管")
        actions_request.ask_bounce(p.tx, p.who("cheng.gang"), cmd)

    site.act(ask)
    page = desk("chen.jie")
    reach(page, case.number)
    form = press_for(page, "g", "decide")
    expect(form.locator("blockquote")).to_contain_text("不归我们管")
    expect(form.locator("blockquote")).to_contain_text("非本单位职责")
    is_in_form(page)
    page.keyboard.press("ArrowDown")
    expect(form.locator('input[value="refuse"]')).to_be_checked()
    expect(form.locator(".go")).to_be_disabled()
    page.keyboard.press("Tab")
    page.keyboard.type("现场在你们责任区，请处置")
    shot(page, "desk-decide")
    send(page)
    gone(page, case.number, "decide")
    expect(page.locator('[data-event="case.request_decided"]')).to_contain_text("现场在你们责任区")


def test_who_approves_shows_the_second_factor_in_the_form(desk: Any, site: Any) -> None:
    def prepare(p: world.Play) -> Any:
        hashed = rules_access.hash_password("Quiet-Lantern-7")
        store_access.PUT_PASSWORD.run(p.tx, person_id=p.who("ma.junhao").id, hash=hashed)
        case = p.accepted(place="要作废的")
        actions_request.ask_void(p.tx, p.who("li.qing"), AskVoid(case.id, "重复登记"))
        return case

    case = site.act(prepare)
    page = desk("ma.junhao")
    ask = """async ([path, body]) => {
      const { csrf } = await (await fetch('/api/me')).json()
      const headers = { 'Content-Type': 'application/json', 'X-Yiwang-CSRF': csrf }
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(await answer.text())
      return answer.json()
    }"""
    totp = page.evaluate(ask, ["/api/me/factors/totp", {"name": "手机", "password": "Quiet-Lantern-7"}])
    code = TOTP(totp["secret"])
    now = int(time.time()) // 30
    page.evaluate(
        ask, ["/api/me/factors/totp/confirm", {"factor_id": totp["factor_id"], "code": code.generate_otp(now)}]
    )
    page = desk("ma.junhao")  # again, by one click: nothing was shown in this session
    reach(page, case.number)
    form = press_for(page, "g", "decide")
    expect(form.locator("[data-prove]")).to_be_visible()
    assert axe(page) == []
    shot(page, "desk-prove")
    form.locator('input[value="grant"]').check()
    page.keyboard.press("Control+Enter")
    expect(form.locator("[data-code]")).to_have_attribute("data-code", "network.second_factor_due")
    form.locator("[data-prove] input").fill(code.generate_otp(now + 1))
    page.keyboard.press("Enter")
    expect(form.locator("[data-prove]")).to_have_count(0, timeout=LONG)
    send(page)
    assert site.act(lambda p: p.now(case)).step == "void"
