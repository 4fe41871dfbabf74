-- Web push: which devices may be told, what is to be told them (an outbox), and how far the ledger has been looked through.
create table network.push_subscription (
  id         uuid primary key,
  person_id  uuid not null references network.person,
  session_id uuid not null unique references network.session on delete cascade,
  endpoint   text not null unique check (length(endpoint) <= 1000),
  p256dh     text not null,
  auth       text not null,
  made_at    timestamptz not null
);
create index push_subscription_person on network.push_subscription (person_id);
comment on table network.push_subscription is 'One device, as long as its session lasts. Its keys only let us write to it.';

create table network.push (
  subscription_id uuid not null references network.push_subscription on delete cascade,
  key             uuid not null,
  payload         text not null,
  urgent          boolean not null,
  at              timestamptz not null,
  until           timestamptz not null,
  due_at          timestamptz not null,
  tries           int not null default 0,
  sent_at         timestamptz,
  primary key (subscription_id, key)
);
create index push_due on network.push (due_at) where sent_at is null;
create index push_until on network.push (until);
comment on table network.push is 'What is to be told to which device: once for each key, again until sent_at, given up at until. No personal data.';

create table network.push_mark (
  one  boolean primary key default true check (one),
  size bigint
);
insert into network.push_mark default values;
comment on table network.push_mark is 'So many settled entries have been looked through for what phones are to be told; null: not begun.';

grant select, insert, update, delete on network.push_subscription, network.push to yiwang_app;
grant select, update on network.push_mark to yiwang_app;
