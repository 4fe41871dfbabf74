"""A security key, by a virtual authenticator: registered, asked for at sign-in, shown again for what asks for it, taken away.
At `localhost`, for a browser gives keys to names and not to addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

import world
from browser.looking import axe, heeded, shot
from yiwang.ledger.queries import list_entries
from yiwang.network import rules_access, store_access

pytestmark = pytest.mark.browser
LONG = 60_000
EXPECTED = re.compile(r"40[1349]|422|ERR_FAILED")
PASSWORD = "Quiet-Lantern-7"
WHO = "qian.xi"
"""A system administrator: who registers people must have shown a second factor lately."""


@pytest.fixture(scope="module")
def home(site: Any) -> str:
    """Where the site is called by a name; its administrator has a password."""

    def give(p: world.Play) -> None:
        store_access.PUT_PASSWORD.run(p.tx, person_id=p.who(WHO).id, hash=rules_access.hash_password(PASSWORD))

    site.act(give)
    return site.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """What the key knows, and how often it was used: each test's authenticator is given it."""
    return {}


class Key:
    """A key in the browser's hand."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
                   "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def take(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


@pytest.fixture
def page(context: BrowserContext, site: Any) -> Iterator[Page]:
    with heeded(context, EXPECTED) as made:
        made.route("**/api/demo-sign-in", lambda route: route.abort())  # as on a site that is no demonstration
        yield made


@pytest.fixture
def key(page: Page, kept: dict[str, Any]) -> Iterator[Key]:
    """The key, in this page's hand; it counts its uses from test to test."""
    made = Key(page)
    made.take(kept["credential"])
    yield made
    (kept["credential"],) = made.credentials()


