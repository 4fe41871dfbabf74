-- Photos whose bytes were erased: the row stays, and with it the digest that the ledger holds.
alter table kit.file add column erased_at timestamptz, add column erased_in uuid, add column gone_at timestamptz;
comment on column kit.file.erased_at is 'Its bytes are to be gone since then; `erased_in` has the entry that says so; `gone_at`: they are looked for no more.';

-- then, apart
create index concurrently if not exists file_going on kit.file (erased_at) where erased_at is not null and gone_at is null;
