-- Large files of things (docs/decisions/2026-11-29-import.md): what a foreign key asks of each row by itself is asked of all rows of a
-- statement at once, and the words are indexed behind, a few seconds later.
alter table register.thing drop constraint thing_unit_id_fkey, drop constraint thing_grid_code_fkey, drop constraint thing_import_id_fkey;
alter table register.obligation drop constraint obligation_thing_id_fkey, drop constraint obligation_rule_id_fkey, drop constraint obligation_unit_id_fkey;

create function register.demand_there() returns trigger language plpgsql as $$
declare
  stray text;
begin
  for i in 0 .. tg_nargs - 1 by 3 loop
    execute format('select f.%1$I::text from fresh f where f.%1$I is not null and not exists (select from %2$s r where r.%3$I = f.%1$I) limit 1',
      tg_argv[i], tg_argv[i + 1], tg_argv[i + 2]) into stray;
    if stray is not null then
      raise foreign_key_violation using message = format('%s.%s: %s has no %s', tg_table_name, tg_argv[i], tg_argv[i + 1], stray);
    end if;
  end loop;
  return null;
end $$;
comment on function register.demand_there is 'Foreign keys of all rows that a statement adds, at once: (column, table, its key) each.';
create function register.demand_there_still() returns trigger language plpgsql as $$
declare
  there bool;
begin
  for i in 0 .. tg_nargs - 1 by 3 loop
    execute format('select ($1).%1$I is null or exists (select from %2$s r where r.%3$I = ($1).%1$I)', tg_argv[i], tg_argv[i + 1], tg_argv[i + 2])
      into there using new;
    if not there then
      raise foreign_key_violation using message = format('%s.%s: %s has no such row', tg_table_name, tg_argv[i], tg_argv[i + 1]);
    end if;
  end loop;
  return null;
end $$;
create function register.demand_unused() returns trigger language plpgsql as $$
declare
  used bool;
begin
  for i in 0 .. tg_nargs - 1 by 3 loop
    execute format('select exists (select from %2$s r where r.%3$I = ($1).%1$I)', tg_argv[i], tg_argv[i + 1], tg_argv[i + 2])
      into used using old;
    if used then
      raise foreign_key_violation using message = format('%s is used by %s', tg_table_name, tg_argv[i + 1]);
    end if;
  end loop;
  return old;
end $$;
create trigger there_added after insert on register.thing referencing new table as fresh for each statement
  execute function register.demand_there('unit_id', 'network.unit', 'id', 'grid_code', 'city.unit_grid', 'code', 'import_id', 'register.import', 'id');
create trigger there_changed after update on register.thing for each row
  when ((old.unit_id, old.grid_code, old.import_id) is distinct from (new.unit_id, new.grid_code, new.import_id))
  execute function register.demand_there_still('unit_id', 'network.unit', 'id', 'grid_code', 'city.unit_grid', 'code', 'import_id', 'register.import', 'id');
create trigger there_added after insert on register.obligation referencing new table as fresh for each statement
  execute function register.demand_there('unit_id', 'network.unit', 'id', 'rule_id', 'register.rule', 'id', 'thing_id', 'register.thing', 'id');
create trigger there_changed after update on register.obligation for each row
  when ((old.unit_id, old.rule_id, old.thing_id) is distinct from (new.unit_id, new.rule_id, new.thing_id))
  execute function register.demand_there_still('unit_id', 'network.unit', 'id', 'rule_id', 'register.rule', 'id', 'thing_id', 'register.thing', 'id');
create trigger register_uses before delete on network.unit for each row
  execute function register.demand_unused('id', 'register.thing', 'unit_id', 'id', 'register.obligation', 'unit_id');
create trigger register_uses before delete on city.unit_grid for each row
  execute function register.demand_unused('code', 'register.thing', 'grid_code');

drop index register.thing_words, register.thing_import, register.obligation_rule;
create table register.words (
  thing_id uuid primary key,
  grams    tsvector not null
);
create index words_grams on register.words using gin (grams);
create table register.words_again (thing_id uuid not null);
comment on table register.words is 'What each thing is found by: the grams of its code, name and address (register/jobs.py brings it up to words_again).';
comment on table register.words_again is 'Things whose words are not yet in the index, written by whoever added or changed them; a search does without the index meanwhile.';
create function register.index_again() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into register.words_again select id from fresh;
  else
    insert into register.words_again select f.id from fresh f join stale s using (id) where f.text <> s.text;
  end if;
  return null;
end $$;
create trigger words_added after insert on register.thing referencing new table as fresh
  for each statement execute function register.index_again();
create trigger words_changed after update on register.thing referencing new table as fresh old table as stale
  for each statement execute function register.index_again();
grant select, insert, update on register.words to yiwang_app;
grant select, insert, update, delete on register.words_again to yiwang_app;

-- then
insert into register.words_again select id from register.thing;
