"""Heads handed up: what a lower ledger sends, and what the upper one keeps and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from yiwang.kit.ids import named_id

Base64 = Annotated[str, Field(max_length=100)]


@dataclass(frozen=True, slots=True)
class HandedKey:
    """A public key's line, and the endorsement by the one before it in the list; the first has none."""

    public: Annotated[str, Field(max_length=400)]
    endorsement: Base64 = ""


@dataclass(frozen=True, slots=True)
class HandUp:
    """A lower ledger's newest head, with the RFC 9162 proof that it continues the one of `after` entries that the upper
    ledger keeps (0: none yet). `keys` lead from the key it is known by to its present one; `retired` are lines of a key file.
    `signature` is by the head's key or a later one over all of it (`rules_witness.hand_up_text`), so that nobody else can hand it up."""

    after: Annotated[int, Field(ge=0, lt=2**62)]
    note: Annotated[str, Field(max_length=2000)]
    signature: Base64
    proof: Annotated[tuple[Base64, ...], Field(max_length=130)] = ()
    keys: Annotated[tuple[HandedKey, ...], Field(max_length=200)] = ()
    retired: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=400)] = ()


@dataclass(frozen=True, slots=True)
class LowerLedger:
    """A lower ledger as it is known here, by its public key."""

    id: UUID
    name: str
    public: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A head of a lower ledger that is kept here; `note` is the signed text itself."""

    size: int
    root: bytes
    at: datetime
    key_id: str
    note: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LowerState:
    """How a lower ledger stands: what was last handed up, when, and how many alarms there were."""

    id: UUID
    name: str
    size: int
    received_at: datetime | None
    alarms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`accepted` false: the head does not continue what was handed up before. That stands in the ledger as an alarm."""

    accepted: bool
    size: int
    code: str
    zh: str
    en: str


def lower_id(key_id: str) -> UUID:
    """How a lower ledger is called at the upper level: by the first key it had."""
    return named_id(f"lower-ledger:{key_id}")
