-- 挂账即停表，到期必恢复；没挂账就不停。 A suspended case's clocks stand still until its day; nobody else's do.
select c.id as subject, w.wrong
from cases.case c
cross join lateral (values
  (c.suspended_at is not null and c.step <> 'handling', 'suspended while ' || c.step),
  (c.suspended_at is not null and exists (
     select from cases.clock k where k.case_id = c.id and k.stopped_at is null and not coalesce(k.pauses->-1->>1 is null and k.pauses <> '[]', false)),
   'suspended, and a clock runs on'),
  (c.suspended_at is null and exists (
     select from cases.clock k where k.case_id = c.id and k.stopped_at is null and k.pauses <> '[]' and k.pauses->-1->>1 is null),
   'not suspended, and a clock stands still'),
  (c.suspended_at is not null and not exists (
     select from kit.timer t where t.subject_id = c.id and t.kind = 'case.resume'),
   'suspended, and nothing will resume it')
) as w(bad, wrong)
where w.bad
