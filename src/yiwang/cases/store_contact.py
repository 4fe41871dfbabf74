"""Writes of reporters' personal data: sealed, beside the ledger, erasable."""

from __future__ import annotations

from uuid import UUID

from yiwang.cases.model_contact import ContactRow, SealedContact
from yiwang.kit import secret
from yiwang.kit.db import Tx, query, statement

SEALED = "cases.contact.sealed"
ADD_CONTACT = statement("insert into cases.contact (id, sealed, secret) values (%(id)s, %(sealed)s, %(secret)s)")
ERASE_CONTACT = statement(
    "update cases.contact set sealed = null, name = null, phone = null, salt = null, erased_at = %(now)s"
    " where id = %(id)s and erased_at is null"
)
LOCK_STALE = query(
    SealedContact,
    "select id, sealed, name, phone, salt from cases.contact where id > %(after)s and (name is not null or phone is not null"
    " or salt is not null or substring(sealed from 1 for 5) <> %(head)s) order by id limit %(limit)s for update skip locked",
)
PUT_SEALED = statement(
    "update cases.contact set sealed = %(sealed)s, name = null, phone = null, salt = null where id = %(id)s"
)


def seal_contact(contact_id: UUID, name: str, phone: str, salt: bytes) -> bytes:
    """The salt too: beside the ledger's digest it would let whoever has the database try all telephone numbers."""
    return secret.ring().seal(SEALED, contact_id, {"name": name, "phone": phone, "salt": salt.hex()})


def open_contact(row: SealedContact | ContactRow) -> tuple[str, str, bytes]:
    """(name, phone, salt) in clear: sealed, or as the first release wrote them; empty once erased."""
    if row.sealed is None:
        return row.name or "", row.phone or "", row.salt or b""
    fields = secret.ring().open(SEALED, row.id, row.sealed)
    return fields["name"], fields["phone"], bytes.fromhex(fields["salt"])


def put_contacts_sealed(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next contacts that the present key has not sealed; answers with the last one, None when none is left."""
    rows = LOCK_STALE.all(tx, after=after, head=secret.ring().head, limit=limit)
    sealed = [(r.id, open_contact(r)) for r in rows]
    PUT_SEALED.run_many(tx, [{"id": i, "sealed": seal_contact(i, *said) if any(said) else None} for i, said in sealed])
    return rows[-1].id if rows else None
