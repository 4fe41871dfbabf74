-- 时间只往前走。 Time only goes forward: no step was reached before the one that leads to it.
select c.id as subject, w.wrong
from cases.case c
cross join lateral (values
  (least(c.accepted_at, c.filed_at, c.dispatched_at, c.handled_at, c.verified_at, c.closed_at, c.step_since) < c.reported_at,
   'something came before the report'),
  (c.handled_at < c.dispatched_at, 'handled before dispatched'),
  (c.verified_at < c.handled_at, 'verified before handled'),
  (c.closed_at < c.verified_at, 'closed before verified'),
  (c.closed_at < c.filed_at, 'closed before filed')
) as w(bad, wrong)
where w.bad
