"""A made-up kind of thing (benches), entered by people of the named world; and rounds over them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

import world
from invariants import broken
from world import STREET
from yiwang.kit.errors import Problem
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.model import PostKind
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin, actions_round, queries_round, rules, store_round
from yiwang.register.model import AddThing, ChangeThing, ThingFile, thing_id
from yiwang.register.model_kind import Kind, Role
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_round import (
    AssignGrids,
    CancelRound,
    CloseRound,
    GridsFor,
    OpenRound,
    ReportGrid,
    RoundFile,
    RoundGrid,
    RoundKind,
)


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


CHIEF, INSPECTOR, OTHER = "sun.lan", "wang.lei", "liu.hang"
SECOND = (121.4905, 31.2150)
"""In another unit grid of the street than SPOT."""


@dataclass(frozen=True, slots=True)
class Rounds:
    benches: Benches

    @property
    def tx(self) -> Any:
        return self.benches.play.tx

    def who(self, login: str) -> Any:
        return self.benches.play.who(login)

    def open(self, purpose: str = "check", by: str = CHIEF, **more: Any) -> RoundFile:
        until = self.tx.now + more.pop("lasts", timedelta(hours=12))
        name, unit = more.pop("name", "台风前排查"), more.pop("unit", STREET)
        cmd = OpenRound(more.pop("id", new_id()), name, "bench", RoundKind(purpose), unit, until, **more)
        return actions_round.open_round(self.tx, self.who(by), cmd)

    def check(self, code: str, login: str = INSPECTOR, **more: Any) -> Any:
        at = self.tx.now - more.pop("ago", timedelta())
        cmd = CheckIn(more.pop("id", new_id()), thing_id("bench", code), at, **more)
        return actions_checkin.check_in(self.tx, self.who(login), cmd)

    def change(self, code: str, login: str = INSPECTOR, **more: Any) -> Any:
        id = thing_id("bench", code)
        n = actions.store.lock_thing(self.tx, id).n
        return actions.change_thing(self.tx, self.who(login), ChangeThing(id, n, **more))

    def file(self, round: RoundFile, by: str = CHIEF) -> RoundFile:
        store_round.put_counts(self.tx)
        return queries_round.get_file(self.tx, self.who(by), round.round.id)

    def told(self, round: RoundFile, by: str = CHIEF) -> tuple[int, int, int]:
        row = self.file(round, by).round
        return row.things, row.checked, row.damaged

    def left(self, round: RoundFile, by: str = CHIEF, **more: Any) -> list[str]:
        scope = scope_of(self.who(by))
        return [t.code for t in queries_round.list_left(self.tx, scope, round.round.id, **more)]

    def grids(self, round: RoundFile, by: str = CHIEF) -> dict[str, RoundGrid]:
        found = queries_round.list_grids(self.tx, scope_of(self.who(by)), round.round.id)
        return {g.grid_code: g for g in found}

    def report(self, round: RoundFile, grid: str, by: str = INSPECTOR, **more: Any) -> RoundGrid:
        return actions_round.report_grid(self.tx, self.who(by), ReportGrid(round.round.id, grid, **more))

    def assign(self, round: RoundFile, login: str | None, *grids: str, by: str = CHIEF, again: bool = False) -> Any:
        given = GridsFor(self.who(login).id if login else None, grids)
        return actions_round.assign_grids(self.tx, self.who(by), AssignGrids(round.round.id, (given,), again))

    def close(self, round: RoundFile, by: str = CHIEF) -> RoundFile:
        return actions_round.close_round(self.tx, self.who(by), CloseRound(round.round.id))

    def cancel(self, round: RoundFile, by: str = CHIEF) -> RoundFile:
        return actions_round.cancel_round(self.tx, self.who(by), CancelRound(round.round.id, "台风改道"))

    def events(self, round: RoundFile) -> list[str]:
        return [e.event for e in list_entries(self.tx, round.round.id)]

    def sweep(self) -> None:
        store_round.put_counts(self.tx)
        while actions_round.note_late(self.tx):
            pass

    def sound(self) -> None:
        found = broken(self.tx.conn)
        assert {name: rows for name, rows in found.items() if name.startswith("round")} == {}


def refused(kind: type[Problem], code: str, act: Any, *args: Any, **more: Any) -> Problem:
    with pytest.raises(kind) as caught:
        act(*args, **more)
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def benches(play: world.Play) -> Benches:
    return Benches(play)


@pytest.fixture
def rounds(benches: Benches) -> Rounds:
    return Rounds(benches)
