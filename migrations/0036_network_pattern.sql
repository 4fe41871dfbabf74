-- The weekly pattern of a unit's roster as it was planned, so that it can be looked at, changed, exported and planned on.
-- Until now only the duties that came of it were kept.
create table network.pattern (
  id       uuid primary key,
  unit_id  uuid not null references network.unit,
  n        int not null,
  shift    text not null check (shift in ('day', 'night', 'holiday')),
  post_ids uuid[] not null check (post_ids <> '{}'),
  weekdays smallint[] not null check (weekdays <@ '{1,2,3,4,5,6,7}'),
  at_once  int check (at_once >= 1)
);
create index pattern_unit on network.pattern (unit_id, n);
comment on table network.pattern is 'Lines of weekly patterns of duty, in order; a plan takes the place of the lines of the posts it names.';
grant select, insert, delete on network.pattern to yiwang_app;
