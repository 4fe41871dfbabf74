"""SQL that writes steps and what is waited for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.kit.db import Tx, query, statement

ADD_STEP = statement(
    "insert into register.step (id, thing_id, step, person_id, unit_id, post, at, received_at, was, state, lon, lat, accuracy_m,"
    " distance_m, photos, form, note, said_zh, said_en) values (%(id)s, %(thing_id)s, %(step)s, %(person)s, %(unit_id)s, %(post)s,"
    " %(at)s, %(now)s, %(was)s, %(state)s, %(lon)s, %(lat)s, %(accuracy_m)s, %(distance_m)s, %(photos)s, %(form)s::jsonb,"
    " %(note)s, %(said_zh)s, %(said_en)s)"
)
LAST_BY = query(
    UUID,
    "select person_id from register.step where thing_id = %(thing_id)s and step = %(step)s order by at desc, id desc limit 1",
)
ADD_DUE = statement(
    "insert into register.step_due (thing_id, step, after_id, due_at) values (%(thing_id)s, %(step)s, %(after_id)s, %(due_at)s)"
)
TAKEN = query(
    UUID,
    "update register.step_due set taken_id = %(taken_id)s, ended_at = %(now)s where thing_id = %(thing_id)s and step = %(step)s"
    " and ended_at is null returning after_id",
)
NO_MORE = query(
    str,
    "update register.step_due set ended_at = %(now)s where thing_id = %(thing_id)s and step <> all(%(possible)s) and ended_at is null"
    " returning step",
)
LOCK_FREE = query(UUID, "select id from register.thing where id = any(%(ids)s) order by id for update skip locked")


@dataclass(frozen=True, slots=True)
class Late:
    thing_id: UUID
    kind: str
    step: str
    due_at: datetime


LATE = query(
    Late,
    "update register.step_due d set late_at = %(now)s from register.thing t, unnest(%(things)s::uuid[], %(steps)s::text[]) w (thing_id, step)"
    " where t.id = d.thing_id and d.thing_id = w.thing_id and d.step = w.step and d.due_at <= %(now)s and d.ended_at is null"
    " and d.late_at is null returning d.thing_id, t.kind, d.step, d.due_at",
)


def lock_free(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    """Of these things those that nobody holds, held now."""
    return set(LOCK_FREE.all(tx, ids=list(ids)))
