-- 案件走到哪一步，就有哪些时间，不多不少。 A case has the times of the steps it has been through, and of no other.
select c.id as subject, c.step || ': ' || w.wrong as wrong
from cases.case c
cross join lateral (values
  (c.step in ('accepted', 'filed') and c.accepted_at is null, 'accepted_at is missing'),
  (c.step in ('handling', 'handled', 'verified', 'closed') and c.accepted_at is null and not 'accept' = any(c.owed), 'accepted_at is missing'),
  (c.step = 'filed' and c.filed_at is null, 'filed_at is missing'),
  (c.step in ('handling', 'handled', 'verified', 'closed') and c.filed_at is null and not 'file' = any(c.owed), 'filed_at is missing'),
  (c.step in ('handling', 'handled', 'verified', 'closed') and c.dispatched_at is null, 'dispatched_at is missing'),
  (c.step in ('handled', 'verified', 'closed') and c.handled_at is null, 'handled_at is missing'),
  (c.step in ('verified', 'closed') and c.verified_at is null, 'verified_at is missing'),
  ((c.step = 'closed') <> (c.closed_at is not null), 'closed_at does not fit the step'),
  (c.step not in ('handled', 'verified', 'closed', 'void') and c.handled_at is not null, 'handled_at before it was handled'),
  (c.step not in ('verified', 'closed', 'void') and c.verified_at is not null, 'verified_at before it was verified'),
  (c.step in ('reported', 'checking', 'declined') and c.filed_at is not null, 'filed_at before it was filed'),
  (c.step = 'checking' and c.checker_id is null, 'nobody was asked to check'),
  (c.step = 'handling' and c.lead_unit_id is null, 'nobody leads the handling')
) as w(bad, wrong)
where w.bad
