"""Things on the phone: a tag tapped without a network, a check-in with damage, a step, something new found on patrol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import item, phone, rows, shoot, show_code, start, until
from yiwang.kit.ids import new_id
from yiwang.register import actions, actions_checkin, rules
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import BindTag, TagKind

pytestmark = pytest.mark.browser
LONG = 60_000
FIRM = f"{world.STREET}-wuye"
CODE = "梯11沪D00001(20)"
LIFT = thing_id("elevator", CODE)
TAP = "/tap?uid=04DE5F1EACC040&ctr=00003D&mac=94EED9EE65337086"
"""What NXP's own example chip wrote at its 61st tap (AN12196, key of zeros)."""
ATTRIBUTES: dict[str, Any] = {
    "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2003-03-01", "in_use_since": "2003-05-01", "floors": 18, "stops": 18,
    "load_kg": 800, "speed_m_s": 1.75,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    doors: Annotated[
        Literal["正常", "异常"], Meta(title="门系统", description="Doors", extra={"en": ("normal", "faulty")})
    ]
    noise_db: Annotated[int, Meta(title="噪声", description="Noise", ge=20, le=120, extra={"unit": "dB"})] | None = None
    notice: Annotated[bool, Meta(title="张贴有检验标志", description="Inspection mark is shown")] = False


@pytest.fixture(scope="module")
def lift(site: Site) -> Iterator[None]:
    """A lift with a signing tag, soon due, whose kind asks something at a check-in."""
    before = list(rules.kinds().values())
    rules.know([replace(k, check={"": Look}, check_by=None) if k.name == "elevator" else k for k in before])

    def enter(p: world.Play) -> None:
        attributes = {**ATTRIBUTES, "maintained_on": p.tx.now.date() - timedelta(days=13)}
        parties = (PartyOf(Role.maintainer, FIRM), PartyOf(Role.keeper, FIRM))
        actions.add_thing(p.tx, p.who("zhang.min"), AddThing("elevator", CODE, "丁座 1 号梯", *world.SPOT, address="文庙路 120 号", attributes=attributes, parties=parties))  # fmt: skip
        tag = BindTag(LIFT, new_id(), "04DE5F1EACC040", TagKind.sun, "0" * 32)
        actions_checkin.bind_tag(p.tx, p.who("zhang.min"), tag)

    site.act(enter)
    yield
    rules.know(before)


def hop(page: Page, path: str) -> None:
    page.evaluate("path => location.hash = path", path)


def kept(page: Page, key: str) -> None:
    until(
        page,
        f"""new Promise(done => {{ const o = indexedDB.open('yiwang-field'); o.onsuccess = () => {{
      const all = o.result.transaction('kept').objectStore('kept').getAllKeys()
      all.onsuccess = () => {{ o.result.close(); done(all.result.includes('{key}')) }} }} }})""",
    )


def test_a_tap_without_a_network_a_check_in_with_damage_and_its_case(
    browser: Browser, site: Site, lift: None, desk: Callable[..., Page]
) -> None:
    with phone(browser, site) as context:
        page = start(context, site)
        page.locator("[data-things]").click()
        expect(page.locator(f"[data-thing='{LIFT}']")).to_be_visible(timeout=LONG)
        expect(page.locator(f"[data-thing='{LIFT}']")).to_contain_text("将到期")
        kept(page, f"thing:{LIFT}")
        assert axe(page) == []
        shot(page, "field-things")

        context.set_offline(True)
        page.goto("about:blank")
        page.goto(f"{site.url}/field/#{TAP}")
        expect(page.get_by_role("heading", name="丁座 1 号梯")).to_be_visible(timeout=LONG)
        expect(page.locator(".tapped")).to_be_visible()
        assert axe(page) == []
        shot(page, "field-thing")
        page.locator("[data-act='check-in']").click()
        sheet = page.locator("dialog[open]")
        asked = sheet.locator("[data-evidence] [data-rule='elevator-maintenance']")
        expect(asked.locator("[data-proof='tap']")).to_contain_text("✓")
        expect(asked.locator(".short")).to_contain_text("还缺检查表")
        sheet.locator("[data-submit]").click()
        expect(sheet.locator("[data-field='doors'] .wrong")).to_contain_text("请填写门系统")
        sheet.get_by_label("异常", exact=True).check()
        expect(asked.locator(".short")).to_have_count(0)
        sheet.locator("[data-field='noise_db'] input").fill("300")
        sheet.locator("[data-damaged]").check()
        shoot(page, "现场照片", 300)
        sheet.get_by_label("说明").fill("三楼层门关不严")
        sheet.locator("[data-submit]").click()
        expect(sheet.locator("[data-field='noise_db'] .wrong")).to_have_text("20 至 120")
        sheet.locator("[data-field='noise_db'] input").fill("62")
        assert axe(page) == []
        shot(page, "field-check-in")
        sheet.locator("[data-submit]").click()
        expect(page.locator(".queued")).to_contain_text("待上传")
        assert rows(site, "select count(*) from register.checkin where thing_id = %(id)s", id=LIFT)[0][0] == 0

        page.reload()  # the telephone goes out and comes on again
        expect(page.locator(".queued")).to_contain_text("待上传", timeout=LONG)
        context.set_offline(False)
        hop(page, "/outbox")
        expect(item(page, "check-in")).to_have_attribute("data-state", "received", timeout=LONG)
        made = rows(site, "select id::text, how, damaged, form, array_length(photos, 1), doubts from register.checkin where thing_id = %(id)s", id=LIFT)  # fmt: skip
        assert [(how, damaged, photos) for _, how, damaged, _, photos, _ in made] == [("signed", True, 1)]
        assert made[0][3]["doors"] == "异常" and made[0][3]["noise_db"] == 62 and made[0][3]["note"] == "三楼层门关不严"
        number = made[0][0][-8:].upper()
        expect(item(page, "check-in")).to_contain_text(f"编号 {number}")
        shot(page, "field-check-in-sent")
        assert page.faults == []  # type: ignore[attr-defined]
    page = desk("zhang.min", f"#/things?kind=elevator&thing={LIFT}", ready=".who")
    file = page.locator("[data-file]")
    expect(file.locator("[data-visit]")).to_contain_text("三楼层门关不严", timeout=LONG)
    expect(file.locator("[data-visit]")).to_contain_text("门系统：异常")
    expect(file.locator("[data-visit]")).to_contain_text(number)
    file.locator("[data-case]").click()
    expect(page.locator("[data-panel='case']")).to_be_visible(timeout=LONG)


def test_a_step_and_something_new_found_on_patrol(browser: Browser, site: Site, lift: None) -> None:
    with phone(browser, site, "zhang.min") as context:
        page = start(context, site, f"/things/{LIFT}")
        page.locator("[data-more]").click(timeout=LONG)
        page.locator("dialog [data-step='stop']").click()
        sheet = page.locator("dialog[open]")
        sheet.get_by_label("故障", exact=True).check()
        sheet.locator("[data-submit]").click()
        expect(page.locator(".head .chip")).to_have_text("停用", timeout=LONG)
        assert rows(site, "select state from register.thing where id = %(id)s", id=LIFT)[0][0] == "stopped"

        hop(page, "/things/new")
        page.locator("select[data-field='kind']").select_option("elevator")
        page.locator("input[data-field='code']").fill("梯11沪D00009(24)")
        page.locator("input[data-field='name']").fill("新装梯")
        for name, value in ATTRIBUTES.items():
            field = page.locator(f"[data-field='{name}']")
            if field.locator("select").count():
                field.locator("select").select_option(value)
            elif field.locator("input[type=radio]").count():
                field.get_by_label(value, exact=True).check()
            else:
                field.locator("input").fill(str(value))
        context.set_offline(True)
        shoot(page, "现场照片", 310)
        assert axe(page) == []
        shot(page, "field-thing-add")
        page.locator("[data-submit]").click()
        expect(item(page, "add-thing")).to_have_attribute("data-state", "waiting", timeout=LONG)
        context.set_offline(False)
        for act in ("add-thing", "document"):
            expect(item(page, act)).to_have_attribute("data-state", "received", timeout=LONG)
        expect(item(page, "add-thing")).to_contain_text("编号 梯11沪D00009(24)")
        found = rows(site, "select t.name, count(d.id) from register.thing t left join register.document d on d.thing_id = t.id where t.id = %(id)s group by t.name", id=thing_id("elevator", "梯11沪D00009(24)"))  # fmt: skip
        assert [tuple(r) for r in found] == [("新装梯", 1)]
        assert page.faults == []  # type: ignore[attr-defined]


NFC = """window.NDEFReader = class extends EventTarget {
  async scan() { window.hold = (serial, url) => { const e = new Event('reading'); e.serialNumber = serial
    e.message = { records: url ? [{ recordType: 'url', data: new DataView(new TextEncoder().encode(url).buffer) }] : [] }
    this.dispatchEvent(e) } }
}"""


def test_a_tag_is_held_to_the_phone_and_an_unknown_one_says_so(browser: Browser, site: Site, lift: None) -> None:
    with phone(browser, site) as context:
        context.add_init_script(NFC)
        page = start(context, site, "/things")
        page.locator("[data-read='nfc']").click(timeout=LONG)
        expect(page.get_by_text("贴近标签")).to_be_visible()
        until(page, "typeof window.hold === 'function'")
        page.evaluate("hold('04:00:11:22:33:44:55', '')")
        expect(page.locator(".acts .fault")).to_contain_text("没有登记过")
        page.locator("[data-read='nfc']").click()
        page.evaluate("hold('04:de:5f:1e:ac:c0:40', '')")
        expect(page.get_by_role("heading", name="丁座 1 号梯")).to_be_visible(timeout=LONG)
        expect(page.locator(".tapped")).to_be_visible()


def test_a_code_is_read_by_the_camera(browser: Browser, site: Site, lift: None) -> None:
    tag = BindTag(LIFT, new_id(), "31010101001000021", TagKind.qr)
    site.act(lambda p: actions_checkin.bind_tag(p.tx, p.who("zhang.min"), tag))
    with phone(browser, site) as context:
        page = start(context, site, "/things")
        show_code(page)
        page.locator("[data-read='qr']").click()
        expect(page.get_by_role("heading", name="丁座 1 号梯")).to_be_visible(timeout=LONG)
        expect(page.locator(".tapped")).to_be_visible()


def test_in_english_and_large_type(browser: Browser, site: Site, lift: None) -> None:
    with phone(browser, site, "zhang.min") as context:
        page = start(context, site)
        page.evaluate("localStorage.setItem('yiwang.locale', 'en')")
        for size in ("normal", "largest"):
            page.evaluate("size => localStorage.setItem('yiwang.field.size', size)", size)
            for path in ("/things", f"/things/{LIFT}", "/things/new"):
                hop(page, path)
                page.reload()
                page.wait_for_selector("main[data-page]")
                page.wait_for_timeout(500)
                said = page.locator("h1, h3, .btn, .orders button, .field-line").all_inner_texts()
                assert not [
                    s for s in said if HAN.search(s.replace("梯11沪", "").replace("(20)", "")) and "梯11沪" not in s
                ], said
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                assert axe(page) == [], path
                name = path.replace(str(LIFT), "one").replace("/", "-")
                shot(page, f"field{name}-en{'-200' if size == 'largest' else ''}")
        page.evaluate("localStorage.setItem('yiwang.field.size', 'normal')")
        hop(page, f"/things/{LIFT}")
        page.reload()
        page.locator("[data-act='check-in']").click(timeout=LONG)
        sheet = page.locator("dialog[open]")
        expect(sheet).to_contain_text("Something is damaged")
        expect(sheet.get_by_label("Faulty", exact=True)).to_be_attached()
        expect(sheet.locator("[data-evidence]")).to_contain_text("Missing: tag read")
        assert axe(page) == []
        shot(page, "field-check-in-en")
