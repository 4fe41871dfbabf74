"""Writes of second factors. Times are the database's own, never a simulated clock's."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from yiwang.kit import secret
from yiwang.kit.db import Tx, query, statement
from yiwang.network.model_factor import Factor, SealedFactor, Ticket

FACTOR_SEALED = "network.factor.sealed"
FACTOR: LiteralString = (
    "id, person_id, kind, sealed, last_step, credential, public_key, sign_count, confirmed_at,"
    " floor(extract(epoch from clock_timestamp()) / 30)::bigint as step"
)

LOCK_FACTORS = query(
    Factor, f"select {FACTOR} from network.factor where person_id = %(person_id)s order by added_at, id for update"
)
ADD_TOTP = statement(
    "insert into network.factor (id, person_id, kind, name, sealed)"
    " values (%(id)s, %(person_id)s, 'totp', %(name)s, %(sealed)s)"
)
ADD_KEY = statement(
    "insert into network.factor (id, person_id, kind, name, credential, public_key, sign_count, confirmed_at)"
    " values (%(id)s, %(person_id)s, 'webauthn', %(name)s, %(credential)s, %(public_key)s, %(sign_count)s, now())"
)
# Each code counts once, however many ask at once with the same one: only the first moves `last_step`.
USE_STEP = statement(
    "update network.factor set last_step = %(step)s, used_at = now(), confirmed_at = coalesce(confirmed_at, now())"
    " where id = %(id)s and last_step < %(step)s"
)
USE_KEY = statement("update network.factor set sign_count = %(sign_count)s, used_at = now() where id = %(id)s")
DROP_FACTOR = statement("delete from network.factor where id = %(id)s")
DROP_UNCONFIRMED = statement(
    "delete from network.factor where person_id = %(person_id)s and confirmed_at is null and kind = 'totp'"
)
DROP_ALL = statement("delete from network.factor where person_id = %(person_id)s")

ADD_RECOVERY = statement(
    "insert into network.recovery_code (person_id, hash) select %(person_id)s, unnest(%(hashes)s::bytea[])"
)
USE_RECOVERY = statement(
    "update network.recovery_code set used_at = now() where person_id = %(person_id)s and hash = %(hash)s and used_at is null"
)
DROP_RECOVERY = statement("delete from network.recovery_code where person_id = %(person_id)s")

ADD_TICKET = statement(
    "insert into network.ticket (hash, person_id, session_id, challenge, ends_at) values (%(hash)s, %(person_id)s,"
    " (select id from network.session where hash = %(session)s), %(challenge)s, now() + make_interval(mins => %(minutes)s))"
)
# A ticket of a sign-in belongs to no session yet; one of a session is good in that session only.
TICKET = query(
    Ticket,
    "select t.person_id, p.name, t.challenge from network.ticket t join network.person p on p.id = t.person_id"
    " where t.hash = %(hash)s and t.ends_at > now() and p.erased_at is null"
    " and t.session_id is not distinct from (select id from network.session where hash = %(session)s)",
)
DROP_TICKET = statement("delete from network.ticket where hash = %(hash)s")
DROP_TICKETS = statement("delete from network.ticket where person_id = %(person_id)s")
PROVE_SESSION = statement(
    "update network.session set proven_at = now() where hash = %(hash)s and revoked_at is null and expires_at > now()"
)
PURGE_TICKETS = statement("delete from network.ticket where ends_at < now()")
PURGE_UNCONFIRMED = statement(
    "delete from network.factor where confirmed_at is null and added_at < now() - interval '1 day'"
)

LOCK_STALE = query(
    SealedFactor,
    "select id, coalesce(sealed, '') as sealed from network.factor where id > %(after)s and substring(sealed from 1 for 5) <> %(head)s"
    " order by id limit %(limit)s for update skip locked",
)
PUT_SEALED = statement("update network.factor set sealed = %(sealed)s where id = %(id)s")


def drop_factors(tx: Tx, person_id: UUID) -> None:
    """All of them, with recovery codes and what was under way."""
    DROP_ALL.run(tx, person_id=person_id)
    DROP_RECOVERY.run(tx, person_id=person_id)
    DROP_TICKETS.run(tx, person_id=person_id)


def seal_totp(factor_id: UUID, totp: str) -> bytes:
    return secret.ring().seal(FACTOR_SEALED, factor_id, {"totp": totp})


def open_totp(factor_id: UUID, sealed: bytes) -> str:
    return secret.ring().open(FACTOR_SEALED, factor_id, sealed)["totp"]


def put_factors_sealed(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next secrets that the present key has not sealed; answers with the last one, None when none is left."""
    rows = LOCK_STALE.all(tx, after=after, head=secret.ring().head, limit=limit)
    PUT_SEALED.run_many(tx, [{"id": r.id, "sealed": seal_totp(r.id, open_totp(r.id, r.sealed))} for r in rows])
    return rows[-1].id if rows else None
