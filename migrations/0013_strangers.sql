-- Who uploaded which photo: the same file from two people is two uploads of one file, and neither learns of the other.
create table kit.upload (
  sha256 text not null references kit.file,
  by     uuid not null,
  at     timestamptz not null,
  primary key (sha256, by)
);
comment on table kit.upload is 'Who uploaded which photo, first when: it may be used as evidence, and seen before it is, by them alone.';
grant select, insert, update, delete on kit.upload to yiwang_app;
-- then
insert into kit.upload (sha256, by, at) select sha256, by, at from kit.file on conflict do nothing;
