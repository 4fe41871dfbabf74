-- 每位住户的入住、变更和删除都在台账里。 Whoever is registered in a home moved in, changed and was erased in the ledger.
select coalesce(r.id, e.subject_id) as subject, 'only one of ledger and register knows them, or how often they changed' as wrong
from homes.resident r
full join (
  select subject_id, count(*) filter (where event <> 'resident.unmasked') as changes, bool_or(event = 'resident.moved_in' and n = 1) as came,
    bool_or(event = 'resident.erased') as erased, max(body::jsonb ->> 'home') filter (where n = 1) as home
  from ledger.entry where subject_kind = 'resident' group by subject_id
) e on e.subject_id = r.id
where r.id is null or e.subject_id is null or not e.came or e.erased <> (r.erased_at is not null) or e.changes <> r.n
   or e.home is distinct from r.home_id::text
