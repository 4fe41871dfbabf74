"""风险管控 on the desk: today's walks and what was missed, the trend beside last year's, where it was, and how people did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import HAN, axe, shot
from browser.phone import item, phone, rows, shoot, start
from yiwang.cases.queries import get_case
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.register import actions, actions_checkin
from yiwang.register.model import AddThing, thing_id
from yiwang.register.model_owed import BindTag, TagKind
from yiwang.scenes.patrol import demo
from yiwang.scenes.patrol.model import UNFIT
from yiwang.scenes.patrol.scene import SCENE

pytestmark = pytest.mark.browser
LONG = 60_000
NOBODY = demo.ROUTES[0][0]
ROUTE = "梦花街新巡"
CODES = ("DW-9100001", "DW-9100002", "DW-9100003")
TAP = "/tap?uid=04DE5F1EACC040&ctr=00003D&mac=94EED9EE65337086"
"""What NXP's own example chip wrote at its 61st tap (AN12196, key of zeros)."""
QR = "/tap?uid=04A1000000000A"


# ── a route, from the desk to the phone and back ──────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def points(site: Site) -> None:
    """Three points without a route: an extinguisher whose tag signs, two with plain tags."""

    def enter(p: world.Play) -> None:
        zhang, (lon, lat) = p.who("zhang.min"), world.SPOT
        for n, (code, equipment) in enumerate(zip(CODES, ("灭火器", "治安巡更点", "视频监控"), strict=True)):
            cmd = AddThing("patrol_point", code, f"新巡{equipment}", lon + n * 3e-4, lat + n % 2 * 2e-4, address="梦花街", attributes={"equipment": equipment})  # fmt: skip
            actions.add_thing(p.tx, zhang, cmd)
        sun = BindTag(thing_id("patrol_point", CODES[0]), new_id(), "04DE5F1EACC040", TagKind.sun, "0" * 32)
        plain = BindTag(thing_id("patrol_point", CODES[1]), new_id(), "04A1000000000A", TagKind.qr)
        for tag in (sun, plain):
            actions_checkin.bind_tag(p.tx, zhang, tag)

    site.act(enter)


