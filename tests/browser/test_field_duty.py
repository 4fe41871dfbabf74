"""The phone on duty: its position is shared then and only then, and visibly so; who is near; what is told by push."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.looking import AXE, HAN, axe, shot
from kit.push_service import Browser as Keys
from kit.push_service import Service, push_service
from world import SPOT, Play
from yiwang.kit.ids import new_id
from yiwang.network import store_personal
from yiwang.network.actions_duty import close_forgotten, end_duty, start_duty, tell_positions
from yiwang.network.model_duty import EndDuty, Position, StartDuty, TellPositions
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.queries_duty import get_my_duty

PHONE = {"width": 390, "height": 844}
HERE = {"longitude": SPOT[0], "latitude": SPOT[1], "accuracy": 9}
LONG = 30_000
TELLS = re.compile("/api/duty/positions")
WORDS = {
    "zh": ("正在报告位置", "未获定位许可", "没有网络"),
    "en": ("sharing position", "location not allowed", "no network"),
}
SIGN_IN = """async login => {
  const answer = await fetch('/api/demo-sign-in', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login }) })
  if (!answer.ok) throw new Error(await answer.text())
}"""


@pytest.fixture
def phone(browser: Browser, site: Any) -> Iterator[Callable[..., Page]]:
    """Somebody's phone, at a page of theirs; each is off duty afterwards."""
    opened: list[tuple[BrowserContext, str]] = []
    faults: list[str] = []

    def open_as(
        login: str,
        *,
        located: bool = True,
        language: str = "zh",
        path: str = "/duty",
        allow: tuple[str, ...] = (),
        script: str = "",
    ) -> Page:
        permissions = [*(["geolocation"] if located else []), *allow]
        context = browser.new_context(
            viewport=PHONE, locale="zh-CN", reduced_motion="reduce", has_touch=True, is_mobile=True, geolocation=HERE,
            permissions=permissions,
        )  # fmt: skip
        opened.append((context, login))
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(f"{site.url}/field/")
        page.evaluate(SIGN_IN, login)
        page.goto(f"{site.url}/field/?lang={language}#{path}")
        page.reload()
        page.wait_for_selector(".tabs")
        return page

    yield open_as
    for context, login in opened:
        context.close()
        site.act(lambda play, login=login: leave(play, login))
    assert faults == []


def leave(play: Play, login: str) -> None:
    actor = play.who(login)
    if on := get_my_duty(play.tx, actor).on:
        end_duty(play.tx, actor, EndDuty(on.id))


def where(site: Any, login: str) -> tuple[float, float] | None:
    """Where the server has them."""
    with site.system.database.reading() as tx:
        person = get_actor_by_login(tx, login).id
        row = tx.conn.execute("select lon, lat from network.whereabouts where person_id = %s", [person]).fetchone()
    return None if row is None else (row[0], row[1])


def come(page: Page) -> None:
    page.locator(".now .btn.first").click()
    expect(page.locator('.now[data-state="on"]')).to_be_visible(timeout=LONG)


