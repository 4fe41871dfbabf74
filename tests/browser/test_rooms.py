"""A business district's room on the desk: one asks another with @, the receipt comes by itself, an order comes out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import world
from browser.conftest import SIZE, Site
from browser.looking import HAN, axe, heed, shot
from yiwang.kit.ids import named_id, new_id
from yiwang.network.model import PostKind
from yiwang.rooms import actions, actions_talk, queries
from yiwang.rooms.model import OpenRoom, SayInRoom, Seat

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
STREET = "310101019"
ROOM = named_id("room:老西门商圈")


def talk(play: world.Play) -> None:
    """A room in which something was said a while ago, one @ of it long overdue."""
    at = play.tx.now
    play.tx.now = at - timedelta(hours=26)
    codes = ("shichang", "paichusuo", "chengguan")
    seats = [Seat(world.unit(f"{STREET}-{code}"), PostKind.handler) for code in codes]
    seats.append(Seat(world.unit(f"{STREET}-wuye"), PostKind.handler, play.who("peng.liang").id))
    actions.open_room(play.tx, play.who("chen.jie"), OpenRoom(ROOM, "老西门商圈", world.unit(STREET), tuple(seats)))
    members = {m.unit_id: m.id for m in queries.get_room(play.tx, play.who("chen.jie"), ROOM).members}
    market = members[world.unit(f"{STREET}-shichang")]
    words = "商场北门早餐摊的油烟又冒出来了，顾客有投诉，请市场监管所看一下。"
    photo = play.photo("peng.liang", world.PhotoKind.near).sha256
    cmd = SayInRoom(ROOM, new_id(), words, photos=(photo,), mentions=(market,), minutes=240)
    actions_talk.say_in_room(play.tx, play.who("peng.liang"), cmd)
    play.tx.now = at - timedelta(minutes=40)
    cmd = SayInRoom(ROOM, new_id(), "收到，已安排人员，下午到场检查。")
    actions_talk.say_in_room(play.tx, play.who("bai.ting"), cmd)
    play.tx.now = at


@pytest.fixture(scope="module")
def room(site: Site) -> UUID:
    site.act(talk)
    return ROOM


class Person:
    """Somebody at a desk of their own."""

    def __init__(self, context: BrowserContext, site: Site, login: str) -> None:
        self.context, self.url = context, site.url
        site.sign_in(context, login)
        self.page = context.new_page()
        self.faults = heed(self.page)

    def enter(self, room: UUID, lang: str = "zh") -> Page:
        self.page.goto(f"{self.url}/?lang={lang}#/rooms/{room}")
        expect(self.page.locator("[data-message]").first).to_be_visible(timeout=20_000)
        return self.page


@pytest.fixture
def people(browser: Browser, site: Site) -> Iterator[list[Person]]:
    made: list[Person] = []
    for login in ("chen.jie", "bai.ting"):
        context = browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
        made.append(Person(context, site, login))
    yield made
    for one in made:
        assert one.faults == []
        one.context.close()


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def test_one_asks_another_and_the_receipt_comes_by_itself(site: Site, room: UUID, people: list[Person]) -> None:
    chen, bai = people
    desk = chen.enter(room)
    expect(desk.locator('[data-state="overdue"]')).to_have_count(1)
    expect(desk.locator('[data-state="overdue"]')).to_contain_text("超时")
    field = desk.get_by_role("textbox", name="消息")
    field.click()
    field.press_sequentially("请 @市场")
    expect(desk.get_by_role("option")).to_have_count(1)
    shot(desk, "desk-rooms-at")
    field.press("Enter")
    field.press_sequentially("今天 17 点前回个结果")
    expect(desk.locator(".asked .chip")).to_contain_text("市场监督管理所")
    desk.locator("[data-term]").select_option("h4")
    field.press("Enter")
    said = desk.locator("[data-message]").last
    expect(said).to_contain_text("17 点前回个结果")
    at = said.locator("[data-mention]")
    expect(at).to_have_attribute("data-read", "no")
    expect(at).to_contain_text("剩 3时59分")

    other = bai.enter(room)
    expect(other.locator("[data-message]").last).to_contain_text("17 点前回个结果")
    expect(other.locator("[data-message]").last.get_by_text("@我")).to_be_visible()
    expect(at).to_have_attribute("data-read", "yes", timeout=10_000)
    expect(at).to_contain_text("白婷")
    other.locator("[data-message]").last.locator('[data-act="finish"]').click()
    expect(at).to_have_attribute("data-state", "done", timeout=10_000)
    settled(desk)
    shot(desk, "desk-rooms")


def test_a_message_becomes_a_case(site: Site, room: UUID, people: list[Person]) -> None:
    chen, bai = people
    desk, other = chen.enter(room), bai.enter(room)
    said = desk.locator("[data-message]").first
    said.locator('[data-act="turn"]').click()
    dialog = desk.locator('[data-dialog="turn"]')
    dialog.locator("[data-matter]").fill("油烟")
    dialog.locator(".matters label").first.click()
    dialog.get_by_label("在哪里").fill("文庙路 商场北门")
    shot(desk, "desk-rooms-turn")
    assert (found := axe(desk)) == [], "\n".join(found)
    dialog.locator('[data-act="confirm"]').click()
    expect(said.locator("[data-turned]")).to_contain_text(re.compile(r"已转案件 \d{4}"))
    expect(other.locator("[data-message]").first.locator("[data-turned]")).to_be_visible(timeout=10_000)
    said.locator("[data-turned] a").click()
    expect(desk.locator('[data-panel="case"]')).to_contain_text("文庙路 商场北门", timeout=15_000)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_in_either_language(site: Site, room: UUID, people: list[Person], lang: str) -> None:
    desk = people[0].enter(room, lang)
    desk.locator('[data-act="add-member"]').click()
    assert (found := axe(desk)) == [], "\n".join(found)
    desk.keyboard.press("Tab")
    shot(desk, f"desk-rooms-{lang}")
    if lang == "en":
        said = desk.locator("[data-page=rooms]").inner_text()
        ours = [w for w in said.split("\n") if HAN.search(w) and len(w) > 1]
        kept = [
            "老西门",
            "商场",
            "收到",
            "街道",
            "张敏",
            "陈洁",
            "白婷",
            "彭亮",
            "雷",
            "程",
            "于",
            "市场",
            "派出所",
            "物业",
            "请",
            "17",
            "梁",
            "警",
            "执法",
        ]
        assert [w for w in ours if not any(k in w for k in kept)] == []


def test_without_a_room_the_page_says_what_to_do(site: Site, room: UUID, browser: Browser) -> None:
    context = browser.new_context(viewport=SIZE, locale="zh-CN")
    one = Person(context, site, "wang.lei")
    one.page.goto(f"{site.url}/#/rooms")
    expect(one.page.get_by_text("还没有群")).to_be_visible(timeout=20_000)
    one.page.goto(f"{site.url}/#/rooms/{room}")
    expect(one.page.get_by_role("alert")).to_contain_text("没有这个群")
    shot(one.page, "desk-rooms-none")
    assert axe(one.page) == [] and one.faults == []
    context.close()


def test_a_case_opens_its_room_with_those_who_have_it_in_hand(site: Site, people: list[Person]) -> None:
    case = site.act(lambda play: play.dispatched(place="蓬莱路"))
    chen, bai = people
    desk = chen.page
    desk.goto(site.url)
    desk.locator(f'#cases [data-id="{case.id}"]').click(timeout=20_000)
    button = desk.locator('[data-act="room"]')
    expect(button).to_contain_text("开设案件协同群", timeout=20_000)
    button.click()
    expect(desk.locator(".talk h2")).to_contain_text(case.number, timeout=15_000)
    expect(desk.locator(".members")).to_contain_text("综合行政执法队")
    desk.get_by_role("textbox", name="消息").fill("现场有争执，请派出所到场")
    desk.get_by_role("textbox", name="消息").press("Enter")
    desk.locator("[data-message]").last.locator('[data-act="turn"]').click()
    dialog = desk.locator('[data-dialog="turn"]')
    dialog.get_by_label("单位").fill("派出所")
    dialog.get_by_role("option").first.click()
    shot(desk, "desk-rooms-assist")
    assert (found := axe(desk)) == [], "\n".join(found)
    dialog.locator('[data-act="confirm"]').click()
    expect(desk.locator("[data-turned]")).to_contain_text("已转协办单")
    expect(desk.locator(".members")).to_contain_text("老西门派出所", timeout=10_000)
    bai.page.goto(f"{site.url}/#/rooms")
    expect(bai.page.locator("[data-room]").first).to_be_visible(timeout=20_000)
    expect(bai.page.get_by_text(case.number)).to_have_count(0)


def test_the_same_on_the_phone(site: Site, room: UUID, browser: Browser, people: list[Person]) -> None:
    """What is asked at the desk is read, answered and done on a phone; and asked from there."""
    desk = people[0].enter(room)
    desk.get_by_role("textbox", name="消息").fill("@")
    desk.get_by_role("option").filter(has_text="市场").click()
    desk.get_by_role("textbox", name="消息").press_sequentially("请到北门看一下")
    desk.locator('[data-act="say"]').click()
    said = desk.locator("[data-message]").last
    expect(said).to_contain_text("请到北门看一下")
    context = browser.new_context(
        viewport=PHONE, locale="zh-CN", reduced_motion="reduce", has_touch=True, service_workers="block"
    )
    bai = Person(context, site, "bai.ting")
    phone = bai.page
    phone.goto(f"{site.url}/field/#/messages")
    phone.locator('[data-to="rooms"]').click(timeout=20_000)
    row = phone.locator(f'[data-room="{room}"]')
    expect(row).to_contain_text("@我", timeout=20_000)
    shot(phone, "field-rooms-list")
    assert (found := axe(phone)) == [], "\n".join(found)
    row.click()
    last = phone.locator("[data-message]").last
    expect(last).to_contain_text("请到北门看一下")
    expect(said.locator("[data-mention]")).to_have_attribute("data-read", "yes", timeout=15_000)
    shot(phone, "field-rooms")
    assert (found := axe(phone)) == [], "\n".join(found)
    small = phone.evaluate(
        "() => [...document.querySelectorAll('main button, main textarea')].filter(e => e.offsetParent && !e.closest('.photos')"
        " && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []
    last.locator('[data-act="finish"]').click()
    expect(said.locator("[data-mention]")).to_have_attribute("data-state", "done", timeout=15_000)
    phone.locator('[data-act="ask"]').click()
    phone.get_by_label("彭亮").check()
    shot(phone, "field-rooms-ask")
    assert (found := axe(phone)) == [], "\n".join(found)
    phone.get_by_role("dialog").get_by_role("button", name="点名").click()
    phone.get_by_role("textbox", name="消息").fill("已看过，请物业当场整改")
    phone.locator('[data-act="say"]').click()
    expect(desk.locator("[data-message]").last).to_contain_text("已看过，请物业当场整改", timeout=15_000)
    expect(desk.locator("[data-message]").last.locator("[data-mention]")).to_contain_text("彭亮")
    phone.goto(f"{site.url}/field/?lang=en#/rooms/{room}")
    expect(phone.locator("[data-message]").first).to_be_visible(timeout=20_000)
    assert (found := axe(phone)) == [], "\n".join(found)
    shot(phone, "field-rooms-en")
    assert bai.faults == []
    context.close()
