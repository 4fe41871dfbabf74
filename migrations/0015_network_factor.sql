-- Second factors: one-time codes and security keys, recovery codes, and when a session last showed one.
alter table network.session add column proven_at timestamptz;
comment on column network.session.proven_at is 'When a second factor was last shown in this session; infinity in a demo session, whose person has none.';

create table network.factor (
  id           uuid primary key,
  person_id    uuid not null references network.person,
  kind         text not null check (kind in ('totp', 'webauthn')),
  name         text not null,
  sealed       bytea,
  last_step    bigint not null default 0,
  credential   bytea unique,
  public_key   bytea,
  sign_count   bigint not null default 0,
  added_at     timestamptz not null default now(),
  confirmed_at timestamptz,
  used_at      timestamptz,
  check ((kind = 'totp') = (sealed is not null)),
  check ((kind = 'webauthn') = (credential is not null and public_key is not null))
);
create index factor_person on network.factor (person_id);
comment on table network.factor is 'sealed: the secret of one-time codes, under the keys of personal data. last_step: the last code''s time step, so that none counts twice.';

create table network.recovery_code (
  person_id uuid not null references network.person,
  hash      bytea not null check (length(hash) = 32),
  used_at   timestamptz,
  primary key (person_id, hash)
);
comment on table network.recovery_code is 'SHA-256 of codes of 80 random bits, each good once.';

create table network.ticket (
  hash       bytea primary key check (length(hash) = 32),
  person_id  uuid not null references network.person,
  session_id uuid references network.session on delete cascade,
  challenge  bytea not null,
  made_at    timestamptz not null default now(),
  ends_at    timestamptz not null
);
comment on table network.ticket is 'Between the password and the second factor, and between asking for a security key''s answer and getting it: a few minutes, used once.';

alter table network.sign_in_log drop constraint sign_in_log_outcome_check;
alter table network.sign_in_log add constraint sign_in_log_outcome_check check (outcome in
  ('signed_in', 'refused', 'locked', 'signed_out', 'demo', 'password_right', 'factor_refused', 'factor_shown', 'recovery_used')) not valid;

grant select, insert, update, delete on network.factor, network.recovery_code, network.ticket to yiwang_app;
