-- 房屋位于其编码所指的楼栋。 A home stands in the building that its code names, where that is on the register.
select h.id as subject, 'not linked with the building of its code' as wrong
from register.thing h
join register.thing b on b.kind = 'building' and b.code = regexp_replace(h.code, '-[^-]+-[^-]+$', '')
where h.kind = 'home' and not exists (
  select from register.link l where l.thing_id = h.id and l.role = 'in' and l.to_id = b.id)
union all
select r.id, 'lives in what is no home'
from homes.resident r join register.thing t on t.id = r.home_id
where t.kind <> 'home'
