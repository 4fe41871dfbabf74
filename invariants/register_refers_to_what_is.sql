-- 物件所在的居委、网格、导入批次，义务所属的物件、规则、单位，都确实存在。 Neighbourhoods, grids and imports of things are there; so are things, rules and units of what is owed.
select t.id as subject, 'its neighbourhood, grid or import is not there' as wrong
from register.thing t left join network.unit u on u.id = t.unit_id left join city.unit_grid g on g.code = t.grid_code
  left join register.import i on i.id = t.import_id
where u.id is null or g.code is null or (i.id is null and t.import_id is not null)
union all
select o.thing_id, 'what it owes is of a thing, a rule or a unit that is not there'
from register.obligation o left join register.thing t on t.id = o.thing_id left join register.rule r on r.id = o.rule_id
  left join network.unit u on u.id = o.unit_id
where t.id is null or r.id is null or u.id is null
