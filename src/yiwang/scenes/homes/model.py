"""以房管人: buildings and homes as things of the register; who lives there stands in this scene's own table, sealed, so that whoever
sees the ground does not see its people."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta
from pydantic import StringConstraints

from yiwang.kit.fields import Line
from yiwang.network.model import PostKind
from yiwang.network.model_personal import Purpose, Reason
from yiwang.register.model import N
from yiwang.register.model_kind import Kind, Role
from yiwang.scenes.homes.model_visit import FOUND, Visit, case_of

Use = Literal["住宅", "商住", "商业", "办公", "工业", "公共", "其他"]
USES = {"en": ("homes", "homes and shops", "shops", "offices", "industry", "public", "other")}
Structure = Literal["钢筋混凝土", "砖混", "砖木", "钢结构", "其他"]
STRUCTURES = {"en": ("reinforced concrete", "brick and concrete", "brick and timber", "steel", "other")}
KEEPERS = frozenset({PostKind.inspector, PostKind.grid_chief, PostKind.operator})


class Tenure(StrEnum):
    own = "自住"
    let = "出租"
    empty = "空置"


@dataclass(frozen=True, slots=True)
class Building:
    use: Annotated[Use, Meta(title="用途", description="Use", extra=USES)]
    built: Annotated[int, Meta(title="建成年份", description="Built in", ge=1840, le=2100)]
    storeys: Annotated[int, Meta(title="地上层数", description="Storeys", ge=1, le=200)]
    units: Annotated[int, Meta(title="单元数", description="Entrances", ge=1, le=50)] = 1
    below: Annotated[int, Meta(title="地下层数", description="Storeys below ground", ge=0, le=10)] = 0
    structure: Annotated[Structure, Meta(title="结构", description="Structure", extra=STRUCTURES)] | None = None
    area_m2: (
        Annotated[float, Meta(title="建筑面积", description="Floor area", ge=1, le=1_000_000, extra={"unit": "m²"})]
        | None
    ) = None


@dataclass(frozen=True, slots=True)
class Home:
    unit: Annotated[int, Meta(title="单元", description="Entrance", ge=1, le=50)]
    floor: Annotated[int, Meta(title="所在层", description="Floor", ge=-10, le=200)]
    room: Annotated[str, Meta(title="室号", description="Room", min_length=1, max_length=6, pattern="^[0-9A-Z]+$")]
    area_m2: Annotated[float, Meta(title="建筑面积", description="Floor area", ge=1, le=10_000, extra={"unit": "m²"})]
    tenure: Annotated[
        Tenure, Meta(title="使用情况", description="Tenure", extra={"en": ("lived in by the owner", "let", "empty")})
    ]


BUILDING = Kind(
    "building", "楼栋", "building", Building,
    states={"standing": ("在册", "standing"), "gone": ("已拆除", "demolished")}, ended=frozenset({"gone"}), keepers=KEEPERS,
    code=re.compile(r"[0-9]{12}-[0-9]{3,4}"),
    code_of=("居（村）委会代码 12 位-楼栋序号，如 310101019024-001", "the neighbourhood's code of 12 digits and a number, as 310101019024-001"),
    roles=(Role.owner, Role.keeper, Role.responsible),
)  # fmt: skip
HOME = Kind(
    "home", "房屋", "home", Home,
    states={"standing": ("在册", "standing"), "gone": ("已注销", "struck off")}, ended=frozenset({"gone"}), keepers=KEEPERS,
    code=re.compile(r"[0-9]{12}-[0-9]{3,4}-[0-9]{1,2}-[0-9A-Z]{1,6}"),
    code_of=("楼栋编码-单元-室号，如 310101019024-001-1-301", "the building's code, entrance and room, as 310101019024-001-1-301"),
    roles=(Role.owner, Role.keeper, Role.responsible), links={"in": ("位于", "in")},
    damage=case_of, found=FOUND, check={"": Visit},
)  # fmt: skip


class Relation(StrEnum):
    """What somebody is to the home in which they live."""

    owner = "owner"
    tenant = "tenant"
    family = "family"
    other = "other"


class Sex(StrEnum):
    male = "male"
    female = "female"


class Group(StrEnum):
    """Who is looked after: `elder` from 60, `aged` from 80, `alone` the only one registered in a home, `care` 重点关爱."""

    elder = "elder"
    aged = "aged"
    alone = "alone"
    alone_elder = "alone_elder"
    alone_aged = "alone_aged"
    care = "care"


# ── as kept ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class HomeOf:
    """A home as the acts on its residents need it."""

    id: UUID
    code: str
    unit_path: str
    generated: bool
    ended: bool
    duty_grid_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Resident:
    """As kept. `sealed`: name, id_number, phone and the salt of the ledger's digest; None once erased, as is `name_mark`, the keyed
    digest by which a whole name is found. `until`: the day on which
    they moved out; None: they live there. `born` and `sex` stand beside it, for groups are counted by them."""

    id: UUID
    home_id: UUID
    sealed: bytes | None = field(repr=False)
    name_mark: bytes | None = field(repr=False)
    born: date | None
    sex: Sex | None
    relation: Relation
    care: bool
    since: date
    until: date | None
    generated: bool
    n: int
    added_at: datetime
    changed_at: datetime
    erased_at: datetime | None
    erased_why: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """What is sealed, in clear; empty where nothing is known."""

    name: str = field(repr=False)
    id_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


# ── as shown ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """A resident, masked. `readable`: False where the sealed data cannot be opened (the log says why). `kept_until`: of somebody who
    moved out, the last day on which it is known who it was."""

    id: UUID
    n: int
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    age: int | None
    sex: Sex | None
    relation: Relation
    groups: tuple[Group, ...]
    since: date
    until: date | None
    kept_until: date | None
    generated: bool
    erased_at: datetime | None
    erased_why: str | None
    readable: bool


@dataclass(frozen=True, slots=True)
class HomeFile:
    """A home and its people: `residents` masked, who live there first; None for whoever may know only how many. `acts`: what whoever
    asks may do there."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    building_id: UUID | None
    unit: int
    floor: int
    room: str
    area_m2: float
    tenure: Tenure
    generated: bool
    living: int
    residents: list[ResidentRow] | None
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One home in a house's front. How many live there and of which groups only for whoever may see residents."""

    id: UUID
    code: str
    unit: int
    floor: int
    room: str
    area_m2: float
    tenure: Tenure
    living: int | None
    alone: bool | None
    aged: bool | None
    care: bool | None


