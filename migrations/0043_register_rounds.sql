-- Rounds (轮次): a census (排摸) of what stands in each unit grid, and a round-up (排查、清查) of things that are each to be checked.
create table register.round (
  id         uuid primary key,
  name       text not null check (name <> ''),
  kind       text not null,
  purpose    text not null check (purpose in ('census', 'check')),
  unit_id    uuid not null references network.unit,
  states     text[] not null,
  attributes jsonb not null,
  grids      text[] not null,
  begins     timestamptz not null,
  until      timestamptz not null,
  by         uuid not null,
  post       text not null,
  opened_at  timestamptz not null,
  late_at    timestamptz,
  ended_at   timestamptz,
  cancelled  boolean not null,
  reason     text,
  last_id    uuid references register.round,
  check (begins < until),
  check (not cancelled or (ended_at is not null and reason is not null))
);
create index round_list on register.round (opened_at desc, id desc);
create index round_open on register.round (kind) where ended_at is null;
create index round_ground on register.round (unit_id, kind, ended_at desc);
comment on table register.round is 'A census or a check of the things of a kind on the ground of `unit_id`. `states`, `attributes`, `grids`: to which of them a check is narrowed (empty: all). `late_at`: when it was noted that something was left at `until`. `last_id`: the census before it, with which it was compared as it closed.';

create table register.round_grid (
  round_id  uuid not null references register.round,
  grid_code text not null references city.unit_grid,
  person_id uuid references network.person,
  done_at   timestamptz,
  done_by   uuid,
  note      text not null,
  things    int not null,
  checked   int not null,
  damaged   int not null,
  added     int not null,
  changed   int not null,
  gone      int not null,
  primary key (round_id, grid_code),
  check ((done_at is null) = (done_by is null))
);
create index round_grid_person on register.round_grid (person_id) where person_id is not null;
comment on table register.round_grid is 'A unit grid of a round, who works it and when it was reported done. The figures of a check are counted again a few seconds after each check-in (round_again); those of a census are written as it closes, and for ever.';

create table register.round_thing (
  round_id   uuid not null references register.round,
  thing_id   uuid not null,
  grid_code  text not null,
  state      text not null,
  n          int not null,
  checked_at timestamptz,
  checkin_id uuid,
  person_id  uuid,
  damaged    boolean not null default false,
  gone       boolean not null default false,
  primary key (round_id, thing_id),
  check ((checked_at is null) = (checkin_id is null))
);
create index round_thing_grid on register.round_thing (round_id, grid_code);
create index round_thing_thing on register.round_thing (thing_id);
comment on table register.round_thing is 'Of a check, the things to be checked, as they stood when it was opened; of a census, those that stood when it closed. No foreign key to the thing: whoever holds a thing waits for a round that is just being opened, and not the other way about.';
comment on column register.round_thing.checked_at is 'When somebody was first there (`checkin_id`); `damaged`: some check-in of the round found it damaged; `gone`: it ended before anybody came.';

create table register.round_again (round_id uuid not null, grid_code text not null);
comment on table register.round_again is 'Grids of rounds to be counted again, written by whoever changed something there: seen once that is committed, and no sooner.';

grant select, insert, update on register.round, register.round_grid, register.round_thing to yiwang_app;
grant select, insert, delete on register.round_again to yiwang_app;
