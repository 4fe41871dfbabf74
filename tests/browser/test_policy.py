"""The page under its content security policy, in a real Chromium: nothing it does is forbidden, what others would do is."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from yiwang.kit import door

from .conftest import Site

pytestmark = pytest.mark.browser
WATCH = "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber))"


def opened(context: BrowserContext, site: Site) -> tuple[Page, list[str]]:
    page, said = context.new_page(), []
    page.on("console", lambda m: said.append(m.text) if "Content Security Policy" in m.text else None)
    page.add_init_script(WATCH)
    page.goto(site.url)
    page.wait_for_selector('.map[data-state="ready"]', timeout=30_000)
    page.wait_for_selector("#cases [data-id]")
    return page, said


def test_the_page_keeps_to_its_policy(context: BrowserContext, site: Site) -> None:
    page, said = opened(context, site)
    page.locator("#cases [data-id]").first.click()
    page.wait_for_selector('[data-part="course"] [data-entry]')
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(500)
    assert page.evaluate("refused") == [] and said == []


def test_a_script_that_got_in_does_not_run(context: BrowserContext, site: Site) -> None:
    """That the policy is there and that the first test could fail."""
    page, said = opened(context, site)
    page.evaluate(
        """() => {
          const script = document.createElement('script'); script.textContent = 'window.stolen = 1'; document.body.append(script)
          const image = document.createElement('img'); image.src = 'https://evil.example/x'; document.body.append(image)
          document.body.insertAdjacentHTML('beforeend', '<p onclick="window.stolen = 1" style="color: red">x</p>')
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.stolen") is None
    kinds = {r.split()[0] for r in page.evaluate("refused")}
    assert {"script-src-elem", "img-src", "script-src-attr"} <= kinds and said
    assert "default-src 'none'" in door.CSP
