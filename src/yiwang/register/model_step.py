"""Steps: what somebody did with a thing, what is waited for, and what of it goes into the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from yiwang.kit.fields import Code, Lon, MaybeText, Metres, Sha256
from yiwang.ledger.model import Event


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Take a step with a thing. `id` is made by the telephone, `at` is its time; position in WGS-84 degrees."""

    id: UUID
    thing_id: UUID
    step: Code
    at: AwareDatetime
    form: Annotated[dict[str, Any], Field(max_length=60)] = field(default_factory=dict)
    photos: Annotated[tuple[Sha256, ...], Field(max_length=9)] = ()
    lon: Lon | None = None
    lat: Lon | None = None
    accuracy_m: Metres | None = None
    note: MaybeText = ""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken. `at`: as the telephone said, `received_at`: as the server did; `due_at`: when it was due, if it was."""

    id: UUID
    thing_id: UUID
    step: str
    person_id: UUID
    person: str | None
    unit: str | None
    post: str
    at: datetime
    received_at: datetime
    was: str
    state: str
    distance_m: float | None
    photos: tuple[str, ...]
    form: dict[str, Any]
    note: str
    said_zh: str | None
    said_en: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepDue:
    """A step that is waited for."""

    step: str
    due_at: datetime
    late: bool


@dataclass(frozen=True)
class StepTaken(Event, name="thing.step_taken", about="thing"):
    """`form_digest` binds the form and the note, `digest` what it changed of the file. `state`: after it."""

    thing_id: UUID
    taken: UUID
    step: str
    step_zh: str
    told_at: datetime
    was: str
    state: str
    distance_m: float | None
    photos: tuple[str, ...]
    form_digest: str
    digest: str
    matter: str | None
    condition: str | None
    emergency: bool
    said_zh: str | None

    def zh(self) -> str:
        return f"办理：{self.step_zh}{f'（{self.said_zh}）' if self.said_zh else ''}"

    def en(self) -> str:
        return f"Step taken: {self.step}"


@dataclass(frozen=True)
class StepLate(Event, name="thing.step_late", about="thing"):
    """Recorded once, when its time is up and it was not taken."""

    thing_id: UUID
    step: str
    step_zh: str
    due_at: datetime

    def zh(self) -> str:
        return f"逾时未做：{self.step_zh}"

    def en(self) -> str:
        return f"Not done in time: {self.step}"
