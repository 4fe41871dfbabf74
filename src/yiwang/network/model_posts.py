"""Posts as they are held now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.network.model import PostKind


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for a place by a post held now: masked as in every list. `for_grid`: the post names the very duty grid;
    `on_duty_until`: on duty now, until then."""

    person_id: UUID
    name: str
    post: PostKind
    unit_name: str
    for_grid: bool
    on_duty_until: datetime | None
    phone: str | None
    wecom: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post now. `grids`: the duty grids that it names."""

    person_id: UUID
    name: str
    post: PostKind
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post that counts now, with who holds it."""

    id: UUID
    person_id: UUID
    name: str
    kind: PostKind
    unit_id: UUID
    unit_name: str
    grids: tuple[UUID, ...]
    since: datetime
    until: datetime | None
