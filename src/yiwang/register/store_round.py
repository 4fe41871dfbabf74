"""SQL that writes rounds: whole grounds and heaps of things at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.register import rules_round
from yiwang.register.model_round import Round, RoundSum

GRIDS_OF: LiteralString = (
    "register.round_grid g join city.unit_grid x on x.code = g.grid_code join network.unit gu on gu.id = x.community_id"
)
ROUND: LiteralString = (
    "select r.id, r.name, r.kind, r.purpose, r.unit_id, u.path::text as unit_path, r.states, r.attributes, r.grids, r.begins,"
    " r.until, r.by, r.opened_at, r.late_at, r.ended_at, r.cancelled, r.reason, r.last_id"
    " from register.round r join network.unit u on u.id = r.unit_id where r.id = %(id)s"
)
# What an open census has found so far in each grid, from the things themselves and who was there since it began.
FIGURES: LiteralString = (
    "select coalesce(l.things, g.things) as things, coalesce(l.checked, g.checked) as checked, coalesce(l.damaged, g.damaged) as damaged,"
    " coalesce(l.added, g.added) as added, coalesce(l.changed, g.changed) as changed, coalesce(l.gone, g.gone) as gone, g.grid_code,"
    " gu.name as unit_name, g.person_id, p.name as person_name, g.done_at, g.note, coalesce(r.ended_at, %(now)s) >= r.until and not r.cancelled"
    " and case r.purpose when 'check' then g.checked < g.things else g.done_at is null end as late"
    " from register.round r join " + GRIDS_OF + " on g.round_id = r.id left join network.person p on p.id = g.person_id"
    " left join lateral (select (count(*) filter (where not t.ended))::int as things,"
    " (count(*) filter (where not t.ended and c.seen > 0))::int as checked, (count(*) filter (where not t.ended and c.hurt))::int as damaged,"
    " (count(*) filter (where not t.ended and t.added_at >= r.begins))::int as added,"
    " (count(*) filter (where not t.ended and t.added_at < r.begins and t.changed_at >= r.begins))::int as changed,"
    " (count(*) filter (where t.ended and t.added_at < r.begins and t.changed_at >= r.begins and exists (select from register.revision v"
    " where v.thing_id = t.id and v.at >= r.begins and v.was ->> 'state' <> all(%(over)s))))::int as gone"
    " from register.thing t cross join lateral (select count(*) as seen, bool_or(c.damaged) as hurt from register.checkin c"
    " where c.thing_id = t.id and c.at >= r.begins) c"
    " where t.grid_code = g.grid_code and t.kind = r.kind and r.purpose = 'census' and r.ended_at is null"
    " having r.purpose = 'census' and r.ended_at is null) l on true where r.id = %(id)s"
)
# A round that is being opened waits for whoever is changing a thing or checking in, and these for it: nothing falls between.
ALONE = query(bool, "select pg_advisory_xact_lock(7943) is null")
BESIDE = query(bool, "select pg_advisory_xact_lock_shared(7943) is null")
LOCK = query(Round, ROUND + " for update of r")
ADD = query(
    bool,
    "insert into register.round (id, name, kind, purpose, unit_id, states, attributes, grids, begins, until, by, post, opened_at,"
    " cancelled) values (%(id)s, %(name)s, %(kind)s, %(purpose)s, %(unit_id)s, %(states)s, %(attributes)s::jsonb, %(grids)s, %(begins)s,"
    " %(until)s, %(by)s, %(post)s, %(now)s, false) on conflict (id) do nothing returning true",
)
SAME = query(
    UUID,
    "select r.id from register.round r join network.unit u on u.id = r.unit_id where r.kind = %(kind)s and r.ended_at is null"
    " and r.purpose = %(purpose)s and (r.purpose = 'census' and (u.path <@ %(path)s::ltree or u.path @> %(path)s::ltree)"
    " or r.unit_id = %(unit_id)s and r.states = %(states)s and r.attributes = %(attributes)s::jsonb and r.grids = %(grids)s) limit 1",
)
STRAY = query(
    str,
    "select w.code from unnest(%(grids)s::text[]) as w (code) where not exists (select from city.unit_grid g join network.unit u"
    " on u.id = g.community_id where g.code = w.code and u.path <@ %(path)s::ltree) order by 1 limit 1",
)
ADD_GRIDS = statement(
    "insert into register.round_grid (round_id, grid_code, note, things, checked, damaged, added, changed, gone)"
    " select %(id)s, g.code, '', 0, 0, 0, 0, 0, 0 from city.unit_grid g join network.unit u on u.id = g.community_id"
    " where u.path <@ %(path)s::ltree and g.valid_to is null"
)
ADD_THINGS = statement(
    """
