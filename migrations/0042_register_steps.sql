-- Steps: what was done with a thing, from state to state, and what is waited for.
create table register.step (
  id          uuid primary key,
  thing_id    uuid not null references register.thing,
  step        text not null check (step <> ''),
  person_id   uuid not null,
  unit_id     uuid,
  post        text not null,
  at          timestamptz not null,
  received_at timestamptz not null,
  was         text not null,
  state       text not null,
  lon         float8,
  lat         float8,
  accuracy_m  float8,
  distance_m  float8,
  photos      text[] not null,
  form        jsonb not null,
  note        text not null,
  said_zh     text,
  said_en     text
);
create index step_thing on register.step (thing_id, at desc, id desc);
create index step_at on register.step (step, at desc);
create index step_when on register.step (at desc);
create index step_photos on register.step using gin (photos);
comment on table register.step is 'A step that somebody took with a thing: `at` as their telephone says, `received_at` as the server; `was` and `state`: before and after. Rows never change.';

create table register.step_due (
  thing_id uuid not null references register.thing,
  step     text not null,
  after_id uuid not null references register.step,
  due_at   timestamptz not null,
  late_at  timestamptz,
  taken_id uuid references register.step,
  ended_at timestamptz,
  primary key (thing_id, step, after_id)
);
create index step_due_waiting on register.step_due (thing_id) where ended_at is null;
create index step_due_taken on register.step_due (taken_id) where taken_id is not null;
comment on table register.step_due is 'A step that is due so long after another. `ended_at`: it was taken (`taken_id`), or cannot be any more; `late_at`: noted when its time was up.';

alter table register.rule add column planned boolean not null default false;
comment on column register.rule.planned is 'since_field says on which day something is to be done, not was: what is due moves with it.';
alter table register.thing_case drop constraint thing_case_check, add column step_id uuid;
alter table register.thing_case add constraint thing_case_cause check (num_nonnulls(rule_id, checkin_id, step_id) = 1) not valid;
comment on table register.thing_case is 'Cases that a lapse, damage found at a check-in, or a step became; the cases themselves are of `cases`.';

grant select, insert on register.step to yiwang_app;
grant select, insert, update on register.step_due to yiwang_app;

-- then, apart
create index concurrently if not exists checkin_at on register.checkin (at);
