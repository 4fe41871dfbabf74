-- 班次在其时间内走，开始、结束、到点都在账里，账里的数加得起来；演示点位编造的过去除外。 A walk lies in its time; its beginning by whoever walks it, its end and that its time was over are in the ledger, whose sums add up. The made-up past of the demonstration's points apart.
with walk as (
  select s.* from patrol.shift s
  where not exists (select from register.thing t where t.id = any(s.points) and t.generated)
)
select id as subject, 'walked out of its time' as wrong from walk
where begun_at < starts_at - interval '30 minutes' or begun_at >= ends_at or ended_at < begun_at or ended_at > ends_at + interval '2 hours' or over_at < ends_at
union all
select w.id, 'begun, and no entry of whoever walks it says so' from walk w
where w.begun_at is not null and not exists (
  select from ledger.entry e where e.subject_id = w.id and e.event = 'shift.begun' and e.actor = w.person_id)
union all
select w.id, 'ended, and no entry of whoever walks it says so' from walk w
where w.ended_at is not null and not exists (
  select from ledger.entry e where e.subject_id = w.id and e.event = 'shift.ended' and e.actor = w.person_id)
union all
select w.id, case when w.over_at is null then 'not ' else '' end || 'over, and ' || o.n || ' entries say so with its points' from walk w cross join lateral (
  select count(*) as n from ledger.entry e where e.subject_id = w.id and e.event = 'shift.over'
    and (e.body::jsonb ->> 'points')::int = cardinality(w.points)
    and (e.body::jsonb ->> 'done')::int + (e.body::jsonb ->> 'missed')::int = cardinality(w.points)) o
where (w.over_at is not null)::int <> o.n
