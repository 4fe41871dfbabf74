-- Cases at a city's size: who may see which, and what was found, each beside the case, so that lists, search and counts
-- stay quick at a million cases. Both are kept by the database itself, in the transaction of the act, whoever writes.

-- ── who may see which ──────────────────────────────────────────────────────────────────────────────────────────────
create table cases.sight (
  who         uuid not null,
  reported_at timestamptz not null,
  case_id     uuid not null references cases.case,
  open        boolean not null,
  primary key (case_id, who)
);
create index sight_who on cases.sight (who, reported_at desc, case_id desc);
create index sight_open on cases.sight (who) where open;
alter table cases.sight alter who set statistics 1000;
comment on table cases.sight is
  'Who may see a case: the units it lies in or that have it in hand, with all above them, and its people. The rule is `seen_by`.';

create function cases.is_open(step text) returns boolean language sql immutable parallel safe as $$
  select step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified')
$$;

create function cases.units_above(start uuid) returns setof uuid language sql stable as $$
  with recursive up as (
    select id, parent_id from network.unit where id = start
    union all
    select p.id, p.parent_id from up join network.unit p on p.id = up.parent_id)
  select id from up
$$;

create function cases.seen_by(id uuid) returns setof uuid language sql stable as $$
  select cases.units_above(c.area_id) from cases.case c where c.id = $1
  union
  select cases.units_above(o.unit_id) from cases.orders o where o.case_id = $1 and o.state <> 'recalled'
  union
  select p from cases.case c cross join unnest(array[c.reporter_id, c.checker_id, c.commander_id]) p
  where c.id = $1 and p is not null
$$;
comment on function cases.seen_by is 'The same rule as `visible` in cases/queries.py: for a viewer holding units W, sight is seen_by ∩ W.';

create function cases.resight(ids uuid[]) returns void language sql as $$
  with want as materialized (
    select i.id, w.who from unnest(ids) as i(id) cross join lateral cases.seen_by(i.id) as w(who)),
  gone as (
    delete from cases.sight s where s.case_id = any(ids)
      and not exists (select from want w where w.id = s.case_id and w.who = s.who))
  insert into cases.sight (who, reported_at, case_id, open)
  select w.who, c.reported_at, c.id, cases.is_open(c.step) from want w join cases.case c on c.id = w.id
  on conflict (case_id, who) do update set open = excluded.open where sight.open <> excluded.open
$$;

-- Held, shared, by whoever writes sights; a unit that moves holds it alone (network: TREE_LOCK), so that no case is
-- written below a path that is just going away. Before any row of a unit is locked, or the two could wait for each other.
create function cases.hold_tree() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7908);
  return null;
end $$;
create trigger hold_tree before insert on cases.case for each statement execute function cases.hold_tree();
create trigger hold_tree before insert on cases.orders for each statement execute function cases.hold_tree();

create function cases.sight_new_orders() returns trigger language plpgsql as $$
begin
  insert into cases.sight (who, reported_at, case_id, open)
  select distinct cases.units_above(o.unit_id), c.reported_at, c.id, cases.is_open(c.step)
  from fresh o join cases.case c on c.id = o.case_id where o.state <> 'recalled'
  on conflict do nothing;
  return null;
end $$;
create trigger sight after insert on cases.orders referencing new table as fresh
  for each statement execute function cases.sight_new_orders();

create function cases.sight_changed_order() returns trigger language plpgsql as $$
begin
  perform cases.resight(array[new.case_id]);
  return null;
end $$;
create trigger sight_again after update on cases.orders for each row
  when ((old.state = 'recalled') is distinct from (new.state = 'recalled') or old.unit_id <> new.unit_id)
  execute function cases.sight_changed_order();

create function cases.sight_changed_case() returns trigger language plpgsql as $$
begin
  perform cases.resight(array[new.id]);
  return null;
end $$;
create trigger sight_again after update on cases.case for each row
  when (old.area_id <> new.area_id
        or (old.reporter_id, old.checker_id, old.commander_id) is distinct from (new.reporter_id, new.checker_id, new.commander_id))
  execute function cases.sight_changed_case();

create function cases.sight_ended_case() returns trigger language plpgsql as $$
begin
  update cases.sight set open = cases.is_open(new.step) where case_id = new.id;
  return null;
end $$;
create trigger sight_ended after update on cases.case for each row when (cases.is_open(old.step) <> cases.is_open(new.step))
  execute function cases.sight_ended_case();

