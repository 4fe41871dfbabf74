"""The catalogue as one value in memory: some thousand rows that every report reads and hardly anyone changes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from yiwang.city.model_rules import (
    Clock,
    Condition,
    ConditionRow,
    Kind,
    Matter,
    MatterView,
    Scheme,
    Successor,
)
from yiwang.kit.errors import Forbidden, Invalid, NotFound
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import may

LOAD = Need("city.load", frozenset({PostKind.system_admin}), Reach.area, system=True)
"""Catalogue and filing conditions are the system administrator's (应用维护子系统); they are the whole city's: see `may_load`."""
SET_CALENDAR = Need(
    "city.set_calendar", frozenset({PostKind.system_admin, PostKind.commander, PostKind.supervisor}), Reach.area, True
)
"""A unit's working time is set by whoever leads or administers it or a unit above."""

Key = tuple[str, Kind, str]
_HOURS = {Clock.urgent_hour: 1, Clock.work_hour: 3, Clock.work_day: 24, Clock.calendar_day: 24}


def may_load(actor: Actor) -> Post | None:
    """The post under which somebody may change catalogue and filing conditions: in the unit at the top of the tree."""
    try:
        return may(actor, LOAD, Subject(next((p.unit_path.partition(".")[0] for p in actor.posts), "")))
    except Forbidden as no:
        if no.code != "network.not_your_area":
            raise
        raise Forbidden(
            "city.whole_city",
            "目录和立案条件为全市共用，须由最上级单位的系统管理员维护",
            "Catalogue and filing conditions are the whole city's: for a system administrator of the unit at the top",
        ) from None


