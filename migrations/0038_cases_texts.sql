-- Text messages to residents who reported without an account and left a telephone: what became of their report (an outbox),
-- and how far the ledger has been looked through for it. Neither telephones nor words stand here.
create table cases.text_message (
  case_id   uuid not null references cases.case,
  report_id uuid not null,
  position  bigint not null,
  about     text not null,
  until     timestamptz not null,
  due_at    timestamptz not null,
  tries     int not null default 0,
  done_at   timestamptz,
  primary key (case_id, report_id)
);
create index text_message_due on cases.text_message (due_at) where done_at is null;
create index text_message_done on cases.text_message (done_at) where done_at is not null;
comment on table cases.text_message is
  'The latest news of a report, told once: by the ledger''s entry at `position`, tried until `until`, sent or given up at `done_at`.';

create table cases.text_mark (
  one  boolean primary key default true check (one),
  size bigint
);
insert into cases.text_mark default values;
comment on table cases.text_mark is 'So many settled entries have been looked through for what residents are to be told; null: not begun.';

grant select, insert, update, delete on cases.text_message to yiwang_app;
grant select, update on cases.text_mark to yiwang_app;
