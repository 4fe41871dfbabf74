-- While 0008 copied who may see what, acts went on: a case that ended or changed hands in that very moment may stand there
-- as it stood before. Whatever is not as the rule has it is worked out again; from then on the triggers keep it.
select cases.resight(array(
  select c.id from cases.case c
  where exists (select from cases.seen_by(c.id) as w(who) where not exists (
      select from cases.sight s where s.case_id = c.id and s.who = w.who and s.open = cases.is_open(c.step)))
    or exists (select from cases.sight s where s.case_id = c.id and s.who not in (select cases.seen_by(c.id)))));
