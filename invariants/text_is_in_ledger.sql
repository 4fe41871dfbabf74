-- 短信只发给自己上报、留了手机的市民，发没发出台账都有。 Texts go to residents who left a telephone with their own report; sent or given up, the ledger says so.
select t.case_id as subject, 'a text that is over is in no entry' as wrong
from cases.text_message t
where t.done_at is not null and not exists (select from ledger.entry e
  where e.subject_id = t.case_id and e.event = 'case.reporter_texted' and e.at = t.done_at)
union all
select t.case_id, 'a text for who reported otherwise, or left no telephone'
from cases.text_message t
where not exists (select from cases.follow f join cases.report r on r.case_id = f.case_id and r.id = f.case_id
  where f.case_id = t.case_id and r.id = t.report_id and r.contact_id is not null)
