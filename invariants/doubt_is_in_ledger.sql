-- 存疑清单与台账一致。 What is listed and counted as doubted is what the ledger's entries are flagged with, no more, no less.
select coalesce(d.case_id, e.subject_id) as subject,
       case when d.case_id is null then 'not listed: ' || e.flag else 'listed, and not so in the ledger: ' || d.flag end as wrong
from cases.doubt d
full join (
  select e.subject_id, e.n, e.at, e.event, e.actor, e.post, f.flag, e.body::jsonb ->> 'order' as order_id
  from ledger.entry e cross join jsonb_array_elements_text(case when e.body like '%"flags"%' then e.body::jsonb -> 'flags' end) as f(flag)
  where e.subject_kind = 'case'
) e on e.subject_id = d.case_id and e.n = d.n and e.flag = d.flag
where (d.at, d.event, d.actor, d.post, d.order_id::text) is distinct from (e.at, e.event, e.actor, e.post, e.order_id)
