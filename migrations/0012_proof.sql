-- Keys given up, heads of lower ledgers, erased photos and words, how photos look, and doubts that can be counted.
create table ledger.retirement (
  key_id    text not null references ledger.key,
  reason    text not null check (reason in ('rotated', 'compromised')),
  size      bigint not null check (size >= 0),
  at        timestamptz not null,
  by_key    text not null references ledger.key check (by_key <> key_id),
  signature bytea not null check (length(signature) = 64),
  primary key (key_id, reason)
);
comment on table ledger.retirement is 'Keys given up: what they signed counts up to `size` entries. Signed by a later key.';

create table ledger.lower_ledger (
  id     uuid primary key,
  name   text not null unique,
  public text not null,
  at     timestamptz not null
);
comment on table ledger.lower_ledger is 'Ledgers of lower levels whose heads are kept here, each with the public key it was made known by.';

create table ledger.witness (
  lower_id    uuid not null references ledger.lower_ledger,
  size        bigint not null check (size > 0),
  root        bytea not null check (length(root) = 32),
  at          timestamptz not null,
  key_id      text not null,
  note        text not null,
  received_at timestamptz not null,
  primary key (lower_id, size)
);
comment on table ledger.witness is 'Signed heads handed up by lower ledgers, each proven to continue the one before.';

create table ledger.alarm (
  lower_id    uuid not null references ledger.lower_ledger,
  size        bigint not null,
  root        bytea not null check (length(root) = 32),
  against     bigint not null,
  why         text not null,
  note        text not null,
  received_at timestamptz not null,
  primary key (lower_id, size, root, against)
);
comment on table ledger.alarm is 'Heads truly signed by a lower ledger that do not continue what it handed up before: its history was rewritten.';

grant select, insert on ledger.retirement, ledger.lower_ledger, ledger.witness, ledger.alarm to yiwang_app;
