"""登记台账: somebody else's table of lifts, read as the register's own. Pure; what differs from registry to registry stands in
`registries/*.toml`, nothing in code.

A cell that the mapping has no word for goes on as it is: the register's own check then refuses the row with line, column
and reason, as it does any other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from zlib import crc32

import msgspec
import shapely

from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.table import Row

FOLDER = Path(__file__).with_name("registries")
PLACED = "是"


class Column(msgspec.Struct, frozen=True, rename={"is_": "is", "else_": "else"}, forbid_unknown_fields=True):
    """Whence a column comes: the first of `from` that is filled, else `text` with other cells put in, else `is`. `words`: theirs →
    ours, `else` for any other; `times`: its unit; `optional`: what is no number, or less than `least`, is left out; `unit`: a unit's
    name, whose code is wanted."""

    from_: tuple[str, ...] = msgspec.field(default=(), name="from")
    text: str = ""
    is_: str = ""
    words: dict[str, str] = {}
    else_: str = ""
    times: float = 1.0
    optional: bool = False
    least: float | None = None
    unit: bool = False


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`road`: the road named in our column `of`; `spread`: somewhere on the area's roads, the same for the same `of` (theirs)."""

    by: str
    of: str


class Title(msgspec.Struct, frozen=True):
    zh: str
    en: str


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Title
    source: str
    place: Place
    columns: dict[str, Column]
    generated: bool = False

    def heads(self) -> dict[str, str]:
        """Every heading of theirs that is read, by itself."""
        named = [h for c in self.columns.values() for h in (*c.from_, *fields_of(c.text))]
        return {h: h for h in (*named, *([self.place.of] if self.place.by == "spread" else ()))}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it may be placed: named roads, cut to the area, in degrees; `units`: name → code."""

    roads: Mapping[str, shapely.Geometry]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """Rows as the register's file has them, each with the line it stood in; `unplaced`: lines whose address names no road of
    the area; `unknown`: names of units that nobody knows, by how often."""

    rows: list[tuple[int, dict[str, str]]]
    unplaced: frozenset[int]
    unknown: Mapping[str, int]


def fields_of(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


@cache
def registries() -> Mapping[str, Registry]:
    return {p.stem: msgspec.toml.decode(p.read_bytes(), type=Registry) for p in sorted(FOLDER.glob("*.toml"))}


def registry_of(name: str) -> Registry:
    """NotFound `registry.none`."""
    if name not in registries():
        known = "、".join(registries())
        raise NotFound(
            "registry.none", f"没有“{name}”这种台账，可用：{known}", f"There is no registry {name!r}: {known}"
        )
    return registries()[name]


NEEDED = {"code": ("编号", "number"), "address": ("地址", "address"), "type": ("品种", "type")}
"""Without these columns it is another table."""


def demand_columns(registry: Registry, there: set[str]) -> None:
    """Invalid `registry.columns`: a table in which nothing tells the number, the place or the type of a lift."""
    asked = {name: (*c.from_, *fields_of(c.text)) for name, c in registry.columns.items() if name in NEEDED}
    missing = {name: heads for name, heads in asked.items() if heads and there.isdisjoint(heads)}
    if missing:
        zh = "；".join(f"{NEEDED[name][0]}（{'、'.join(heads)}）" for name, heads in missing.items())
        en = "; ".join(f"{NEEDED[name][1]} ({', '.join(heads)})" for name, heads in missing.items())
        raise Invalid(
            "registry.columns", f"这不像“{registry.title.zh}”，没有这些列：{zh}。请换一种台账，或改好表头",
            f"This does not look like “{registry.title.en}”: it has no column for {en}. Choose another registry, or correct its heads",
            missing=sorted(missing),
        )  # fmt: skip


def convert(registry: Registry, rows: Sequence[Row], ground: Ground) -> Read:
    """Their rows as ours."""
    done: list[tuple[int, dict[str, str]]] = []
    unplaced: set[int] = set()
    unknown: dict[str, int] = {}
    place = _placer(registry, ground)
    for row in rows:
        ours = {name: _cell(column, row.cells) for name, column in registry.columns.items()}
        for name, column in registry.columns.items():
            if column.unit and ours[name]:
                code = ground.units.get(ours[name])
                if code is None:
                    unknown[ours[name]] = unknown.get(ours[name], 0) + 1
                ours[name] = code or ""
        spot = place(ours, row.cells)
        if spot is None:
            unplaced.add(row.line)
        else:
            ours |= {"x": f"{spot.x:.6f}", "y": f"{spot.y:.6f}", "placed": PLACED}
        done.append((row.line, ours))
    return Read(done, frozenset(unplaced), unknown)


def _cell(column: Column, cells: Mapping[str, str]) -> str:
    found = next((cells[h] for h in column.from_ if cells.get(h)), "")
    if not found and column.text:
        found = " ".join(column.text.format_map({f: cells.get(f, "") for f in fields_of(column.text)}).split())
    if column.is_:
        return column.is_
    if column.words:
        return column.words.get(found, column.else_ if found and column.else_ else found)
    if column.else_ and not found:
        return column.else_
    if column.times != 1.0 or column.optional:
        return _number(column, found)
    return found


def _number(column: Column, text: str) -> str:
    found = re.match(r"\d+(\.\d+)?", text)
    if found is None:
        return "" if column.optional else text
    value = float(found[0]) * column.times
    if column.optional and column.least is not None and value < column.least:
        return ""
    return f"{value:.2f}" if column.times != 1.0 else found[0]


def _placer(
    registry: Registry, ground: Ground
) -> Callable[[Mapping[str, str], Mapping[str, str]], shapely.Point | None]:
    middles = {name: middle(road) for name, road in ground.roads.items()}
    longest = sorted(middles, key=len, reverse=True)

    def by_road(ours: Mapping[str, str], theirs: Mapping[str, str]) -> shapely.Point | None:
        address = ours.get(registry.place.of, "")
        name = next((name for name in longest if name in address), None)
        return None if name is None else middles[name]

    def spread(ours: Mapping[str, str], theirs: Mapping[str, str]) -> shapely.Point | None:
        if not longest:
            return None
        dice = crc32(theirs.get(registry.place.of, "").encode())
        road = ground.roads[longest[dice % len(longest)]]
        return point_on(road, dice / 2**32)

    return spread if registry.place.by == "spread" else by_road


def middle(road: shapely.Geometry) -> shapely.Point:
    return point_on(road, 0.5)


def point_on(road: shapely.Geometry, share: float) -> shapely.Point:
    """So far along its longest piece."""
    longest = max(shapely.get_parts(road), key=shapely.length)
    return shapely.line_interpolate_point(longest, share, normalized=True)


def table_of(columns: Mapping[str, str], read: Read) -> bytes:
    """The register's own CSV (`columns`: its headings), each row in the line that it had in theirs."""
    heads = list(dict.fromkeys(name for _, row in read.rows for name in row))
    lines = {line: [row.get(name, "") for name in heads] for line, row in read.rows}
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([columns[name] for name in heads])
    rows.writerows(lines.get(n, ()) for n in range(2, max(lines) + 1))
    return out.getvalue().encode()
