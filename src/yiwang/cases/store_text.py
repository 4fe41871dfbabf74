"""Writes of text messages to residents: the outbox, and how far the ledger has been looked through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yiwang.cases.model_text import About, DueText
from yiwang.kit.db import Tx, query, statement

MARK = query(int, "select coalesce(size, -1) from cases.text_mark for update skip locked")
PUT_MARK = statement("update cases.text_mark set size = %(size)s")

# Of each report made without an account, with a telephone that is there still, in the case or merged into it. The latest news
# takes the place of what was not sent.
ADD = statement(
    "insert into cases.text_message as t (case_id, report_id, position, about, until, due_at)"
    " select distinct on (r.case_id, r.id) r.case_id, r.id, e.position, e.about, e.until, %(now)s"
    " from unnest(%(cases)s::uuid[], %(positions)s::bigint[], %(abouts)s::text[], %(untils)s::timestamptz[])"
    " as e (case_id, position, about, until)"
    " cross join lateral (select e.case_id as id union all select c.id from cases.case c"
    " where c.merged_into = e.case_id and c.step = 'merged') own"
    " join cases.follow f on f.case_id = own.id"
    " join cases.report r on r.case_id = own.id and r.id = own.id"
    " join cases.contact k on k.id = r.contact_id and k.sealed is not null and k.erased_at is null"
    " order by r.case_id, r.id, e.position desc"
    " on conflict (case_id, report_id) do update set position = excluded.position, about = excluded.about,"
    " until = excluded.until, due_at = excluded.due_at, tries = 0, done_at = null where t.position < excluded.position"
)
TAKE_DUE = query(
    DueText,
    "with due as (select case_id, report_id from cases.text_message where done_at is null and due_at <= %(now)s"
    " order by due_at limit %(limit)s for update skip locked)"
    " update cases.text_message t set tries = tries + 1, due_at = %(leased)s from due, cases.case c"
    " where t.case_id = due.case_id and t.report_id = due.report_id and c.id = t.case_id"
    " returning t.case_id, t.report_id, t.position, t.about, t.until, t.tries, c.number",
)
PUT_DONE = query(
    bool,
    "update cases.text_message set done_at = %(now)s where case_id = %(case_id)s and report_id = %(report_id)s"
    " and position = %(position)s and done_at is null returning true",
)
PUT_LATER = statement(
    "update cases.text_message set due_at = %(due_at)s where case_id = %(case_id)s and report_id = %(report_id)s"
    " and position = %(position)s and done_at is null"
)
DROP = statement(
    "delete from cases.text_message where case_id = %(case_id)s and report_id = %(report_id)s and position = %(position)s"
    " and done_at is null"
)
PURGE = statement("delete from cases.text_message where done_at < %(before)s or until < %(before)s")


def add_texts(tx: Tx, news: Sequence[tuple[UUID, int, About, datetime]]) -> None:
    """Into the outbox, for each reporter concerned: (case, position of the entry, what about, until when)."""
    if news:
        ADD.run(
            tx, now=tx.now, cases=[c for c, _, _, _ in news], positions=[p for _, p, _, _ in news],
            abouts=[a.value for _, _, a, _ in news], untils=[u for _, _, _, u in news],
        )  # fmt: skip


def take_due(tx: Tx, leased: datetime, limit: int) -> list[DueText]:
    """Messages whose time has come, ours until `leased`."""
    return TAKE_DUE.all(tx, now=tx.now, leased=leased, limit=limit)
