-- 群里每句话都与账本中的摘要相符，编号连续。 Each message agrees with its digest in the ledger, and the numbers have no gap.
select m.id as subject, 'not in the ledger, or with other words or photos' as wrong
from rooms.message m left join lateral (
  select e.event, e.body::jsonb as body from ledger.entry e
  where e.subject_id = m.room_id and e.event in ('room.said', 'room.told') and e.body like '%' || m.id || '%'
    and e.body::jsonb ->> 'message' = m.id::text) e on true
where e.event is null or (e.body ->> 'number')::int <> m.n
  or (m.kind = 'said' and m.erased_at is null and (
    e.body ->> 'text_digest' <> encode(sha256(convert_to(m.text || coalesce(E'\n' || m.lon || ',' || m.lat, ''), 'UTF8')), 'hex')
    or e.body -> 'photos' <> (select coalesce(jsonb_agg(f.sha256 order by f.n), '[]') from rooms.photo f
                              where f.room_id = m.room_id and f.message_id = m.id)))
union all
select r.id, 'its messages are not numbered 1 to ' || r.n
from rooms.room r
where r.n <> (select count(*) from rooms.message m where m.room_id = r.id)
   or r.n <> (select coalesce(max(m.n), 0) from rooms.message m where m.room_id = r.id)
