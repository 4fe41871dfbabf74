"""Reads of the catalogue, filing conditions and calendars: from memory, since every report needs them.

Each process keeps what it has read and asks every two seconds at most whether `city.revision` has moved. A transaction
that has itself changed something reads past the memory, so it sees its own work and never leaves it to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from uuid import UUID

from yiwang.city import rules_deadline
from yiwang.city.model_rules import (
    CalendarDayRow,
    CalendarDayView,
    CalendarRow,
    Condition,
    ConditionRow,
    Deadline,
    Kind,
    Limit,
    Matter,
    MatterView,
    Pause,
    PocketCondition,
    PocketMatter,
    Revision,
    Scheme,
    Successor,
    WorkOut,
)
from yiwang.city.rules_calendar import WorkCalendar, build_calendar, instant
from yiwang.city.rules_catalogue import Catalogue
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import Invalid
from yiwang.kit.scope import Scope
from yiwang.network.queries_units import get_visible_unit

REVISION = query(
    Revision,
    "select version, writer is not distinct from pg_current_xact_id_if_assigned() as own from city.revision",
    apart=True,
)
SCHEMES = query(Scheme, "select id, name, version, valid_from, valid_to from city.scheme order by id")
MATTERS = query(
    Matter,
    "select scheme, code, kind, major_code, major, name, english, field, source, status from city.matter"
    " order by scheme, kind, code",
)
SUCCESSORS = query(
    Successor,
    "select from_scheme, from_code, kind, to_scheme, to_code, to_kind, note from city.successor"
    " order by from_scheme, from_code, kind, to_scheme, to_code, to_kind",
)
CONDITIONS = query(
    Condition,
    "select id, scheme, code, kind, text, limit_value, clock, limit_text, close_condition, seasonal, source, status,"
    " version, retired_at from city.condition",
)
# A unit's calendar is the nearest one up the tree, else everyone's.
WEEK = query(
    CalendarRow,
    "with recursive up as (select id, parent_id, 0 as step from network.unit where id = %(unit_id)s"
    " union all select u.id, u.parent_id, up.step + 1 from up join network.unit u on u.id = up.parent_id)"
    " select c.unit_id, c.name, c.zone, c.statutory, c.weekdays, c.shifts"
    " from city.calendar c left join up on up.id = c.unit_id where c.unit_id is null or up.id is not null"
    " order by up.step nulls last limit 1",
    apart=True,
)
DAYS = query(
    CalendarDayRow,
    "with recursive up as (select id, parent_id, 0 as step from network.unit where id = %(unit_id)s"
    " union all select u.id, u.parent_id, up.step + 1 from up join network.unit u on u.id = up.parent_id)"
    " select d.unit_id, d.day, d.works, d.shifts, d.note"
    " from city.calendar_day d left join up on up.id = d.unit_id where d.unit_id is null or up.id is not null"
    " order by up.step desc nulls first, d.day",
    apart=True,
)

OWN_DAYS = query(
    CalendarDayRow,
    "select unit_id, day, works, shifts, note from city.calendar_day where unit_id = any(%(unit_ids)s)"
    " and day between %(since)s and %(until)s order by unit_id, day",
)
SPECIAL = query(
    UUID,
    "select unit_id from city.calendar where unit_id is not null"
    " union select unit_id from city.calendar_day where unit_id is not null",
    apart=True,
)

ASK_EVERY = 2.0  # seconds, of the machine's own clock: this is about memory, not about the time of anything
UNIT_KEPT = 60.0  # a unit that moves in the tree gets another calendar without any revision


@dataclass(slots=True)
class _Kept:
    """What this process remembers of one revision of one database."""

    version: UUID
    asked: float
    catalogue: Catalogue | None = None
    special: frozenset[UUID] | None = None  # units with a calendar or days of their own
    calendars: dict[UUID | None, tuple[float, WorkCalendar]] = field(default_factory=dict)


_kept: dict[tuple[str, int, str], _Kept] = {}


def _memory(tx: Tx) -> _Kept:
    """What is remembered, if still right; else an empty memory, kept unless this transaction wrote itself."""
    info, now = tx.beside.info, monotonic()
    key = (info.host, info.port, info.dbname)
    kept = _kept.get(key)
    if kept is not None and now - kept.asked < ASK_EVERY:
        return kept
    revision = REVISION.one(tx)
    if revision.own:
        return _Kept(revision.version, now)
    if kept is None or kept.version != revision.version:
        kept = _kept[key] = _Kept(revision.version, now)
    kept.asked = now
    return kept


def forget() -> None:
    """Ask again at the next read: after a change, so that whoever made it sees it."""
    _kept.clear()


def read_catalogue(tx: Tx) -> Catalogue:
    """The whole catalogue with its filing conditions, from the database: for whoever is about to change it."""
    return Catalogue(SCHEMES.all(tx), MATTERS.all(tx), SUCCESSORS.all(tx), CONDITIONS.all(tx))


def get_catalogue(tx: Tx) -> Catalogue:
    """The same from memory: at most two seconds old."""
    kept = _memory(tx)
    if kept.catalogue is None:
        kept.catalogue = read_catalogue(tx)
    return kept.catalogue


def get_matter(tx: Tx, scheme: str, kind: str, code: str) -> Matter:
    """One class; NotFound (city.no_matter)."""
    return get_catalogue(tx).get_matter(scheme, kind, code)


def get_matter_in_force(tx: Tx, scheme: str, kind: str, code: str) -> Matter:
    """A class of a scheme that holds today: NotFound (city.no_matter), Invalid (city.scheme_over)."""
    catalogue = get_catalogue(tx)
    matter = catalogue.get_matter(scheme, kind, code)
    if scheme not in catalogue.in_force(tx.now.date()):
        raise Invalid(
            "city.scheme_over", f"目录体系 {scheme} 现在不适用，请从现行目录里选", f"The scheme {scheme} does not hold today: choose from one in force",
            scheme=scheme, matter=code,
        )  # fmt: skip
    return matter


def get_matter_view(tx: Tx, scheme: str, code: str, kind: str = Kind.matter) -> MatterView:
    """One class with its filing conditions, predecessors and successors; NotFound (city.no_matter)."""
    return get_catalogue(tx).get_view(scheme, kind, code)


def find_matters(
    tx: Tx,
    text: str = "",
    limit: int = 20,
    *,
    scheme: str | None = None,
    kind: Kind | None = None,
    after: tuple[str, str, str] | None = None,
) -> list[Matter]:
    """Classes that have every word of `text` in their names or code, best first; of the schemes in force, or of one.

    `after`: scheme, kind and code of the last one of the page before.
    """
    catalogue = get_catalogue(tx)
    schemes = catalogue.in_force(tx.now.date()) if scheme is None else frozenset({scheme})
    return catalogue.find(text, schemes, kind, after, limit)


def find_conditions(
    tx: Tx,
    text: str = "",
    limit: int = 20,
    *,
    scheme: str | None = None,
    kind: Kind | None = None,
    after: tuple[str, str, str, str, UUID] | None = None,
) -> list[ConditionRow]:
    """Filing conditions in force, of classes that have every word of `text` in their words or in theirs; of all schemes, or of one.

    `after`: scheme, kind, code, text and id of the last one of the page before.
    """
    return get_catalogue(tx).find_conditions(text, scheme, kind, after, limit)


def list_pocket_matters(tx: Tx) -> list[PocketMatter]:
    """Every class in force with the conditions that it may be filed under now: what a phone takes along."""
    catalogue = get_catalogue(tx)
    schemes = catalogue.in_force(tx.now.date())
    return [
        PocketMatter(
            m.scheme, m.kind, m.code, m.major, m.name, m.english,
            tuple(
                PocketCondition(c.id, c.text, c.limit_text, c.seasonal)
                for c in catalogue.conditions_of(m.scheme, m.kind, m.code)
                if c.retired_at is None
            ),
        )
        for m in catalogue.matters.values()
        if m.scheme in schemes
    ]  # fmt: skip


def list_schemes(tx: Tx) -> list[Scheme]:
    """Every classification that is loaded."""
    return list(get_catalogue(tx).schemes.values())


def list_conditions(tx: Tx, scheme: str, code: str, kind: str = Kind.matter) -> tuple[Condition, ...]:
    """Under what a case of this class may be filed: its own conditions and those of the classes it succeeds."""
    return get_catalogue(tx).conditions_of(scheme, kind, code)


def get_condition(tx: Tx, condition_id: UUID) -> Condition:
    """One filing condition, retired ones too (`retired_at`); NotFound (city.no_condition)."""
    return get_catalogue(tx).get_condition(condition_id)


def calendar_for(tx: Tx, unit_id: UUID | None = None) -> WorkCalendar:
    """The working calendar of a unit: the nearest up the tree, with the dates that it and the units above set apart."""
    kept = _memory(tx)
    if kept.special is None:
        kept.special = frozenset(SPECIAL.all(tx))
    if not kept.special:
        unit_id = None  # everybody has everyone's calendar: one look serves the whole city
    found = kept.calendars.get(unit_id)
    if found is not None and monotonic() - found[0] < UNIT_KEPT:
        return found[1]
    calendar = build_calendar(WEEK.one(tx, unit_id=unit_id), tuple(DAYS.all(tx, unit_id=unit_id)))
    kept.calendars[unit_id] = (monotonic(), calendar)
    return calendar


def work_out(
    tx: Tx,
    unit_id: UUID | None,
    limit: Limit,
    start: datetime,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Limit] = (),
) -> Deadline:
    """The deadline of a limit that begins at `start` for a unit, on its calendar."""
    return rules_deadline.work_out_deadline(limit, start, calendar_for(tx, unit_id), pauses, extensions)


def answer_work_out(tx: Tx, scope: Scope, cmd: WorkOut) -> Deadline:
    """`work_out` for whoever asks from outside; NotFound for a unit that is not there, or not in sight."""
    if cmd.unit_id is not None:
        get_visible_unit(tx, scope, cmd.unit_id)
    return work_out(tx, cmd.unit_id, cmd.limit, cmd.start, cmd.pauses, cmd.extensions)


def list_own_days(tx: Tx, scope: Scope, unit_id: UUID, since: date, until: date) -> list[CalendarDayRow]:
    """The dates that the unit itself set apart from `since` to `until`; NotFound when it is out of sight."""
    get_visible_unit(tx, scope, unit_id)
    return OWN_DAYS.all(tx, unit_ids=[unit_id], since=since, until=until)


def list_calendar_days(tx: Tx, scope: Scope, unit_id: UUID, since: date, until: date) -> list[CalendarDayView]:
    """A unit's calendar from `since` to `until`, both included: a year at most. NotFound when it is out of sight."""
    get_visible_unit(tx, scope, unit_id)
    if not timedelta(0) <= until - since <= timedelta(days=366) or not 1970 <= since.year <= 2200:
        raise Invalid("calendar.range", "起止日期不对，最多一年", "The dates are out of order, or more than a year")
    calendar = calendar_for(tx, unit_id)
    days = (calendar.day(since + timedelta(days=n)) for n in range((until - since).days + 1))
    return [
        CalendarDayView(
            d.date, d.works, d.known, d.why_zh, d.why_en, tuple((instant(a), instant(b)) for a, b in d.spans)
        )
        for d in days
    ]
