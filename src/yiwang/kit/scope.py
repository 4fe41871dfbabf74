"""What a person may see, as a value that every list takes and compiles to SQL."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """`everything`, or the subtrees at `paths` (ltree text) and what is assigned to `person`."""

    everything: bool
    paths: tuple[str, ...]
    person: UUID
