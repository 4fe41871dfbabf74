"""What somebody may do with a case now, and what is theirs to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Case, Order, Report, Request, Step, Supervision


@dataclass(frozen=True, slots=True)
class Act:
    """One act that would be done now. `act` is the last word of its path (`/api/cases/<act>`), `move` its row of the table of
    moves: `decide` has one for each kind of request. `must`: it waits for whoever asks. `proof`: they must show their
    second factor first. `needs`: photo kinds, `reason`, or `condition` (a filing condition must be chosen). The ids name what it is about, where that is not the case itself."""

    act: str
    move: str
    zh: str
    en: str
    must: bool
    proof: bool
    needs: tuple[str, ...]
    order_id: UUID | None
    request_id: UUID | None
    supervision_id: UUID | None
    comment_id: UUID | None
    report_id: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides what may be done with a case at `now`. `reports`: its own, not those of merged cases (`has_merged`).
    `into`: where the case stands that it was merged into. `bounce_by`: until when an order may be bounced. `mentions`:
    the comments that name whoever asks and that they have not read."""

    case: Case
    now: datetime
    orders: Sequence[Order]
    requests: Sequence[Request]
    supervisions: Sequence[Supervision]
    reports: Sequence[Report]
    handlers: frozenset[UUID]
    mentions: Sequence[UUID]
    bounce_by: Mapping[UUID, datetime]
    has_merged: bool
    into: Step | None
