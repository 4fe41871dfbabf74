"""Loading the catalogue and the filing rules of a pack, and setting working calendars."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from yiwang.city import queries_rules, rules_pack, store_rules
from yiwang.city.model_rules import CalendarRow, LoadReport, Pack, SetCalendar, SetCalendarOverride
from yiwang.city.model_rules_events import CalendarOverridden, CalendarSet, CatalogueLoaded, RulesLoaded
from yiwang.city.rules_calendar import read_shifts, read_zone
from yiwang.city.rules_catalogue import SET_CALENDAR, may_load
from yiwang.city.rules_pack import Manifest
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import named_id
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor, Subject
from yiwang.network.queries_units import get_unit_in_reach
from yiwang.network.rules import may


def load_catalogue(tx: Tx, actor: Actor, folder: Path) -> LoadReport:
    """Load a pack's schemes, classes and successors. Rows that cannot be taken are in the report; the rest goes in.

    Loading the same files again changes and records nothing. Raises `Invalid` (pack.…) if the pack cannot be read.
    """
    by = actor.by(may_load(actor))
    store_rules.lock_rules(tx)
    manifest, texts = _open(folder, "matters", "fields", "successors")
    digest = rules_pack.digest(texts)
    matters, bad = rules_pack.read_matters(manifest, texts)
    there = queries_rules.read_catalogue(tx).matters
    known = {(m.scheme, m.kind, m.code) for m in matters}
    successors, worse = rules_pack.read_successors(manifest, texts, lambda key: key in known or key in there)
    counts = {"schemes": len(manifest.schemes), "matters": len(matters), "successors": len(successors)}
    report = LoadReport(manifest.name, manifest.version, "catalogue", digest, counts, (*bad, *worse))
    before = _before(tx, manifest)
    if before.catalogue_digest == digest:
        return _unchanged(report)
    store_rules.put_catalogue(tx, manifest.name, manifest.schemes, matters, successors)
    _done(tx, Pack(manifest.name, manifest.version, digest, before.rules_digest))
    event = CatalogueLoaded(
        _pack_id(manifest), manifest.name, manifest.version, **counts, bad=len(report.bad), digest=digest
    )
    record(tx, by, event)
    return report


def load_rules(tx: Tx, actor: Actor, folder: Path) -> LoadReport:
    """Load a pack's filing conditions, and everyone's calendar if it has one; the classes must be there already.

    A condition that the pack no longer has is retired, unless a row was bad: then nobody knows what it was.
    """
    by = actor.by(may_load(actor))
    store_rules.lock_rules(tx)
    manifest, texts = _open(folder, "conditions")
    digest = rules_pack.digest(texts)
    there = queries_rules.read_catalogue(tx).matters
    conditions, bad = rules_pack.read_conditions(manifest, texts, lambda key: key in there)
    report = LoadReport(
        manifest.name, manifest.version, "rules", digest, {"conditions": len(conditions), "retired": 0}, tuple(bad)
    )
    before = _before(tx, manifest)
    if before.rules_digest == digest:
        return _unchanged(report)
    store_rules.put_conditions(tx, manifest.name, conditions)
    if not bad:
        report.counts["retired"] = store_rules.retire_conditions(tx, manifest.name, (c.id for c in conditions))
    if manifest.calendar is not None:
        store_rules.put_calendar(tx, manifest.calendar)
    _done(tx, Pack(manifest.name, manifest.version, before.catalogue_digest, digest))
    event = RulesLoaded(
        _pack_id(manifest), manifest.name, manifest.version, **report.counts, bad=len(bad), digest=digest
    )
    record(tx, by, event)
    return report


def set_calendar(tx: Tx, actor: Actor, cmd: SetCalendar) -> None:
    """Give a unit, and all below it that have none of their own, a working week."""
    by = _may_set(tx, actor, cmd.unit_id)
    read_zone(cmd.zone)
    if not read_shifts(cmd.shifts):
        raise Invalid("calendar.shifts", "至少要有一个班次", "At least one shift is needed")
    weekdays = tuple(sorted(set(cmd.weekdays)))
    store_rules.lock_rules(tx)
    store_rules.put_calendar(tx, CalendarRow(cmd.unit_id, cmd.name, cmd.zone, cmd.statutory, weekdays, cmd.shifts))
    put_changed(tx)
    event = CalendarSet(_calendar_id(cmd.unit_id), cmd.unit_id, cmd.zone, cmd.statutory, weekdays, cmd.shifts)
    record(tx, by, event)


def set_calendar_override(tx: Tx, actor: Actor, cmd: SetCalendarOverride) -> None:
    """Make one date of a unit a working day or a day off, for it and all below it; or take that back."""
    by = _may_set(tx, actor, cmd.unit_id)
    if cmd.shifts is not None and (not cmd.works or not read_shifts(cmd.shifts)):
        raise Invalid(
            "calendar.shifts", "放假日没有班次；上班日至少一个", "A day off has no shifts, a working day one or more"
        )
    store_rules.lock_rules(tx)
    store_rules.put_day(tx, cmd)
    put_changed(tx)
    record(tx, by, CalendarOverridden(_calendar_id(cmd.unit_id), cmd.unit_id, cmd.day, cmd.works, cmd.shifts))


def _may_set(tx: Tx, actor: Actor, unit_id: UUID) -> By:
    return actor.by(may(actor, SET_CALENDAR, Subject(get_unit_in_reach(tx, actor, unit_id).path)))


def _calendar_id(unit_id: UUID) -> UUID:
    return named_id(f"calendar:{unit_id}")


def _pack_id(manifest: Manifest) -> UUID:
    return named_id(f"pack:{manifest.name}")


def _open(folder: Path, *kinds: str) -> tuple[Manifest, dict[str, str]]:
    """The manifest, and the texts that a part of the pack rests on, `pack.toml` among them."""
    try:
        text = (folder / "pack.toml").read_text("utf-8")
        manifest = rules_pack.read_manifest(text)
        names = manifest.named(*kinds)
        return manifest, {"pack.toml": text} | {name: (folder / name).read_text("utf-8") for name in names}
    except OSError as fault:
        name = Path(str(fault.filename)).name
        raise Invalid("pack.missing", f"读不到文件 {name}", f"Cannot read the file {name}", file=name) from fault
    except UnicodeDecodeError as fault:
        raise Invalid("pack.encoding", "文件须是 UTF-8 编码", "Files must be in UTF-8") from fault


def _before(tx: Tx, manifest: Manifest) -> Pack:
    return store_rules.PACK.maybe(tx, name=manifest.name) or Pack(manifest.name, "", None, None)


def _unchanged(report: LoadReport) -> LoadReport:
    return LoadReport(report.pack, report.version, report.part, report.digest, report.counts, report.bad, True)


def _done(tx: Tx, pack: Pack) -> None:
    store_rules.put_pack(tx, pack)
    put_changed(tx)


def put_changed(tx: Tx) -> None:
    """Tell every process that catalogue, rules or calendars are other ones now."""
    store_rules.put_revision(tx)
    queries_rules.forget()
