"""Writes and locks of people, posts, certificates and duty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.kit.ids import new_id
from yiwang.network.model_people import Certificate, DutyLine, HeldPost, Shift
from yiwang.network.model_personal import PersonRow

PERSON: LiteralString = "id, login, name, sealed, phone, wecom, added_at, erased_at"
# Does post `o` count at an instant: begun, not ended, and certified where it must be. Written out in each statement,
# not an SQL function, because PostgreSQL does not inline one with a sub-select and every request asks this.
EFFECTIVE: LiteralString = (
    "o.since <= %(at)s and (o.until is null or o.until > %(at)s) and (not o.needs_certificate or exists"
    " (select from network.certificate c where c.person_id = o.person_id and c.kind = o.kind and c.issued_at <= %(at)s"
    " and c.expires_at > %(at)s and (c.revoked_at is null or c.revoked_at > %(at)s)))"
)
HELD: LiteralString = (
    "select o.id, o.person_id, o.kind, u.id as unit_id, u.name as unit_name, u.path::text as unit_path, o.grids, o.since,"
    f" o.until, o.needs_certificate, ({EFFECTIVE}) as effective"
    " from network.post o join network.unit x on x.id = o.unit_id"
    " join network.unit u on u.id = coalesce(x.successor_id, x.id)"
)
CERTIFICATE: LiteralString = "id, person_id, kind, issued_at, expires_at, revoked_at, by"

LOCK_PERSON = query(PersonRow, f"select {PERSON} from network.person where id = %(id)s for update")
ADD_PERSON = statement(
    "insert into network.person (id, login, name, sealed, added_at)"
    " values (%(id)s, %(login)s, %(name)s, %(sealed)s, %(now)s)"
)
PERSON_TAKEN = query(bool, "select true from network.person where id = %(id)s")
LOGIN_TAKEN = query(bool, "select true from network.person where lower(login) = lower(%(login)s)")
ERASE = statement(
    "update network.person set login = null, name = %(name)s, sealed = null, phone = null, wecom = null,"
    " erased_at = %(now)s"
    " where id = %(id)s"
)
END_POSTS = statement(
    "update network.post set until = greatest(%(now)s, since) where person_id = %(id)s and (until is null or until > %(now)s)"
)

HELD_BY = query(HeldPost, f"{HELD} where o.person_id = %(person_id)s order by o.since, o.id")
HELD_ONE = query(HeldPost, f"{HELD} where o.id = %(id)s")
HELD_MANY = query(HeldPost, f"{HELD} where o.id = any(%(ids)s)")
ADD_POST = statement(
    "insert into network.post (id, person_id, kind, unit_id, grids, since, until, needs_certificate) values (%(id)s,"
    " %(person_id)s, %(kind)s, %(unit_id)s, %(grids)s::uuid[], %(since)s, %(until)s, %(needs_certificate)s)"
)
POST_TAKEN = query(bool, "select true from network.post where id = %(id)s")
END_POST = statement("update network.post set until = greatest(%(now)s, since) where id = %(id)s")

CERTIFICATES = query(
    Certificate, f"select {CERTIFICATE} from network.certificate where person_id = %(person_id)s order by issued_at, id"
)
ONE_CERTIFICATE = query(Certificate, f"select {CERTIFICATE} from network.certificate where id = %(id)s")
ADD_CERTIFICATE = statement(
    "insert into network.certificate (id, person_id, kind, issued_at, expires_at, by)"
    " values (%(id)s, %(person_id)s, %(kind)s, %(now)s, %(expires_at)s, %(by)s)"
)
REVOKE_CERTIFICATE = statement("update network.certificate set revoked_at = %(now)s where id = %(id)s")

LOCK_UNIT = query(UUID, "select id from network.unit where id = %(id)s for update")
SET_SHIFT = statement(
    "insert into network.shift (unit_id, kind, starts, ends) values (%(unit_id)s, %(kind)s, %(starts)s, %(ends)s)"
    " on conflict (unit_id, kind) do update set starts = excluded.starts, ends = excluded.ends"
)
# The nearest unit upwards that has set a shift sets it for all below.
SHIFTS = query(
    Shift,
    "select distinct on (s.kind) s.kind, s.starts, s.ends from network.shift s join network.unit u on u.id = s.unit_id"
    " where u.path @> %(path)s::ltree order by s.kind, nlevel(u.path) desc",
)
# Planned duties that have begun stay: somebody is keeping them.
DROP_PLANNED = statement(
    "delete from network.duty d using network.post o where d.post_id = o.id and d.planned and o.kind = any(%(kinds)s)"
    " and o.unit_id = any(%(unit_ids)s)"
    " and d.since >= greatest(%(since)s::timestamptz, %(now)s::timestamptz) and d.since < %(until)s"
)
ADD_DUTIES = statement(
    "insert into network.duty (id, post_id, since, until, shift, planned)"
    " select v.id, v.post_id, v.since, v.until, v.shift, true"
    " from unnest(%(ids)s::uuid[], %(posts)s::uuid[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[],"
    " %(shifts)s::text[]) as v(id, post_id, since, until, shift) on conflict do nothing"
)
ADD_DUTY = statement(
    "insert into network.duty (id, post_id, since, until, shift, grids, reach) values (%(id)s, %(post_id)s, %(since)s,"
    " %(until)s, 'single', %(grids)s::uuid[], %(reach)s::text[]) on conflict do nothing"
)
# The lines that a plan takes the place of: those that name a post whose planned duties it drops.
DROP_PATTERN = statement(
    "delete from network.pattern l where exists (select from network.post o where o.id = any(l.post_ids)"
    " and o.kind = any(%(kinds)s) and o.unit_id = any(%(unit_ids)s))"
)
ADD_PATTERN = statement(
    "insert into network.pattern (id, unit_id, n, shift, post_ids, weekdays, at_once)"
    " select v.id, %(unit_id)s, coalesce((select max(n) from network.pattern where unit_id = %(unit_id)s), 0) + v.n, v.shift,"
    " v.post_ids::uuid[], v.weekdays::smallint[], v.at_once"
    " from unnest(%(ids)s::uuid[], %(ns)s::int[], %(shifts)s::text[], %(post_ids)s::text[], %(weekdays)s::text[],"
    " %(at_once)s::int[]) as v(id, n, shift, post_ids, weekdays, at_once)"
)
# A hand-made duty pushes planned ones of the same post aside.
YIELD_PLANNED = statement(
    "delete from network.duty where post_id = %(post_id)s and planned"
    " and tstzrange(since, until) && tstzrange(%(since)s, %(until)s)"
)


def put_pattern(tx: Tx, unit_id: UUID, lines: Sequence[DutyLine], unit_ids: list[UUID], kinds: list[str]) -> None:
    """The unit's lines in their order, in place of those of these units' posts of these kinds."""
    DROP_PATTERN.run(tx, unit_ids=unit_ids, kinds=kinds)
    ADD_PATTERN.run(
        tx,
        unit_id=unit_id,
        ids=[new_id() for _ in lines],
        ns=list(range(1, len(lines) + 1)),
        shifts=[line.shift.value for line in lines],
        post_ids=[_array(line.post_ids) for line in lines],
        weekdays=[_array(sorted(set(line.weekdays))) for line in lines],
        at_once=[line.at_once for line in lines],
    )


def _array(values: Iterable[Any]) -> str:
    """An array within an array, whose lengths may differ: as PostgreSQL writes one."""
    return "{" + ",".join(map(str, values)) + "}"
