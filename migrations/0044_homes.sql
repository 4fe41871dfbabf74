-- 以房管人: who lives in which home. Homes and buildings are things of the register; what a person is stands here, sealed.
create schema homes;
grant usage on schema homes to yiwang_app;

create table homes.resident (
  id         uuid primary key,
  home_id    uuid not null references register.thing,
  sealed     bytea,
  born       date,
  sex        text check (sex in ('male', 'female')),
  relation   text not null check (relation in ('owner', 'tenant', 'family', 'other')),
  care       boolean not null,
  since      date not null,
  until      date,
  generated  boolean not null,
  n          int not null check (n > 0),
  added_at   timestamptz not null,
  changed_at timestamptz not null,
  erased_at  timestamptz,
  erased_why text,
  check (until >= since),
  constraint resident_sealed check ((erased_at is null) = (sealed is not null)),
  check (erased_at is not null or born is not null),
  constraint resident_erased check (erased_at is null or (born is null and sex is null and not care and until is not null and erased_why is not null))
);
create index resident_home on homes.resident (home_id);
create index resident_living on homes.resident (home_id, born) where until is null;
create index resident_left on homes.resident (until) where until is not null and erased_at is null;
comment on table homes.resident is 'Who lives or lived in a home: `until` null, they live there. Erased at their wish or when long gone (homes/jobs.py); the row says when and why.';
comment on column homes.resident.sealed is 'Name, ID number, telephone and the salt of the ledger''s digests, sealed (kit/secret.py).';
comment on column homes.resident.born is 'In clear, with `sex`: people are counted by age. No name stands beside it; ages are worked out, never stored.';

-- A home's code begins with its building's: the link follows from the code, whichever of the two is entered first, by form or by file.
create function homes.link_in() returns trigger language plpgsql as $$
begin
  insert into register.link (thing_id, role, to_id)
    select h.id, 'in', b.id from fresh h join register.thing b
      on b.kind = 'building' and b.code = regexp_replace(h.code, '-[^-]+-[^-]+$', '') where h.kind = 'home'
    union
    select h.id, 'in', b.id from fresh b join register.thing h
      on h.kind = 'home' and h.code > b.code || '-' and h.code < b.code || '.' where b.kind = 'building'
    on conflict do nothing;
  return null;
end $$;
create trigger homes_link_in after insert on register.thing referencing new table as fresh
  for each statement execute function homes.link_in();

alter table network.unmasking drop constraint unmasking_what_check;
alter table network.unmasking add constraint unmasking_what_check
  check (what in ('contact', 'person', 'trail', 'resident')) not valid;

grant select, insert, update on homes.resident to yiwang_app;
