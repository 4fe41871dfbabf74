"""A wall's page is never closed: eight hours of live events, played as fast as the page takes them, leave no heap behind."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from browser.conftest import Site
from browser.looking import heed

pytestmark = pytest.mark.browser

HOURS, EVERY_SECONDS, EVENTS = 8, 20, 20
"""Eight hours with a batch each twenty seconds, of twenty events: more than a street sees in a week."""
PUMP = """
({ batches, events, every }) => new Promise(async (done) => {
  // What the feed would bring, to the very listeners of the page's own EventSource.
  const source = window.__feed
  const steps = ['reported', 'accepted', 'filed', 'handling', 'handled', 'verified', 'closed']
  const world = window.__world
  for (let b = 0; b < batches; b += 1) {
    world.now += every * 1000
    const now = new Date(world.now).toISOString()
    const touched = new Map()
    const said = []
    for (let e = 0; e < events; e += 1) {
      const row = world.rows[world.n++ % world.rows.length]
      row.version += 1
      row.step = steps[row.version % steps.length]
      row.step_since = row.reported_at = now
      row.step_due_at = row.due_at = new Date(world.now + 3_600_000).toISOString()
      row.closed_at = row.step === 'closed' ? now : null
      touched.set(row.id, row)
      said.push({ position: ++world.position, event: 'case.moved', case_id: row.id, number: row.number, at: now, who: '张敏', post_zh: '值班员', post_en: 'Operator', zh: '受理 ' + row.version, en: 'Accepted ' + row.version })
    }
    const data = JSON.stringify({ position: world.position, now, events: said, cases: [...touched.values()], gone: [] })
    source.dispatchEvent(new MessageEvent('message', { data }))
    if (b % 10 === 9) await new Promise((paint) => requestAnimationFrame(paint))
  }
  setTimeout(done, 500)
})
"""
FAKE = """
window.EventSource = class extends EventTarget {
  constructor() { super(); window.__feed = this; this.beat = setInterval(() => this.dispatchEvent(new MessageEvent('beat', { data: JSON.stringify({ position: 0, now: new Date(window.__world?.now ?? Date.now()).toISOString() }) })), 3000) }
  close() { clearInterval(this.beat) }
}
"""


def weigh(page: Page) -> dict[str, Any]:
    session = page.context.new_cdp_session(page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    counted = session.send("Memory.getDOMCounters")
    session.detach()
    return {"heap": heap, "nodes": counted["nodes"], "listeners": counted["jsEventListeners"]}


def test_eight_hours_leave_nothing_behind(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    faults = heed(page)
    page.add_init_script(FAKE)
    page.goto(site.url)
    page.wait_for_selector('.map[data-state="ready"]', timeout=60_000)
    page.wait_for_selector("#cases [data-id]")
    # Three hundred cases that go round through all steps, at their places; the clock from eight in the morning on.
    page.evaluate(
        """async () => {
          const today = await (await fetch('/api/desk/today')).json()
          const rows = Array.from({ length: 300 }, (_, i) => ({ ...today.cases[i % today.cases.length], id: crypto.randomUUID(), number: 'T' + String(i).padStart(6, '0'), version: 1,
            lon: 121.478 + (i % 20) * 0.0006, lat: 31.214 + Math.floor(i / 20) * 0.0006 }))
          window.__world = { rows, n: 0, now: Date.parse(today.since) + 8 * 3_600_000, position: today.position }
        }"""
    )
    hours = []
    for _ in range(HOURS):
        page.evaluate(PUMP, {"batches": 3600 // EVERY_SECONDS, "events": EVENTS, "every": EVERY_SECONDS})
        hours.append(weigh(page))
    print(*hours, sep="\n")
    assert faults == []
    assert page.locator("#cases [data-id]").count() > 0, "the page still shows its cases"
    for what, room in (("heap", 2.0), ("nodes", 200), ("listeners", 40)):
        early, late = hours[1][what], min(hours[-1][what], hours[-2][what])
        assert late < early * 1.15 + room, (what, [hour[what] for hour in hours])
