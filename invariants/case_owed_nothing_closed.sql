-- 应急中缓办的手续必须补齐才能结案。 What an emergency put off is made good before the case is closed (MISSION C9).
select id as subject, 'closed, and still owes ' || array_to_string(owed, ', ') as wrong
from cases.case
where step = 'closed' and owed <> '{}'
union all
select id, 'owes ' || array_to_string(owed, ', ') || ' without an emergency'
from cases.case
where owed <> '{}' and not emergency
