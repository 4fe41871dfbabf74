-- 谁能看到一件案件，随手所查与规则一致。 Who may see a case, as kept for lists, is what the rule says, and open as the case is.
select coalesce(k.case_id, s.case_id) as subject, case when k.case_id is null then 'not kept: ' || s.who else 'kept, not seen: ' || k.who end as wrong
from (
  -- the rule anew, by paths: the area, the units that have or had it in hand, with all above them, and its people
  select c.id as case_id, a.id as who from cases.case c join network.unit u on u.id = c.area_id join network.unit a on a.path @> u.path
  union
  select o.case_id, a.id from cases.orders o join network.unit u on u.id = o.unit_id join network.unit a on a.path @> u.path
  where o.state <> 'recalled'
  union
  select c.id, p from cases.case c cross join unnest(array[c.reporter_id, c.checker_id, c.commander_id]) p where p is not null
) s
full join cases.sight k on k.case_id = s.case_id and k.who = s.who
where k.case_id is null or s.case_id is null
union all
select s.case_id, 'seen as ' || case when s.open then 'open' else 'ended' end || ', and ' || c.step
from cases.sight s join cases.case c on c.id = s.case_id
where s.open <> (c.step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified'))
   or s.reported_at <> c.reported_at
