"""SQL that writes what things owe: always of many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.register.model_owed import Rule

ADD_RULE = statement(
    "insert into register.rule (id, code, kind, zh, en, every, period, open_from, open_to, since_field, applies, warn, grace, role,"
    " evidence, matter, condition, source, hours_field, planned, added_at) values (%(id)s, %(code)s, %(kind)s, %(zh)s, %(en)s, %(every)s, %(period)s,"
    " %(open_from)s, %(open_to)s, %(since_field)s, %(applies)s::jsonb, %(warn)s, %(grace)s, %(role)s, %(evidence)s, %(matter)s,"
    " %(condition)s, %(source)s, %(hours_field)s, %(planned)s, %(now)s)"
)
LOCK_RULES = query(
    Rule,
    "select id, code, kind, zh, en, every, period, open_from, open_to, since_field, applies, warn, grace, role, evidence, matter,"
    " condition, source, retired_at, hours_field, planned from register.rule where kind = any(%(kinds)s) and retired_at is null order by code for update",
)
ADD_CASE = statement(
    "insert into register.thing_case (case_id, thing_id, rule_id, checkin_id, step_id, at) values (%(case_id)s, %(thing_id)s,"
    " (select id from register.rule where code = %(rule)s and retired_at is null), %(checkin_id)s, %(step_id)s, %(now)s)"
)
RETIRE = statement("update register.rule set retired_at = %(now)s where id = any(%(ids)s)")
END = statement("update register.obligation set ended_at = %(now)s where rule_id = any(%(ids)s) and ended_at is null")
# Of all things of a kind, or of those named: who owes is the party of the rule's role, else whose ground it is. What
# would be overdue as it is entered is owed soon, not lapsed at once: nobody was told before. When, is worked out once for all that
# count from the same time.
ADD = query(
    int,
    """
with of as materialized (
  select * from register.thing where not ended and (id = any(%(things)s::uuid[])
    or %(things)s::uuid[] is null and kind = any(array(select kind from register.rule where id = any(%(rules)s::uuid[]))))),
owing as (
  select r.id as rule_id, s.since,
    case when r.hours_field is null then '{}' else jsonb_build_object(r.hours_field, t.attributes -> r.hours_field) end as hours,
    array_agg(t.id) as things, array_agg(coalesce(p.unit_id, t.unit_id)) as units
  from of t
  join register.rule r on r.kind = t.kind and t.attributes || jsonb_build_object('state', t.state) @> r.applies
  left join register.party p on p.thing_id = t.id and p.role = r.role
  cross join lateral (select coalesce(
      case when t.added_at < %(now)s then (select max(b.met_at) from register.obligation b join register.rule br
        on br.id = b.rule_id where b.thing_id = t.id and br.code = r.code) end,
      ((t.attributes ->> r.since_field)::date + time '12:00') at time zone %(zone)s, t.added_at) as since) s
  where r.retired_at is null and (%(rules)s::uuid[] is null or r.id = any(%(rules)s))
  group by 1, 2, 3),
put as (
  insert into register.obligation (thing_id, rule_id, unit_id, due_at, warn_at, late_at)
  select o.thing_id, r.id, o.unit_id, d.due_at, d.due_at - r.warn, d.due_at + r.grace
  from owing w join register.rule r on r.id = w.rule_id
  cross join lateral (select greatest(register.next_due(r, w.hours, w.since, %(zone)s), %(now)s::timestamptz + r.warn) as due_at offset 0) d
  cross join lateral unnest(w.things, w.units) as o(thing_id, unit_id)
  on conflict (thing_id, rule_id) do update set ended_at = null, unit_id = excluded.unit_id, due_at = excluded.due_at,
    warn_at = excluded.warn_at, late_at = excluded.late_at, warned_at = null, lapsed_at = null
    where register.obligation.ended_at is not null
  returning 1)
select count(*)::int as n from put
""",
    fresh=True,
)
# Whoever owes has changed, or the thing is gone or no longer such that it owes this.
FOLLOW = statement(
    """
update register.obligation o set
  unit_id = coalesce((select p.unit_id from register.party p join register.rule r on r.id = o.rule_id
                      where p.thing_id = o.thing_id and p.role = r.role), t.unit_id),
  ended_at = case when t.ended or not t.attributes || jsonb_build_object('state', t.state) @> (select r.applies from register.rule r where r.id = o.rule_id)
                  then %(now)s::timestamptz end
