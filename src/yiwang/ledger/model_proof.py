"""What proves the ledger: the settled order, signed heads, keys, and what a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

SETTLED = "ledger_settled"
"""The channel on which the settler rings (NOTIFY) when entries have got their positions."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry with its settled position (0, 1, 2 … without gaps): the cursor of the feed, the leaf index of the tree."""

    position: int
    subject_kind: str
    subject_id: UUID
    n: int
    event: str
    version: int
    actor: UUID
    post: str
    at: datetime
    body: str
    prev: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Origin:
    """What a ledger is called and how it hashes (`sha256` or `sm3`): fixed for ever when it is opened."""

    name: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """A signed tree head: the tree over the first `size` leaves has this root. `previous` is the size of the head before."""

    size: int
    root: bytes
    at: datetime
    previous: int
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A public key as published: `public` is its one-line text (see `rules_sign.PublicKey`)."""

    key_id: str
    public: str
    at: datetime
    endorsed_by: str | None
    endorsement: bytes | None


@dataclass(frozen=True, slots=True)
class RetirementRow:
    """A key given up (`rotated`, `compromised`): what it signed counts up to `size` entries, says the key `by_key`."""

    key_id: str
    reason: str
    size: int
    at: datetime
    by_key: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """That one entry is leaf `position` of the tree of `size` leaves: the hashes from the leaf upwards."""

    position: int
    size: int
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not fit. `code` is stable; `position` is in the settled order, from 0."""

    code: str
    zh: str
    en: str
    position: int | None = None
    subject_id: UUID | None = None
    n: int | None = None
    size: int | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of recomputing the whole ledger: how many entries and heads were looked at before the first fault."""

    entries: int
    heads: int
    ok: bool
    fault: Fault | None = None
    unsettled: int = 0
    unsealed: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of checking a receipt offline. `entries` are its entries as plain values, for showing."""

    ok: bool
    fault: Fault | None = None
    origin: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    size: int = 0
    at: str = ""
    key_id: str = ""
    entries: tuple[dict[str, Any], ...] = ()
