"""Reporters' personal data: kept, seen in clear with a reason, erased."""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

from yiwang.cases import actions, rules, store, store_contact
from yiwang.cases.model import Case
from yiwang.cases.model_commands import Contact as Given
from yiwang.cases.model_contact import Contact, ContactUnmasked, UnmaskContact
from yiwang.cases.model_events_around import ContactErased
from yiwang.cases.queries_contact import get_contact_row
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network.actions_personal import note_unmasking
from yiwang.network.model import Actor
from yiwang.network.rules import may


def keep_contact(tx: Tx, contact: Given | None) -> tuple[UUID, str] | None:
    """Keep a reporter's data beside the ledger; answers with its id and a salted digest that says nothing once erased."""
    if contact is None or not (contact.name or contact.phone):
        return None
    salt, contact_id = secrets.token_bytes(16), new_id()
    sealed = store_contact.seal_contact(contact_id, contact.name, contact.phone, salt)
    store_contact.ADD_CONTACT.run(tx, id=contact_id, sealed=sealed, secret=contact.secret)
    return contact_id, sha256(salt + f"{contact.name}\n{contact.phone}".encode()).hexdigest()


def unmask_contact(tx: Tx, actor: Actor, cmd: UnmaskContact) -> Contact:
    """A reporter's name and telephone in clear, for whoever accepts cases there: with a reason, in the ledger. Never
    through `perform`, which would keep the answer."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    post = may(actor, rules.UNMASK, rules.subject_of(case))
    row = get_contact_row(tx, case.id, cmd.report_id)
    name, phone, _ = store_contact.open_contact(row)
    unmasking, digest = note_unmasking(tx, actor, post, "contact", case.id, row.report_id, cmd.purpose, cmd.words)
    record(tx, actor.by(post), ContactUnmasked(case.id, row.report_id, unmasking, cmd.purpose.value, digest))
    return Contact(row.report_id, row.reporter_id, name, phone, row.secret, True)


def erase_contact(tx: Tx, actor: Actor, case_id: UUID, report_id: UUID) -> Case:
    """Erase a reporter's personal data at their wish: the ledger's proofs stay whole. By the reporter or an operator."""
    case = store.lock_case(tx, case_id)
    actions.demand_sight(actor, case)
    report = store.LOCK_REPORT.maybe(tx, case_id=case_id, id=report_id)
    if report is None or report.contact_id is None:
        raise Invalid("case.no_contact", "没有可删除的个人信息", "There is no personal data to erase")
    need = rules.ERASE_CONTACT if report.reporter_id == actor.id else rules.MOVE["accept"].need
    post = may(actor, need, rules.subject_of(case, people=[report.reporter_id]))
    if store_contact.ERASE_CONTACT.run(tx, id=report.contact_id, now=tx.now):
        record(tx, actor.by(post), ContactErased(case.id, report.contact_id))
    return case


def seal_contacts(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next contacts that the present key has not sealed; answers with the last one's id, None at the end."""
    return store_contact.put_contacts_sealed(tx, after, limit)
