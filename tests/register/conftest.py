"""A made-up kind of thing (benches), entered by people of the named world."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

import world
from yiwang.network.model import PostKind
from yiwang.register import actions, rules
from yiwang.register.model import AddThing, ThingFile
from yiwang.register.model_kind import Kind, Role


@dataclass(frozen=True, slots=True)
class Bench:
    seats: Annotated[int, Meta(title="座位数", description="Seats", ge=1, le=12)]
    material: Annotated[Literal["木", "石", "铁"], Meta(title="材质", description="Material")] = "木"
    painted_on: Annotated[date, Meta(title="刷漆日期", description="Painted on")] | None = None
    shaded: Annotated[bool, Meta(title="有遮阴", description="Shaded")] = False
    length_m: Annotated[float, Meta(title="长度", description="Length", ge=0.3, extra={"unit": "m"})] | None = None
    uses: Annotated[tuple[Literal["休息", "下棋"], ...], Meta(title="用途", description="Used for")] = ()


def upgrade(version: int, values: dict[str, Any]) -> dict[str, Any]:
    return {"seats": values["places"], **{k: v for k, v in values.items() if k != "places"}} if version < 2 else values


BENCH = Kind(
    "bench", "座椅", "bench", Bench,
    states={"standing": ("在用", "standing"), "broken": ("损坏", "broken"), "gone": ("已拆", "gone")},
    ended=frozenset({"gone"}), keepers=frozenset({PostKind.inspector, PostKind.handler, PostKind.operator}),
    code=re.compile(r"B-\d{3,6}"), code_of=("B- 加 3–6 位数字", "B- and 3 to 6 digits"), version=2, upgrade=upgrade,
    roles=(Role.keeper, Role.maintainer), links={"beside": ("在旁", "beside")},
)  # fmt: skip


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    before = rules.kinds().values()
    rules.know((BENCH,))
    yield
    rules.know(before)


@dataclass(frozen=True, slots=True)
class Benches:
    play: world.Play

    def add(self, code: str = "B-001", login: str = "wang.lei", **more: Any) -> ThingFile:
        lon, lat = more.pop("at", world.SPOT)
        attributes = more.pop("attributes", {"seats": 3})
        cmd = AddThing("bench", code, more.pop("name", "文庙路座椅"), lon, lat, attributes=attributes, **more)
        return actions.add_thing(self.play.tx, self.play.who(login), cmd)


@pytest.fixture
def benches(play: world.Play) -> Benches:
    return Benches(play)
