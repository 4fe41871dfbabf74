-- To whom: the responsibility lists (权责清单), one per unit that keeps one, every version kept.
create schema dispatch;
grant usage on schema dispatch to yiwang_app;

create table dispatch.list (
  id      uuid primary key,
  unit_id uuid not null unique references network.unit,
  version int not null check (version >= 0),
  digest  text not null
);
comment on table dispatch.list is 'Whose list it is, and its version in force (0: none yet) with the digest of what that says.';

create table dispatch.version (
  list_id uuid not null references dispatch.list,
  version int not null check (version > 0),
  at      timestamptz not null,
  by      uuid not null,
  source  text not null,
  digest  text not null,
  rows    int not null,
  bad     int not null,
  primary key (list_id, version)
);

create table dispatch.line (
  id         uuid primary key,
  list_id    uuid not null,
  version    int not null,
  n          int not null check (n > 0),
  span       text not null check (span in ('code', 'major', 'field', 'all')),
  scheme     text,
  kind       text check (kind in ('component', 'matter')),
  code       text,
  name       text not null,
  key        text not null generated always as (case span when 'all' then 'all' when 'field' then 'field|' || code
               else span || '|' || scheme || '|' || coalesce(kind, '') || '|' || code end) stored,
  area_id    uuid not null references network.unit,
  hours      text not null check (hours in ('always', 'work', 'off')),
  lead_id    uuid not null references network.unit,
  assist_ids uuid[] not null default '{}',
  basis      text not null,
  valid_from date,
  valid_to   date check (valid_to > valid_from),
  current    boolean not null,
  unique (list_id, version, n),
  foreign key (list_id, version) references dispatch.version,
  check ((span = 'all') = (code is null) and (span in ('code', 'major')) = (scheme is not null)),
  check (kind is null or span in ('code', 'major'))
);
create index line_current on dispatch.line (area_id, key) where current;
comment on column dispatch.line.current is 'Of the version in force: what the recommendation looks at; old versions stay for reading.';
comment on column dispatch.line.valid_to is 'The first day on which it no longer holds.';

grant select, insert, update on dispatch.list, dispatch.line to yiwang_app;
grant select, insert on dispatch.version to yiwang_app;
