-- 每次查看个人信息都在台账里，反之亦然。 Every reading of personal data in clear is in the ledger, and the reverse.
select coalesce(m.subject_id, e.subject_id) as subject, 'seen in clear, and only one of ledger and record says so' as wrong
from network.unmasking m
full join (
  select subject_id, actor, (body::jsonb ->> 'unmasking')::uuid as id
  from ledger.entry where event in ('person.unmasked', 'person.trail_seen', 'case.contact_unmasked', 'resident.unmasked', 'resident.sought')
) e on e.id = m.id and e.subject_id = m.subject_id and e.actor = m.by
where m.id is null or e.id is null
