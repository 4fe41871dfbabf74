-- 谁处置的谁不核查、不结案。 Nobody verified or closed what they had handled before (MISSION C4).
select distinct e.subject_id as subject, e.event || ' by ' || e.actor || ', who had handled it' as wrong
from ledger.entry e
where e.event in ('case.verified', 'case.closed') and exists (
  select from cases.orders o where o.case_id = e.subject_id and o.handler_id = e.actor and o.done_at <= e.at
  union all
  select from cases.evidence p where p.case_id = e.subject_id and p.kind = 'handled' and p.by = e.actor and p.at <= e.at
)
