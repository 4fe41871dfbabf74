-- The append-only ledger. The application may add and read here, nothing else.
create schema ledger;
grant usage on schema ledger to yiwang_app;

create table ledger.entry (
  subject_kind text not null,
  subject_id   uuid not null,
  n            int not null check (n > 0),
  event        text not null,
  version      int not null,
  actor        uuid not null,
  post         text not null,
  at           timestamptz not null,
  body         text not null,
  prev         bytea not null check (length(prev) = 32),
  hash         bytea not null check (length(hash) = 32),
  tx           xid8 not null default pg_current_xact_id(),
  primary key (subject_id, n)
);
create index entry_tx on ledger.entry (tx);
comment on table ledger.entry is 'One chain per subject: prev is the hash of entry n-1.';
grant select, insert on ledger.entry to yiwang_app;