def look_again(page: Page) -> None:
    """Not in half a minute, but now."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def sharing(page: Page, state: str) -> None:
    expect(page.locator(f'[data-sharing="{state}"], [data-duty="{state}"]').first).to_be_visible(timeout=LONG)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_duty_the_position_is_shared_and_every_page_says_so(phone: Any, site: Any, language: str) -> None:
    page = phone("wang.lei", language=language)
    told: list[str] = []
    page.on("request", lambda r: told.append(r.url) if TELLS.search(r.url) else None)
    expect(page.locator('.now[data-state="off"]')).to_be_visible(timeout=LONG)
    look_again(page)
    page.wait_for_timeout(300)
    assert told == [] and where(site, "wang.lei") is None
    shot(page, f"duty-off-{language}")
    come(page)
    sharing(page, "sharing")
    assert where(site, "wang.lei") == SPOT
    shot(page, f"duty-on-{language}")
    for tab in ("tasks", "report", "messages", "mine"):
        page.locator(f'[data-tab="{tab}"]').click()
        expect(page.locator('.duty-bar[data-duty="sharing"]')).to_contain_text(WORDS[language][0])
    shot(page, f"duty-bar-{language}")
    page.locator(".duty-bar").click()
    page.locator(".now .btn.big").click()
    page.locator(".now .btn.bad").click()
    expect(page.locator('.now[data-state="off"]')).to_be_visible(timeout=LONG)
    assert where(site, "wang.lei") is None
    told.clear()
    look_again(page)
    page.wait_for_timeout(500)
    assert told == []


def test_where_somebody_moves_their_position_follows(phone: Any, site: Any) -> None:
    page = phone("wang.lei")
    come(page)
    sharing(page, "sharing")
    page.context.set_geolocation({"longitude": 121.49, "latitude": 31.22, "accuracy": 5})
    with page.expect_response(TELLS):
        look_again(page)
    assert where(site, "wang.lei") == (121.49, 31.22)


def test_without_leave_to_locate_one_is_on_duty_and_it_is_said(phone: Any, site: Any) -> None:
    page = phone("wang.lei", located=False)
    come(page)
    sharing(page, "denied")
    expect(page.locator(".help")).to_be_visible()
    shot(page, "duty-denied")
    page.locator('[data-tab="tasks"]').click()
    expect(page.locator(".duty-bar")).to_contain_text(WORDS["zh"][1])
    assert where(site, "wang.lei") is None


def test_without_a_network_positions_wait_and_come_later(phone: Any, site: Any) -> None:
    page = phone("wang.lei")
    come(page)
    sharing(page, "sharing")
    page.context.set_offline(True)
    page.context.set_geolocation({"longitude": 121.491, "latitude": 31.221, "accuracy": 5})
    look_again(page)
    sharing(page, "offline")
    shot(page, "duty-offline")
    assert where(site, "wang.lei") == SPOT
    page.context.set_offline(False)
    sharing(page, "sharing")
    assert where(site, "wang.lei") == (121.491, 31.221)


def test_a_duty_that_was_ended_elsewhere_ends_here_too(phone: Any, site: Any) -> None:
    page = phone("wang.lei")
    come(page)
    sharing(page, "sharing")
    site.act(lambda play: leave(play, "wang.lei"))
    look_again(page)
    expect(page.locator('.now[data-state="off"]')).to_be_visible(timeout=LONG)
    site.act(lambda play: close_forgotten(play.tx))


def test_whoever_signs_out_shares_nothing_more(phone: Any, site: Any) -> None:
    page = phone("wang.lei")
    come(page)
    sharing(page, "sharing")
    page.context.clear_cookies()
    told: list[int] = []
    page.on("response", lambda r: told.append(r.status) if TELLS.search(r.url) else None)
    page.reload()
    page.wait_for_selector(".gate-of-field")
    look_again(page)
    page.wait_for_timeout(500)
    assert 200 not in told


def test_who_is_near_and_how_to_call_them(phone: Any, site: Any) -> None:
    def others(play: Play) -> UUID:
        zhao, liu = play.who("zhao.xin"), play.who("liu.hang")
        sealed = store_personal.seal_person(zhao.id, "13800001234", None)
        play.tx.conn.execute("update network.person set sealed = %s where id = %s", [sealed, zhao.id])
        for who, lat in ((zhao, SPOT[1] + 0.001), (liu, SPOT[1] + 0.01)):
            start_duty(play.tx, who, StartDuty(new_id()))
            tell_positions(play.tx, who, TellPositions((Position(new_id(), SPOT[0], lat, play.tx.now),)))
        return zhao.id

    zhao = site.act(others)
    try:
        page = phone("wang.lei")
        expect(page.locator(".near .say")).to_be_visible(timeout=LONG)
        come(page)
        rows = page.locator(".near li")
        expect(rows).to_have_count(2, timeout=LONG)
        assert rows.first.get_attribute("data-person") == str(zhao)
        expect(rows.first).to_contain_text("110 米")
        expect(rows.nth(1)).to_contain_text("1.1 公里")
        expect(rows.nth(1)).to_contain_text("没有登记电话")
        expect(page.locator(".near")).not_to_contain_text("1234")
        rows.first.locator(".call").click()
        expect(rows.first.locator("a.num")).to_have_attribute("href", "tel:13800001234", timeout=LONG)
        page.locator(".near").scroll_into_view_if_needed()
        shot(page, "duty-near")
        with site.system.database.reading() as tx:
            seen = tx.conn.execute("select reason from network.unmasking where subject_id = %s", [zhao]).fetchall()
        assert [r[0] for r in seen] == ["duty"]
    finally:
        for login in ("zhao.xin", "liu.hang"):
            site.act(lambda play, login=login: leave(play, login))


# ── push ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def service() -> Iterator[Service]:
    with push_service() as made:
        yield made


def subscribing(service: Service, keys: Keys) -> str:
    """The browser's own push service is its maker's, and not to be had here: it is ours instead."""
    device = keys.device(service.url + "/phone")
    made = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    return (
        "if (self.PushManager) { PushManager.prototype.getSubscription = async () => null;"
        f" PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({json.dumps(made)}) }}) }}"
    )


def until(done: Callable[[], Any], page: Page) -> Any:
    for _ in range(100):
        if found := done():
            return found
        page.wait_for_timeout(200)
    raise AssertionError("it did not come")


def test_a_new_order_is_told_and_leads_to_the_very_task(phone: Any, site: Any, service: Service) -> None:
    keys = Keys()
    page = phone("cheng.gang", allow=("notifications",), script=subscribing(service, keys))
    come(page)
    card = page.locator('.push[data-push="off"]')
    expect(card).to_be_visible(timeout=LONG)
    card.locator(".btn.first").click()
    expect(page.locator('.push[data-push="on"]')).to_be_visible(timeout=LONG)
    shot(page, "duty-push")
    case = site.act(Play.dispatched)
    posted = until(lambda: service.posted[:1], page)[0]
    told = keys.open(posted.body)
    assert (told["kind"], told["number"], told["link"]) == ("order", case.number, f"/field/#/tasks/{case.id}")

    shown = deliver(page, site.url, told)
    assert shown == [["新派单", f"案件 {case.number}，点开办理", told["id"]]]
    assert deliver(page, site.url, told) == shown, "twice told, once shown"
    worker = page.context.service_workers[0]
    worker.evaluate(
        """async () => {
          const [notification] = await self.registration.getNotifications()
          const tap = new Event('notificationclick')
          Object.assign(tap, { notification, waitUntil: (p) => p })
          self.dispatchEvent(tap)
        }"""
    )
    page.wait_for_url(re.compile(rf"/field/.*#/tasks/{case.id}$"), timeout=LONG)
    expect(page.locator(".duty-bar")).to_be_visible()


def deliver(page: Page, origin: str, told: dict[str, Any]) -> list[list[str]]:
    """As the browser does when its push service brings a message; answers with what is shown."""
    found: dict[str, str] = {}
    session = page.context.new_cdp_session(page)

    def registered(said: dict[str, Any]) -> None:
        found.update({r["scopeURL"]: r["registrationId"] for r in said["registrations"]})

    session.on("ServiceWorker.workerRegistrationUpdated", registered)
    session.send("ServiceWorker.enable")
    registration = until(lambda: found.get(f"{origin}/field/"), page)
    session.send(
        "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration, "data": json.dumps(told)}
    )
    ask = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => [n.title, n.body, n.tag])"""
    until(lambda: page.evaluate(ask), page)
    session.detach()
    return page.evaluate(ask)


