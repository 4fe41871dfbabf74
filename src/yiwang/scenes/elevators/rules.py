"""老旧电梯排序: how urgently a lift should be looked at, with the reasons. Pure; points and words stand in `ranking.csv`, each with
its source. At most a hundred points: of each factor, the band with most points that fits."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from yiwang.scenes.elevators.model_ranking import LiftFacts, RankedLift, Reason

OLD = 15
"""Years after which a lift should be assessed."""
YEAR = 365.25
Value = float | str


@dataclass(frozen=True, slots=True)
class Weight:
    """A band of a factor: from `least` on, or when it `is` that."""

    factor: str
    least: float | None
    is_: str
    points: int
    zh: str
    en: str
    source: str

    def fits(self, value: Value) -> bool:
        return value == self.is_ if isinstance(value, str) else self.least is not None and value >= self.least


@cache
def weights() -> Mapping[str, Sequence[Weight]]:
    """By factor, most points first."""
    found: dict[str, list[Weight]] = {}
    with Path(__file__).with_name("ranking.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            least = float(row["least"]) if row["least"] else None
            weight = Weight(
                row["factor"], least, row["is"], int(row["points"]), row["zh"], row["en"], row["source"]
            )  # fmt: skip
            found.setdefault(weight.factor, []).append(weight)
    return {factor: sorted(bands, key=lambda w: -w.points) for factor, bands in found.items()}


def years_in_use(since: date | None, today: date) -> int | None:
    return None if since is None else max(int((today - since).days / YEAR), 0)


def values_of(lift: LiftFacts, today: date) -> Iterator[tuple[str, Value]]:
    """Of each factor, what this lift has; what is not known says nothing."""
    age = years_in_use(lift.in_use_since or lift.made_on, today)
    if age is not None:
        yield "age", age
    yield "use", lift.use
    yield "traps", lift.traps
    yield "faults", lift.faults
    if lift.maintenance_late is not None:
        yield "maintenance", lift.maintenance_late
    if lift.inspection_late is not None:
        yield "inspection", lift.inspection_late
    if lift.assessed is not None:
        yield "assessed", lift.assessed
    elif age is not None and age >= OLD:
        yield "assessed", "未评估"
    if lift.stops is not None:
        yield "stops", lift.stops
    if not lift.monitored:
        yield "unmonitored", 1


def rank(lift: LiftFacts, today: date) -> RankedLift:
    """Its points, and why: the weightiest reason first."""
    reasons: list[Reason] = []
    for factor, value in values_of(lift, today):
        band = next((w for w in weights().get(factor, ()) if w.fits(value)), None)
        if band is not None:
            n = value if isinstance(value, str) else f"{value:g}"
            reasons.append(Reason(factor, band.points, band.zh.format(n=n), band.en.format(n=n)))
    reasons.sort(key=lambda r: -r.points)
    return RankedLift(
        lift.id, lift.code, lift.name, lift.address, lift.unit_name, lift.lon, lift.lat, lift.state, lift.use,
        years_in_use(lift.in_use_since or lift.made_on, today), sum(r.points for r in reasons), tuple(reasons),
    )  # fmt: skip
