"""The phone of those who check, handle and verify: their day, without a network too, and what happened meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import axe, shot
from browser.phone import item, phone, rows, sent, shoot, start, until
from yiwang.cases import actions_file, actions_merge
from yiwang.cases.model import Case, PhotoKind
from yiwang.cases.model_commands import AskCheck, MergeCase

pytestmark = pytest.mark.browser
NEAR = (world.SPOT[0] + 0.0002, world.SPOT[1])
AWAY = (world.SPOT[0] + 0.003, world.SPOT[1])


def open_task(page: Page, case: Case, act: str) -> None:
    page.locator(f"[data-task='{case.id}'][data-act='{act}']").click()
    page.wait_for_selector(f".acts [data-act='{act}']")


def step(site: Site, case: Case) -> str:
    return rows(site, "select step from cases.case where id = %(id)s", id=case.id)[0][0]


def with_photos(play: world.Play, make: str, **more: object) -> Case:
    return getattr(play, make)(photos=(play.photo("zhang.min", PhotoKind.near),), **more)


def asked_to_check(play: world.Play, place: str) -> Case:
    case = play.report("zhang.min", place=place)
    actions_file.ask_check(play.tx, play.who("zhang.min"), AskCheck(case.id, play.who("zhao.xin").id, "请看一下"))
    return case


def test_a_handlers_day_without_a_network(browser: Browser, site: Site) -> None:
    """Taken and finished in a cellar: both reach the server in their order."""
    case = site.act(lambda play: with_photos(play, "dispatched", place="尚文路地下车库"))
    with phone(browser, site, "cheng.gang", NEAR) as context:
        page = start(context, site)
        page.wait_for_selector(f"[data-task='{case.id}']")
        until(page, KEPT_CASE % case.id)
        shot(page, "field-tasks-handler")
        context.set_offline(True)
        page.reload()
        open_task(page, case, "take")
        assert axe(page) == []
        page.locator(".acts [data-act='take']").click()
        expect(page.locator(".queued")).to_contain_text("待上传")
        page.locator(".acts [data-act='finish']").click()
        shoot(page, "处置后", 200)
        page.get_by_role("button", name="已清理完毕").click()
        shot(page, "field-finish")
        assert axe(page) == []
        page.locator("[data-submit]").click()
        expect(page.locator(".queued")).to_have_count(2)
        shot(page, "field-task-queued")
        assert step(site, case) == "handling"
        context.set_offline(False)
        sent(page, "take")
        sent(page, "finish")
        assert step(site, case) == "handled"
        far = rows(
            site, "select distance_m from cases.evidence where case_id = %(id)s and kind = 'handled'", id=case.id
        )
        assert 15 < far[0][0] < 25, "where the photo was taken is measured"
        assert page.faults == []  # type: ignore[attr-defined]


KEPT_CASE = """new Promise(done => { const o = indexedDB.open('yiwang-field'); o.onsuccess = () => {
  const all = o.result.transaction('kept').objectStore('kept').getAllKeys()
  all.onsuccess = () => { o.result.close(); done(all.result.includes('case:%s') && all.result.some(k => k.startsWith('photo:'))) } } })"""


def test_a_handler_asks_to_bounce(browser: Browser, site: Site) -> None:
    case = site.act(lambda play: play.dispatched(place="大兴街"))
    with phone(browser, site, "cheng.gang") as context:
        page = start(context, site)
        open_task(page, case, "take")
        page.locator("[data-more]").click()
        page.locator("dialog [data-act='ask-bounce']").click()
        page.locator("[data-submit]").click()
        expect(page.locator("dialog [role=alert]")).to_contain_text("理由")
        page.get_by_label("不在本辖区").check()
        page.get_by_label("说明").fill("属于隔壁街道")
        page.locator("[data-submit]").click()
        sent(page, "ask-bounce")
        asked = rows(site, "select kind, reason from cases.request where case_id = %(id)s", id=case.id)
        assert [tuple(r) for r in asked] == [("bounce", "wrong_place")]


def test_a_verifiers_day(browser: Browser, site: Site) -> None:
    """The first photo over the picture; from too far away the server says so, and it is done again at the place."""
    case = site.act(lambda play: play.handled(photos=(play.photo("zhang.min", PhotoKind.near),), place="学前街"))
    with phone(browser, site, "gu.yan", AWAY) as context:
        page = start(context, site)
        open_task(page, case, "verify")
        shot(page, "field-task-verify")
        page.locator(".acts [data-act='verify']").click()
        expect(page.locator(".away b")).to_have_text("距现场 285 m")
        page.locator(".slot .shoot").click()
        page.wait_for_selector(".camera .ghost")
        page.locator(".camera input[type=range]").fill("70")
        assert page.locator(".camera .ghost").evaluate("e => e.style.opacity") == "0.7"
        page.wait_for_selector(".shutter:enabled")
        shot(page, "field-ghost")
        page.locator(".shutter").click()
        expect(page.locator(".slot.filled")).to_have_count(1)
        page.locator("[data-choice='yes']").click()
        page.locator("[data-submit]").click()
        sent(page, "verify", "conflict")
        expect(item(page, "verify")).to_contain_text("100 米内")
        shot(page, "field-too-far")
        assert step(site, case) == "handled"

        context.set_geolocation({"longitude": NEAR[0], "latitude": NEAR[1], "accuracy": 6})
        item(page, "verify").locator("[data-way='change']").click()
        expect(page.locator(".away b")).to_have_text("距现场 20 m", timeout=15_000)
        expect(page.locator(".slot.filled")).to_have_count(1)
        page.locator("[data-submit]").click()
        sent(page, "verify")
        assert step(site, case) == "verified"
        assert page.faults == []  # type: ignore[attr-defined]


def test_what_is_not_done_goes_back_with_the_reason(browser: Browser, site: Site) -> None:
    case = site.act(lambda play: play.handled(place="蓬莱路"))
    with phone(browser, site, "gu.yan", NEAR) as context:
        page = start(context, site)
        open_task(page, case, "verify")
        page.locator(".acts [data-act='verify']").click()
        shoot(page, "核查", 210)
        page.locator("[data-choice='no']").click()
        page.locator("[data-submit]").click()
        expect(page.locator("dialog [role=alert]")).to_contain_text("文字说明")
        page.get_by_label("核查意见").fill("墙角还有两袋")
        page.locator("[data-submit]").click()
        sent(page, "verify")
        assert step(site, case) == "handling"
    with phone(browser, site, "cheng.gang", NEAR) as context:
        page = start(context, site, f"/tasks/{case.id}")
        expect(page.get_by_text("墙角还有两袋").first).to_be_visible()


def test_a_check_before_filing(browser: Browser, site: Site) -> None:
    case = site.act(lambda play: asked_to_check(play, "迎勋路"))
    with phone(browser, site, "zhao.xin", NEAR) as context:
        page = start(context, site)
        open_task(page, case, "answer-check")
        page.locator(".acts [data-act='answer-check']").click()
        shoot(page, "核实", 220)
        page.locator("[data-choice='yes']").click()
        page.get_by_role("button", name="现场属实").click()
        page.locator("[data-submit]").click()
        sent(page, "answer-check")
        assert step(site, case) == "reported"


def test_a_case_that_was_merged_meanwhile_is_told_and_dropped(browser: Browser, site: Site) -> None:
    """Checked without a network, while the desk merged the case into another: the person decides what becomes of it."""
    case = site.act(lambda play: asked_to_check(play, "大吉路"))
    with phone(browser, site, "zhao.xin", NEAR) as context:
        page = start(context, site)
        open_task(page, case, "answer-check")
        context.set_offline(True)
        page.locator(".acts [data-act='answer-check']").click()
        shoot(page, "核实", 230)
        page.locator("[data-choice='yes']").click()
        page.get_by_label("现场情况").fill("三袋垃圾")
        page.locator("[data-submit]").click()

        def merge(play: world.Play) -> Case:
            into = play.filed(place="大吉路")
            return actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(case.id, into.id, "同一件"))

        site.act(merge)
        context.set_offline(False)
        sent(page, "answer-check", "conflict")
        told = item(page, "answer-check")
        expect(told).to_contain_text("已并案")
        shot(page, "field-conflict")
        assert axe(page) == []
        told.locator("[data-way='comment']").click()
        expect(item(page, "comment")).to_have_attribute("data-state", "received", timeout=15_000)
        expect(item(page, "answer-check")).to_have_count(0)
        assert "三袋垃圾" in rows(site, "select text from cases.comment where case_id = %(id)s", id=case.id)[0][0]


def test_an_order_taken_by_a_colleague_is_told_and_dropped(browser: Browser, site: Site) -> None:
    case = site.act(lambda play: play.dispatched(place="梦花街"))
    with phone(browser, site, "cheng.gang") as context:
        page = start(context, site)
        open_task(page, case, "take")
        context.set_offline(True)
        page.locator(".acts [data-act='take']").click()
        site.act(lambda play: play.take(case, by="yu.bo"))
        context.set_offline(False)
        sent(page, "take", "conflict")
        expect(item(page, "take")).to_contain_text("于波")
        item(page, "take").locator("[data-way='drop']").click()
        page.locator("[data-really]").click()
        expect(item(page, "take")).to_have_count(0)
        assert (
            rows(site, "select count(*)::int from cases.orders where case_id = %(id)s and state = 'taken'", id=case.id)[
                0
            ][0]
            == 1
        )


def test_a_link_opens_the_very_task_and_the_way_is_drawn(browser: Browser, site: Site) -> None:
    case = site.act(lambda play: play.handled(place="方斜路"))
    with phone(browser, site, "gu.yan", NEAR) as context:
        page = start(context, site, f"/tasks/{case.id}")
        expect(page.locator("h2").first).to_have_text(case.matter_name)
        expect(page.locator(".acts [data-act='verify']")).to_be_visible()
        page.get_by_text("全过程").click()
        expect(page.locator(".course li").first).to_be_visible()
        assert axe(page) == []
        page.get_by_role("button", name="返回").click()
        page.get_by_role("button", name="地图路线").click()
        page.wait_for_selector(".map[data-state='ready'] .stop-sign", timeout=30_000)
        expect(page.locator(".way")).to_contain_text("走完约")
        shot(page, "field-way")
        assert axe(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_task_in_both_languages_and_large_type(browser: Browser, site: Site, language: str) -> None:
    case = site.act(lambda play: with_photos(play, "dispatched", place="尚文路"))
    with phone(browser, site, "cheng.gang", NEAR) as context:
        page = start(context, site)
        page.evaluate(
            "language => { localStorage.setItem('yiwang.locale', language); localStorage.setItem('yiwang.field.size', 'largest') }",
            language,
        )
        page.reload()
        open_task(page, case, "take")
        for more in (None, "[data-more]", "dialog [data-act='ask-suspension']"):
            if more:
                page.locator(more).click()
            assert axe(page) == []
            wide = page.evaluate(
                "[...document.querySelectorAll('main *, dialog[open] *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width).map(e => e.className).slice(0, 5)"
            )
            assert wide == [], more
            shot(page, f"field-task-{language}-200-{'more' if more else 'first'}")
