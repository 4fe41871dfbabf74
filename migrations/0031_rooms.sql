-- Rooms (协同群, the 天山商圈 group of seed article 002): one conversation among several bodies, about a case or a district.
create schema rooms;
grant usage on schema rooms to yiwang_app;

create table rooms.room (
  id        uuid primary key,
  kind      text not null check (kind in ('case', 'area')),
  case_id   uuid,
  name      text not null,
  unit_id   uuid not null references network.unit,
  grids     uuid[] not null,
  emergency boolean not null,
  opened_by uuid not null,
  opened_at timestamptz not null,
  closed_by uuid,
  closed_at timestamptz,
  n         int not null,
  last_at   timestamptz not null,
  check ((kind = 'case') = (case_id is not null)),
  check ((closed_at is null) = (closed_by is null))
);
create unique index room_case on rooms.room (case_id) where case_id is not null and closed_at is null;
create index room_unit on rooms.room (unit_id, last_at desc, id desc);
comment on table rooms.room is 'A room of a case, or of an area (a business district that a unit owns). `n`: how many messages it has.';
comment on column rooms.room.case_id is 'The case, by its id alone: cases stand on the same floor and are not known here.';

create table rooms.member (
  room_id   uuid not null references rooms.room,
  id        uuid not null,
  unit_id   uuid not null references network.unit,
  post      text not null,
  person_id uuid references network.person,
  since_n   int not null,
  added_by  uuid not null,
  added_at  timestamptz not null,
  left_by   uuid,
  left_at   timestamptz,
  primary key (room_id, id),
  check ((left_at is null) = (left_by is null))
);
create unique index member_once on rooms.member (room_id, unit_id, post, person_id) nulls not distinct where left_at is null;
create index member_post on rooms.member (unit_id, post) where left_at is null;
comment on table rooms.member is 'A seat: one person by a post of theirs, or (person_id null) whoever holds that post in that unit.';

create table rooms.message (
  room_id     uuid not null references rooms.room,
  n           int not null check (n > 0),
  id          uuid not null,
  kind        text not null check (kind in ('said', 'told')),
  member_id   uuid,
  by          uuid not null,
  at          timestamptz not null,
  text        text not null,
  lon         numeric(9, 6),
  lat         numeric(9, 6),
  reply_to    uuid,
  urgent      boolean not null,
  case_id     uuid,
  case_number text,
  order_id    uuid,
  turned_by   uuid,
  turned_at   timestamptz,
  outcome     text,
  erased_at   timestamptz,
  erased_why  text,
  primary key (room_id, n),
  unique (room_id, id),
  foreign key (room_id, member_id) references rooms.member,
  foreign key (room_id, reply_to) references rooms.message (room_id, id),
  check ((kind = 'said') = (member_id is not null)),
  check ((lon is null) = (lat is null)),
  check ((turned_at is null) = (turned_by is null)),
  check (erased_at is null or (text = '' and lon is null))
);
create index message_case on rooms.message (case_id) where case_id is not null and kind = 'said';
comment on table rooms.message is 'What was said (said), or what became of an order that a message turned into (told, by the system). The words stand beside the ledger, which holds their digest, and can be erased.';

create table rooms.photo (
  room_id    uuid not null,
  message_id uuid not null,
  n          int not null,
  sha256     text not null,
  primary key (room_id, message_id, n),
  foreign key (room_id, message_id) references rooms.message (room_id, id)
);
create index photo_sha on rooms.photo (room_id, sha256);

create table rooms.mention (
  room_id    uuid not null,
  id         uuid not null,
  message_id uuid not null,
  member_id  uuid not null,
  due_at     timestamptz not null,
  read_at    timestamptz,
  read_by    uuid,
  done_at    timestamptz,
  done_by    uuid,
  overdue_at timestamptz,
  primary key (room_id, id),
  unique (room_id, message_id, member_id),
  foreign key (room_id, message_id) references rooms.message (room_id, id),
  foreign key (room_id, member_id) references rooms.member,
  check ((read_at is null) = (read_by is null)),
  check ((done_at is null) = (done_by is null))
);
create index mention_open on rooms.mention (room_id, member_id) where done_at is null;
comment on table rooms.mention is 'An @ to a member: by when it must be seen to, who of them read it first (the receipt), when it was done or went overdue.';

create table rooms.reading (
  room_id   uuid not null references rooms.room,
  person_id uuid not null references network.person,
  n         int not null,
  muted     boolean not null,
  primary key (room_id, person_id)
);
comment on table rooms.reading is 'One''s own: how far somebody has read, and whether they muted the room (an urgent @ reaches them all the same).';

create table rooms.notice (
  room_id    uuid not null references rooms.room,
  id         uuid not null,
  kind       text not null,
  message_id uuid,
  unit_id    uuid,
  post       text,
  person_id  uuid,
  urgent     boolean not null,
  at         timestamptz not null,
  primary key (room_id, id),
  check ((person_id is null) = (unit_id is not null and post is not null))
);
create index notice_person on rooms.notice (person_id, at) where person_id is not null;
create index notice_unit on rooms.notice (unit_id, post, at) where unit_id is not null;

grant select, insert, update on rooms.room, rooms.member, rooms.message, rooms.mention, rooms.reading to yiwang_app;
grant select, insert on rooms.notice to yiwang_app;
grant select, insert, delete on rooms.photo to yiwang_app;
