"""How a page is looked at: pictures that are kept, what axe finds, what it throws."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HAN = re.compile(r"[\u4e00-\u9fff]")


def shot(page: Page, name: str) -> None:
    """Kept where YIWANG_SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("YIWANG_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))  # not as a script tag: the page's own policy forbids those
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{v['id']}: {[n['target'] for n in v['nodes']]} {v['nodes'][0]['failureSummary']}" for v in found]


def heed(page: Page, expected: re.Pattern[str] | None = None) -> list[str]:
    """What the page throws from now on; with `expected` also what its console says in error, other than that."""
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    if expected is not None:
        page.on(
            "console", lambda m: faults.append(m.text) if m.type == "error" and not expected.search(m.text) else None
        )
    return faults


@contextmanager
def heeded(context: BrowserContext, expected: re.Pattern[str] | None = None) -> Iterator[Page]:
    """A page; whatever it throws (see `heed`) fails the test."""
    page = context.new_page()
    faults = heed(page, expected)
    yield page
    assert faults == []
