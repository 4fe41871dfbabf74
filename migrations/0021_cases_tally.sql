-- How many cases stand where, for whoever looks: a tally beside the cases that follows the settled ledger, as assessment
-- does. No act writes here, so no act pays for it and none waits for it. Whoever counts takes the tally and counts anew
-- the few cases that the ledger tells of since (cases/queries_count.py): right at every instant.
create function cases.late_from(step text, step_due_at timestamptz, due_at timestamptz, overdue_at timestamptz, suspended_at timestamptz)
returns timestamptz language sql immutable parallel safe as $$
  select case when overdue_at is not null then '-infinity'
    when cases.is_open(step) and suspended_at is null then cases.deadline(step, step_due_at, due_at) else 'infinity' end
$$;
comment on function cases.late_from is 'After which instant a case counts as late, as it now stands: its deadline while it is open; -infinity: it has been late before; infinity: never.';

create table cases.tallied (
  case_id   uuid primary key,
  step      text not null,
  late_from timestamptz not null,
  late      boolean not null,
  whos      uuid[] not null
);
create index tallied_late on cases.tallied (late, late_from) where isfinite(late_from);
comment on table cases.tallied is 'As what each case is in the tally: its step, whether it was late by then, for whom (cases.watchers).';

create table cases.tally (
  who   uuid not null,
  step  text not null,
  late  boolean not null,
  cases int not null,
  primary key (who, step, late)
) with (fillfactor = 50);
comment on table cases.tally is 'How many cases of cases.tallied each unit and person sees, by step and lateness; under 0 all there are.';

create table cases.tally_mark (
  one  bool primary key default true check (one),
  size bigint not null check (size >= 0)
);
insert into cases.tally_mark values (true, 0);
comment on table cases.tally_mark is 'How many settled entries the tally has followed; written in the transaction that writes the tally.';

-- A unit that moves changes who sees its cases, and no entry of theirs says so.
create table cases.tally_again (
  case_id uuid not null
);
comment on table cases.tally_again is 'Cases to be counted anew although their own chains say nothing.';
create function cases.tally_moved_unit() returns trigger language plpgsql as $$
begin
  insert into cases.tally_again (case_id) select case_id from cases.sight where who = new.id;
  return null;
end $$;
create trigger tally_again after update on network.unit for each row when (old.parent_id is distinct from new.parent_id)
  execute function cases.tally_moved_unit();

create function cases.watchers(id uuid) returns setof uuid language sql stable as $$
  select who from cases.sight where case_id = $1 union all select '00000000-0000-0000-0000-000000000000'::uuid
$$;
comment on function cases.watchers is 'For whom a case is counted: whoever may see it, and 0 for those who see all.';

grant select, insert, update, delete on cases.tallied, cases.tally, cases.tally_mark, cases.tally_again to yiwang_app;
