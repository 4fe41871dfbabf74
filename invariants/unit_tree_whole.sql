-- 单位树完整：路径与上级一致，在册单位的上级也在册。 The tree of units is whole: each open unit stands below an open one, at its path.
select u.id as subject, 'unit ' || u.code || ': ' || w.wrong as wrong
from network.unit u left join network.unit p on p.id = u.parent_id
cross join lateral (values
  (u.valid_to is null and p.id is not null and p.valid_to is not null, 'open below a closed unit'),
  (u.valid_to is null and p.id is not null and u.path <> p.path || u.label, 'its path is not its parent''s'),
  (u.parent_id is null and u.path <> u.label::text::ltree, 'a root with a path')
) as w(bad, wrong)
where w.bad
