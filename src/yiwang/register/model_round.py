"""Rounds (轮次): censuses (普查、排摸) of what stands in each unit grid, and checks (排查、清查), such as before a typhoon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from yiwang.kit.fields import Code, Line, MaybeText
from yiwang.ledger.model import Event

GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}$")]


class RoundKind(StrEnum):
    census = "census"
    """Every unit grid of the ground is worked through: what stands there is confirmed, entered, changed, ended."""
    check = "check"
    """Each thing that matches is to be checked once."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it stands. `unit_path`: its ground. `grids`, `states`, `attributes`: to which things a check is narrowed
    (empty: all). `ended_at`: closed or `cancelled`. `late_at`: noted that something was left at `until`."""

    id: UUID
    name: str
    kind: str
    purpose: RoundKind
    unit_id: UUID
    unit_path: str
    states: tuple[str, ...]
    attributes: dict[str, Any]
    grids: tuple[str, ...]
    begins: datetime
    until: datetime
    by: UUID
    opened_at: datetime
    late_at: datetime | None
    ended_at: datetime | None
    cancelled: bool
    reason: str | None
    last_id: UUID | None


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round in a list, its figures those of the grids in sight. `grids_done`: reported done. `things`, `checked`, `damaged`:
    of a check as last counted (a few seconds ago), of a census as it was closed. `late`: `until` is past and something is left."""

    id: UUID
    name: str
    kind: str
    purpose: RoundKind
    unit_id: UUID
    unit_name: str
    states: tuple[str, ...]
    attributes: dict[str, Any]
    begins: datetime
    until: datetime
    by: UUID
    by_name: str
    opened_at: datetime
    ended_at: datetime | None
    cancelled: bool
    reason: str | None
    last_id: UUID | None
    grids: int
    assigned: int
    grids_done: int
    things: int
    checked: int
    damaged: int
    late: bool


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """What was found. Of a check: `things` to be checked, of which `checked`, of which found `damaged`. Of a census: how many
    stand there, to how many of them somebody checked in since it began, how many were added, changed, ended."""

    things: int
    checked: int
    damaged: int
    added: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class RoundSum(RoundFigures):
    """What was found in several grids, and how many of them were reported done."""

    grids: int
    grids_done: int


@dataclass(frozen=True, slots=True)
class RoundGrid(RoundFigures):
    """How far a unit grid is."""

    grid_code: str
    unit_name: str
    person_id: UUID | None
    person_name: str | None
    done_at: datetime | None
    note: str
    late: bool


@dataclass(frozen=True, slots=True)
class RoundPerson(RoundSum):
    """How far one person is; `person_id` None: the grids that nobody works."""

    person_id: UUID | None
    person_name: str | None


@dataclass(frozen=True, slots=True)
class RoundFile:
    """A round, how far each person is, and what whoever asks may do (`acts`: assign, close, cancel). `dry`: it was only tried."""

    round: RoundRow
    people: list[RoundPerson]
    acts: tuple[str, ...]
    dry: bool = False


@dataclass(frozen=True, slots=True)
class MyRound:
    """An open round and those of its grids that are mine."""

    round: RoundRow
    grids: list[RoundGrid]


@dataclass(frozen=True, slots=True)
class RoundThing:
    """A thing of a round. `grid_code`: where it stood when the round was opened; the place is that of now."""

    id: UUID
    code: str
    name: str
    address: str
    grid_code: str
    unit_name: str
    person_id: UUID | None
    person_name: str | None
    lon: float
    lat: float
    state: str
    checked_at: datetime | None
    checked_by: str | None
    damaged: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class GridCompared:
    """Since the last census: how many stood then and stand now; `stood` + `added` − `gone` = `stands`. What moved to another
    grid is gone here and added there. `changed`: stood here then and now, and its file was changed between."""

    grid_code: str
    unit_name: str
    stood: int
    stands: int
    added: int
    gone: int
    changed: int


