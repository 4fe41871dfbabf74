"""The front keeps its floors: what is shared knows no surface, surfaces know none of each other, features none of each
other; the server's types are not written by hand, what may be done is not decided in a component, and type has one scale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from house import ROOT

WEB = ROOT / "web/src"
SURFACES = ("desk", "field", "public")
COMMON = "shell"
"""The folder of a surface that its features may know."""
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""")
MOST_LINES = 400
STEP = re.compile(r"""\.step\s*[!=]==?\s*['"]|posts?\b.*\.kind\s*[!=]==?\s*['"]""")
"""A component that asks which step a case is at, or which post somebody holds, decides what the server decides."""
SCALE = re.compile(r"(--t-(\d+)): ([\d.]+)rem;")
SIZES = re.compile(r"(?<![\w-])font(?:-size)?\s*:\s*([^;}]+)")
DESK = ("desk/shell/App.vue", "16px")
"""What a rem is on the desk, whose rows are measured in pixels."""


def files() -> Iterator[tuple[str, str]]:
    for path in sorted([*WEB.rglob("*.ts"), *WEB.rglob("*.vue")]):
        if path.name != "schema.d.ts":
            yield path.relative_to(WEB).as_posix(), path.read_text("utf-8")


def place(file: str) -> tuple[str, str]:
    """A file's surface (empty: shared) and its feature there (empty: the surface's own)."""
    parts = file.split("/")
    if parts[0] not in SURFACES:
        return "", ""
    return parts[0], parts[1] if len(parts) > 2 else ""


def wrong_imports(file: str, code: str) -> Iterator[str]:
    surface, feature = place(file)
    for said in IMPORT.findall(code):
        if said.startswith("@/"):
            target = said[2:]
        elif said.startswith("."):
            target = (Path("/", file).parent / said).resolve().relative_to("/").as_posix()
        else:
            continue
        its_surface, its_feature = place(target if "." in Path(target).name else target + ".ts")
        if its_surface and its_surface != surface:
            yield f"{file} imports {said}: " + ("another surface" if surface else "shared code knows no surface")
        elif feature and feature != COMMON and its_feature and its_feature not in {feature, COMMON}:
            yield f"{file} imports {said}: another feature"
        elif feature == COMMON and its_feature and its_feature != COMMON:
            yield f"{file} imports {said}: the shell knows no feature"


def test_features_know_none_of_each_other() -> None:
    assert [w for file, code in files() for w in wrong_imports(file, code)] == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("desk/queue/Page.vue", "../case/CasePanel.vue"),
        ("desk/queue/Page.vue", "@/desk/case/acts"),
        ("desk/queue/Page.vue", "@/field/report/queue"),
        ("core/time.ts", "@/desk/shell/words"),
        ("desk/shell/App.vue", "@/desk/case/CasePanel.vue"),
    ],
)
def test_a_wrong_import_is_found(file: str, said: str) -> None:
    assert list(wrong_imports(file, f"import X from '{said}'"))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("desk/queue/Page.vue", "./Row.vue"),
        ("desk/queue/Page.vue", "@/desk/shell/sections"),
        ("desk/queue/Page.vue", "@/core/time"),
        ("desk/routes.ts", "./queue/Page.vue"),
        ("desk/main.ts", "./shell/App.vue"),
    ],
)
def test_a_right_import_is_let_be(file: str, said: str) -> None:
    assert list(wrong_imports(file, f"import X from '{said}'")) == []


def too_long(all_files: Iterable[tuple[str, str]]) -> list[str]:
    return [file for file, code in all_files if code.count("\n") > MOST_LINES]


def test_no_file_of_the_front_is_too_long() -> None:
    assert too_long(files()) == []
    assert too_long([("desk/x.vue", "\n" * (MOST_LINES + 1))])


def test_what_may_be_done_is_asked_of_the_server() -> None:
    decides = [file for file, code in files() if file.endswith(".vue") and STEP.search(code)]
    assert decides == []
    assert STEP.search("if (row.step === 'filed') offer()")
    assert STEP.search("me.posts.some((p) => p.kind === 'dispatcher')")


def off_the_scale(file: str, style: str, scale: set[str]) -> list[str]:
    """Sizes of type in a style that are none of the scale's."""
    return [
        f"{file}: {said.strip()}"
        for said in SIZES.findall(style)
        if said.strip() != "inherit" and (file, said.strip()) != DESK and not scale & set(re.findall(r"--t-\d+", said))
    ]


def styles() -> Iterator[tuple[str, str]]:
    for path in sorted([*WEB.rglob("*.css"), *WEB.rglob("*.vue")]):
        text = path.read_text("utf-8")
        yield path.relative_to(WEB).as_posix(), text if path.suffix == ".css" else text.partition("<style")[2]


def test_type_has_one_scale() -> None:
    """Eight sizes, each named by its pixels at the usual size of type; nothing is smaller than 12, and none stands idle."""
    tokens = SCALE.findall((WEB / "styles/base.css").read_text("utf-8"))
    scale = {name for name, _, _ in tokens}
    assert (
        [float(rem) * 16 for _, _, rem in tokens]
        == [int(px) for _, px, _ in tokens]
        == sorted({12, 13, 14, 16, 18, 20, 24, 28})
    )
    assert [wrong for file, style in styles() for wrong in off_the_scale(file, style, scale)] == []
    said = "".join(style for _, style in styles())
    assert [name for name in sorted(scale) if f"var({name})" not in said] == []
    for wrong in (
        "font-size: 15px",
        "font: 11px/1.5 x",
        "font-size: 0.9em",
        "font-size: var(--t-15)",
        "font-size: larger",
    ):
        assert off_the_scale("x.vue", f".a {{ {wrong}; }}", scale), wrong
    for right in ("font-size: var(--t-12)", "font: 400 var(--t-14)/1.5 x", "font: inherit", "font-family: x"):
        assert off_the_scale("x.vue", f".a {{ {right} }}", scale) == [], right
