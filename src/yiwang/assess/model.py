"""Facts, what is asked of them, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What a fact is about. Those with a deadline are duties: begun, due, done or lifted."""

    report = "report"
    """A finding came in; `outcome`: filed, declined, merged, void; empty while nothing is decided."""
    accept = "accept"
    """受理或不予受理 within the step's limit; `outcome`: accepted, declined."""
    send_check = "send_check"
    """核实派发: sending somebody to look, within the limit of acceptance."""
    check = "check"
    """核实 before filing, by the inspector named; `outcome`: found, not_found."""
    file = "file"
    """立案; `outcome`: manual, automatic, late (补立案), void when the case was made void since."""
    dispatch = "dispatch"
    """派遣, one for each time that the case awaited it; `outcome` returned: a unit bounced its order."""
    handle = "handle"
    """处置: one order; back from rework it is open again, with its new deadline; `outcome`: bounced, recalled."""
    round = "round"
    """One finishing of an order (处置完成, 批次); `closed_at` when it was verified, `outcome`: passed, failed (返工)."""
    verify = "verify"
    """核查 before closing; `outcome`: passed, failed."""
    whole = "whole"
    """The filed case: begun = filed, due = 处置时限, done = handled, closed; a reopened case has a second one."""
    extend = "extend"
    suspend = "suspend"
    """延期、挂账 that were granted: done = when, order and unit: whose."""
    rate = "rate"
    """评价 by a reporter; `outcome`: solved, unsolved."""


@dataclass(slots=True)
class Fact:
    """One line of what is assessed. Kept by the fold of a case's entries, which changes it in place: the one class of
    the house that is not frozen.

    `no` counts within the case; `n` is the entry it began with. `area` and `unit` are ltree texts as they stood then;
    `unit` is whose order it is, empty where it is nobody's; `number` is the case's, in its report alone. A duty that was `lifted` (bounced, recalled, merged, void)
    before it was due was never owed; afterwards its lateness stands.
    """

    case_id: UUID
    no: int
    kind: Kind
    n: int
    area: str
    channel: str
    unit: str = ""
    order_id: UUID | None = None
    person: UUID | None = None
    post: str = ""
    begun_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    closed_at: datetime | None = None
    lifted_at: datetime | None = None
    outcome: str = ""
    exempt: bool = False
    suspended: bool = False
    number: str = ""


class Base(StrEnum):
    """By which time a fact belongs to a period: the time basis of an indicator."""

    due = "due"
    done = "done"
    begun = "begun"
    closed = "closed"
    now = "now"

    def zh(self) -> str:
        return _BASES[self][0]

    def en(self) -> str:
        return _BASES[self][1]


_BASES = {
    Base.due: (
        "按期限归期：期限落在统计期内且已到期的都算“应”，到期前已免办（退单、收回、并案、作废）的不算，逾期未办的算",
        "by deadline: whatever fell due within the period is owed, done or not; what was lifted before it fell due is not",
    ),
    Base.done: ("按完成时间归期", "by when it was done"),
    Base.begun: (
        "按开始时间归期（上报、立案、收单的时间）",
        "by when it began: was reported, was filed, was received",
    ),
    Base.closed: ("按结案或核查时间归期", "by when it was closed, or verified"),
    Base.now: (
        "存量：不分期，截至统计时刻仍然如此",
        "standing: whatever is so at the moment of asking, whenever it began",
    ),
}


class Unit(StrEnum):
    """What is counted."""

    rate = "rate"
    number = "number"


@dataclass(frozen=True, slots=True)
class Rule:
    """How an indicator is counted: facts of `kind` that belong to the period by `base` and pass the test `of` (the
    denominator), and among them those that pass `hit` too (the numerator). A count has no denominator: all that pass.

    `by_unit`: it can be told of the units that handle. `by_person`: of people: either they did what is counted, or they
    were named when the duty began; else whoever leaves late cases open would look better, since nobody's name is on them.
    """

    kind: Kind
    base: Base
    hit: str
    of: str = "all"
    unit: Unit = Unit.rate
    by_unit: bool = False
    by_person: bool = False


class Level(StrEnum):
    """Over what figures are told: areas of one depth, the units that handle, or people."""

    city = "city"
    district = "district"
    street = "street"
    neighbourhood = "neighbourhood"
    unit = "unit"
    person = "person"


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator as the pack defines it, in words; `base_zh` and `base_en` are its time basis. `weight` is its share,
    in percent, in the composite of its `object`; `bands` turn a count into a score: at least `from` → score. `inverse`:
    the less the better. `computed` false: `why_zh`, `why_en` say what is lacking."""

    id: str
    object: str
    zh: str
    en: str
    formula: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str
    denominator_en: str
    base: str
    base_zh: str
    base_en: str
    unit: str
    weight: float | None
    weight_note: str
    bands: tuple[tuple[float, float | str], ...]
    inverse: bool
    source: str
    status: str
    computed: bool
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `until` (not); both aware."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AsOf:
    """What the figures rest on: every settled entry before `size` (the ledger's positions 0 … size − 1), at `time`. With
    both, anyone can work the same figures out again: `yiwang assess recompute --at SIZE --time TIME`."""

    size: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `value` is numerator ÷ denominator × 100 of a rate (None where nothing was owed), or the count.
    `partial`: a unit of elsewhere, of which only the orders in sight are counted."""

    indicator: str
    key: str
    name: str
    numerator: int
    denominator: int | None
    value: float | None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    as_of: AsOf
    since: datetime
    until: datetime
    level: Level
    figures: list[Figure]
    before: list[Figure]


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator's part in a composite: `score` 0 … 100, None where it cannot be told, with the reason."""

    indicator: str
    weight: float | None
    score: float | None
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Composite:
    """综合指标值 of one object for one key: told only where every part has a weight and a score and the weights make
    100; otherwise `value` and `grade` are None and the parts say what is lacking. Nothing is filled in."""

    object: str
    key: str
    name: str
    value: float | None
    grade: str | None
    weights: float
    parts: tuple[Part, ...]


Counts = Mapping[tuple[str, str], tuple[int, int]]
"""(indicator, key) → (numerator, denominator)."""
