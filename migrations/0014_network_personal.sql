-- Personal data sealed by a key outside the database: people's telephones and reporters' contacts; who has seen them in clear.
-- Nothing forbids yet what the first release writes in clear: while servers of both run it goes on, and is sealed hourly.
alter table network.person add column sealed bytea;
alter table network.person add constraint person_erased check (erased_at is null or sealed is null) not valid;
comment on column network.person.sealed is 'Phone and WeCom, sealed (src/yiwang/kit/secret.py). The columns phone and wecom are of the first release, and empty.';

alter table cases.contact add column sealed bytea;
alter table cases.contact alter column name drop not null, alter column phone drop not null, alter column salt drop not null;
alter table cases.contact add constraint contact_erased check (erased_at is null or sealed is null) not valid;
comment on column cases.contact.sealed is 'Name, phone and the salt of the ledger''s digest, sealed. The columns name, phone and salt are of the first release, and empty.';

create table network.unmasking (
  id         uuid primary key,
  at         timestamptz not null,
  by         uuid not null,
  post       text not null,
  unit_id    uuid references network.unit,
  what       text not null check (what in ('contact', 'person')),
  subject_id uuid not null,
  part_id    uuid,
  reason     text not null,
  words      text not null
);
create index unmasking_by on network.unmasking (by, id);
create index unmasking_unit on network.unmasking (unit_id, id);
comment on table network.unmasking is
  'Every reading of personal data in clear: by whom, whose, why. Only ever added to; the ledger has the same under the same id.';

grant select, insert on network.unmasking to yiwang_app;
