"""Lifts from somebody else's registry into the register."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from yiwang.city.model_component import ImportMode
from yiwang.kit import table
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.table import BadRow, Row
from yiwang.network.model import Actor
from yiwang.network.queries_units import get_unit_in_reach_by_code
from yiwang.register import rules_file
from yiwang.register.actions_import import import_things
from yiwang.register.model import ImportThings, ThingsImport
from yiwang.scenes.elevators import queries_registry, rules_registry
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.rules_registry import Ground, Registry

MOST_UNKNOWN = 100


@dataclass(frozen=True, slots=True)
class ImportRegistry:
    """A registry's table (`registry`: how it is read), CSV or XLSX, for the ground of `unit_code`."""

    registry: str
    source: str
    content: bytes
    unit_code: str
    mode: ImportMode = ImportMode.dry_run


@dataclass(frozen=True, slots=True)
class RegistryImport:
    """`unknown`: units that the table names and nobody here is called so, with how many lifts: enter them, then import again."""

    done: ThingsImport
    unknown: dict[str, int]


def import_registry(tx: Tx, actor: Actor, cmd: ImportRegistry) -> RegistryImport:
    """Their columns as ours, each lift placed on the road that its address names; then as any file of things is imported.
    NotFound `registry.none`; Invalid `registry.columns`; else as `actions_import.import_things` says."""
    registry = rules_registry.registry_of(cmd.registry)
    unit = get_unit_in_reach_by_code(tx, actor, cmd.unit_code)
    rows = _read(cmd, registry)
    read = rules_registry.convert(registry, rows, _ground(tx, unit.path))
    content = rules_registry.table_of(rules_file.columns_of(ELEVATOR), read)
    done = import_things(
        tx, actor,
        ImportThings(
            ELEVATOR.name, f"{cmd.registry}.csv", content, cmd.unit_code, mode=cmd.mode, generated=registry.generated
        ),
    )  # fmt: skip
    bad = tuple(
        _no_road(b) if b.line in read.unplaced and b.column == rules_file.COLUMNS["x"] else b for b in done.bad_rows
    )
    most = sorted(read.unknown.items(), key=lambda item: -item[1])[:MOST_UNKNOWN]
    return RegistryImport(replace(done, bad_rows=bad), dict(most))


def _read(cmd: ImportRegistry, registry: Registry) -> list[Row]:
    try:
        rows = table.read_table(
            cmd.source,
            cmd.content,
            registry.heads(),
            (),
            most_rows=rules_file.MAX_ROWS,
            most_bytes=rules_file.MAX_BYTES,
        )
    except Invalid as fault:
        if fault.code != "file.columns" or not fault.detail["missing"]:
            raise
        rows = []  # not one of its columns is there
    rules_registry.demand_columns(registry, {head for row in rows for head in row.cells})
    return rows


def _no_road(bad: BadRow) -> BadRow:
    zh, en = "地址里没有本区域内的道路名，定不出位置", "the address names no road of this area: it cannot be placed"
    return replace(bad, column=rules_file.COLUMNS["address"], zh=zh, en=en)


def _ground(tx: Tx, path: str) -> Ground:
    """The area's named roads, cut to its unit grids and kept a metre off their edges."""
    area = shapely.union_all([_shape(s) for s in queries_registry.find_shapes(tx, path)]).buffer(-METRE)
    lines: dict[str, list[shapely.LineString]] = {}
    for road in queries_registry.find_roads(tx, path):
        cut = shapely.LineString(_numbers(road.line)).intersection(area)
        parts = [
            part for part in shapely.get_parts(cut) if isinstance(part, shapely.LineString) and part.length > METRE
        ]
        lines.setdefault(road.name, []).extend(parts)
    roads = {name: shapely.MultiLineString(parts) for name, parts in lines.items() if parts}
    return Ground(roads, queries_registry.find_unit_codes(tx))


METRE = 1e-5
"""Of latitude, in degrees."""


def _numbers(text: str) -> np.ndarray:
    """PostgreSQL's text of a path or polygon, micro-degrees, as degrees."""
    numbers = text.translate(str.maketrans("", "", "()[] ")).split(",")
    return np.array(numbers, dtype=float).reshape(-1, 2) / 1e6


def _shape(text: str) -> shapely.Geometry:
    return shapely.Polygon(_numbers(text))
