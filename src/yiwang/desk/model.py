"""What the desk's page is sent: shaped for it, known nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Case, Clock, Evidence, Order, Request, Supervision, Voice
from yiwang.cases.model_acts import Act
from yiwang.cases.queries import Comment
from yiwang.cases.queries_count import StepCount
from yiwang.cases.queries_list import CaseRow


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One entry as people read it. `who` is empty for the system."""

    position: int
    event: str
    case_id: UUID
    number: str
    at: datetime
    who: str
    post_zh: str
    post_en: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Street:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class MapInfo:
    """`tiles`: a z/x/y template, None when no tiles were cut: then `shapes` is drawn. `bounds`: west, south, east, north."""

    tiles: str | None
    shapes: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float] | None
    attribution: str
    tianditu: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """Where somebody works, and the map of it: what a phone takes along."""

    street: Street
    zone: str
    demo: bool
    now: datetime
    map: MapInfo


@dataclass(frozen=True, slots=True)
class Today:
    """The page's snapshot; the feed goes on from `position`. `truncated`: there are more open cases than were sent, so the
    counts are the server's to say. `events`: what happened last, newest first. `since`: when today began; what ended before
    that is not shown."""

    position: int
    now: datetime
    since: datetime
    zone: str
    street: Street
    counts: list[StepCount]
    reported_today: int
    cases: list[CaseRow]
    truncated: bool
    events: list[FeedEvent]
    demo: bool
    map: MapInfo


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One ledger entry: what it says, and the very text that was hashed, so that the browser can hash it again. `position` is
    None until it is settled. `written`: what was written in the act, kept beside the ledger, which holds its digest."""

    n: int
    position: int | None
    event: str
    at: datetime
    actor: UUID
    who: str
    post_zh: str
    post_en: str
    zh: str
    en: str
    written: str
    text: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class HeadShown:
    size: int
    root: str
    at: datetime
    key_id: str
    signature: str
    text: str


@dataclass(frozen=True, slots=True)
class PathShown:
    """The audit path of the entry at `position`: hashes in hex from the leaf upwards."""

    position: int
    path: list[str]


@dataclass(frozen=True, slots=True)
class ProofShown:
    """The newest signed head (None before the first), the one line of its public key, and the settled entries' paths to it."""

    origin: str
    hash: str
    head: HeadShown | None
    key: str | None
    paths: list[PathShown]


@dataclass(frozen=True, slots=True)
class ClassShown:
    """Where a case stands in the catalogue: its class, and what that is part of. `unclassed`: whoever reported it left that
    to be said."""

    scheme: str
    kind: str
    code: str
    major: str
    name: str
    english: str
    unclassed: bool


@dataclass(frozen=True, slots=True)
class CourseShown:
    """One case's whole course, and what the asking person may do with it now. `may_erase`:
    may they erase its photos, words and reporters' data; `reports`: how many there were; `people`: names by id."""

    case: Case
    matter: ClassShown
    acts: list[Act]
    may_erase: bool
    orders: list[Order]
    clocks: list[Clock]
    requests: list[Request]
    evidence: list[Evidence]
    voices: list[Voice]
    supervisions: list[Supervision]
    comments: list[Comment]
    reports: int
    people: Mapping[UUID, str]
    entries: list[EntryShown]
    proof: ProofShown
