-- The record asks who had a case in hand, and what was closed since. Both columns are set in updates that write other
-- indexes anyway, so that an act costs one entry more.
-- then, apart
create index concurrently if not exists orders_handler on cases.orders (handler_id, case_id) where handler_id is not null;
-- then, apart
create index concurrently if not exists case_closed on cases.case (closed_at) where closed_at is not null;
