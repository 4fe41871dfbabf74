"""What a page costs to load, as the browser gets it: compressed script of each surface, the map apart, which comes later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yiwang.app import PAGES, WEB

BUDGETS = {"desk.html": 900, "field.html": 350, "public.html": 350}
"""kB of compressed script, all pages of the surface together (issue 4); MapLibre and its worker are not in it."""
MAP = re.compile(r"^(\w*Map|maplibre)[\w-]*\.m?js$")
SCRIPT = re.compile(r"""["'`/]([\w.-]+\.m?js)["'`]""")


def scripts(page: Path) -> set[str]:
    """Every script that a page can come to load, by name: what it names, what those name, and so on."""
    found: set[str] = set()
    waiting = [page]
    while waiting:
        for name in SCRIPT.findall(waiting.pop().read_text("utf-8")):
            file = WEB / "assets" / name
            if name not in found and file.exists():
                found.add(name)
                waiting.append(file)
    return found


def compressed(name: str) -> int:
    packed = WEB / "assets" / f"{name}.br"
    return (packed if packed.exists() else WEB / "assets" / name).stat().st_size


@pytest.mark.parametrize("page", [p for p in PAGES.values() if (WEB / p).exists()])
def test_a_page_keeps_to_its_budget(page: str) -> None:
    found = scripts(WEB / page)
    assert found, "no script was found: the page names its scripts otherwise"
    cost = {name: compressed(name) for name in found if not MAP.match(name)}
    assert sum(cost.values()) <= BUDGETS[page] * 1000, sorted(cost.items(), key=lambda c: -c[1])[:8]


@pytest.mark.parametrize("page", [p for p in PAGES.values() if (WEB / p).exists()])
def test_the_map_is_not_among_what_a_page_loads_first(page: str) -> None:
    first = SCRIPT.findall((WEB / page).read_text("utf-8"))
    assert first
    assert not [name for name in first if MAP.match(name)]
