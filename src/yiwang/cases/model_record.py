"""What the record answers with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """How many cases there are; `more`: than one file holds, so that `cases` is what it would hold."""

    cases: int
    more: bool
