"""我的账号: a second factor is added by scanning, asked for at sign-in, and proves who erases; what is erased leaves the
proof whole. All through the pages, with one-time codes as a phone would make them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pyotp.totp import TOTP

import world
from browser.conftest import SIZE
from browser.looking import HAN, axe, heeded, shot
from yiwang.network import rules_access, store_access

pytestmark = pytest.mark.browser
LONG = 60_000
EXPECTED = re.compile(r"40[1349]|410|422|ERR_FAILED")
PASSWORD, FRESH = "Quiet-Lantern-7", "Slow-Harbour-31"
WHO = "li.qing"
"""An operator: accepts cases, and may erase in them."""


class Codes:
    """A phone's codes; each is good once, so each asking takes the next step that the server still accepts."""

    def __init__(self, secret: str) -> None:
        self.totp, self.last = TOTP(secret), 0

    def next(self) -> str:
        step = max(int(time.time()) // 30, self.last + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self.last = step
        return self.totp.generate_otp(step)


@pytest.fixture(scope="module")
def account(site: Any) -> dict[str, Any]:
    """Somebody with a password, who has no second factor yet."""

    def give(p: world.Play) -> None:
        store_access.PUT_PASSWORD.run(p.tx, person_id=p.who(WHO).id, hash=rules_access.hash_password(PASSWORD))

    site.act(give)
    return {"password": PASSWORD, "codes": None, "recovery": []}


@pytest.fixture
def page(context: BrowserContext, site: Any) -> Iterator[Page]:
    with heeded(context, EXPECTED) as made:
        yield made


def sign_in(page: Page, site: Any, account: dict[str, Any], code: str | None = None) -> None:
    """Out of the demo's one-click person, and in by password, as on a site that is none."""
    page.goto(site.url)
    page.locator(".who").click(timeout=LONG)
    page.route("**/api/demo-sign-in", lambda route: route.abort())  # else the desk signs the demo's viewer in again
    page.locator(".leave.last").click()
    page.locator('input[autocomplete="username"]').fill(WHO, timeout=LONG)
    page.locator('input[autocomplete="current-password"]').fill(account["password"])
    page.keyboard.press("Enter")
    if account["codes"]:
        page.locator('input[autocomplete="one-time-code"]').fill(code or account["codes"].next(), timeout=LONG)
        page.keyboard.press("Enter")
    expect(page.locator(".who b")).to_have_text("李青", timeout=LONG)


def open_account(page: Page) -> Locator:
    page.locator(".who").click()
    page.locator("[data-account]").click()
    expect(page.locator('[data-page="account"] [data-part="factors"]')).to_be_visible(timeout=LONG)
    return page.locator('[data-part="factors"]')


def test_one_time_codes_are_added_and_asked_for_at_the_next_sign_in(page: Page, site: Any, account: Any) -> None:
    sign_in(page, site, account)
    factors = open_account(page)
    assert axe(page) == []
    shot(page, "desk-account")
    factors.locator('[data-add="totp"]').click()
    factors.locator('input[name="password"]').fill("Wrong-Lantern-7")
    page.keyboard.press("Enter")
    expect(factors.locator(".fault")).to_be_visible(timeout=LONG)
    factors.locator('input[name="password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(factors.locator("svg.qr path")).to_have_attribute("d", re.compile("^M0 0h1v1h-1z"), timeout=LONG)
    secret = re.sub(r"\s", "", factors.locator("[data-secret]").inner_text())
    address = urlsplit(factors.get_by_role("link").get_attribute("href") or "")
    assert address.scheme == "otpauth" and parse_qs(address.query)["secret"] == [secret]
    assert axe(page) == []
    shot(page, "desk-account-totp")
    account["codes"] = Codes(secret)
    factors.locator('input[name="code"]').fill("000000")
    page.keyboard.press("Enter")
    expect(factors.locator(".fault")).to_be_visible(timeout=LONG)
    factors.locator('input[name="code"]').fill(account["codes"].next())
    page.keyboard.press("Enter")
    shown = factors.locator("[data-recovery] li")
    expect(shown).to_have_count(10, timeout=LONG)
    account["recovery"] = shown.all_inner_texts()
    expect(factors.locator('[data-factor="totp"]')).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-account-recovery")
    factors.locator("[data-kept]").click()
    expect(shown).to_have_count(0)
    page.reload()
    expect(factors.locator('[data-factor="recovery"]')).to_contain_text("10", timeout=LONG)
    assert page.locator("[data-recovery]").count() == 0, "recovery codes are shown once"


def test_signing_in_asks_for_the_code_or_takes_a_recovery_code(page: Page, site: Any, account: Any) -> None:
    sign_in(page, site, account, account["recovery"][0])
    factors = open_account(page)
    expect(factors.locator('[data-factor="recovery"]')).to_contain_text("9", timeout=LONG)
    expect(page.locator('[data-part="sign-ins"]')).to_contain_text("用了恢复码")


def test_erasing_a_photo_asks_who_one_is_and_leaves_the_proof_whole(page: Page, site: Any, account: Any) -> None:
    def prepare(p: world.Play) -> Any:
        photo = p.photo("wang.lei", world.PhotoKind.near)
        return p.report("wang.lei", place="拍到了脸", photos=(photo,))

    case = site.act(prepare)
    sign_in(page, site, account)
    site.act(lambda p: p.tx.conn.execute("update network.session set proven_at = now() - interval '1 hour'"))
    page.goto(f"{site.url}/#/record/cases/{case.id}")
    panel = page.locator('[data-panel="case"]')
    expect(panel.locator('[data-part="photos"] figure img')).to_be_visible(timeout=LONG)
    expect(panel.locator("[data-proof]")).to_have_attribute("data-proof", "verified", timeout=LONG)
    panel.locator("[data-personal]").click()
    dialog = page.locator("dialog[open][data-erasing]")
    expect(dialog.locator("[data-do]")).to_be_disabled()
    dialog.locator('input[name="photo"]').check()
    dialog.locator('textarea[name="reason"]').fill("照片拍到路人面部")
    dialog.locator('input[name="sure"]').check()
    assert axe(page) == []
    shot(page, "desk-erase")
    dialog.locator("[data-do]").click()
    dialog.locator("[data-prove] input").fill(account["codes"].next(), timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-erase-prove")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0, timeout=LONG)
    erased = panel.locator("[data-erased]")
    expect(erased).to_contain_text("李青", timeout=LONG)
    expect(erased).to_contain_text("照片拍到路人面部")
    expect(panel.locator("[data-proof]")).to_have_attribute("data-proof", "verified", timeout=LONG)
    assert panel.locator('[data-event="case.photo_erased"]').count() == 1
    assert axe(page) == []
    shot(page, "desk-erased")

    # And words, now that it is known who one is.
    panel.locator("[data-personal]").click()
    dialog.locator('[data-tab="words"]').click()
    dialog.get_by_text("路边有一堆暴露垃圾").click()
    dialog.locator('textarea[name="reason"]').fill("描述写有住户姓名")
    dialog.locator('input[name="sure"]').check()
    dialog.locator("[data-do]").click()
    expect(dialog).to_have_count(0, timeout=LONG)
    expect(panel.locator(".facts .said")).to_have_count(0, timeout=LONG)
    expect(panel.locator("[data-proof]")).to_have_attribute("data-proof", "verified", timeout=LONG)
    panel.locator("[data-personal]").click()
    dialog.locator('[data-tab="contact"]').click()
    expect(dialog.locator("[data-no-contact]")).to_be_visible(timeout=LONG)


def test_who_may_not_erase_is_offered_nothing(page: Page, site: Any, account: Any) -> None:
    case = site.act(lambda p: p.report("wang.lei", place="别人的"))
    page.goto(site.url)
    page.wait_for_selector(".who")
    page.locator(".who").click()
    page.locator('[data-login="wang.lei"]').click(timeout=LONG)
    page.goto(f"{site.url}/#/record/cases/{case.id}")
    expect(page.locator('[data-panel="case"] [data-part="course"]')).to_be_visible(timeout=LONG)
    assert page.locator("[data-personal]").count() == 0


def test_a_new_password_signs_other_devices_out_and_the_account_speaks_english(
    page: Page, browser: Browser, site: Any, account: Any
) -> None:
    other = browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
    sign_in(other.new_page(), site, account)
    sign_in(page, site, account)
    page.locator(".lang button[lang=en]").click()
    open_account(page)
    sessions = page.locator('[data-part="sessions"] .lines li')
    expect(page.locator('[data-part="sessions"] [data-here="true"]')).to_have_count(1)
    assert sessions.count() >= 2
    sessions.locator("button").first.click()  # one of the others
    part = page.locator('[data-part="password"]')
    part.locator('input[name="old"]').fill(PASSWORD)
    part.locator('input[name="new"]').fill(FRESH)
    part.locator('input[name="again"]').fill("Something-else-1")
    expect(part.get_by_role("alert")).to_be_visible()
    expect(part.locator("button")).to_be_disabled()
    part.locator('input[name="again"]').fill(FRESH)
    page.keyboard.press("Enter")
    expect(part.get_by_role("status")).to_contain_text("other devices", timeout=LONG)
    account["password"] = FRESH
    expect(sessions).to_have_count(1, timeout=LONG)
    assert axe(page) == []
    said = page.locator(".card h3, .card label, .card .quiet, .card .row").all_inner_texts()
    assert not HAN.search("".join(said))
    shot(page, "desk-account-en")
    other.close()
