-- 回执只出自被@的成员，且不早于消息。 A receipt is given by whoever was asked, and not before it was said.
select t.id as subject, 'a receipt by somebody who was not asked, or before it was said' as wrong
from rooms.mention t join rooms.message m on m.room_id = t.room_id and m.id = t.message_id
join rooms.member s on s.room_id = t.room_id and s.id = t.member_id
where (t.read_by is not null and (t.read_at < m.at or s.person_id <> t.read_by or not exists (
    select from network.post o join network.unit_now w on w.id = o.unit_id join network.unit_now v on v.unit_id = w.unit_id
    where v.id = s.unit_id and o.person_id = t.read_by and o.kind = s.post)))
  or t.done_at < m.at or t.overdue_at < t.due_at
