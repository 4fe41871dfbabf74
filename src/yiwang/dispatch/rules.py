"""Which line decides, in which words it is said, and what nobody is listed for. Pure.

Source of the order (narrower matter, then narrower area, then narrower hours): issue 2 §6 and the reading of 权责清单 by
which a special entry goes before a general one (特别规定优先). 属地兜底: MISSION C6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yiwang.city.model_rules import Matter
from yiwang.city.rules_calendar import WorkCalendar, micros
from yiwang.dispatch.model import Fit, Found, Gap, Hours, Line, Recommendation, Span, UnitRef
from yiwang.network.model import Need, PostKind, Reach

_KEEPERS = frozenset({PostKind.dispatcher, PostKind.commander, PostKind.system_admin})
NEEDS: dict[str, Need] = {
    need.act: need
    for need in (
        Need("responsibility.import", _KEEPERS, Reach.area, system=True),
        Need("responsibility.restore", _KEEPERS, Reach.area, system=True),
    )
}

_NARROW = {Span.code: 3, Span.major: 2, Span.field: 1, Span.all: 0}
_BOTH = frozenset({Hours.work, Hours.off})


def is_working(at: datetime, calendar: WorkCalendar) -> bool:
    """Does `at` lie between the first shift's begin and the last shift's end of a working day: lunch belongs to it."""
    us = micros(at)
    on = calendar.local_date(us)
    for day in (calendar.day(on), calendar.day(calendar.local_date(us - 86_400_000_000))):
        if day.spans and day.spans[0][0] <= us < day.spans[-1][1]:
            return True
    return False


def keys_of(scheme: str, kind: str, code: str, matter: Matter | None) -> dict[str, Any]:
    """What lines for this matter are kept under (`dispatch.line.key`), from the widest to the narrowest."""
    return {
        "every": "all",
        "field": f"field|{matter.field.value}" if matter else None,
        "major": f"major|{scheme}||{matter.major_code}" if matter else None,
        "kind_major": f"major|{scheme}|{kind}|{matter.major_code}" if matter else None,
        "code": f"code|{scheme}||{code}",
        "kind_code": f"code|{scheme}|{kind}|{code}",
    }


def specificity(line: Fit) -> tuple[int, bool, int, bool]:
    """How narrow a line is; the greatest decides. Matter before area before hours."""
    return _NARROW[line.span], line.kind is not None, line.depth, line.hours is not Hours.always


def choose(found: Found, matter: str, *, working: bool) -> Recommendation:
    """The recommendation from all lines that fit `matter` (by name), place and day, in or out of working hours.

    Of lines that are equally narrow and name different leads, that of the nearer unit's list goes first, then the
    earlier line; `conflict` says so.
    """
    now = Hours.work if working else Hours.off
    fitting = [line for line in found.lines if line.hours in (Hours.always, now)]
    if not fitting:
        return _fall_back(found, matter, now)
    best = max(fitting, key=lambda line: (*specificity(line), line.list.depth, -line.n))
    rival = next((f for f in fitting if specificity(f) == specificity(best) and f.lead != best.lead), None)
    otherwise = next((f for f in found.lines if _same_but_hours(f, best)), None)
    return Recommendation(
        best.lead,
        best.assists,
        best.basis,
        _reason_zh(matter, best, otherwise, rival),
        _reason_en(matter, best, otherwise, rival),
        best.id,
        best.version,
        fallback=False,
        conflict=rival is not None,
    )


def _same_but_hours(other: Fit, best: Fit) -> bool:
    alike = (other.span, other.kind, other.area_id) == (best.span, best.kind, best.area_id)
    return alike and {other.hours, best.hours} == _BOTH


def _fall_back(found: Found, matter: str, now: Hours) -> Recommendation:
    when_zh, when_en = (f"{now.zh()}的", f" {now.en()}") if found.lines else ("", "")
    zh = f"权责清单未列明{found.place_name}“{matter}”{when_zh}责任单位"
    en = f"No unit is listed for “{matter}” in {found.place_name}{when_en}"
    lead = None
    if found.home_id is not None and found.home_name is not None:
        lead = UnitRef(found.home_id, found.home_name)
        zh, en = f"{zh}，按属地兜底由{lead.name}牵头处置", f"{en}; {lead.name} takes it by place (属地兜底)"
    else:
        zh, en = (
            f"{zh}，此处也没有可兜底的街镇，请人工指定",
            f"{en}, and no street stands above it; please choose by hand",
        )
    return Recommendation(lead, (), "", zh, en, None, None, fallback=True, conflict=False)


def _reason_zh(matter: str, best: Fit, otherwise: Fit | None, rival: Fit | None) -> str:
    what = {
        Span.code: f"“{best.name}”",
        Span.major: f"“{best.name}”各细类（含“{matter}”）",
        Span.field: f"“{best.name}”领域各类问题（含“{matter}”）",
        Span.all: f"各类问题（含“{matter}”）",
    }[best.span]
    hours = "" if best.hours is Hours.always else f"，{best.hours.zh()}"
    assists = f"，{'、'.join(a.name for a in best.assists)}协办" if best.assists else ""
    text = f"依据{best.list.name}权责清单第{best.n}条（第{best.version}版）：{best.area_name}辖区内{what}{hours}由{best.lead.name}主办{assists}"
    if otherwise:
        text += f"；{otherwise.hours.zh()}由{otherwise.lead.name}主办"
    if best.basis:
        text += f"；职责依据：{best.basis}"
    if rival:
        text += (
            f"；注意：{rival.list.name}清单第{rival.n}条对同样情形列的是{rival.lead.name}，两条冲突，暂按前者，请核定"
        )
    return text


def _reason_en(matter: str, best: Fit, otherwise: Fit | None, rival: Fit | None) -> str:
    what = {
        Span.code: f"“{best.name}”",
        Span.major: f"all of “{best.name}” (“{matter}” too)",
        Span.field: f"the field “{best.name}” (“{matter}” too)",
        Span.all: f"everything (“{matter}” too)",
    }[best.span]
    hours = "" if best.hours is Hours.always else f" {best.hours.en()}"
    assists = f", with {', '.join(a.name for a in best.assists)}" if best.assists else ""
    text = f"By line {best.n} of the list of {best.list.name} (v{best.version}): {what} in {best.area_name}{hours} is led by {best.lead.name}{assists}"
    if otherwise:
        text += f"; {otherwise.hours.en()} by {otherwise.lead.name}"
    if best.basis:
        text += f"; basis: {best.basis}"
    if rival:
        text += (
            f"; note: line {rival.n} of {rival.list.name} names {rival.lead.name} with equal right; please settle it"
        )
    return text


# ── what nobody is listed for ─────────────────────────────────────────────────────────────────────────────────────────


class Coverage:
    """Lines by what they cover and where, to ask of each matter in which areas nobody is listed.

    `areas`: every area from the one asked about down, with its parent; `above`: the ids of the areas over it.
    """

    def __init__(self, lines: Iterable[Line], areas: Mapping[UUID, tuple[UUID | None, str]], above: set[UUID]) -> None:
        self.areas, self.above = areas, above
        self.children: dict[UUID, list[UUID]] = defaultdict(list)
        for area, (parent, _) in areas.items():
            if parent is not None and parent in areas:
                self.children[parent].append(area)
        self.by_key: dict[tuple[object, ...], list[Line]] = defaultdict(list)
        for line in lines:
            self.by_key[line.span, line.scheme, line.kind, line.code].append(line)

    def gaps(self, matter: Matter, top: UUID) -> list[Gap]:
        """The widest areas at or below `top` where nobody is listed for this matter, with the hours that lack."""
        held: dict[UUID, set[Hours]] = defaultdict(set)
        for key in _keys(matter):
            for line in self.by_key.get(key, ()):
                held[top if line.area_id in self.above else line.area_id] |= _hours(line)
        touched: set[UUID | None] = {None}
        for area in held:
            up: UUID | None = area
            while up not in touched:
                touched.add(up)
                up = self.areas[up][0] if up is not None and up in self.areas else None
        found: list[Gap] = []

        def look(area: UUID, given: frozenset[Hours]) -> None:
            has = given | held.get(area, set())
            lacks = _BOTH - has
            if not lacks:
                return
            below = self.children.get(area, [])
            if any(child in touched for child in below):
                for child in below:
                    look(child, has)
                return
            hours = Hours.always if lacks == _BOTH else next(iter(lacks))
            m = matter
            found.append(Gap(m.scheme, m.kind.value, m.code, m.name, m.field.value, area, self.areas[area][1], hours))

        look(top, frozenset())
        return found


def _hours(line: Line) -> frozenset[Hours]:
    return _BOTH if line.hours is Hours.always else frozenset({line.hours})


def _keys(m: Matter) -> tuple[tuple[object, ...], ...]:
    return (
        (Span.all, None, None, None),
        (Span.field, None, None, m.field.value),
        (Span.major, m.scheme, None, m.major_code),
        (Span.major, m.scheme, m.kind.value, m.major_code),
        (Span.code, m.scheme, None, m.code),
        (Span.code, m.scheme, m.kind.value, m.code),
    )
