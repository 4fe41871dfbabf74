"""SQL that writes the tally: how many cases stand where, for whoever looks (migration 0021)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from yiwang.kit.db import Tx, query, statement

MARK = query(int, "select size from cases.tally_mark for update")
MARK_IF_FREE = query(int, "select size from cases.tally_mark for update skip locked")
PUT_MARK = statement("update cases.tally_mark set size = %(size)s")
TAKE_AGAIN = query(
    UUID,
    "delete from cases.tally_again where ctid = any(array(select ctid from cases.tally_again limit %(limit)s))"
    " returning case_id",
)
TAKE_LATE = query(
    UUID,
    "select case_id from cases.tallied where not late and late_from < %(now)s and isfinite(late_from) limit %(limit)s",
)
# One statement, hence one instant: as what these cases were counted, as what they stand there now, and the difference.
PUT_CASES = statement(
    """
    with was as (select step, late, whos from cases.tallied where case_id = any(%(ids)s)),
    now as materialized (
      select id, step, late_from, late_from < %(now)s as late, whos from (
        select c.id, c.step, cases.late_from(c.step, c.step_due_at, c.due_at, c.overdue_at, c.suspended_at) as late_from,
          array(select cases.watchers(c.id)) as whos
        from cases.case c where c.id = any(%(ids)s)) each),
    kept as (
      insert into cases.tallied (case_id, step, late_from, late, whos) select id, step, late_from, late, whos from now
      on conflict (case_id) do update
        set step = excluded.step, late_from = excluded.late_from, late = excluded.late, whos = excluded.whos),
    moved as (
      select who, step, late, sum(cases) as cases from (
        select unnest(whos) as who, step, late, -1 as cases from was
        union all select unnest(whos), step, late, 1 from now) each
      group by who, step, late having sum(cases) <> 0)
    insert into cases.tally as t (who, step, late, cases) select who, step, late, cases from moved
    on conflict (who, step, late) do update set cases = t.cases + excluded.cases
    """
)
DROP_CASES = statement("delete from cases.tallied")
DROP_TALLY = statement("delete from cases.tally")


def lock_tally(tx: Tx, *, wait: bool = False) -> int | None:
    """How many settled entries the tally has followed; it is ours until the transaction ends. None when another process
    has it and we do not wait."""
    return MARK.one(tx) if wait else MARK_IF_FREE.maybe(tx)


def take_again(tx: Tx, limit: int) -> list[UUID]:
    """Cases that wait to be counted anew, taken off their list."""
    return TAKE_AGAIN.all(tx, limit=limit)


def take_late(tx: Tx, limit: int) -> list[UUID]:
    """Cases whose deadline has passed since they were counted."""
    return TAKE_LATE.all(tx, now=tx.now, limit=limit)


def put_cases(tx: Tx, case_ids: Sequence[UUID], size: int) -> None:
    """Count these cases as they now stand, instead of as they were counted; with that, `size` entries are followed."""
    if case_ids:
        PUT_CASES.run(tx, ids=list(case_ids), now=tx.now)
    PUT_MARK.run(tx, size=size)


def drop_tally(tx: Tx) -> None:
    """Forget all of it."""
    for drop in (DROP_CASES, DROP_TALLY):
        drop.run(tx)
    PUT_MARK.run(tx, size=0)
