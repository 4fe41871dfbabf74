-- Where: unit grids, duty grids, outlines, roads; and the components that stand on the grids.
create schema city;
grant usage on schema city to yiwang_app;

-- Shapes are native polygons in MICRO-DEGREES (WGS-84 lon × 10⁶, lat × 10⁶, integers, about 0.1 m). PostgreSQL compares
-- geometry with an absolute tolerance of 10⁻⁶, and a cross product of degrees is that small 100 m away from an edge:
-- in degrees `polygon @> point` calls points of the next street "on the border". In micro-degrees it is exact.

create table city.area (
  unit_code text not null,
  part      smallint not null default 1,
  level     smallint not null check (level in (2, 3)),
  unit_id   uuid not null references network.unit,
  shape     polygon not null,
  bbox      box not null generated always as (box(shape)) stored,
  primary key (unit_code, part)
);
create index area_bbox on city.area using gist (bbox);
comment on table city.area is 'Outlines of streets (3) and districts (2) where known; a unit of several pieces has several parts. Micro-degrees.';

create table city.duty_grid (
  id          uuid primary key,
  code        text not null unique,
  name        text not null check (name <> ''),
  street_code text not null,
  street_id   uuid not null references network.unit,
  valid_from  timestamptz not null,
  valid_to    timestamptz check (valid_to >= valid_from)
);
create index duty_grid_street on city.duty_grid (street_code);
comment on table city.duty_grid is '责任网格: a group of unit grids of one street, walked by its inspectors.';

create table city.unit_grid (
  code           text primary key check (code ~ '^[0-9]{15}$'),
  community_code text not null generated always as (left(code, 12)) stored,
  street_code    text not null generated always as (left(code, 9)) stored,
  district_code  text not null generated always as (left(code, 6)) stored,
  community_id   uuid not null references network.unit,
  duty_grid_id   uuid not null references city.duty_grid,
  area_m2        int not null check (area_m2 > 0),
  shape          polygon not null,
  bbox           box not null generated always as (box(shape)) stored,
  valid_from     timestamptz not null,
  valid_to       timestamptz check (valid_to >= valid_from)
);
create index unit_grid_bbox on city.unit_grid using gist (bbox) where valid_to is null;
create index unit_grid_street on city.unit_grid (street_code) where valid_to is null;
create index unit_grid_duty on city.unit_grid (duty_grid_id);
comment on table city.unit_grid is '单元网格. Code: 6 district + 3 street + 3 community + 3 sequence. Micro-degrees.';

create table city.road (
  district_code text not null,
  n             int not null,
  name          text,
  class         text not null,
  line          path not null,
  bbox          box not null,
  primary key (district_code, n)
);
create index road_bbox on city.road using gist (bbox);
comment on table city.road is 'Road lines for the map and for saying where a point is. Micro-degrees.';

create table city.component_import (
  id        uuid primary key,
  source    text not null,
  sha256    text not null,
  unit_code text not null,
  by        uuid not null,
  at        timestamptz not null,
  rows      int not null,
  added     int not null,
  changed   int not null,
  unchanged int not null,
  bad       int not null
);
create index component_import_at on city.component_import (unit_code, at);

create table city.component (
  code            text primary key check (code ~ '^[0-9]{16,17}$'),
  scheme          text not null,
  type_code       text not null check (type_code ~ '^([0-9]{5}|[0-9]{2}-[0-9]{2})$'),
  name            text not null check (name <> ''),
  keeper_code     text,
  keeper_name     text,
  owner_code      text,
  owner_name      text,
  maintainer_code text,
  maintainer_name text,
  grid_code       text not null references city.unit_grid,
  state           text not null check (state in ('完好', '破损', '丢失', '废弃', '移除')),
  lon             float8 not null check (lon between -180 and 180),
  lat             float8 not null check (lat between -90 and 90),
  at              point not null generated always as (point(lon * 1e6, lat * 1e6)) stored,
  raw_x           float8 not null,
  raw_y           float8 not null,
  datum           text not null,
  accuracy        text check (accuracy in ('A', 'B', 'C')),
  first_on        date,
  changed_on      date,
  source          text,
  note            text,
  import_id       uuid not null references city.component_import,
  added_at        timestamptz not null,
  updated_at      timestamptz not null
);
create index component_at on city.component using gist (at);
create index component_grid on city.component (grid_code, code);
create index component_type on city.component (type_code, code);
create index component_import_of on city.component (import_id);
comment on table city.component is
  'Table 2 of GB/T 47678.5: street and community (its last four fields) follow from grid_code. Raw coordinates are kept.';

grant select, insert, update, delete on all tables in schema city to yiwang_app;
