-- 计数与事实一致：退单、返工。 The counts on a case are what the orders and the ledger say.
select c.id as subject, c.bounces || ' bounces counted, ' || f.bounces || ' happened' as wrong
from cases.case c
cross join lateral (select count(*) as bounces from cases.orders o where o.case_id = c.id and o.state = 'bounced') f
where c.bounces <> f.bounces
union all
select c.id, c.reworks || ' reworks counted, ' || f.reworks || ' in the ledger'
from cases.case c
cross join lateral (
  select count(*) as reworks from ledger.entry e
  where e.subject_id = c.id and e.event = 'case.verified' and not (e.body::jsonb->>'passed')::boolean
) f
where c.reworks <> f.reworks
