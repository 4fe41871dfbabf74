"""Writes of residents: sealed, counted by plain columns, erasable."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from yiwang.kit import secret
from yiwang.kit.db import Tx, query, statement
from yiwang.kit.errors import Unavailable
from yiwang.scenes.homes import rules
from yiwang.scenes.homes.model import HomeOf, Person, Resident

log = logging.getLogger(__name__)
SEALED = "homes.resident.sealed"
COLUMNS: LiteralString = "id, home_id, sealed, name_mark, born, sex, relation, care, since, until, generated, n, added_at, changed_at, erased_at, erased_why"
COUNTED: LiteralString = (
    "count(t.id)::int as homes, (count(*) filter (where t.attributes ->> 'tenure' = '出租'))::int as let,"
    " (count(*) filter (where t.attributes ->> 'tenure' = '空置'))::int as empty,"
    " coalesce(sum(r.living), 0)::int as living, coalesce(sum(r.elder), 0)::int as elder, coalesce(sum(r.aged), 0)::int as aged,"
    " (count(*) filter (where r.living = 1))::int as alone,"
    " (count(*) filter (where r.living = 1 and r.elder = 1))::int as alone_elder,"
    " (count(*) filter (where r.living = 1 and r.aged = 1))::int as alone_aged, coalesce(sum(r.care), 0)::int as care"
)
"""Of homes `t` and who lives in each, `r`."""
LOCK_HOMES = query(
    HomeOf,
    "select t.id, t.code, u.path::text as unit_path, t.generated, t.ended, g.duty_grid_id from register.thing t"
    " join network.unit u on u.id = t.unit_id left join city.unit_grid g on g.code = t.grid_code where t.id = any(%(ids)s) and t.kind = 'home' order by t.id for no key update of t",
)
LOCK = query(Resident, f"select {COLUMNS} from homes.resident where id = %(id)s for update")
LOCK_IN = query(Resident, f"select {COLUMNS} from homes.resident where home_id = any(%(homes)s) order by id for update")
ADD = statement(
    f"insert into homes.resident ({COLUMNS}) select id, home_id, decode(sealed, 'base64'), decode(name_mark, 'base64'), born, sex, relation, care, since, until,"
    " generated, n, added_at, changed_at, null, null from json_to_recordset(%(rows)s::json) as r (id uuid, home_id uuid,"
    " sealed text, name_mark text, born date, sex text, relation text, care boolean, since date, until date, generated boolean, n int,"
    " added_at timestamptz, changed_at timestamptz)"
)
PUT = statement(
    "update homes.resident set sealed = %(sealed)s, name_mark = %(name_mark)s, born = %(born)s, sex = %(sex)s, relation = %(relation)s, care = %(care)s,"
    " since = %(since)s, until = %(until)s, n = %(n)s, changed_at = %(changed_at)s where id = %(id)s"
)
ERASE = statement(
    "update homes.resident set sealed = null, name_mark = null, born = null, sex = null, care = false, until = coalesce(until, greatest(since, %(today)s::date)),"
    " n = n + 1, changed_at = %(now)s, erased_at = %(now)s, erased_why = %(why)s where id = any(%(ids)s) and erased_at is null"
)
LOCK_EXPIRED = query(
    UUID,
    "select id from homes.resident where until < %(before)s and erased_at is null order by until, id limit %(limit)s"
    " for update skip locked",
)
LOCK_STALE = query(
    Resident,
    f"select {COLUMNS} from homes.resident where id > %(after)s and (substring(sealed from 1 for 5) <> %(head)s"
    " or sealed is not null and name_mark is null)"
    " order by id limit %(limit)s for update skip locked",
)
PUT_SEALED = statement("update homes.resident set sealed = %(sealed)s, name_mark = %(mark)s where id = %(id)s")


LOCK_TALLY = query(bool, "select pg_advisory_xact_lock(7917) is null")
TAKE_AGAIN = query(
    str,
    "with taken as (delete from homes.tally_again returning grid_code) select grid_code from taken"
    " union select grid_code from homes.tally where day <> %(day)s order by 1",
)
DROP_TALLY = statement("delete from homes.tally where grid_code = any(%(grids)s)")
ADD_TALLY = statement(
    "insert into homes.tally (homes, let, empty, living, elder, aged, alone, alone_elder, alone_aged, care, grid_code, day)"
    f" select {COUNTED}, t.grid_code, %(day)s::date from register.thing t"
    " left join (select home_id, count(*) as living, count(*) filter (where born <= %(elder)s) as elder,"
    " count(*) filter (where born <= %(aged)s) as aged, count(*) filter (where care) as care from homes.resident"
    " where until is null and home_id in (select id from register.thing where kind = 'home' and grid_code = any(%(grids)s))"
    " group by home_id) r on r.home_id = t.id"
    " where t.kind = 'home' and not t.ended and t.grid_code = any(%(grids)s) group by t.grid_code"
)


def lock_home(tx: Tx, home_id: UUID) -> HomeOf:
    """Its row locked, so that nobody is registered there twice at once; NotFound."""
    home = LOCK_HOMES.maybe(tx, ids=[home_id])
    if home is None:
        raise rules.no_home()
    return home


def lock_resident(tx: Tx, resident_id: UUID) -> Resident:
    row = LOCK.maybe(tx, id=resident_id)
    if row is None:
        raise rules.unknown()
    return row


def seal(row: Resident, person: Person) -> tuple[Resident, str]:
    """The row with its person sealed under a new salt, and the digest that the ledger gets."""
    salt = secrets.token_bytes(16)
    sealed = replace(row, sealed=_seal(row.id, person, salt), name_mark=list_marks(person.name)[0])
    return sealed, rules.digest(salt, row, person)


def list_marks(name: str) -> list[bytes]:
    """By what a name is found, by the present key first: those of older keys find whom it has not sealed yet. A surname has none:
    there are few, and how often each comes would tell which it is."""
    return secret.ring().digests(f"{SEALED}\n{rules.plain_name(name)}".encode())


def _seal(resident_id: UUID, person: Person, salt: bytes) -> bytes:
    fields = {"name": person.name, "id_number": person.id_number, "phone": person.phone, "salt": salt.hex()}
    return secret.ring().seal(SEALED, resident_id, fields)


def open_resident(row: Resident) -> Person:
    """Who it is. Unavailable where the key is not here; nobody where they are erased."""
    if row.sealed is None:
        return Person("")
    fields = secret.ring().open(SEALED, row.id, row.sealed)
    return Person(fields["name"], fields["id_number"], fields["phone"])


def try_open(row: Resident) -> Person | None:
    """None where it cannot be read: what must be known of that is in the log."""
    if row.sealed is None:
        return None
    try:
        return open_resident(row)
    except Unavailable as broken:
        log.error("%s: %s", broken.code, broken.detail)
        return None


def add_residents(tx: Tx, rows: Sequence[Resident]) -> None:
    if rows:
        ADD.run(tx, rows=msgspec.json.encode(rows).decode())


def put_resident(tx: Tx, row: Resident) -> None:
    PUT.run(tx, **_plain(row))


def put_residents(tx: Tx, rows: Sequence[Resident]) -> None:
    PUT.run_many(tx, [_plain(row) for row in rows])


def _plain(row: Resident) -> dict[str, Any]:
    return {
        "id": row.id, "sealed": row.sealed, "name_mark": row.name_mark, "born": row.born, "sex": row.sex, "relation": row.relation.value, "care": row.care,
        "since": row.since, "until": row.until, "n": row.n, "changed_at": row.changed_at,
    }  # fmt: skip


def drop_person(tx: Tx, ids: Sequence[UUID], why: str, today: date, now: datetime) -> None:
    """Erase who they were; what is left is that somebody lived there from when to when."""
    ERASE.run(tx, ids=list(ids), why=why, today=today, now=now)


def put_tally(tx: Tx) -> int:
    """Count anew every grid in which something has changed, and all of another day; returns how many grids."""
    LOCK_TALLY.one(tx)
    today = rules.today_of(tx.now)
    grids = TAKE_AGAIN.all(tx, day=today)
    if grids:
        DROP_TALLY.run(tx, grids=grids)
        ADD_TALLY.run(tx, grids=grids, day=today, **rules.born_by_groups(today))
    return len(grids)


def put_residents_sealed(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next residents that the present key has not sealed; answers with the last one, None when none is left."""
    rows = LOCK_STALE.all(tx, after=after, head=secret.ring().head, limit=limit)
    again = []
    for row in rows:
        fields = secret.ring().open(SEALED, row.id, row.sealed or b"")
        mark = list_marks(fields["name"])[0]
        again.append({"id": row.id, "sealed": secret.ring().seal(SEALED, row.id, fields), "mark": mark})
    PUT_SEALED.run_many(tx, again)
    return rows[-1].id if rows else None