def sign_in(page: Page, home: str, key: bool) -> None:
    page.goto(home)
    page.locator('input[autocomplete="username"]').fill(WHO, timeout=LONG)
    page.locator('input[autocomplete="current-password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    if key:
        page.get_by_role("button", name="安全密钥").click(timeout=LONG)
    expect(page.locator(".who b")).to_have_text("钱曦", timeout=LONG)


def factors_of(page: Page, home: str) -> Locator:
    page.goto(f"{home}/#/account")
    found = page.locator('[data-part="factors"]')
    expect(found).to_be_visible(timeout=LONG)
    return found


def age_proof(site: Any) -> None:
    site.act(lambda p: p.tx.conn.execute("update network.session set proven_at = now() - interval '1 hour'"))


def events(site: Any) -> list[str]:
    with site.system.database.transaction() as tx:
        return [e.event for e in list_entries(tx, world.Play(tx).who(WHO).id)]


def test_a_key_is_registered(page: Page, site: Any, home: str, kept: dict[str, Any]) -> None:
    sign_in(page, home, key=False)
    key = Key(page)
    factors = factors_of(page, home)
    factors.locator('[data-add="key"]').click()
    factors.locator('input[name="password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(factors.locator("[data-recovery] li")).to_have_count(10, timeout=LONG)
    expect(factors.locator('[data-factor="webauthn"]')).to_be_visible()
    assert axe(page) == []
    shot(page, "desk-account-key")
    (kept["credential"],) = key.credentials()
    assert "factor.added" in events(site)


@pytest.mark.usefixtures("key")
def test_signing_in_asks_for_it(page: Page, home: str, kept: dict[str, Any]) -> None:
    kept["old"] = kept["credential"]
    sign_in(page, home, key=True)
    factors = factors_of(page, home)
    expect(factors.locator(".chip.good")).to_be_visible()


@pytest.mark.parametrize("what", ["another", "a copy"])
def test_another_key_and_a_copy_are_not_taken(page: Page, home: str, kept: dict[str, Any], what: str) -> None:
    other = Key(page)
    if what == "a copy":  # which counts its uses from where it was made
        other.take(kept["old"])
    page.goto(home)
    page.locator('input[autocomplete="username"]').fill(WHO, timeout=LONG)
    page.locator('input[autocomplete="current-password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="安全密钥").click(timeout=LONG)
    expect(page.get_by_role("alert")).to_be_visible(timeout=LONG)
    expect(page.locator(".who b")).to_have_count(0)


@pytest.mark.usefixtures("key")
def test_the_reference_editor_asks_who_one_is_and_goes_on(page: Page, site: Any, home: str, tmp_path: Any) -> None:
    sign_in(page, home, key=True)
    page.goto(f"{home}/#/reference/people")
    page.locator('[data-page="reference"] [data-row]').first.wait_for()
    age_proof(site)
    # a single act
    page.locator('[data-open="addPerson"]').click()
    box = page.locator("dialog[open]")
    box.get_by_label("名称", exact=True).fill("钥匙人")
    box.get_by_label("账号").fill("yao.shi")
    page.keyboard.press("Enter")
    expect(box.locator("[data-prove] input")).to_be_focused(timeout=LONG)
    expect(box.locator(".go")).to_be_disabled()
    assert axe(page) == []
    shot(page, "desk-reference-prove-zh")
    box.locator("[data-prove] input").fill("000000")
    page.keyboard.press("Enter")  # what is wrong is said, and nothing is lost
    expect(box.locator("[data-prove] [role=alert]")).to_be_visible(timeout=LONG)
    expect(box.get_by_label("账号")).to_have_value("yao.shi")
    box.locator("[data-prove]").get_by_role("button", name="安全密钥").click()
    expect(box).to_have_count(0, timeout=LONG)
    with site.system.database.transaction() as tx:
        assert tx.conn.execute("select count(*) from network.person where login = 'yao.shi'").fetchone() == (1,)
    # and a file, at its try and at its import
    age_proof(site)
    file = tmp_path / "p.csv"
    file.write_text("账号,姓名,岗位,单位\nyao.shi,钥匙人,派遣员,310101019\n", "utf-8")
    page.locator('[data-open="import"]').click()
    box.locator("input[type=file]").set_input_files(str(file))
    box.locator('[data-step="try"]').click()
    box.locator("[data-prove]").get_by_role("button", name="安全密钥").click(timeout=LONG)
    expect(box.locator('[data-step="bring"]')).to_be_visible(timeout=LONG)
    age_proof(site)
    box.locator('[data-step="bring"]').click()
    box.locator("[data-prove]").get_by_role("button", name="安全密钥").click(timeout=LONG)
    expect(box.locator('[data-step="done"]')).to_be_visible(timeout=LONG)
    expect(box.locator('[data-outcome="added"]')).to_contain_text("1")


@pytest.mark.usefixtures("key")
def test_the_last_factor_is_taken_away_when_it_was_shown(page: Page, site: Any, home: str) -> None:
    sign_in(page, home, key=True)
    factors = factors_of(page, home)
    age_proof(site)
    factors.locator('[data-factor="webauthn"]').get_by_role("button").click()
    shot(page, "desk-account-key-remove")
    factors.locator("[data-sure] .first").click()
    factors.locator("[data-prove]").get_by_role("button", name="安全密钥").click(timeout=LONG)
    expect(factors.locator('[data-factor="webauthn"]')).to_have_count(0, timeout=LONG)
    expect(factors.locator('[data-factor="recovery"]')).to_have_count(0)  # with the last one the recovery codes go
    assert axe(page) == []
    shot(page, "desk-account-none")
    assert events(site)[-1] == "factor.removed"
    with site.system.database.transaction() as tx:
        left = "select (select count(*) from network.factor where person_id = %(id)s) + (select count(*) from network.recovery_code where person_id = %(id)s)"
        assert tx.conn.execute(left, {"id": world.Play(tx).who(WHO).id}).fetchone() == (0,)
    page.locator(".who").click()
    page.locator(".leave.last").click()
    sign_in(page, home, key=False)  # by the password alone, as before
