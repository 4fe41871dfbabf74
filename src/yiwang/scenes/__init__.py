"""Scenes (场景): each a folder of its own on the register, said in its `scene.py`. docs/add-a-scene.md tells how."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic
from fastapi import APIRouter

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.jobs import Every
from yiwang.network.model import system
from yiwang.register import actions_owed, rules
from yiwang.register.model import Kind
from yiwang.register.model_owed import RuleOf, SetRules

SETUP = system("scenes")
_rule = pydantic.TypeAdapter(RuleOf)


@dataclass(frozen=True, slots=True)
class Scene:
    """`kinds`: of which things it speaks; `owed`: the CSV beside it that says what they owe, by `RuleOf`'s names."""

    name: str
    zh: str
    en: str
    kinds: tuple[Kind, ...]
    owed: Path | None = None
    routers: tuple[APIRouter, ...] = ()
    periodic: tuple[Every, ...] = ()


def open_scenes(database: Database, scenes: Sequence[Scene]) -> None:
    """Make their kinds known, and what these owe hold from now on. Invalid `rule.*` names what is wrong in a scene's CSV."""
    rules.know(kind for scene in scenes for kind in scene.kinds)
    with database.transaction() as tx:
        for scene in scenes:
            set_owed(tx, scene)


def set_owed(tx: Tx, scene: Scene) -> None:
    given = tuple(read_owed(scene.owed)) if scene.owed else ()
    actions_owed.set_rules(tx, SETUP, SetRules(tuple(kind.name for kind in scene.kinds), given))


def read_owed(path: Path) -> Sequence[RuleOf]:
    """The rules of a scene's CSV. `applies` and `evidence` have several values divided by spaces (`name=value`)."""
    found = list[RuleOf]()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said: dict[str, Any] = {name: value for name, value in row.items() if value}
            said["evidence"] = tuple(said.get("evidence", "").split())
            said["applies"] = dict(part.split("=", 1) for part in said.get("applies", "").split())
            try:
                found.append(_rule.validate_python(said))
            except pydantic.ValidationError as fault:
                raise Invalid(
                    "rule.file", f"{path.name} 的规则 {row.get('code')} 有误", f"{path.name}: rule {row.get('code')} is not valid: {fault}"
                ) from None  # fmt: skip
    return found
