-- 已了结的案件不再有定时器（督办答复除外）。 No timer waits for a case that has ended, but for an answer still owed.
select c.id as subject, 'timer ' || t.kind || ' waits for a case that is ' || c.step as wrong
from kit.timer t join cases.case c on c.id = t.subject_id
where c.step in ('closed', 'declined', 'void', 'merged') and not (c.step = 'closed' and t.kind = 'case.supervision')
