"""Figures and the facts behind them, within a scope. What a test means is said here in SQL and in `rules.py` in Python;
tests hold the two to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, LiteralString, cast
from uuid import UUID

from yiwang.assess import rules
from yiwang.assess.model import AsOf, Base, Composite, Figure, Figures, Indicator, Level, Rule, Unit
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import Invalid
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_units import UnitKind
from yiwang.network.queries_units import find_units
from yiwang.network.rules import is_within, scope_of

PEOPLE_POSTS = frozenset({PostKind.assessor, PostKind.supervisor, PostKind.commander, PostKind.auditor})
"""Who may read figures of people other than themselves: 考核员、督办员、指挥长 of their ground, and auditors."""

NOWHERE = "nowhere"
"""A path under which nothing lies."""

_PLAIN: dict[str, LiteralString] = {
    "all": "true",
    "done": "f.done_at is not null",
    "on_time": "(f.exempt or (f.done_at is not null and (f.due_at is null or f.done_at <= f.due_at)))",
    "late_done": "(not f.exempt and f.done_at > f.due_at)",
    "late_open": "(not f.exempt and f.done_at is null and f.lifted_at is null)",
    "late_lifted": "(not f.exempt and f.done_at is null and f.lifted_at is not null)",
    "closed": "f.closed_at is not null",
    "hotline": "f.channel = 'hotline'",
    "not_void": "f.outcome <> 'void'",
    "not_suspended": "not f.suspended",
    "done_not_returned": "(f.done_at is not null and f.outcome <> 'returned')",
    "accepted": "f.outcome = 'accepted'",
    "bounced": "f.outcome = 'bounced'",
    "failed": "f.outcome = 'failed'",
    "passed": "f.outcome = 'passed'",
    "filed": "f.outcome = 'filed'",
    "solved": "f.outcome = 'solved'",
    "patrol": "f.channel = 'patrol'",
    "patrol_filed": "(f.channel = 'patrol' and f.outcome = 'filed')",
    "patrol_or_public": "f.channel in ('patrol', 'public', 'hotline', 'media')",
}
TESTS: Mapping[str, LiteralString] = {
    **_PLAIN,
    "closed_on_time": "(f.closed_at is not null and " + _PLAIN["on_time"] + ")",
    "hotline_closed_on_time": "(f.channel = 'hotline' and f.closed_at is not null and " + _PLAIN["on_time"] + ")",
}
TIMES: Mapping[Base, LiteralString] = {
    Base.due: "f.due_at", Base.done: "f.done_at", Base.begun: "f.begun_at", Base.closed: "f.closed_at", Base.now: "f.due_at",
}  # fmt: skip
_OPEN: LiteralString = "f.done_at is null and f.lifted_at is null and not f.exempt"


def belongs(base: Base) -> LiteralString:
    """Does the fact belong to the period, by this time basis?"""
    if base is Base.now:
        return f"f.due_at < %(now)s and {_OPEN}"
    at = TIMES[base]
    within: LiteralString = f"{at} >= %(since)s and {at} < %(until)s"
    if base is not Base.due:
        return within
    return f"{within} and {at} < %(now)s and (f.lifted_at is null or coalesce(f.done_at, f.lifted_at) > f.due_at)"


def _groups() -> dict[tuple[str, Base], list[tuple[str, Rule]]]:
    """The indicators that one look at the facts of a kind, by one time basis, can tell."""
    found: dict[tuple[str, Base], list[tuple[str, Rule]]] = {}
    for name, rule in rules.RULES.items():
        found.setdefault((rule.kind.value, rule.base), []).append((name, rule))
    return found


GROUPS = _groups()
# Places in sight, places on the ground asked for, and the key of each place: its first labels, or all of them.
PLACES: LiteralString = (
    "with seen as (select id from assess.place where %(everything)s or path <@ %(paths)s::ltree[]),"
    " ground as (select id from assess.place where path <@ %(under)s::ltree),"
)
_KEYS: Mapping[str, LiteralString] = {
    "area": " keyed as materialized (select id, subpath(path, 0, %(depth)s)::text as key from assess.place"
    " where path <@ %(under)s::ltree and nlevel(path) >= %(depth)s"
    " and (%(everything)s or subpath(path, 0, %(depth)s) <@ %(paths)s::ltree[]))",
    "unit": " keyed as materialized (select id, path::text as key from assess.place)",
}
SEEN: Mapping[str, LiteralString] = {
    "area": "true",  # only keys that lie in sight as a whole are told
    "unit": "f.area in (select id from ground) and (f.area in (select id from seen) or f.unit in (select id from seen))",
    "person": "f.area in (select id from ground) and (f.area in (select id from seen) or f.person = %(person)s)",
}


# Days that are over, from the tally. Where less ground is asked for than a key has, that ground's own count.
_TALLY: LiteralString = (
    "select array[indicator] as names, key, array[sum(hits)::bigint] as hits, array[sum(ofs)::bigint] as ofs from ("
    "select indicator, subpath(place, 0, %(depth)s) as place, subpath(place, 0, %(depth)s)::text as key, hits, ofs"
    " from assess.tally where depth = %(tallied)s and day >= %(first)s and day < %(today)s and place <@ %(under)s::ltree"
    " and indicator = any(%(wanted)s)) t where %(everything)s or place <@ %(paths)s::ltree[] group by indicator, key"
)


def _figures(by: str) -> LiteralString:
    """One statement for every indicator: a part for each kind and time basis, skipped unless it is wanted. Counted by
    place first, so that the tree's texts are put together a few thousand times and not once a fact."""
    parts = []
    for (kind, base), named in GROUPS.items():
        names = f"'{{{','.join(name for name, _ in named)}}}'::text[]"
        counts = ", ".join(
            f"count(*) filter (where {TESTS[r.hit]} and {TESTS[r.of]}) as h{i}, count(*) filter (where {TESTS[r.of]}) as d{i}"
            for i, (_, r) in enumerate(named)
        )
        where = f"f.kind = '{kind}' and {belongs(base)} and {SEEN[by]} and {names} && %(wanted)s::text[]"
        inner = f"select f.{by} as it, {counts} from assess.fact f where {where} and f.{by} is not null group by 1"
        key, join = ("t.it::text", "") if by == "person" else ("k.key", " join keyed k on k.id = t.it")
        sums = ", ".join(
            f"array[{', '.join(f'sum({c}{i})::bigint' for i in range(len(named)))}] as {word}"
            for c, word in (("h", "hits"), ("d", "ofs"))
        )
        parts.append(f"select {names} as names, {key} as key, {sums} from ({inner}) t{join} group by 2")
    if by == "area":
        parts.append(_TALLY)
    mark = "select '{}'::text[] as names, '' as key, array[size] as hits, array[0::bigint] as ofs from assess.bookmark"
    return cast(
        LiteralString, PLACES + _KEYS.get(by, " keyed as (select 1)") + " " + " union all ".join((mark, *parts))
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The counts of a few indicators for one key. Without names: where the bookmark stood."""

    names: tuple[str, ...]
    key: str
    hits: tuple[int, ...]
    ofs: tuple[int, ...]


FIGURES_BY_AREA = query(_Part, _figures("area"))
FIGURES_BY_UNIT = query(_Part, _figures("unit"))
FIGURES_BY_PERSON = query(_Part, _figures("person"))


INDICATORS = query(
    Indicator,
    "select id, object, zh, en, formula, numerator_zh, numerator_en, denominator_zh, denominator_en, '' as base,"
    " '' as base_zh, '' as base_en, '' as unit, weight, weight_note, bands, inverse, source, status, false as computed,"
    " why_zh, why_en from assess.indicator order by place",
)
SIZE = query(int, "select size from assess.bookmark")
DEPTH = query(
    int,
    "select nlevel(path) as depth from network.unit where valid_to is null and kind = any(%(kinds)s) order by 1 limit 1",
)


@dataclass(frozen=True, slots=True)
class _Name:
    key: str
    name: str


UNIT_NAMES = query(
    _Name,
    "select distinct on (path) path::text as key, name from network.unit where path = any(%(keys)s::ltree[])"
    " order by path, valid_to desc",
)
PEOPLE_NAMES = query(_Name, "select id::text as key, name from network.person where id = any(%(keys)s::uuid[])")

KINDS: Mapping[Level, tuple[UnitKind, ...]] = {
    Level.city: (UnitKind.city,),
    Level.district: (UnitKind.district,),
    Level.street: (UnitKind.street, UnitKind.town, UnitKind.zone),
    Level.neighbourhood: (UnitKind.neighbourhood, UnitKind.village),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What figures are asked for: the period's first day and the day after its last, over what, on whose ground (`under`,
    a unit's id; None: everywhere in sight), which indicators (None: all that can be told)."""

    since: date
    until: date
    level: Level = Level.district
    under: UUID | None = None
    indicators: tuple[str, ...] | None = None


def list_indicators(tx: Tx, scope: Scope) -> list[Indicator]:
    """Every indicator of the pack, as it is defined and as it is counted here; the definitions are no secret."""
    return [_as_counted(i) for i in INDICATORS.all(tx)]


def _as_counted(i: Indicator) -> Indicator:
    rule = rules.RULES.get(i.id)
    if rule is None:
        return i
    base = rule.base
    return replace(i, base=base.value, base_zh=base.zh(), base_en=base.en(), unit=rule.unit.value, computed=True)


def get_figures(tx: Tx, actor: Actor, asked: Asked) -> Figures:
    """The figures asked for and those of the period before, each as of the same position and instant.

    Of areas only those are told that lie in the actor's sight as a whole. Of units, their orders in sight; a unit that
    lies elsewhere is marked `partial`. Of people: oneself, and for PEOPLE_POSTS everybody on their ground.
    """
    wanted, period = _wanted(asked), rules.period_of(asked.since, asked.until)
    size, figures = _count(tx, actor, asked, wanted)
    since, until = rules.before(asked.since, asked.until)
    rules.period_of(since, until)
    earlier = replace(asked, since=since, until=until)
    _, were = _count(tx, actor, earlier, [n for n in wanted if rules.RULES[n].base is not Base.now])
    return Figures(AsOf(size, tx.now), period.since, period.until, asked.level, figures, were)


def _wanted(asked: Asked) -> list[str]:
    if asked.indicators is None:
        return [n for n, r in rules.RULES.items() if rules.is_told(r, asked.level)]
    for name in asked.indicators:
        rules.demand_rule(name, asked.level)
    return list(asked.indicators)


def _count(tx: Tx, actor: Actor, asked: Asked, wanted: Sequence[str]) -> tuple[int, list[Figure]]:
    """Of areas the days that are over come from the tally, and from today on from the facts; of all else all from the
    facts."""
    scope, depth = scope_for(actor, asked.level), get_depth(tx, asked.level)
    statement = {Level.unit: FIGURES_BY_UNIT, Level.person: FIGURES_BY_PERSON}.get(asked.level, FIGURES_BY_AREA)
    sight = find_sight(tx, scope, asked.under)
    tallied = max(depth, len(sight["under"].split(".")))
    today = asked.since
    if statement is FIGURES_BY_AREA and tallied <= rules.DEEPEST:
        today = min(max(today, tx.now.astimezone(rules.CITY_ZONE).date()), asked.until)
    parts = statement.all(
        tx, wanted=list(wanted), since=rules.begin_of(today), until=rules.begin_of(asked.until), now=tx.now, depth=depth,
        tallied=tallied, first=asked.since, today=today, **sight,
    )  # fmt: skip
    size = next(p.hits[0] for p in parts if not p.names)
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for p in parts:
        for name, hit, of in zip(p.names, p.hits, p.ofs, strict=False):
            if of and name in wanted:
                n, d = counts.get((name, p.key), (0, 0))
                counts[name, p.key] = (n + hit, d + of)
    names = get_names(tx, asked.level, sorted({key for _, key in counts}))
    partly = asked.level is Level.unit and not scope.everything
    return size, [
        Figure(
            name, key, names[key], hit, None if rule.unit is Unit.number else of, rules.value_of(rule, hit, of),
            partial=partly and not any(is_within(key, p) for p in scope.paths),
        )
        for name, rule in rules.RULES.items()
        for key in names
        if (name, key) in counts
        for hit, of in [counts[name, key]]
    ]  # fmt: skip


def find_sight(tx: Tx, scope: Scope, under: UUID | None) -> dict[str, Any]:
    """Within what is looked: the scope's paths, and the ground asked for. That of a unit which there is not is empty, as
    is that of one out of sight: the answer does not tell which."""
    known = find_units(tx, [under]) if under else []
    return {
        "everything": scope.everything, "paths": list(scope.paths), "person": scope.person,
        "under": known[0].path if known else NOWHERE if under else "",
    }  # fmt: skip


def scope_for(actor: Actor, level: Level) -> Scope:
    """Figures of people are for those who assess and command; for all others their own alone."""
    return scope_of(actor, PEOPLE_POSTS) if level is Level.person else scope_of(actor)


def get_depth(tx: Tx, level: Level) -> int:
    """How deep areas of this level stand in the tree; Invalid where there are none."""
    if level in {Level.unit, Level.person}:
        return 1
    depth = DEPTH.maybe(tx, kinds=[k.value for k in KINDS[level]])
    if depth is None:
        raise Invalid(
            "assess.no_level", "本市没有这一级区域", "There are no areas of this level here", level=level.value
        )
    return depth


def get_names(tx: Tx, level: Level, keys: Sequence[str]) -> dict[str, str]:
    """Every key with its name as it is called now; a unit that is no more is called by its path."""
    found = PEOPLE_NAMES if level is Level.person else UNIT_NAMES
    known = {n.key: n.name for n in found.all(tx, keys=list(keys))}
    return {key: known.get(key, key) for key in keys}


def get_composites(tx: Tx, actor: Actor, asked: Asked, object_: str) -> list[Composite]:
    """综合指标值 and grade of one object over the keys asked for."""
    defined = list_indicators(tx, scope_for(actor, asked.level))
    names = tuple(i.id for i in defined if i.object == object_ and i.weight is not None and i.computed)
    if not names:
        raise Invalid("assess.object", "没有这类考核对象", "There is no such object of assessment", object=object_)
    names = tuple(n for n in names if rules.is_told(rules.RULES[n], asked.level))
    figures = get_figures(tx, actor, replace(asked, indicators=names)).figures
    grades = next((i.bands for i in defined if i.id == "grade"), ())
    return rules.compose(object_, defined, figures, [(least, str(name)) for least, name in grades])
