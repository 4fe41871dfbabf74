-- 只有处置中的案件有未完的处置单，且必有。 Orders are open while a case is being handled, and only then.
select o.case_id as subject, 'order ' || o.id || ' is ' || o.state || ' while the case is ' || c.step as wrong
from cases.orders o join cases.case c on c.id = o.case_id
where o.state in ('waiting', 'sent', 'taken') and c.step <> 'handling'
union all
select c.id, 'being handled, and nobody has an open order'
from cases.case c
where c.step = 'handling'
  and not exists (select from cases.orders o where o.case_id = c.id and o.state in ('sent', 'taken'))
