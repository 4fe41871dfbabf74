-- 案件、处置单上的期限就是时钟上的期限。 The deadlines shown on a case and its orders are those of their running clocks.
select c.id as subject, 'due ' || coalesce(c.due_at::text, 'never') || ', its clock says ' || k.due_at as wrong
from cases.clock k join cases.case c on c.id = k.case_id
where k.order_id is null and k.stopped_at is null and c.due_at is distinct from k.due_at
union all
select o.case_id, 'order ' || o.id || ' due ' || coalesce(o.due_at::text, 'never') || ', its clock says ' || k.due_at
from cases.clock k join cases.orders o on o.case_id = k.case_id and o.id = k.order_id
where k.stopped_at is null and o.due_at is distinct from k.due_at