from register.thing t where t.id = o.thing_id and o.ended_at is null
  and t.id = any(%(things)s)
"""
)
# Its opening hours have changed: what is due next is due by the new ones.
REOPEN = statement(
    """
with changed as (
  select o.thing_id, o.rule_id, n.next_at, r.warn, r.grace
  from register.obligation o join register.rule r on r.id = o.rule_id and r.hours_field is not null join register.thing t on t.id = o.thing_id
  cross join lateral (select register.next_due(r, t.attributes, o.met_at, %(zone)s) as next_at) n
  where o.ended_at is null and o.lapsed_at is null and o.due_at <> n.next_at and n.next_at > %(now)s
    and t.id = any(%(things)s))
update register.obligation o set due_at = c.next_at, warn_at = c.next_at - c.warn, late_at = c.next_at + c.grace, warned_at = null
from changed c where (o.thing_id, o.rule_id) = (c.thing_id, c.rule_id)
"""
)
# The file says of itself that it was done later than was known (the regulator's table, an inspection's report): met so.
SINCE = statement(
    """
with known as (
  select o.thing_id, o.rule_id, o.unit_id, o.due_at, r.warn, r.grace, least(s.since, %(now)s) as since,
    register.next_due(r, t.attributes, s.since, %(zone)s) as next_at
  from register.obligation o join register.rule r on r.id = o.rule_id and r.since_field is not null
  join register.thing t on t.id = o.thing_id
  cross join lateral (select ((t.attributes ->> r.since_field)::date + time '12:00') at time zone %(zone)s as since) s
  where o.ended_at is null and s.since > coalesce(o.met_at, '-infinity')
    and s.since < ((%(now)s::timestamptz at time zone %(zone)s)::date + 1) at time zone %(zone)s
    and t.id = any(%(things)s)),
later as (select * from known where next_at > due_at),
noted as (
  insert into register.period (thing_id, rule_id, due_at, unit_id, met_at)
  select thing_id, rule_id, due_at, unit_id, since from later on conflict do nothing)
update register.obligation o set met_at = l.since, due_at = l.next_at, warn_at = l.next_at - l.warn, late_at = l.next_at + l.grace,
  warned_at = null, lapsed_at = null
from later l where (o.thing_id, o.rule_id) = (l.thing_id, l.rule_id)
"""
)


# What follows from a planned day moves with it.
AHEAD = statement(
    """
update register.obligation o set due_at = n.next_at, warn_at = n.next_at - r.warn, late_at = n.next_at + r.grace,
  warned_at = null, lapsed_at = null
from register.rule r join register.thing t on t.kind = r.kind
cross join lateral (select ((t.attributes ->> r.since_field)::date + time '12:00') at time zone %(zone)s as since) s
cross join lateral (select register.next_due(r.period, r.every, r.open_from, r.open_to, s.since, %(zone)s) as next_at) n
where r.id = o.rule_id and r.planned and r.since_field is not null and t.id = o.thing_id and o.ended_at is null
  and s.since >= ((%(now)s::timestamptz at time zone %(zone)s)::date + 1) at time zone %(zone)s and n.next_at <> o.due_at
  and t.id = any(%(things)s)
"""
)


@dataclass(frozen=True, slots=True)
class Lapse:
    """What lapsed: `first`: it had been met until then."""

    thing_id: UUID
    rule_id: UUID
    unit_id: UUID
    due_at: datetime
    first: bool


WARN = query(
    int,
    "with w as (update register.obligation set warned_at = %(now)s where (thing_id, rule_id) in (select thing_id, rule_id"
    " from register.obligation where warn_at <= %(now)s and warned_at is null and ended_at is null limit %(limit)s"
    " for update skip locked) returning 1) select count(*)::int as n from w",
)
LAPSE = query(
    Lapse,
    """
with gone as (
  select o.thing_id, o.rule_id, o.unit_id, o.due_at, o.lapsed_at, r.warn, r.grace,
    register.next_due(r, t.attributes,
      case when r.period = 'hour' then o.due_at else o.due_at - interval '1 second' end, %(zone)s) as next_at
  from register.obligation o join register.rule r on r.id = o.rule_id join register.thing t on t.id = o.thing_id
  where o.late_at <= %(now)s and o.ended_at is null order by o.late_at limit %(limit)s for update of o skip locked),
noted as (
  insert into register.period (thing_id, rule_id, due_at, unit_id, lapsed_at)
  select thing_id, rule_id, due_at, unit_id, %(now)s from gone on conflict do nothing),
