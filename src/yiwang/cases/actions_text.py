"""短信告知: whoever reported without an account and left a telephone is told by one message that there is news of it.

No act waits for this: it follows the settled ledger like web push (docs/decisions/2026-11-29-texts.md). A position read once
is never read again, in the transaction that writes down what is then to be sent. It is sent outside of any transaction, under
one key however often; the telephone is opened only then, and stands nowhere else.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from yiwang.cases import rules_text, store, store_contact, store_text
from yiwang.cases.model_text import DueText, ReporterTexted
from yiwang.cases.queries_contact import find_contact_row
from yiwang.kit import sms
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Unavailable
from yiwang.kit.jobs import to_the_end
from yiwang.kit.sms import Handed
from yiwang.ledger.actions import record
from yiwang.ledger.queries import count_settled, read_feed
from yiwang.network.model import system

log = logging.getLogger(__name__)
READ, AT_ONCE, BATCH = 1000, 4, 16
"""Sixteen at four a time, each as long as the gateway may take: well within the lease."""
TEXTS = system("texts")


def follow(tx: Tx) -> int:
    """One batch of entries; answers with how many there were. 0 when nothing is left, or another process is at it."""
    mark = store_text.MARK.maybe(tx)
    if mark is None:
        return 0
    if mark < 0 or not sms.is_there():  # no way to tell anybody: what has happened so far is never told later
        if (size := count_settled(tx)) != mark:
            store_text.PUT_MARK.run(tx, size=size)
        return 0
    entries = read_feed(tx, mark - 1, READ)
    if entries:
        ends = ((e, e.at + rules_text.GIVE_UP) for e in entries if e.event in rules_text.NEWS)
        news = [(e.subject_id, e.position, rules_text.NEWS[e.event], until) for e, until in ends if until > tx.now]
        store_text.add_texts(tx, news)
        store_text.PUT_MARK.run(tx, size=entries[-1].position + 1)
    return len(entries)


def catch_up(database: Database) -> int:
    """To the ledger's settled end; answers with how many entries. Periodic; safe in two processes at once."""
    return to_the_end(database, follow, READ)


def send_due(database: Database) -> int:
    """Send what is due, some at once; answers with how many were taken. Periodic; safe in two processes at once.

    Taken out in one transaction, sent without any, its outcome written in another: who dies in between leaves it to be sent
    again, under the same key, by which the gateway knows it.
    """
    sent = 0
    while sms.is_there():
        with database.transaction() as tx:
            due = store_text.take_due(tx, tx.now + rules_text.LEASE, BATCH)
            over = [rules_text.is_over(d, tx.now) for d in due]
        if not due:
            break
        left = [d for d, is_over in zip(due, over, strict=True) if not is_over]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = dict(zip(left, pool.map(partial(_send, database), left), strict=True))
        for d in due:
            with database.transaction() as tx:
                keep(tx, d, outcomes.get(d, Handed.refused))
        sent += sum(o is Handed.done for o in outcomes.values())
    return sent


def _send(database: Database, due: DueText) -> Handed | None:
    """None: the telephone has been erased."""
    try:
        with database.reading() as tx:
            row = find_contact_row(tx, due.case_id, due.report_id)
        phone = store_contact.open_contact(row)[1] if row else ""
    except Unavailable as away:
        log.error("a text message waits: %s", away.code)
        return Handed.away
    return sms.hand_over(phone, rules_text.write(due), rules_text.key_of(due)) if phone else None


def keep(tx: Tx, due: DueText, outcome: Handed | None) -> None:
    """Write down what became of a message: with an entry once it is over, for its reporter's telephone was read."""
    store.lock_case(tx, due.case_id)
    named = {"case_id": due.case_id, "report_id": due.report_id, "position": due.position}
    if outcome is None:
        store_text.DROP.run(tx, **named)
    elif outcome is Handed.away:
        store_text.PUT_LATER.run(tx, **named, due_at=rules_text.work_out_retry(due, tx.now))
    elif store_text.PUT_DONE.maybe(tx, **named, now=tx.now):
        event = ReporterTexted(due.case_id, due.report_id, due.about.value, outcome is Handed.done)
        record(tx, TEXTS.by(None), event)


def purge(tx: Tx) -> int:
    """Forget what was sent or given up a day ago; periodic."""
    return store_text.PURGE.run(tx, before=tx.now - rules_text.GIVE_UP)
