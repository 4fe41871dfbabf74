"""Every main page as a picture at its real size: it looks as it did. Taken anew where YIWANG_BASELINES is 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import world
from browser.album import TAKING, Album, Picture, difference, machine, strange
from browser.conftest import CHROMIUM, FLAGS, Site
from browser.phone import choose, go, item, start
from browser.still import START, Clock, standing_still
from conftest import Databases
from yiwang.app import WEB
from yiwang.cases import store
from yiwang.demo_photos import draw_photo
from yiwang.demo_room import ROOM

LONG = 60_000
SAME = [
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--disable-skia-runtime-opts",
    "--disable-partial-raster",
    "--disable-checker-imaging",
    "--lang=en-US",
]
"""What would otherwise depend on the machine, or on what was drawn when: what is drawn over itself is smooth twice."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None or not (WEB / "desk.html").exists():
        pytest.skip("Chromium or the pages are not there")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *SAME])
        if not TAKING and (why := strange(machine(started))):
            pytest.skip(f"{why} (YIWANG_BASELINES=1 takes them anew)")
        yield started
        started.close()


@pytest.fixture(scope="module")
def still(alone: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Clock]]:
    with standing_still(alone, tmp_path_factory.mktemp("still")) as made:
        yield made


def picture(view: int, *, mended: bool = False) -> dict[str, Any]:
    """The place, as a phone's camera would hand it over."""
    lon, lat = world.SPOT
    data = draw_photo(
        seed=3,
        matter="06010",
        mended=mended,
        view=view,
        taken_at=START,
        zone="Asia/Shanghai",
        lon=lon,
        lat=lat,
        note="still",
    )
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}


def put(page: Page, slot: str, view: int) -> None:
    page.locator(f".slot:has(input[data-slot='{slot}'])").last.locator("input").set_input_files(picture(view))
    expect(page.locator(f".slot.filled:has(input[data-slot='{slot}'])").last).to_be_visible()


# ── the desk ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def desk(album: Album, site: Site) -> None:
    with album.person("desk") as context:
        page = album.page(context)
        page.route("**/api/demo-sign-in", lambda route: route.abort())
        page.goto(site.url)
        page.wait_for_selector(".gate li button")
        album.take(page, "desk-sign-in")
        page.unroute("**/api/demo-sign-in")

        def see(name: str, login: str, address: str, ready: str, language: str = "zh") -> None:
            site.sign_in(context, login)
            page.goto("about:blank")
            page.goto(f"{site.url}/?lang={language}#{address}")
            page.wait_for_selector(ready, timeout=LONG)
            album.take(page, name)

        see("desk-today", "zhang.min", "/", "#cases [data-id]")
        page.locator("#cases [data-id]").nth(3).click()
        page.wait_for_selector('[data-part="course"] [data-entry]')
        page.wait_for_selector('[data-proof="verified"]')
        album.take(page, "desk-case")
        see("desk-queue", "zhang.min", "/queue", "[data-queue][data-ready]")
        page.locator("[data-task]").first.click()
        page.wait_for_selector('[data-part="acts"]')
        album.take(page, "desk-queue-case")
        see("desk-queue-en", "chen.jie", "/queue", "[data-queue][data-ready]", "en")
        see("desk-map", "zhang.min", "/map", "[data-grid]")
        see("desk-rooms", "chen.jie", f"/rooms/{ROOM}", "[data-message]")
        see("desk-record", "zhang.min", "/record?step=closed", "#record .row")
        see("desk-things", "zhang.min", "/things", "[data-thing]")
        see("desk-doubts", "shi.guoqiang", "/doubts", ".row")
        see("desk-reference", "zhang.min", "/reference/matters", "[data-row]")
        page.locator("[data-row]").nth(2).click()
        page.wait_for_selector('[data-panel="thing"] h2')
        album.take(page, "desk-reference-matter")
        see("desk-account", "li.qing", "/account", '[data-part="sessions"] .lines li')


