"""Reads for files of people and rosters: who has a login, who holds what where, the weekly patterns as planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network import store_people
from yiwang.network.model import PostKind
from yiwang.network.model_people import ShiftKind
from yiwang.network.model_personal import PersonRow
from yiwang.network.model_sheet import HeldRow, PatternLine

STANDING: LiteralString = "(o.until is null or o.until > %(at)s) and p.erased_at is null"
NOWADAYS: LiteralString = (
    "join network.unit x on x.id = o.unit_id join network.unit u on u.id = coalesce(x.successor_id, x.id)"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A post that somebody with this login (in small letters) holds in this unit."""

    login: str
    post_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned duty, as far as one plan differs from another by it."""

    post_id: UUID
    since: datetime
    until: datetime
    shift: ShiftKind


BY_LOGIN = query(
    PersonRow,
    f"select {store_people.PERSON} from network.person where lower(login) = lower(%(login)s) and erased_at is null",
)
HELD = query(
    HeldRow,
    "select o.id, p.id as person_id, coalesce(p.login, '') as login, p.name, p.sealed, p.phone, p.wecom, o.kind, u.code as unit_code,"
    f" u.name as unit_name, o.grids, o.since, o.until from network.post o join network.person p on p.id = o.person_id {NOWADAYS}"
    " where (%(everything)s or p.id = %(person)s or u.path <@ %(paths)s::ltree[])"
    " and (%(under)s::ltree is null or u.path <@ %(under)s::ltree)"
    f" and {STANDING} and (u.code, p.login, o.id) > (%(code)s, %(login)s, %(after)s)"
    " order by u.code, p.login, o.id limit %(limit)s",
)
HOLDERS = query(
    Holder,
    "select lower(p.login) as login, o.id as post_id, u.id as unit_id"
    f" from network.post o join network.person p on p.id = o.person_id {NOWADAYS}"
    " where lower(p.login) = any(%(logins)s) and o.kind = any(%(kinds)s) and u.path <@ %(path)s::ltree"
    f" and {STANDING} order by o.since, o.id",
)
PLANNED = query(
    Planned,
    f"select d.post_id, d.since, d.until, d.shift from network.duty d join network.post o on o.id = d.post_id {NOWADAYS}"
    " where d.planned and u.path <@ %(path)s::ltree and d.since >= %(since)s and d.since < %(until)s"
    " order by d.since, d.post_id",
)
# One line a row, with its posts that stand, in their order; a line of which none stands any more is none.
PATTERN = query(
    PatternLine,
    "select l.id, u.id as unit_id, u.code as unit_code, u.name as unit_name, l.n, l.shift, l.weekdays, l.at_once,"
    " s.post_ids, s.kinds, s.logins, s.names from network.pattern l join network.unit x on x.id = l.unit_id"
    " join network.unit u on u.id = coalesce(x.successor_id, x.id)"
    " cross join lateral (select array_agg(o.id order by w.k) as post_ids, array_agg(o.kind order by w.k) as kinds,"
    " array_agg(p.login order by w.k) as logins, array_agg(p.name order by w.k) as names"
    " from unnest(l.post_ids) with ordinality as w(id, k) join network.post o on o.id = w.id"
    f" join network.person p on p.id = o.person_id where {STANDING}) s"
    " where s.post_ids is not null and (%(everything)s or u.path <@ %(paths)s::ltree[]) and {where}"
    " order by u.code, l.n, l.id limit %(limit)s",
)
FIRST = ("", 0, UUID(int=0))


def find_by_login(tx: Tx, login: str) -> PersonRow | None:
    """Whoever has this login, wherever they are: for acts, which look themselves whether that is within reach."""
    return BY_LOGIN.maybe(tx, login=login)


def list_held(
    tx: Tx, scope: Scope, under: str | None, *, after: tuple[str, str, UUID] = ("", "", UUID(int=0)), limit: int
) -> list[HeldRow]:
    """The posts that stand, in sight, below the path `under`; by unit and login, after (unit_code, login, id)."""
    code, login, post_id = after
    return HELD.all(
        tx, everything=scope.everything, person=scope.person, paths=list(scope.paths), under=under, code=code, login=login,
        after=post_id, at=tx.now, limit=limit,
    )  # fmt: skip


def find_holders(tx: Tx, logins: Iterable[str], kinds: Iterable[PostKind], unit_path: str) -> list[Holder]:
    """Who of these holds one of these posts in the unit or below it."""
    wanted = [login.lower() for login in logins]
    return HOLDERS.all(tx, logins=wanted, kinds=[k.value for k in kinds], path=unit_path, at=tx.now)


def find_planned(tx: Tx, unit_path: str, since: datetime, until: datetime) -> list[Planned]:
    """What is planned of a unit and below it to begin between two instants."""
    return PLANNED.all(tx, path=unit_path, since=since, until=until)


def list_pattern(
    tx: Tx,
    scope: Scope,
    *,
    unit_id: UUID | None = None,
    under: str | None = None,
    after: tuple[str, int, UUID] = FIRST,
    limit: int,
) -> list[PatternLine]:
    """The weekly patterns as planned, in sight: of one unit, or of all below the path `under`; after (unit_code, n, id)."""
    code, n, line_id = after
    where = Clause("(u.code, l.n, l.id) > (%(code)s, %(n)s, %(after)s)", {"code": code, "n": n, "after": line_id})
    if unit_id is not None:
        where &= Clause("u.id = %(unit_id)s", {"unit_id": unit_id})
    if under is not None:
        where &= Clause("u.path <@ %(under)s::ltree", {"under": under})
    return PATTERN.all(tx, where, everything=scope.everything, paths=list(scope.paths), at=tx.now, limit=limit)