with put as (
  insert into register.round_thing (round_id, thing_id, grid_code, state, n, checked_at, checkin_id, person_id, damaged)
  select %(id)s, t.id, t.grid_code, t.state, t.n, c.at, c.id, c.person_id, c.id is not null and exists (
    select from register.checkin d where d.thing_id = t.id and d.at >= %(begins)s and d.damaged)
  from register.thing t join network.unit u on u.id = t.unit_id
  left join lateral (select c.id, c.at, c.person_id from register.checkin c where c.thing_id = t.id and c.at >= %(begins)s
    order by c.at, c.id limit 1) c on true
  where t.kind = %(kind)s and u.path <@ %(path)s::ltree and not t.ended and t.attributes @> %(attributes)s::jsonb
    and (%(states)s::text[] = '{}' or t.state = any(%(states)s)) and (%(grids)s::text[] = '{}' or t.grid_code = any(%(grids)s))
  returning grid_code, checked_at, damaged)
insert into register.round_grid (round_id, grid_code, note, things, checked, damaged, added, changed, gone)
select %(id)s, grid_code, '', count(*), count(checked_at), count(*) filter (where damaged), 0, 0, 0 from put group by grid_code
"""
)


SUMS: LiteralString = (
    "coalesce(sum(f.things), 0)::int as things, coalesce(sum(f.checked), 0)::int as checked, coalesce(sum(f.damaged), 0)::int as damaged,"
    " coalesce(sum(f.added), 0)::int as added, coalesce(sum(f.changed), 0)::int as changed, coalesce(sum(f.gone), 0)::int as gone,"
    " count(*)::int as grids, count(f.done_at)::int as grids_done"
)
SUM = query(RoundSum, "select " + SUMS + " from register.round_grid f where f.round_id = %(id)s")


@dataclass(frozen=True, slots=True)
class GridOf:
    """A grid of a round and where it lies."""

    grid_code: str
    unit_path: str
    duty_grid_id: UUID


GRIDS = query(
    GridOf,
    "select g.grid_code, gu.path::text as unit_path, x.duty_grid_id from " + GRIDS_OF + " where g.round_id = %(id)s order by g.grid_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changed:
    """`again`: it had been reported done."""

    grid_code: str
    person_id: UUID | None
    again: bool


GIVE = query(
    Changed,
    "with old as (select g.grid_code, g.done_at, w.person_id from register.round_grid g"
    " join unnest(%(grids)s::text[], %(people)s::uuid[]) as w (grid_code, person_id) using (grid_code) where g.round_id = %(id)s"
    " and (case when g.done_at is null then g.person_id is distinct from w.person_id else %(again)s end))"
    " update register.round_grid g set person_id = o.person_id, done_at = null, done_by = null from old o"
    " where g.round_id = %(id)s and g.grid_code = o.grid_code returning g.grid_code, g.person_id, o.done_at is not null as again",
)


@dataclass(frozen=True, slots=True)
class Held:
    person_id: UUID | None
    unit_path: str
    done_by: UUID | None


LOCK_GRID = query(
    Held,
    "select g.person_id, gu.path::text as unit_path, g.done_by from " + GRIDS_OF + " where g.round_id = %(id)s"
    " and g.grid_code = %(grid)s for update of g",
)  # fmt: skip
REPORT = statement(
    "update register.round_grid set done_at = %(at)s, done_by = %(by)s, person_id = %(by)s, note = %(note)s"
    " where round_id = %(id)s and grid_code = %(grid)s"
)
END = statement(
    "update register.round set ended_at = %(now)s, cancelled = %(cancelled)s, reason = %(reason)s, last_id = %(last)s where id = %(id)s"
)
# One statement, so that the list of what stands and the figures beside it are of one instant.
FREEZE = statement(
    "with stood as (insert into register.round_thing (round_id, thing_id, grid_code, state, n) select %(id)s, t.id, t.grid_code, t.state, t.n"
    " from register.round_grid g join register.thing t on t.grid_code = g.grid_code and t.kind = %(kind)s and not t.ended"
    " where g.round_id = %(id)s), f as (" + FIGURES + ")"
    " update register.round_grid g set things = f.things, checked = f.checked, damaged = f.damaged, added = f.added, changed = f.changed,"
    " gone = f.gone from f where g.round_id = %(id)s and g.grid_code = f.grid_code"
)
# First come counts as the check; whoever finds it damaged, then or later, found it damaged. Told late counts for when it was.
FOLLOW_CHECKIN = statement(
    """
