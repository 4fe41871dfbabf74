"""The lists' verbs: import a new version, restore an old one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from yiwang.city.queries_rules import get_catalogue
from yiwang.dispatch import queries, rules_read, store
from yiwang.dispatch.model import (
    GoodRow,
    ImportList,
    ImportReport,
    ListImported,
    ListRestored,
    RestoreList,
    Version,
)
from yiwang.dispatch.rules import NEEDS
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import Scope
from yiwang.ledger.actions import record
from yiwang.network.model import Actor, Subject
from yiwang.network.model_units import AREA_KINDS, Unit
from yiwang.network.queries_units import find_units_named, get_unit_in_reach_by_code
from yiwang.network.rules import may


def list_id_of(unit_id: UUID) -> UUID:
    """The list that a unit keeps: one each."""
    return named_id(f"responsibility-list:{unit_id}")


def import_list(tx: Tx, actor: Actor, cmd: ImportList) -> ImportReport:
    """Read the file; what can be taken becomes the new version of the unit's list, the rest is reported row by row.

    The same content again (whatever the file's format) changes nothing. Invalid where the file cannot be read at all,
    has not one good row, or (with `whole`) has a bad one.
    """
    unit = _area_unit(tx, actor, cmd.unit_code)
    post = may(actor, NEEDS["responsibility.import"], Subject(unit.path))
    rows = rules_read.read_file(cmd.source, cmd.data)
    units = find_units_named(tx, rules_read.units_named(rows))
    good, bad = rules_read.Reader(units, get_catalogue(tx).matters.values(), unit.path).read(rows)
    if bad and (cmd.whole or not good):
        raise Invalid(
            "responsibility.bad_rows",
            f"有 {len(bad)} 行不能用，第一处在第 {bad[0].line} 行“{bad[0].column}”：{bad[0].zh}",
            f"{len(bad)} rows cannot be used, the first in line {bad[0].line}, {bad[0].column}: {bad[0].en}",
            rows=bad[:500],
        )
    digest = rules_read.digest(good)
    list_id = list_id_of(unit.id)
    with tx.trial(cmd.dry_run):
        version = store.lock_list(tx, list_id, unit.id)
        unchanged = store.DIGEST.one(tx, id=list_id) == digest
        if not unchanged:
            version += 1
            _write(tx, actor, list_id, version, good, digest=digest, source=cmd.source, bad=len(bad))
            event = ListImported(list_id, unit.id, version, len(good), len(bad), digest)
            if not cmd.dry_run:
                record(tx, actor.by(post), event)
        conflicts = tuple(queries.find_conflicts(tx, Scope(True, (), actor.id), unit.id))
    return ImportReport(list_id, version, len(good), tuple(bad), conflicts, digest, unchanged, cmd.dry_run)


def restore_list(tx: Tx, actor: Actor, cmd: RestoreList) -> Version:
    """Put what version so-and-so said in force again, as a new version; the units in it must still stand."""
    unit = _area_unit(tx, actor, cmd.unit_code)
    post = may(actor, NEEDS["responsibility.restore"], Subject(unit.path))
    list_id = list_id_of(unit.id)
    everything = Scope(True, (), actor.id)
    version = store.lock_list(tx, list_id, unit.id)
    was = next(
        (v for v in queries.list_versions(tx, everything, list_id=list_id, limit=10_000) if v.version == cmd.version),
        None,
    )
    if was is None:
        raise NotFound("dispatch.no_list", "没有这份权责清单，或没有这一版", "No such list, or no such version")
    if was.current:
        raise Refused("responsibility.in_force", "这一版正在用", "This version is in force already", version=version)
    lines = store.ROWS.all(tx, list_id=list_id, version=cmd.version)
    _write(tx, actor, list_id, version + 1, lines, digest=was.digest, source=f"v{cmd.version}", bad=0)
    record(tx, actor.by(post), ListRestored(list_id, unit.id, version + 1, cmd.version, len(lines), was.digest))
    return queries.list_versions(tx, everything, list_id=list_id, limit=1)[0]


def _area_unit(tx: Tx, actor: Actor, code: str) -> Unit:
    unit = get_unit_in_reach_by_code(tx, actor, code)
    if unit.kind not in AREA_KINDS:
        raise Invalid(
            "responsibility.no_area",
            f"{unit.name}不是行政区域，清单须由市、区、街镇等来立",
            f"{unit.name} is not an area",
        )
    return unit


def _write(
    tx: Tx, actor: Actor, list_id: UUID, version: int, rows: Sequence[GoodRow], *, digest: str, source: str, bad: int
) -> None:
    store.FORWARD.run(tx, id=list_id, version=version, digest=digest)
    store.ADD_VERSION.run(
        tx, list_id=list_id, version=version, at=tx.now, by=actor.id, source=source[:200], digest=digest,
        rows=len(rows), bad=bad,
    )  # fmt: skip
    store.RETIRE.run(tx, list_id=list_id)
    store.ADD_LINES.run(
        tx,
        list_id=list_id,
        version=version,
        ids=[new_id() for _ in rows],
        ns=list(range(1, len(rows) + 1)),
        spans=[r.span.value for r in rows],
        schemes=[r.scheme for r in rows],
        kinds=[r.kind for r in rows],
        codes=[r.code for r in rows],
        names=[r.name for r in rows],
        area_ids=[r.area_id for r in rows],
        hours=[r.hours.value for r in rows],
        lead_ids=[r.lead_id for r in rows],
        assist_ids=["{" + ",".join(map(str, r.assist_ids)) + "}" for r in rows],
        basis=[r.basis for r in rows],
        valid_froms=[r.valid_from for r in rows],
        valid_tos=[r.valid_to for r in rows],
    )