def test_turned_off_nothing_is_told(phone: Any, site: Any, service: Service) -> None:
    page = phone("cheng.gang", allow=("notifications",), script=subscribing(service, Keys()))
    come(page)
    page.locator(".push .btn.first").click()
    page.locator('.push[data-push="on"] .btn').click()
    expect(page.locator('.push[data-push="off"]')).to_be_visible(timeout=LONG)
    with site.system.database.reading() as tx:
        sql = "select count(*) from network.push_subscription where endpoint like %s"
        assert tx.conn.execute(sql, [f"{service.url}%"]).fetchone() == (0,)


# ── for everybody ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in web/)")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_off_and_on_duty(phone: Any, site: Any, language: str) -> None:
    page = phone("wang.lei", language=language, allow=("notifications",))
    expect(page.locator('.now[data-state="off"]')).to_be_visible(timeout=LONG)
    assert axe(page) == []
    come(page)
    sharing(page, "sharing")
    assert axe(page) == []
    page.locator(".now .btn.big").click()
    assert axe(page) == []
    if language == "en":
        words = page.locator("main.duty").inner_text()
        assert not HAN.search(re.sub(r"老西门\S*", "", words)), words
    page.locator('[data-tab="tasks"]').click()
    expect(page.locator(".duty-bar")).to_be_visible()
    assert axe(page) == []


def test_at_twice_the_size_nothing_is_cut_off(phone: Any) -> None:
    page = phone("wang.lei", language="en")
    come(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(200)
    shot(page, "duty-200")
    assert page.evaluate("document.querySelector('main').scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        """[...document.querySelectorAll('main button, main a, .duty-bar')].filter(e => e.offsetParent)
           .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.height < 44 || r.width < 44).length"""
    )
    assert small == 0
