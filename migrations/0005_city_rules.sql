-- What: the catalogue (schemes, classes, successors), filing conditions, working calendars.

create table city.scheme (
  id         text primary key,
  name       text not null,
  version    text not null,
  valid_from date,
  valid_to   date check (valid_to > valid_from)
);
comment on table city.scheme is 'Classifications, e.g. GB/T 47678.5-2026. valid_to: the first day on which it no longer holds.';

create table city.matter (
  scheme     text not null references city.scheme,
  code       text not null,
  kind       text not null check (kind in ('component', 'matter')),
  major_code text not null,
  major      text not null,
  name       text not null check (name <> ''),
  english    text not null,
  field      text not null,
  source     text not null,
  status     text not null,
  primary key (scheme, code, kind)
);
comment on table city.matter is 'Classes of things (component) and of troubles (matter); never deleted, since cases name them.';

create table city.successor (
  from_scheme text not null,
  from_code   text not null,
  kind        text not null,
  to_scheme   text not null references city.scheme,
  to_code     text,
  to_kind     text not null check (to_kind in ('component', 'matter')),
  note        text not null,
  pack        text not null,
  foreign key (from_scheme, from_code, kind) references city.matter,
  foreign key (to_scheme, to_code, to_kind) references city.matter,
  unique nulls not distinct (from_scheme, from_code, kind, to_scheme, to_code, to_kind)
);
comment on column city.successor.to_code is 'Null: it went nowhere in that scheme, as far as is known.';

create table city.condition (
  id              uuid primary key,
  scheme          text not null,
  code            text not null,
  kind            text not null,
  text            text not null check (text <> ''),
  limit_value     numeric not null check (limit_value > 0),
  clock           text not null check (clock in ('urgent_hour', 'work_hour', 'work_day', 'calendar_day')),
  limit_text      text not null,
  close_condition text not null check (close_condition <> ''),
  seasonal        text,
  source          text not null,
  status          text not null,
  version         text not null,
  retired_at      timestamptz,
  pack            text not null,
  foreign key (scheme, code, kind) references city.matter
);
comment on table city.condition is 'A row never changes but for retired_at: other words or limits are another row with another id.';

create table city.calendar (
  unit_id  uuid references network.unit,
  name     text not null,
  zone     text not null,
  statutory text not null check (statutory in ('CN', 'none')),
  weekdays smallint[] not null check (weekdays <@ array[0, 1, 2, 3, 4, 5, 6]::smallint[]),
  shifts   text not null,
  unique nulls not distinct (unit_id)
);
comment on table city.calendar is 'Working weeks; the one without a unit holds where no unit above has its own. Shifts as 08:30-12:00,13:00-17:30.';

create table city.calendar_day (
  unit_id uuid references network.unit,
  day     date not null,
  works   boolean not null,
  shifts  text,
  note    text not null,
  unique nulls not distinct (unit_id, day)
);
comment on table city.calendar_day is 'Dates set apart by a unit for itself and all below it; shifts null: the usual ones.';

create table city.pack (
  name             text primary key,
  version          text not null,
  catalogue_digest text,
  rules_digest     text,
  loaded_at        timestamptz not null
);
comment on table city.pack is 'What was loaded last of each pack, so that loading the same again does nothing.';

-- One row. It is locked by whoever changes anything above, and tells every process when what it keeps in memory is old.
create table city.revision (
  one        boolean primary key default true check (one),
  version    uuid not null default gen_random_uuid(),
  writer     xid8 not null default pg_current_xact_id(),
  changed_at timestamptz not null default now()
);
insert into city.revision default values;

insert into city.calendar values (null, '机关作息', 'Asia/Shanghai', 'CN', '{0,1,2,3,4}', '08:30-12:00,13:00-17:30');

grant select, insert, update on city.scheme, city.matter, city.condition, city.pack to yiwang_app;
grant select, insert, delete on city.successor to yiwang_app;
grant select, insert, update, delete on city.calendar, city.calendar_day to yiwang_app;
grant select, update on city.revision to yiwang_app;
