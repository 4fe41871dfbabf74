-- 排查每格的进度与逐件清点一致，正待重数的除外；结束的普查现有数与其清单一致。 A check's figures are a plain recount of its things, those about to be counted again apart; a closed census's are its list.
select g.round_id as subject,
  'grid ' || g.grid_code || ': ' || g.things || '/' || g.checked || '/' || g.damaged || ', not ' || p.things || '/' || p.checked || '/' || p.damaged as wrong
from register.round r join register.round_grid g on g.round_id = r.id
cross join lateral (
  select count(*) filter (where not t.gone or t.checked_at is not null) as things, count(t.checked_at) as checked,
    count(*) filter (where t.damaged) as damaged
  from register.round_thing t where (t.round_id, t.grid_code) = (g.round_id, g.grid_code)) p
where case r.purpose when 'check' then (g.things, g.checked, g.damaged) is distinct from (p.things, p.checked, p.damaged)
    and (g.round_id, g.grid_code) not in (select round_id, grid_code from register.round_again)
  else r.ended_at is not null and not r.cancelled and g.things <> p.things end
union all
select t.round_id, 'thing ' || t.thing_id || ' stands in no grid of it'
from register.round_thing t where not exists (select from register.round_grid g where (g.round_id, g.grid_code) = (t.round_id, t.grid_code))
