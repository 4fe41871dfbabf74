"""Writes of personal data: sealing what is not sealed by the present key, and noting who has seen it in clear."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit import secret
from yiwang.kit.db import Tx, query, statement
from yiwang.network.model_personal import SealedPerson

PERSON_SEALED = "network.person.sealed"

LOCK_STALE = query(
    SealedPerson,
    "select id, sealed, phone, wecom from network.person where id > %(after)s and (phone is not null or wecom is not null"
    " or substring(sealed from 1 for 5) <> %(head)s) order by id limit %(limit)s for update skip locked",
)
PUT_SEALED = statement("update network.person set sealed = %(sealed)s, phone = null, wecom = null where id = %(id)s")
LOCK_SEALED = query(SealedPerson, "select id, sealed, phone, wecom from network.person where id = %(id)s for update")
ADD_UNMASKING = statement(
    "insert into network.unmasking (id, at, by, post, unit_id, what, subject_id, part_id, reason, words)"
    " values (%(id)s, %(at)s, %(by)s, %(post)s, %(unit_id)s, %(what)s, %(subject_id)s, %(part_id)s, %(reason)s, %(words)s)"
)


def open_person(row: SealedPerson) -> tuple[str | None, str | None]:
    """(phone, wecom) in clear: sealed, or as the first release wrote them."""
    if row.sealed is None:
        return row.phone, row.wecom
    fields = secret.ring().open(PERSON_SEALED, row.id, row.sealed)
    return fields.get("phone"), fields.get("wecom")


def seal_person(person_id: UUID, phone: str | None, wecom: str | None) -> bytes | None:
    """None when there is nothing to seal."""
    fields = {name: value for name, value in (("phone", phone), ("wecom", wecom)) if value}
    return secret.ring().seal(PERSON_SEALED, person_id, fields) if fields else None


def put_people_sealed(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next people that the present key has not sealed; answers with the last one, None when none is left."""
    rows = LOCK_STALE.all(tx, after=after, head=secret.ring().head, limit=limit)
    PUT_SEALED.run_many(tx, [{"id": r.id, "sealed": seal_person(r.id, *open_person(r))} for r in rows])
    return rows[-1].id if rows else None
