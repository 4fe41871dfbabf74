-- 并案一步到位：不成环、不成链。 A merged case points to one that is not merged itself: no loops, no chains.
select c.id as subject, w.wrong
from cases.case c left join cases.case i on i.id = c.merged_into
cross join lateral (values
  ((c.step = 'merged') <> (c.merged_into is not null), 'merged_into does not fit the step ' || c.step),
  (c.merged_into = c.id, 'merged into itself'),
  (i.step = 'merged', 'merged into a case that is merged itself'),
  (c.step = 'merged' and c.merged_from_step is null, 'nobody knows where it would go back to')
) as w(bad, wrong)
where w.bad
