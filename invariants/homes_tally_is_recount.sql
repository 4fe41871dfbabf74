-- 每格的房屋与住户人数与逐户清点一致，正待重数的网格除外。 Each grid's homes and people are a plain recount, those about to be counted again apart.
with plain as (
  select t.grid_code, array[count(*), count(*) filter (where t.attributes ->> 'tenure' = '出租'),
    count(*) filter (where t.attributes ->> 'tenure' = '空置'), sum(p.living), sum(p.elder), sum(p.aged),
    count(*) filter (where p.living = 1), count(*) filter (where p.living = 1 and p.elder = 1),
    count(*) filter (where p.living = 1 and p.aged = 1), sum(p.care)]::int[] as counts
  from register.thing t left join homes.tally c using (grid_code) cross join lateral (
    select count(*) as living, count(*) filter (where r.born <= c.day - interval '60 years') as elder,
      count(*) filter (where r.born <= c.day - interval '80 years') as aged, count(*) filter (where r.care) as care
    from homes.resident r where r.home_id = t.id and r.until is null) p
  where t.kind = 'home' and not t.ended group by t.grid_code
), told as (
  select grid_code, array[homes, let, empty, living, elder, aged, alone, alone_elder, alone_aged, care] as counts from homes.tally
)
select coalesce(p.grid_code, t.grid_code) as subject, coalesce(t.counts::text, 'nothing') || ', not ' || coalesce(p.counts::text, 'nothing') as wrong
from plain p full join told t using (grid_code)
where p.counts is distinct from t.counts and grid_code not in (select grid_code from homes.tally_again)
