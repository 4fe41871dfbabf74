"""Things: one thing, one file (一物一档). What kinds there are the scenes say (model_kind.py); all of them are kept alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from yiwang.city.model_component import ImportMode
from yiwang.kit.fields import Code, Datum, Line, Lon, MaybeText, Sha256
from yiwang.kit.ids import named_id
from yiwang.kit.table import BadRow
from yiwang.register.model_kind import Role
from yiwang.register.model_step import StepDue


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
    """A case that came of it: by a rule that lapsed, by a step, or (both None) by damage found at a check-in."""

    case_id: UUID
    rule: str | None
    rule_zh: str | None
    rule_en: str | None
    step: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ThingFile:
    """一物一档: all that is known of one thing. `cases`: the last hundred. `acts`: what whoever asks may do with it, `may`: which
    steps they may take now. `waiting`: steps that are waited for, the first due first."""

    thing: Thing
    parties: list[PartyRow]
    links: list[LinkRow]
    documents: list[DocumentRow]
    cases: list[ThingCase]
    acts: tuple[str, ...]
    may: tuple[str, ...]
    waiting: list[StepDue]


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
    """How many things of a kind stand in a unit grid, by state. `lon`, `lat`: where the grid is, WGS-84 degrees."""

    grid_code: str
    state: str
    things: int
    lon: float
    lat: float


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
class KeptValue:
    """A value that a file does not bring back: the last file said the same (`says`), and it was changed since (`now`)."""

    code: str
    name: str
    column: str
    says: str
    now: str


@dataclass(frozen=True, slots=True)
class ThingsImport:
    """What an import did, or with `dry_run` would do. `bad_rows` has the first thousand; `kept`: how many values stay as somebody
    has set them since the last file that said the same, `kept_values` the first hundred."""

    import_id: UUID
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    bad_rows: tuple[BadRow, ...]
    dry_run: bool
    kept: int = 0
    kept_values: tuple[KeptValue, ...] = ()


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
