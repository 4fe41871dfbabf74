-- 排好而没开始的班次照路线最近的样子；停了的路线没有以后的班次；一天一班。 A walk that is planned and not begun is as its route was last set, no walk is to come of one that was stopped, and there is one a day.
select s.id as subject, 'planned otherwise than its route' as wrong
from patrol.shift s join patrol.route r on r.id = s.route_id
where s.begun_at is null and s.ends_at > r.changed_at and (r.retired_at is null or s.starts_at > r.retired_at)
  and (s.points <> r.points or not extract(isodow from s.day)::int = any(r.weekdays) or s.ends_at - s.starts_at > interval '25 hours')
union all
select s.id, 'to come, of a route that was stopped'
from patrol.shift s join patrol.route r on r.id = s.route_id
where s.begun_at is null and s.starts_at > r.retired_at
union all
select route_id, count(*) || ' walks on ' || day from patrol.shift group by route_id, day having count(*) > 1
