-- 风险管控 Risk patrol: opening hours of each place, routes, shifts, and counts by month for trends.
alter table register.rule add column hours_field text check (hours_field is null or period = 'hour');
comment on column register.rule.hours_field is 'The attribute that says when each thing is open, as 18:00-02:00; where it says nothing, open_from and open_to hold.';

create function register.next_due(r register.rule, attributes jsonb, after timestamptz, zone text)
  returns timestamptz language sql stable parallel safe as $$
  select register.next_due(r.period, r.every,
    coalesce(split_part(attributes ->> r.hours_field, '-', 1)::time, r.open_from),
    coalesce(split_part(attributes ->> r.hours_field, '-', 2)::time, r.open_to), after, zone)
$$;
comment on function register.next_due(register.rule, jsonb, timestamptz, text) is 'By a rule, of a thing with these attributes.';

create schema patrol;
grant usage on schema patrol to yiwang_app;

create table patrol.route (
  id         uuid primary key,
  name       text not null check (name <> ''),
  unit_id    uuid not null references network.unit,
  ground_id  uuid not null references network.unit,
  people     uuid[] not null,
  points     uuid[] not null check (cardinality(points) between 1 and 200),
  weekdays   int[] not null check (weekdays <@ '{1,2,3,4,5,6,7}' and cardinality(weekdays) > 0),
  begins     time not null,
  ends       time not null,
  n          int not null,
  added_at   timestamptz not null,
  changed_at timestamptz not null,
  retired_at timestamptz,
  check (begins <> ends)
);
create index route_unit on patrol.route (unit_id) where retired_at is null;
comment on table patrol.route is 'Which points are walked, in which order, by whom (`people` empty: whoever of the unit), on which weekdays (ISO, 1 is Monday) and between which times. `ground_id`: the unit on whose ground all points lie.';

create table patrol.shift (
  id        uuid primary key,
  route_id  uuid not null references patrol.route,
  day       date not null,
  starts_at timestamptz not null,
  ends_at   timestamptz not null,
  points    uuid[] not null,
  person_id uuid,
  begun_at  timestamptz,
  ended_at  timestamptz,
  over_at   timestamptz,
  check (starts_at < ends_at),
  check ((person_id is null) = (begun_at is null)),
  check (ended_at is null or begun_at is not null)
);
create index shift_route on patrol.shift (route_id, day);
create index shift_time on patrol.shift (starts_at);
create index shift_person on patrol.shift (person_id, starts_at) where person_id is not null;
create index shift_open on patrol.shift (ends_at) where over_at is null;
comment on table patrol.shift is 'One walk of a route: `points` as they were planned then, who took it. Which were reached is told by register.checkin alone. `over_at`: its end was noted in the ledger.';

create table patrol.tally (
  month     date not null,
  grid_code text not null,
  what      text not null,
  checks    int not null,
  damaged   int not null,
  missed    int not null,
  primary key (month, grid_code, what)
);
comment on table patrol.tally is 'Check-ins at premises and points, those that found damage, and what was owed and missed, by month, unit grid and kind of equipment (of premises: of risk).';

create table patrol.mark (
  one       boolean primary key default true check (one),
  up_to     timestamptz not null
);
comment on table patrol.mark is 'Up to when what was told is in the tally.';

grant select, insert, update on patrol.route, patrol.mark to yiwang_app;
grant select, insert, update, delete on patrol.shift, patrol.tally to yiwang_app;

-- Trends look at months of check-ins: their times grow with the rows.
-- then, apart
create index concurrently if not exists checkin_at on register.checkin using brin (at);
-- then, apart
create index concurrently if not exists checkin_received on register.checkin using brin (received_at);
-- then, apart
create index concurrently if not exists period_lapsed on register.period using brin (lapsed_at);
