-- The register (一物一档): what stands on the grid, one file each; what it owes, and who looked after it when.
create schema register;
grant usage on schema register to yiwang_app;

create table register.import (
  id        uuid primary key,
  kind      text not null,
  unit_id   uuid not null references network.unit,
  source    text not null,
  sha256    text not null,
  by        uuid not null,
  at        timestamptz not null,
  rows      int not null,
  added     int not null,
  changed   int not null,
  unchanged int not null,
  bad       int not null
);
create index import_kind on register.import (kind, unit_id, at desc);

create table register.thing (
  id         uuid primary key,
  kind       text not null check (kind ~ '^[a-z][a-z_]{1,30}$'),
  code       text not null check (code <> ''),
  name       text not null check (name <> ''),
  address    text not null,
  unit_id    uuid not null references network.unit,
  grid_code  text not null references city.unit_grid,
  lon        float8 not null check (lon between -180 and 180),
  lat        float8 not null check (lat between -90 and 90),
  at         point not null generated always as (point(lon * 1e6, lat * 1e6)) stored,
  shape      text,
  datum      text not null,
  raw_x      float8 not null,
  raw_y      float8 not null,
  placed     boolean not null,
  generated  boolean not null,
  state      text not null,
  ended      boolean not null,
  version    int not null,
  attributes jsonb not null,
  text       text not null generated always as (lower(code || E'\n' || name || E'\n' || address)) stored,
  n          int not null check (n > 0),
  import_id  uuid references register.import,
  added_at   timestamptz not null,
  changed_at timestamptz not null
);
comment on table register.thing is 'A thing as it stands. `id` is UUIDv5 of kind and code, so no two share a code. `unit_id`: the neighbourhood on whose ground its grid lies. `n` counts its changes; `version` is that of its kind''s attributes.';
comment on column register.thing.placed is 'Its position was worked out (from an address or a grid), not measured there.';
comment on column register.thing.generated is 'Made up, for demonstrations and tests: no such thing stands there.';
comment on column register.thing.shape is 'GeoJSON geometry of a line or an area; null for a point.';

-- The same grams as of cases (0008): floor 3 cannot ask floor 4.
create function register.grams(text text) returns tsvector language sql immutable parallel safe cost 5000 as $$
  select array_to_tsvector(array(
    select distinct substr(run[1], i, case when run[1] ~ '^[a-z0-9]' then 16 else 2 end)
    from regexp_matches(text, '[a-z0-9]+|[^a-z0-9[:space:][:punct:]]+', 'g') as run
    cross join generate_series(1, length(run[1])) as i))
$$;
create index thing_list on register.thing (kind, code, id);
create index thing_grid on register.thing (grid_code, kind, state);
create index thing_unit on register.thing (unit_id, kind, code);
create index thing_at on register.thing using gist (at);
create index thing_words on register.thing using gin (register.grams(text));
create index thing_import on register.thing (import_id) where import_id is not null;

create table register.party (
  thing_id uuid not null references register.thing,
  role     text not null check (role in ('owner', 'keeper', 'maintainer', 'responsible', 'third_party')),
  unit_id  uuid not null references network.unit,
  primary key (thing_id, role)
);
create index party_unit on register.party (unit_id, thing_id);
comment on table register.party is 'Who has to do with it: 权属, 使用管理, 维护保养, 监管责任, 第三方.';

create table register.link (
  thing_id uuid not null references register.thing,
  role     text not null check (role ~ '^[a-z][a-z_]{0,30}$'),
  to_id    uuid not null references register.thing,
  primary key (thing_id, role, to_id),
  check (thing_id <> to_id)
);
create index link_to on register.link (to_id, role);
comment on table register.link is 'sign → shop → building: `thing_id` is `role` of `to_id`.';

create table register.document (
  thing_id uuid not null references register.thing,
  id       uuid not null,
  name     text not null,
  sha256   text not null,
  by       uuid not null,
  at       timestamptz not null,
  dropped_at timestamptz,
  primary key (thing_id, id)
);
create index document_sha on register.document (sha256);
comment on table register.document is 'Photos and papers of a thing; the bytes lie in the store under their digest.';

create table register.revision (
  thing_id  uuid not null references register.thing,
  n         int not null,
  at        timestamptz not null,
  by        uuid not null,
  import_id uuid,
  was       jsonb not null,
  is_now    jsonb not null,
  primary key (thing_id, n)
);
create index revision_at on register.revision (at);
comment on table register.revision is 'What each change changed, field by field, before and after: beside the ledger, which holds its digest, and erasable.';

create table register.tally (
  grid_code text not null,
  kind      text not null,
  state     text not null,
  things    int not null check (things > 0),
  primary key (grid_code, kind, state)
);
create table register.tally_again (grid_code text not null);
comment on table register.tally is 'How many things stand in a unit grid (register/jobs.py counts again those of tally_again).';
comment on table register.tally_again is 'Grids in which something changed, written by whoever changed it: seen once that is committed, and no sooner.';
create function register.count_again() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into register.tally_again select distinct grid_code from fresh;
  else
    insert into register.tally_again
      select grid_code from fresh f join stale s using (id, grid_code) where (f.state, f.ended) is distinct from (s.state, s.ended)
      union select unnest(array[f.grid_code, s.grid_code]) from fresh f join stale s using (id) where f.grid_code <> s.grid_code;
  end if;
  return null;
end $$;
create trigger count_added after insert on register.thing referencing new table as fresh
  for each statement execute function register.count_again();
create trigger count_changed after update on register.thing referencing new table as fresh old table as stale
  for each statement execute function register.count_again();

grant select, insert, update on register.thing, register.import to yiwang_app;
grant select, insert, update, delete on register.party, register.tally to yiwang_app;
grant select, insert, delete on register.link to yiwang_app;
grant select, insert, update on register.document, register.revision to yiwang_app;
grant select, insert, delete on register.tally_again to yiwang_app;
