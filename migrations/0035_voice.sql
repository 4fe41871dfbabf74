-- Voice notes: files that last for some seconds, and evidence of a kind of its own ('voice').
alter table kit.file add column seconds float8;
comment on column kit.file.seconds is 'How long a voice note lasts; null for a photo.';
comment on table kit.file is 'Photos and voice notes in the object store, named by their SHA-256; time and place as a photo''s EXIF says.';
