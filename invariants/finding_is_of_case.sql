-- 检索所据与案件一致。 What search looks at is what the case says.
select c.id as subject, 'search knows it otherwise, or not at all' as wrong
from cases.case c left join cases.finding f on f.case_id = c.id
where (f.reported_at, f.matter_code, f.channel, f.text) is distinct from
      (c.reported_at, c.matter_code, c.channel, lower(concat_ws(E'\n', c.number, c.matter_name, c.place, c.description)))
   or (f.spot is null) is distinct from (c.lon is null) or f.spot[0] <> c.lon or f.spot[1] <> c.lat
