"""How a page is looked at: pictures that are kept, what axe finds."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page

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
