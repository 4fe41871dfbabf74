"""The centre's work on the desk, by keyboard alone: an operator's, a dispatcher's, a handler's day, a closing, and what goes wrong."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pyotp.totp import TOTP

import world
from browser.looking import AXE, HAN, axe, shot
from yiwang.cases import actions_file, actions_request
from yiwang.cases.model_commands import AcceptCase, AskBounce, AskVoid, BounceReason
from yiwang.network import rules_access, store_access

pytestmark = pytest.mark.browser
LONG = 60_000
EXPECTED = re.compile(r"40[1349]|422|ERR_FAILED")


@pytest.fixture
def desk(context: BrowserContext, site: Any) -> Iterator[Callable[[str], Page]]:
    """The queue of somebody, open; whatever a page throws fails the test."""
    faults: list[str] = []
    made = context.new_page()
    made.on("pageerror", lambda fault: faults.append(str(fault)))
    made.on("console", lambda m: faults.append(m.text) if m.type == "error" and not EXPECTED.search(m.text) else None)

    def open_as(login: str) -> Page:
        made.goto(site.url)
        made.wait_for_selector(".who")
        made.evaluate(
            """async login => {
              const { csrf } = await (await fetch('/api/me')).json()
              const headers = { 'Content-Type': 'application/json', 'X-Yiwang-CSRF': csrf }
              const answer = await fetch('/api/demo-sign-in', { method: 'POST', headers, body: JSON.stringify({ login }) })
              if (!answer.ok) throw new Error(await answer.text())
            }""",
            login,
        )
        made.goto(f"{site.url}/#/queue")
        made.reload()
        made.wait_for_selector("[data-queue][data-ready]")
        return made

    yield open_as
    assert faults == []


def reach(page: Page, number: str) -> None:
    """With j alone, to the row of this case."""
    for _ in range(40):
        page.keyboard.press("j")
        row = page.locator(f'[data-task][data-number="{number}"]')
        if row.count() and row.first.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{number} was not reached")


def dialog(page: Page, act: str) -> Any:
    found = page.locator(f'dialog[open][data-act="{act}"]')
    expect(found).to_be_visible(timeout=LONG)
    return found


def press_for(page: Page, key: str, act: str) -> Any:
    """A key's form. While the case is loaded anew under a press it may be lost: whoever works presses again."""
    found = page.locator(f'dialog[open][data-act="{act}"]')
    for _ in range(4):
        page.keyboard.press(key)
        try:
            found.wait_for(timeout=8_000)
            return found
        except PlaywrightTimeout:
            continue
    return dialog(page, act)


def send(page: Page) -> None:
    """Ctrl+Enter, as the foot of each form says."""
    expect(page.locator("dialog[open] .go")).to_be_enabled(timeout=LONG)
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)


def gone(page: Page, number: str, act: str) -> None:
    expect(page.locator(f'[data-task][data-number="{number}"][data-act="{act}"]')).to_have_count(0, timeout=LONG)


def is_in_form(page: Page) -> None:
    page.wait_for_function("() => document.activeElement.closest('dialog[open] .form') !== null")


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
    assert loaded > 5_000 and len(asked) == len(set(asked)) + asked.count(None) - 1, "each page once"
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


def test_the_address_leads_to_the_very_case(desk: Any, site: Any) -> None:
    case = site.act(lambda p: p.report(place="消息里的链接"))
    page = desk("zhang.min")
    page.goto(f"{site.url}/#/queue/cases/{case.id}")
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(case.number, timeout=LONG)
    assert json.loads(page.evaluate("JSON.stringify(location.hash)")).endswith(str(case.id))


def test_before_and_after_lie_under_one_slider(desk: Any, site: Any) -> None:
    page = desk("zhang.min")
    closed = page.evaluate(
        "async () => (await (await fetch('/api/cases?step=closed&limit=50')).json()).items.at(-1).id"
    )
    page.goto(f"{site.url}/#/queue/cases/{closed}")
    page.get_by_role("button", name="滑动对比").click(timeout=LONG)
    slider = page.get_by_role("slider")
    slider.focus()
    before = page.locator("[data-compare] .top")
    expect(before).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "处置前占 40%")
    expect(before).to_have_css("clip-path", "inset(0px 60% 0px 0px)")
    page.locator('[data-part="photos"]').scroll_into_view_if_needed()
    shot(page, "desk-slider")
    assert axe(page) == []


def test_what_is_near_stands_on_a_map_and_in_a_list(desk: Any, site: Any) -> None:
    lon, lat = 121.4880, 31.2150
    case = site.act(lambda p: p.report(place="就在这里", lon=lon, lat=lat))
    near = site.act(lambda p: p.dispatched(place="三十米外", lon=lon + 0.0003, lat=lat))
    site.act(lambda p: p.report(place="五百米外", lon=lon - 0.0052, lat=lat))
    page = desk("zhang.min")
    page.goto(f"{site.url}/#/queue/cases/{case.id}")
    page.locator('[data-part="near"] button').click(timeout=LONG)
    rows = page.locator('[data-part="near"] ul').first.locator("li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(near.number)
    expect(rows).to_contain_text("29 米")
    page.wait_for_selector('.spot[data-state="ready"]', timeout=LONG)
    page.locator('[data-part="near"]').scroll_into_view_if_needed()
    shot(page, "desk-near")
    assert axe(page) == []
    rows.get_by_role("button").click()
    expect(page.locator('[data-panel="case"] .number')).to_contain_text(near.number)


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
