-- 时钟在办理时走，办完即停；一案同时只有一个总时钟。 Clocks run from filing until handled, and one for the whole case at a time.
select k.case_id as subject, 'a clock runs while the case is ' || c.step as wrong
from cases.clock k join cases.case c on c.id = k.case_id
where k.stopped_at is null and c.step not in ('filed', 'handling')
union all
select k.case_id, count(*) || ' clocks of the whole case run at once'
from cases.clock k
where k.stopped_at is null and k.order_id is null
group by k.case_id
having count(*) > 1
union all
select k.case_id, 'a clock runs for order ' || o.id || ', which is ' || o.state
from cases.clock k join cases.orders o on o.case_id = k.case_id and o.id = k.order_id
where k.stopped_at is null and o.state not in ('sent', 'taken')