moved as (
  update register.obligation o set due_at = g.next_at, warn_at = g.next_at - g.warn, late_at = g.next_at + g.grace,
    warned_at = null, lapsed_at = coalesce(o.lapsed_at, g.due_at)
  from gone g where (o.thing_id, o.rule_id) = (g.thing_id, g.rule_id))
select thing_id, rule_id, unit_id, due_at, lapsed_at is null as first from gone
""",
)
LOCK_THINGS = query(UUID, "select id from register.thing where id = any(%(ids)s) order by id for update")


@dataclass(frozen=True, slots=True)
class Owed:
    rule_id: UUID
    code: str
    due_at: datetime
    lapsed_at: datetime | None
    met_at: datetime | None
    evidence: tuple[str, ...]
    unit_path: str


LOCK_OWED = query(
    Owed,
    "select o.rule_id, r.code, o.due_at, o.lapsed_at, o.met_at, r.evidence, u.path::text as unit_path"
    " from register.obligation o join register.rule r on r.id = o.rule_id join network.unit u on u.id = o.unit_id where o.thing_id = %(thing_id)s and o.ended_at is null order by r.code for update of o",
)
# Met in time and told too late: the period that lapsed is the first that ends after it, where nothing met it since.
EXCUSE = query(
    datetime,
    "update register.period p set met_at = %(at)s, checkin_id = %(checkin_id)s, person_id = %(person)s where p.thing_id = %(thing_id)s"
    " and p.rule_id = %(rule_id)s and p.met_at is null and p.due_at = (select min(l.due_at) from register.period l where"
    " l.thing_id = %(thing_id)s and l.rule_id = %(rule_id)s and l.due_at >= %(at)s) returning p.due_at",
)
ADD_PERIOD = statement(
    "insert into register.period (thing_id, rule_id, due_at, unit_id, met_at, checkin_id, person_id) select o.thing_id, o.rule_id,"
    " o.due_at, o.unit_id, %(at)s, %(checkin_id)s, %(person)s from register.obligation o where o.thing_id = %(thing_id)s"
    " and o.rule_id = %(rule_id)s on conflict do nothing"
)
MEET = statement(
    """
update register.obligation o set met_at = %(at)s, due_at = n.next_at, warn_at = n.next_at - r.warn, late_at = n.next_at + r.grace,
  warned_at = null, lapsed_at = (select min(p.due_at) from register.period p where p.thing_id = o.thing_id
    and p.rule_id = o.rule_id and p.due_at > %(at)s and p.met_at is null and p.lapsed_at is not null)
from register.rule r join register.thing t on t.id = %(thing_id)s
cross join lateral (select register.next_due(r, t.attributes, %(at)s, %(zone)s) as next_at) n
where o.thing_id = t.id and o.rule_id = %(rule_id)s and r.id = o.rule_id
"""
)


def add_obligations(
    tx: Tx, zone: str, *, things: Collection[UUID] | None = None, rules: Collection[UUID] | None = None
) -> int:
    """What these things (or all) owe by these rules (or all) and do not owe yet; how many."""
    return ADD.one(
        tx, zone=zone, now=tx.now, things=None if things is None else list(things), rules=None if rules is None else list(rules),
    )  # fmt: skip


def put_owed(tx: Tx, zone: str, things: Collection[UUID]) -> None:
    """Things have changed: who owes, whether still, since when, what more."""
    which = {"things": list(things)}
    FOLLOW.run(tx, now=tx.now, **which)
    REOPEN.run(tx, now=tx.now, zone=zone, **which)
    SINCE.run(tx, now=tx.now, zone=zone, **which)
    AHEAD.run(tx, now=tx.now, zone=zone, **which)
    add_obligations(tx, zone, things=things)


def take_lapsed(tx: Tx, zone: str, limit: int) -> Sequence[Lapse]:
    """What is late now, noted and moved on to its next time."""
    return LAPSE.all(tx, now=tx.now, zone=zone, limit=limit)


def take_excused(
    tx: Tx, *, thing_id: UUID, rule_id: UUID, at: datetime, checkin_id: UUID, person: UUID
) -> datetime | None:
    """The period that lapsed and was met in time after all; None when there is none."""
    return EXCUSE.maybe(tx, thing_id=thing_id, rule_id=rule_id, at=at, checkin_id=checkin_id, person=person)
