"""Reads of steps: what was done with a thing."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries
from yiwang.register.model_step import StepRow

ROW: LiteralString = (
    "select s.id, s.thing_id, s.step, s.person_id, p.name as person, u.name as unit, s.post, s.at, s.received_at, s.was, s.state,"
    " s.distance_m, s.photos, s.form, s.note, s.said_zh, s.said_en, (select min(d.due_at) from register.step_due d"
    " where d.taken_id = s.id) as due_at from register.step s left join network.person p on p.id = s.person_id"
    " left join network.unit u on u.id = s.unit_id"
)
ONE = query(StepRow, ROW + " where s.id = %(id)s")
STEPS = query(
    StepRow,
    ROW + " where s.thing_id = %(thing_id)s and {where} order by s.at desc, s.id desc limit %(limit)s",
)
PHOTO = query(
    bool,
    "select exists (select from register.step s join register.thing t on t.id = s.thing_id join network.unit u on u.id = t.unit_id"
    " where s.photos @> array[%(sha256)s]::text[] and " + queries.SEEN + ") as seen",
)  # fmt: skip


def find_step(tx: Tx, id: UUID) -> StepRow | None:
    return ONE.maybe(tx, id=id)


def get_step(tx: Tx, id: UUID) -> StepRow:
    return ONE.one(tx, id=id)


def list_steps(
    tx: Tx, scope: Scope, thing_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[StepRow]:
    """What was done with it, the last first."""
    queries.get_thing(tx, scope, thing_id)
    where = TRUE
    if after is not None:
        where = Clause(
            "(s.at, s.id) < (%(after_at)s, %(after_id)s::uuid)", {"after_at": after[0], "after_id": after[1]}
        )
    return STEPS.all(tx, where, thing_id=thing_id, limit=limit)


def is_photo_in_sight(tx: Tx, scope: Scope, sha256: str) -> bool:
    return PHOTO.one(tx, sha256=sha256, **queries.find_sight(tx, scope))
