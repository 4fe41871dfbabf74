-- 抹去的个人信息真的没有了。 Erased personal data is gone.
select id as subject, 'a reporter''s name or phone outlived its erasure' as wrong
from cases.contact
where erased_at is not null and (sealed is not null or name is not null or phone is not null or salt is not null)
union all
select id, 'a person''s login or phone outlived its erasure'
from network.person
where erased_at is not null and (login is not null or sealed is not null or phone is not null or wecom is not null)
union all
select id, 'who a resident was outlived the erasure'
from homes.resident
where erased_at is not null and (sealed is not null or born is not null or sex is not null or care)
