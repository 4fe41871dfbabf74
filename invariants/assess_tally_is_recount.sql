-- 考核日账与事实逐条清点一致。 The daily tally of assessment is what a plain recount of the facts gives.
with owed as (
  select *, case when lifted_at is null or coalesce(done_at, lifted_at) > due_at then due_at end as owed_at,
    exempt or done_at is not null and (due_at is null or done_at <= due_at) as on_time
  from assess.fact
), told as (
  select p.path, v.indicator, v.at, v.hit
  from owed f join assess.place p on p.id = f.area cross join lateral (values
    ('patrol_reports', 'report', begun_at, true, channel = 'patrol'),
    ('patrol_valid', 'report', begun_at, true, channel = 'patrol' and outcome = 'filed'),
    ('patrol_valid_rate', 'report', begun_at, channel = 'patrol', outcome = 'filed'),
    ('filing_rate', 'report', begun_at, true, outcome = 'filed'),
    ('patrol_share', 'report', begun_at, channel in ('patrol', 'public', 'hotline', 'media'), channel = 'patrol'),
    ('check_on_time_rate', 'check', owed_at, true, on_time),
    ('verify_on_time_rate', 'verify', owed_at, true, on_time),
    ('accepted', 'accept', done_at, true, outcome = 'accepted'),
    ('send_check_on_time_rate', 'send_check', done_at, true, on_time),
    ('filed_on_time_of_filed', 'file', done_at, true, on_time),
    ('filed_right_rate', 'file', done_at, true, outcome <> 'void'),
    ('filing_on_time_rate', 'file', owed_at, true, on_time),
    ('closed_on_time_of_closed', 'whole', closed_at, true, on_time),
    ('filed_net', 'whole', begun_at, true, not suspended),
    ('close_rate', 'whole', owed_at, true, closed_at is not null),
    ('close_on_time_rate', 'whole', owed_at, true, closed_at is not null and on_time),
    ('hotline_on_time_rate', 'whole', owed_at, channel = 'hotline', closed_at is not null and on_time),
    ('dispatched', 'dispatch', done_at, true, true),
    ('dispatch_on_time_rate', 'dispatch', owed_at, true, on_time),
    ('dispatch_right_rate', 'dispatch', owed_at, true, done_at is not null and outcome <> 'returned'),
    ('handle_rate', 'handle', owed_at, true, done_at is not null),
    ('handle_on_time_rate', 'handle', owed_at, true, on_time),
    ('handled_late', 'handle', owed_at, true, not exempt and done_at > due_at),
    ('unhandled_late', 'handle', owed_at, true, not exempt and done_at is null and lifted_at is null),
    ('lifted_late', 'handle', owed_at, true, not exempt and done_at is null and lifted_at is not null),
    ('bounce_rate', 'handle', begun_at, true, outcome = 'bounced'),
    ('rework_rate', 'round', done_at, true, outcome = 'failed'),
    ('check_pass_rate', 'round', closed_at, true, outcome = 'passed'),
    ('extensions', 'extend', done_at, true, true),
    ('suspensions', 'suspend', done_at, true, true),
    ('solved_rate', 'rate', done_at, true, outcome = 'solved')
  ) as v(indicator, kind, at, of, hit)
  where v.kind = f.kind and v.at is not null and v.of
), plain as (
  select depth::smallint as depth, (at at time zone 'Asia/Shanghai')::date as day, subpath(path, 0, depth) as place, indicator,
    count(*) filter (where hit) as hits, count(*) as ofs
  from told cross join generate_series(1, 3) as depth where nlevel(path) >= depth
  group by 1, 2, 3, 4
)
select null::uuid as subject, coalesce(t.place, p.place)::text || ' ' || coalesce(t.day, p.day) || ' ' || coalesce(t.indicator, p.indicator)
  || ': ' || coalesce(t.hits, 0) || ' of ' || coalesce(t.ofs, 0) || ' in the tally, counted ' || coalesce(p.hits, 0) || ' of ' || coalesce(p.ofs, 0) as wrong
from (select * from assess.tally where hits <> 0 or ofs <> 0) t full join plain p using (depth, day, place, indicator)
where (coalesce(t.hits, 0), coalesce(t.ofs, 0)) <> (coalesce(p.hits, 0), coalesce(p.ofs, 0))
