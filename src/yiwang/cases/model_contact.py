"""A reporter's personal data: how they are kept, shown, and asked for in clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Channel
from yiwang.ledger.model import Event
from yiwang.network.model_personal import Purpose, Reason, say_purpose


@dataclass(frozen=True, slots=True)
class SealedContact:
    """A contact's sealed column, with the three that held the same in clear in the first release."""

    id: UUID
    sealed: bytes | None = field(repr=False)
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    salt: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A report with its contact as kept."""

    report_id: UUID
    reporter_id: UUID
    channel: Channel
    id: UUID
    sealed: bytes | None = field(repr=False)
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    salt: bytes | None = field(repr=False)
    secret: bool
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A reporter's data as shown: masked, unless `clear`. `secret`: asked that handlers never see it."""

    report_id: UUID
    reporter_id: UUID
    name: str = field(repr=False)
    phone: str = field(repr=False)
    secret: bool
    clear: bool


@dataclass(frozen=True, slots=True)
class UnmaskContact:
    """See a reporter's name and telephone in clear: for what, and why in words."""

    case_id: UUID
    report_id: UUID
    purpose: Purpose
    words: Reason


@dataclass(frozen=True)
class ContactUnmasked(Event, name="case.contact_unmasked", about="case"):
    """Somebody saw the reporter's data in clear; `words_digest` binds why, which is kept in `network.unmasking`."""

    case_id: UUID
    report: UUID
    unmasking: UUID
    purpose: str
    words_digest: str

    def zh(self) -> str:
        return f"上报人联系方式被查看，事由：{say_purpose(self.purpose)[0]}"

    def en(self) -> str:
        return f"The reporter's data were seen in clear, for {say_purpose(self.purpose)[1]}"
