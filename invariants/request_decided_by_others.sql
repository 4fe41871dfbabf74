-- 申请由他人审批；已了结的案件没有待批（申诉除外）。 What one asks others decide, and nothing is left undecided in a case that ended.
select r.case_id as subject, r.kind || ': ' || w.wrong as wrong
from cases.request r join cases.case c on c.id = r.case_id
cross join lateral (values
  (r.asked_by = any(r.approvals), 'approved by who asked'),
  (r.granted and cardinality(r.approvals) < r.needed, 'granted by too few'),
  (cardinality(r.approvals) <> (select count(distinct a) from unnest(r.approvals) a), 'one person approved twice'),
  ((r.granted is null) <> (r.decided_at is null), 'decided without a time, or a time without a decision'),
  (r.granted is null and r.kind <> 'appeal' and c.step in ('closed', 'declined', 'void', 'merged'), 'undecided in a case that is ' || c.step)
) as w(bad, wrong)
where w.bad
