-- 数量总账与逐件清点一致：此后台账没有新记录的案件，一件不差。 The tally is what a plain recount gives, of all cases whose chains say nothing since.
with since as (
  select e.subject_id as id from ledger.entry e left join ledger.leaf l using (subject_id, n)
  where l.position is null or l.position >= (select size from cases.tally_mark)
  union
  select case_id from cases.tally_again
), plain as (
  select c.id, c.step, w.who, case
    when c.overdue_at is not null then '-infinity'
    when c.step not in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified') or c.suspended_at is not null then 'infinity'
    when c.step = 'handling' then coalesce(c.due_at, 'infinity') else coalesce(c.step_due_at, 'infinity') end as late_from
  from cases.case c cross join lateral
    (select s.who from cases.sight s where s.case_id = c.id union select '00000000-0000-0000-0000-000000000000') w
  where c.id not in (select id from since)
), kept as (
  select t.case_id as id, t.step, t.late_from, t.late, w.who from cases.tallied t cross join unnest(t.whos) as w(who)
)
select coalesce(p.id, k.id) as subject, case when k.id is null then 'not counted' else 'counted as it is not' end
  || ' for ' || coalesce(p.who, k.who) || ': ' || coalesce(p.step, k.step) as wrong
from plain p full join (select * from kept where id not in (select id from since)) k using (id, step, late_from, who)
where p.id is null or k.id is null
union all
select t.case_id, 'counted as ' || case when t.late then 'late' else 'not late' end || ', from ' || t.late_from
from cases.tallied t where t.late <> (t.late_from = '-infinity') and not isfinite(t.late_from)
union all
select t.case_id, 'counted, and no such case' from cases.tallied t where not exists (select from cases.case c where c.id = t.case_id)
union all
select coalesce(t.who, k.who), coalesce(t.step, k.step) || ': ' || coalesce(t.cases, 0) || ' in the tally, counted ' || coalesce(k.cases, 0)
from cases.tally t full join (select who, step, late, count(*) as cases from kept group by who, step, late) k using (who, step, late)
where coalesce(t.cases, 0) <> coalesce(k.cases, 0)
union all
select null, 'followed to ' || size || ', settled are ' || (select count(*) from ledger.leaf)
from cases.tally_mark where size > (select count(*) from ledger.leaf)
