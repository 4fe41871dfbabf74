"""The demonstration's lifts: as many as the seed article counts in the street (507), each made up and marked so, on the street's real
unit grids and roads. Their firm maintains one now and then; at each start what it did meanwhile is caught up."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import shapely

from yiwang.city.model_component import ImportMode
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import system
from yiwang.register.actions_checkin import bind_tag, check_in
from yiwang.register.actions_import import import_things
from yiwang.register.model import ImportThings
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import BindTag, CheckIn, Reading, TagKind
from yiwang.register.queries import get_thing
from yiwang.register.queries_owed import list_owed, list_tags
from yiwang.register.rules_file import columns_of
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.model_step import LiftCheck
from yiwang.scenes.model import Town

SETUP = system("demo")
LIFTS = 507
"""老西门街道, seed article 000: each on the map, one file each."""
FITTER = "peng.liang"
ROUND = 14
"""Days after which the firm comes again, at the latest; fifteen are allowed."""
FORM = dict.fromkeys((f.name for f in dataclasses.fields(LiftCheck)), "正常")
COLUMNS = (
    "code", "name", "address", "x", "y", "placed", "type", "use", "made_on", "in_use_since", "floors", "stops", "load_kg", "speed_m_s",
    "rescue_code", "inspected_on", "maintained_on", "monitored", f"party_{Role.keeper}", f"party_{Role.maintainer}",
)  # fmt: skip


def enter(town: Town) -> None:
    """The whole file again at each start: the same lifts, maintained and inspected as their rounds have come since."""
    out = io.StringIO()
    rows = csv.writer(out)
    columns = columns_of(ELEVATOR)
    rows.writerow([columns[name] for name in COLUMNS])
    rows.writerows(make_lifts(town))
    cmd = ImportThings(
        "elevator",
        "电梯（演示）.csv",
        out.getvalue().encode(),
        town.street,
        mode=ImportMode.all_or_nothing,
        generated=True,
    )
    import_things(town.tx, SETUP, cmd)


def make_lifts(town: Town) -> Iterator[Sequence[Any]]:
    """A row for each: several to a building, buildings of one age, the oldest from before 2000."""
    random, made, today, firm = (
        town.dice(LIFTS),
        0,
        town.now.astimezone(ZoneInfo(town.zone)).date(),
        f"{town.street}-wuye",
    )
    while made < LIFTS:
        name, grid = random.choice(town.roads), random.choice(town.grids)
        lane, house, built, floors = (
            random.randrange(12, 998),
            random.randrange(1, 9),
            random.randrange(1994, 2020),
            random.choice((6, 7, 11, 18, 24, 30)),
        )
        west, south, east, north = grid.bounds
        for lift in range(1, min(random.choice((1, 1, 2, 2, 3, 4)), LIFTS - made) + 1):
            made += 1
            code = f"梯11沪A{made:05d}({built % 100:02d})"
            spot = shapely.Point(random.uniform(west, east), random.uniform(south, north))
            spot = spot if grid.contains(spot) else grid.representative_point()
            yield (
                code, f"{name}{lane}弄{house}号 {lift} 号梯", f"{name}{lane}弄{house}号", round(spot.x, 6), round(spot.y, 6), "是",
                "曳引驱动乘客电梯", random.choice(("住宅", "住宅", "住宅", "办公", "商场")), f"{built}-03-15", f"{built}-09-01", floors, floors,
                random.choice((630, 800, 1000)), 1.0 if floors < 12 else 1.75, f"{310000 + made}", last(today, code, 350), last(today, code, ROUND),
                "是" if built > 2014 else "否", firm, firm,
            )  # fmt: skip


def last(today: date, code: str, every: int) -> str:
    """The last day on which this one's turn came."""
    return (today - timedelta(days=(today.toordinal() + crc32(code.encode())) % every)).isoformat()


def live(town: Town, random: Random) -> str:
    """The firm's fitter comes to a lift that is due soon, reads its tag and fills in the form; "" when none is due."""
    due = [
        o
        for o in list_owed(town.tx, EVERYTHING, kind="elevator", state="due", limit=60)
        if o.rule == "elevator-maintenance"
    ]
    if not due:
        return ""
    owed = random.choice(due)
    fitter, thing = town.who(FITTER), get_thing(town.tx, EVERYTHING, owed.thing_id)
    tags = list_tags(town.tx, EVERYTHING, thing.id)
    if not tags:
        uid = f"04{crc32(thing.code.encode()):08X}0000"[:14]
        tags = bind_tag(town.tx, fitter, BindTag(thing.id, named_id(f"demo:tag:{thing.code}"), uid, TagKind.nfc))
    cmd = CheckIn(
        new_id(), thing.id, town.tx.now, Reading(uid=tags[0].uid), thing.lon, thing.lat, 8.0, "演示手机", form=FORM
    )
    check_in(town.tx, fitter, cmd)
    return f"maintained {thing.code}"
