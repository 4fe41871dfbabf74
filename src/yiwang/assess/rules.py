"""Which facts an indicator counts: the same words that `queries.py` says in SQL, said in Python. Pure.

The rules follow /indicators.csv of the pack (its `source` and `status` say how sure each is). What it lacks is not
filled in: an indicator without a rule here is shown with its reason, and no composite is told that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.assess.model import Base, Composite, Counts, Fact, Figure, Indicator, Kind, Level, Part, Period, Rule, Unit
from yiwang.kit.errors import Invalid

CITY_ZONE = ZoneInfo("Asia/Shanghai")
"""Periods are days of the city's own clock."""
LONGEST = timedelta(days=366 * 5)
K, B, NUMBER = Kind, Base, Unit.number

RULES: dict[str, Rule] = {
    # 监督员
    "patrol_reports": Rule(K.report, B.begun, "patrol", unit=NUMBER, by_person=True),
    "patrol_valid": Rule(K.report, B.begun, "patrol_filed", unit=NUMBER, by_person=True),
    "patrol_valid_rate": Rule(K.report, B.begun, "patrol_filed", "patrol", by_person=True),
    "check_on_time_rate": Rule(K.check, B.due, "on_time", by_person=True),
    "verify_on_time_rate": Rule(K.verify, B.due, "on_time"),
    # 受理员
    "accepted": Rule(K.accept, B.done, "accepted", unit=NUMBER, by_person=True),
    "send_check_on_time_rate": Rule(K.send_check, B.done, "on_time", by_person=True),
    # 值班长
    "filed_on_time_of_filed": Rule(K.file, B.done, "on_time", by_person=True),
    "filed_right_rate": Rule(K.file, B.done, "not_void", by_person=True),
    "closed_on_time_of_closed": Rule(K.whole, B.closed, "on_time", by_person=True),
    # 派遣员
    "dispatched": Rule(K.dispatch, B.done, "all", unit=NUMBER, by_person=True),
    "dispatch_on_time_rate": Rule(K.dispatch, B.due, "on_time"),
    "dispatch_right_rate": Rule(K.dispatch, B.due, "done_not_returned"),
    # 区域
    "filed_net": Rule(K.whole, B.begun, "not_suspended", unit=NUMBER),
    "close_rate": Rule(K.whole, B.due, "closed"),
    "close_on_time_rate": Rule(K.whole, B.due, "closed_on_time"),
    # 部门
    "handle_rate": Rule(K.handle, B.due, "done", by_unit=True),
    "handle_on_time_rate": Rule(K.handle, B.due, "on_time", by_unit=True),
    "handled_late": Rule(K.handle, B.due, "late_done", unit=NUMBER, by_unit=True),
    "unhandled_late": Rule(K.handle, B.due, "late_open", unit=NUMBER, by_unit=True),
    "lifted_late": Rule(K.handle, B.due, "late_lifted", unit=NUMBER, by_unit=True),
    "rework_rate": Rule(K.round, B.done, "failed", by_unit=True),
    "bounce_rate": Rule(K.handle, B.begun, "bounced", by_unit=True),
    "check_pass_rate": Rule(K.round, B.closed, "passed", by_unit=True),
    "extensions": Rule(K.extend, B.done, "all", unit=NUMBER, by_unit=True),
    "suspensions": Rule(K.suspend, B.done, "all", unit=NUMBER, by_unit=True),
    # general
    "filing_rate": Rule(K.report, B.begun, "filed"),
    "filing_on_time_rate": Rule(K.file, B.due, "on_time"),
    "patrol_share": Rule(K.report, B.begun, "patrol", "patrol_or_public"),
    # 12345
    "hotline_on_time_rate": Rule(K.whole, B.due, "hotline_closed_on_time", "hotline"),
    "solved_rate": Rule(K.rate, B.done, "solved"),
    # standing: shown on their own, so that nobody looks better by leaving late cases open
    "open_late_handling": Rule(K.handle, B.now, "all", unit=NUMBER, by_unit=True),
    "open_late_whole": Rule(K.whole, B.now, "all", unit=NUMBER),
    "open_late_accept": Rule(K.accept, B.now, "all", unit=NUMBER),
    "open_late_filing": Rule(K.file, B.now, "all", unit=NUMBER),
    "open_late_dispatch": Rule(K.dispatch, B.now, "all", unit=NUMBER),
    "open_late_verify": Rule(K.verify, B.now, "all", unit=NUMBER),
}

_OF_KIND = {kind: [(name, rule) for name, rule in RULES.items() if rule.kind is kind] for kind in Kind}

PUBLIC = frozenset({"public", "hotline", "media"})
"""公众举报: whatever came from outside (from memory, unverified, as the formula itself)."""


def _on_time(f: Fact) -> bool:
    return f.exempt or (f.done_at is not None and (f.due_at is None or f.done_at <= f.due_at))


