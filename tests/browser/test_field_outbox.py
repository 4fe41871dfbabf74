"""The phone's outbox: reports without a network, whatever the network does then, and what the phone says of it."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

import world
from browser.conftest import Site
from browser.looking import shot
from browser.phone import cases_of, go, item, report, rows, start

pytestmark = pytest.mark.browser
LOST = 200


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


def press_send(page: Page) -> None:
    """「立即上传」, pressed if it is there: the outbox also sends by itself, so the button comes and goes between
    a look and a click; looking and pressing are one step."""
    page.evaluate("document.querySelector('[data-send]:enabled')?.click()")


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
    for _ in range(100):
        if page.locator("[data-state='received']").count() == 2:
            break
        press_send(page)
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
    expect(page.locator("[data-item]")).to_have_count(LOST, timeout=60_000)
    wang.set_offline(False)
    for _ in range(1_500):
        if not page.locator("[data-send]").count():
            break
        press_send(page)
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
    site.sign_in(wang, "zhao.xin")
    wang.set_offline(False)
    page.locator("nav a[data-tab='mine']").click()
    expect(page.locator(".who h2")).to_have_text("赵欣", timeout=15_000)
    go(page, "/outbox")
    expect(page.get_by_text("本机另有 1 条属于他人")).to_be_visible()
    page.wait_for_timeout(500)
    assert [len(cases_of(site, who)) for who in ("wang.lei", "zhao.xin")] == [before, 0]
    site.sign_in(wang, "wang.lei")
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
