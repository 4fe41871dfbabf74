"""Reference data as files, through the page: tried first and told row by row, mended, brought in, and out again unchanged; and
who must show a second factor does so within the form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

import world
from browser.looking import HAN, axe, shot
from yiwang.network.actions_people import grant_post
from yiwang.network.model_people import GrantPost

pytestmark = pytest.mark.browser
LONG = 60_000
ADMIN = "qian.xi"
# kind → the file that is wrong, in which line and column, what it is mended to, and how its rows end
FILES: dict[str, tuple[str, int, str, tuple[str, str], dict[str, int]]] = {
    "people": (
        "账号,姓名,岗位,单位\nxin.ren,新人,网格员,310101019\nchen.jie,,派遣员,310101019\nlao.ren,旧人,厨师,310101019\n",
        4, "岗位", ("厨师", "派遣员"), {"added": 2, "unchanged": 1},
    ),
    "duties": (
        "单位,岗位,班次,星期,人员账号,每班人数\n老西门街道,派遣员,日班,12345,chen.jie,1\n老西门街道,派遣员,夜班,周八,chen.jie,1\n",
        3, "星期", ("周八", "周六"), {"changed": 2},
    ),
    "calendar": (
        "日期,安排,备注\n2026-12-12,上班,调休\n2026-12-13,加班,\n",
        3, "安排", ("加班", "上班"), {"added": 2},
    ),
    "matters": (
        "方案,代码,类别,大类代码,大类,名称,领域\nYIWANG-EXT,99001,事项,99,夜间,夜市占道,街面秩序\nYIWANG-EXT,99002,事项,99,夜间,,街面秩序\n",
        3, "名称", ("夜间,,", "夜间,夜间噪声,"), {"added": 2},
    ),
    "conditions": (
        "方案,代码,类别,立案条件,处置时限,时限数值,计时方式,结案条件\nYIWANG-EXT,21001,事项,漏水,1工作日,1,工作日,止水\nYIWANG-EXT,21001,事项,渗水,很快,零,工作日,止水\n",
        3, "时限数值", ("很快,零", "2工作日,2"), {"added": 2},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def admin(site: Any) -> None:
    """The street's system administrator, who is the city's as well, for catalogue and conditions are the whole city's."""

    def give(p: world.Play) -> None:
        post = GrantPost(uuid4(), p.who(ADMIN).id, world.P.system_admin, world.unit("310000"))
        grant_post(p.tx, world.SETUP, post)

    site.act(give)


@pytest.fixture
def as_(desk: Callable[..., Page]) -> Callable[..., Page]:
    ready = '[data-page="reference"] [data-row], [data-page="reference"] .none'
    return lambda login, kind: desk(login, f"#/reference/{kind}", ready=ready)


def bring(page: Page, file: Path, text: str | None = None) -> Locator:
    """The form, with a file chosen in it."""
    if text is not None:
        file.write_text(text, "utf-8")
    box = page.locator('dialog[open][data-act="import"]')
    if not box.count():
        page.locator('[data-open="import"]').click()
    with page.expect_file_chooser() as chosen:
        box.locator("input[type=file]").click()
    chosen.value.set_files(str(file))
    return box


