-- 每个上报人都得到答复，并案的也是。 Every reporter is told the outcome, those of merged cases too (MISSION C8).
select r.case_id as subject, 'report ' || r.id || ' was told nothing, and the case is ' || c.step as wrong
from cases.report r
join cases.case own on own.id = r.case_id
join cases.case c on c.id = coalesce(own.merged_into, own.id)
where c.step in ('closed', 'declined', 'void') and r.told_at is null
union all
select c.id, 'nobody reported it'
from cases.case c
where not exists (select from cases.report r where r.case_id = c.id)
