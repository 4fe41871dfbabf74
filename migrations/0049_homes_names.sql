-- Residents by their name: names are sealed, so beside each stands its keyed digest (homes/store.py), which is equal for equal names and says
-- nothing to whoever has the database alone. It goes with the name when somebody is erased.
alter table homes.resident add column name_mark bytea;
alter table homes.resident add constraint resident_marked check ((name_mark is null) = (sealed is null)) not valid;
comment on column homes.resident.name_mark is 'HMAC of the name (kit/secret.py), for asking by a whole name; null once erased. Residents of before get theirs at the start.';

alter table network.unmasking drop constraint unmasking_what_check;
alter table network.unmasking add constraint unmasking_what_check
  check (what in ('contact', 'person', 'trail', 'resident', 'search')) not valid;

-- then, apart
create index concurrently if not exists resident_name on homes.resident (name_mark) where until is null;
