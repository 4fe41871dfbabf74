-- 每月检查、损坏、逾期未查的数与逐条清点一致，此后又有上报的月份除外。 Each month's checks, damage and misses are a plain recount, months of which something was told since apart.
with place as (select zone from city.calendar where unit_id is null), mark as (select coalesce(max(up_to), '-infinity') as up_to from patrol.mark),
fact as (
  select c.at, c.received_at as told, 1 as checks, c.damaged::int as damaged, 0 as missed
  from register.checkin c join register.thing t on t.id = c.thing_id where t.kind in ('premises', 'patrol_point')
  union all
  select p.due_at, greatest(p.lapsed_at, c.received_at), 0, 0, (p.met_at is null and p.lapsed_at is not null)::int
  from register.period p join register.thing t on t.id = p.thing_id left join register.checkin c on c.id = p.checkin_id
  where t.kind in ('premises', 'patrol_point')
), plain as (
  select date_trunc('month', f.at at time zone place.zone)::date as month, max(f.told) as told,
    sum(f.checks)::int as checks, sum(f.damaged)::int as damaged, sum(f.missed)::int as missed
  from fact f cross join place group by 1
), kept as (
  select month, sum(checks)::int as checks, sum(damaged)::int as damaged, sum(missed)::int as missed from patrol.tally group by month
)
select month as subject, 'kept ' || coalesce(k.checks, 0) || '/' || coalesce(k.damaged, 0) || '/' || coalesce(k.missed, 0)
  || ', not ' || coalesce(p.checks, 0) || '/' || coalesce(p.damaged, 0) || '/' || coalesce(p.missed, 0) as wrong
from plain p full join kept k using (month) cross join mark
where (p.told is null or p.told < mark.up_to)
  and (coalesce(p.checks, 0), coalesce(p.damaged, 0), coalesce(p.missed, 0)) <> (coalesce(k.checks, 0), coalesce(k.damaged, 0), coalesce(k.missed, 0))
