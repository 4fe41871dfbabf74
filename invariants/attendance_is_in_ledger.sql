-- 每次上岗、下岗都在台账里，反之亦然。 Every coming on duty and going off is in the ledger, and the reverse.
select coalesce(a.person_id, e.subject_id) as subject, 'on duty or off it, and only one of ledger and record says so' as wrong
from (
  select person_id, id, 'duty.started' as event from network.attendance
  union all select person_id, id, 'duty.ended' from network.attendance where until is not null
) a
full join (
  select subject_id, event, (body::jsonb ->> 'attendance_id')::uuid as id
  from ledger.entry where event in ('duty.started', 'duty.ended')
) e on e.subject_id = a.person_id and e.id = a.id and e.event = a.event
where a.id is null or e.id is null
