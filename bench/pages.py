"""What it takes until a page is there: first paint and first content in a real Chromium with a cold cache, each surface.

    yiwang bench pages [--url http://127.0.0.1:8000]    # without: the demonstration street is played on the spot

Each load has a browser context of its own: nothing cached, no service worker. `content` is when the page shows what it is
for: the desk its cases, the phone its tasks or the way in, the public page its first button.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import common
import httpx
from common import City, Row

LOADS = 7
SURFACES = (
    # name, address, what says that its content is there, size, reach for (ms until the first paint)
    ("desk", "/", "#cases [data-id]", (1440, 900), "≤ 2000"),
    ("phone", "/field/", "button, a", (390, 844), "≤ 1500"),
    ("public", "/public/", "main a, main button", (390, 844), ""),
)
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextmanager
def demo_street() -> Iterator[str]:
    """The address of a demonstration in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="yw-pages-") as folder:
        port = 18_431
        env = {**os.environ, "YIWANG_PORT": str(port), "YIWANG_DATA": folder}
        server = subprocess.Popen([sys.executable, "-m", "yiwang.cli", "up"], stdout=subprocess.DEVNULL, env=env)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.5)
            yield url
        finally:
            server.terminate()
            server.wait(60)


def measure(url: str) -> list[Row]:
    from playwright.sync_api import sync_playwright

    rows = []
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, address, content, (width, height), target in SURFACES:
            if httpx.get(url + address).status_code != 200:
                continue
            paints, there, bytes_ = [], [], 0
            for _ in range(LOADS):
                context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
                page = context.new_page()
                begun = time.perf_counter()
                page.goto(url + address)
                page.wait_for_selector(content, timeout=60_000)
                there.append((time.perf_counter() - begun) * 1e3)
                paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                bytes_ = page.evaluate(
                    "performance.getEntriesByType('resource').filter(r => /\\.(m?js|css)/.test(r.name)).reduce((n, r) => n + r.transferSize, 0)"
                )
                context.close()
            note = f"median {statistics.median(paints):.0f}; content after {statistics.median(there):.0f} ms; {bytes_ / 1000:.0f} kB of script and style"
            rows.append(Row(f"{name}: first paint, cold", max(paints), "ms worst", target, note))
        browser.close()
    return rows


def run(_: City | None, url: str | None = None) -> list[Row]:
    if url:
        return measure(url)
    with demo_street() as street:
        return measure(street)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--url":
        common.show(measure(sys.argv[2]))
    else:
        common.main(run, __doc__, city=False)
