"""Loading a pack's grids, outlines and roads. Loading the same files again changes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from yiwang.city import queries_grid, rules_grid, store_grid
from yiwang.city.model_grid import GridsLoad, GridsLoaded, LoadAreas, LoadGrids
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network.model import Actor, Subject
from yiwang.network.rules import may


def load_grids(tx: Tx, actor: Actor, cmd: LoadGrids) -> GridsLoad:
    """Load one district's unit grids, duty grids, outlines and roads from a pack's folder; its units must be there.

    A grid that is no longer in the file ends now and is kept. Invalid `grid.*` when the files do not fit, with the faults.
    """
    post = may(actor, rules_grid.NEEDS["grid.load"], Subject(""))
    folder = Path(cmd.folder)
    text = _read(folder / "unit_grids.geojson")
    grids = rules_grid.read_grids(text, "unit_grids.geojson")
    duties = rules_grid.read_duties(_read(folder / "duty_grids.csv"), "duty_grids.csv")
    areas = rules_grid.read_areas(_read(folder / "streets.geojson"), "streets.geojson")
    roads_file = folder / "roads.geojson"
    roads = rules_grid.read_roads(_read(roads_file), "roads.geojson") if roads_file.is_file() else []
    districts = sorted({g.code[:6] for g in grids})

    store_grid.LOCK.one(tx)
    wanted = {g.code[:12] for g in grids} | {d.street_code for d in duties} | {a.unit_code for a in areas}
    known = queries_grid.find_known_units(tx, wanted)
    rules_grid.check_belonging(grids, duties, known, "unit_grids.geojson")
    _check_units(wanted, known)

    store_grid.put_duties(tx, duties, districts)
    added, changed, ended = store_grid.put_grids(tx, grids, districts)
    store_grid.put_areas(tx, areas)
    if roads:
        store_grid.put_roads(tx, districts[0], roads)
    load = GridsLoad(
        new_id(),
        len(grids),
        added,
        changed,
        len(grids) - added - changed,
        ended,
        len(duties),
        len(areas),
        len(roads),
    )
    if added or changed or ended:
        digest = hashlib.sha256(text.encode()).hexdigest()
        event = GridsLoaded(load.load_id, ",".join(districts), digest, len(grids), added, changed, ended)
        record(tx, actor.by(post), event)
    return load


def load_areas(tx: Tx, actor: Actor, cmd: LoadAreas) -> int:
    """Load outlines of streets and districts that have no unit grids here; returns how many pieces. A unit whose outline
    came with its unit grids keeps that one: the grids' own edge is the finer truth."""
    may(actor, rules_grid.NEEDS["grid.load"], Subject(""))
    path = Path(cmd.file)
    areas = rules_grid.read_areas(_read(path), path.name)
    store_grid.LOCK.one(tx)
    gridded = queries_grid.list_gridded_streets(tx)
    areas = [a for a in areas if a.unit_code not in gridded]
    _check_units({a.unit_code for a in areas}, queries_grid.find_known_units(tx, {a.unit_code for a in areas}))
    store_grid.put_areas(tx, areas)
    return len(areas)


def _check_units(wanted: set[str], known: set[str]) -> None:
    if missing := sorted(wanted - known):
        raise Invalid(
            "grid.no_unit",
            f"有 {len(missing)} 个单位不存在：{'、'.join(missing[:5])}；请先载入单位",
            f"{len(missing)} units do not exist: {', '.join(missing[:5])}; load the units first",
            units=missing[:50],
        )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Invalid("grid.no_file", f"缺少文件 {path.name}", f"The file {path.name} is missing") from None
    except UnicodeDecodeError:
        raise Invalid("grid.encoding", f"{path.name} 不是 UTF-8", f"{path.name} is not UTF-8") from None
