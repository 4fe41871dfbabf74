"""要许可还是告知承诺: which signs need a permit of their own; the others are put up under a pledge. Pure; the table is `permit.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Clause:
    """What needs a permit: a sign of which all hold that is said here."""

    code: str
    form: str | None
    height_over_m: float | None
    storey_over: float | None
    above_over_m: float | None
    historic: bool | None
    zh: str
    en: str
    source: str

    def fits(self, sign: Mapping[str, Any]) -> bool:
        over = (("height_m", self.height_over_m), ("storey", self.storey_over), ("above_m", self.above_over_m))
        return (
            self.form in (None, sign.get("form"))
            and all(most is None or (sign.get(name) or 0) > most for name, most in over)
            and self.historic in (None, sign.get("historic", False))
        )

    def path(self) -> str:
        """The same as a JSON path, for asking thousands at once."""
        over = (("height_m", self.height_over_m), ("storey", self.storey_over), ("above_m", self.above_over_m))
        said = [f'@.form == "{self.form}"'] if self.form else []
        said += [f"@.{name} > {most:g}" for name, most in over if most is not None]
        said += ["@.historic == true"] if self.historic else []
        return f"$ ? ({' && '.join(said)})"


@cache
def clauses() -> Sequence[Clause]:
    with Path(__file__).with_name("permit.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Clause(
                row["code"], row["form"] or None, _number(row["height_over_m"]), _number(row["storey_over"]),
                _number(row["above_over_m"]), True if row["historic"] else None, row["zh"], row["en"], row["source"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if text else None


def why_permit(sign: Mapping[str, Any]) -> tuple[Clause, ...]:
    """What makes a permit needed; empty: a pledge will do."""
    return tuple(clause for clause in clauses() if clause.fits(sign))
