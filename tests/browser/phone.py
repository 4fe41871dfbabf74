"""A phone in the hand: 390 × 844, a position, a network that can be taken away."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page, expect

import world
from browser.looking import heed

if TYPE_CHECKING:
    from browser.conftest import Site

SIZE = {"width": 390, "height": 844}
MATTER = "06010"
QR = Path(__file__).with_name("component_qr.png")
"""Of https://x.example/c/31010101001000021."""


@contextmanager
def phone(
    browser: Browser, site: Site, login: str = "wang.lei", at: tuple[float, float] = world.SPOT, **more: Any
) -> Iterator[BrowserContext]:
    """Somebody's phone, signed in."""
    context = browser.new_context(
        viewport=SIZE, is_mobile=True, has_touch=True, locale="zh-CN", reduced_motion="reduce",
        geolocation={"longitude": at[0], "latitude": at[1], "accuracy": 8}, permissions=["geolocation"], **more,
    )  # fmt: skip
    try:
        site.sign_in(context, login)
        yield context
    finally:
        context.close()


def start(
    context: BrowserContext, site: Site, path: str = "/tasks", *, ready: bool = True, page: Page | None = None
) -> Page:
    """The app, open; whatever it throws is kept in `page.faults`. `ready`: all that it takes along is on the phone."""
    page = page or context.new_page()
    page.faults = heed(page)  # type: ignore[attr-defined]
    page.goto(f"{site.url}/field/#{path}")
    page.wait_for_selector("main")
    if ready:
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        until(page, "navigator.serviceWorker.controller !== null")
        until(
            page,
            f"({KEPT})().then(keys => ['catalogue', 'grids', 'roads', 'ground'].every(k => keys.some(x => x.startsWith(k))))",
        )
    return page


KEPT = """() => new Promise(done => {
  const asked = indexedDB.open('yiwang-field')
  asked.onsuccess = () => {
    const all = asked.result.transaction('kept').objectStore('kept').getAllKeys()
    all.onsuccess = () => { asked.result.close(); done(all.result) }
  }
})"""


def until(page: Page, true: str) -> None:
    """Not `wait_for_function`: where it must ask twice it evaluates text, which the page's policy forbids."""
    for _ in range(150):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {true}")


def go(page: Page, path: str) -> None:
    page.wait_for_selector("main")  # after a reload the page may not listen to its address yet
    page.evaluate("path => location.hash = path", path)
    until(
        page, f"document.querySelector('nav.tabs a.on')?.dataset.tab === '{'mine' if path == '/outbox' else path[1:]}'"
    )
    page.wait_for_timeout(100)


def shoot(page: Page, slot: str, n: int) -> None:
    """A photo by the phone's own camera."""
    data = world.jpeg((n % 251, n // 251 % 251, len(slot) * 40), size=900)
    box = page.locator(f".slot:has(input[data-slot='{slot}'])").last
    box.locator("input").set_input_files({"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data})
    expect(page.locator(f".slot.filled:has(input[data-slot='{slot}'])").last).to_be_visible()


def choose(page: Page, matter: str = MATTER) -> None:
    page.get_by_role("button", name="查找事项").click()
    page.locator("#matter-words").fill(matter)
    page.locator(f"[data-matter='{matter}']").filter(has_text="事件").click()
    condition = page.locator("[data-condition]").first
    condition.click()
    expect(condition).to_have_attribute("aria-checked", "true")


def report(page: Page, n: int) -> str:
    """A report of two photos; the id of its item."""
    go(page, "/report")
    shoot(page, "近景", n)
    shoot(page, "远景", n + 100)
    choose(page)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    return page.url.split("new=")[1]


def fill(form: Any, **answers: Any) -> None:
    """What a form asks, at the desk or on the phone; several answers of one field as a tuple."""
    for name, value in answers.items():
        field = form.locator(f"[data-field='{name}']")
        if field.locator("select").count():
            field.locator("select").select_option(value)
        elif field.locator("input[type=radio], input[type=checkbox]").count():
            for one in value if isinstance(value, tuple) else (value,):
                field.get_by_label(one, exact=True).check()
        else:
            field.locator("input, textarea").first.fill(str(value))


def open_step(page: Page, step: str) -> Any:
    """The sheet of a step of the thing that is open on the phone."""
    expect(page.locator(".acts [data-step], .acts [data-act]").first).to_be_visible(timeout=60_000)
    if not page.locator(f".acts [data-step='{step}']").count():
        page.locator("[data-more]").click()
    page.locator(f"[data-step='{step}']:visible").click()
    return page.locator("dialog[open]")


def sent(page: Page, act: str, state: str = "received") -> None:
    """What was filled in has left the phone, and came to this."""
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=60_000)
    page.evaluate("location.hash = '/outbox'")
    expect(item(page, act)).to_have_attribute("data-state", state, timeout=60_000)


def item(page: Page, act: str = "report", nth: int = 0) -> Any:
    return page.locator(f"[data-item][data-act='{act}']").nth(nth)


def rows(site: Site, sql: str, **params: Any) -> list[Any]:
    with site.system.database.reading() as tx:
        return tx.conn.execute(sql, params).fetchall()  # type: ignore[arg-type]


def cases_of(site: Site, login: str) -> list[tuple[UUID, str, int]]:
    """What somebody reported: id, step, photos."""
    return [
        tuple(r)
        for r in rows(
            site,
            "select c.id, c.step, (select count(*)::int from cases.evidence e where e.case_id = c.id)"
            " from cases.case c join network.person p on p.id = c.reporter_id where p.login = %(login)s order by c.id",
            login=login,
        )
    ]


SHOW_CODE = """async (png) => {
  const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode()
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 400
  const draw = () => { const pen = canvas.getContext('2d'); pen.fillStyle = '#fff'; pen.fillRect(0, 0, 400, 400); pen.imageSmoothingEnabled = false; pen.drawImage(image, 50, 50, 300, 300) }
  setInterval(draw, 100); draw()
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
}"""


def show_code(page: Page) -> None:
    """From now on its camera sees `QR`."""
    page.evaluate(SHOW_CODE, base64.b64encode(QR.read_bytes()).decode())
