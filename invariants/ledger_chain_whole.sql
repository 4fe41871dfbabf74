-- 台账链不断、不缺、不叉。 Chains have no gap and no fork: 1, 2, 3 … each binding the one before.
select subject_id as subject, 'entry ' || n || ' follows ' || coalesce(before::text, 'nothing') as wrong
from (
  select subject_id, n, prev, lag(n) over chain as before, lag(hash) over chain as bound
  from ledger.entry
  window chain as (partition by subject_id order by n)
) e
where n <> coalesce(before, 0) + 1 or prev <> coalesce(bound, decode(repeat('00', 32), 'hex'))
