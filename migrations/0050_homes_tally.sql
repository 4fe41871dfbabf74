-- How many live where, counted as the register counts its things: grids in which something changed are counted again in a moment
-- (homes/jobs.py), all of them after midnight, for people grow older.
create table homes.tally (
  grid_code   text primary key,
  day         date not null,
  homes       int not null check (homes > 0),
  let         int not null,
  empty       int not null,
  living      int not null,
  elder       int not null,
  aged        int not null,
  alone       int not null,
  alone_elder int not null,
  alone_aged  int not null,
  care        int not null
);
create index tally_day on homes.tally (day);
create table homes.tally_again (grid_code text not null);
comment on table homes.tally is 'How many homes stand in a unit grid, how many people live in them and of which groups, on `day`.';
comment on table homes.tally_again is 'Grids in which somebody moved or a home changed, written by whoever changed it: seen once that is committed, and no sooner.';

create function homes.count_homes_again() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into homes.tally_again select distinct grid_code from fresh where kind = 'home';
  else
    insert into homes.tally_again
      select unnest(array[f.grid_code, s.grid_code]) from fresh f join stale s using (id) where f.kind = 'home'
        and (f.grid_code, f.ended, f.attributes ->> 'tenure') is distinct from (s.grid_code, s.ended, s.attributes ->> 'tenure')
      group by 1;
  end if;
  return null;
end $$;
create trigger homes_added after insert on register.thing referencing new table as fresh
  for each statement execute function homes.count_homes_again();
create trigger homes_changed after update on register.thing referencing new table as fresh old table as stale
  for each statement execute function homes.count_homes_again();

create function homes.count_people_again() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into homes.tally_again select distinct t.grid_code from fresh f join register.thing t on t.id = f.home_id;
  else
    insert into homes.tally_again select distinct t.grid_code from fresh f join stale s using (id)
      join register.thing t on t.id = f.home_id where (f.until, f.born, f.care) is distinct from (s.until, s.born, s.care);
  end if;
  return null;
end $$;
create trigger people_added after insert on homes.resident referencing new table as fresh
  for each statement execute function homes.count_people_again();
create trigger people_changed after update on homes.resident referencing new table as fresh old table as stale
  for each statement execute function homes.count_people_again();

grant select, insert, delete on homes.tally, homes.tally_again to yiwang_app;
-- then
insert into homes.tally_again select distinct grid_code from register.thing where kind = 'home';
