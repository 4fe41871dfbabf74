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

-- What is settled: one gapless order over all chains, a Merkle tree over it, and signed heads of that tree.
create table ledger.origin (
  one  bool primary key default true check (one),
  name text not null,
  hash text not null check (hash in ('sha256', 'sm3')),
  at   timestamptz not null
);
comment on table ledger.origin is 'What this ledger is called and how it hashes: fixed when it is opened, for ever.';

create table ledger.leaf (
  position   bigint primary key check (position >= 0),
  subject_id uuid not null,
  n          int not null,
  hash       bytea not null check (length(hash) = 32),
  unique (subject_id, n)
);
comment on table ledger.leaf is 'The settled order: 0, 1, 2 … without gaps. Cursor of the feed and leaf index of the tree.';

create table ledger.node (
  level smallint not null check (level > 0),
  idx   bigint not null check (idx >= 0),
  hash  bytea not null check (length(hash) = 32),
  primary key (level, idx)
);
comment on table ledger.node is 'Complete subtrees of the RFC 9162 tree: over leaves idx·2^level … (idx+1)·2^level − 1.';

create table ledger.key (
  key_id      text primary key check (key_id ~ '^[0-9a-f]{64}$'),
  public      text not null,
  at          timestamptz not null,
  endorsed_by text references ledger.key (key_id),
  endorsement bytea,
  check ((endorsed_by is null) = (endorsement is null))
);
comment on table ledger.key is 'Public keys that heads are signed with; each later one signed for by an earlier one.';

create table ledger.head (
  size      bigint primary key check (size > previous),
  root      bytea not null check (length(root) = 32),
  at        timestamptz not null,
  previous  bigint not null unique check (previous >= 0),
  key_id    text not null references ledger.key (key_id),
  signature bytea not null check (length(signature) = 64)
);
comment on table ledger.head is 'Signed heads of the tree; `previous` is the size of the head before.';

create table ledger.cluster (
  number         int primary key,
  system_id      bigint not null,
  first_position bigint not null,
  since          xid8 not null,
  at             timestamptz not null
);
comment on table ledger.cluster is 'The PostgreSQL clusters this ledger has lived in: transaction ids mean something only within one.';

grant select, insert on ledger.origin, ledger.leaf, ledger.node, ledger.key, ledger.head, ledger.cluster to yiwang_app;
