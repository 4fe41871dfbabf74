"""What every scene's demonstration needs: a spot in a grid, the day of somebody's turn, a file of made-up things brought in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from zlib import crc32

import shapely
from shapely.geometry.base import BaseGeometry

from yiwang.city.model_component import ImportMode
from yiwang.network.model import system
from yiwang.register.actions_import import import_things
from yiwang.register.model import ImportThings
from yiwang.register.model_kind import Kind
from yiwang.register.rules_file import columns_of
from yiwang.scenes.model import Town

SETUP = system("demo")


def spot_in(grid: BaseGeometry, random: Random) -> tuple[float, float]:
    """Longitude and latitude of a place in the grid."""
    west, south, east, north = grid.bounds
    spot = shapely.Point(random.uniform(west, east), random.uniform(south, north))
    spot = spot if grid.contains(spot) else grid.representative_point()
    return round(spot.x, 6), round(spot.y, 6)


def last_turn(today: date, code: str, every: int) -> str:
    """The last day on which this one's turn came, that comes `every` so many days."""
    return (today - timedelta(days=(today.toordinal() + crc32(code.encode())) % every)).isoformat()


def bring_in(town: Town, kind: Kind, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A file of things, marked as made up: `names` are the register's columns in the order of the rows' cells."""
    out, heads = io.StringIO(), columns_of(kind)
    table = csv.writer(out)
    table.writerow([heads[name] for name in names])
    table.writerows([_cell(value) for value in row] for row in rows)
    content = out.getvalue().encode()
    cmd = ImportThings(
        kind.name, f"{kind.zh}（演示）.csv", content, town.street, mode=ImportMode.all_or_nothing, generated=True
    )
    import_things(town.tx, SETUP, cmd)


def _cell(value: Any) -> Any:
    return ("是" if value else "否") if isinstance(value, bool) else "" if value is None else value
