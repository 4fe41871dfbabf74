"""Things: one thing, one file (一物一档). What kinds there are the scenes say (`Kind`); all of them are kept alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from yiwang.city.model_component import ImportMode
from yiwang.kit.fields import Code, Datum, Line, Lon, MaybeText, Sha256
from yiwang.kit.ids import named_id
from yiwang.kit.table import BadRow
from yiwang.network.model import PostKind


class Role(StrEnum):
    """Who has to do with a thing."""

    owner = "owner"
    keeper = "keeper"
    maintainer = "maintainer"
    responsible = "responsible"
    third_party = "third_party"

    def zh(self) -> str:
        return _ROLES[self][0]

    def en(self) -> str:
        return _ROLES[self][1]


_ROLES = {
    Role.owner: ("权属单位", "Owner"),
    Role.keeper: ("使用管理单位", "Keeper"),
    Role.maintainer: ("维护保养单位", "Maintainer"),
    Role.responsible: ("监管责任单位", "Responsible"),
    Role.third_party: ("第三方单位", "Third party"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a scene says of one kind of thing.

    `attributes`: a frozen dataclass; each field `Annotated[…, msgspec.Meta(title=<Chinese>, description=<English>, …)]`,
    with Meta's bounds, or that `| None`; a field without default is asked for. `version` rises when a field changes its meaning or goes;
    `upgrade(version, values)` then brings older values up. `states`: name → (Chinese, English), the first is that of a new
    thing; those in `ended` stand there no more. `code`: what a code of this kind looks like, `code_of` says it in words.
    `roles`: who may be named; `keepers`: who may enter and change things of this kind, on their ground or as a party;
    `checkers`: who may check in there beside them. `damage` (scheme|code): the case that damage found there becomes.
    """

    name: str
    zh: str
    en: str
    attributes: type[Any]
    states: Mapping[str, tuple[str, str]]
    keepers: frozenset[PostKind]
    checkers: frozenset[PostKind] = frozenset()
    ended: frozenset[str] = frozenset()
    code: re.Pattern[str] = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,39}")
    code_of: tuple[str, str] = ("字母、数字和 . _ / -，最多 40 位", "letters, digits and . _ / -, up to 40")
    version: int = 1
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None
    roles: tuple[Role, ...] = tuple(Role)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    damage: str | None = None

    @property
    def first(self) -> str:
        return next(iter(self.states))


@dataclass(frozen=True, slots=True)
class FormField:
    """One attribute as a form asks for it and a list shows it. `type`: text, number, whole, check, day, choice or many
    (of `choices`)."""

    name: str
    zh: str
    en: str
    type: str
    needed: bool
    choices: tuple[str, ...] = ()
    unit: str | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class StateName:
    name: str
    zh: str
    en: str
    ended: bool


@dataclass(frozen=True, slots=True)
class LinkName:
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class KindForm:
    """A kind, as screens need to know it. `acts`: `add` where whoever asks may enter such things somewhere."""

    name: str
    zh: str
    en: str
    version: int
    states: tuple[StateName, ...]
    roles: tuple[Role, ...]
    fields: tuple[FormField, ...]
    code_zh: str
    code_en: str
    links: tuple[LinkName, ...] = ()
    acts: tuple[str, ...] = ()


