-- 一物一档 What a file last said of a value that somebody has changed since: the same file again does not bring it back.
create table register.filed (
  thing_id uuid not null references register.thing,
  field    text not null check (field in ('name', 'address', 'state', 'place') or field like 'attributes.%'),
  value    jsonb,
  primary key (thing_id, field)
);
grant select, insert, update, delete on register.filed to yiwang_app;
comment on table register.filed is 'Of a thing that came by a file, each field that a step or a change has set since: what the file had said (null: nothing). A file that still says so leaves it as it is; one that says something else is taken, and this goes. `place`: longitude and latitude.';
