"""The demonstration's lifts: as many as the seed article counts in the street (507), each made up and marked so, on the street's real
unit grids and roads. Their firm maintains one now and then; at each start what it did meanwhile is caught up. Now and then people are
trapped, and helped in time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.register.actions_checkin import bind_tag, check_in
from yiwang.register.actions_step import take_step
from yiwang.register.model import ThingRow, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import BindTag, CheckIn, Reading, TagKind
from yiwang.register.model_step import StepRow, TakeStep
from yiwang.register.queries import Wanted, find_rows, get_thing, list_things
from yiwang.register.queries_owed import list_owed, list_tags
from yiwang.register.queries_step import list_steps
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.model_step import LiftCheck
from yiwang.scenes.elevators.queries import Asked, list_ranking
from yiwang.scenes.elevators.rules import OLD
from yiwang.scenes.model import Town
from yiwang.scenes.town import bring_in, last_turn, spot_in

LIFTS = 507
"""老西门街道, seed article 000: each on the map, one file each."""
FITTER, DESK = "peng.liang", "zhang.min"
TRAPS = 0.2
"""How often, of what happens to lifts, somebody is trapped: far oftener than in earnest."""
ROUND = 14
"""Days after which the firm comes again, at the latest; fifteen are allowed."""
FORM = dict.fromkeys((f.name for f in dataclasses.fields(LiftCheck)), "正常")
COLUMNS = (
    "code", "name", "address", "x", "y", "placed", "type", "use", "made_on", "in_use_since", "floors", "stops", "load_kg", "speed_m_s",
    "rescue_code", "inspected_on", "maintained_on", "monitored", f"party_{Role.keeper}", f"party_{Role.maintainer}",
    f"party_{Role.responsible}", "assessed", "assessed_on",
)  # fmt: skip


def enter(town: Town) -> None:
    """The whole file again at each start: the same lifts, maintained and inspected as their rounds have come since."""
    bring_in(town, ELEVATOR, COLUMNS, make_lifts(town))
    _trap_somebody_today(town)


def _trap_somebody_today(town: Town) -> None:
    """Once a day, just before: the firm is called, comes, and lets them out, all in time; the lift stands still since."""
    random = town.dice(f"trap {town.now.astimezone(ZoneInfo(town.zone)):%Y%m%d}")
    code = random.choice([row[0] for row in make_lifts(town)])
    [lift] = find_rows(town.tx, EVERYTHING, [thing_id("elevator", code)])
    last = _last(town, lift, "trapped")
    if lift.state != "in_use" or (last is not None and last.at > town.now - timedelta(days=1)):
        return
    with town.at(town.now - timedelta(minutes=50)) as then:
        _trap(then, random, lift)
    for minutes in (26, 45):
        with town.at(town.now - timedelta(minutes=50) + timedelta(minutes=minutes)) as then:
            _help(then, random, lift)


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
        for lift in range(1, min(random.choice((1, 1, 2, 2, 3, 4)), LIFTS - made) + 1):
            made += 1
            code = f"梯11沪A{made:05d}({built % 100:02d})"
            lon, lat = spot_in(grid, random)
            yield (
                code, f"{name}{lane}弄{house}号 {lift} 号梯", f"{name}{lane}弄{house}号", lon, lat, "是",
                "曳引驱动乘客电梯", random.choice(("住宅", "住宅", "住宅", "办公", "商场")), f"{built}-03-15", f"{built}-09-01", floors, floors,
                random.choice((630, 800, 1000)), 1.0 if floors < 12 else 1.75, f"{310000 + made}", last_turn(today, code, 350), last_turn(today, code, ROUND),
                "是" if built > 2014 else "否", firm, firm, f"{town.street}-shichang", *_assessed(code, built, today),
            )  # fmt: skip


def _assessed(code: str, built: int, today: date) -> tuple[str, str]:
    """Of those in use for fifteen years, two in five have been assessed."""
    dice = crc32(f"assessed {code}".encode()) % 100
    if today.year - built < OLD or dice >= 40:
        return "", ""
    found = "可继续使用" if dice < 16 else "需修理" if dice < 30 else "需改造" if dice < 36 else "应更新"
    return found, last_turn(today, code, 700)


def live(town: Town, random: Random) -> str:
    """People trapped are helped first; now and then somebody is trapped; else the firm's fitter comes to a lift that is due soon."""
    trapped = _in_state(town, "trapped")
    if trapped:
        return _help(town, random, trapped[0])
    stopped = [t for t in _in_state(town, "stopped") if _last(town, t, "freed")]
    if stopped:
        return _take(town, stopped[0], "put_back", FITTER, {"done": "排查门系统，更换磨损件，试运行正常"})
    if random.random() < TRAPS and (lift := _some(town, random)) is not None:
        return _trap(town, random, lift)
    return _maintain(town, random)


def _in_state(town: Town, state: str) -> list[ThingRow]:
    return list_things(town.tx, EVERYTHING, Wanted("elevator", state), limit=20)


def _some(town: Town, random: Random) -> ThingRow | None:
    old = list_ranking(town.tx, EVERYTHING, Asked(), limit=60)
    return next(iter(find_rows(town.tx, EVERYTHING, [random.choice(old).id])), None) if old else None


def _trap(town: Town, random: Random, lift: ThingRow) -> str:
    """Somebody rings the duty officer; a few minutes later the firm has been called."""
    form = {"people": random.randrange(1, 4), "floor": random.randrange(2, 7)}
    began = town.now - timedelta(minutes=random.randrange(2, 5))
    _take(town, lift, "trapped", DESK, form, at=began)
    return _take(town, lift, "called", FITTER, {"by": "电话"})


def _help(town: Town, random: Random, lift: ThingRow) -> str:
    """The fitter is there in time, though the telephone may tell it later; then all are freed."""
    began = _last(town, lift, "trapped")
    if began is None:
        return ""
    arrived = _last(town, lift, "arrived")
    if arrived is None or arrived.at < began.at:
        at = min(town.now, began.at + timedelta(minutes=random.randrange(9, 25)))
        return _take(town, lift, "arrived", FITTER, {}, at=at)
    at = min(town.now, arrived.at + timedelta(minutes=random.randrange(5, 15)))
    form = {"freed": began.form.get("people", 1), "cause": random.choice(("门系统故障", "控制系统故障", "停电"))}
    return _take(town, lift, "freed", FITTER, form, at=at)


def _last(town: Town, lift: ThingRow, step: str) -> StepRow | None:
    return next((s for s in list_steps(town.tx, EVERYTHING, lift.id, limit=20) if s.step == step), None)


def _take(
    town: Town, lift: ThingRow, step: str, login: str, form: dict[str, Any], *, at: datetime | None = None
) -> str:
    cmd = TakeStep(new_id(), lift.id, step, at or town.now, form, (), lift.lon, lift.lat, 8.0)
    take_step(town.tx, town.who(login), cmd)
    return f"{step} {lift.code}"


def _maintain(town: Town, random: Random) -> str:
    """The fitter reads the tag of one that is due soon and fills in the form; "" when none is due."""
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
