"""小型工程 as its people would: found and judged on the phone, pledged and begun, checked with a fault on the phone, evaluated at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

import world
from browser.conftest import Site
from browser.looking import axe, shot
from browser.phone import fill, item, phone, rows, shoot, start
from yiwang.cases.model import PhotoKind
from yiwang.kit.ids import new_id
from yiwang.register import actions
from yiwang.register.actions_step import take_step
from yiwang.register.model import SetParty
from yiwang.register.model_kind import Role
from yiwang.register.model_step import TakeStep
from yiwang.scenes.works.model import Check
from yiwang.scenes.works.model_judge import papers

pytestmark = pytest.mark.browser
LONG = 60_000
FINE = {f.name for f in fields(Check)} - {"stop"}


def hop(page: Page, path: str) -> None:
    page.evaluate("path => location.hash = path", path)


def test_from_the_first_look_to_the_evaluation(browser: Browser, site: Site, desk: Callable[..., Page]) -> None:
    with phone(browser, site) as context:
        page = start(context, site, "/things/new")
        page.locator("select[data-field='kind']").select_option("works", timeout=LONG)
        code = page.locator("input[data-field='code']").input_value()
        assert code.startswith("XG20"), "nobody on patrol has to make up a code"
        page.locator("input[data-field='name']").fill("文庙路 215 号面馆")
        fill(page, what="店面翻新", found_by="巡查发现")
        expect(page.locator("[data-field='sized_on']")).to_have_count(0)
        shoot(page, "现场照片", 400)
        assert axe(page) == []
        shot(page, "field-works-add")
        page.locator("[data-submit]").click()
        expect(item(page, "add-thing")).to_have_attribute("data-state", "received", timeout=LONG)
        [(works,)] = rows(site, "select id::text from register.thing where code = %(code)s", code=code)

        hop(page, f"/things/{works}")
        page.locator("[data-step='size']").click(timeout=LONG)
        sheet = page.locator("dialog[open]")
        fill(sheet, kind="装饰装修", area_m2=120, cost_yuan=300000)
        shoot(page, "现场照片", 410)
        shot(page, "field-works-size")
        sheet.locator("[data-submit]").click()
        expect(page.get_by_text("已登记").first).to_be_visible(timeout=LONG)
        site.act(lambda play: _begin(play, UUID(works)))

        page.reload()
        page.locator("[data-step='check']").click(timeout=LONG)
        sheet = page.locator("dialog[open]")
        fill(sheet, **{name: "不合格" if name == "power" else "合格" for name in FINE})
        sheet.locator("[data-field='stop'] input").check()
        shoot(page, "现场照片", 420)
        assert axe(page) == []
        shot(page, "field-works-check")
        sheet.locator("[data-submit]").click()
        expect(page.get_by_text("停工整改", exact=True).first).to_be_visible(timeout=LONG)
        assert page.faults == []  # type: ignore[attr-defined]
    site.act(lambda play: _finish(play, UUID(works)))

    page = desk("li.qing", f"#/things?kind=works&thing={works}", ready=".who")
    file = page.locator("[data-file]")
    expect(file).to_contain_text("施工单位", timeout=LONG)
    expect(file).to_contain_text("临时用电不合格，停工整改")
    shot(page, "desk-works-file")
    file.locator("[data-step='evaluate']").click()
    form = page.locator("dialog[data-act='step']")
    fill(form, procedure="合格", quality="合格", site="合格", overall="好")
    form.locator("input[type=file]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": world.jpeg("olive")}
    )
    expect(form.locator("img")).to_be_visible(timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-works-evaluate")
    form.locator(".go").click()
    expect(file).to_contain_text("已闭环", timeout=LONG)
    expect(file).to_contain_text("综合评价：好")
    file.locator("[data-case]").click()
    expect(page.locator("[data-panel='case']")).to_contain_text("临时用电", timeout=LONG)

    page.goto(f"{site.url}/#/scenes/works")
    for name in ("closed", "good"):
        expect(page.locator(f"[data-figure='{name}'] b")).to_contain_text("1", timeout=LONG)
    expect(page.locator("[data-course] li").first).to_contain_text("综合评价：好", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-scene-works")


def _take(play: world.Play, works: UUID, step: str, by: str, form: dict[str, Any] | None = None) -> None:
    photo, (lon, lat) = play.photo(by, PhotoKind.near).sha256, world.SPOT
    take_step(play.tx, play.who(by), TakeStep(new_id(), works, step, play.tx.now, form or {}, (photo,), lon, lat, 8.0))


def _begin(play: world.Play, works: UUID) -> None:
    """Both pledge, the public is told, the builder begins."""
    for role, unit in ((Role.maintainer, "wuye"), (Role.third_party, "shizheng")):
        actions.set_party(play.tx, play.who("zhang.min"), SetParty(works, role, f"{world.STREET}-{unit}"))
    _take(play, works, "pledge_owner", "zhang.min", {"by": "店主"})
    _take(play, works, "pledge_builder", "peng.liang", {"by": "物业公司"})
    _take(play, works, "notice", "peng.liang")
    _take(play, works, "papers", "peng.liang", {"papers": list(papers()["装饰装修"])})
    _take(play, works, "begin", "peng.liang", {"planned_to": (play.tx.now + timedelta(days=20)).date().isoformat()})


def _finish(play: world.Play, works: UUID) -> None:
    _take(play, works, "resume", "zhang.min", {"why": "已整改"})
    _take(play, works, "finish", "peng.liang")
