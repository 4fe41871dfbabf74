"""Visits to people of key care: who is due one, by the check-ins at their homes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.scenes.homes import queries, rules
from yiwang.scenes.homes.model_found import CareVisit
from yiwang.scenes.homes.model_visit import MET


@dataclass(frozen=True, slots=True)
class _Spot:
    id: UUID
    lon: float
    lat: float
    seen_at: datetime | None


# Nobody who did not answer has been seen.
SPOTS = query(
    _Spot,
    "select t.id, t.lon, t.lat, (select max(k.at) from register.checkin k where k.thing_id = t.id"
    " and k.form ->> 'found' = any(%(met)s)) as seen_at from register.thing t where t.id = any(%(ids)s)",
)
UNSEEN = (
    "r.care and not exists (select from register.checkin k where k.thing_id = r.home_id and k.at > %(seen)s"
    " and k.form ->> 'found' = any(%(met)s))"
)


def list_visits(tx: Tx, scope: Scope, *, limit: int = 200) -> list[CareVisit]:
    """Who of key care is due a visit, masked, the longest unseen first. `scope`: where residents may be seen (`rules.seen_by`)."""
    met = [found.value for found in MET]
    due = Clause(UNSEEN, {"seen": tx.now - rules.CARE_EVERY + rules.CARE_WARN, "met": met})
    members = queries.list_members(tx, scope, due, limit)
    spots = {spot.id: spot for spot in SPOTS.all(tx, ids=[m.home_id for m in members], met=met)}
    found = []
    for member in members:
        spot = spots[member.home_id]
        late = spot.seen_at is None or spot.seen_at <= tx.now - rules.CARE_EVERY
        found.append(CareVisit(member, spot.lon, spot.lat, spot.seen_at, late))
    return sorted(found, key=lambda v: (v.seen_at is not None, v.seen_at or tx.now, v.member.code))
