"""The desk by keyboard alone: to a case, into a form, off with it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

LONG = 60_000


def reach(page: Page, number: str) -> None:
    """With j alone, to the row of this case."""
    for _ in range(40):
        page.keyboard.press("j")
        row = page.locator(f'[data-task][data-number="{number}"]')
        if row.count() and row.first.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{number} was not reached")


def dialog(page: Page, act: str) -> Any:
    found = page.locator(f'dialog[open][data-act="{act}"]')
    expect(found).to_be_visible(timeout=LONG)
    return found


def press_for(page: Page, key: str, act: str) -> Any:
    page.keyboard.press(key)
    return dialog(page, act)


def send(page: Page) -> None:
    """Ctrl+Enter, as the foot of each form says."""
    expect(page.locator("dialog[open] .go")).to_be_enabled(timeout=LONG)
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=LONG)


def gone(page: Page, number: str, act: str) -> None:
    expect(page.locator(f'[data-task][data-number="{number}"][data-act="{act}"]')).to_have_count(0, timeout=LONG)


def is_in_form(page: Page) -> None:
    page.wait_for_function("() => document.activeElement.closest('dialog[open] .form') !== null")
