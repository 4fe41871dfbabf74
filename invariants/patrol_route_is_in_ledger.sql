-- 每条路线排过几次、停没停，账里都有；点位不重复，都是可巡的。 How often each route was set, and whether it was stopped, the ledger says; its points are places and patrol points, each once.
select r.id as subject, 'changed ' || r.n || ' times, ' || told.n || ' in the ledger' as wrong
from patrol.route r cross join lateral (
  select count(*) as n from ledger.entry e where e.subject_id = r.id and e.event in ('route.set', 'route.retired')) told
where r.n <> told.n
union all
select r.id, 'stopped: ' || (r.retired_at is not null)::text || ', which the ledger does not say'
from patrol.route r
where (r.retired_at is not null) <> coalesce((
  select e.event = 'route.retired' from ledger.entry e where e.subject_id = r.id and e.event like 'route.%' order by e.n desc limit 1), false)
union all
select r.id, 'point ' || p.id || ' stands on it ' || count(*) || ' times' from patrol.route r cross join unnest(r.points) p (id) group by r.id, p.id having count(*) > 1
union all
select r.id, 'point ' || p.id || ' is nothing that is patrolled'
from patrol.route r cross join unnest(r.points) p (id)
where not exists (select from register.thing t where t.id = p.id and t.kind in ('premises', 'patrol_point'))
