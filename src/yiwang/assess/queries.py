"""Figures and the facts behind them, within a scope. What a test means is said here in SQL and in `rules.py` in Python;
tests hold the two to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, LiteralString, cast
from uuid import UUID

from yiwang.assess import rules
from yiwang.assess.model import AsOf, Base, Composite, Figure, Figures, Indicator, Level, Period, Rule, Unit
from yiwang.kit.db import Clause, Tx, query
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


def _belongs(base: Base) -> LiteralString:
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
_PLACES: LiteralString = (
    "with seen as (select id from assess.place where %(everything)s or path <@ %(paths)s::ltree[]),"
    " ground as (select id from assess.place where path <@ %(under)s::ltree),"
)
_KEYS: Mapping[str, LiteralString] = {
    "area": " keyed as materialized (select id, subpath(path, 0, %(depth)s)::text as key from assess.place"
    " where path <@ %(under)s::ltree and nlevel(path) >= %(depth)s"
    " and (%(everything)s or subpath(path, 0, %(depth)s) <@ %(paths)s::ltree[]))",
    "unit": " keyed as materialized (select id, path::text as key from assess.place)",
}
_SEEN: Mapping[str, LiteralString] = {
    "area": "true",  # only keys that lie in sight as a whole are told
    "unit": "f.area in (select id from ground) and (f.area in (select id from seen) or f.unit in (select id from seen))",
    "person": "f.area in (select id from ground) and (f.area in (select id from seen) or f.person = %(person)s)",
}


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
        where = f"f.kind = '{kind}' and {_belongs(base)} and {_SEEN[by]} and {names} && %(wanted)s::text[]"
        inner = f"select f.{by} as it, {counts} from assess.fact f where {where} and f.{by} is not null group by 1"
        key, join = ("t.it::text", "") if by == "person" else ("k.key", " join keyed k on k.id = t.it")
        sums = ", ".join(
            f"array[{', '.join(f'sum({c}{i})::bigint' for i in range(len(named)))}] as {word}"
            for c, word in (("h", "hits"), ("d", "ofs"))
        )
        parts.append(f"select {names} as names, {key} as key, {sums} from ({inner}) t{join} group by 2")
    mark = "select '{}'::text[] as names, '' as key, array[size] as hits, array[0::bigint] as ofs from assess.bookmark"
    return cast(
        LiteralString, _PLACES + _KEYS.get(by, " keyed as (select 1)") + " " + " union all ".join((mark, *parts))
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


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact behind a figure: `at` is the time by which it belongs to the period; `name` is the handling unit's."""

    at: datetime
    case_id: UUID
    no: int
    number: str
    kind: str
    channel: str
    area: str
    unit: str
    name: str
    order_id: UUID | None
    person: UUID | None
    post: str
    begun_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    lifted_at: datetime | None
    outcome: str
    exempt: bool
    suspended: bool


def _list(at: LiteralString) -> LiteralString:
    """The page is chosen first; names and numbers are looked up for those few rows alone."""
    return (
        _PLACES + " keyed as (select id, path from assess.place),"
        f" page as (select f.*, {at} as at, a.path as area_path, u.path as unit_path"
        " from assess.fact f join keyed a on a.id = f.area left join keyed u on u.id = f.unit"
        f" where {{where}} and (%(after)s::timestamptz is null or ({at}, f.case_id, f.no) > (%(after)s, %(case_id)s, %(no)s))"
        f" order by {at}, f.case_id, f.no limit %(limit)s)"
        " select coalesce(f.at) as at, f.case_id, f.no::int as no, r.number, f.kind, f.channel, f.area_path::text as area,"
        " coalesce(f.unit_path::text, '') as unit, coalesce((select x.name from network.unit x where x.path = f.unit_path"
        " order by x.valid_to desc limit 1), '') as name, f.order_id, f.person, f.post, f.begun_at, f.due_at, f.done_at,"
        " f.closed_at, f.lifted_at, f.outcome, f.exempt, f.suspended"
        " from page f join assess.fact r on r.case_id = f.case_id and r.no = 0 order by f.at, f.case_id, f.no"
    )


