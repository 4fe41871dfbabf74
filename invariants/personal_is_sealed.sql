-- 个人信息只以密文存放。 Personal data stand sealed, never in clear.
select id as subject, 'a reporter''s data stand in clear, or are not sealed whole' as wrong
from cases.contact
where name is not null or phone is not null or salt is not null
   or (erased_at is null and (sealed is null or length(sealed) < 97 or get_byte(sealed, 0) <> 1))
union all
select id, 'a person''s telephone stands in clear, or is not sealed whole'
from network.person
where phone is not null or wecom is not null or length(sealed) < 97 or get_byte(sealed, 0) <> 1
union all
select id, 'a secret of one-time codes is not sealed whole'
from network.factor
where length(sealed) < 97 or get_byte(sealed, 0) <> 1
union all
select id, 'a resident''s data are not sealed whole'
from homes.resident
where length(sealed) < 97 or get_byte(sealed, 0) <> 1
