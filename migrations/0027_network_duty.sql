-- Who is really on duty (上岗), and where they are while they are. Positions are kept for a day, out of the ledger.
create table network.attendance (
  id        uuid primary key,
  person_id uuid not null references network.person,
  post_id   uuid not null references network.post,
  since     timestamptz not null,
  ends_by   timestamptz not null check (ends_by > since),
  until     timestamptz check (until >= since)
);
create unique index attendance_open on network.attendance (person_id) where until is null;
create index attendance_person on network.attendance (person_id, since);
comment on table network.attendance is 'Who came on duty and went off again; ends_by: when it ends by itself, should they forget.';

create table network.whereabouts (
  person_id  uuid primary key references network.person,
  at         timestamptz not null,
  lon        float8 not null,
  lat        float8 not null,
  accuracy_m float8
);
comment on table network.whereabouts is 'Where somebody on duty was last (WGS-84). Gone once they are off duty.';

create table network.trail (
  person_id  uuid not null references network.person,
  id         uuid not null,
  at         timestamptz not null,
  lon        float8 not null,
  lat        float8 not null,
  accuracy_m float8,
  primary key (person_id, id)
);
create index trail_at on network.trail (at);
comment on table network.trail is 'Positions while on duty, by the phone''s own ids; deleted after 24 hours (network/jobs.py).';

alter table network.unmasking drop constraint unmasking_what_check;
alter table network.unmasking add constraint unmasking_what_check check (what in ('contact', 'person', 'trail')) not valid;

grant select, insert, update on network.attendance to yiwang_app;
grant select, insert, update, delete on network.whereabouts, network.trail to yiwang_app;