def _open(f: Fact) -> bool:
    return f.done_at is None and f.lifted_at is None


TESTS: dict[str, Callable[[Fact], bool]] = {
    "all": lambda f: True,
    "done": lambda f: f.done_at is not None,
    "on_time": _on_time,
    "late_done": lambda f: not f.exempt and f.done_at is not None and f.due_at is not None and f.done_at > f.due_at,
    "late_open": lambda f: not f.exempt and _open(f),
    "late_lifted": lambda f: not f.exempt and f.done_at is None and f.lifted_at is not None,
    "closed": lambda f: f.closed_at is not None,
    "closed_on_time": lambda f: f.closed_at is not None and _on_time(f),
    "hotline": lambda f: f.channel == "hotline",
    "hotline_closed_on_time": lambda f: f.channel == "hotline" and f.closed_at is not None and _on_time(f),
    "not_void": lambda f: f.outcome != "void",
    "not_suspended": lambda f: not f.suspended,
    "done_not_returned": lambda f: f.done_at is not None and f.outcome != "returned",
    "accepted": lambda f: f.outcome == "accepted",
    "bounced": lambda f: f.outcome == "bounced",
    "failed": lambda f: f.outcome == "failed",
    "passed": lambda f: f.outcome == "passed",
    "filed": lambda f: f.outcome == "filed",
    "solved": lambda f: f.outcome == "solved",
    "patrol": lambda f: f.channel == "patrol",
    "patrol_filed": lambda f: f.channel == "patrol" and f.outcome == "filed",
    "patrol_or_public": lambda f: f.channel == "patrol" or f.channel in PUBLIC,
}


def is_owed(f: Fact) -> bool:
    """Did it fall due while it was still to be done? What was lifted before it was late was never owed."""
    return f.due_at is not None and (f.lifted_at is None or (f.done_at or f.lifted_at) > f.due_at)


def is_in(f: Fact, base: Base, period: Period, now: datetime) -> bool:
    """Does the fact belong to the period, by this time basis, as seen at `now`?"""
    if base is Base.now:
        return f.due_at is not None and f.due_at < now and _open(f) and not f.exempt
    at = {Base.due: f.due_at, Base.done: f.done_at, Base.begun: f.begun_at, Base.closed: f.closed_at}[base]
    if at is None or not period.since <= at < period.until:
        return False
    return base is not Base.due or (at < now and is_owed(f))


def time_of(f: Fact, base: Base) -> datetime | None:
    """By which time it belongs to a period, if to any whatever."""
    if base is Base.due:
        return f.due_at if is_owed(f) else None
    return {Base.done: f.done_at, Base.begun: f.begun_at, Base.closed: f.closed_at}.get(base)


def counted(f: Fact, rule: Rule, period: Period, now: datetime) -> tuple[bool, bool]:
    """(in the numerator, in the denominator)"""
    if f.kind is not rule.kind or not is_in(f, rule.base, period, now) or not TESTS[rule.of](f):
        return False, False
    return TESTS[rule.hit](f), True


def is_told(rule: Rule, level: Level) -> bool:
    """Can the indicator be told over this level at all? Of people only where every duty that is counted has its person."""
    return {Level.unit: rule.by_unit, Level.person: rule.by_person}.get(level, True)


def key_of(f: Fact, level: Level, depth: int) -> str | None:
    """Under which key the fact is told: the first `depth` labels of its area, its unit, its person; None: under none."""
    if level is Level.unit:
        return f.unit or None
    if level is Level.person:
        return str(f.person) if f.person else None
    labels = f.area.split(".")
    return ".".join(labels[:depth]) if len(labels) >= depth else None


