"""Reads of reporters' personal data: masked for everybody who sees the case."""

from __future__ import annotations

import logging
from uuid import UUID

from yiwang.cases.model import Channel
from yiwang.cases.model_contact import Contact, ContactRow
from yiwang.cases.queries import get_case
from yiwang.cases.store_contact import open_contact
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound, Unavailable
from yiwang.kit.scope import Scope
from yiwang.network.queries_personal import KeyUse
from yiwang.network.rules_personal import HIDDEN, mask_name, mask_phone

log = logging.getLogger(__name__)
OWN_WORDS = frozenset({Channel.public, Channel.patrol})
"""Channels in which whoever reports speaks for themselves: their own contact they see in clear. What an operator wrote
down for a caller is the caller's."""

CONTACT = query(
    ContactRow,
    "select r.id as report_id, r.reporter_id, r.channel, k.id, k.sealed, k.name, k.phone, k.salt, k.secret, k.erased_at"
    " from cases.report r join cases.contact k on k.id = r.contact_id"
    " where r.case_id = %(case_id)s and r.id = %(id)s and k.erased_at is null",
)
KEYS = query(
    KeyUse,
    "select case when sealed is not null then substring(sealed from 2 for 4) end as key, count(*)::int as values"
    " from cases.contact where sealed is not null or name is not null or phone is not null group by 1",
)
ANY_SEALED = query(bool, "select exists (select from cases.contact where sealed is not null) as found")


def get_contact(tx: Tx, scope: Scope, case_id: UUID, report_id: UUID) -> Contact:
    """A reporter's name and telephone for whoever sees the case: masked, or in clear to the reporter. NotFound when none
    was left, or when it is erased."""
    get_case(tx, scope, case_id)
    row = get_contact_row(tx, case_id, report_id)
    own = row.reporter_id == scope.person and row.channel in OWN_WORDS
    try:
        name, phone, _ = open_contact(row)
    except Unavailable as broken:  # what must be shown of it is in the log; the page says that it cannot be read
        log.error("%s: %s", broken.code, broken.detail)
        name, phone, own = "", "", False
    if not own:
        name, phone = (HIDDEN, HIDDEN) if row.secret else (mask_name(name), mask_phone(phone))
    return Contact(row.report_id, row.reporter_id, name, phone, row.secret, own)


def find_contact_row(tx: Tx, case_id: UUID, report_id: UUID) -> ContactRow | None:
    """What was left with a report; None where nothing was, or it is erased."""
    return CONTACT.maybe(tx, case_id=case_id, id=report_id)


def get_contact_row(tx: Tx, case_id: UUID, report_id: UUID) -> ContactRow:
    row = find_contact_row(tx, case_id, report_id)
    if row is None:
        raise NotFound(
            "case.contact_unknown", "没有留下联系方式，或已删除", "No contact was left, or it has been erased"
        )
    return row


def read_key_use(tx: Tx) -> dict[bytes | None, int]:
    """Key id → how many contacts it has sealed; None: in clear still."""
    return {u.key: u.values for u in KEYS.all(tx)}


def is_any_sealed(tx: Tx) -> bool:
    return ANY_SEALED.one(tx)
