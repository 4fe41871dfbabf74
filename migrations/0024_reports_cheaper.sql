-- What a report costs: who sees a new order's case is looked up by key, however few cases there are when the plan is made;
-- and how photos look is written into its index at once, since whoever looks for a copy would read what waits to be.
create or replace function cases.sight_new_orders() returns trigger language plpgsql as $$
begin
  insert into cases.sight (who, reported_at, case_id, open)
  select distinct w.who, c.reported_at, c.id, cases.is_open(c.step) from fresh o
  cross join lateral (select id, reported_at, step from cases.case where id = o.case_id offset 0) c
  cross join lateral cases.units_above(o.unit_id) as w(who)
  where o.state <> 'recalled'
  on conflict do nothing;
  return null;
end $$;
-- then
alter index kit.file_look set (fastupdate = off);
