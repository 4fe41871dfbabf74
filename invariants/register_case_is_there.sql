-- 逾期或损坏所立的案件确实存在。 A case that came of a lapse or of damage is there.
select t.thing_id as subject, 'its case ' || t.case_id || ' is not there' as wrong
from register.thing_case t where not exists (select from cases.case c where c.id = t.case_id)
