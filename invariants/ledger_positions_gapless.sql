-- 位次从 0 起连续，每位对应一条。 Settled positions run 0, 1, 2 …, each over an entry that is there.
select null::uuid as subject, 'positions end at ' || max(position) || ', and there are ' || count(*) as wrong
from ledger.leaf
having count(*) > 0 and max(position) + 1 <> count(*)
union all
select l.subject_id, 'position ' || l.position || ' is over entry ' || l.n || ', which is not there'
from ledger.leaf l left join ledger.entry e on e.subject_id = l.subject_id and e.n = l.n
where e.n is null
union all
select null, 'a head over ' || max(h.size) || ' entries, of ' || (select count(*) from ledger.leaf)
from ledger.head h
having max(h.size) > (select count(*) from ledger.leaf)
