-- Assessment: a projection of the settled ledger, rebuilt from it whenever wanted. Nothing here is a source of anything.
create schema assess;
grant usage on schema assess to yiwang_app;

create table assess.place (
  id   int primary key generated always as identity,
  path ltree not null unique
);
comment on table assess.place is 'Where areas and handling units stood in the tree, as the ledger tells it.';

create table assess.fact (
  case_id   uuid not null,
  no        smallint not null,
  kind      text not null,
  n         int not null,
  area      int not null,
  channel   text not null,
  unit      int,
  order_id  uuid,
  person    uuid,
  post      text not null,
  begun_at  timestamptz,
  due_at    timestamptz,
  done_at   timestamptz,
  closed_at timestamptz,
  lifted_at timestamptz,
  outcome   text not null,
  exempt    boolean not null,
  suspended boolean not null,
  number    text not null,
  primary key (case_id, no)
);
create index fact_due on assess.fact (kind, due_at) where due_at is not null;
create index fact_done on assess.fact (kind, done_at) where done_at is not null;
create index fact_begun on assess.fact (kind, begun_at) where kind in ('report', 'handle', 'whole');
create index fact_open on assess.fact (kind, due_at) where done_at is null and lifted_at is null and not exempt;
create index fact_closed on assess.fact (kind, closed_at) where closed_at is not null;
comment on table assess.fact is 'One line of what is assessed: a duty, an order, a round, a case; folded from the ledger alone.';

create table assess.tally (
  depth     smallint not null,
  day       date not null,
  place     ltree not null,
  indicator text not null,
  hits      int not null,
  ofs       int not null,
  primary key (depth, day, place, indicator)
) with (fillfactor = 70);
comment on table assess.tally is 'The facts of a day counted, for each area down to depth 3; what is standing is not among them.';

create table assess.bookmark (
  one      bool primary key default true check (one),
  size     bigint not null check (size >= 0),
  left_out bigint not null check (left_out >= 0)
);
insert into assess.bookmark values (true, 0, 0);
comment on table assess.bookmark is 'How many settled entries the facts hold; written in the transaction that writes them.';

create table assess.indicator (
  id             text primary key,
  place          int not null,
  object         text not null,
  zh             text not null,
  en             text not null,
  formula        text not null,
  numerator_zh   text not null,
  numerator_en   text not null,
  denominator_zh text not null,
  denominator_en text not null,
  weight         float8,
  weight_note    text not null,
  bands          jsonb not null,
  inverse        boolean not null,
  source         text not null,
  status         text not null,
  why_zh         text not null,
  why_en         text not null
);
comment on table assess.indicator is 'What each indicator says and where it comes from: the pack''s indicators.csv.';

grant select, insert, update, delete on all tables in schema assess to yiwang_app;
