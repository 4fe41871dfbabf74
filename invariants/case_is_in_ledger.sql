-- 案件必有台账，台账以上报开头，以现状结尾。 Every case has its chain: it begins with the report, and says what the case says.
select c.id as subject, 'its chain does not begin with a report' as wrong
from cases.case c
where not exists (select from ledger.entry e where e.subject_id = c.id and e.n = 1 and e.event = 'case.reported')
union all
select e.subject_id, 'a chain of a case that does not exist'
from ledger.entry e
where e.subject_kind = 'case' and e.n = 1 and not exists (select from cases.case c where c.id = e.subject_id)
union all
select c.id, 'closed, and the ledger does not say so'
from cases.case c
where c.step = 'closed'
  and not exists (select from ledger.entry e where e.subject_id = c.id and e.event = 'case.closed' and e.at = c.closed_at)