def test_a_route_from_its_plan_to_the_case_that_was_closed(
    browser: Browser, site: Site, points: None, desk: Callable[..., Page]
) -> None:
    page = desk("zhang.min", "#/scenes/patrol?part=routes", ready="[data-routes]")
    expect(page.locator("[data-no-routes]")).to_contain_text("先选点位，排一条路线", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-routes-none")
    plan(page, site)
    walk(browser, site)
    rectified(site)
    page = desk("tang.yi", "#/scenes/patrol", ready="[data-patrol] [data-shifts]")
    row = page.locator(f"[data-shift='{ROUTE}']")
    expect(row).to_contain_text("已结束 · 王磊", timeout=LONG)
    expect(row).to_contain_text("2 / 2")
    wang = page.locator("[data-assessed] tr[data-name='王磊']")
    expect(wang).to_contain_text("结 1 / 1", timeout=LONG)
    for column, said in enumerate(("1 / 1", "2 / 2", "100%", "0")):
        expect(wang.locator("td").nth(column)).to_have_text(said)
    stopped(desk("zhang.min", "#/scenes/patrol?part=routes", ready="[data-routes]"))


def plan(page: Page, site: Site) -> None:
    """By keyboard and mouse; what is wrong is said where it is."""
    page.locator("[data-new]").click()
    form = page.locator("[data-route-form]")
    page.locator("[data-day='1']").focus()
    for day in range(1, 6):
        page.locator(f"[data-day='{day}']").uncheck()
    form.locator("[data-save]").click()
    expect(form.get_by_text("请填写路线名称")).to_be_visible()
    expect(form.get_by_text("至少选一天")).to_be_visible()
    expect(form.get_by_text("至少选一个点位")).to_be_visible()
    expect(form.locator("[data-field='name']")).to_be_focused()
    assert axe(page) == []
    shot(page, "desk-route-wrong")
    page.keyboard.type(ROUTE)
    for day in range(1, 8):
        page.locator(f"[data-day='{day}']").check()
    form.locator("[data-field='unit']").select_option(world.STREET)
    form.locator("[data-walker='王磊']").check()
    form.locator("[data-field='begins']").fill("09:00")
    form.locator("[data-field='ends']").fill("09:00")
    form.locator("[data-find]").fill("新巡")
    for code in reversed(CODES):
        page.locator(f"[data-add='{code}']").click()
    form.locator("[data-save]").click()
    expect(form.locator(".line.bad:has([data-field='ends'])")).to_contain_text("起止时间不能相同", timeout=LONG)
    begins, ends = _hours(site)
    form.locator("[data-field='begins']").fill(begins)
    form.locator("[data-field='ends']").fill(ends)
    page.locator(f"[data-point='{CODES[0]}'] [data-up]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.locator(f"[data-point='{CODES[2]}'] [data-drop]").click()
    stops = form.locator("[data-points] li")
    expect(stops).to_have_count(2)
    expect(stops.first).to_have_attribute("data-point", CODES[0])
    form.locator("[data-save]").click()
    expect(page.locator("[data-said]")).to_contain_text("已保存", timeout=LONG)
    expect(page.locator(f"[data-list='walked'] [data-route='{ROUTE}']")).to_have_attribute("aria-pressed", "true")
    form.locator("[data-find]").fill("")
    expect(page.locator("[data-route-map]")).to_have_attribute("data-state", "ready", timeout=LONG)
    expect(page.locator("[data-route-map] .turn")).to_have_count(2)
    page.wait_for_selector("[data-route-map] [data-drawn]", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-route")


def _hours(site: Site) -> tuple[str, str]:
    """From a while ago to a while ahead, where the street is."""
    local = site.act(lambda p: p.tx.now).astimezone(ZoneInfo("Asia/Shanghai"))
    begins = max(local - timedelta(minutes=20), local.replace(hour=0, minute=0))
    ends = local + timedelta(minutes=120)
    return f"{begins:%H:%M}", f"{ends:%H:%M}"


def walk(browser: Browser, site: Site) -> None:
    """On 王磊's phone: begun, a signed tap that finds a damaged extinguisher, a code scanned, ended."""
    with phone(browser, site) as context:
        page = start(context, site, "/patrol")
        mine = page.locator(".walk", has_text=ROUTE).first  # tomorrow's stands below
        mine.locator("[data-begin]").click(timeout=LONG)
        expect(mine).to_contain_text("巡查中", timeout=LONG)
        page.goto("about:blank")
        page.goto(f"{site.url}/field/#{TAP}")
        page.locator("[data-act='check-in']").click(timeout=LONG)
        sheet = page.locator("dialog[open]")
        for answer in ("在位", "红区（不足）", "有效期内"):
            sheet.get_by_label(answer, exact=True).check()
        for field in ("seal", "body"):
            sheet.locator(f"[data-field='{field}']").get_by_label("完好", exact=True).check()
        shoot(page, "现场照片", 320)
        sheet.locator("[data-submit]").click()
        expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)
        page.goto("about:blank")
        page.goto(f"{site.url}/field/#{QR}")
        page.locator("[data-act='check-in']").click(timeout=LONG)
        page.locator("dialog[open]").get_by_label("在位", exact=True).check()
        page.locator("dialog[open] [data-submit]").click()
        expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)
        page.evaluate("location.hash = '/outbox'")
        for nth in (0, 1):
            expect(item(page, "check-in", nth)).to_have_attribute("data-state", "received", timeout=LONG)
        page.evaluate("location.hash = '/patrol'")
        expect(mine).to_contain_text("已巡 2 / 2", timeout=LONG)
        shot(page, "field-patrol-done")
        mine.locator("[data-end]").click()
        expect(mine).to_contain_text("已结束", timeout=LONG)
        page.evaluate("location.hash = '/outbox'")
        expect(item(page, "end-shift")).to_have_attribute("data-state", "received", timeout=LONG)
        assert page.faults == []  # type: ignore[attr-defined]
    made = rows(site, "select how, damaged from register.checkin where thing_id = any(%(ids)s) order by at", ids=[thing_id("patrol_point", c) for c in CODES])  # fmt: skip
    assert [tuple(r) for r in made] == [("signed", True), ("qr", False)]


def rectified(site: Site) -> None:
    """The extinguisher's case: by its condition, with its limit; rectified, checked by somebody else, closed. The walk's time is over."""
    sql = (
        "select k.case_id, n.text, c.due_at is not null from register.thing_case k join cases.case c on c.id = k.case_id"
        " join city.condition n on n.id = c.condition_id where k.thing_id = %(id)s"
    )
    [(id, text, limited)] = rows(site, sql, id=thing_id("patrol_point", CODES[0]))
    assert (text, limited) == (UNFIT, True)

    def go_on(p: world.Play) -> None:
        case = get_case(p.tx, EVERYTHING, id)
        for order in sorted(p.orders(case), key=lambda o: o.turn):
            handlers = "select login from network.person p join network.post h on h.person_id = p.id where h.unit_id = %s and h.kind = 'handler'"
            [by] = p.tx.conn.execute(handlers, [order.unit_id]).fetchone() or ("",)
            case = p.finish(p.take(case, by), by)
        assert p.close(p.verify(case, by="zhao.xin")).step == "closed"

    site.act(go_on)
    site.act(lambda p: p.tx.conn.execute("update patrol.shift set ends_at = now() where person_id is not null"))


def stopped(page: Page) -> None:
    """Nobody walks it any more; it can be taken up again."""
    page.locator(f"[data-route='{ROUTE}']").click(timeout=LONG)
    page.locator("[data-retire]").click()
    expect(page.get_by_text("停用后不再排班")).to_be_visible()
    page.locator("[data-retire]").click()
    expect(page.locator(f"[data-list='stopped'] [data-route='{ROUTE}']")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-route-form] [data-field='name']")).to_be_disabled()
    page.locator("[data-resume]").click()
    expect(page.locator(f"[data-list='walked'] [data-route='{ROUTE}']")).to_be_visible(timeout=LONG)


# ── the demonstration's patrols ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def street(site: Any) -> None:
    """The demonstration's patrols; the first walk of the day, which nobody took, is over since an hour."""

    def enter(p: world.Play) -> None:
        enter_scenes(Stage(p.tx, site.system.store, site.system.settings.timezone), [SCENE])
        sql = (
            "update patrol.shift set starts_at = %s, ends_at = %s, day = %s, person_id = null, begun_at = null, ended_at = null where id ="
            " (select s.id from patrol.shift s join patrol.route r on r.id = s.route_id where r.name = %s order by s.day desc limit 1)"
        )
        day = p.tx.conn.execute("select (now() at time zone 'Asia/Shanghai')::date").fetchone()
        assert day
        p.tx.conn.execute("delete from patrol.shift s using patrol.route r where r.id = s.route_id and r.name = %s and s.day > %s", [NOBODY, day[0]])  # fmt: skip
        p.tx.conn.execute(sql, [p.tx.now - timedelta(hours=3), p.tx.now - timedelta(hours=1), day[0], NOBODY])

    site.act(enter)


@pytest.fixture
def patrol(desk: Callable[..., Page], street: None) -> Callable[..., Page]:
    return lambda login="tang.yi": desk(login, "#/scenes/patrol", ready="[data-patrol] [data-shifts]")


def test_what_was_missed_is_seen_point_by_point_and_leads_to_its_file(patrol: Any) -> None:
    page = patrol()
    missed = page.locator(f"[data-shift='{NOBODY}']")
    expect(missed).to_contain_text("无人巡查", timeout=LONG)
    expect(missed).to_contain_text("漏 ")
    for name, *_ in demo.ROUTES:
        expect(page.locator(f"[data-shift='{name}']")).to_have_count(1)
    expect(page.locator("[data-figure='missed'] b")).not_to_have_text("0")
    missed.locator("button").click()
    stops = missed.locator("[data-stops] li")
    expect(stops.first).to_contain_text("漏巡", timeout=LONG)
    expect(page.locator("[data-chart] rect").first).to_be_visible(timeout=LONG)
    expect(page.locator("[data-heat] path").first).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-patrol")
    stops.first.locator("a").click()
    expect(page.locator("[data-file]")).to_contain_text("DW-", timeout=LONG)


def test_the_quarter_is_compared_for_what_is_chosen(patrol: Any) -> None:
    page = patrol()
    tile = page.locator("[data-compared='damaged']")
    expect(tile).to_contain_text("同比", timeout=LONG)
    tile.click()
    expect(page.locator("[data-chart]")).to_have_attribute("aria-label", "逐月发现损坏，横线为上年同月")
    whole = page.locator("[data-compared='checks'] b").inner_text()
    page.get_by_label("设备或场所").select_option("灭火器")
    expect(page.locator("[data-compared='checks'] b")).not_to_have_text(whole, timeout=LONG)
    with page.expect_download() as kept:
        page.locator("[data-series]").click()
    told = Path(kept.value.path()).read_text("utf-8-sig").splitlines()
    assert told[0].startswith("月份 month") and len(told) > 100 and all(",灭火器," in line for line in told[1:])
    page.locator("[data-compared='missed']").click()
    expect(page.locator("[data-worst] li").first).to_be_visible(timeout=LONG)


def test_who_judges_sees_everybody_and_others_themselves(patrol: Any) -> None:
    page = patrol()
    row = page.locator("[data-assessed] tr[data-name='王磊']")
    expect(row).to_be_visible(timeout=LONG)
    page.locator("[data-by='unit']").click()
    expect(page.locator("[data-assessed] tr[data-name='老西门街道']")).to_be_visible(timeout=LONG)
    with page.expect_download() as kept:
        page.get_by_role("link", name="导出 XLSX").click()
    assert kept.value.suggested_filename.startswith("patrol-unit-")
    page = patrol("zhang.min")
    expect(page.locator("[data-no-assessed]")).to_be_visible(timeout=LONG)


def test_in_english_too(patrol: Any) -> None:
    page = patrol()
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("[data-patrol]")).to_contain_text("Walks today", timeout=LONG)
    expect(page.locator("[data-assessed] tr[data-name]").first).to_be_visible(timeout=LONG)
    expect(page.locator(".trend option[value='灭火器']")).not_to_have_text(HAN)
    heads = page.locator("[data-patrol] h3, [data-patrol] thead th, .tiles, .say, .key").all_inner_texts()
    assert not HAN.search(" ".join(heads)), heads
    assert axe(page) == []
    shot(page, "desk-patrol-en")
    page = patrol("zhang.min")
    page.locator("[data-to-routes]").click()
    page.locator(f"[data-route='{demo.ROUTES[1][0]}']").click(timeout=LONG)
    expect(page.locator("[data-points] li").first).to_be_visible(timeout=LONG)
    page.wait_for_selector("[data-route-map] [data-drawn]", timeout=LONG)
    words = page.locator("[data-routes] h3, .list header, .map .say, legend, .line > small, footer").all_text_contents()
    assert not HAN.search(" ".join(words)), words
    assert axe(page) == []
    shot(page, "desk-routes-en")
