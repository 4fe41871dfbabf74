"""Figures of patrols: what people and units did of what they owed, and how it goes from quarter to quarter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Assessed:
    """One person's or unit's month.

    `shifts`: walks whose time was over; `begun`: those that were taken. `points`: what these walks should have reached, of it `done` in
    time, `late`, `missed`. `owed`: what things owed by rule and fell due, `met` in time, `made_up`: missed, and done before it fell due
    the next time, `lapsed`: missed. Of a person only what bears their name: a walk that nobody took, or a duty that nobody met,
    is its unit's. `taps`: check-ins, `doubted`: those against which something speaks. `damaged`: taps that found damage, `cases`: what
    became of it, `closed`: those of them closed by now.
    """

    id: UUID
    name: str
    unit_name: str
    shifts: int
    begun: int
    points: int
    done: int
    late: int
    missed: int
    owed: int
    met: int
    made_up: int
    lapsed: int
    taps: int
    doubted: int
    damaged: int
    cases: int
    closed: int


@dataclass(frozen=True, slots=True)
class AssessedRow:
    """With its shares in percent, None of nothing: `in_time` of the points, `kept` of what was owed, `sure` of the taps (none that is
    doubted), `settled` of the cases."""

    figures: Assessed
    in_time: float | None
    kept: float | None
    sure: float | None
    settled: float | None


@dataclass(frozen=True, slots=True)
class Month:
    """`checks` at places and points, `damaged` of them, and what was owed and `missed`."""

    month: date
    checks: int
    damaged: int
    missed: int


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A month (its first day) of one unit grid and one kind of equipment, of places one risk (`what`): what a forecast takes. Where
    nothing was there is no row; the present month stands as it is so far."""

    month: date
    grid_code: str
    what: str
    checks: int
    damaged: int
    missed: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """Its first day; `months` of it that have begun."""

    begins: date
    months: int
    checks: int
    damaged: int
    missed: int


@dataclass(frozen=True, slots=True)
class TrendCompared:
    """One quantity: now, a quarter before, a year before; changes in percent, None against nothing."""

    name: str
    now: int
    before: int
    last_year: int
    on_before: float | None
    on_last_year: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """`series`: every month since the first, gaps filled with nothing: a plain series, as a forecast would take it. `quarters`: the
    same by quarter. `compared`: the quarter asked for; while it runs, with as many months of the others. `whats`: what it can be narrowed to."""

    series: list[Month]
    quarters: list[Quarter]
    compared: list[TrendCompared]
    whats: list[str]


@dataclass(frozen=True, slots=True)
class Heat:
    """What there was in a unit grid."""

    grid_code: str
    checks: int
    damaged: int
    missed: int