LISTS = {base: query(FactRow, _list(at)) for base, at in TIMES.items()}
LIST_BY_DUE, LIST_BY_DONE, LIST_BY_BEGUN, LIST_BY_CLOSED, LIST_NOW = LISTS.values()
"""By name as well, so that tests/house finds and prepares each."""

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
    wanted = _wanted(asked)
    now_period = rules.period_of(asked.since, asked.until)
    size, figures = _count(tx, actor, asked, now_period, wanted)
    earlier = rules.period_of(*rules.before(asked.since, asked.until))
    _, were = _count(tx, actor, asked, earlier, [n for n in wanted if rules.RULES[n].base is not Base.now])
    return Figures(AsOf(size, tx.now), now_period.since, now_period.until, asked.level, figures, were)


def _wanted(asked: Asked) -> list[str]:
    if asked.indicators is None:
        return [n for n, r in rules.RULES.items() if rules.is_told(r, asked.level)]
    for name in asked.indicators:
        rules.demand_rule(name, asked.level)
    return list(asked.indicators)


def _count(tx: Tx, actor: Actor, asked: Asked, period: Period, wanted: Sequence[str]) -> tuple[int, list[Figure]]:
    scope = scope_for(actor, asked.level)
    statement = {Level.unit: FIGURES_BY_UNIT, Level.person: FIGURES_BY_PERSON}.get(asked.level, FIGURES_BY_AREA)
    parts = statement.all(
        tx, wanted=list(wanted), since=period.since, until=period.until, now=tx.now, depth=get_depth(tx, asked.level),
        **_sight(tx, scope, asked.under),
    )  # fmt: skip
    size = next(p.hits[0] for p in parts if not p.names)
    told = ((p.key, *one) for p in parts for one in zip(p.names, p.hits, p.ofs, strict=False))
    counts = {(name, key): (hit, of) for key, name, hit, of in told if of and name in wanted}
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


def _sight(tx: Tx, scope: Scope, under: UUID | None) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class Drill:
    """The facts behind one figure: of `indicator`, over `level`, under `key` (None: all in sight), those in its
    numerator, its denominator, or in the second only (`missed`)."""

    indicator: str
    since: date
    until: date
    level: Level = Level.district
    key: str | None = None
    part: Literal["numerator", "denominator", "missed"] = "denominator"
    under: UUID | None = None


def list_facts(
    tx: Tx, scope: Scope, drill: Drill, *, after: tuple[datetime, UUID, int] | None = None, limit: int = 50
) -> list[FactRow]:
    """What a figure counts, by the time that puts it into the period; as many as the figure says, page after page."""
    rule = rules.demand_rule(drill.indicator, drill.level)
    period = rules.period_of(drill.since, drill.until)
    tests = {"numerator": f"{TESTS[rule.of]} and {TESTS[rule.hit]}", "denominator": TESTS[rule.of],
             "missed": f"{TESTS[rule.of]} and not {TESTS[rule.hit]}"}  # fmt: skip
    part = "numerator" if rule.unit is Unit.number else drill.part
    where = Clause(
        f"f.kind = %(kind)s and {_belongs(rule.base)} and ({tests[part]})",
        {"kind": rule.kind.value, "since": period.since, "until": period.until, "now": tx.now},
    )
    at, case_id, no = after or (None, None, None)
    return LISTS[rule.base].all(
        tx, where=where & _under_key(tx, drill, scope), after=at, case_id=case_id, no=no, limit=limit,
        **_sight(tx, scope, drill.under),
    )  # fmt: skip


def _under_key(tx: Tx, drill: Drill, scope: Scope) -> Clause:
    """The same sight as that of the figures, and the key asked for."""
    key = drill.key
    if drill.level is Level.person:
        who = Clause() if key is None else Clause("f.person = %(who)s", {"who": rules.person_of(key)})
        return Clause(f"f.person is not null and {_SEEN['person']}") & who
    path = None if key is None else rules.path_of(key)
    if drill.level is Level.unit:
        who = Clause() if path is None else Clause("u.path = %(key)s::ltree", {"key": path})
        return Clause(f"f.unit is not null and {_SEEN['unit']}") & who
    ground = "f.area in (select id from ground) and nlevel(a.path) >= %(depth)s"
    sight = "(%(everything)s or subpath(a.path, 0, %(depth)s) <@ %(paths)s::ltree[])"
    where = Clause() if path is None else Clause("subpath(a.path, 0, %(depth)s) = %(key)s::ltree", {"key": path})
    return Clause(f"{ground} and {sight}", {"depth": get_depth(tx, drill.level)}) & where


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
