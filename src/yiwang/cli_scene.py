"""`yiwang scene new`: the folder of a scene, working as it is written (docs/add-a-scene.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

import yiwang.scenes
from yiwang.cli_common import out
from yiwang.kit.errors import Invalid, Refused

scene_app = typer.Typer(
    help="场景 Scenes: things of a kind, what is done with them, what they owe.", no_args_is_help=True
)
HOME = Path(yiwang.scenes.__path__[0])

MODEL = '''"""{zh}: what stands there, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Kind, Step


@dataclass(frozen=True, slots=True)
class {upper}:
    """What is known of each: a field without default is asked for."""

    size: Annotated[int, Meta(title="数量", description="How many", ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at when somebody is there."""

    sound: Annotated[
        Literal["正常", "异常"], Meta(title="现场情况", description="How it is", extra={{"en": ("sound", "faulty"), "bad": ("异常",)}})
    ]


@dataclass(frozen=True, slots=True)
class Why:
    why: Annotated[str, Meta(title="原因", description="Why", max_length=200)]


{caps} = Kind(
    "{name}", "{zh}", "{en}", {upper},
    states={{"in_use": ("在用", "in use"), "closed": ("停用", "closed")}},
    keepers=frozenset({{PostKind.operator, PostKind.inspector}}),
    check={{"": Check}},
    steps=(
        Step("close", "停用", "close", frozenset({{"in_use"}}), to="closed", form=Why, posts=frozenset({{PostKind.operator}})),
        Step("open", "启用", "open", frozenset({{"closed"}}), to="in_use", posts=frozenset({{PostKind.operator}})),
    ),
)  # fmt: skip
'''
OWED = """code,kind,zh,en,every,period,role,applies,since_field,warn_h,grace_h,evidence,matter,condition,source
{name}-check,{name},每日检查,daily check,1,day,responsible,,,6,0,form,,,本单位规定（请写明依据）
"""
SCENE = '''"""The scene of {en} ({zh})."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes.{name}.model import {caps}
from yiwang.scenes.model import Scene

SCENE = Scene("{name}", "{zh}", "{en}", kinds=({caps},), owed=Path(__file__).with_name("owed.csv"))
'''


@scene_app.command("new")
def new_scene(
    name: Annotated[str, typer.Argument(help="文件夹与代码里的名字，小写字母 in code: small letters and _")],
    zh: Annotated[str, typer.Argument(help="中文名 its name in Chinese")],
    en: Annotated[str, typer.Argument(help="英文名 its name in English")],
) -> None:
    """写出一个新场景的文件夹。 Write the folder of a new scene."""
    if not re.fullmatch(r"[a-z][a-z_]{1,30}", name):
        raise Invalid("scene.name", f"“{name}”不能作名字：用小写字母和下划线", f"{name!r} cannot be its name: small letters and _", name=name)  # fmt: skip
    folder = HOME / name
    if folder.exists():
        raise Refused("scene.exists", f"已有这个文件夹：scenes/{name}", f"There is a folder already: scenes/{name}")
    words = {"name": name, "zh": zh, "en": en, "caps": name.upper(), "upper": name.title().replace("_", "")}
    folder.mkdir()
    for file, text in {"__init__.py": "", "model.py": MODEL, "owed.csv": OWED, "scene.py": SCENE}.items():
        (folder / file).write_text(text.format(**words) if text else "", "utf-8")
    out.print(f"已写好 written: src/yiwang/scenes/{name}/\n接着把它的名字加进 wiring.py 的 SCENES；见 docs/add-a-scene.md", highlight=False)  # fmt: skip
