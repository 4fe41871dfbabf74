-- 考核所据的事实与台账一致：读到哪里，就有那里的全部事实。 The facts are those of the settled entries up to the bookmark.
with seen as (
  select e.subject_id, e.n, e.event, e.version from ledger.leaf l join ledger.entry e using (subject_id, n)
  where l.position < (select size from assess.bookmark) and e.subject_kind = 'case'
), told as (
  select s.subject_id, count(*) filter (where event = 'case.order_finished') as rounds,
    max(n) as n
  from seen s where exists (select from seen r where r.subject_id = s.subject_id and r.n = 1 and r.version >= 2)
  group by s.subject_id
), kept as (
  select case_id, count(*) filter (where kind = 'round') as rounds,
    max(n) as n, count(*) filter (where kind = 'report') as reports
  from assess.fact group by case_id
)
select coalesce(t.subject_id, k.case_id) as subject, case
    when k.case_id is null then 'the ledger tells of it, no fact does'
    when t.subject_id is null then 'facts of a case that the ledger does not tell of'
    when k.reports <> 1 then 'not one report'
    when k.rounds <> t.rounds then 'finished ' || t.rounds || ' times, rounds ' || k.rounds
    when k.n > t.n then 'a fact of an entry that is not read yet' end as wrong
from told t full join kept k on k.case_id = t.subject_id
where k.case_id is null or t.subject_id is null or k.reports <> 1 or k.rounds <> t.rounds or k.n > t.n
union all
select null, 'the bookmark stands at ' || size || ', settled are ' || (select count(*) from ledger.leaf)
from assess.bookmark where size > (select count(*) from ledger.leaf)
