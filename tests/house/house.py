"""What the house tests share: the tree of sources, and the words of docs/architecture.md as values."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import yiwang

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "yiwang"
DOMAINS = ("ledger", "network", "city", "register", "cases", "dispatch", "assess", "rooms")
SCENES = tuple(sorted(p.parent.name for p in (SRC / "scenes").glob("*/scene.py")))
"""Domains of floor 4 in a folder of their own, found by their `scene.py`: a new one changes no test."""
SURFACES = ("desk",)
TOP = {"cli": 6, "app": 5, "replay": 4, "demo": 4, "backup": 4, "wiring": 3, "settings": 0}
"""Modules beside the packages, by the part of their name before `_`, and which may import which (higher imports lower)."""
LAYERS = {"scene": 6, "demo": 5, "api": 5, "jobs": 4, "actions": 4, "queries": 3, "store": 2, "rules": 1, "model": 0}
"""`api → actions | queries → store → rules → model`; jobs do what actions do. A store may ask a rule, never the reverse."""


def layer(name: str) -> str:
    """The layer that a file's or module's name says: `actions_handle` → `actions`."""
    return name.removesuffix(".py").split("_")[0]


@cache
def sources() -> dict[str, str]:
    """Path below src/yiwang → text, of every Python file."""
    return {p.relative_to(SRC).as_posix(): p.read_text("utf-8") for p in sorted(SRC.rglob("*.py"))}


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(sources()[path])


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the program, imported."""
    names = [m.name for m in pkgutil.walk_packages(yiwang.__path__, "yiwang.") if not m.name.endswith("__main__")]
    return tuple(importlib.import_module(name) for name in names)


def strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is not a docstring; an f-string counts with `?` for what is put in."""
    prose = {
        id(n.value)
        for n in ast.walk(node)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant | ast.JoinedStr)
    }
    inside = {id(part) for n in ast.walk(node) if isinstance(n, ast.JoinedStr) for part in n.values}
    for n in ast.walk(node):
        if id(n) in prose or id(n) in inside:
            continue
        if isinstance(n, ast.Constant) and isinstance(n.value, str):
            yield n.lineno, n.value
        elif isinstance(n, ast.JoinedStr):
            yield n.lineno, text_of(n) or ""


def text_of(node: ast.AST) -> str | None:
    """The text of a string literal, with `?` for what an f-string puts in; None when it is not a literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "?" for v in node.values)
    return None


def numbered(sql: str) -> str:
    """The statement as PostgreSQL prepares it: `$n` for `%(name)s`, `true` for the scope that a list is given."""
    names: dict[str, int] = {}
    sql = re.sub(
        r"%\((\w+)\)[sbt]", lambda m: f"${names.setdefault(m[1], len(names) + 1)}", sql.replace("{where}", "true")
    )
    return sql.replace("%%", "%")
