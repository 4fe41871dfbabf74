"""The voice note: recorded on the phone without a network, heard at the desk and by whoever handles the case."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import recordings
import world
from browser.conftest import Site
from browser.keyboard import LONG
from browser.looking import axe, shot
from browser.phone import cases_of, choose, go, item, phone, rows, shoot, start, until
from yiwang.cases.model import PhotoKind
from yiwang.kit import files

pytestmark = pytest.mark.browser
SLOT = "[data-voice-slot='{}']"
VOICES = "select e.sha256, f.type, f.seconds from cases.evidence e join kit.file f using (sha256) where e.case_id = %(id)s and e.kind = 'voice'"


ON_TOP = "e => { const b = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(b.x + b.width / 2, b.bottom - 2)) }"


def state(page: Page, name: str) -> None:
    expect(page.locator(SLOT.format(name))).to_be_visible(timeout=LONG)


def speak(page: Page, seconds: int = 2) -> None:
    """A press, some seconds of the pretended microphone's beeps, a press."""
    page.get_by_role("button", name="录语音备注").click()
    expect(page.locator("[data-time]")).to_have_text(re.compile(f"0:0[{seconds}-9] / 1:00"), timeout=LONG)


def stop(page: Page) -> None:
    page.get_by_role("button", name="停止").click()
    state(page, "kept")
    expect(page.get_by_role("button", name="播放")).to_be_focused()


def listen(page: Page) -> None:
    """Heard, by its own clock."""
    player = page.locator("[data-voice]").first
    player.get_by_role("button", name="播放").click()
    expect(player.get_by_role("button", name="暂停")).to_be_visible()
    until(page, "document.querySelector('[data-voice] audio').currentTime > 0.3")
    player.get_by_role("button", name="暂停").click()
    expect(player.get_by_role("button", name="播放")).to_be_visible()


def hear(wang: BrowserContext) -> None:
    wang.grant_permissions(["geolocation", "microphone"])


def test_recorded_offline_kept_sent_once_and_heard_at_the_desk(
    browser: Browser, wang: BrowserContext, site: Site
) -> None:
    before = len(cases_of(site, "wang.lei"))
    hear(wang)
    page = start(wang, site)
    wang.set_offline(True)
    page.reload()
    expect(page.get_by_text("现在没有网络")).to_be_visible()
    go(page, "/report")
    shoot(page, "近景", 700)
    choose(page)
    expect(page.get_by_role("button", name="录语音备注")).to_contain_text("可不录，最长 60 秒")
    page.get_by_role("button", name="录语音备注").scroll_into_view_if_needed()
    shot(page, "field-voice-start")
    speak(page)
    assert axe(page) == []
    assert page.get_by_role("button", name="停止").evaluate(ON_TOP)
    shot(page, "field-voice-recording")
    until(
        page,
        "[...document.querySelectorAll('[data-level] i')].some(i => new DOMMatrix(getComputedStyle(i).transform).d > 0.2)",
    )
    stop(page)
    listen(page)
    assert axe(page) == []
    shot(page, "field-voice-kept")

    page.reload()  # the app is shut, without a network, and opened again
    page.get_by_role("button", name="1 张照片").click()
    state(page, "kept")
    listen(page)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "waiting")
    expect(item(page)).to_contain_text("1 张照片 · 语音备注")
    shot(page, "field-voice-outbox")
    wang.set_offline(False)
    expect(item(page)).to_have_attribute("data-state", "received", timeout=LONG)
    made = cases_of(site, "wang.lei")[before:]
    assert [(step, evidence) for _, step, evidence in made] == [("handling", 2)], "one case, its photo and its voice"
    ((_, kind, seconds),) = rows(site, VOICES, id=made[0][0])
    assert kind == "audio/webm" and 2 <= seconds < 10
    assert page.faults == []  # type: ignore[attr-defined]

    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    site.sign_in(context, "zhang.min")
    desk = context.new_page()
    desk.goto(f"{site.url}/#/queue/cases/{made[0][0]}")
    player = desk.locator('[data-panel="case"] [data-voice]')
    expect(player).to_be_visible(timeout=LONG)
    expect(player).to_have_attribute("aria-label", re.compile(r"^语音备注，0:0\d，王磊，"))
    expect(desk.locator("[data-voice-note='here'] .who")).to_contain_text("王磊")
    player.get_by_role("slider").focus()
    desk.keyboard.press("Home")
    for _ in range(5):
        desk.keyboard.press("ArrowRight")
    expect(player.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(r"^0:00，共 0:0\d$"))
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Space")  # by the keyboard alone
    until(desk, "document.querySelector('[data-voice] audio').currentTime > 0.8")
    shot(desk, "desk-voice")
    expect(player.get_by_role("button", name="播放")).to_be_visible(timeout=LONG)
    expect(player.get_by_role("slider")).to_have_value("0")
    assert axe(desk) == []
    expect(desk.locator('[data-part="photos"] img')).to_have_count(1)
    context.close()


