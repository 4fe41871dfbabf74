-- Roles, extensions and what every floor above needs: commands, timers, parked reactions, files.
do $$ begin
  if not exists (select from pg_roles where rolname = 'yiwang_app') then create role yiwang_app nologin; end if;
  execute format('grant yiwang_app to %I', current_user);
end $$;
create extension if not exists ltree;
create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create extension if not exists cube;
create extension if not exists earthdistance;

grant usage on schema kit to yiwang_app;
grant select on kit.migration to yiwang_app;

create table kit.command (
  actor   uuid not null,
  id      uuid not null,
  digest  bytea not null,
  at      timestamptz not null,
  reply   bytea,
  primary key (actor, id)
);
create index command_at on kit.command (at);
comment on table kit.command is 'Commands already done, with the answer given: sent twice, done once, same answer.';

create table kit.timer (
  subject_id uuid not null,
  kind       text not null,
  key        text not null,
  due_at     timestamptz not null,
  data       jsonb not null default '{}',
  attempts   int not null default 0,
  primary key (subject_id, kind, key)
);
create index timer_due on kit.timer (due_at);
comment on table kit.timer is 'What must happen at an instant; a sweep takes what is due.';

create table kit.parked (
  id          uuid primary key,
  reaction    text not null,
  subject_id  uuid not null,
  n           int,
  data        jsonb not null default '{}',
  error       text not null,
  attempts    int not null default 1,
  at          timestamptz not null,
  next_at     timestamptz not null,
  done_at     timestamptz
);
create index parked_open on kit.parked (next_at) where done_at is null;
comment on table kit.parked is 'Consequences that failed: kept, retried, shown to operators. n is the ledger entry that caused it.';

create table kit.file (
  sha256   text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  type     text not null,
  size     bigint not null check (size > 0),
  width    int,
  height   int,
  taken_at timestamptz,
  lon      float8,
  lat      float8,
  by       uuid not null,
  at       timestamptz not null
);
comment on table kit.file is 'Photos and files in the object store, named by their SHA-256; time and place as their EXIF says.';

grant select, insert, update, delete on kit.command, kit.timer, kit.parked, kit.file to yiwang_app;