def counts(box: Locator) -> dict[str, int]:
    """How many rows the form tells of, by outcome."""
    chips = box.locator("[data-outcome]")
    return {chip.get_attribute("data-outcome") or "": int(chip.inner_text().split()[-1]) for chip in chips.all()}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_tried_mended_brought_in_and_comes_out_the_same(as_: Any, tmp_path: Path, kind: str) -> None:
    text, line, column, mend, done = FILES[kind]
    page = as_("ma.junhao" if kind == "duties" else ADMIN, kind)
    if kind == "calendar":
        page.get_by_label("从", exact=True).fill("2026-12-01")
        page.get_by_label("到", exact=True).fill("2026-12-31")
    box = bring(page, tmp_path / "rows.csv", text)
    expect(box.locator(".go")).to_have_attribute("data-step", "try")
    assert axe(page) == []
    box.locator(".go").click()
    bad = box.locator(f'tr[data-line="{line}"]')
    expect(bad).to_contain_text(column)
    expect(bad).to_contain_text("有误")
    expect(box.locator("[data-told]")).to_contain_text("尚未写入")
    expect(box.locator(".go")).to_have_attribute("data-step", "try")
    assert axe(page) == []
    shot(page, f"desk-import-{kind}-bad-zh")
    bring(page, tmp_path / "rows.csv", text.replace(*mend))
    expect(box.locator("[data-told]")).to_have_count(0)
    box.locator(".go").click()
    expect(box.locator(".go")).to_have_attribute("data-step", "bring")
    found = counts(box)
    assert {k: found.get(k) for k in done} == done and "bad" not in found, found
    expect(box.locator(".go")).to_be_focused()
    shot(page, f"desk-import-{kind}-tried-zh")
    page.keyboard.press("Enter")
    expect(box.locator(".go")).to_have_attribute("data-step", "done")
    expect(box.locator("[data-told]")).to_contain_text("已导入")
    assert counts(box) == found
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(box).to_have_count(0)
    expect(page.locator(".said")).to_contain_text("导入")
    for suffix in ("XLSX", "CSV"):
        with page.expect_download(timeout=LONG) as told:
            page.locator(f'[data-export="{suffix}"]').click()
        file = tmp_path / f"again.{suffix.lower()}"
        file.write_bytes(Path(told.value.path()).read_bytes())
        box = bring(page, file)
        box.locator(".go").click()
        expect(box.locator(".go")).to_have_attribute("data-step", "bring", timeout=LONG)
        assert list(counts(box)) == ["unchanged"], "an export says what is so already"
        page.keyboard.press("Escape")
        expect(box).to_have_count(0)


def test_templates_narrowing_and_english(as_: Any, tmp_path: Path) -> None:
    page = as_(ADMIN, "people")
    page.get_by_role("button", name="EN", exact=True).click()
    text = "账号,姓名,岗位,单位\nnew.one,甲,网格员,310101019\nchen.jie,,派遣员,310101019\nbad.one,乙,厨师,310101019\n"
    box = bring(page, tmp_path / "people.csv", text)
    for suffix in ("xlsx", "csv"):
        with page.expect_download(timeout=LONG) as told:
            box.locator(f'[data-template="{suffix}"]').click()
        assert told.value.suggested_filename == f"yiwang-people-template.{suffix}"
    box.locator(".go").click()
    rows = box.locator("tbody tr")
    expect(rows).to_have_count(1)  # what is bad comes first
    expect(rows).to_contain_text("no post")
    box.locator('[data-outcome="added"]').click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("the person is added")
    box.locator('[data-outcome="added"]').click()
    expect(rows).to_have_count(3)
    assert axe(page) == []
    own = box.locator("h2, label, th, .chip, .btn, [data-told], .template")
    assert [t for t in own.all_inner_texts() if HAN.search(t)] == []
    shot(page, "desk-import-people-en")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="中", exact=True).click()


def test_what_is_no_table_and_who_may_not_are_told_in_words(as_: Any, tmp_path: Path) -> None:
    page = as_("zhang.min", "people")
    box = bring(page, tmp_path / "p.csv", "账号\nwang.lei\n")
    box.locator(".go").click()
    expect(box.locator(".fault")).to_contain_text("系统管理员")
    page = as_(ADMIN, "people")
    picture = tmp_path / "p.xlsx"
    picture.write_bytes(world.jpeg("teal"))
    box = bring(page, picture)
    box.locator(".go").click()
    expect(box.locator(".fault")).to_be_focused()
    expect(box.locator(".go")).to_have_attribute("data-step", "try")
    shot(page, "desk-import-no-table-zh")
