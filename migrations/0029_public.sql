-- How the public follows what it has reported without an account: by a code of its own, or by number, telephone and a
-- code sent to it. Only keyed digests of either stand here.
create table cases.follow (
  case_id    uuid primary key references cases.case,
  digest     bytea not null,
  consent    text not null,
  consent_at timestamptz not null
);
comment on table cases.follow is 'Of a resident''s report: the digest of its code, and to which text they agreed, when.';

create table cases.follow_code (
  key    bytea primary key,
  digest bytea not null,
  tries  int not null default 0,
  at     timestamptz not null default now()
);
comment on table cases.follow_code is
  'Codes sent to a telephone, for ten minutes and five tries; key: a digest of number and telephone, whether there is such a case or not.';
create index follow_code_at on cases.follow_code (at);

grant select, insert, update, delete on cases.follow, cases.follow_code to yiwang_app;
-- then, apart
create index concurrently if not exists case_closed on cases.case (closed_at) where step = 'closed';
