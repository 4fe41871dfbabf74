-- 逾期或补做的应尽事项都有其期次；到场所尽的都记在到场里。 What lapsed has its period; what a check-in met is named by that check-in.
select o.thing_id as subject, 'lapsed, but no period says so' as wrong
from register.obligation o
where o.lapsed_at is not null and not exists (
  select from register.period p where (p.thing_id, p.rule_id) = (o.thing_id, o.rule_id) and p.lapsed_at is not null and p.due_at = o.lapsed_at)
union all
select p.thing_id, 'met by a check-in that does not say so'
from register.period p join register.rule r on r.id = p.rule_id left join register.checkin c on c.id = p.checkin_id
where p.checkin_id is not null and (c.id is null or not r.code = any(c.met))
