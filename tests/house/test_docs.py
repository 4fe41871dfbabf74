"""What the pages say is so: links, paths, commands, settings; generated pages are fresh; both READMEs say the same."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from generate import OPENAPI, PAGES, openapi_json
from house import ROOT, SRC
from yiwang.cli import app
from yiwang.settings import Settings

GENERATED = sorted({*PAGES, "tables.md"})
HAND_WRITTEN = [
    p
    for p in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *SRC.rglob("*.md"),
        *(ROOT / "invariants").glob("*.md"),
    )
    if p.name not in GENERATED
]
ALL = [*HAND_WRITTEN, *(ROOT / "docs" / name for name in GENERATED)]
OTHER_SETTINGS = {"YIWANG_DEBUG", "YIWANG_TOUR", "YIWANG_TEST_DATABASE_URL", "YIWANG_TEST_DATA"}
BASES = (ROOT, SRC, ROOT / "tests", ROOT / "docs")
NOT_HERE = {"src/yiwang/trees/README.md", "src/yiwang/scenes/NAME/", "web/src/desk/scenes/bikes/View.vue"}
"""Named as examples."""
NOT_COMMANDS = {("ledger", "key", "retired"), ("ledger", "key")}
"""The first words of what a key signs: src/yiwang/ledger/README.md."""


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(text: str) -> Iterator[str]:
    """Targets of Markdown links to files of ours, without their anchors."""
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            yield target.split("#")[0]


def paths(text: str) -> Iterator[str]:
    """Backticked words that look like a file or folder of ours: with a slash and no placeholder."""
    for said in re.findall(r"`([^`\n]+)`", text):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+(/|\.(py|sql|md|toml|csv|ts|vue|geojson))", said) and "000N" not in said:
            yield said


def commands(text: str) -> Iterator[tuple[str, ...]]:
    """Every `yiwang …` that a page tells to type: the words before options and arguments."""
    for said in re.findall(r"(?:`|^\s*|bin/)yiwang((?: [a-z][a-z-]*)+)", text, re.MULTILINE):
        yield tuple(said.split())


def known_commands() -> dict[str, set[str]]:
    """Command → its subcommands."""
    group = typer.main.get_command(app)
    return {n: set(getattr(c, "commands", ())) for n, c in group.commands.items()}  # type: ignore[attr-defined]


def unknown(words: tuple[str, ...], known: dict[str, set[str]]) -> bool:
    if words[0] not in known:
        return True
    return bool(known[words[0]]) and len(words) > 1 and words[1] not in known[words[0]]


@pytest.mark.parametrize("page", ALL, ids=name)
def test_links_resolve(page: Path):
    assert [t for t in links(page.read_text("utf-8")) if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=name)
def test_paths_exist(page: Path):
    named = set(paths(page.read_text("utf-8"))) - NOT_HERE
    assert [p for p in named if not any((base / p).exists() for base in (*BASES, page.parent))] == []


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=name)
def test_commands_and_targets_exist(page: Path):
    text, known = page.read_text("utf-8"), known_commands()
    assert [c for c in commands(text) if c not in NOT_COMMANDS and unknown(c, known)] == []
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=name)
def test_settings_exist(page: Path):
    known = {f.metadata["name"] for f in dataclasses.fields(Settings)} | OTHER_SETTINGS
    assert set(re.findall(r"YIWANG_[A-Z_]*[A-Z]", page.read_text("utf-8"))) <= known


def test_every_setting_is_explained():
    text = (ROOT / "docs/operate.md").read_text("utf-8")
    assert [f.metadata["name"] for f in dataclasses.fields(Settings) if f.metadata["name"] not in text] == []


def test_the_pages_types_are_made_from_what_the_server_says_now() -> None:
    assert OPENAPI.read_text("utf-8") == openapi_json(), "run `make docs`"


SAID_TWICE = {"Clock", "Reach"}
"""Names of forms that two domains use: the pages' types call them by their long names."""


def test_no_two_forms_of_the_pages_have_one_name() -> None:
    schemas = json.loads(OPENAPI.read_text("utf-8"))["components"]["schemas"]
    twice = {name.split("__")[-1] for name in schemas if name.startswith("yiwang__")}
    assert twice <= SAID_TWICE, "the pages' types would lose both: call one otherwise"


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_fresh(page: str):
    assert (ROOT / "docs" / page).read_text("utf-8") == PAGES[page](), "run `make docs`"


def shell_lines(text: str) -> list[str]:
    """The commands of a page's shell examples, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_both_readmes_say_the_same():
    english, chinese = ((ROOT / f).read_text("utf-8") for f in ("README.md", "README.zh-CN.md"))
    assert shell_lines(english) == shell_lines(chinese) != []
    assert sorted(set(links(english)) - {"README.zh-CN.md"}) == sorted(set(links(chinese)) - {"README.md"})
    assert {"make up", "make test"} <= set(shell_lines(english))


def test_make_has_few_commands_and_explains_each():
    text = (ROOT / "Makefile").read_text("utf-8")
    explained = re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony and sorted(explained) == sorted(phony[1].split()) and len(explained) <= 12


def test_the_checks_see_what_is_wrong():
    assert list(links("[a](docs/none.md#x) [b](https://c.d) [e](#f)")) == ["docs/none.md"]
    assert list(paths("`kit/none.py` `a/b` `tests/house/` `SELECT`")) == ["kit/none.py", "tests/house/"]
    known = {"ledger": {"verify"}, "up": set()}
    told = commands("`yiwang up` and `yiwang ledger mend`\n.venv/bin/yiwang dance FILE")
    assert [c for c in told if unknown(c, known)] == [("ledger", "mend"), ("dance",)]
