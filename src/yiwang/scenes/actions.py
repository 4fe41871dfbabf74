"""Making scenes known where the program starts, and what their things owe."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pydantic

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid
from yiwang.network.model import system
from yiwang.register import actions_owed, rules
from yiwang.register.model_owed import RuleOf, SetRules
from yiwang.scenes import queries
from yiwang.scenes.model import Scene

SETUP = system("scenes")
OPENING = 7947  # the advisory lock
_rule = pydantic.TypeAdapter(RuleOf)


def load_scenes(*names: str) -> tuple[Scene, ...]:
    """The scenes in the folders of these names, in their order."""
    return tuple(import_module(f"yiwang.scenes.{name}.scene").SCENE for name in names)


def open_scenes(database: Database, scenes: Sequence[Scene]) -> None:
    """Make their kinds known, and what these owe hold from now on. Invalid `rule.*` names what is wrong in a scene's CSV."""
    rules.know(kind for scene in scenes for kind in scene.kinds)
    queries.know(scenes)
    with database.alone(OPENING), database.transaction() as tx:  # of two that start at once one finds them there
        for scene in scenes:
            set_owed(tx, scene)


def set_owed(tx: Tx, scene: Scene) -> None:
    given = tuple(read_owed(scene.owed)) if scene.owed else ()
    actions_owed.set_rules(tx, SETUP, SetRules(tuple(kind.name for kind in scene.kinds), given))


def read_owed(path: Path) -> Sequence[RuleOf]:
    """The rules of a scene's CSV. `applies` and `evidence` have several values divided by spaces (`name=value`; true, false and
    numbers are such)."""
    found = list[RuleOf]()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said: dict[str, Any] = {name: value for name, value in row.items() if value}
            said["evidence"] = tuple(said.get("evidence", "").split())
            said["applies"] = {
                name: _value(text) for name, text in (part.split("=", 1) for part in said.get("applies", "").split())
            }
            try:
                found.append(_rule.validate_python(said))
            except pydantic.ValidationError as fault:
                raise Invalid(
                    "rule.file", f"{path.name} 的规则 {row.get('code')} 有误", f"{path.name}: rule {row.get('code')} is not valid: {fault}"
                ) from None  # fmt: skip
    return found


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
