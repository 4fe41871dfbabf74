"""Personal data: who may be shown what, why, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from yiwang.ledger.model import Event
from yiwang.network.model import PostKind

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200, pattern=r"^[^\x00]*$")]
"""Why, in words; without telephone numbers (`rules_personal.check_reason`): it is kept for good."""


class Purpose(StrEnum):
    """What clear personal data are needed for: this word stands in the ledger."""

    callback = "callback"
    check = "check"
    duty = "duty"
    complaint = "complaint"
    oversight = "oversight"
    visit = "visit"
    other = "other"

    def zh(self) -> str:
        return _PURPOSES[self][0]

    def en(self) -> str:
        return _PURPOSES[self][1]


_PURPOSES = {
    Purpose.callback: ("回访上报人", "calling a reporter back"),
    Purpose.check: ("核实情况", "checking the facts"),
    Purpose.duty: ("联系值班人员", "reaching whoever is on duty"),
    Purpose.complaint: ("处理投诉", "answering a complaint"),
    Purpose.oversight: ("督察", "oversight"),
    Purpose.visit: ("走访关爱", "a visit to see how they are"),
    Purpose.other: ("其他", "other"),
}


def say_purpose(purpose: str) -> tuple[str, str]:
    """In Chinese and English, whatever a ledger of another version may hold."""
    known = purpose in Purpose.__members__
    return (Purpose(purpose).zh(), Purpose(purpose).en()) if known else (purpose, purpose)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as kept: telephone and WeCom sealed, or in clear as the first release wrote them."""

    id: UUID
    login: str | None
    name: str
    sealed: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)
    added_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class OnDutyRow:
    """Someone on duty as kept, sealed. `reach`: phone, wecom."""

    person_id: UUID
    name: str
    post: PostKind
    post_id: UUID
    unit_id: UUID
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]
    until: datetime
    sealed: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)
    reach: tuple[str, ...]
    climbed: int
    for_grid: bool
    here_since: datetime | None


@dataclass(frozen=True, slots=True)
class ResponsibleRow:
    """Somebody who answers for a place, as kept, sealed."""

    person_id: UUID
    name: str
    post: PostKind
    unit_name: str
    for_grid: bool
    on_duty_until: datetime | None
    sealed: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A person's sealed column, with the two that held the same in clear before."""

    id: UUID
    sealed: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach somebody, in clear."""

    person_id: UUID
    name: str
    phone: str | None = field(repr=False)
    wecom: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unmasking:
    """One reading of personal data in clear. `what`: a reporter's `contact` (`subject_id` the case, `part_id` the report)
    a `person`'s telephone, where they were on duty (`trail`), a `resident` (`part_id` their home), or a `search` for
    residents by a name (`subject_id`: what the ledger knows it by)."""

    id: UUID
    at: datetime
    by: UUID
    by_name: str
    post: str
    unit_name: str | None
    what: str
    subject_id: UUID
    part_id: UUID | None
    reason: str
    words: str


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class UnmaskPerson:
    """See a person's telephone in clear: for what, and why in words."""

    person_id: UUID
    purpose: Purpose
    words: Reason


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PersonUnmasked(Event, name="person.unmasked", about="person"):
    """Somebody saw this person's telephone in clear; `words_digest` binds why, which is kept in `network.unmasking`."""

    person_id: UUID
    unmasking: UUID
    purpose: str
    words_digest: str

    def zh(self) -> str:
        return f"联系方式被查看，事由：{say_purpose(self.purpose)[0]}"

    def en(self) -> str:
        return f"Telephone seen in clear, for {say_purpose(self.purpose)[1]}"
