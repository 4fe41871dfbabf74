-- Doubts that can be listed and counted, kept by the database itself beside the ledger, whoever writes there; and how
-- photos look, so that a copy that is not the same file is found.
create table cases.doubt (
  case_id  uuid not null,
  n        int not null,
  flag     text not null,
  at       timestamptz not null,
  event    text not null,
  actor    uuid not null,
  post     text not null,
  order_id uuid,
  primary key (case_id, n, flag)
);
create index doubt_at on cases.doubt (at desc, case_id desc, n desc, flag desc);
create index doubt_flag on cases.doubt (flag, at desc, case_id desc, n desc);
comment on table cases.doubt is 'The flags of cases'' entries, one a row: made from the ledger, so that they can be listed and counted.';
grant select, insert on cases.doubt to yiwang_app;

create function cases.keep_doubts() returns trigger language plpgsql as $$
begin
  insert into cases.doubt (case_id, n, flag, at, event, actor, post, order_id)
  select new.subject_id, new.n, f.flag, new.at, new.event, new.actor, new.post, (e.body ->> 'order')::uuid
  from (select new.body::jsonb as body) e cross join jsonb_array_elements_text(e.body -> 'flags') as f(flag)
  on conflict do nothing;
  return null;
end $$;
create trigger keep_doubts after insert on ledger.entry for each row
  when (new.subject_kind = 'case' and new.body like '%"flags":["%') execute function cases.keep_doubts();

alter table kit.file add column look bigint;
comment on column kit.file.look is 'How the photo looks: 64 bits of brighter or darker from left to right (kit/files.py); null: too plain to tell, or from before.';
alter table cases.evidence add column alike_in uuid;
comment on column cases.evidence.alike_in is 'A case that shows a photo which looks the same and is another file; this one itself when nothing has changed since the report.';

create function kit.bands(look bigint) returns int[] language sql immutable parallel safe as $$
  select array[(look & 65535)::int, (look >> 16 & 65535)::int + 65536, (look >> 32 & 65535)::int + 131072, (look >> 48 & 65535)::int + 196608]
$$;
comment on function kit.bands is 'Four bands of a look, each told apart from the others: of two that differ in three bits at most, one is the same in both.';

-- then
insert into cases.doubt (case_id, n, flag, at, event, actor, post, order_id)
select e.subject_id, e.n, f.flag, e.at, e.event, e.actor, e.post, (e.body::jsonb ->> 'order')::uuid
from ledger.entry e cross join jsonb_array_elements_text(e.body::jsonb -> 'flags') as f(flag)
where e.subject_kind = 'case' and e.body like '%"flags":["%'
on conflict do nothing;

-- then, apart
create index concurrently if not exists file_look on kit.file using gin (kit.bands(look)) where look is not null;