@dataclass(frozen=True, slots=True)
class Heads:
    """Of a building, a grid or a neighbourhood: homes, those that are let or empty, and how many people live there."""

    homes: int
    let: int
    empty: int
    living: int


@dataclass(frozen=True, slots=True)
class Counts(Heads):
    """And how many of each group."""

    elder: int
    aged: int
    alone: int
    alone_elder: int
    alone_aged: int
    care: int


@dataclass(frozen=True, slots=True)
class GroundCounts(Counts):
    """`grid_code` None: of a whole neighbourhood."""

    unit_id: UUID
    unit_name: str
    grid_code: str | None


@dataclass(frozen=True, slots=True)
class BuildingCounts(Counts):
    id: UUID


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """`heads` None: for a firm that has to do with the building, and with nobody in it. `counts` None: for whoever may know only how
    many; in a small building the number of a group says who."""

    id: UUID
    code: str
    name: str
    address: str
    unit_name: str
    grid_code: str
    lon: float
    lat: float
    attributes: Building
    heads: Heads | None
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class House:
    """A building and all of its homes, by entrance, floor and room."""

    building: BuildingRow
    homes: list[Cell]


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Somebody of a group, masked, with where they live."""

    id: UUID
    home_id: UUID
    building_id: UUID | None
    code: str
    home: str
    address: str
    unit_name: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    age: int
    sex: Sex | None
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ResidentClear:
    """Who it is, in clear."""

    resident_id: UUID
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    born: date


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[^\x00-\x1f*]+$")
]
IdNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=18, pattern=r"^([0-9]{17}[0-9Xx])?$")
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20, pattern=r"^(\+?[0-9][0-9 -]{2,18})?$")]


@dataclass(frozen=True, slots=True)
class MoveIn:
    """Somebody lives there from now on, or since a day. `born` and `sex` follow from the ID number where one is given."""

    resident_id: UUID
    home_id: UUID
    name: Name = field(repr=False)
    relation: Relation
    id_number: IdNumber = field(default="", repr=False)
    phone: Phone = field(default="", repr=False)
    born: date | None = None
    sex: Sex | None = None
    care: bool = False
    since: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeResident:
    """Change what is named; what is None stays, and an empty text takes it away. `n`: as the client knew it."""

    resident_id: UUID
    n: N
    name: Name | None = field(default=None, repr=False)
    id_number: IdNumber | None = field(default=None, repr=False)
    phone: Phone | None = field(default=None, repr=False)
    born: date | None = None
    sex: Sex | None = None
    relation: Relation | None = None
    care: bool | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class MoveOut:
    """They have moved out: today, or on a day before."""

    resident_id: UUID
    until: date | None = None


@dataclass(frozen=True, slots=True)
class EraseResident:
    """Erase who it was, at their wish; that somebody lived there from when to when stays. `reason`: why, in words."""

    resident_id: UUID
    reason: Reason


@dataclass(frozen=True, slots=True)
class UnmaskResident:
    """See who it is in clear: for what, and why in words."""

    resident_id: UUID
    purpose: Purpose
    words: Reason


@dataclass(frozen=True, slots=True)
class FindByName:
    """Who lives here under this whole name: for what, and why in words."""

    name: Name = field(repr=False)
    purpose: Purpose
    words: Reason


@dataclass(frozen=True, slots=True)
class ImportResidents:
    """A file of residents (CSV, XLSX). `dry_run`: tell what would be done, and do nothing."""

    source: Line
    data: bytes = field(repr=False)
    dry_run: bool
