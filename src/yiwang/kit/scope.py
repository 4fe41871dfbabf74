"""What a person may see, as a value that every list takes and compiles to SQL."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """`everything`, or the subtrees at `paths` (ltree text) and what is assigned to `person`. `units`: the ids of the units
    at `paths`, in their order, where they are known.

    Whoever is bound to duty grids sees the whole of their unit, but not who lives there: for that `whole` are the subtrees
    of the posts that are bound to none, and `grids` the duty grids of all others, each within the path beside it."""

    everything: bool
    paths: tuple[str, ...]
    person: UUID
    units: tuple[UUID, ...] = ()
    whole: tuple[str, ...] = ()
    grids: tuple[tuple[UUID, str], ...] = ()


EVERYTHING = Scope(True, (), UUID(int=0))
"""For work that nobody asks for: periodic jobs, flows, what is said to everybody."""
