-- 一案一主办，一单位一张单。 One lead unit, which is the case's, and one order a unit. A reopened case keeps its old orders.
select c.id as subject, count(*) filter (where o.lead) || ' leads' as wrong
from cases.case c join cases.orders o on o.case_id = c.id and o.state not in ('bounced', 'recalled')
  and (o.sent_at is null or o.sent_at >= c.dispatched_at)
where c.step = 'handling'
group by c.id
having count(*) filter (where o.lead and o.unit_id = c.lead_unit_id) <> 1 or count(*) filter (where o.lead) <> 1
union all
select o.case_id, 'unit ' || o.unit_id || ' has ' || count(*) || ' open orders'
from cases.orders o
where o.state in ('waiting', 'sent', 'taken')
group by o.case_id, o.unit_id
having count(*) > 1
