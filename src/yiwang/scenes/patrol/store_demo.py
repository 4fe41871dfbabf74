"""SQL that makes up a past for the demonstration's generated places and points: no act did it, the ledger knows nothing of it, and each
check-in says so (`device`). Ids and dice follow from names, so that the same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Tx, query, statement
from yiwang.scenes.patrol import rules

MADE_UP = "演示历史（生成）"
ADD_TAGS = statement(
    "insert into register.tag (id, uid, kind, thing_id, counter, by, at) select md5('demo tag ' || t.id)::uuid,"
    " '04' || upper(substr(md5(t.code), 1, 12)), 'nfc', t.id, -1, %(by)s, t.added_at from register.thing t"
    " where t.kind = any(%(kinds)s) and t.generated on conflict do nothing"
)
ADD_LINKS = statement(
    "insert into register.link (thing_id, role, to_id) select t.id, 'in', p.id from register.thing t join register.thing p"
    " on p.kind = 'premises' and p.generated and p.name = split_part(t.name, ' ', 1) where t.kind = 'patrol_point' and t.generated"
    " on conflict do nothing"
)
# Twice a month at each point, once a week at each place, each on days of its own whenever this is asked: summers are hotter and more breaks, one visit in twenty is missed.
ADD_PAST = query(
    int,
    """
with visit as (
  select t.id as thing_id, t.unit_id, t.lon, t.lat, d.day, r.id as rule_id, r.code as rule,
    md5('demo visit ' || t.id || d.day)::uuid as id, abs(hashtext(t.code || d.day::text)) as dice,
    (d.day + time '08:00' + make_interval(mins => mod(abs(hashtext(d.day::text || t.code)), 560))) at time zone %(zone)s as at,
    (%(people)s::uuid[])[1 + mod(abs(hashtext(t.grid_code || extract(month from d.day)::text)), cardinality(%(people)s::uuid[]))] as person_id
  from register.thing t
  cross join lateral (select case t.kind when 'premises' then 7 else 15 end as every) o
  cross join lateral (select day::date from generate_series(%(since)s::date, %(until)s::date, interval '1 day') day
    where mod(day::date - date '2020-01-01' + abs(hashtext(t.code)) %% o.every, o.every) = 0) d
  left join lateral (select r.id, r.code from register.obligation b join register.rule r on r.id = b.rule_id
    where b.thing_id = t.id and b.ended_at is null limit 1) r on true
  where t.kind = any(%(kinds)s) and t.generated),
made as (
  insert into register.checkin (id, thing_id, person_id, unit_id, post, at, received_at, how, lon, lat, accuracy_m, distance_m, device,
    photos, form, damaged, proofs, doubts, met)
  select id, thing_id, person_id, %(unit)s, 'inspector', at, at, 'signed', lon, lat, 8, case when mod(dice, 41) = 0 then 140 else 4 end, %(device)s, '{}', '{}',
    mod(dice, 1000) < 18 + 8 * (extract(month from day) in (7, 8))::int, '{tap,signed,place,form}', case when mod(dice, 41) = 0 then array['far'] else '{}' end,
    case when rule is null then '{}' else array[rule] end
  from visit where mod(dice / 1000, 100) >= 5 on conflict do nothing returning id),
noted as (
  insert into register.period (thing_id, rule_id, due_at, unit_id, lapsed_at, met_at, checkin_id, person_id)
  select v.thing_id, v.rule_id, (v.day + 1 + time '00:00') at time zone %(zone)s, v.unit_id,
    case when m.id is null then (v.day + 1 + time '00:00') at time zone %(zone)s end, case when m.id is not null then v.at end, m.id,
    case when m.id is not null then v.person_id end
  from visit v left join made m on m.id = v.id
  where v.rule_id is not null and (m.id is not null or mod(v.dice / 1000, 100) < 5) on conflict do nothing)