create function cases.sight_moved_unit() returns trigger language plpgsql as $$
begin
  perform cases.resight(array(select case_id from cases.sight where who = new.id));
  return null;
end $$;
create trigger sight_again after update on network.unit for each row when (old.parent_id is distinct from new.parent_id)
  execute function cases.sight_moved_unit();

-- ── what was found ─────────────────────────────────────────────────────────────────────────────────────────────────
-- What never changes of a case and is looked for. Not beside what changes: each step would write these indexes anew.
create table cases.finding (
  case_id     uuid primary key references cases.case,
  reported_at timestamptz not null,
  matter_code text not null,
  channel     text not null,
  spot        point,
  text        text not null
);
comment on column cases.finding.text is 'Number, matter, place and description, in small letters, a line each.';

-- Of Chinese every two characters that stand together (the last one alone); of letters and digits each word from each of
-- its places on. A search asks for those of its words, by beginning: one character finds, and so do a number's last digits.
create function cases.grams(text text) returns tsvector language sql immutable parallel safe cost 5000 as $$
  select array_to_tsvector(array(
    select distinct substr(run[1], i, case when run[1] ~ '^[a-z0-9]' then 16 else 2 end)
    from regexp_matches(text, '[a-z0-9]+|[^a-z0-9[:space:][:punct:]]+', 'g') as run
    cross join generate_series(1, length(run[1])) as i))
$$;
create index finding_words on cases.finding using gin (cases.grams(text));
create index finding_spot on cases.finding using gist (spot);
create index finding_reported on cases.finding (reported_at desc, case_id desc);
create index finding_matter on cases.finding (matter_code, reported_at desc, case_id desc);
create index finding_channel on cases.finding (channel, reported_at desc, case_id desc);

create function cases.keep_new_cases() returns trigger language plpgsql as $$
begin
  insert into cases.sight (who, reported_at, case_id, open)
  select distinct w.who, c.reported_at, c.id, cases.is_open(c.step) from fresh c
  cross join lateral (select cases.units_above(c.area_id) union all select c.reporter_id union all select c.checker_id
    union all select c.commander_id) as w(who) where w.who is not null
  on conflict do nothing;
  insert into cases.finding (case_id, reported_at, matter_code, channel, spot, text)
  select c.id, c.reported_at, c.matter_code, c.channel, point(c.lon, c.lat),
    lower(concat_ws(E'\n', c.number, c.matter_name, c.place, c.description)) from fresh c;
  return null;
end $$;
create trigger keep after insert on cases.case referencing new table as fresh
  for each statement execute function cases.keep_new_cases();

grant select, insert, update, delete on cases.sight, cases.finding to yiwang_app;
create function cases.deadline(step text, step_due_at timestamptz, due_at timestamptz) returns timestamptz
language sql immutable parallel safe as $$
  select coalesce(case when step = 'handling' then due_at else step_due_at end, 'infinity')
$$;
comment on function cases.deadline is 'What an open case is due by now: its handling deadline while it is handled, else its step''s; infinity: by no time.';

-- ── what is there already ──────────────────────────────────────────────────────────────────────────────────────────
-- then
insert into cases.sight (who, reported_at, case_id, open)
select w.who, c.reported_at, c.id, cases.is_open(c.step) from cases.case c cross join lateral cases.seen_by(c.id) as w(who)
on conflict do nothing;
-- then
insert into cases.finding (case_id, reported_at, matter_code, channel, spot, text)
select c.id, c.reported_at, c.matter_code, c.channel, point(c.lon, c.lat),
  lower(concat_ws(E'\n', c.number, c.matter_name, c.place, c.description)) from cases.case c
on conflict do nothing;

-- ── indexes ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- then, apart
create index concurrently if not exists case_step on cases.case (step, reported_at desc, id desc);
-- then, apart
create index concurrently if not exists case_deadline on cases.case (cases.deadline(step, step_due_at, due_at), id)
  where step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified');
-- then, apart
create index concurrently if not exists notice_of_person on cases.notice (person_id, at desc, id desc) where person_id is not null;
-- then, apart
create index concurrently if not exists notice_of_unit on cases.notice (unit_id, at desc, id desc) where unit_id is not null;
-- then
drop index cases.case_area;      -- sight_who
drop index cases.case_reporter;  -- sight_who
drop index cases.case_open_due;  -- case_deadline
drop index cases.notice_person, cases.notice_unit;