def count_plainly(facts: Iterable[Fact], period: Period, now: datetime, level: Level, depth: int) -> Counts:
    """Every indicator, for every key, fact by fact: slow, plain, without a database."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    rules = {name: rule for name, rule in RULES.items() if is_told(rule, level)}
    for f in facts:
        key = key_of(f, level, depth)
        if key is None:
            continue
        for name, rule in rules.items():
            hit, of = counted(f, rule, period, now)
            if of:
                n, d = found.get((name, key), (0, 0))
                found[name, key] = (n + hit, d + 1)
    return found


DEEPEST = 3
"""How deep areas are tallied: city, district, street. Below, a day has hardly more facts than areas."""

Tally = dict[tuple[int, date, str, str], tuple[int, int]]
"""(depth, day, place, indicator) → (numerator, denominator)."""


def tally(found: Tally, facts: Iterable[Fact], sign: int) -> None:
    """Add what these facts count to the tally of their days (or take it off: `sign` −1). A day that is over is counted
    thus as `count_plainly` counts it, whenever that is asked; what is standing belongs to no day."""
    for f in facts:
        labels = f.area.split(".")
        places = [(n, ".".join(labels[:n])) for n in range(1, min(len(labels), DEEPEST) + 1)]
        for name, rule in _OF_KIND.get(f.kind, ()):
            at = time_of(f, rule.base)
            if at is None or not TESTS[rule.of](f):
                continue
            day, hit = at.astimezone(CITY_ZONE).date(), sign * TESTS[rule.hit](f)
            for depth, place in places:
                key = (depth, day, place, name)
                n, d = found.get(key, (0, 0))
                found[key] = (n + hit, d + sign)


def value_of(rule: Rule, numerator: int, denominator: int) -> float | None:
    """In percent, to two decimals; None where there was nothing to do. A count is itself."""
    if rule.unit is Unit.number:
        return float(numerator)
    return round(100 * numerator / denominator, 2) if denominator else None


# ── periods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def period_of(since: date, until: date) -> Period:
    """From the first instant of `since` to the first of `until`, on the city's clock; Invalid when it is no period."""
    if not since < until or until - since > LONGEST or since.year < 1990 or until.year > 2200:
        raise Invalid(
            "assess.period", "统计期须从 since（含）到 until（不含），至少一天、至多五年",
            "A period runs from `since` (included) to `until` (not): a day at least, five years at most",
        )  # fmt: skip
    return Period(begin_of(since), begin_of(until))


def begin_of(day: date) -> datetime:
    """The day's first instant on the city's clock."""
    return datetime.combine(day, time(), CITY_ZONE).astimezone(UTC)


def before(since: date, until: date) -> tuple[date, date]:
    """The period before: whole months before whole months, else as many days."""
    if since.day == until.day == 1:
        months = (until.year - since.year) * 12 + until.month - since.month
        n = since.year * 12 + since.month - 1 - months
        return date(n // 12, n % 12 + 1, 1), since
    return since - (until - since), since


# ── composites ────────────────────────────────────────────────────────────────────────────────────────────────────────


def score_of(indicator: Indicator, figure: Figure | None) -> float | None:
    """0 … 100: a rate is its own score (100 less the rate where less is better), a count's by its bands."""
    if figure is None or figure.value is None:
        return None
    if indicator.unit == Unit.rate:
        return 100 - figure.value if indicator.inverse else figure.value
    return next((float(score) for least, score in indicator.bands if figure.value >= least), None)


def compose(
    object_: str, indicators: Sequence[Indicator], figures: Sequence[Figure], grades: Sequence[tuple[float, str]]
) -> list[Composite]:
    """The composite of one object (值班长, 区域 …) for every key that has a figure. Told only if whole: a part without a
    score, or weights that do not make 100, leave it untold, with the reason."""
    parts = [i for i in indicators if i.object == object_ and i.weight is not None]
    weights = sum(i.weight or 0 for i in parts)
    by_key: dict[str, dict[str, Figure]] = {}
    for f in figures:
        by_key.setdefault(f.key, {})[f.indicator] = f
    return [_composite(object_, key, parts, found, weights, grades) for key, found in sorted(by_key.items())]


def _composite(
    object_: str, key: str, indicators: Sequence[Indicator], found: dict[str, Figure], weights: float,
    grades: Sequence[tuple[float, str]],
) -> Composite:  # fmt: skip
    parts = []
    for i in indicators:
        score = score_of(i, found.get(i.id))
        why = ("", "")
        if score is None:
            why = (i.why_zh, i.why_en) if not i.computed else ("统计期内没有数据，或没有计分档", "no data, or no bands")
        parts.append(Part(i.id, i.weight, score, *why))
    scores = [(p.weight or 0) * p.score for p in parts if p.score is not None]
    whole = weights == 100 and len(scores) == len(parts)
    value = round(sum(scores) / 100, 2) if whole else None
    grade = None if value is None else next((name for least, name in grades if value >= least), None)
    name = next(f.name for f in found.values())
    return Composite(object_, key, name, value, grade, weights, tuple(parts))


def demand_rule(name: str, level: Level | None = None) -> Rule:
    """The rule of an indicator; Invalid where it cannot be counted, or not over this level."""
    rule = RULES.get(name)
    if rule is None:
        raise Invalid(
            "assess.indicator",
            "没有这项指标，或它无法从台账算出",
            "No such indicator, or it cannot be counted",
            id=name,
        )
    if level is not None and not is_told(rule, level):
        raise Invalid(
            "assess.level",
            "这项指标不能按处置单位或人员统计",
            "This indicator is not told by unit, or of people",
            id=name,
        )
    return rule


def person_of(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Invalid("assess.key", "人员编号不对", "This is no person's id", key=key) from None


def path_of(key: str) -> str:
    """A key as figures have it: the labels of a place in the tree."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}(\.[A-Za-z0-9_]{1,64}){0,20}", key):
        raise Invalid("assess.place", "区域或单位的路径不对", "This is no place of the tree", key=key)
    return key