def test_whoever_handles_it_hears_it_without_a_network(browser: Browser, site: Site) -> None:
    def spoken(play: world.Play) -> tuple[world.Case, str]:
        data = recordings.webm(4.2)
        sha = files.put_voice(play.tx, play.photos, data, play.who("wang.lei").id).sha256
        near = play.photo("wang.lei", PhotoKind.near)
        case = play.dispatched(by="wang.lei", photos=(near,), voice=sha, place="听得见的地方")
        return case, sha

    case, sha = site.act(spoken)
    with phone(browser, site, "cheng.gang") as context:
        page = start(context, site)
        page.wait_for_selector(f"[data-task='{case.id}']")
        until(page, KEPT % f"voice:{sha}")
        context.set_offline(True)
        page.reload()
        page.locator(f"[data-task='{case.id}'][data-act='take']").click()
        expect(page.locator("[data-voice]")).to_have_attribute("aria-label", re.compile("^语音备注，0:04，王磊，"))
        listen(page)
        assert axe(page) == []
        shot(page, "field-voice-task")
        assert page.faults == []  # type: ignore[attr-defined]


KEPT = """new Promise(done => { const o = indexedDB.open('yiwang-field'); o.onsuccess = () => {
  const asked = o.result.transaction('kept').objectStore('kept').getKey('%s')
  asked.onsuccess = () => { o.result.close(); done(asked.result !== undefined) } } })"""


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("NotAllowedError", "麦克风未授权"),
        ("NotFoundError", "没有可用的麦克风"),
        ("NotReadableError", "麦克风正被别的程序占用"),
        (None, "没有可用的麦克风"),
    ],
    ids=["refused", "no microphone", "in use", "no recorder"],
)
def test_without_a_microphone_the_report_goes_on(
    wang: BrowserContext, site: Site, fault: str | None, words: str
) -> None:
    page = start(wang, site, "/report")
    page.evaluate(
        """fault => {
          if (!fault) delete window.MediaRecorder
          navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', fault) }
        }""",
        fault,
    )
    shoot(page, "近景", 710 + len(fault or ""))
    page.get_by_role("button", name="录语音备注").click()
    said = page.locator(".slot-voice [role=alert]")
    expect(said).to_contain_text(words)
    expect(said).to_contain_text("不录也能上报")
    expect(said).to_be_in_viewport(ratio=1)
    assert said.evaluate(ON_TOP), "it does not lie under the page's foot"
    assert axe(page) == []
    shot(page, f"field-voice-{fault}")
    choose(page)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received", timeout=LONG)
    assert page.faults == []  # type: ignore[attr-defined]


def test_sent_while_it_still_records_it_is_part_of_the_report(wang: BrowserContext, site: Site) -> None:
    hear(wang)
    page = start(wang, site, "/report")
    shoot(page, "近景", 730)
    choose(page)
    speak(page, 1)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received", timeout=LONG)
    assert len(rows(site, VOICES, id=cases_of(site, "wang.lei")[-1][0])) == 1


def test_whoever_leaves_the_page_while_it_records_finds_it_in_the_draft(wang: BrowserContext, site: Site) -> None:
    hear(wang)
    page = start(wang, site, "/report")
    speak(page, 1)
    page.locator("nav.tabs [data-tab='tasks']").click()
    until(page, "location.hash.startsWith('#/tasks')")
    go(page, "/report")
    page.get_by_role("button", name="0 张照片").click()
    state(page, "kept")
    page.get_by_role("button", name="删除").click()
    state(page, "empty")
    expect(page.get_by_role("button", name="录语音备注")).to_be_visible()
    until(page, f"({COUNT})().then(n => n === 0)")


COUNT = """() => new Promise(done => { const o = indexedDB.open('yiwang-field'); o.onsuccess = () => {
  const asked = o.result.transaction('photos').objectStore('photos').count()
  asked.onsuccess = () => { o.result.close(); done(asked.result) } } })"""


def test_a_phone_that_is_put_away_does_not_listen_on(wang: BrowserContext, site: Site) -> None:
    hear(wang)
    page = start(wang, site, "/report")
    page.get_by_role("button", name="录语音备注").click()
    expect(page.get_by_role("button", name="停止")).to_be_focused()
    expect(page.locator("[data-time]")).to_have_text(re.compile("0:0[1-9] / 1:00"), timeout=LONG)
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true })
          document.dispatchEvent(new Event('visibilitychange')) }"""
    )
    state(page, "kept")
    page.evaluate("() => { delete document.hidden }")
    listen(page)


def test_after_a_minute_it_stops_by_itself(wang: BrowserContext, site: Site) -> None:
    hear(wang)
    page = start(wang, site)
    page.clock.install()
    page.reload()
    go(page, "/report")
    page.get_by_role("button", name="录语音备注").click()
    state(page, "recording")
    page.clock.fast_forward(60_000)
    state(page, "kept")
    expect(page.locator("[data-voice] .time")).to_have_text("1:00")


def test_a_full_phone_says_so_and_the_report_goes_on(wang: BrowserContext, site: Site) -> None:
    hear(wang)
    page = start(wang, site, "/report")
    shoot(page, "近景", 740)
    page.evaluate(
        """() => { const put = window.put = IDBObjectStore.prototype.put
          IDBObjectStore.prototype.put = function (...a) { if (this.name === 'photos') throw new DOMException('no room', 'QuotaExceededError'); return put.apply(this, a) } }"""
    )
    speak(page, 1)
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_text("手机存储已满")).to_be_in_viewport(ratio=1)
    state(page, "empty")
    page.evaluate("() => { IDBObjectStore.prototype.put = window.put }")
    choose(page)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received", timeout=LONG)
