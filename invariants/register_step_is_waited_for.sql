-- 等着办的一步有它的时钟；逾时的已记下。 A step that is waited for has its timer, or its lateness was noted.
select d.thing_id as subject, 'waits for ' || d.step || ' without a timer' as wrong
from register.step_due d
where d.ended_at is null and d.late_at is null and not exists (
  select from kit.timer t where t.subject_id = d.thing_id and t.kind = 'thing_step' and t.key = 'step ' || d.step)
union all
select d.thing_id, 'taken by a step that is not there'
from register.step_due d left join register.step s on s.id = d.taken_id
where d.taken_id is not null and (s.id is null or s.thing_id <> d.thing_id or s.step <> d.step)
