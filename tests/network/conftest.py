"""A small city and its people, made by the very actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest

from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id, new_id
from yiwang.network import store_people
from yiwang.network.actions_people import add_person, grant_post
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_people import AddPerson, GrantPost, HeldPost
from yiwang.network.model_units import LoadUnits

ROBOT = system("test")
CITY = """code,name,level,parent,kind,functional
C,海市,1,,直辖市,
D1,东区,2,C,区,
D2,西区,2,C,区,
S1,一街道,3,D1,街道,
S2,二街道,3,D1,街道,
S3,三街道,3,D2,街道,
N1,甲居委会,4,S1,居委会,
N2,乙居委会,4,S1,居委会,
A1,城管一队,3,S1,department,
"""


def unit_id(code: str) -> UUID:
    return named_id(f"unit:{code}")


PATHS = {"C": "C", "D1": "C.D1", "D2": "C.D2", "S1": "C.D1.S1", "S2": "C.D1.S2", "S3": "C.D2.S3", "N1": "C.D1.S1.N1"}


@dataclass
class Town:
    """Makes people with posts: `town.person("li", ("dispatcher", "S1"))` is an Actor with that post."""

    people: dict[str, UUID] = field(default_factory=dict)

    def build(self, tx: Tx) -> None:
        load_units(tx, ROBOT, LoadUnits("test", CITY))

    def person(self, tx: Tx, login: str, *posts: tuple[str, str]) -> Actor:
        self.people[login] = new_id()
        add_person(tx, ROBOT, AddPerson(self.people[login], login, f"名{login}", phone="13800000000"))
        for kind, code in posts:
            self.grant(tx, login, kind, code)
        return self.actor(tx, login)

    def grant(
        self,
        tx: Tx,
        login: str,
        kind: str,
        code: str,
        *,
        grids: tuple[UUID, ...] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        by: Actor = ROBOT,
    ) -> HeldPost:
        cmd = GrantPost(new_id(), self.people[login], PostKind(kind), unit_id(code), grids, since, until)
        return grant_post(tx, by, cmd)

    def actor(self, tx: Tx, login: str) -> Actor:
        """The person with the posts that count now, as a request of theirs would have them; erased ones too."""
        held = store_people.HELD_BY.all(tx, person_id=self.people[login], at=tx.now)
        posts = (Post(p.id, p.kind, p.unit_id, p.unit_path, p.grids) for p in held if p.effective)
        return Actor(self.people[login], login, tuple(posts))


@pytest.fixture
def town(tx: Tx) -> Town:
    made = Town()
    made.build(tx)
    return made
