-- 未办的@都有定时器盯着。 Every @ that is open and not yet overdue is watched by a timer; no other is.
select t.id as subject, 'nothing watches the @ due ' || t.due_at as wrong
from rooms.mention t join rooms.room r on r.id = t.room_id
where t.done_at is null and t.overdue_at is null and r.closed_at is null
  and not exists (select from kit.timer k where k.subject_id = t.room_id and k.kind = 'room.mention' and k.key = t.id::text)
union all
select k.subject_id, 'a timer watches an @ that is done, overdue or in a closed room'
from kit.timer k
where k.kind = 'room.mention' and not exists (
  select from rooms.mention t join rooms.room r on r.id = t.room_id
  where t.room_id = k.subject_id and t.id::text = k.key and t.done_at is null and t.overdue_at is null and r.closed_at is null)
