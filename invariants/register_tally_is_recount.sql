-- 每格物件数与逐件清点一致，正待重数的网格除外。 Each grid's count of things is a plain recount, those about to be counted again apart.
with plain as (
  select grid_code, kind, state, count(*)::int as things from register.thing where not ended group by 1, 2, 3
)
select coalesce(p.grid_code, t.grid_code) as subject,
  coalesce(t.kind, p.kind) || ' ' || coalesce(t.state, p.state) || ': ' || coalesce(t.things, 0) || ', not ' || coalesce(p.things, 0) as wrong
from plain p full join register.tally t using (grid_code, kind, state)
where p.things is distinct from t.things and grid_code not in (select grid_code from register.tally_again)
