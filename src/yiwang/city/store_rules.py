"""SQL that writes the catalogue, filing conditions and calendars."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from uuid import UUID

from yiwang.city.model_rules import CalendarRow, Condition, Matter, Pack, Scheme, SetCalendarOverride, Successor
from yiwang.kit.db import Tx, query, statement

LOCK = query(bool, "select one from city.revision for update")
BUMP = statement(
    "update city.revision set version = gen_random_uuid(), writer = pg_current_xact_id(), changed_at = %(now)s"
)
PACK = query(Pack, "select name, version, catalogue_digest, rules_digest from city.pack where name = %(name)s")
PUT_PACK = statement(
    "insert into city.pack (name, version, catalogue_digest, rules_digest, loaded_at)"
    " values (%(name)s, %(version)s, %(catalogue_digest)s, %(rules_digest)s, %(now)s)"
    " on conflict (name) do update set version = excluded.version, catalogue_digest = excluded.catalogue_digest,"
    " rules_digest = excluded.rules_digest, loaded_at = excluded.loaded_at"
)
PUT_SCHEME = statement(
    "insert into city.scheme (id, name, version, valid_from, valid_to)"
    " values (%(id)s, %(name)s, %(version)s, %(valid_from)s, %(valid_to)s)"
    " on conflict (id) do update set name = excluded.name, version = excluded.version,"
    " valid_from = excluded.valid_from, valid_to = excluded.valid_to"
)
PUT_MATTER = statement(
    "insert into city.matter (scheme, code, kind, major_code, major, name, english, field, source, status)"
    " values (%(scheme)s, %(code)s, %(kind)s, %(major_code)s, %(major)s, %(name)s, %(english)s, %(field)s,"
    " %(source)s, %(status)s)"
    " on conflict (scheme, code, kind) do update set major_code = excluded.major_code, major = excluded.major,"
    " name = excluded.name, english = excluded.english, field = excluded.field, source = excluded.source,"
    " status = excluded.status"
)
DROP_SUCCESSORS = statement("delete from city.successor where pack = %(pack)s")
ADD_SUCCESSOR = statement(
    "insert into city.successor (from_scheme, from_code, kind, to_scheme, to_code, to_kind, note, pack)"
    " values (%(from_scheme)s, %(from_code)s, %(kind)s, %(to_scheme)s, %(to_code)s, %(to_kind)s, %(note)s, %(pack)s)"
    " on conflict do nothing"
)
PUT_CONDITION = statement(
    "insert into city.condition (id, scheme, code, kind, text, limit_value, clock, limit_text, close_condition,"
    " seasonal, source, status, version, retired_at, pack)"
    " values (%(id)s, %(scheme)s, %(code)s, %(kind)s, %(text)s, %(limit_value)s, %(clock)s, %(limit_text)s,"
    " %(close_condition)s, %(seasonal)s, %(source)s, %(status)s, %(version)s, null, %(pack)s)"
    " on conflict (id) do update set retired_at = null, source = excluded.source, status = excluded.status,"
    " pack = excluded.pack"
)
RETIRE = statement(
    "update city.condition set retired_at = %(now)s where pack = %(pack)s and retired_at is null and not id = any(%(ids)s)"
)
DROP_CONDITIONS = statement(
    "update city.condition set retired_at = %(now)s where id = any(%(ids)s) and retired_at is null"
)
PUT_CALENDAR = statement(
    "insert into city.calendar (unit_id, name, zone, statutory, weekdays, shifts)"
    " values (%(unit_id)s, %(name)s, %(zone)s, %(statutory)s, %(weekdays)s::smallint[], %(shifts)s)"
    " on conflict (unit_id) do update set name = excluded.name, zone = excluded.zone, statutory = excluded.statutory,"
    " weekdays = excluded.weekdays, shifts = excluded.shifts"
)
PUT_DAY = statement(
    "insert into city.calendar_day (unit_id, day, works, shifts, note)"
    " values (%(unit_id)s, %(day)s, %(works)s, %(shifts)s, %(note)s)"
    " on conflict (unit_id, day) do update set works = excluded.works, shifts = excluded.shifts, note = excluded.note"
)
DROP_DAY = statement("delete from city.calendar_day where unit_id = %(unit_id)s and day = %(day)s")


def lock_rules(tx: Tx) -> None:
    """One at a time changes catalogue, rules or calendars; readers are not held up."""
    LOCK.one(tx)


def put_revision(tx: Tx) -> None:
    """Tell every process that what it keeps in memory is old."""
    BUMP.run(tx, now=tx.now)


def put_pack(tx: Tx, pack: Pack) -> None:
    PUT_PACK.run(tx, **asdict(pack), now=tx.now)


def put_catalogue(
    tx: Tx, pack: str, schemes: Iterable[Scheme], matters: Iterable[Matter], successors: Iterable[Successor]
) -> None:
    """Schemes and classes are added or corrected, never deleted; the pack's successors are replaced."""
    PUT_SCHEME.run_many(tx, [asdict(s) for s in schemes])
    PUT_MATTER.run_many(tx, [asdict(m) for m in matters])
    DROP_SUCCESSORS.run(tx, pack=pack)
    ADD_SUCCESSOR.run_many(tx, [{**asdict(s), "pack": pack} for s in successors])


def put_conditions(tx: Tx, pack: str, conditions: Iterable[Condition]) -> None:
    PUT_CONDITION.run_many(tx, [{**asdict(c), "pack": pack} for c in conditions])


def retire_conditions(tx: Tx, pack: str, kept: Iterable[UUID]) -> int:
    """Retire the pack's conditions that are not among `kept`; how many."""
    return RETIRE.run(tx, pack=pack, ids=list(kept), now=tx.now)


def drop_conditions(tx: Tx, ids: Collection[UUID]) -> None:
    DROP_CONDITIONS.run(tx, ids=list(ids), now=tx.now)


def put_calendar(tx: Tx, row: CalendarRow) -> None:
    PUT_CALENDAR.run(tx, **asdict(row) | {"weekdays": list(row.weekdays)})


def put_day(tx: Tx, cmd: SetCalendarOverride) -> None:
    if cmd.works is None:
        DROP_DAY.run(tx, unit_id=cmd.unit_id, day=cmd.day)
    else:
        PUT_DAY.run(tx, **asdict(cmd))
