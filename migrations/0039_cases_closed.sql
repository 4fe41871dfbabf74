-- 0029 and 0034 both meant an index of this name, and only the first was made: it serves no case that was closed and reopened.
-- then, apart
create index concurrently if not exists case_closed_at on cases.case (closed_at) where closed_at is not null;
-- then, apart
drop index concurrently if exists cases.case_closed;
