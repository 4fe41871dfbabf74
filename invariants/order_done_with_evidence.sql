-- 办结的处置单有处置后照片；过了核查的案件有核查照片。 What is done is seen: a photo after handling, one at verification (MISSION C4).
select o.case_id as subject, 'order ' || o.id || ' is done without a photo of its round ' || o.round as wrong
from cases.orders o
where o.state = 'done' and not exists (
  select from cases.evidence e
  where e.case_id = o.case_id and e.order_id = o.id and e.kind = 'handled' and e.round <= o.round
)
union all
select c.id, c.step || ' without a photo after handling'
from cases.case c
where c.step in ('handled', 'verified', 'closed')
  and not exists (select from cases.evidence e where e.case_id = c.id and e.kind = 'handled')
union all
select c.id, c.step || ' without a photo at verification'
from cases.case c
where c.step in ('verified', 'closed')
  and not exists (select from cases.evidence e where e.case_id = c.id and e.kind = 'verified')
