"""Reads of what is owed, of tags and of check-ins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.city.queries_component import around
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.geo import LonLat
from yiwang.kit.scope import Scope
from yiwang.register import queries, rules, rules_tap, store_checkin
from yiwang.register.model_owed import CheckInRow, Obligation, OwedCount, Rule, Tag

RULE: LiteralString = (
    "select id, code, kind, zh, en, every, period, open_from, open_to, since_field, applies, warn, grace, role, evidence, matter,"
    " condition, source, retired_at, hours_field, planned from register.rule"
)
RULES = query(Rule, RULE + " where kind = any(%(kinds)s) and retired_at is null order by kind, code")
RULES_BY_ID = query(Rule, RULE + " where id = any(%(ids)s)")
STATE: LiteralString = (
    "case when o.lapsed_at is not null then 'lapsed' when o.warn_at <= %(now)s then 'due' else 'owed' end"
)
LIST = query(
    Obligation,
    "select o.thing_id, t.code as thing_code, t.name as thing_name, t.kind, o.rule_id, r.code as rule, r.zh, r.en, o.unit_id,"
    " w.name as unit_name, t.lon, t.lat, o.due_at, o.late_at, o.lapsed_at, o.met_at, " + STATE + " as state, r.evidence"
    " from register.obligation o join register.rule r on r.id = o.rule_id join register.thing t on t.id = o.thing_id"
    " join network.unit u on u.id = t.unit_id join network.unit w on w.id = o.unit_id"
    " where o.ended_at is null and {where} and " + queries.SEEN + " order by o.due_at, o.thing_id, o.rule_id limit %(limit)s",
    fresh=True,
)  # fmt: skip
COUNT = query(
    OwedCount,
    "select r.code as rule, r.zh, r.en, count(*)::int as owed,"
    " (count(*) filter (where o.lapsed_at is null and o.warn_at <= %(now)s))::int as due,"
    " (count(*) filter (where o.lapsed_at is not null))::int as lapsed"
    " from register.obligation o join register.rule r on r.id = o.rule_id join register.thing t on t.id = o.thing_id"
    " join network.unit u on u.id = t.unit_id where o.ended_at is null and r.kind = %(kind)s and " + queries.SEEN +
    " group by r.code, r.zh, r.en order by r.code",
)  # fmt: skip
TAGS = query(
    Tag,
    "select id, uid, kind, thing_id, counter, at from register.tag where thing_id = %(thing_id)s and ended_at is null order by at",
)
CHECKIN_ROW: LiteralString = (
    "select c.id, c.thing_id, c.person_id, coalesce(p.name, '') as person_name, c.post, c.at, c.received_at, c.how, c.distance_m,"
    " c.photos, c.form, c.damaged, c.proofs, c.doubts, c.met from register.checkin c left join network.person p on p.id = c.person_id"
)
CHECKINS = query(
    CheckInRow,
    CHECKIN_ROW + " where c.thing_id = %(thing_id)s and {where} order by c.at desc, c.id desc limit %(limit)s",
)
CHECKIN = query(
    CheckInRow,
    CHECKIN_ROW + " where c.id = %(id)s",
)
PHOTO = query(
    bool,
    "select exists (select from register.checkin c join register.thing t on t.id = c.thing_id join network.unit u on u.id = t.unit_id"
    " where c.photos @> array[%(sha256)s]::text[] and " + queries.SEEN + ") as seen",
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """To which thing a tag belongs."""

    thing_id: UUID


BY_UID = query(
    Tagged,
    "select g.thing_id from register.tag g join register.thing t on t.id = g.thing_id join network.unit u on u.id = t.unit_id"
    " where g.uid = %(uid)s and g.ended_at is null and " + queries.SEEN + " limit 1",
)


def list_rules(tx: Tx, kinds: Collection[str]) -> list[Rule]:
    """The rules that hold now, by code: laws are for everybody."""
    return RULES.all(tx, kinds=list(kinds))


def list_rules_by_id(tx: Tx, ids: Collection[UUID]) -> list[Rule]:
    return RULES_BY_ID.all(tx, ids=list(ids))


def list_owed(
    tx: Tx,
    scope: Scope,
    *,
    kind: str | None = None,
    thing_id: UUID | None = None,
    state: str | None = None,
    unit_id: UUID | None = None,
    near: LonLat | None = None,
    radius_m: float = 100,
    after: tuple[datetime, UUID, UUID] | None = None,
    limit: int = 100,
) -> list[Obligation]:
    """What is owed, what is due first first; of a kind, a thing, the one who owes, of what stands near; `state`: due or lapsed."""
    where = TRUE if near is None else around("t", near, radius_m)
    if kind is not None:
        where &= Clause("t.kind = %(f_kind)s", {"f_kind": kind})
    if thing_id is not None:
        where &= Clause("o.thing_id = %(f_thing)s", {"f_thing": thing_id})
    if unit_id is not None:
        where &= Clause("o.unit_id = %(f_unit)s", {"f_unit": unit_id})
    if state == "lapsed":
        where &= Clause("o.lapsed_at is not null")
    elif state == "due":
        where &= Clause("o.lapsed_at is null and o.warn_at <= %(now)s")
    if after is not None:
        names = ("after_due", "after_thing", "after_rule")
        where &= Clause(
            "(o.due_at, o.thing_id, o.rule_id) > (%(after_due)s, %(after_thing)s::uuid, %(after_rule)s::uuid)",
            dict(zip(names, after, strict=True)),
        )
    return LIST.all(tx, where, now=tx.now, limit=limit, **queries.find_sight(tx, scope))


def count_owed(tx: Tx, scope: Scope, kind: str) -> list[OwedCount]:
    """Of each rule how many owe it, soon, and lapsed."""
    return COUNT.all(tx, kind=kind, now=tx.now, **queries.find_sight(tx, scope))


def list_tags(tx: Tx, scope: Scope, thing_id: UUID) -> list[Tag]:
    queries.get_thing(tx, scope, thing_id)
    return TAGS.all(tx, thing_id=thing_id)


def find_thing_by_tag(tx: Tx, scope: Scope, uid: str) -> Tagged:
    """Which thing this tag is on; NotFound when there is none in sight."""
    found = BY_UID.maybe(tx, uid=uid.upper(), **queries.find_sight(tx, scope))
    if found is None:
        raise rules.unknown()
    return found


def find_thing_by_picc(tx: Tx, scope: Scope, picc: str) -> Tagged:
    """The same of a tag that hands over its identity encrypted; whether it is the tag itself only a check-in asks."""
    told = rules_tap.read_hex(picc, rules_tap.KEY, "picc")
    for key in store_checkin.take_meta_keys(tx):
        tap = rules_tap.read_picc(key, told)
        found = tap and BY_UID.maybe(tx, uid=tap.uid, **queries.find_sight(tx, scope))
        if found:
            return found
    raise rules.unknown()


def list_checkins(
    tx: Tx, scope: Scope, thing_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[CheckInRow]:
    """Who was there when, the last first."""
    queries.get_thing(tx, scope, thing_id)
    where = TRUE
    if after is not None:
        where = Clause(
            "(c.at, c.id) < (%(after_at)s, %(after_id)s::uuid)", {"after_at": after[0], "after_id": after[1]}
        )
    return CHECKINS.all(tx, where, thing_id=thing_id, limit=limit)


def find_checkin(tx: Tx, id: UUID) -> CheckInRow | None:
    return CHECKIN.maybe(tx, id=id)


def is_photo_in_sight(tx: Tx, scope: Scope, sha256: str) -> bool:
    """Was this photo taken at a check-in of a thing that may be seen?"""
    return PHOTO.one(tx, sha256=sha256, **queries.find_sight(tx, scope))


def get_checkin(tx: Tx, id: UUID) -> CheckInRow:
    return CHECKIN.one(tx, id=id)
