-- 下岗即不留位置；位置只在岗时有。 Where somebody is, is known only while they are on duty.
select w.person_id as subject, 'a position of somebody who is not on duty' as wrong
from network.whereabouts w
where not exists (select from network.attendance a where a.person_id = w.person_id and a.until is null and a.since <= w.at)
