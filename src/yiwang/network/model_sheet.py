"""People and rosters as files: what their rows say, what brings them, what an import comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from yiwang.kit.importing import FileReport
from yiwang.network.model import PostKind
from yiwang.network.model_people import ShiftKind

ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row of a file of people: who, and perhaps one post of theirs. `unit` and `grids` as the file names them; `since` and
    `until` are days, by whose midnights the post begins and ends."""

    login: str
    name: str
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)
    post: PostKind | None
    unit: str
    grids: tuple[str, ...]
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class DutyWords:
    """A row of a file of duty: a line of a weekly pattern, whose people are named by their logins. `kinds`: which posts of
    theirs; mostly one."""

    unit: str
    kinds: tuple[PostKind, ...]
    shift: ShiftKind
    weekdays: tuple[int, ...]
    logins: tuple[str, ...]
    at_once: int | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A post that somebody holds or is to hold, with whose it is and where, as a file has it."""

    id: UUID
    person_id: UUID
    login: str
    name: str
    sealed: bytes | None
    phone: str | None
    wecom: str | None
    kind: PostKind
    unit_code: str
    unit_name: str
    grids: tuple[UUID, ...]
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PatternLine:
    """A line of a unit's weekly pattern as it was last planned: the posts that still stand, in their order, with whose they are."""

    id: UUID
    unit_id: UUID
    unit_code: str
    unit_name: str
    n: int
    shift: ShiftKind
    weekdays: tuple[int, ...]
    at_once: int | None
    post_ids: tuple[UUID, ...]
    kinds: tuple[PostKind, ...]
    logins: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterReport(FileReport):
    """What an import of a roster did, or with `dry_run` would do. `units`: whose roster it changes; `planned` and `kept` as
    in `DutyPlan`, of those."""

    units: int
    planned: int
    kept: int
    provisional: bool


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ImportPeople:
    """Add the people of a file (CSV or XLSX, told by its content) and grant them their posts: all of it, or nothing."""

    source: str
    data: bytes = field(repr=False)
    dry_run: bool = False
    zone: str = ZONE


@dataclass(frozen=True, slots=True)
class ImportDuty:
    """Plan the days `since` to `until` (both included) anew by the weekly patterns of a file: all of it, or nothing."""

    source: str
    data: bytes
    since: date
    until: date
    holidays: bool = True
    dry_run: bool = False
    zone: str = ZONE