# ── residents ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def residents(album: Album, site: Site) -> None:
    lon, lat = world.SPOT
    here = {"geolocation": {"longitude": lon, "latitude": lat, "accuracy": 14}, "permissions": ["geolocation"]}
    for kind in ("phone", "wide"):
        with album.person(kind, **here) as context:
            page = album.page(context)

            def see(name: str, ready: str, language: str = "zh", page: Page = page, kind: str = kind) -> None:
                page.goto("about:blank")
                page.goto(f"{site.url}/public/?lang={language}#/{name}")
                page.wait_for_selector(ready, timeout=LONG)
                if name != "report":
                    album.take(page, f"public-{name or 'home'}-{kind}{'-en' if language == 'en' else ''}")

            see("", "nav a")
            see("map", '[data-map="ready"]')
            if kind == "phone":
                see("", "nav a", "en")
            see("report", "#words")
            page.set_input_files('[data-part="album"]', [picture(0), picture(1)])
            expect(page.locator(".say.good")).to_contain_text("14")
            album.take(page, f"public-report-{kind}")
            page.fill("#words", "文庙路口有一堆垃圾，两天没有收")
            page.select_option("#matter", "06010")
            page.locator(".tick input").check()
            album.clock.wait(minutes=3)
            page.locator("form > button.big").click()
            page.wait_for_selector('[data-part="sent"]')
            page.locator('a[href="#/follow"]').click()
            page.wait_for_selector('[data-part="state"]')
            album.take(page, f"public-follow-{kind}")
            see("receipt", "#paste")


# ── the phone ─────────────────────────────────────────────────────────────────────────────────────────────────────────

HANDY = """([lon, lat]) => {
  navigator.storage.estimate = async () => ({ usage: 4.9e6, quota: 10.7e9 })
  const tell = done => setTimeout(() => done({ coords: { longitude: lon, latitude: lat, accuracy: 8 }, timestamp: Date.now() }))
  Object.defineProperty(navigator, 'geolocation', { value: { getCurrentPosition: tell, watchPosition: done => (tell(done), 1), clearWatch() {} } })
}"""
"""How full the disk is would be the machine's own; and the browser's made-up receiver answers only when it is moved."""


class Pocket:
    """An inspector's phone, on duty and near what is to be verified."""

    def __init__(self, album: Album, site: Site, context: BrowserContext) -> None:
        self.album, self.site, self.context = album, site, context
        site.sign_in(context, "wang.lei")
        self.case = context.request.get(f"{site.url}/api/tasks?act=verify").json()["items"][0]["case"]
        self.at = (self.case["lon"], self.case["lat"])
        context.add_init_script(f"({HANDY})([{self.at[0] + 0.0001}, {self.at[1]}])")
        self.page = start(context, site, "/tasks", page=album.page(context))

    def take(self, name: str) -> None:
        """Where it is has been told."""
        expect(self.page.locator('[data-duty="sharing"], [data-sharing="sharing"]').first).to_be_visible(timeout=LONG)
        self.album.take(self.page, name)

    def speak(self, language: str) -> None:
        self.page.evaluate("language => localStorage.setItem('yiwang.locale', language)", language)
        self.page.reload()
        self.page.wait_for_selector("[data-task]")

    def fill(self) -> None:
        """A report, a minute after whatever was before: what is later is further up."""
        self.album.clock.wait(minutes=1)
        go(self.page, "/report")
        put(self.page, "近景", 0)
        choose(self.page)

    def send(self) -> None:
        self.page.locator(".send .btn").click()
        self.page.wait_for_url("**/outbox?new=*")

    def reached(self, state: str, act: str = "report") -> None:
        expect(item(self.page, act)).to_have_attribute("data-state", state, timeout=LONG)


def phones(album: Album, site: Site) -> None:
    with album.person("phone", permissions=["notifications"]) as context:
        page = album.page(context)
        page.goto(f"{site.url}/field/")
        page.wait_for_selector(".gate li button")
        album.take(page, "phone-sign-in")
        page.close()
        pocket = Pocket(album, site, context)
        page, task = pocket.page, f"[data-task='{pocket.case['id']}'][data-act='verify']"
        page.wait_for_selector(task)
        pocket.take("phone-tasks")
        pocket.speak("en")
        pocket.take("phone-tasks-en")
        pocket.speak("zh")
        page.locator(task).click()
        page.wait_for_selector(".acts [data-act='verify']")
        pocket.take("phone-task")
        page.locator(".acts [data-act='verify']").click()
        put(page, "核查", 2)
        page.locator("[data-choice='yes']").click()
        album.take(page, "phone-verify")
        for name in ("messages", "mine"):
            go(page, f"/{name}")
            pocket.take(f"phone-{name}")
        page.goto(f"{site.url}/field/#/duty")
        page.wait_for_selector(".near li")
        pocket.take("phone-duty")
        pocket.fill()
        page.locator(".sheet-list").evaluate("e => e.scrollTo(0, 0)")
        pocket.take("phone-report")
        outbox(pocket)


