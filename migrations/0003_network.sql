-- Who: one tree of units, people and the posts they hold, duty, and sign-in.
create schema network;
grant usage on schema network to yiwang_app;

-- ── units ──────────────────────────────────────────────────────────────────────────────────────────────────────────
create table network.unit (
  id           uuid primary key,
  code         text not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
  name         text not null check (name <> ''),
  short_name   text not null check (short_name <> ''),
  kind         text not null check (kind in ('city', 'district', 'street', 'town', 'zone', 'neighbourhood', 'village',
                 'grid_station', 'department', 'agency', 'third_party', 'other')),
  parent_id    uuid references network.unit,
  label        ltree not null generated always as (text2ltree(regexp_replace(code, '[^A-Za-z0-9_]', '_', 'g'))) stored,
  path         ltree not null,
  level        smallint not null check (level between 1 and 5),
  functional   boolean not null default false,
  area_code    text not null,
  valid_from   timestamptz not null,
  valid_to     timestamptz check (valid_to >= valid_from),
  successor_id uuid references network.unit,
  check (id <> parent_id),
  check ((successor_id is null) or (valid_to is not null))
);
create unique index unit_code on network.unit (code) where valid_to is null;
create unique index unit_label on network.unit (parent_id, label) where valid_to is null;
create index unit_parent on network.unit (parent_id);
create index unit_path on network.unit using gist (path);
create index unit_name on network.unit using gin (name gin_trgm_ops);
create index unit_successor on network.unit (successor_id) where successor_id is not null;
comment on table network.unit is
  'One tree. A merged unit stays as a closed child of its successor, so whatever still points to it lies within that.';

create table network.unit_past (
  unit_id    uuid not null references network.unit,
  until      timestamptz not null,
  since      timestamptz not null,
  why        text not null check (why in ('rename', 'move', 'merge', 'load')),
  name       text not null,
  short_name text not null,
  parent_id  uuid references network.unit,
  path       ltree not null,
  n          smallint not null,
  primary key (unit_id, n)
);
comment on table network.unit_past is 'What a unit was called and where it stood, until when; paths above it are read through parent_id.';

create function network.repath(path ltree, old ltree, new ltree) returns ltree language sql immutable strict as $$
  select case when not path <@ old then path when path = old then new else new || subpath(path, nlevel(old)) end
$$;
comment on function network.repath is 'A kept copy of a path, after the unit at `old` came to stand at `new`.';

create view network.unit_now as
  select x.id, u.id as unit_id, u.code, u.name, u.path, u.level
  from network.unit x join network.unit u on u.id = coalesce(x.successor_id, x.id);
comment on view network.unit_now is 'Any unit that ever was, and the one that stands for it now.';

-- ── people and posts ───────────────────────────────────────────────────────────────────────────────────────────────
create table network.person (
  id        uuid primary key,
  login     text,
  name      text not null,
  phone     text,
  wecom     text,
  added_at  timestamptz not null,
  erased_at timestamptz,
  check (erased_at is null or (login is null and phone is null and wecom is null))
);
create unique index person_login on network.person (lower(login));
create index person_name on network.person using gin (name gin_trgm_ops);
comment on table network.person is 'Personal data stands here and nowhere else, so that it can be erased: the ledger holds only the id.';

create table network.post (
  id                uuid primary key,
  person_id         uuid not null references network.person,
  kind              text not null,
  unit_id           uuid not null references network.unit,
  grids             uuid[] not null default '{}',
  since             timestamptz not null,
  until             timestamptz check (until >= since),
  needs_certificate boolean not null default false
);
create index post_person on network.post (person_id);
create index post_unit on network.post (unit_id);
comment on column network.post.needs_certificate is
  'Opened to a coordinator by training (N2): counts only while the person has a valid certificate for this kind.';

