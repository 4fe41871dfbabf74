"""Reads of rounds: how far they are, what is left, and what has changed since the last census."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.network.model_posts import Holder
from yiwang.network.queries_posts import find_holders
from yiwang.network.rules import is_within, scope_of
from yiwang.register import queries, rules, rules_round, store_round
from yiwang.register.model_round import (
    Compared,
    GridCompared,
    MyRound,
    Round,
    RoundFile,
    RoundGrid,
    RoundKind,
    RoundPerson,
    RoundRow,
    RoundThing,
    StateCompared,
)

# Of a round whoever sees its ground, some of it, or was given a grid; of its grids those on their ground, and their own.
GRID_SEEN: LiteralString = "(%(everything)s or gu.path <@ %(areas)s::ltree[] or g.person_id = %(me)s)"
SEEN: LiteralString = (
    "(%(everything)s or u.path <@ %(areas)s::ltree[] or u.path @> %(areas)s::ltree[] or exists"
    " (select from register.round_grid w where w.round_id = r.id and w.person_id = %(me)s))"
)
ONE = query(Round, store_round.ROUND + " and " + SEEN)
LIST = query(
    RoundRow,
    "select r.id, r.name, r.kind, r.purpose, r.unit_id, u.name as unit_name, r.states, r.attributes, r.begins, r.until, r.by,"
    " coalesce(b.name, '') as by_name, r.opened_at, r.ended_at, r.cancelled, r.reason, r.last_id, f.grids, f.assigned, f.grids_done,"
    " f.things, f.checked, f.damaged, coalesce(r.ended_at, %(now)s) >= r.until and not r.cancelled and case r.purpose when 'check'"
    " then f.checked < f.things else f.grids_done < f.grids end as late"
    " from register.round r join network.unit u on u.id = r.unit_id left join network.person b on b.id = r.by"
    " cross join lateral (select count(*)::int as grids, count(g.person_id)::int as assigned, count(g.done_at)::int as grids_done,"
    " coalesce(sum(g.things), 0)::int as things, coalesce(sum(g.checked), 0)::int as checked, coalesce(sum(g.damaged), 0)::int as damaged"
    " from " + store_round.GRIDS_OF + " where g.round_id = r.id and " + GRID_SEEN + ") f"
    " where {where} and " + SEEN + " order by r.opened_at desc, r.id desc limit %(limit)s",
)  # fmt: skip
GRIDS = query(
    RoundGrid, store_round.FIGURES + " and {where} and " + GRID_SEEN + " order by g.grid_code limit %(limit)s"
)
PEOPLE = query(
    RoundPerson,
    "select " + store_round.SUMS + ", f.person_id, f.person_name from (" + store_round.FIGURES + " and " + GRID_SEEN + ") f"
    " group by f.person_id, f.person_name"
    " order by f.person_id is null, f.person_name, f.person_id",
)  # fmt: skip
# What a check round found of each thing; of an open census, the things to which nobody came and of which nothing changed.
ROWS: LiteralString = "select t.id, t.code, t.name, t.address, g.grid_code, gu.name as unit_name, g.person_id, p.name as person_name, t.lon, t.lat, t.state,"
CHECKED = query(
    RoundThing,
    ROWS + " rt.checked_at, cp.name as checked_by, rt.damaged, rt.gone from register.round_thing rt join register.thing t on t.id = rt.thing_id"
    " join " + store_round.GRIDS_OF + " on g.round_id = rt.round_id and g.grid_code = rt.grid_code left join network.person p on p.id = g.person_id"
    " left join network.person cp on cp.id = rt.person_id where rt.round_id = %(id)s and {where} and " + GRID_SEEN +
    " order by g.grid_code, t.code, t.id limit %(limit)s",
    fresh=True,
)  # fmt: skip
UNSEEN = query(
    RoundThing,
    ROWS + " null::timestamptz as checked_at, null as checked_by, false as damaged, false as gone from register.round r join " + store_round.GRIDS_OF +
    " on g.round_id = r.id join register.thing t on t.grid_code = g.grid_code and t.kind = r.kind and not t.ended"
    " left join network.person p on p.id = g.person_id where r.id = %(id)s and r.ended_at is null and t.changed_at < r.begins and not exists"
    " (select from register.checkin c where c.thing_id = t.id and c.at >= r.begins) and {where} and " + GRID_SEEN +
    " order by g.grid_code, t.code, t.id limit %(limit)s",
    fresh=True,
)  # fmt: skip
LAST = query(
    UUID,
    "select l.id from register.round l where l.kind = %(kind)s and l.unit_id = %(unit_id)s and l.purpose = 'census'"
    " and l.ended_at is not null and not l.cancelled and l.id <> %(id)s order by l.ended_at desc, l.id limit 1",
)
# Those that stand now are, once it is closed, those that stood then: both lists stay as they are.
SIDES: LiteralString = (
    "with now_ as (select rt.thing_id, rt.grid_code, rt.state, rt.n from register.round_thing rt where rt.round_id = %(id)s and %(closed)s"
    " union all select t.id, t.grid_code, t.state, t.n from register.round_grid g join register.thing t on t.grid_code = g.grid_code"
    " and t.kind = %(kind)s and not t.ended where g.round_id = %(id)s and not %(closed)s),"
    " was as (select rt.thing_id, rt.grid_code, rt.state, rt.n from register.round_thing rt where rt.round_id = %(last)s)"
)
BY_GRID = query(
    GridCompared,
    SIDES
    + ", both_ as (select n.grid_code, 0 as stood, 1 as stands, (w.grid_code is distinct from n.grid_code)::int as added, 0 as gone,"
    " (w.grid_code = n.grid_code and w.n <> n.n)::int as changed from now_ n left join was w using (thing_id) union all"
    " select w.grid_code, 1, 0, 0, (n.grid_code is distinct from w.grid_code)::int, 0 from was w left join now_ n using (thing_id))"
    " select b.grid_code, gu.name as unit_name, sum(b.stood)::int as stood, sum(b.stands)::int as stands, sum(b.added)::int as added,"
    " sum(b.gone)::int as gone, coalesce(sum(b.changed), 0)::int as changed from both_ b join city.unit_grid x on x.code = b.grid_code"
    " join network.unit gu on gu.id = x.community_id where %(everything)s or gu.path <@ %(areas)s::ltree[]"
    " group by b.grid_code, gu.name order by b.grid_code",
)
BY_STATE = query(
    StateCompared,
    SIDES
    + ", both_ as (select grid_code, state, 0 as stood, 1 as stands from now_ union all select grid_code, state, 1, 0 from was)"
    " select b.state, sum(b.stood)::int as stood, sum(b.stands)::int as stands from both_ b join city.unit_grid x on x.code = b.grid_code"
    " join network.unit gu on gu.id = x.community_id where %(everything)s or gu.path <@ %(areas)s::ltree[] group by b.state order by b.state",
)


def find_sight(tx: Tx, scope: Scope) -> dict[str, Any]:
    sight = queries.find_sight(tx, scope)
    return {"everything": sight["everything"], "areas": sight["areas"], "me": scope.person}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of rounds is narrowed to. `over`: only open ones (False), or only those that are over. `mine`: I have a grid."""

    kind: str | None = None
    purpose: RoundKind | None = None
    over: bool | None = None
    mine: bool = False


