"""Reads of things: one file, lists, what stands in each grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from yiwang.city.queries_component import around, in_box
from yiwang.city.rules_grid import MICRO
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.geo import Box
from yiwang.kit.scope import Scope
from yiwang.kit.words import ask_grams, like_of, terms_of
from yiwang.network.model import Actor
from yiwang.network.model_units import AREA_KINDS
from yiwang.network.rules import scope_of
from yiwang.register import rules, rules_step, store
from yiwang.register.model import (
    DocumentRow,
    LinkRow,
    PartyRow,
    Revision,
    Thing,
    ThingCase,
    ThingFile,
    ThingRow,
    ThingsInGrid,
)
from yiwang.register.model_step import StepDue

MOST_UNITS = 500
"""So many units in sight are told to a search by words one by one: a district has some 220."""


@dataclass(frozen=True, slots=True)
class ThingsInState:
    """How many things of a kind stand on one's ground in a state."""

    state: str
    things: int


# A body (a firm, an agency) sees what it is a party of; an area what stands on it. Who sees both sees their union, so that what
# is counted by the areas' tally is joined by what a body alone sees.
SEEN: LiteralString = (
    "(%(everything)s or u.path <@ %(areas)s::ltree[] or exists (select from register.party p join network.unit pu"
    " on pu.id = p.unit_id where p.thing_id = t.id and pu.path <@ %(bodies)s::ltree[]))"
)
SEEN_BY_BODY: LiteralString = (
    "register.thing t join network.unit u on u.id = t.unit_id where not t.ended and t.id in (select p.thing_id"
    " from register.party p join network.unit pu on pu.id = p.unit_id where pu.path <@ %(bodies)s::ltree[])"
    " and not (%(everything)s or u.path <@ %(areas)s::ltree[])"
)
TALLIED: LiteralString = (
    "(select c.grid_code, c.kind, c.state, c.things from register.tally c join city.unit_grid g on g.code = c.grid_code"
    " join network.unit u on u.id = g.community_id where (%(everything)s or u.path <@ %(areas)s::ltree[])"
    " union all select t.grid_code, t.kind, t.state, 1 from " + SEEN_BY_BODY + ") c"
)
ONE = query(Thing, store.THING + " and " + SEEN)
ROWS = query(
    ThingRow,
    "select t.id, t.kind, t.code, t.name, t.address, u.name as unit_name, t.grid_code, t.lon, t.lat, t.placed, t.state, t.ended,"
    " t.attributes, t.changed_at from register.thing t join network.unit u on u.id = t.unit_id"
    " where {where} and " + SEEN + " order by t.code, t.id limit %(limit)s",
    fresh=True,
)
PARTIES = query(
    PartyRow,
    "select p.role, p.unit_id, u.code as unit_code, u.name as unit_name, u.path::text as unit_path from register.party p"
    " join network.unit u on u.id = p.unit_id where p.thing_id = %(id)s order by p.role",
)
LINKS = query(
    LinkRow,
    "select l.role, l.outward, t.id, t.kind, t.code, t.name, t.state from (select role, true as outward, to_id as id"
    " from register.link where thing_id = %(id)s union all select role, false, thing_id from register.link"
    " where to_id = %(id)s) l join register.thing t on t.id = l.id join network.unit u on u.id = t.unit_id where "
    + SEEN
    + " order by l.outward desc, l.role, t.kind, t.code limit 200",
)
DOCUMENTS = query(
    DocumentRow,
    "select id, name, sha256, by, at from register.document where thing_id = %(id)s and dropped_at is null order by at, id",
)
CASES = query(
    ThingCase,
    "select c.case_id, r.code as rule, r.zh as rule_zh, r.en as rule_en, s.step, c.at from register.thing_case c"
    " left join register.rule r on r.id = c.rule_id left join register.step s on s.id = c.step_id where c.thing_id = %(id)s order by c.at desc, c.case_id limit 100",
)
WAITING = query(
    StepDue,
    "select step, due_at, due_at <= %(now)s as late from register.step_due where thing_id = %(thing_id)s and ended_at is null"
    " order by due_at, step",
)
REVISIONS = query(
    Revision,
    "select r.n, r.at, r.by, coalesce(p.name, '') as by_name, r.import_id, r.was, r.is_now from register.revision r"
    " left join network.person p on p.id = r.by where r.thing_id = %(id)s"
    " and r.n < coalesce(%(before)s::int, 2147483647) order by r.n desc limit %(limit)s",
)
COUNTS = query(
    ThingsInGrid,
    "select c.grid_code, c.state, sum(c.things)::int as things, (@@ b.shape)[0] / 1e6 as lon, (@@ b.shape)[1] / 1e6 as lat from "
    + TALLIED
    + " join city.unit_grid b on b.code = c.grid_code"
    " where c.kind = %(kind)s and b.bbox && box(point(%(w)s, %(s)s), point(%(e)s, %(n)s))"
    " group by c.grid_code, c.state, b.code order by c.grid_code, c.state limit 20000",
)
STATES = query(
    ThingsInState,
    "select c.state, sum(c.things)::int as things from "
    + TALLIED
    + " where c.kind = %(kind)s group by c.state order by c.state",
)
BODIES = query(
    str, "select u.path::text from network.unit u where u.path = any(%(paths)s::ltree[]) and u.kind <> all(%(areas)s)"
)
WAITING_WORDS = query(bool, "select exists (select from register.words_again)")
UNITS = query(UUID, "select u.id from network.unit u where u.path <@ %(areas)s::ltree[] limit %(most)s")
PHOTO = query(
    bool,
    "select exists (select from register.document d join register.thing t on t.id = d.thing_id join network.unit u"
    " on u.id = t.unit_id where d.sha256 = %(sha256)s and d.dropped_at is null and " + SEEN + ") as seen",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None leaves it wide. `words`: all of them, each somewhere in code, name or address.
    `ended`: also what stands there no more. `box`: west, south, east, north in degrees."""

    kind: str | None
    state: str | None = None
    words: str | None = None
    grid_code: str | None = None
    unit_id: UUID | None = None
    box: Box | None = None
    near: tuple[float, float] | None = None
    radius_m: float = 100
    ended: bool = False
    duty_grids: tuple[UUID, ...] = ()


def find_sight(tx: Tx, scope: Scope) -> dict[str, Any]:
    """The scope's paths, areas and bodies apart; asked once in a transaction."""
    asked = ("sight", scope.everything, scope.paths)
    if (bodies := tx.known.get(asked)) is None:
        areas = [k.value for k in AREA_KINDS]
        bodies = tx.known[asked] = [] if scope.everything else BODIES.all(tx, paths=list(scope.paths), areas=areas)
    return {
        "everything": scope.everything,
        "areas": [path for path in scope.paths if path not in bodies],
        "bodies": bodies,
    }


def get_thing(tx: Tx, scope: Scope, thing_id: UUID) -> Thing:
    """NotFound when there is none, or out of sight."""
    thing = ONE.maybe(tx, id=thing_id, **find_sight(tx, scope))
    if thing is None:
        raise rules.unknown()
    return thing


def get_file(tx: Tx, actor: Actor, thing_id: UUID) -> ThingFile:
    """一物一档: the thing, who has to do with it, what it is linked with, its papers, and what this person may do."""
    scope = scope_of(actor)
    thing, sight = get_thing(tx, scope, thing_id), find_sight(tx, scope)
    parties = PARTIES.all(tx, id=thing_id)
    acts = rules.list_acts(actor, thing, [p.unit_path for p in parties])
    may = rules_step.list_may(actor, rules.kinds().get(thing.kind), thing, parties)
    return ThingFile(
        thing,
        parties,
        LINKS.all(tx, id=thing_id, **sight),
        DOCUMENTS.all(tx, id=thing_id),
        CASES.all(tx, id=thing_id),
        acts,
        may,
        WAITING.all(tx, thing_id=thing_id, now=tx.now),
    )


def list_revisions(
    tx: Tx, scope: Scope, thing_id: UUID, *, before: int | None = None, limit: int = 50
) -> list[Revision]:
    """What changed, the newest first."""
    get_thing(tx, scope, thing_id)
    return REVISIONS.all(tx, id=thing_id, before=before, limit=limit)


def list_things(
    tx: Tx, scope: Scope, wanted: Wanted, *, after: tuple[str, UUID] | None = None, limit: int = 100
) -> list[ThingRow]:
    """Things (of a kind) by code, after the key of the last row seen."""
    where = TRUE if wanted.kind is None else Clause("t.kind = %(kind)s", {"kind": wanted.kind})
    if after is not None:
        where &= Clause(
            "(t.code, t.id) > (%(after_code)s, %(after_id)s::uuid)", {"after_code": after[0], "after_id": after[1]}
        )
    if not wanted.ended:
        where &= Clause("not t.ended")
    for name, column in (("state", "t.state"), ("grid_code", "t.grid_code")):
        if (value := getattr(wanted, name)) is not None:
            where &= Clause(f"{column} = %(f_{name})s", {f"f_{name}": value})
    if wanted.duty_grids:
        mine = "t.grid_code in (select code from city.unit_grid where duty_grid_id = any(%(f_duties)s::uuid[]))"
        where &= Clause(mine, {"f_duties": list(wanted.duty_grids)})
    where &= of_unit(wanted.unit_id) & find_words_clause(tx, scope, wanted.words) & _of_place(wanted)
    return ROWS.all(tx, where & find_party_clause(tx, scope), limit=limit, **find_sight(tx, scope))


def of_unit(unit_id: UUID | None) -> Clause:
    """On this unit's ground; None: anywhere."""
    if unit_id is None:
        return TRUE
    ground = "t.unit_id in (select b.id from network.unit b, network.unit top where top.id = %(f_unit)s and b.path <@ top.path)"
    return Clause(ground, {"f_unit": unit_id})


def find_party_clause(tx: Tx, scope: Scope) -> Clause:
    """Whoever sees by parties alone begins at them: what a firm has to do with is little."""
    sight = find_sight(tx, scope)
    if scope.everything or sight["areas"]:
        return TRUE
    return Clause(
        "t.id in (select p2.thing_id from register.party p2 join network.unit pu2 on pu2.id = p2.unit_id"
        " where pu2.path <@ %(bodies)s::ltree[])"
    )


def find_words_clause(tx: Tx, scope: Scope, words: str | None) -> Clause:
    """With all of these words, each somewhere in code, name or address. Whether the index of words, the list's order or the units in
    sight lead to them soonest is the planner's to say: it is told of all three; not of the index while it is behind."""
    terms, where = terms_of(words), TRUE
    for n, term in enumerate(terms):
        where &= Clause(f"t.text like %(f_like{n})s", {f"f_like{n}": like_of(term)})
    asked = ask_grams(terms, short=False)
    if asked and not WAITING_WORDS.one(tx):
        found = "exists (select from register.words w where w.thing_id = t.id and w.grams @@ %(f_grams)s::tsquery)"
        where &= Clause(found, {"f_grams": asked})
    sight = find_sight(tx, scope)
    if terms and sight["areas"] and not sight["bodies"]:
        units = UNITS.all(tx, areas=sight["areas"], most=MOST_UNITS + 1)
        if len(units) <= MOST_UNITS:
            where &= Clause("t.unit_id = any(%(f_units)s)", {"f_units": units})
    return where


def _of_place(wanted: Wanted) -> Clause:
    where = TRUE
    if wanted.box is not None:
        where &= in_box("t", wanted.box)
    if wanted.near is not None:
        where &= around("t", wanted.near, wanted.radius_m)
    return where


def count_by_grid(tx: Tx, scope: Scope, kind: str, box: Box) -> list[ThingsInGrid]:
    """How many of a kind stand in each unit grid of a box, by state, as last counted (register/jobs.py: a few seconds ago). Of
    what a firm has to do with, as it stands."""
    w, s, e, n = (degrees * MICRO for degrees in box)
    return COUNTS.all(tx, kind=kind, w=w, s=s, e=e, n=n, **find_sight(tx, scope))


def count_by_state(tx: Tx, scope: Scope, kind: str) -> list[ThingsInState]:
    """The same of all that is in sight, grids together."""
    return STATES.all(tx, kind=kind, **find_sight(tx, scope))


def find_parties(tx: Tx, thing_id: UUID) -> list[PartyRow]:
    return PARTIES.all(tx, id=thing_id)


def is_photo_in_sight(tx: Tx, scope: Scope, sha256: str) -> bool:
    """Does this photo belong to a thing that may be seen?"""
    return PHOTO.one(tx, sha256=sha256, **find_sight(tx, scope))


def find_rows(tx: Tx, scope: Scope, ids: Sequence[UUID]) -> list[ThingRow]:
    """Of these things, those in sight."""
    return ROWS.all(tx, Clause("t.id = any(%(ids)s)", {"ids": list(ids)}), limit=len(ids), **find_sight(tx, scope))