create table network.certificate (
  id         uuid primary key,
  person_id  uuid not null references network.person,
  kind       text not null,
  issued_at  timestamptz not null,
  expires_at timestamptz not null check (expires_at > issued_at),
  revoked_at timestamptz,
  by         uuid not null
);
create index certificate_person on network.certificate (person_id, kind);

-- ── duty ───────────────────────────────────────────────────────────────────────────────────────────────────────────
create table network.shift (
  unit_id  uuid not null references network.unit,
  kind     text not null check (kind in ('day', 'night', 'holiday')),
  starts   time not null,
  ends     time not null,
  primary key (unit_id, kind)
);
comment on table network.shift is 'Shift templates in local time, for the unit and all below it; ends <= starts means the next day.';

create table network.duty (
  id      uuid primary key,
  post_id uuid not null references network.post,
  since   timestamptz not null,
  until   timestamptz not null check (until > since),
  shift   text not null check (shift in ('day', 'night', 'holiday', 'single')),
  grids   uuid[] not null default '{}',
  reach   text[] not null default '{phone,wecom}' check (reach <@ '{phone,wecom}'),
  planned boolean not null default false,
  exclude using gist (post_id with =, tstzrange(since, until) with &&)
);
create index duty_post on network.duty (post_id, until);

-- ── sign-in ────────────────────────────────────────────────────────────────────────────────────────────────────────
create table network.password (
  person_id  uuid primary key references network.person,
  hash       text not null,
  changed_at timestamptz not null
);

create table network.session (
  id         uuid primary key,
  hash       bytea not null unique check (length(hash) = 32),
  person_id  uuid not null references network.person,
  device     text not null,
  address    text not null,
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  expires_at timestamptz not null,
  ends_at    timestamptz not null,
  revoked_at timestamptz
);
create index session_person on network.session (person_id) where revoked_at is null;
create index session_ends on network.session (ends_at);
comment on table network.session is 'Only the SHA-256 of the cookie''s token is kept. Times are the real ones, whatever clock the day is played on.';

create table network.token (
  id           uuid primary key,
  hash         bytea not null unique check (length(hash) = 32),
  person_id    uuid not null references network.person,
  name         text not null,
  acts         text[] not null,
  unit_id      uuid references network.unit,
  created_at   timestamptz not null default now(),
  created_by   uuid not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  check (cardinality(acts) > 0)
);
create index token_person on network.token (person_id);

create table network.sign_in_guard (
  key          bytea primary key,
  tries        int not null,
  at           timestamptz not null,
  locked_until timestamptz,
  allowed      boolean not null default true
);
comment on table network.sign_in_guard is 'Tries per account and per address (keys are digests): outlives a restart, the same for names that do not exist.';

create table network.sign_in_log (
  id        uuid primary key,
  at        timestamptz not null default now(),
  person_id uuid references network.person,
  outcome   text not null check (outcome in ('signed_in', 'refused', 'locked', 'signed_out', 'demo')),
  address   text not null,
  device    text not null
);
create index sign_in_log_person on network.sign_in_log (person_id, id);

create table network.policy (
  one           boolean primary key default true check (one),
  idle_minutes  int not null default 480 check (idle_minutes between 5 and 10080),
  session_hours int not null default 168 check (session_hours between 1 and 2160),
  free_tries    int not null default 5 check (free_tries between 3 and 20),
  lock_seconds  int not null default 30 check (lock_seconds between 1 and 3600),
  address_tries int not null default 60 check (address_tries between 5 and 10000)
);
insert into network.policy default values;
comment on table network.policy is 'Sign-in policy, set by the security administrator. address_tries: per address in five minutes.';

grant select, insert, update, delete on all tables in schema network to yiwang_app;
revoke insert, delete on network.policy from yiwang_app;
revoke update on network.sign_in_log from yiwang_app;
revoke update, delete on network.unit_past from yiwang_app;
revoke delete on network.unit, network.post, network.person, network.certificate from yiwang_app;