def list_rounds(
    tx: Tx, scope: Scope, asked: Asked, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[RoundRow]:
    """The last opened first."""
    where = TRUE
    if asked.kind is not None:
        where &= Clause("r.kind = %(f_kind)s", {"f_kind": asked.kind})
    if asked.purpose is not None:
        where &= Clause("r.purpose = %(f_purpose)s", {"f_purpose": asked.purpose.value})
    if asked.over is not None:
        where &= Clause("(r.ended_at is not null) = %(f_over)s", {"f_over": asked.over})
    if asked.mine:
        where &= Clause(
            "exists (select from register.round_grid m where m.round_id = r.id and m.person_id = %(f_me)s)",
            {"f_me": scope.person},
        )
    if after is not None:
        where &= Clause(
            "(r.opened_at, r.id) < (%(after_at)s, %(after_id)s::uuid)", {"after_at": after[0], "after_id": after[1]}
        )
    return LIST.all(tx, where, now=tx.now, limit=limit, **find_sight(tx, scope))


def get_round(tx: Tx, scope: Scope, round_id: UUID) -> Round:
    """NotFound when there is none, or out of sight."""
    found = ONE.maybe(tx, id=round_id, **find_sight(tx, scope))
    if found is None:
        raise rules_round.unknown()
    return found


def _row(tx: Tx, scope: Scope, round_id: UUID) -> RoundRow:
    return LIST.one(
        tx, Clause("r.id = %(f_id)s", {"f_id": round_id}), now=tx.now, limit=1, **find_sight(tx, scope)
    )  # fmt: skip


def _over(round: Round) -> list[str]:
    kind = rules.kinds().get(round.kind)
    return sorted(kind.ended) if kind else []


def get_file(tx: Tx, actor: Actor, round_id: UUID, *, dry: bool = False) -> RoundFile:
    """A round, how far each person is, and what this person may do with it."""
    scope = scope_of(actor)
    round = get_round(tx, scope, round_id)
    people = PEOPLE.all(tx, id=round_id, over=_over(round), now=tx.now, **find_sight(tx, scope))
    return RoundFile(_row(tx, scope, round_id), people, rules_round.list_acts(actor, round), dry)


def list_grids(
    tx: Tx,
    scope: Scope,
    round_id: UUID,
    *,
    person_id: UUID | None = None,
    after: tuple[str] | None = None,
    limit: int = 500,
) -> list[RoundGrid]:
    """Its grids by code; those of a person."""
    round, where = get_round(tx, scope, round_id), TRUE
    if person_id is not None:
        where &= Clause("g.person_id = %(f_person)s", {"f_person": person_id})
    if after is not None:
        where &= Clause("g.grid_code > %(after)s", {"after": after[0]})
    return GRIDS.all(
        tx, where, id=round_id, over=_over(round), now=tx.now, limit=limit, **find_sight(tx, scope)
    )  # fmt: skip


def walk_grids(tx: Tx, scope: Scope, round_id: UUID) -> list[RoundGrid]:
    """All its grids: of the largest district some thousands."""
    return list_grids(tx, scope, round_id, limit=100_000)


def get_grid(tx: Tx, scope: Scope, round_id: UUID, grid_code: str) -> RoundGrid:
    round, where = get_round(tx, scope, round_id), Clause("g.grid_code = %(f_grid)s", {"f_grid": grid_code})
    return GRIDS.one(
        tx, where, id=round_id, over=_over(round), now=tx.now, limit=1, **find_sight(tx, scope)
    )  # fmt: skip


def list_my_rounds(tx: Tx, scope: Scope) -> list[MyRound]:
    """The open rounds in which this person has grids."""
    rounds = list_rounds(tx, scope, Asked(over=False, mine=True), limit=20)
    return [MyRound(row, list_grids(tx, scope, row.id, person_id=scope.person)) for row in rounds]


def list_workers(tx: Tx, scope: Scope, round_id: UUID) -> list[Holder]:
    """To whom its grids may be given, by name; of those in sight."""
    round = get_round(tx, scope, round_id)
    found = find_holders(tx, round.unit_path, rules_round.posts_for(rules.kind_of(round.kind)))
    return [h for h in found if scope.everything or any(is_within(h.unit_path, path) for path in scope.paths)]


def list_left(
    tx: Tx,
    scope: Scope,
    round_id: UUID,
    *,
    person_id: UUID | None = None,
    grid_code: str | None = None,
    after: tuple[str, str, UUID] | None = None,
    limit: int = 100,
) -> list[RoundThing]:
    """未查到的: what is left of a check; of an open census, to which things nobody came and of which nothing changed since it
    began (of one that is over, none)."""
    round = get_round(tx, scope, round_id)
    where = _narrowed(person_id, grid_code, after)
    sight = find_sight(tx, scope)
    if round.purpose is RoundKind.census:
        return UNSEEN.all(tx, where, id=round_id, limit=limit, **sight)
    left = Clause("rt.checked_at is null and not rt.gone")
    return CHECKED.all(tx, left & where, id=round_id, limit=limit, **sight)


def list_checked(
    tx: Tx, scope: Scope, round_id: UUID, *, after: tuple[str, str, UUID] | None = None, limit: int = 1000
) -> list[RoundThing]:
    """All things of a check round, with what was found."""
    get_round(tx, scope, round_id)
    return CHECKED.all(tx, _narrowed(None, None, after), id=round_id, limit=limit, **find_sight(tx, scope))


def _narrowed(person_id: UUID | None, grid_code: str | None, after: tuple[str, str, UUID] | None) -> Clause:
    where = TRUE
    if person_id is not None:
        where &= Clause("g.person_id = %(f_person)s", {"f_person": person_id})
    if grid_code is not None:
        where &= Clause("g.grid_code = %(f_grid)s", {"f_grid": grid_code})
    if after is not None:
        where &= Clause(
            "(g.grid_code, t.code, t.id) > (%(after_grid)s, %(after_code)s, %(after_id)s::uuid)",
            dict(zip(("after_grid", "after_code", "after_id"), after, strict=True)),
        )
    return where


def find_last(tx: Tx, round: Round) -> UUID | None:
    """The census before it: of the same kind and ground, closed last."""
    return LAST.maybe(tx, id=round.id, kind=round.kind, unit_id=round.unit_id)


def get_comparison(tx: Tx, scope: Scope, round_id: UUID) -> Compared:
    """A census beside the one before it: for ever the same once it is closed. Of a check there is nothing to compare."""
    round = get_round(tx, scope, round_id)
    if round.purpose is RoundKind.check:
        return Compared(None, [], [])
    last = find_last(tx, round) if round.ended_at is None else round.last_id
    sight = queries.find_sight(tx, scope)
    asked = {
        "id": round_id, "last": last, "closed": round.ended_at is not None, "kind": round.kind,
        "everything": sight["everything"], "areas": sight["areas"],
    }  # fmt: skip
    was: Sequence[RoundRow] = (
        []
        if last is None
        else LIST.all(
            tx, Clause("r.id = %(f_id)s", {"f_id": last}), now=tx.now, limit=1, **find_sight(tx, scope)
        )
    )  # fmt: skip
    return Compared(was[0] if was else None, BY_GRID.all(tx, **asked), BY_STATE.all(tx, **asked))
