"""The tour: one case from a phone without a network to a verified close, watched on a second screen, its receipt checked by
anybody. Its pictures are `docs/tour/*.webp`, taken anew where YIWANG_TOUR is 1; without,
the story is played all the same, and each picture must still look like what is on the screen.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

import world
from browser.conftest import CHROMIUM, FLAGS, Site
from browser.looking import heed
from browser.phone import choose, item, phone, start
from house import ROOT
from yiwang.app import WEB
from yiwang.demo_photos import draw_photo

pytestmark = pytest.mark.browser
PAGE = ROOT / "docs/tour.md"
FOLDER = ROOT / "docs/tour"
TAKING = os.environ.get("YIWANG_TOUR") == "1"
ALIKE = 0.22
"""Of 240 comparisons of neighbouring spots so many may differ: times, numbers and who is named do, a page does not."""
LONG = 90_000
HEAD = """# 看一件案件走完 A case, from the phone to its proof

<!-- Written by tests/browser/test_tour.py, which plays this story in real browsers: `YIWANG_TOUR=1 make test ARGS=tests/browser/test_tour.py` takes the pictures anew. -->

一件暴露垃圾，从没有网络的手机上报，到现场核查后结案，再到任何人都能核验的回执。人物为演示而编，照片为绘制，街道与路网为真实资料。
Rubbish in the street: reported from a phone without a network, verified on the spot, closed, and provable by anybody.
The people are made up and the photos drawn; streets and roads are real.
"""


class Film:
    """The pictures in their order, with what each shows."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, str, str]] = []

    def take(self, page: Page, name: str, zh: str, en: str) -> None:
        page.wait_for_timeout(400)
        name = f"{len(self.frames) + 1:02d}-{name}"
        shown = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        file = FOLDER / f"{name}.webp"
        if TAKING:
            FOLDER.mkdir(exist_ok=True)
            shown.save(file, quality=82, method=6)
        else:
            assert file.exists(), f"{file} is missing: YIWANG_TOUR=1"
            assert (how := differs(shown, Image.open(file))) <= ALIKE, f"{name} looks otherwise now ({how:.2f})"
        self.frames.append((name, zh, en))

    def page(self) -> str:
        parts = [HEAD]
        for name, zh, en in self.frames:
            width = 260 if "phone" in name else 820
            parts.append(f'**{zh}**<br>{en}\n\n<img src="tour/{name}.webp" width="{width}" alt="{en}">\n')
        return "\n".join(parts)


def differs(a: Image.Image, b: Image.Image) -> float:
    """The share of spots that are lighter than their neighbour in one picture and not in the other."""

    def steps(image: Image.Image) -> list[bool]:
        small = image.convert("L").resize((16, 16), Image.Resampling.LANCZOS)
        row = [[small.getpixel((x, y)) for x in range(16)] for y in range(16)]
        return [row[y][x] > row[y][x + 1] + 2 for y in range(16) for x in range(15)]  # type: ignore[operator]

    one, other = steps(a), steps(b)
    return sum(x != y for x, y in zip(one, other, strict=True)) / len(one)


def photo(*, mended: bool, view: int) -> bytes:
    lon, lat = world.SPOT
    return draw_photo(
        seed=3, matter="06010", mended=mended, view=view, taken_at=datetime(2026, 11, 24, 2, tzinfo=UTC),
        zone="Asia/Shanghai", lon=lon, lat=lat, note="tour",
    )  # fmt: skip


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """Its camera shows the street as it is after the work."""
    if CHROMIUM is None or not (WEB / "field.html").exists():
        pytest.skip("Chromium or the pages are not there")
    seen = tmp_path / "camera.mjpeg"
    seen.write_bytes(photo(mended=True, view=2) * 3)
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={seen}"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


def put(page: Page, slot: str, data: bytes) -> None:
    box = page.locator(f".slot:has(input[data-slot='{slot}'])").last
    box.locator("input").set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data})
    expect(page.locator(f".slot.filled:has(input[data-slot='{slot}'])").last).to_be_visible()


