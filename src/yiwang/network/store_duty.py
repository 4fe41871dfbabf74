"""Writes and locks of attendance and positions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.network.model_duty import Attendance, Point
from yiwang.network.store_people import EFFECTIVE

ATTENDANCE: LiteralString = "id, person_id, post_id, since, ends_by, until"

LOCK_OPEN = query(
    Attendance,
    f"select {ATTENDANCE} from network.attendance where person_id = %(person_id)s and until is null for update",
)
TAKEN = query(bool, "select true from network.attendance where id = %(id)s")
ADD = statement(
    "insert into network.attendance (id, person_id, post_id, since, ends_by)"
    " values (%(id)s, %(person_id)s, %(post_id)s, %(since)s, %(ends_by)s)"
)
END = statement(
    "update network.attendance a set until = greatest(e.until, a.since)"
    " from unnest(%(ids)s::uuid[], %(untils)s::timestamptz[]) as e (id, until) where a.id = e.id"
)
# Whose time is up, whose post has ended, whose data were erased.
LOCK_OVERDUE = query(
    Attendance,
    "select a.id, a.person_id, a.post_id, a.since, a.ends_by, a.until from network.attendance a"
    " join network.person p on p.id = a.person_id join network.post o on o.id = a.post_id"
    f" where a.until is null and (a.ends_by <= %(at)s or p.erased_at is not null or not ({EFFECTIVE}))"
    " order by a.id limit %(limit)s for update of a skip locked",
)
ADD_TRAIL = statement(
    "insert into network.trail (person_id, id, at, lon, lat, accuracy_m)"
    " select %(person_id)s, t.id, t.at, t.lon, t.lat, t.accuracy_m from unnest(%(ids)s::uuid[], %(ats)s::timestamptz[],"
    " %(lons)s::float8[], %(lats)s::float8[], %(accuracies)s::float8[]) as t (id, at, lon, lat, accuracy_m)"
    " on conflict do nothing"
)
PUT_WHEREABOUTS = statement(
    "insert into network.whereabouts as w (person_id, at, lon, lat, accuracy_m)"
    " values (%(person_id)s, %(at)s, %(lon)s, %(lat)s, %(accuracy_m)s) on conflict (person_id) do update"
    " set at = excluded.at, lon = excluded.lon, lat = excluded.lat, accuracy_m = excluded.accuracy_m"
    " where w.at < excluded.at"
)
DROP_WHEREABOUTS = statement("delete from network.whereabouts where person_id = any(%(people)s)")
DROP_TRAIL = statement("delete from network.trail where person_id = %(person_id)s")
DROP_OLD_TRAIL = statement("delete from network.trail where at < %(before)s")


def put_ended(tx: Tx, ended: Sequence[tuple[Attendance, datetime]]) -> None:
    """Off duty since when: and with that nobody is told any more where they are."""
    END.run(tx, ids=[a.id for a, _ in ended], untils=[until for _, until in ended])
    DROP_WHEREABOUTS.run(tx, people=[a.person_id for a, _ in ended])


def add_points(tx: Tx, person_id: UUID, points: Sequence[tuple[UUID, Point]]) -> int:
    """Into the trail, and the newest as where they are; answers with how many were new."""
    last = max((p for _, p in points), key=lambda p: p.at)
    added = ADD_TRAIL.run(
        tx, person_id=person_id, ids=[i for i, _ in points], ats=[p.at for _, p in points],
        lons=[p.lon for _, p in points], lats=[p.lat for _, p in points], accuracies=[p.accuracy_m for _, p in points],
    )  # fmt: skip
    PUT_WHEREABOUTS.run(tx, person_id=person_id, at=last.at, lon=last.lon, lat=last.lat, accuracy_m=last.accuracy_m)
    return added


def drop_positions(tx: Tx, person_id: UUID) -> None:
    """All that is kept of where somebody was."""
    DROP_WHEREABOUTS.run(tx, people=[person_id])
    DROP_TRAIL.run(tx, person_id=person_id)