def outbox(pocket: Pocket) -> None:
    """Each way an act can stand: received, sent back, overtaken by somebody else, on its way, waiting."""
    page, context = pocket.page, pocket.context
    pocket.send()
    pocket.reached("received")
    context.route(
        "**/api/cases", lambda r: r.continue_(post_data=(r.request.post_data or "").replace('"06010"', '"99999"'))
    )
    pocket.fill()
    pocket.send()
    pocket.reached("returned")
    context.unroute("**/api/cases")
    pocket.album.clock.wait(minutes=1)
    context.set_offline(True)
    page.goto(f"{pocket.site.url}/field/#/tasks/{pocket.case['id']}?act=verify")
    page.locator("[data-submit]").click()
    expect(page.locator(".queued")).to_be_visible()
    pocket.site.act(
        lambda play: play.verify(store.lock_case(play.tx, UUID(pocket.case["id"])), by="zhao.xin", at=pocket.at)
    )
    context.set_offline(False)
    go(page, "/outbox")
    pocket.reached("conflict", "verify")
    context.route("**/api/cases", lambda _: None)
    for _ in range(2):
        pocket.fill()
        pocket.send()
    expect(page.locator("[data-item][data-state='sending']")).to_have_count(1)
    expect(page.locator("[data-item][data-state='waiting']")).to_have_count(1)
    pocket.album.take(page, "phone-outbox", held="/api/cases")
    item(page, nth=3).scroll_into_view_if_needed()
    pocket.album.take(page, "phone-outbox-below", held="/api/cases")
    context.unroute("**/api/cases")


@pytest.mark.browser
def test_every_page_looks_as_it_did(browser: Browser, still: tuple[Site, Clock]) -> None:
    site, clock = still
    album = Album(browser, clock)
    desk(album, site)
    residents(album, site)
    phones(album, site)
    album.close()


# ── what holds them against each other ────────────────────────────────────────────────────────────────────────────────


def drawn(*, fill: str = "#155a8a", left: int = 40, word: str = "Verify") -> Picture:
    """Something like a page: a panel, a button, words."""
    image = Image.new("RGB", (320, 200), "#edf1f4")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((20, 20, 300, 180), 12, "white", "#d5dde3")
    draw.rounded_rectangle((left, 120, left + 120, 160), 8, fill)
    draw.text((40, 40), word, "#14202b", font_size=28)
    return np.array(image)


def test_one_pixel_a_shade_off_is_a_difference_where_the_pictures_were_made() -> None:
    new = drawn()
    assert difference(drawn(), new, exact=True) == ""
    new[140, 60, 2] += 1
    assert difference(drawn(), new, exact=True) == "1 pixels differ"
    assert difference(drawn(), new, exact=False) == "", "elsewhere nobody would see it"


def test_elsewhere_rounding_and_smoothing_are_no_difference() -> None:
    noise = np.random.default_rng(7).integers(-4, 5, drawn().shape)
    smooth = np.asarray(Image.fromarray(drawn()).filter(ImageFilter.GaussianBlur(0.6)))
    for new in (np.clip(drawn() + noise, 0, 255).astype(np.uint8), smooth, np.roll(drawn(), 1, axis=1)):
        assert difference(drawn(), new, exact=False) == ""


@pytest.mark.parametrize(
    "new",
    [drawn(fill="#1b6e45"), drawn(left=52), drawn(word="Return"), drawn(word=""), drawn()[:-1]],
    ids=["another colour", "moved", "another word", "none", "another size"],
)
def test_whatever_somebody_would_see_is_a_difference_everywhere(new: Picture) -> None:
    assert difference(drawn(), new, exact=False) and difference(drawn(), new, exact=True)