def test_the_tour(browser: Browser, site: Site, tmp_path: Path) -> None:
    film = Film()
    size = {"width": 1440, "height": 900}
    screens = browser.new_context(viewport=size, locale="zh-CN", reduced_motion="reduce", accept_downloads=True)
    screens.set_default_timeout(LONG)
    wall = screens.new_page()
    faults = heed(wall)
    wall.goto(site.url)
    wall.wait_for_selector('.map[data-state="ready"]')
    wall.wait_for_selector("#cases [data-id]")
    film.take(wall, "desk-today", "城运中心：今天的每一件，走到哪一步，还剩多少时间", "The operations centre: every case of today, its step, the time it has left")  # fmt: skip

    with phone(browser, site) as pocket:
        page = start(pocket, site, "/report")
        page.set_default_timeout(LONG)
        pocket.set_offline(True)
        put(page, "近景", photo(mended=False, view=0))
        put(page, "远景", photo(mended=False, view=1))
        choose(page)
        film.take(page, "phone-report", "网格员的手机，没有网络：先拍照，地点和网格自己找到", "The inspector's phone, no network: the photo first; place and grid are found")  # fmt: skip
        page.locator(".send .btn").click()
        page.wait_for_url("**/outbox?new=*")
        expect(item(page)).to_have_attribute("data-state", "waiting")
        film.take(page, "phone-waiting", "存在手机里，网络一来就上传；收到编号之前不会删除", "Kept on the phone until the server's number is there")  # fmt: skip
        pocket.set_offline(False)
        expect(item(page)).to_have_attribute("data-state", "received", timeout=LONG)
        number = page.locator(".number a").first.inner_text().removeprefix("编号 ")
        film.take(page, "phone-received", "网络恢复：已收到，编号在此", "The network is back: received, and this is its number")  # fmt: skip

    # The second screen has it without being touched: it filed itself and was dispatched (自动立案).
    wall.locator("#cases input[type=search]").fill(number)
    mine = wall.locator(f'#cases [data-number="{number}"]')
    expect(mine).to_contain_text("处置中", timeout=LONG)
    mine.click()
    wall.wait_for_selector('[data-part="course"] [data-entry]')
    film.take(wall, "desk-dispatched", "大屏上已经有了：自动立案，按权责清单派到责任单位", "On the second screen already: filed by itself, sent to the unit that answers for it")  # fmt: skip
    case = site.act(lambda play: play.tx.conn.execute("select id from cases.case where number = %s", [number]).fetchone()[0])  # type: ignore[index]  # fmt: skip
    handler = site.act(lambda play: _one(play, HANDLER, case))
    inspector = site.act(lambda play: _one(play, INSPECTOR, case))

    with phone(browser, site, handler) as pocket:
        page = start(pocket, site, f"/tasks/{case}")
        page.set_default_timeout(LONG)
        page.locator("[data-act=take]").click()
        expect(page.locator("[data-act=finish]").first).to_be_visible(timeout=LONG)
        page.locator("[data-act=finish]").first.click()
        put(page, "处置后", photo(mended=True, view=0))
        page.locator("textarea").last.fill("已清扫干净")
        film.take(page, "phone-finish", "处置人员接单，处置后拍照", "The handler takes the order, and photographs what was done")  # fmt: skip
        page.locator("[data-submit]").click()
        expect(page.locator(".chip").first).to_have_text("待核查", timeout=LONG)
    expect(mine).to_contain_text("待核查", timeout=LONG)

    with phone(browser, site, inspector) as pocket:
        pocket.grant_permissions(["geolocation", "camera"])
        page = start(pocket, site, f"/tasks/{case}")
        page.set_default_timeout(LONG)
        page.locator("[data-act=verify]").click()
        page.locator(".slot .shoot").last.click()
        expect(page.locator(".shutter")).to_be_enabled(timeout=LONG)
        film.take(page, "phone-ghost", "本网格的网格员到现场核查（不是处置人员）：把上报时的照片叠在取景框上比照", "The inspector of that grid goes there, for nobody verifies their own handling: the first photo lies over the picture (比照拍照)")  # fmt: skip
        page.locator(".shutter").click()
        expect(page.locator(".slot.filled")).to_have_count(1)
        page.locator("[data-choice=yes]").click()
        film.take(page, "phone-verify", "距现场几米，通过还是返工", "How far from the place; passed, or back to work")
        page.locator("[data-submit]").click()
        expect(page.locator(".chip").first).to_have_text("待结案", timeout=LONG)
    expect(mine).to_contain_text("待结案", timeout=LONG)

    close = wall.locator('[data-part="acts"] [data-act="close"]')
    expect(close).to_be_visible(timeout=LONG)
    close.click()
    expect(wall.locator("dialog[open] .go")).to_be_enabled()
    film.take(wall, "desk-close", "核查通过，值班员结案", "Verified on the spot: the operator closes it")
    wall.keyboard.press("Control+Enter")
    expect(wall.locator("dialog[open]")).to_have_count(0)
    expect(wall.locator('[data-panel="case"]')).to_contain_text("已结案", timeout=LONG)
    expect(wall.locator('[data-proof="verified"]')).to_be_visible(timeout=LONG)
    wall.locator(".proof summary").click()
    wall.locator(".proof").scroll_into_view_if_needed()
    film.take(wall, "desk-proof", "全过程无法自行消除：浏览器自己重新计算了每一条记录", "Nobody can make it disappear: the browser has recomputed every entry itself")  # fmt: skip
    with wall.expect_download() as download:
        wall.locator('[data-act="receipt"]').click()
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)

    with browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", reduced_motion="reduce"
    ) as anybody:
        page = anybody.new_page()
        page.goto(f"{site.url}/public/#/receipt")
        page.set_input_files('[data-part="file"]', receipt)
        expect(page.locator('[data-part="outcome"]')).to_have_attribute("data-ok", "true", timeout=LONG)
        film.take(page, "phone-receipt", "任何人都能在自己的浏览器里核验这份回执", "Anybody can check the receipt in a browser of their own")  # fmt: skip
        page.goto(f"{site.url}/public/#/map")
        page.wait_for_selector('[data-map="ready"]', timeout=LONG)
        page.locator('[data-map="ready"]').scroll_into_view_if_needed()
        film.take(page, "phone-public-map", "给居民的地图：在办、逾期、办结，一样不少", "The residents' map: open, overdue and closed, nothing left out")  # fmt: skip
    screens.close()
    assert faults == []
    if TAKING:
        PAGE.write_text(film.page(), "utf-8")
        kept = {f"{name}.webp" for name, _, _ in film.frames}
        for old in FOLDER.iterdir():
            if old.name not in kept:
                old.unlink()
    assert PAGE.read_text("utf-8") == film.page(), "YIWANG_TOUR=1"
    assert sorted(p.name for p in FOLDER.iterdir()) == [f"{name}.webp" for name, _, _ in film.frames]


HANDLER = """
select p.login from cases.case c join network.post o on o.unit_id = c.lead_unit_id and o.until is null
  join network.person p on p.id = o.person_id where c.id = %s and o.kind = 'handler' order by p.login limit 1
"""
INSPECTOR = """
select p.login from cases.case c join network.post o on c.duty_grid_id = any(o.grids) and o.until is null
  join network.person p on p.id = o.person_id where c.id = %s and o.kind = 'inspector' order by p.login limit 1
"""


def _one(play: world.Play, who: str, case: object) -> str:
    """A handler of the unit that has it in hand; an inspector of the grid it lies in."""
    row = play.tx.conn.execute(who, [case]).fetchone()  # type: ignore[arg-type]
    assert row, "nobody does this here"
    return row[0]