select count(*)::int as n from made
""",
)
# From which day on a route's walks may still be made up: that of the last that was over; nothing for a new route.
LAST_OVER = query(
    date,
    "select max(day) from patrol.shift where route_id = %(route_id)s and over_at is not null having max(day) is not null",
)
ADD_WALK = statement(
    "insert into patrol.shift (id, route_id, day, starts_at, ends_at, points, person_id, begun_at, ended_at, over_at) values (%(id)s,"
    " %(route_id)s, %(day)s, %(starts_at)s, %(ends_at)s, %(points)s::uuid[], %(person_id)s, %(begun_at)s, %(ended_at)s, %(over_at)s)"
    " on conflict (id) do update set person_id = excluded.person_id, begun_at = excluded.begun_at, ended_at = excluded.ended_at"
    " where patrol.shift.person_id is null and patrol.shift.over_at is null"
)
# Of a walk that was made up, its taps: one after another, one in thirty forgotten.
ADD_TAPS = statement(
    "insert into register.checkin (id, thing_id, person_id, unit_id, post, at, received_at, how, lon, lat, accuracy_m, distance_m, device,"
    " photos, form, damaged, proofs, doubts, met) select md5('demo tap ' || s.id || p.thing_id)::uuid, p.thing_id, s.person_id, r.unit_id,"
    " 'inspector', a.at, a.at, case when mod(h.dice, 23) = 0 then 'typed' else 'signed' end, t.lon, t.lat, 8, 4, %(device)s, '{}', '{}', false,"
    " '{tap,place}', case when mod(h.dice, 23) = 0 then array['typed'] else '{}' end, '{}' from patrol.shift s"
    " join patrol.route r on r.id = s.route_id cross join lateral unnest(s.points) with ordinality as p (thing_id, n)"
    " join register.thing t on t.id = p.thing_id"
    " cross join lateral (select s.begun_at + (p.n - 0.5) * (s.ends_at - s.begun_at) / (cardinality(s.points) + 1) as at) a"
    " cross join lateral (select abs(hashtext(s.id::text || p.thing_id::text)) as dice) h"
    " where s.id = any(%(ids)s) and s.person_id is not null and a.at <= %(now)s and mod(h.dice, 30) > 0 on conflict do nothing"
)
# What would have lapsed while the demonstration stood still was met an hour before, but for what stands apart to be missed.
CATCH_UP = query(
    int,
    """
with late as (
  select o.thing_id, o.rule_id, r.code, o.due_at, o.unit_id, t.lon, t.lat, t.attributes, r.warn, r.grace,
    md5('demo met ' || o.thing_id || o.rule_id || o.due_at)::uuid as id, o.due_at - interval '1 second' as was_at,
    %(now)s::timestamptz - interval '10 minutes' as at
  from register.obligation o join register.rule r on r.id = o.rule_id join register.thing t on t.id = o.thing_id
  where t.kind = any(%(kinds)s) and t.generated and t.code <> %(apart)s and o.ended_at is null and o.late_at <= %(now)s),
made as (
  insert into register.checkin (id, thing_id, person_id, unit_id, post, at, received_at, how, lon, lat, accuracy_m, distance_m, device,
    photos, form, damaged, proofs, doubts, met)
  select id, thing_id, %(person)s, unit_id, 'inspector', at, at, 'signed', lon, lat, 8, 4, %(device)s, '{}', '{}', false, '{tap,signed,place,form}',
    '{}', array[code] from late on conflict do nothing),
noted as (
  insert into register.period (thing_id, rule_id, due_at, unit_id, met_at, checkin_id, person_id)
  select thing_id, rule_id, due_at, unit_id, was_at, id, %(person)s from late on conflict do nothing),
moved as (
  update register.obligation o set met_at = l.at, due_at = n.next_at, warn_at = n.next_at - l.warn, late_at = n.next_at + l.grace,
    warned_at = null, lapsed_at = null
  from late l join register.rule r on r.id = l.rule_id
  cross join lateral (select register.next_due(r, l.attributes, l.at, %(zone)s) as next_at) n
  where (o.thing_id, o.rule_id) = (l.thing_id, l.rule_id) returning 1)
select count(*)::int as n from moved
""",
)


def add_things_around(tx: Tx, by: UUID) -> None:
    """A tag on each place and point, and each point in its place."""
    ADD_TAGS.run(tx, kinds=list(rules.KINDS), by=by)
    ADD_LINKS.run(tx)


def add_past(tx: Tx, *, since: date, until: date, people: Sequence[UUID], unit: UUID, zone: ZoneInfo) -> int:
    """Visits from the one day to the other; how many."""
    return ADD_PAST.one(
        tx, since=since, until=until, people=list(people), unit=unit, zone=zone.key, kinds=list(rules.KINDS),
        device=MADE_UP,
    )  # fmt: skip


def add_walks(tx: Tx, walks: Sequence[dict[str, Any]]) -> None:
    """Walks with their taps up to now."""
    ADD_WALK.run_many(tx, walks)
    ADD_TAPS.run(tx, ids=[walk["id"] for walk in walks], device=MADE_UP, now=tx.now)


def add_met(tx: Tx, *, person: UUID, apart: str, zone: ZoneInfo) -> int:
    """What is late now, met; how much."""
    return CATCH_UP.one(
        tx, now=tx.now, person=person, apart=apart, zone=zone.key, kinds=list(rules.KINDS), device=MADE_UP
    )
