-- What things owe, by rule and calendar; who met it, and what lapsed. And the tags by which somebody shows to have been there.
create table register.rule (
  id         uuid primary key,
  code       text not null check (code <> ''),
  kind       text not null,
  zh         text not null,
  en         text not null,
  every      int not null check (every between 1 and 1000),
  period     text not null check (period in ('hour', 'day', 'week', 'month', 'year')),
  open_from  time,
  open_to    time,
  since_field text,
  applies    jsonb not null,
  warn       interval not null,
  grace      interval not null,
  role       text not null,
  evidence   text[] not null,
  matter     text,
  condition  text,
  source     text not null check (source <> ''),
  added_at   timestamptz not null,
  retired_at timestamptz,
  check ((open_from is null) = (open_to is null)),
  check (open_from is null or period = 'hour')
);
create unique index rule_now on register.rule (code) where retired_at is null;
comment on table register.rule is 'What things of a kind owe (some of them: `applies` is what their attributes must hold). A row never changes but for retired_at.';
comment on column register.rule.since_field is 'The attribute that says on which day it was last done; else it counts from when the thing was entered.';
comment on column register.rule.matter is 'scheme|code of the case that a lapse becomes; `condition`: under which filing condition.';

create table register.obligation (
  thing_id  uuid not null references register.thing,
  rule_id   uuid not null references register.rule,
  unit_id   uuid not null references network.unit,
  due_at    timestamptz not null,
  warn_at   timestamptz not null,
  late_at   timestamptz not null,
  warned_at timestamptz,
  lapsed_at timestamptz,
  met_at    timestamptz,
  ended_at  timestamptz,
  primary key (thing_id, rule_id),
  check (warn_at <= due_at and due_at <= late_at)
);
create index obligation_warn on register.obligation (warn_at) where warned_at is null and ended_at is null;
create index obligation_late on register.obligation (late_at) where ended_at is null;
create index obligation_unit on register.obligation (unit_id, due_at) where ended_at is null;
create index obligation_rule on register.obligation (rule_id);
comment on table register.obligation is 'What one thing owes next: `unit_id` owes it, `lapsed_at`: the time for which it was first missed, until it is met again.';

create table register.period (
  thing_id   uuid not null,
  rule_id    uuid not null,
  due_at     timestamptz not null,
  unit_id    uuid not null references network.unit,
  lapsed_at  timestamptz,
  met_at     timestamptz,
  checkin_id uuid,
  person_id  uuid,
  primary key (thing_id, rule_id, due_at),
  foreign key (thing_id, rule_id) references register.obligation,
  check (lapsed_at is not null or met_at is not null)
);
create index period_unit on register.period (unit_id, due_at);
create index period_person on register.period (person_id, due_at) where person_id is not null;
comment on table register.period is 'What was owed and is over: met, lapsed, or met in time and told too late (both).';

-- One place says when something is due again: the sweep asks it of thousands at once.
create function register.next_due(period text, every int, open_from time, open_to time, after timestamptz, zone text)
  returns timestamptz language sql stable parallel safe as $$
  select case
    when period = 'hour' and open_from is null then after + make_interval(hours => every)
    when period = 'hour' then (
      -- the day whose opening hours these are: past midnight still yesterday's
      with d as (select local, case when open_to <= open_from and local::time < open_to then local::date - 1 else local::date end as day
                 from (select after at time zone zone as local) l),
           o as (select local, day, day + open_from as opens,
                        day + open_to + case when open_to <= open_from then interval '1 day' else interval '0' end as closes from d)
      select case
        when local < opens then opens + make_interval(hours => every)
        when local + make_interval(hours => every) <= closes then local + make_interval(hours => every)
        else (day + 1) + open_from + make_interval(hours => every) end at time zone zone from o)
    else ((after at time zone zone)::date + make_interval(
            days => case period when 'day' then every when 'week' then 7 * every else 0 end,
            months => case period when 'month' then every when 'year' then 12 * every else 0 end)
          + interval '1 day') at time zone zone
  end
$$;
comment on function register.next_due is 'Hours count while it is open (each opening begins anew); days, months and years end with their last day. `zone`: where the city lies.';

create table register.batch (
  id       uuid primary key,
  name     text not null,
  meta_key bytea not null,
  at       timestamptz not null
);
comment on table register.batch is 'Tags that hand over their identity under one meta read key (NXP AN12196); the key is sealed.';

create table register.tag (
  id       uuid primary key,
  uid      text not null check (uid ~ '^[0-9A-F]{8,64}$'),
  kind     text not null check (kind in ('qr', 'nfc', 'sun')),
  thing_id uuid not null references register.thing,
  key      bytea,
  counter  int not null,
  by       uuid not null,
  at       timestamptz not null,
  ended_at timestamptz,
  check ((kind = 'sun') = (key is not null))
);
create index tag_uid on register.tag (uid) where ended_at is null;
create index tag_thing on register.tag (thing_id) where ended_at is null;
comment on table register.tag is 'What is stuck to a thing. `counter`: the highest that a signed tap has shown; `key` is sealed.';

create table register.tap (
  tag_id     uuid not null references register.tag,
  counter    int not null,
  checkin_id uuid not null,
  primary key (tag_id, counter)
);
comment on table register.tap is 'Each counter of a signed tag is good for one check-in.';

create table register.checkin (
  id          uuid primary key,
  thing_id    uuid not null references register.thing,
  person_id   uuid not null,
  unit_id     uuid,
  post        text not null,
  at          timestamptz not null,
  received_at timestamptz not null,
  how         text not null check (how in ('signed', 'nfc', 'qr', 'typed')),
  tag_id      uuid references register.tag,
  counter     int,
  lon         float8,
  lat         float8,
  accuracy_m  float8,
  distance_m  float8,
  device      text not null,
  photos      text[] not null,
  form        jsonb not null,
  damaged     boolean not null,
  proofs      text[] not null,
  doubts      text[] not null,
  met         text[] not null
);
create index checkin_thing on register.checkin (thing_id, at desc);
create index checkin_person on register.checkin (person_id, at desc);
create index checkin_photos on register.checkin using gin (photos);
comment on table register.checkin is 'Somebody was there: `at` as their telephone says, `received_at` as the server. `proofs`: what it proves, `doubts`: what speaks against it, `met`: the codes of the rules it met.';

create table register.thing_case (
  case_id    uuid primary key,
  thing_id   uuid not null references register.thing,
  rule_id    uuid references register.rule,
  checkin_id uuid references register.checkin,
  at         timestamptz not null,
  check ((rule_id is null) <> (checkin_id is null))
);
create index thing_case_thing on register.thing_case (thing_id, at desc);
comment on table register.thing_case is 'Cases that a lapse or a damage found at a check-in became; the cases themselves are of `cases`.';

grant select, insert, update on register.rule, register.obligation, register.period, register.tag to yiwang_app;
grant select, insert, update on register.batch to yiwang_app;
grant select, insert on register.tap, register.checkin, register.thing_case to yiwang_app;
