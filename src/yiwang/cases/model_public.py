"""The public without an account: what a resident sends, and what they are told. No names of staff, no free text of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from yiwang.cases.model import Step
from yiwang.kit.fields import Code, Datum, Lat, Lon, MaybeText, Metres, Sha256, Text
from yiwang.ledger.model import Event

Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24, pattern=r"^\+?[0-9 ()-]{5,23}$")]
Number = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=4, max_length=40, pattern=r"^[A-Za-z0-9-]+$")
]
MOST_PHOTOS = 6


@dataclass(frozen=True, slots=True)
class Consent:
    """The text a resident agrees to, as it stands now. Another wording is another version."""

    version: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublicMatter:
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublicArea:
    """A street or neighbourhood to choose where no point is known."""

    code: str
    name: str
    within: str


@dataclass(frozen=True, slots=True)
class Start:
    """What the page needs before a report: a `ticket` and how many bits of work go with it (see `rules_public.is_worked`)."""

    ticket: str
    bits: int
    consent: Consent
    matters: list[PublicMatter]
    areas: list[PublicArea]
    photos: int
    sms: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class ReportPublicly:
    """A resident's report. `id` and `key` (a secret of at least 128 bits) are made by the client and kept until the answer
    is there: the same again gets the same answer. `ticket`, `nonce`: of GET /api/public/start, and the work done.

    No `matter_code`: whoever accepts it decides. No point: then `area_code`, and the place in words.
    """

    id: UUID
    key: Annotated[str, StringConstraints(min_length=22, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] = field(
        repr=False
    )
    ticket: Annotated[str, StringConstraints(max_length=200)]
    nonce: Annotated[int, Field(ge=0, le=2**53)]
    consent: Annotated[str, StringConstraints(max_length=20)]
    description: Text
    matter_code: Code | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    accuracy_m: Metres | None = None
    area_code: Code | None = None
    place: MaybeText = ""
    photos: Annotated[tuple[Sha256, ...], Field(max_length=MOST_PHOTOS)] = ()
    phone: Phone | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of the answer."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """`code` is shown once; only its digest is kept."""

    number: str
    at: datetime
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Uploaded:
    sha256: str


@dataclass(frozen=True, slots=True)
class AskCode:
    """Send a code to the telephone that was left with the report."""

    number: Number
    phone: Phone = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """The same whether there is such a case or not. `shown`: in a demonstration only, what the message would say."""

    seconds: int
    shown: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Follow:
    """By the code of the report, or, with `phone`, by the code that was sent to it."""

    number: Number
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=24)] = field(repr=False)
    phone: Phone | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the seven steps: `at` when it was done last, None while it is to come; `now`: it is being done."""

    step: str
    zh: str
    en: str
    at: datetime | None
    now: bool


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublicPhoto:
    """`before`: the reporter's own. `after`: taken after handling or at verification."""

    sha256: str
    when: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """What "closed" meant: the condition that was met, who handled it, and that somebody else looked, at the place."""

    condition: str
    units: list[str]
    handled_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime
    on_time: bool


@dataclass(frozen=True, slots=True)
class Rating:
    open: bool
    rating: int | None
    solved: bool | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A report as its reporter follows it. `ticket` opens photos, receipt and rating for two hours."""

    number: str
    step: Step
    step_zh: str
    step_en: str
    matter_zh: str
    matter_en: str
    description: str
    place: str
    area: str
    reported_at: datetime
    due_at: datetime | None
    late: bool
    suspended: bool
    merged: bool
    reason: str
    stages: list[Stage]
    course: list[Happened]
    photos: list[PublicPhoto]
    closed: Closed | None
    rating: Rating
    sealed: bool
    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RatePublicly:
    rating: Annotated[int, Field(ge=1, le=5)]
    solved: bool
    text: MaybeText = ""


@dataclass(frozen=True)
class ConsentGiven(Event, name="case.consent_given", about="case"):
    """The reporter agreed to this version of the text on personal data."""

    case_id: UUID
    consent: str

    def zh(self) -> str:
        return f"上报人同意个人信息告知（{self.consent} 版）"

    def en(self) -> str:
        return f"The reporter agreed to the notice on personal data, version {self.consent}"


# ── the honest map ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A case in the open street, on a lattice of some 50 m. `state`: open, overdue, closed."""

    lon: float
    lat: float
    matter_zh: str
    matter_en: str
    state: str
    step_zh: str
    step_en: str
    reported_on: str
    closed_on: str | None


@dataclass(frozen=True, slots=True)
class MapGrid:
    """A unit grid: what is open there, late, and was closed in the last 30 days, of every kind of matter."""

    code: str
    open: int
    overdue: int
    closed: int


@dataclass(frozen=True, slots=True)
class MapFigure:
    """One figure, with what it means. `value` None: there is nothing to count a share of."""

    key: str
    value: float | None
    zh: str
    en: str
    means_zh: str
    means_en: str


@dataclass(frozen=True, slots=True)
class PublicMap:
    """`truncated`: there are more points than are sent; the grids count all."""

    at: datetime
    figures: list[MapFigure]
    grids: list[MapGrid]
    points: list[MapPoint]
    truncated: bool
