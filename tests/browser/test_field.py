"""An inspector's day on the phone: reports without a network, whatever the network does then, and what the phone says of it."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

import world
from browser.conftest import CHROMIUM, Site
from browser.looking import HAN, axe, shot
from browser.phone import CAMERA, SIZE, cases_of, go, item, phone, report, rows, shoot, start, until
from yiwang.app import WEB, Assets

pytestmark = pytest.mark.browser
LOST = 200
QR = Path(__file__).with_name("component_qr.png")
"""Of https://x.example/c/31010101001000021."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None or not (WEB / "field.html").exists():
        pytest.skip("Chromium or the pages are not there")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=CAMERA)
        yield started
        started.close()


@pytest.fixture
def wang(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    with phone(browser, site) as context:
        yield context


def lose_answers(context: BrowserContext, path: str, times: int) -> list[str]:
    """The server does it, the phone never hears of it."""
    lost: list[str] = []

    def handle(route: Route) -> None:
        if len(lost) >= times or route.request.method != "POST":
            route.continue_()
            return
        lost.append(str(route.fetch().status))
        route.abort()

    context.route(f"**{path}", handle)
    return lost


def test_an_inspectors_day_without_a_network(wang: BrowserContext, site: Site) -> None:
    before = len(cases_of(site, "wang.lei"))
    page = start(wang, site)
    wang.set_offline(True)
    page.reload()
    expect(page.get_by_text("现在没有网络")).to_be_visible()
    report(page, 1)
    shot(page, "field-outbox-offline")
    report(page, 2)
    expect(item(page, nth=1)).to_have_attribute("data-state", "waiting")
    assert len(cases_of(site, "wang.lei")) == before

    page.close()
    page = start(wang, site, "/outbox", ready=False)
    expect(page.locator("[data-item][data-state='waiting']")).to_have_count(2)

    lost = lose_answers(wang, "/api/cases", 1)
    wang.set_offline(False)
    page.locator("[data-send]").or_(page.get_by_text("全部已上传")).first.wait_for()
    for _ in range(20):
        if page.locator("[data-state='received']").count() == 2:
            break
        if page.locator("[data-send]:enabled").count():
            page.locator("[data-send]").click()
        page.wait_for_timeout(300)
    expect(page.locator("[data-item][data-state='received']")).to_have_count(2)
    assert lost == ["201"], "no answer was lost: the test tests nothing"
    made = cases_of(site, "wang.lei")[before:]
    assert [(step, photos) for _, step, photos in made] == [("handling", 2), ("handling", 2)], (
        "filed and dispatched itself"
    )
    said = page.locator(".number a").all_inner_texts()
    numbers = {
        r[0] for r in rows(site, "select number from cases.case where id = any(%(ids)s)", ids=[m[0] for m in made])
    }
    assert {s.removeprefix("编号 ") for s in said} == numbers
    assert page.faults == []  # type: ignore[attr-defined]
    shot(page, "field-outbox")


def test_the_photo_says_where_and_when_it_was_taken(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    report(page, 30)
    expect(item(page)).to_have_attribute("data-state", "received")
    found = rows(
        site,
        "select f.lon, f.lat, abs(extract(epoch from now() - f.taken_at)) < 120, f.width from cases.evidence e join kit.file f"
        " using (sha256) where e.case_id = %(id)s",
        id=cases_of(site, "wang.lei")[-1][0],
    )
    assert len(found) == 2
    for lon, lat, just_now, width in found:
        assert (round(lon, 5), round(lat, 5), just_now, width) == (*world.SPOT, True, 900)


def test_three_taps(wang: BrowserContext, site: Site) -> None:
    """After the first of its kind: the photo, what it is, off."""
    page = start(wang, site)
    report(page, 40)
    go(page, "/report")
    shoot(page, "近景", 41)
    page.locator(".pick[data-matter]").first.click()
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received")


QUEUE = """async ({ owner, n, condition, lon, lat }) => {
  const hex = (bytes) => [...new Uint8Array(bytes)].map(b => b.toString(16).padStart(2, '0')).join('')
  const id = () => { const t = Date.now().toString(16).padStart(12, '0'), r = crypto.randomUUID(); return `${t.slice(0, 8)}-${t.slice(8)}-7${r.slice(15, 18)}-${r.slice(19)}` }
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 48
  const pen = canvas.getContext('2d')
  const made = []
  for (let i = 0; i < n; i += 1) {
    const photos = []
    for (const kind of ['near', 'far']) {
      for (let k = 0; k < 36; k += 1) { pen.fillStyle = `rgb(${Math.random() * 255},${Math.random() * 255},${Math.random() * 255})`; pen.fillRect(k % 6 * 8, (k / 6 | 0) * 8, 8, 8) }
      const bytes = await (await new Promise(d => canvas.toBlob(d, 'image/jpeg', 0.9))).arrayBuffer()
      photos.push({ sha256: hex(await crypto.subtle.digest('SHA-256', bytes)), kind, bytes })
    }
    const caseId = id(), shown = photos.map(({ sha256, kind }) => ({ sha256, kind }))
    const command = { id: caseId, channel: 'patrol', description: `第 ${i} 件`, matter_kind: 'matter', matter_code: '06010', condition_id: condition, lon, lat, place: '文庙路', photos: shown }
    made.push({ photos, item: { id: id(), owner, act: 'report', path: '/api/cases', command, photos: shown, form: {}, case: caseId, title: '暴露垃圾', place: '文庙路', state: 'waiting', at: Date.now(), tries: 0, nextAt: 0, problem: null, standing: null, answer: null, shownAt: null } })
  }
  const opened = await new Promise(d => { const o = indexedDB.open('yiwang-field'); o.onsuccess = () => d(o.result) })
  const tx = opened.transaction(['items', 'photos'], 'readwrite')
  for (const { photos, item } of made) {
    for (const p of photos) tx.objectStore('photos').put({ sha256: p.sha256, owner, bytes: p.bytes, at: Date.now(), position: null, uploaded: 0 })
    tx.objectStore('items').put(item)
  }
  await new Promise(d => tx.oncomplete = d)
  opened.close()
  return made.map(m => m.item.case)
}"""


def test_two_hundred_reports_over_a_network_that_fails_half_the_time(wang: BrowserContext, site: Site) -> None:
    """None lost, none doubled: half of all requests fail, half of those after the server has done them."""
    page = start(wang, site, "/outbox")
    dice, fate = random.Random(5), {"before": 0, "after": 0, "through": 0}
    wang.set_offline(True)
    owner = rows(site, "select id::text from network.person where login = 'wang.lei'")[0][0]
    condition = site.act(lambda play: str(play.condition()))
    ids = page.evaluate(
        QUEUE, {"owner": owner, "n": LOST, "condition": condition, "lon": world.SPOT[0], "lat": world.SPOT[1]}
    )

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        what = dice.choice(("before", "after", "through", "through"))
        fate[what] += 1
        if what == "through":
            route.continue_()
            return
        if what == "after":
            route.fetch()
        route.abort()

    wang.route("**/api/cases", fail)
    wang.route("**/api/photos", fail)
    page.reload()
    wang.set_offline(False)
    for _ in range(1_500):
        if not page.locator("[data-send]").count():
            break
        if page.locator("[data-send]:enabled").count():
            page.locator("[data-send]").click()
        page.wait_for_timeout(200)
    expect(page.locator("[data-item][data-state='received']")).to_have_count(LOST)
    numbers = page.locator(".number a").all_inner_texts()
    assert len(set(numbers)) == LOST
    found = rows(
        site,
        "select count(*)::int, count(distinct c.number)::int, sum((select count(*) from cases.evidence e where e.case_id = c.id))::int,"
        " (select count(*)::int from ledger.entry where event = 'case.reported' and subject_id = any(%(ids)s)) from cases.case c"
        " where c.id = any(%(ids)s)",
        ids=ids,
    )[0]  # fmt: skip
    assert tuple(found) == (LOST, LOST, 2 * LOST, LOST)
    mine = rows(
        site,
        "select count(*)::int from cases.case where reporter_id = %(me)s and description like '第 %% 件'",
        me=owner,
    )[0][0]
    assert mine == LOST, "none is there twice under another id"
    assert min(fate.values()) > 100, fate
    assert page.faults == []  # type: ignore[attr-defined]


def test_signed_out_meanwhile_the_queue_is_kept_and_goes_on(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    wang.set_offline(True)
    report(page, 60)
    with site.system.database.transaction() as tx:
        tx.conn.execute("delete from network.session")
    wang.set_offline(False)
    expect(page.get_by_role("heading", name="请登录")).to_be_visible()
    page.get_by_role("button", name="王磊").click()
    go(page, "/outbox")
    expect(item(page)).to_have_attribute("data-state", "received")
    assert page.faults == []  # type: ignore[attr-defined]


def test_another_person_on_the_same_phone_sends_nothing_of_mine(wang: BrowserContext, site: Site) -> None:
    before = len(cases_of(site, "wang.lei"))
    page = start(wang, site)
    wang.set_offline(True)
    report(page, 70)
    wang.request.post(f"{site.url}/api/demo-sign-in", data={"login": "zhao.xin"})
    wang.set_offline(False)
    page.locator("nav a[data-tab='mine']").click()
    expect(page.locator(".who h2")).to_have_text("赵欣", timeout=15_000)
    go(page, "/outbox")
    expect(page.get_by_text("本机另有 1 条属于他人")).to_be_visible()
    page.wait_for_timeout(500)
    assert [len(cases_of(site, who)) for who in ("wang.lei", "zhao.xin")] == [before, 0]
    wang.request.post(f"{site.url}/api/demo-sign-in", data={"login": "wang.lei"})
    page.reload()
    expect(item(page)).to_have_attribute("data-state", "received", timeout=15_000)
    assert len(cases_of(site, "wang.lei")) == before + 1


def test_what_the_server_refuses_comes_back_as_a_draft(wang: BrowserContext, site: Site) -> None:
    """A real refusal: a class that is in the phone's catalogue but no longer in the server's."""
    page = start(wang, site)
    wang.route(
        "**/api/cases", lambda r: r.continue_(post_data=(r.request.post_data or "").replace('"06010"', '"99999"'))
    )
    report(page, 80)
    expect(item(page)).to_have_attribute("data-state", "returned")
    shot(page, "field-outbox-returned")
    wang.unroute("**/api/cases")
    item(page).locator("[data-way='change']").click()
    expect(page.locator(".report .fault")).to_contain_text("被退回")
    expect(page.locator(".slot.filled")).to_have_count(2)
    page.locator(".send .btn").click()
    page.wait_for_url("**/outbox?new=*")
    expect(item(page)).to_have_attribute("data-state", "received")


def test_a_full_phone_says_so_and_keeps_what_was_safe(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    shoot(page, "近景", 90)
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put
          IDBObjectStore.prototype.put = function (...a) { if (this.name === 'photos') throw new DOMException('no room', 'QuotaExceededError'); return put.apply(this, a) } }"""
    )
    box = page.locator(".slot:has(input[data-slot='远景'])")
    box.locator("input").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": world.jpeg("green", size=300)}
    )
    expect(page.get_by_text("手机存储已满")).to_be_visible()
    shot(page, "field-full")
    page.reload()
    page.get_by_role("button", name="1 张照片").click()
    expect(page.locator(".slot.filled")).to_have_count(1)


def test_known_cases_near_by_are_shown_before_it_is_sent(wang: BrowserContext, site: Site) -> None:
    before = len(cases_of(site, "wang.lei"))
    known = site.act(lambda play: play.report("zhang.min", place="文庙路口", **world.URGENT))
    page = start(wang, site, "/report")
    shoot(page, "近景", 95)
    page.get_by_role("button", name="查找事项").click()
    page.locator("#matter-words").fill(known.matter_code)
    page.locator(f"[data-matter='{known.matter_code}']").filter(has_text="事件").click()
    near = page.locator(".near li").filter(has_text=known.number)
    expect(near).to_be_visible()
    shot(page, "field-near")
    near.get_by_role("button").click()
    expect(item(page, "comment")).to_have_attribute("data-state", "received")
    assert rows(site, "select count(*)::int from cases.comment where case_id = %(id)s", id=known.id)[0][0] == 1
    assert len(cases_of(site, "wang.lei")) == before


def test_put_right_on_the_spot(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    shoot(page, "近景", 97)
    page.get_by_label("当场已处置").check()
    page.get_by_role("button", name="查找事项").click()
    page.locator("#matter-words").fill("06010")
    page.locator("[data-matter='06010']").filter(has_text="事件").click()
    page.locator("[data-condition]").first.click()
    page.locator(".send .btn").click()
    expect(page.locator(".send [role=alert]")).to_contain_text("处置后照片")
    shoot(page, "处置后", 98)
    page.locator(".send .btn").click()
    expect(item(page)).to_have_attribute("data-state", "received")
    assert cases_of(site, "wang.lei")[-1][1:] == ("handled", 2)


def test_a_component_is_known_by_its_code(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/report")
    page.get_by_role("button", name="扫部件码").click()
    page.get_by_label("部件编码（16 或 17 位数字）").fill("31010101001000021")
    page.get_by_role("button", name="使用这个编码").click()
    expect(page.locator(".chosen")).to_contain_text("供水井盖")
    expect(page.locator(".chosen")).to_contain_text("31010101001000021")


def test_a_code_is_read_by_our_own_reader_under_the_policy(wang: BrowserContext, site: Site) -> None:
    """Whatever this browser has: the reader that comes with the page, its WebAssembly from here."""
    page = start(wang, site)
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective + ' ' + e.blockedURI)); delete window.BarcodeDetector"
    )
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.reload()
    go(page, "/report")
    page.evaluate(SHOW_CODE, base64.b64encode(QR.read_bytes()).decode())
    page.get_by_role("button", name="扫部件码").click()
    expect(page.locator(".chosen")).to_contain_text("31010101001000021", timeout=20_000)
    assert page.evaluate("refused") == []
    assert [u for u in asked if not u.startswith((site.url, "blob:", "data:"))] == []


SHOW_CODE = """async (png) => {
  const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode()
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 400
  const draw = () => { const pen = canvas.getContext('2d'); pen.fillStyle = '#fff'; pen.fillRect(0, 0, 400, 400); pen.imageSmoothingEnabled = false; pen.drawImage(image, 50, 50, 300, 300) }
  setInterval(draw, 100); draw()
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
}"""


PAGES = ("/tasks", "/report", "/messages", "/mine", "/outbox")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_in_both_languages_and_large_type(
    wang: BrowserContext, site: Site, language: str
) -> None:
    page = start(wang, site)
    report(page, 110 if language == "zh" else 120)
    page.evaluate("language => localStorage.setItem('yiwang.locale', language)", language)
    page.reload()
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(400)
        assert axe(page) == [], path
        if language == "en":
            said = page.locator("nav.tabs, h1, .btn, label").all_inner_texts()
            assert not [t for t in said if HAN.search(t) and t != "中文"], (path, said)
        shot(page, f"field{path.replace('/', '-')}-{language}")
    page.evaluate("localStorage.setItem('yiwang.field.size', 'largest')")
    page.reload()
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(400)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 32
        assert page.evaluate(WIDE) == [], path
        assert axe(page) == [], path
        shot(page, f"field{path.replace('/', '-')}-{language}-200")


@pytest.mark.parametrize("size", ["normal", "largest"])
def test_the_gate_is_accessible(browser: Browser, site: Site, size: str) -> None:
    context = browser.new_context(viewport=SIZE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{site.url}/field/")
    page.evaluate("size => localStorage.setItem('yiwang.field.size', size)", size)
    for language in ("zh", "en"):
        page.goto(f"{site.url}/field/?lang={language}")
        page.wait_for_selector("form")
        page.wait_for_selector(".gate li button")
        assert axe(page) == []
        assert page.evaluate(WIDE) == []
        shot(page, f"field-gate-{language}-{size}")
    context.close()


WIDE = """() => {
  const page = document.querySelector('main')
  const out = page.scrollWidth > page.clientWidth + 1 ? [`scrolls sideways by ${page.scrollWidth - page.clientWidth}`] : []
  for (const e of document.querySelectorAll('main *')) {
    const b = e.getBoundingClientRect()
    if (b.width && b.right > innerWidth + 1 && getComputedStyle(e).position !== 'absolute') out.push(`${e.tagName}.${e.className} ${Math.round(b.right)}`)
  }
  return out.slice(0, 5)
}"""


def test_targets_are_large_enough_for_a_wet_thumb(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    report(page, 130)
    for path in PAGES:
        go(page, path)
        page.wait_for_timeout(300)
        small: list[Any] = page.evaluate(
            """() => [...document.querySelectorAll('main button, main a, nav a, main select, main input:not([type=checkbox]):not([type=file])')]
              .map(e => [e.innerText || e.id, e.getBoundingClientRect()]).filter(([, b]) => b.width && (b.height < 43.5 || b.width < 43.5)).map(([t, b]) => `${t} ${b.width}×${b.height}`)"""
        )
        assert small == [], path


def test_the_scripts_fit_their_budget(browser: Browser, site: Site) -> None:
    """At most 350 kB of packed script over all pages, without the map and the reader of codes, which come when asked for."""
    with phone(browser, site, service_workers="block") as context:
        page = context.new_page()
        page.goto(f"{site.url}/field/")
        page.wait_for_selector("nav.tabs")
        for path in PAGES:
            go(page, path)
            page.wait_for_timeout(300)
        sizes = page.evaluate(
            "performance.getEntriesByType('resource').filter(r => r.name.endsWith('.js')).map(r => [r.name, r.encodedBodySize])"
        )
        first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    total = sum(size for _, size in sizes)
    print(f"field: {total / 1000:.0f} kB of script, first paint {first:.0f} ms")
    assert 50_000 < total < 350_000, sizes
    assert not [name for name, _ in sizes if "maplibre" in name]


def test_signing_out_with_something_unsent_is_asked_twice(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site)
    wang.set_offline(True)
    report(page, 140)
    go(page, "/mine")
    page.locator("button[data-out]").first.click()
    page.locator("dialog [data-out='1']").click()
    expect(page.locator("dialog")).to_contain_text("再确认一次")
    shot(page, "field-sign-out")
    page.get_by_role("button", name="先不退出").click()
    expect(page.locator("nav.tabs")).to_be_visible()


def test_a_new_version_waits_until_it_is_let_in(
    wang: BrowserContext, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = start(wang, site)
    offer = page.get_by_role("button", name="立即更新")
    expect(offer).to_have_count(0)
    serve = Assets.get_response

    async def newer(assets: Assets, path: str, scope: Any) -> Response:
        if path != "sw.js":
            return await serve(assets, path, scope)
        return Response((WEB / "field/sw.js").read_text("utf-8") + "\n// newer\n", media_type="text/javascript")

    monkeypatch.setattr(Assets, "get_response", newer)
    page.evaluate("navigator.serviceWorker.getRegistration('/field/').then(r => r.update()).then(() => null)")
    expect(offer).to_be_visible(timeout=15_000)
    assert axe(page) == []
    shot(page, "field-update")
    with page.expect_navigation():
        offer.click()
    page.wait_for_selector("nav.tabs")
    until(page, "navigator.serviceWorker.getRegistration('/field/').then(r => !r.waiting)")
    expect(offer).to_have_count(0)


def test_who_signs_out_without_a_network_is_signed_out_when_it_is_back(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/mine")
    wang.set_offline(True)
    page.locator("button[data-out]").first.click()
    expect(page.get_by_role("heading", name="请登录")).to_be_visible()
    assert wang.request.get(f"{site.url}/api/me").ok, "the server has not heard of it yet"
    wang.set_offline(False)
    page.reload()
    expect(page.get_by_role("heading", name="请登录")).to_be_visible()
    for _ in range(50):
        if wang.request.get(f"{site.url}/api/me").status == 401:
            break
        page.wait_for_timeout(100)
    assert wang.request.get(f"{site.url}/api/me").status == 401
    page.get_by_role("button", name="王磊").click()
    expect(page.locator("nav.tabs")).to_be_visible()


def test_the_map_is_taken_along(wang: BrowserContext, site: Site) -> None:
    page = start(wang, site, "/mine")
    page.locator("[data-map]").click()
    expect(page.get_by_text("本街道地图已全部在手机里")).to_be_visible(timeout=30_000)
    wang.set_offline(True)
    page.reload()
    go(page, "/report")
    page.get_by_role("button", name="地图", exact=True).click()
    page.wait_for_selector(".map[data-state='ready']", timeout=30_000)
    page.wait_for_timeout(600)
    shot(page, "field-map-offline")
    assert page.faults == []  # type: ignore[attr-defined]


def test_two_open_pages_send_each_report_once(wang: BrowserContext, site: Site) -> None:
    before = len(cases_of(site, "wang.lei"))
    one = start(wang, site)
    two: Page = start(wang, site, "/outbox")
    one.bring_to_front()  # a page behind another is told no position, and waits for one at every photo
    wang.set_offline(True)
    for n in range(3):
        report(one, 150 + n)
    wang.set_offline(False)
    for page in (one, two):
        page.evaluate("dispatchEvent(new Event('online'))")
    go(one, "/outbox")
    expect(one.locator("[data-item][data-state='received']")).to_have_count(3, timeout=20_000)
    expect(two.locator("[data-item][data-state='received']")).to_have_count(3)
    assert len(cases_of(site, "wang.lei")) == before + 3
