"""Catalogue, filing conditions and days set apart from files: whole or not at all, each row by the rules that packs are read by."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

from yiwang.city import queries_rules, rules_pack, rules_sheet, store_rules
from yiwang.city.actions_rules import put_changed, set_calendar_override
from yiwang.city.model_rules import Condition, Matter, SetCalendarOverride
from yiwang.city.model_rules_events import CatalogueLoaded, RulesLoaded
from yiwang.city.model_sheet import ImportConditions, ImportDays, ImportMatters
from yiwang.city.rules_catalogue import SET_CALENDAR, may_load
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.kit.importing import MOST_BYTES, FileReport, Outcome, Taking
from yiwang.kit.table import Fault, read_table
from yiwang.ledger.actions import record
from yiwang.network.model import Actor, Subject
from yiwang.network.queries_units import find_units_named, get_unit_in_reach
from yiwang.network.rules import anywhere, ground_of, may
from yiwang.network.rules_sheet import WHOLE
from yiwang.network.rules_units import UnitWords

DESK = "desk"
"""As which pack it stands in the ledger what the desk imported."""
ABOUT_DAYS = {"calendar.shifts": "shifts", "network.no_unit": "unit", "network.not_your_area": "unit"}


def import_matters(tx: Tx, actor: Actor, cmd: ImportMatters) -> FileReport:
    """Classes that are new are added, others corrected where the file says otherwise; none is ever deleted. Invalid where the
    file cannot be read or, unless it is a dry run, a row is bad."""
    by = actor.by(may_load(actor))
    columns = rules_sheet.MATTERS
    rows = read_table(
        cmd.source,
        cmd.data,
        columns,
        rules_sheet.MATTERS_NEEDED,
        most_rows=rules_sheet.MOST_ROWS,
        most_bytes=MOST_BYTES,
    )
    store_rules.lock_rules(tx)
    catalogue = queries_rules.read_catalogue(tx)
    there = catalogue.matters
    read = rules_pack.matter_of(catalogue.schemes, {key: m.field for key, m in there.items()})
    take, fresh = Taking(tx, columns, rules_sheet.CALLED), list[Matter]()
    for row in rows:
        with take.row(row):
            matter = read(rules_sheet.matter_cells(row, there))
            known = there.get((matter.scheme, matter.kind, matter.code))
            if matter != known:
                fresh.append(matter)
            if known is None:
                take.tell(row, Outcome.added)
            elif matter == known:
                take.tell(row, Outcome.unchanged)
            else:
                take.tell(row, Outcome.changed, *rules_sheet.differences(known, matter))
    report = take.report(len(rows), dry=cmd.dry_run)
    if fresh and not cmd.dry_run:
        store_rules.put_catalogue(tx, DESK, (), fresh, ())
        put_changed(tx)
        version, digest = str(tx.now.date()), hashlib.sha256(cmd.data).hexdigest()
        record(tx, by, CatalogueLoaded(_desk_id(), DESK, version, 0, len(fresh), 0, 0, digest))
    return report


def import_conditions(tx: Tx, actor: Actor, cmd: ImportConditions) -> FileReport:
    """What the file says of a class's filing conditions is all that the class has from now on; the others are retired.
    Cases keep the very condition they were filed under. Invalid as `import_matters`."""
    by = actor.by(may_load(actor))
    columns = rules_sheet.CONDITIONS
    rows = read_table(
        cmd.source,
        cmd.data,
        columns,
        rules_sheet.CONDITIONS_NEEDED,
        most_rows=rules_sheet.MOST_ROWS,
        most_bytes=MOST_BYTES,
    )
    store_rules.lock_rules(tx)
    catalogue = queries_rules.read_catalogue(tx)
    there = {c.id: c for c in catalogue.conditions.values() if c.retired_at is None}
    version = str(tx.now.date())
    read = rules_pack.condition_of(catalogue.matters.__contains__, version)
    take, wanted, fresh = Taking(tx, columns, rules_sheet.CALLED), set[UUID](), list[Condition]()
    classes = set[rules_pack.Key]()
    for row in rows:
        with take.row(row):
            condition = read(rules_sheet.condition_cells(row, catalogue.matters))
            wanted.add(condition.id)
            classes.add((condition.scheme, condition.kind, condition.code))
            if condition.id not in there:
                fresh.append(condition)
            take.tell(row, Outcome.unchanged if condition.id in there else Outcome.added)
    retired = [c for c in there.values() if (c.scheme, c.kind, c.code) in classes and c.id not in wanted]
    for c in retired:
        take.retire(f"{c.code} · {c.text}", "文件未列，停用", "not in the file, so it is retired")
    report = take.report(len(rows), dry=cmd.dry_run)
    if (fresh or retired) and not cmd.dry_run:
        store_rules.put_conditions(tx, DESK, fresh)
        store_rules.drop_conditions(tx, [c.id for c in retired])
        put_changed(tx)
        digest = hashlib.sha256(cmd.data).hexdigest()
        record(tx, by, RulesLoaded(_desk_id(), DESK, version, len(fresh), len(retired), 0, digest))
    return report


def import_days(tx: Tx, actor: Actor, cmd: ImportDays) -> FileReport:
    """Each date is set apart as `set_calendar_override` does one at a time; what is so already is left alone. Invalid as
    `import_matters`."""
    may(actor, anywhere(SET_CALENDAR), Subject(""))
    home = get_unit_in_reach(tx, actor, cmd.unit_id)
    rows = read_table(
        cmd.source, cmd.data, rules_sheet.DAYS, rules_sheet.DAYS_NEEDED, most_rows=rules_sheet.MOST_DAYS,
        most_bytes=MOST_BYTES,
    )  # fmt: skip
    units = UnitWords(find_units_named(tx, (r.cells.get("unit", "") for r in rows), ground_of(actor)))
    take, seen = (
        Taking(tx, rules_sheet.DAYS, rules_sheet.CALLED_DAYS, ABOUT_DAYS, WHOLE),
        dict[tuple[UUID, date], int](),
    )
    with tx.trial(cmd.dry_run):
        for row in rows:
            with take.row(row):
                day, works, shifts, note = rules_sheet.read_day(row.cells)
                named = row.cells.get("unit")
                unit_id = units.find("unit", named).id if named else home.id
                if (before := seen.setdefault((unit_id, day), row.line)) != row.line:
                    raise Fault("day", f"与第 {before} 行是同一天", f"the same day as line {before}")
                take.tell(row, *_set_day(tx, actor, SetCalendarOverride(unit_id, day, works, shifts, note)))
        return take.report(len(rows), dry=cmd.dry_run)


def _set_day(tx: Tx, actor: Actor, cmd: SetCalendarOverride) -> tuple[Outcome, str, str]:
    known = next(iter(queries_rules.OWN_DAYS.all(tx, unit_ids=[cmd.unit_id], since=cmd.day, until=cmd.day)), None)
    stands = known and (known.works, known.shifts, known.note)
    if stands == (None if cmd.works is None else (cmd.works, cmd.shifts, cmd.note)):
        may(actor, SET_CALENDAR, Subject(get_unit_in_reach(tx, actor, cmd.unit_id).path))
        return Outcome.unchanged, "", ""
    set_calendar_override(tx, actor, cmd)
    if known is None:
        return Outcome.added, "", ""
    return Outcome.changed, *rules_sheet.was_set(known.works, known.shifts, known.note)


def _desk_id() -> UUID:
    return named_id(f"pack:{DESK}")