with met as (
  update register.round_thing rt set checked_at = least(rt.checked_at, c.at), damaged = rt.damaged or c.damaged,
    checkin_id = case when c.at < rt.checked_at then c.id else coalesce(rt.checkin_id, c.id) end,
    person_id = case when c.at < rt.checked_at then c.person_id else coalesce(rt.person_id, c.person_id) end
  from register.checkin c, register.round r
  where c.id = %(id)s and rt.thing_id = c.thing_id and r.id = rt.round_id and r.purpose = 'check' and c.at >= r.begins
    and not r.cancelled and c.at <= coalesce(r.ended_at, 'infinity')
  returning rt.round_id, rt.grid_code)
insert into register.round_again (round_id, grid_code) select round_id, grid_code from met
"""
)
FOLLOW_THINGS = statement(
    """
with put as (
  update register.round_thing rt set gone = t.ended from register.thing t, register.round r
  where t.id = rt.thing_id and r.id = rt.round_id and r.purpose = 'check' and r.ended_at is null and rt.gone <> t.ended
    and t.id = any(%(things)s)
  returning rt.round_id, rt.grid_code)
insert into register.round_again (round_id, grid_code) select distinct round_id, grid_code from put
"""
)
LOCK_COUNTS = query(bool, "select pg_advisory_xact_lock(7944) is null")
COUNT = query(
    int,
    """
with taken as (delete from register.round_again returning round_id, grid_code),
counted as (
  select w.round_id, w.grid_code, count(*) filter (where not rt.gone or rt.checked_at is not null) as things,
    count(rt.checked_at) as checked, count(*) filter (where rt.damaged) as damaged
  from (select distinct round_id, grid_code from taken) w join register.round_thing rt using (round_id, grid_code) group by 1, 2),
put as (
  update register.round_grid g set things = c.things, checked = c.checked, damaged = c.damaged from counted c
  where (g.round_id, g.grid_code) = (c.round_id, c.grid_code) returning 1)
select count(*)::int as n from put
""",
)


@dataclass(frozen=True, slots=True)
class Late:
    id: UUID
    things: int
    grids: int


# Its figures as they are: what waits to be counted again was counted before the sweep.
TAKE_LATE = query(
    Late,
    """
with due as (
  select id, purpose from register.round where until <= %(now)s and ended_at is null and late_at is null
  order by id limit %(limit)s for update skip locked),
noted as (update register.round r set late_at = %(now)s from due where r.id = due.id)
select d.id, f.things, f.grids from due d cross join lateral (
  select coalesce(sum(case d.purpose when 'check' then g.things - g.checked else 0 end), 0)::int as things,
    (count(*) filter (where case d.purpose when 'check' then g.things > g.checked else g.done_at is null end))::int as grids
  from register.round_grid g where g.round_id = d.id) f
""",
)


def lock_round(tx: Tx, round_id: UUID) -> Round:
    """The round, its row locked; NotFound when there is none."""
    found = LOCK.maybe(tx, id=round_id)
    if found is None:
        raise rules_round.unknown()
    return found


def put_people(tx: Tx, round_id: UUID, given: Mapping[str, UUID | None], *, again: bool = False) -> list[Changed]:
    """Grid → whose it is now; what is so already, or done (unless `again`), stays. Answers with what changed."""
    return GIVE.all(tx, id=round_id, grids=list(given), people=list(given.values()), again=again)


def put_counts(tx: Tx) -> int:
    """Count anew every grid of a round in which something has changed; returns how many grids."""
    LOCK_COUNTS.one(tx)
    return COUNT.one(tx)


def put_checked(tx: Tx, checkin_id: UUID) -> None:
    """Somebody was there: it is checked, in every round that asks for it."""
    BESIDE.one(tx)
    FOLLOW_CHECKIN.run(tx, id=checkin_id)


def put_ended(tx: Tx, things: Collection[UUID]) -> None:
    """Things have changed: what ended before anybody came is not left over."""
    BESIDE.one(tx)
    FOLLOW_THINGS.run(tx, things=list(things))


def take_late(tx: Tx, limit: int) -> Sequence[Late]:
    """The rounds whose time is over, noted, with what is left."""
    return TAKE_LATE.all(tx, now=tx.now, limit=limit)