class Catalogue:
    """Schemes, classes, where they went, and filing conditions. Never changed once built."""

    def __init__(
        self,
        schemes: Iterable[Scheme],
        matters: Iterable[Matter],
        successors: Iterable[Successor],
        conditions: Iterable[Condition],
    ) -> None:
        self.schemes = {s.id: s for s in schemes}
        self.matters: dict[Key, Matter] = {(m.scheme, m.kind, m.code): m for m in matters}
        self.conditions = {c.id: c for c in conditions}
        self._own: dict[Key, list[Condition]] = defaultdict(list)
        self._from: dict[Key, list[Successor]] = defaultdict(list)
        self._to: dict[Key, list[Successor]] = defaultdict(list)
        for s in successors:
            self._from[s.from_scheme, s.kind, s.from_code].append(s)
            if s.to_code is not None:
                self._to[s.to_scheme, s.to_kind, s.to_code].append(s)
        for c in self.conditions.values():
            if c.retired_at is None:
                self._own[c.scheme, c.kind, c.code].append(c)
        self._served = {key: self._serving(key) for key in self.matters}

    def _serving(self, key: Key) -> tuple[Condition, ...]:
        """A class's own conditions and those of what it succeeds (GB/T 30428.2 numbers), most urgent first."""
        keys = dict.fromkeys([key, *((s.from_scheme, s.kind, s.from_code) for s in self._to.get(key, ()))])
        found = [c for k in keys for c in self._own.get(k, ())]
        return tuple(sorted(found, key=lambda c: (c.limit_value * _HOURS[c.clock], c.scheme, c.code, c.text)))

    def get_matter(self, scheme: str, kind: str, code: str) -> Matter:
        """The class; NotFound (city.no_matter)."""
        found = self.matters.get((scheme, kind, code))  # type: ignore[arg-type] - Kind is its own text
        if found is None:
            raise NotFound(
                "city.no_matter",
                f"目录中没有这一类：{scheme} {code}",
                f"No such class in the catalogue: {scheme} {code}",
                scheme=scheme,
                kind=kind,
                matter=code,
            )
        return found

    def get_condition(self, condition_id: UUID) -> Condition:
        """The filing condition, retired ones too; NotFound (city.no_condition)."""
        found = self.conditions.get(condition_id)
        if found is None:
            raise NotFound(
                "city.no_condition", "没有这条立案条件", "No such filing condition", condition_id=str(condition_id)
            )
        return found

    def conditions_of(self, scheme: str, kind: str, code: str) -> tuple[Condition, ...]:
        """Under what a case of this class may be filed, most urgent first; NotFound if there is no such class."""
        m = self.get_matter(scheme, kind, code)
        return self._served[m.scheme, m.kind, m.code]

    def get_view(self, scheme: str, kind: str, code: str) -> MatterView:
        m = self.get_matter(scheme, kind, code)
        key = (m.scheme, m.kind, m.code)
        return MatterView(m, self._served[key], tuple(self._to.get(key, ())), tuple(self._from.get(key, ())))

    def successors_of(self, scheme: str, kind: str, code: str) -> tuple[Successor, ...]:
        """Where a class went; a row without `to_code` says: nowhere in that scheme."""
        m = self.get_matter(scheme, kind, code)
        return tuple(self._from.get((m.scheme, m.kind, m.code), ()))

    def in_force(self, on: date) -> frozenset[str]:
        """The schemes that hold on that date; where a bound is not known it does not count."""
        return frozenset(
            s.id
            for s in self.schemes.values()
            if (s.valid_from is None or s.valid_from <= on) and (s.valid_to is None or on < s.valid_to)
        )

    def find(
        self, text: str, schemes: frozenset[str], kind: Kind | None, after: tuple[str, str, str] | None, limit: int
    ) -> list[Matter]:
        """Classes whose name, English name or code has every word of `text`; best first, the same order each time.

        `after`: the scheme, kind and code of the last one seen.
        """
        words = text.casefold().split()
        hits: list[tuple[int, str, str, str]] = []
        for key, m in self.matters.items():
            if m.scheme in schemes and (kind is None or m.kind is kind):
                rank = _rank(m, words)
                if rank is not None:
                    hits.append((rank, *key))
        hits.sort()
        first = 0
        if after is not None:
            first = next((n for n, hit in enumerate(hits, 1) if hit[1:] == after), -1)
            if first < 0:
                raise Invalid("page.key", "翻页标记无效", "This page key is not valid")
        return [self.matters[scheme, Kind(k), code] for _, scheme, k, code in hits[first : first + limit]]

    def find_conditions(
        self,
        text: str,
        scheme: str | None,
        kind: Kind | None,
        after: tuple[str, str, str, str, UUID] | None,
        limit: int,
    ) -> list[ConditionRow]:
        """Conditions in force by class, all of each class that has every word of `text` in its words or in theirs: a file of
        them says all of a class, as it must to be imported again.

        `after`: scheme, kind, code, text and id of the last one seen.
        """
        words = text.casefold().split()
        found: list[ConditionRow] = []
        for key, own in self._own.items():
            m = self.matters[key]
            if (scheme is None or m.scheme == scheme) and (kind is None or m.kind is kind):
                whole = "\n".join([m.name, m.english, m.code, m.major, *(c.text for c in own)]).casefold()
                found += [_shown(c, m) for c in own if all(word in whole for word in words)]
        found.sort(key=_place)
        return [c for c in found if after is None or _place(c) > after][:limit]


def _place(c: ConditionRow) -> tuple[str, str, str, str, UUID]:
    return c.scheme, c.kind, c.code, c.text, c.id


def _shown(c: Condition, m: Matter) -> ConditionRow:
    return ConditionRow(
        c.id, c.scheme, c.code, c.kind, m.name, m.english, c.text, c.limit_text, c.limit_value, c.clock, c.seasonal,
        c.close_condition, c.source, c.status,
    )  # fmt: skip


def _rank(m: Matter, words: list[str]) -> int | None:
    """0 the very name or code, 1 begins with it, 2 has it in its name, 3 elsewhere; None: a word is missing."""
    whole, name = f"{m.name}\n{m.english}\n{m.code}\n{m.major}".casefold(), m.name.casefold()
    if not all(word in whole for word in words):
        return None
    if not words or words[0] in (name, m.code):
        return 0
    if name.startswith(words[0]) or m.code.startswith(words[0]):
        return 1
    return 2 if words[0] in name else 3
