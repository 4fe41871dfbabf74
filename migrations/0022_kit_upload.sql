-- A photo that the first release takes in while an upgrade goes on is its uploader's like any other.
create function kit.note_upload() returns trigger language plpgsql as $$
begin
  insert into kit.upload (sha256, by, at) values (new.sha256, new."by", new.at) on conflict do nothing;
  return null;
end $$;
create trigger note_upload after insert on kit.file for each row execute function kit.note_upload();
-- then
insert into kit.upload (sha256, by, at) select sha256, by, at from kit.file on conflict do nothing;
