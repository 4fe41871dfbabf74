"""以房管人 in a real browser: from a building to a home, who lives there, in clear with a reason; nobody whose post sees only how many."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from browser.looking import HAN, axe, shot
from browser.phone import shoot
from yiwang.cases.queries import get_case
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes
from yiwang.kit.scope import EVERYTHING
from yiwang.scenes.homes import store
from yiwang.scenes.homes.scene import SCENE

pytestmark = pytest.mark.browser
LONG = 60_000


@pytest.fixture(scope="module")
def homes(site: Any) -> dict[str, str]:
    """The demonstration's 3,600 homes; the ids of one on wang.lei's grid in which somebody over 80 lives alone, and of its building."""

    def enter(p: Any) -> dict[str, str]:
        enter_scenes(Stage(p.tx, p.photos, "Asia/Shanghai"), [SCENE])
        found = p.tx.conn.execute(
            "select r.home_id, l.to_id from homes.resident r join register.link l on l.thing_id = r.home_id and l.role = 'in'"
            " join register.thing b on b.id = l.to_id join register.thing h on h.id = r.home_id"
            " join city.unit_grid g on g.code = h.grid_code join city.duty_grid d on d.id = g.duty_grid_id"
            " where d.code = '310101019-01' and b.attributes ->> 'units' = '3' and r.born < '1946-01-01'"
            " and (select count(*) from homes.resident o where o.home_id = r.home_id) = 1 order by r.id limit 1"
        ).fetchone()
        return {"home": str(found[0]), "building": str(found[1])}

    return site.act(enter)


@pytest.fixture
def view(desk: Callable[..., Page], homes: dict[str, str]) -> Callable[..., Page]:
    def open_as(login: str = "zhang.min", query: str = "") -> Page:
        return desk(login, f"#/scenes/homes{query}", ready=".who")

    return open_as


def test_from_a_building_to_who_lives_there_in_clear(view: Any, homes: dict[str, str], site: Any) -> None:
    page = view()
    expect(page.locator("[data-building]").first).to_be_visible(timeout=LONG)
    shot(page, "homes-list")
    page.locator("[data-tab='people']").click()
    page.locator("[data-member]").first.click()
    file = page.locator("[data-home-file]")
    expect(file.locator("[data-resident]").first).to_be_visible(timeout=LONG)
    expect(page.locator(f"[data-home='{page.url.split('home=')[1][:36]}']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".cell.on")).to_be_in_viewport()
    shot(page, "homes-people")
    page = view(query=f"?building={homes['building']}&home={homes['home']}")
    resident = file.locator("[data-resident]").first
    expect(resident).to_contain_text("80+ 独居", timeout=LONG)
    expect(resident).to_contain_text(re.compile(r"990\*{11}\w{4}"))
    expect(page.locator(f"[data-home='{homes['home']}']")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "homes-front")
    resident.locator("[data-act='unmask']").click()
    dialog = page.locator("dialog[data-act='unmask']")
    dialog.locator("button.go").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.locator("textarea").fill("上门走访独居老人")
    assert axe(page) == []
    shot(page, "homes-unmask")
    dialog.locator("button.go").click()
    clear = resident.locator("[data-clear]")
    expect(clear).to_contain_text(re.compile(r"990101\d{11}[\dX]"), timeout=LONG)
    assert axe(page) == []
    shot(page, "homes-clear")
    seen = site.act(
        lambda p: p.tx.conn.execute("select words from network.unmasking where what = 'resident'").fetchall()
    )
    assert seen == [("上门走访独居老人",)]
    resident.locator("[data-act='hide']").click()
    expect(clear).to_have_count(0)


def test_sought_by_a_whole_name_and_the_search_is_kept(view: Any, homes: dict[str, str], site: Any) -> None:
    row = site.act(lambda p: store.LOCK_IN.all(p.tx, homes=[UUID(homes["home"])])[0])
    name = store.open_resident(row).name
    page = view()
    expect(page.locator("[data-building]").first).to_be_visible(timeout=LONG)
    page.locator("[data-tab='name']").click()
    dialog = page.locator("dialog[data-act='search']")
    dialog.locator("button.go").click()
    expect(dialog.locator(".wrong")).to_have_count(2)
    dialog.locator("[name='name']").fill(name)
    dialog.locator("[name='words']").fill("寻找走失老人的住处")
    assert axe(page) == []
    shot(page, "homes-search")
    dialog.locator("button.go").click()
    found = page.locator(f"[data-member='{row.id}']")
    expect(found).to_contain_text(f"{name[0]}**", timeout=LONG)
    expect(page.locator("[data-found]")).to_contain_text("已记入台账")
    assert name not in page.url and name not in page.locator("[data-scene-view]").inner_text()
    found.click()
    expect(page.locator(f"[data-home-file] [data-resident='{row.id}']")).to_be_visible(timeout=LONG)
    expect(found).to_be_visible()
    assert axe(page) == []
    shot(page, "homes-found")
    kept = site.act(lambda p: p.tx.conn.execute("select words from network.unmasking where what = 'search'").fetchall())
    assert kept == [("寻找走失老人的住处",)]
    page.locator("[data-tab='buildings']").click()
    expect(page.locator("[data-building]").first).to_be_visible(timeout=LONG)
    expect(page.locator("[data-found]")).to_have_count(0)


def test_somebody_moves_in_and_out_again(view: Any, homes: dict[str, str]) -> None:
    page = view(query=f"?building={homes['building']}&home={homes['home']}")
    file = page.locator("[data-home-file]")
    file.locator("[data-act='move_in']").click()
    form = page.locator("dialog[data-act='move_in']")
    form.locator("button.go").click()
    expect(form.locator(".wrong")).to_have_count(2)
    form.locator("[name='name']").fill("测试甲")
    form.locator("[name='id_number']").fill("110105194912310021")
    form.locator("button.go").click()
    expect(form.get_by_role("alert")).to_contain_text("校验位", timeout=LONG)
    shot(page, "homes-move-in")
    form.locator("[name='id_number']").fill("")
    form.locator("[name='born']").fill("1990-03-04")
    form.locator("[name='relation']").select_option("tenant")
    form.locator("button.go").click()
    expect(file.locator("[data-resident]")).to_have_count(2, timeout=LONG)
    expect(file).not_to_contain_text("独居")
    fresh = file.locator("[data-resident]", has_text="测**")
    fresh.locator("[data-act='leave']").click()
    page.locator("dialog[data-act='leave'] button.go").click()
    expect(file).to_contain_text("曾住（1）", timeout=LONG)
    expect(file).to_contain_text("保存至")
    expect(file).to_contain_text("80+ 独居")
    file.locator(".past [data-act='erase']").click()
    erase = page.locator("dialog[data-act='erase']")
    erase.locator("textarea").fill("登记有误")
    shot(page, "homes-erase")
    erase.locator("button.go").click()
    expect(file).to_contain_text("个人信息已于", timeout=LONG)
    assert axe(page) == []
    shot(page, "homes-erased")


def test_in_english_too(view: Any, homes: dict[str, str]) -> None:
    page = view(query=f"?building={homes['building']}&home={homes['home']}&group=alone_aged")
    expect(page.locator("[data-home-file] [data-resident]").first).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("[data-home-file]")).to_contain_text("Floor area", timeout=LONG)
    words = "".join(
        page.locator(part).all_inner_texts().__str__()
        for part in (".tabs", ".groups", ".legend", ".levels", ".acts", ".data dt")
    )
    assert not HAN.search(words), words
    assert axe(page) == []
    shot(page, "homes-en")


def test_a_post_that_may_know_only_how_many_sees_no_list(view: Any, homes: dict[str, str]) -> None:
    page = view("chen.jie", f"?building={homes['building']}&home={homes['home']}&group=alone_aged")
    expect(page.locator("[data-number-only]")).to_be_visible(timeout=LONG)
    expect(page.locator("[data-tab='name']")).to_have_count(0)
    expect(page.locator("[data-empty]")).to_contain_text("只看人数")
    expect(page.locator(".legend .aged")).to_have_count(0)
    assert axe(page) == []
    shot(page, "homes-number-only")


def test_a_firm_finds_nobody(view: Any) -> None:
    page = view("peng.liang")
    expect(page.locator("[data-empty]")).to_be_visible(timeout=LONG)
    assert axe(page) == []


def test_a_visit_that_finds_somebody_in_need_from_the_phone_to_the_case_closed(
    wang: Any, view: Any, site: Any, homes: dict[str, str]
) -> None:
    page = wang.new_page()
    page.goto(f"{site.url}/field/#/things")
    page.locator("[data-list='care']").click(timeout=LONG)
    row = page.locator("[data-thing]:has([data-care])").first
    expect(row).to_contain_text("还没有走访过", timeout=LONG)
    expect(row.locator("[data-care]")).to_contain_text(re.compile(r".\*\* · \d+ 岁"))
    assert axe(page) == []
    shot(page, "visits")
    for locale, said in (("en", "not visited yet"), ("zh", "还没有走访过")):
        page.evaluate("locale => localStorage.setItem('yiwang.locale', locale)", locale)
        page.reload()
        page.locator("[data-list='care']").click(timeout=LONG)
        expect(row).to_contain_text(said, timeout=LONG)
        assert axe(page) == []
        if locale == "en":
            assert not HAN.search("".join(page.locator("h1, .orders button").all_inner_texts()))
            shot(page, "visits-en")
    home = row.get_attribute("data-thing")
    row.click()
    expect(page.locator("[data-home-people] [data-resident]").first).to_be_visible(timeout=LONG)
    shot(page, "visit-home")
    page.locator("[data-act='check-in']").click()
    sheet = page.locator("dialog[open]")
    sheet.locator("[data-submit]").click()
    expect(sheet.locator("[data-field='found'] .wrong")).to_be_visible()
    sheet.get_by_label("需要帮助", exact=True).check()
    shoot(page, "现场照片", 7)
    sheet.get_by_label("说明").fill("行动不便，需要送餐")
    assert axe(page) == []
    shot(page, "visit-form")
    sheet.locator("[data-submit]").click()
    found = (
        "select c.case_id, k.form ->> 'found' from register.checkin k join register.thing_case c on c.checkin_id = k.id"
        " where k.thing_id = %s"
    )
    until_told = time.monotonic() + 60
    while not (told := site.act(lambda p: p.tx.conn.execute(found, [home]).fetchall())):
        assert time.monotonic() < until_told, "the visit never came in"
        page.wait_for_timeout(200)
    [(case_id, answer)] = told
    assert answer == "需要帮助"
    page.goto(f"{site.url}/field/#/things")
    page.reload()
    page.locator("[data-list='care']").click(timeout=LONG)
    expect(page.locator("[data-thing]:has([data-care])").first).to_be_visible(timeout=LONG)
    expect(page.locator(f"[data-thing='{home}']")).to_have_count(0)

    def close(p: Any) -> str:
        case = get_case(p.tx, EVERYTHING, case_id)
        assert case.matter_code == "25004" and case.step == "handling", (case.matter_code, case.step)
        unit = next(o.unit_id for o in p.orders(case))
        login = p.tx.conn.execute(
            "select x.login from network.person x join network.post h on h.person_id = x.id where h.kind = 'handler'"
            " and h.unit_id = %s limit 1",
            [unit],
        ).fetchone()[0]
        done = p.finish(p.take(case, login), login)
        return p.close(p.verify(done, by="zhao.xin", at=(case.lon, case.lat))).step

    assert site.act(close) == "closed"
    desk = view("zhang.min", f"?home={home}")
    expect(desk.locator("[data-home-file] [data-resident]").first).to_be_visible(timeout=LONG)


def test_on_the_phone_who_lives_there_is_shown_masked_and_never_kept(
    wang: Any, site: Any, homes: dict[str, str]
) -> None:
    page = wang.new_page()
    page.goto(f"{site.url}/field/#/things/{homes['home']}")
    people = page.locator("[data-home-people]")
    expect(people.locator("[data-resident]").first).to_contain_text("80+ 独居", timeout=LONG)
    expect(people).to_contain_text(re.compile(r"154\*{4}\d{4}"))
    assert axe(page) == []
    shot(page, "homes-phone")
    other = site.act(
        lambda p: p.tx.conn.execute(
            "select t.id from register.thing t join city.unit_grid g on g.code = t.grid_code join city.duty_grid d"
            " on d.id = g.duty_grid_id where t.kind = 'home' and d.code <> '310101019-01' limit 1"
        ).fetchone()
    )[0]
    page.goto(f"{site.url}/field/#/things/{other}")
    page.reload()
    expect(page.locator("[data-elsewhere]")).to_be_visible(timeout=LONG)
    shot(page, "homes-phone-elsewhere")
    page.goto(f"{site.url}/field/#/things/{homes['home']}")
    page.reload()
    expect(people.locator("[data-resident]").first).to_be_visible(timeout=LONG)
    wang.set_offline(True)
    expect(people).to_contain_text("没有网络", timeout=LONG)
    expect(people.locator("[data-resident]")).to_have_count(0)
    wang.set_offline(False)
    expect(people.locator("[data-resident]").first).to_be_visible(timeout=LONG)
