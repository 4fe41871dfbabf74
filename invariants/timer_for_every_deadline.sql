-- 在走的期限都有定时器盯着。 Every running deadline is watched by a timer, until the ladder of escalation is climbed.
select k.case_id as subject, 'nothing watches the clock due ' || k.due_at as wrong
from cases.clock k join cases.case c on c.id = k.case_id
where k.stopped_at is null and c.suspended_at is null and k.escalated < 3
  and not exists (select from kit.timer t where t.subject_id = k.case_id and t.key = k.id::text)