@dataclass(frozen=True, slots=True)
class StateCompared:
    """How many of one state stood then and stand now."""

    state: str
    stood: int
    stands: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A census beside the one before it of the same kind and ground; `last` None: it is the first, and nothing stood before."""

    last: RoundRow | None
    grids: list[GridCompared]
    states: list[StateCompared]


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OpenRound:
    """Open a round on the ground of `unit_code`. `begins`: from now, if not said; what was checked since then counts. A check
    may be narrowed; a census takes every unit grid. `assign`: give each grid to who patrols it. `dry`: nothing is written;
    the answer is what it would be."""

    id: UUID
    name: Line
    kind: Code
    purpose: RoundKind
    unit_code: Code
    until: AwareDatetime
    begins: AwareDatetime | None = None
    states: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    attributes: Annotated[dict[str, Any], Field(max_length=20)] = field(default_factory=dict)
    grids: Annotated[tuple[GridCode, ...], Field(max_length=5000)] = ()
    assign: bool = True
    dry: bool = False

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class GridsFor:
    """These grids are this person's; None: nobody's."""

    person_id: UUID | None
    grids: Annotated[tuple[GridCode, ...], Field(min_length=1, max_length=5000)]


@dataclass(frozen=True, slots=True)
class AssignGrids:
    """Give grids to people, many at once. A grid that was reported done keeps its person; with `again` it is to be done again."""

    round_id: UUID
    assign: Annotated[tuple[GridsFor, ...], Field(min_length=1, max_length=500)]
    again: bool = False


@dataclass(frozen=True, slots=True)
class ReportGrid:
    """Its person says that a grid is done. `at`: the telephone's time."""

    round_id: UUID
    grid_code: GridCode
    at: AwareDatetime | None = None
    note: MaybeText = ""


@dataclass(frozen=True, slots=True)
class CloseRound:
    round_id: UUID


@dataclass(frozen=True, slots=True)
class CancelRound:
    round_id: UUID
    reason: Line


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RoundOpened(Event, name="round.opened", about="round", opens=True):
    """`digest` binds its name and to which things it was narrowed. `things`: to be checked; of a census none is counted yet."""

    round_id: UUID
    kind: str
    purpose: str
    unit: UUID
    begins: datetime
    until: datetime
    grids: int
    things: int
    digest: str

    def zh(self) -> str:
        if self.purpose == "census":
            return f"发起普查：{self.grids} 个单元网格"
        return f"发起排查：{self.grids} 个单元网格，{self.things} 件应查"

    def en(self) -> str:
        if self.purpose == "census":
            return f"A census was opened: {self.grids} unit grids"
        return f"A check was opened: {self.grids} unit grids, {self.things} things to be checked"


@dataclass(frozen=True)
class RoundAssigned(Event, name="round.assigned", about="round"):
    """`digest` binds which grid was given to whom."""

    round_id: UUID
    people: tuple[UUID, ...]
    grids: int
    again: int
    digest: str

    def zh(self) -> str:
        return f"分派 {self.grids} 个单元网格给 {len(self.people)} 人" + (
            f"，其中 {self.again} 个重做" if self.again else ""
        )

    def en(self) -> str:
        return f"{self.grids} unit grids given to {len(self.people)} people" + (
            f", {self.again} of them to be done again" if self.again else ""
        )


@dataclass(frozen=True)
class GridReported(Event, name="round.grid_reported", about="round"):
    round_id: UUID
    grid: str
    told_at: datetime
    note_digest: str

    def zh(self) -> str:
        return f"报告单元网格 {self.grid} 已做完"

    def en(self) -> str:
        return f"Unit grid {self.grid} reported done"


@dataclass(frozen=True)
class RoundLate(Event, name="round.late", about="round"):
    """Recorded once, when its time is over and something is left. `things` of a check were not checked, `grids` of a census
    were not reported."""

    round_id: UUID
    things: int
    grids: int

    def zh(self) -> str:
        return f"到期未完成：还有 {self.things} 件未查到、{self.grids} 个单元网格未完成"

    def en(self) -> str:
        return f"Its time is over: {self.things} things not checked, {self.grids} unit grids not done"


@dataclass(frozen=True)
class RoundClosed(Event, name="round.closed", about="round"):
    """Its figures as it was closed. `last`: the census with which it is compared."""

    round_id: UUID
    grids: int
    grids_done: int
    things: int
    checked: int
    damaged: int
    added: int
    changed: int
    gone: int
    last: UUID | None

    def zh(self) -> str:
        return f"结束：{self.grids_done}/{self.grids} 个单元网格，{self.checked}/{self.things} 件，损坏 {self.damaged}"

    def en(self) -> str:
        return f"Closed: {self.grids_done} of {self.grids} unit grids, {self.checked} of {self.things} things, {self.damaged} damaged"


@dataclass(frozen=True)
class RoundCancelled(Event, name="round.cancelled", about="round"):
    round_id: UUID
    reason_digest: str

    def zh(self) -> str:
        return "取消"

    def en(self) -> str:
        return "Cancelled"
