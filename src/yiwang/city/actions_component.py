"""Importing components. The same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from yiwang.city import queries_component, queries_grid, rules_component, store_component
from yiwang.city.model_component import (
    ComponentRow,
    ComponentsImport,
    ComponentsImported,
    ImportComponents,
    ImportMode,
)
from yiwang.city.rules_component_file import read_records
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.table import BadRow
from yiwang.ledger.actions import record
from yiwang.network.model import Actor, Subject
from yiwang.network.queries_units import get_unit_in_reach_by_code
from yiwang.network.rules import may

MAX_TOLD = 1000


def import_components(tx: Tx, actor: Actor, cmd: ImportComponents) -> ComponentsImport:
    """Read a file of components, check and convert each row, lock it to its unit grid, and write what is good.

    A row is never dropped silently: it is added, changed, unchanged or in `bad_rows` with line, column and reason.
    Invalid: `file.*` when the file cannot be read at all, `component.no_catalogue`, and with `all_or_nothing`
    `component.bad_rows`.
    """
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    post = may(actor, rules_component.NEEDS["component.import"], Subject(unit.path))
    records = read_records(cmd.source, cmd.content)
    known = queries_component.get_known(tx, unit.code)
    if not known.types:
        raise Invalid("component.no_catalogue", "请先载入部件目录", "Load the catalogue of components first")
    rows, bad = rules_component.read_rows(records, known, cmd.datum)
    good, homeless = _lock_to_grids(tx, rows, unit.code.rstrip("0") if unit.level == 1 else unit.code)
    bad = sorted([*bad, *homeless], key=lambda b: b.line)
    if bad and cmd.mode is ImportMode.all_or_nothing:
        raise Invalid(
            "component.bad_rows",
            f"{len(records)} 行中有 {len(bad)} 行有误，一行也没有导入",
            f"{len(bad)} of {len(records)} rows are bad; nothing was imported",
            bad=len(bad),
            bad_rows=bad[:MAX_TOLD],
        )
    dry = cmd.mode is ImportMode.dry_run
    with tx.trial(dry):
        done = _write(tx, actor, cmd, len(records), good, bad)
    if dry:
        return done
    digest = hashlib.sha256(cmd.content).hexdigest()
    counts = (done.rows, done.added, done.changed, done.unchanged, done.bad)
    record(tx, actor.by(post), ComponentsImported(done.import_id, unit.code, digest, *counts))
    return done


def load_components(tx: Tx, actor: Actor, file: Path, unit_code: str) -> ComponentsImport | None:
    """Import a pack's file of components, all or nothing; None when these very bytes were the unit's last import."""
    content = file.read_bytes()
    if queries_component.find_last_import(tx, unit_code) == hashlib.sha256(content).hexdigest():
        return None
    return import_components(tx, actor, ImportComponents(file.name, content, unit_code, mode=ImportMode.all_or_nothing))


def _write(
    tx: Tx, actor: Actor, cmd: ImportComponents, total: int, good: list[ComponentRow], bad: list[BadRow]
) -> ComponentsImport:
    store_component.LOCK.one(tx)
    import_id, dry = new_id(), cmd.mode is ImportMode.dry_run
    store_component.ADD_IMPORT.run(
        tx,
        id=import_id,
        source=cmd.source[:200],
        sha256=hashlib.sha256(cmd.content).hexdigest(),
        unit_code=cmd.unit_code,
        by=actor.id,
        now=tx.now,
        rows=total,
        bad=len(bad),
    )
    added, changed = store_component.put_components(tx, import_id, good)
    unchanged = len(good) - added - changed
    store_component.COUNT_IMPORT.run(tx, id=import_id, added=added, changed=changed, unchanged=unchanged)
    told = tuple(bad[:MAX_TOLD])
    return ComponentsImport(import_id, total, added, changed, unchanged, len(bad), told, dry)


def _lock_to_grids(tx: Tx, rows: Mapping[int, ComponentRow], prefix: str) -> tuple[list[ComponentRow], list[BadRow]]:
    lons, lats = [r.lon for r in rows.values()], [r.lat for r in rows.values()]
    index = queries_grid.get_index(tx, lons, lats)
    found = index.of(lons, lats)
    claims = [(line, r) for (line, r), g in zip(rows.items(), found, strict=True) if r.grid_code not in ("", g)]
    touches = {line: index.touches(r.grid_code, r.lon, r.lat) for line, r in claims}
    return rules_component.lock_to_grids(rows, found, touches, prefix)
