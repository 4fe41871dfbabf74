-- 群里每句话都出自当时的成员。 Everything said in a room was said by somebody who sat in it then.
select m.id as subject, 'said by nobody who sat there then' as wrong
from rooms.message m
where m.kind = 'said' and not exists (
  select from rooms.member s where s.room_id = m.room_id and s.id = m.member_id and s.added_at <= m.at
    and (s.left_at is null or s.left_at >= m.at) and (s.person_id is null or s.person_id = m.by)
    and exists (select from network.post o join network.unit_now w on w.id = o.unit_id join network.unit_now v on v.unit_id = w.unit_id
                where v.id = s.unit_id and o.person_id = m.by and o.kind = s.post and o.since <= m.at))
