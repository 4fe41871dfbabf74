"""What a scene is: its things, its numbers, what it shows in the demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from shapely.geometry.base import BaseGeometry

from yiwang.kit import clock
from yiwang.kit.db import Tx
from yiwang.kit.jobs import Every
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.register.model_kind import Kind


@dataclass(frozen=True, slots=True)
class SceneFigure:
    """A number of a scene. `tone`: how it stands; `of`: out of how many."""

    name: str
    zh: str
    en: str
    value: float
    unit: str = ""
    tone: Literal["plain", "good", "soon", "late"] = "plain"
    of: float | None = None


@dataclass(frozen=True, slots=True)
class SceneTrouble:
    """What is wrong in a scene now, and where: an open case (`what` case), a step (step) or something owed (owed) that is late, or
    what the scene itself says (own). `thing`: what it is about, `state`: as that stands now; `step`: of the case; `since`: it began; `due_at`: when what is done about it is due.
    `grave`: a grave danger, to be seen before all else."""

    scene: str
    what: str
    kind: str
    thing_id: UUID | None
    thing: str
    state: str
    zh: str
    en: str
    since: datetime
    due_at: datetime | None
    late: bool
    grave: bool
    case_id: UUID | None
    step: str | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Town:
    """The demonstration's street, in one transaction: `who` finds a person by login, `photo` uploads a drawn picture of a
    place for somebody and answers with its SHA-256, `dice` fall alike for the same seed. `grids`: the street's unit grids (WGS-84); `roads`: the names of its roads."""

    tx: Tx
    now: datetime
    zone: str
    street: str
    grids: tuple[BaseGeometry, ...]
    roads: tuple[str, ...]
    who: Callable[[str], Actor]
    photo: Callable[[Actor, float, float], str]
    dice: Callable[[Any], Random]

    @contextmanager
    def at(self, instant: datetime) -> Iterator[Town]:
        """The town at another instant: what is done meanwhile was done then."""
        before = self.tx.now
        self.tx.now = instant
        try:
            with clock.at(instant):
                yield replace(self, now=instant)
        finally:
            self.tx.now = before


@dataclass(frozen=True, slots=True)
class Scene:
    """`kinds`: of which things it speaks; `owed`: the CSV beside it that says what they owe, by `RuleOf`'s names. `figures`: its
    own numbers, shown before those that every scene has; `troubles`: likewise what is wrong now. For the demonstration: `enter` brings in its things, again at each
    start; `live` is one small act of somebody's, and says which ("": there was nothing to do)."""

    name: str
    zh: str
    en: str
    kinds: tuple[Kind, ...]
    owed: Path | None = None
    routers: tuple[APIRouter, ...] = ()
    periodic: tuple[Every, ...] = ()
    figures: Callable[[Tx, Scope], Sequence[SceneFigure]] | None = None
    troubles: Callable[[Tx, Scope], Sequence[SceneTrouble]] | None = None
    enter: Callable[[Town], None] | None = None
    live: Callable[[Town, Random], str] | None = None


@dataclass(frozen=True, slots=True)
class SceneForm:
    """A scene, as screens need to know it."""

    name: str
    zh: str
    en: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SceneFigures:
    """A scene with its numbers now."""

    scene: SceneForm
    figures: tuple[SceneFigure, ...]


@dataclass(frozen=True, slots=True)
class SceneAct:
    """What somebody did in a scene: a step, or (`step` None) a visit. `trouble`: it became a case, or found damage; `said_zh`,
    `said_en`: what followed from a step."""

    at: datetime
    id: UUID
    thing_id: UUID
    kind: str
    thing: str
    person: str | None
    step: str | None
    trouble: bool
    said_zh: str | None
    said_en: str | None
