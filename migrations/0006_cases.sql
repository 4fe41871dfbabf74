-- Cases: the seven steps, their orders, clocks, evidence and people.
create schema cases;
grant usage on schema cases to yiwang_app;

create sequence cases.number;

create table cases.case (
  id            uuid primary key,
  number        text not null,
  step          text not null,
  channel       text not null,
  trusted       boolean not null,
  emergency     boolean not null,
  description   text not null,
  scheme        text not null,
  matter_kind   text not null,
  matter_code   text not null,
  matter_name   text not null,
  condition_id  uuid,
  component     text,
  lon           float8,
  lat           float8,
  raw_x         float8,
  raw_y         float8,
  datum         text not null,
  accuracy_m    float8,
  place         text not null,
  grid_code     text,
  duty_grid_id  uuid,
  area_id       uuid not null references network.unit,
  reporter_id   uuid not null,
  checker_id    uuid,
  commander_id  uuid,
  lead_unit_id  uuid references network.unit,
  seen_at       timestamptz,
  reported_at   timestamptz not null,
  accepted_at   timestamptz,
  filed_at      timestamptz,
  dispatched_at timestamptz,
  handled_at    timestamptz,
  verified_at   timestamptz,
  closed_at     timestamptz,
  step_since    timestamptz not null,
  step_due_at   timestamptz,
  due_at        timestamptz,
  overdue_at    timestamptz,
  suspended_at  timestamptz,
  merged_into   uuid references cases.case,
  merged_from_step text,
  owed          text[] not null default '{}',
  bounces       int not null default 0,
  reworks       int not null default 0,
  extensions    int not null default 0,
  suspensions   int not null default 0,
  reopens       int not null default 0,
  exempt        boolean not null default false,
  close_condition text not null default '',
  version       int not null default 1
);
create unique index case_number on cases.case (number);
create index case_place on cases.case using gist (point(lon, lat))
  where step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified');
create index case_area on cases.case (area_id, step, reported_at);
create index case_reported on cases.case (reported_at, id);
create index case_open_due on cases.case (due_at, id)
  where step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified');
create index case_reporter on cases.case (reporter_id);
create index case_merged on cases.case (merged_into) where merged_into is not null;

create table cases.orders (
  case_id    uuid not null references cases.case,
  id         uuid not null,
  unit_id    uuid not null references network.unit,
  lead       boolean not null,
  turn       int not null,
  state      text not null,
  forced     boolean not null default false,
  task       text not null default '',
  handler_id uuid,
  sent_at    timestamptz,
  taken_at   timestamptz,
  done_at    timestamptz,
  due_at     timestamptz,
  overdue_at timestamptz,
  result     text not null default '',
  round      int not null default 1,
  primary key (case_id, id)
);
create index orders_unit on cases.orders (unit_id, state);

create table cases.clock (
  case_id     uuid not null references cases.case,
  id          uuid not null,
  order_id    uuid,
  limit_value float8 not null,
  limit_clock text not null,
  unit_id     uuid not null,
  started_at  timestamptz not null,
  due_at      timestamptz not null,
  provisional boolean not null,
  fixed       boolean not null,
  pauses      jsonb not null default '[]',
  extensions  int not null default 0,
  stopped_at  timestamptz,
  warned_at   timestamptz,
  overdue_at  timestamptz,
  escalated   int not null default 0,
  working     jsonb not null default '[]',
  primary key (case_id, id)
);
create index clock_provisional on cases.clock (due_at) where provisional and stopped_at is null;

create table cases.request (
  case_id    uuid not null references cases.case,
  id         uuid not null,
  order_id   uuid,
  kind       text not null,
  reason     text not null,
  text       text not null,
  until      timestamptz,
  asked_by   uuid not null,
  asked_at   timestamptz not null,
  needed     int not null,
  approvals  uuid[] not null default '{}',
  granted    boolean,
  decided_at timestamptz,
  primary key (case_id, id)
);
create unique index request_open on cases.request (case_id, kind, coalesce(order_id, case_id)) where granted is null;

create table cases.evidence (
  case_id    uuid not null references cases.case,
  sha256     text not null references kit.file,
  kind       text not null,
  order_id   uuid,
  round      int not null default 1,
  by         uuid not null,
  at         timestamptz not null,
  taken_at   timestamptz,
  distance_m float8,
  reused_in  uuid,
  primary key (case_id, sha256, kind)
);
create index evidence_sha on cases.evidence (sha256, at);

create table cases.contact (
  id     uuid primary key,
  name   text not null,
  phone  text not null,
  secret boolean not null,
  salt   bytea not null,
  erased_at timestamptz
);
comment on table cases.contact is 'Personal data of reporters: beside the ledger, erasable; the ledger holds only a salted digest.';

create table cases.report (
  case_id     uuid not null references cases.case,
  id          uuid not null,
  channel     text not null,
  reporter_id uuid not null,
  contact_id  uuid references cases.contact,
  at          timestamptz not null,
  told_at     timestamptz,
  outcome     text,
  rating      int check (rating between 1 and 5),
  solved      boolean,
  rated_at    timestamptz,
  primary key (case_id, id)
);
create index report_reporter on cases.report (reporter_id);

create table cases.supervision (
  case_id     uuid not null references cases.case,
  id          uuid not null,
  unit_id     uuid not null references network.unit,
  text        text not null,
  by          uuid not null,
  at          timestamptz not null,
  due_at      timestamptz not null,
  answer      text,
  answered_by uuid,
  answered_at timestamptz,
  primary key (case_id, id)
);

create table cases.words (
  case_id uuid not null references cases.case,
  digest  text not null,
  text    text not null,
  primary key (case_id, digest)
);
comment on table cases.words is 'What people wrote in an act: beside the ledger, which holds only its digest, and erasable.';

create table cases.comment (
  case_id uuid not null references cases.case,
  id      uuid not null,
  by      uuid not null,
  at      timestamptz not null,
  text    text not null,
  primary key (case_id, id)
);
create table cases.mention (
  case_id    uuid not null,
  comment_id uuid not null,
  person_id  uuid not null,
  read_at    timestamptz,
  primary key (case_id, comment_id, person_id),
  foreign key (case_id, comment_id) references cases.comment
);

create table cases.notice (
  case_id   uuid not null references cases.case,
  id        uuid not null,
  kind      text not null,
  unit_id   uuid,
  post      text,
  person_id uuid,
  at        timestamptz not null,
  read_at   timestamptz,
  primary key (case_id, id)
);
create index notice_person on cases.notice (person_id, at) where person_id is not null;
create index notice_unit on cases.notice (unit_id, at) where unit_id is not null;

grant select, insert, update, delete on all tables in schema cases to yiwang_app;
grant usage on all sequences in schema cases to yiwang_app;
