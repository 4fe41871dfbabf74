-- What waits for somebody is found at once, however many cases there are: what is unanswered, unread or owed is little.
-- then, apart
create index concurrently if not exists supervision_unanswered on cases.supervision (unit_id) where answered_at is null;
-- then, apart
create index concurrently if not exists mention_unread on cases.mention (person_id) where read_at is null;
-- then, apart
create index concurrently if not exists case_owed on cases.case (id) where owed <> '{}';
-- then
grant select on cases.supervision, cases.mention, cases.case to yiwang_app;
