"""The demonstration's scenes: each brings in its own things at each start, and somebody does something with them now and then."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from functools import cache
from random import Random

import shapely
from shapely.geometry.base import BaseGeometry

from yiwang.cases.model import PhotoKind
from yiwang.demo_photos import dice
from yiwang.demo_stage import PACK, STREET, Stage
from yiwang.flows.pack_files import find_pack
from yiwang.kit.ids import new_id
from yiwang.network.model import Actor
from yiwang.scenes.model import Scene, Town


def enter_scenes(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Again at each start: the same things, looked after as their rounds have come since."""
    for scene in scenes:
        if scene.enter is not None:
            scene.enter(_town(stage))


def live_somewhere(stage: Stage, scenes: Sequence[Scene], random: Random) -> str:
    """One small act in one of the scenes; "" where there was nothing to do."""
    lives = [scene.live for scene in scenes if scene.live is not None]
    return random.choice(lives)(_town(stage), random) if lives else ""


def _town(stage: Stage) -> Town:
    def photo(by: Actor, lon: float, lat: float) -> str:
        return stage.photo(by, PhotoKind.near, new_id(), "", lon, lat, mended=False).sha256

    return Town(stage.tx, stage.tx.now, stage.zone, STREET, _grids(), _roads(), stage.person, photo, dice)


@cache
def _grids() -> tuple[BaseGeometry, ...]:
    found = json.loads((find_pack("huangpu") / "unit_grids.geojson").read_text("utf-8"))["features"]
    return tuple(shapely.geometry.shape(g["geometry"]) for g in found if g["properties"]["code"].startswith(STREET))


@cache
def _roads() -> tuple[str, ...]:
    """The street's own roads, from the places of the day's script."""
    with (find_pack(PACK) / "day.csv").open(encoding="utf-8", newline="") as file:
        places = [row["place"] for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    return tuple(sorted({place.split("近")[0] for place in places if "近" in place}))
