-- 排查中到过场的物件都已记为查到，记为查到的都有那次到场；网格报完都在账里。 Whatever was checked in at during a check is noted as checked, by that check-in, and nothing else is; every grid reported done is in the ledger.
select w.round_id as subject, 'thing ' || w.thing_id || ': ' || coalesce(w.noted::text, 'nothing') || ' is noted, first was ' || coalesce(w.first::text, 'nobody') as wrong
from (
  select t.round_id, t.thing_id, t.checkin_id as noted, t.damaged, f.first, f.hurt, t.checked_at, f.at
  from register.round_thing t join register.round r on r.id = t.round_id and r.purpose = 'check' and not r.cancelled
  left join lateral (
    select (array_agg(c.id order by c.at, c.received_at))[1] as first, min(c.at) as at, bool_or(c.damaged) as hurt
    from register.checkin c where c.thing_id = t.thing_id and c.at >= r.begins and c.at <= coalesce(r.ended_at, 'infinity')) f on true) w
where w.checked_at is distinct from w.at or w.damaged is distinct from coalesce(w.hurt, false)
  or (w.noted is not null and not exists (select from register.checkin c where (c.id, c.thing_id, c.at) = (w.noted, w.thing_id, w.checked_at)))
union all
select g.round_id, 'grid ' || g.grid_code || ' is done, and the ledger does not say so'
from register.round_grid g
where g.done_at is not null and not exists (
  select from ledger.entry e where e.subject_id = g.round_id and e.event = 'round.grid_reported' and e.actor = g.done_by
    and e.body::jsonb ->> 'grid' = g.grid_code)
