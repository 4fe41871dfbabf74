"""Reads of people and posts, and the one call of N4: who is on duty here, now, for this, and how to reach them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from yiwang.kit.db import Clause, Tx, query
from yiwang.kit.errors import NotFound, Unavailable
from yiwang.kit.scope import Scope
from yiwang.network import rules_personal, store_people, store_personal
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import (
    Certificate,
    DutyRow,
    HeldPost,
    OnDuty,
    Person,
    PostView,
)
from yiwang.network.model_personal import OnDutyRow, PersonRow, SealedPerson
from yiwang.network.rules import is_within

log = logging.getLogger(__name__)
UNREADABLE = "（无法读取）"
"""Shown in place of a sealed value that does not open; the log says why."""

ONE = query(PersonRow, f"select {store_people.PERSON} from network.person where id = %(id)s")
# In sight: oneself, and whoever holds or held a post within the scope's subtrees.
LIST = query(
    PersonRow,
    "select p.id, p.login, p.name, p.sealed, p.phone, p.wecom, p.added_at, p.erased_at from network.person p"
    " where p.id > %(after)s and (%(everything)s or p.id = %(person)s or exists (select from network.post o"
    " join network.unit u on u.id = o.unit_id where o.person_id = p.id and u.path <@ %(paths)s::ltree[]))"
    " and {where} order by p.id limit %(limit)s",
)
ON_DUTY = query(
    OnDutyRow,
    "select person_id, name, kind as post, post_id, unit_id, unit_name, unit_path, grids, until, sealed, phone, wecom,"
    " reach, climbed, for_grid, here_since from (select f.*, min(f.rank) over () as best from (select p.id as person_id, p.name, o.kind,"
    " o.id as post_id, u.id as unit_id, u.name as unit_name, u.path::text as unit_path, g.grids, d.until,"
    " p.sealed, p.phone, p.wecom, d.reach, a.since as here_since,"
    " nlevel(%(path)s::ltree) - nlevel(u.path) as climbed, %(grid)s::uuid is not null and %(grid)s = any(g.grids) as for_grid,"
    " case when %(grid)s = any(g.grids) then -1 else nlevel(%(path)s::ltree) - nlevel(u.path) end as rank"
    " from network.unit u join network.unit x on x.id = u.id or x.successor_id = u.id"
    " join network.post o on o.unit_id = x.id join network.duty d on d.post_id = o.id"
    " join network.person p on p.id = o.person_id"
    " left join lateral (select max(since) as since from network.attendance a where a.person_id = p.id"
    " and a.since <= %(at)s and coalesce(a.until, a.ends_by) > %(at)s) a on true"
    " cross join lateral (select case when d.grids = '{}' then o.grids else d.grids end as grids) g"
    " where u.path @> %(path)s::ltree and u.valid_to is null and o.kind = any(%(kinds)s)"
    f" and d.since <= %(at)s and d.until > %(at)s and {store_people.EFFECTIVE} and p.erased_at is null"
    " and (%(grid)s::uuid is null or g.grids = '{}' or %(grid)s = any(g.grids))) f) ranked"
    " where rank = best order by kind, name, post_id",
)
ROSTER = query(
    DutyRow,
    "select d.id, p.id as person_id, p.name, o.kind as post, u.name as unit_name, d.shift, d.since, d.until"
    " from network.duty d join network.post o on o.id = d.post_id join network.person p on p.id = o.person_id"
    " join network.unit u on u.id = o.unit_id where u.path <@ %(path)s::ltree"
    " and (%(everything)s or p.id = %(person)s or u.path <@ %(paths)s::ltree[])"
    " and d.until > %(since)s and d.since < %(until)s and (d.since, d.id) > (%(after_at)s, %(after)s)"
    " order by d.since, d.id limit %(limit)s",
)
IN_REACH = query(
    bool,
    "select %(id)s::uuid = %(me)s::uuid or exists (select from network.post o join network.unit u on u.id = o.unit_id"
    " where o.person_id = %(id)s and u.path <@ %(paths)s::ltree[])"
    " or %(new)s and not exists (select from network.post o where o.person_id = %(id)s) as found",
)
CERTIFIED = query(
    bool,
    "select true from network.certificate where person_id = %(person_id)s and kind = %(kind)s and issued_at <= %(at)s"
    " and expires_at > %(at)s and (revoked_at is null or revoked_at > %(at)s) limit 1",
)
MINE = query(
    PostView,
    "select o.id, o.kind, u.id as unit_id, u.name as unit_name, u.path::text as unit_path, o.grids from network.post o"
    " join network.unit_now n on n.id = o.unit_id join network.unit u on u.id = n.unit_id where o.id = any(%(ids)s)"
    " order by o.since, o.id",
)
FIRST = UUID(int=0)


def show_person(row: PersonRow, *, own: bool = False) -> Person:
    """As others see them: telephone masked; as they see themselves, in clear."""
    phone, wecom = show_reach(row.id, row.sealed, row.phone, row.wecom, own=own)
    return Person(row.id, row.login, row.name, phone, wecom, row.added_at, row.erased_at)


def show_reach(
    person_id: UUID, sealed: bytes | None, phone: str | None, wecom: str | None, *, own: bool = False
) -> tuple[str | None, str | None]:
    try:
        phone, wecom = store_personal.open_person(SealedPerson(person_id, sealed, phone, wecom))
    except Unavailable as broken:  # one row must not close the whole list
        log.error("%s: %s", broken.code, broken.detail)
        return UNREADABLE, None
    if not own:
        return phone and rules_personal.mask_phone(phone), wecom and rules_personal.mask_account(wecom)
    return phone, wecom


def get_person(tx: Tx, scope: Scope, person_id: UUID) -> Person:
    """The person, if in sight; NotFound."""
    seen = LIST.all(
        tx,
        Clause("p.id = %(id)s", {"id": person_id}),
        after=FIRST,
        everything=scope.everything,
        person=scope.person,
        paths=list(scope.paths),
        limit=1,
    )
    if not seen:
        raise NotFound("network.no_person", "没有这个人", "No such person")
    return show_person(seen[0], own=seen[0].id == scope.person)


def list_people(
    tx: Tx, scope: Scope, *, under: str | None = None, search: str | None = None, after: UUID = FIRST, limit: int = 50
) -> list[Person]:
    """People in sight, by id, after `after`: those who hold a post now below the path `under`; name or login like `search`."""
    where = Clause("p.erased_at is null")
    if under is not None:
        where &= Clause(
            "exists (select from network.post o join network.unit u on u.id = o.unit_id where o.person_id = p.id"
            f" and {store_people.EFFECTIVE} and u.path <@ %(under)s::ltree)",
            {"under": under, "at": tx.now},
        )
    if search:
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where &= Clause("(p.name like %(like)s or p.login ilike %(like)s)", {"like": f"%{escaped}%"})
    rows = LIST.all(
        tx,
        where,
        after=after,
        everything=scope.everything,
        person=scope.person,
        paths=list(scope.paths),
        limit=limit,
    )
    return [show_person(row) for row in rows]


def list_posts(tx: Tx, scope: Scope, person_id: UUID) -> list[HeldPost]:
    """The posts the person has, had or will have in the units in sight (one's own, all); NotFound when they are not."""
    get_person(tx, scope, person_id)
    held = store_people.HELD_BY.all(tx, person_id=person_id, at=tx.now)
    everything = scope.everything or person_id == scope.person
    return [p for p in held if everything or any(is_within(p.unit_path, top) for top in scope.paths)]


def list_certificates(tx: Tx, scope: Scope, person_id: UUID) -> list[Certificate]:
    get_person(tx, scope, person_id)
    return store_people.CERTIFICATES.all(tx, person_id=person_id)


def is_certified(tx: Tx, person_id: UUID, kind: PostKind, at: datetime) -> bool:
    """Has the person a valid training certificate for that kind of post (C2: trusted to file)."""
    return CERTIFIED.maybe(tx, person_id=person_id, kind=kind, at=at) is True


def who_is_on_duty(
    tx: Tx, unit_path: str, kinds: Iterable[PostKind], at: datetime | None = None, *, grid: UUID | None = None
) -> list[OnDuty]:
    """Who is on duty for a unit (and duty grid) at an instant in one of these posts, and how to reach them.

    Nearest first: whoever is on duty for the very grid, else in the unit, else in the next unit upwards that has
    somebody; all of that level. `climbed` says how far up that was. Empty when nobody is, all the way up. One statement.
    """
    rows = ON_DUTY.all(tx, path=unit_path, kinds=[k.value for k in kinds], at=at or tx.now, grid=grid)
    return [_show_duty(row) for row in rows]


def _show_duty(row: OnDutyRow) -> OnDuty:
    phone, wecom = show_reach(row.person_id, row.sealed, row.phone, row.wecom)
    return OnDuty(
        row.person_id, row.name, row.post, row.post_id, row.unit_id, row.unit_name, row.unit_path, row.grids, row.until,
        phone if "phone" in row.reach else None, wecom if "wecom" in row.reach else None, row.climbed, row.for_grid,
        row.here_since,
    )  # fmt: skip


def list_duties(
    tx: Tx,
    scope: Scope,
    unit_path: str,
    since: datetime,
    until: datetime,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 200,
) -> list[DutyRow]:
    """The roster of a unit and all below it between two instants, in order of time, after (since, id) of the last row."""
    after_at, after_id = after or (since.replace(year=1900), FIRST)
    return ROSTER.all(
        tx,
        path=unit_path,
        since=since,
        until=until,
        everything=scope.everything,
        person=scope.person,
        paths=list(scope.paths),
        after_at=after_at,
        after=after_id,
        limit=limit,
    )


def list_my_posts(tx: Tx, actor: Actor) -> tuple[PostView, ...]:
    """The posts that `actor` acts under, with their names (a token's may be narrower than the unit named)."""
    return tuple(MINE.all(tx, ids=[p.id for p in actor.posts]))
