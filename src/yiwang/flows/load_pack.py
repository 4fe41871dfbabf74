"""装入数据包: a city comes in as data, each file by the loader of the domain that it belongs to.

`load_pack` loads what the pack needs and then the pack, each kind of file in its own transaction, in the order of
LOADERS. Loading again is harmless: every loader knows what it has loaded. A bad row never stops the rest; it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang.assess.actions import load_indicators
from yiwang.city.actions_component import load_components
from yiwang.city.actions_grid import load_areas, load_grids
from yiwang.city.actions_rules import load_catalogue, load_rules
from yiwang.city.model_grid import LoadAreas, LoadGrids
from yiwang.dispatch.actions import import_list
from yiwang.dispatch.model import ImportList
from yiwang.flows.check_pack import check_pack
from yiwang.flows.load_people import load_certificates, load_duty, load_people, load_posts
from yiwang.flows.pack_files import Pack, Trouble, find_pack, with_needs
from yiwang.kit.db import Database, Tx
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, system
from yiwang.network.model_units import LoadUnits

__all__ = ["Loaded", "PackLoad", "check_pack", "find_pack", "load_pack", "load_pack_in"]

Loader = Callable[[Tx, Actor, Pack], tuple[dict[str, int], list[Trouble]]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one kind of file of one pack came to: `counts` by word, and the rows that could not be taken."""

    pack: str
    version: str
    kind: str
    counts: Mapping[str, int]
    bad: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class PackLoad:
    parts: tuple[Loaded, ...]

    def lines(self) -> list[str]:
        """The same for people to read, a line for each kind of file and each bad row."""
        lines = []
        for part in self.parts:
            counts = "，".join(f"{word} {n}" for word, n in part.counts.items())
            lines += [f"{part.pack} {part.version} · {part.kind}：{counts}", *(f"  ✗ {bad}" for bad in part.bad)]
        return lines


def load_pack(database: Database, folder: Path, actor: Actor | None = None) -> PackLoad:
    """Load the pack in `folder` and what it needs; Invalid, with the file's faults, where a file cannot be loaded."""
    done = []
    for pack in with_needs(folder):
        for kind in (k for k in LOADERS if k in pack.files):
            with database.transaction() as tx:
                done.append(_load(tx, actor or system("packs"), pack, kind))
    return PackLoad(tuple(done))


def load_pack_in(tx: Tx, folder: Path, actor: Actor | None = None) -> PackLoad:
    """The same in the caller's own transaction: for tests, and for what must come whole or not at all."""
    found = [(pack, kind) for pack in with_needs(folder) for kind in LOADERS if kind in pack.files]
    return PackLoad(tuple(_load(tx, actor or system("packs"), pack, kind) for pack, kind in found))


def _load(tx: Tx, actor: Actor, pack: Pack, kind: str) -> Loaded:
    counts, bad = LOADERS[kind](tx, actor, pack)
    return Loaded(pack.name, pack.version, kind, counts, tuple(bad))


def _units(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    rows = added = changed = 0
    for file in pack.files["units"]:
        done = load_units(tx, actor, LoadUnits(f"packs/{pack.name}/{file}", pack.read(file)))
        rows, added, changed = rows + done.rows, added + done.added, changed + done.changed
    return {"rows": rows, "added": added, "changed": changed}, []


def _catalogue(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    done = load_catalogue(tx, actor, pack.folder)
    return dict(done.counts), _told(pack, "", done.bad)


def _conditions(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    done = load_rules(tx, actor, pack.folder)
    return dict(done.counts), _told(pack, "", done.bad)


def _grids(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    done = load_grids(tx, actor, LoadGrids(str(pack.folder)))
    return {"grids": done.grids, "added": done.added, "changed": done.changed, "ended": done.ended}, []


def _areas(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    if "grids" in pack.files:  # came with the grids
        return {}, []
    return {"areas": sum(load_areas(tx, actor, LoadAreas(str(pack.folder / f))) for f in pack.files["areas"])}, []


def _components(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    counts = {"rows": 0, "added": 0, "changed": 0}
    for file in pack.files["components"]:
        done = load_components(tx, actor, pack.folder / file, pack.unit)
        counts = {word: n + (getattr(done, word) if done else 0) for word, n in counts.items()}
    return counts, []


def _responsibility(tx: Tx, actor: Actor, pack: Pack) -> tuple[dict[str, int], list[Trouble]]:
    counts, bad = {"rows": 0, "version": 0}, []
    for file in pack.files["responsibility"]:
        done = import_list(tx, actor, ImportList(pack.unit, f"packs/{pack.name}/{file}", pack.read(file).encode()))
        counts = {"rows": counts["rows"] + done.rows, "version": done.version}
        bad += _told(pack, file, done.bad)
    return counts, bad


def _told(pack: Pack, file: str, bad: Any) -> list[Trouble]:
    return [Trouble(pack.name, getattr(b, "file", file), b.line, b.zh, b.en) for b in bad]


def _simply(loader: Callable[[Tx, Actor, Pack], dict[str, int]]) -> Loader:
    return lambda tx, actor, pack: (loader(tx, actor, pack), [])


LOADERS: Mapping[str, Loader] = {
    "units": _units,
    "matters": _catalogue,
    "conditions": _conditions,
    "grids": _grids,
    "areas": _areas,
    "components": _components,
    "people": _simply(load_people),
    "certificates": _simply(load_certificates),
    "posts": _simply(load_posts),
    "duty": _simply(load_duty),
    "responsibility": _responsibility,
    "indicators": _simply(
        lambda tx, who, pack: load_indicators(tx, who, {f: pack.read(f) for f in pack.files["indicators"]})
    ),
}
"""Which kind of file is loaded by whom, in this order. What is not here (fields, roads, day, …) is read along with others."""