def thing_id(kind: str, code: str) -> UUID:
    """The same for one kind and code wherever it is made: no two things share a code, and a table needs no such index."""
    return named_id(f"thing:{kind}:{code}")


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing as it stands; WGS-84 degrees. `attributes` are of the kind's present version."""

    id: UUID
    kind: str
    code: str
    name: str
    address: str
    unit_id: UUID
    unit_name: str
    unit_path: str
    grid_code: str
    lon: float
    lat: float
    shape: str | None
    datum: str
    raw_x: float
    raw_y: float
    placed: bool
    generated: bool
    state: str
    ended: bool
    version: int
    attributes: dict[str, Any]
    n: int
    import_id: UUID | None
    added_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PartyRow:
    role: Role
    unit_id: UUID
    unit_code: str
    unit_name: str
    unit_path: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """`outward`: this thing is `role` of that one; else that one is `role` of this."""

    role: str
    outward: bool
    id: UUID
    kind: str
    code: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    id: UUID
    name: str
    sha256: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ThingCase:
    """A case that came of it: by a rule that lapsed, or (`rule` None) by damage found at a check-in."""

    case_id: UUID
    rule: str | None
    rule_zh: str | None
    rule_en: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ThingFile:
    """一物一档: all that is known of one thing. `cases`: the last hundred. `acts`: what whoever asks may do with it."""

    thing: Thing
    parties: list[PartyRow]
    links: list[LinkRow]
    documents: list[DocumentRow]
    cases: list[ThingCase]
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThingRow:
    """A thing in a list."""

    id: UUID
    kind: str
    code: str
    name: str
    address: str
    unit_name: str
    grid_code: str
    lon: float
    lat: float
    placed: bool
    state: str
    ended: bool
    attributes: dict[str, Any]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What one change changed, field by field. `import_id`: it came with a file."""

    n: int
    at: datetime
    by: UUID
    by_name: str
    import_id: UUID | None
    was: dict[str, Any]
    is_now: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ThingsInGrid:
    """How many things of a kind stand in a unit grid, by state."""

    grid_code: str
    state: str
    things: int


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

Attributes = Annotated[dict[str, Any], Field(max_length=100)]
N = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class PartyOf:
    role: Role
    unit_code: Code


Parties = Annotated[tuple[PartyOf, ...], Field(max_length=5)]


@dataclass(frozen=True, slots=True)
class AddThing:
    """Enter a thing. Its id follows from kind and code (`thing_id`). `placed`: the position was worked out, not measured."""

    kind: Code
    code: Line
    name: Line
    lon: Lon
    lat: Lon
    datum: Datum = "wgs84"
    address: MaybeText = ""
    shape: Annotated[dict[str, Any], Field(max_length=3)] | None = None
    placed: bool = False
    state: Code | None = None
    attributes: Attributes = field(default_factory=dict)
    parties: Parties = ()

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class ChangeThing:
    """Change what is named; what is None stays. `n`: the file as the client knew it (409 when it has changed since).
    Attributes are put over those there are; one given as null is taken out."""

    thing_id: UUID
    n: N
    name: Line | None = None
    address: MaybeText | None = None
    state: Code | None = None
    lon: Lon | None = None
    lat: Lon | None = None
    datum: Datum = "wgs84"
    placed: bool | None = None
    attributes: Attributes = field(default_factory=dict)

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class SetParty:
    """Who it is now; `unit_code` None: nobody any more."""

    thing_id: UUID
    role: Role
    unit_code: Code | None = None


@dataclass(frozen=True, slots=True)
class LinkThings:
    """`thing_id` is `role` of `to_id`; `off`: no longer."""

    thing_id: UUID
    role: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,30}$")]
    to_id: UUID
    off: bool = False


@dataclass(frozen=True, slots=True)
class AddDocument:
    """A photo that was uploaded by whoever adds it."""

    thing_id: UUID
    document_id: UUID
    name: Line
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class DropDocument:
    thing_id: UUID
    document_id: UUID


@dataclass(frozen=True, slots=True)
class ImportThings:
    """A file of things of one kind on the ground of `unit_code`: CSV, GeoJSON or XLSX, told apart by content."""

    kind: str
    source: str
    content: bytes
    unit_code: str
    datum: str = "wgs84"
    mode: ImportMode = ImportMode.partial
    generated: bool = False


@dataclass(frozen=True, slots=True)
class ThingsImport:
    """What an import did, or with `dry_run` would do. `bad_rows` has the first thousand."""

    import_id: UUID
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    bad_rows: tuple[BadRow, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One good row of a file, ready to be written. `parties`: role → unit."""

    id: UUID
    code: str
    name: str
    address: str
    grid_code: str
    lon: float
    lat: float
    datum: str
    raw_x: float
    raw_y: float
    placed: bool
    state: str
    ended: bool
    attributes: dict[str, Any]
    parties: dict[str, UUID]
