"""The demonstration's works: fit-outs of the street's shops in every state, entered and carried on by the same steps as in earnest; each
made up and marked so. Every now and then somebody takes the next step, and an inspector finds one that began without papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.errors import NotFound
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import Actor
from yiwang.register.actions import add_thing
from yiwang.register.actions_step import take_step
from yiwang.register.model import AddThing, PartyOf, Thing, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_step import TakeStep
from yiwang.register.queries import Wanted, get_thing, list_things
from yiwang.scenes.model import Town
from yiwang.scenes.town import spot_in
from yiwang.scenes.works.model_judge import papers

SHOPS = ("面馆", "理发店", "药房", "便利店", "咖啡馆", "水果店", "修表铺", "服装店", "诊所", "花店", "茶庄", "书店")
WORK = ("店面翻新", "内部装修", "更换吊顶与地坪", "后厨改造", "加装隔断", "外立面修缮")
FINDER, OTHER, DESK, BUILDER = "wang.lei", "zhao.xin", "zhang.min", "peng.liang"
COURSE: tuple[tuple[str, int, str], ...] = (
    ("size", 24, FINDER), ("pledge_owner", 23, DESK), ("pledge_builder", 23, BUILDER), ("notice", 22, BUILDER),
    ("papers", 22, FINDER), ("begin", 21, BUILDER),
    ("check", 14, OTHER), ("check", 7, FINDER), ("finish", 3, BUILDER), ("evaluate", 1, DESK),
)  # fmt: skip
"""Step, how many days ago, by whom: the longest course; a shorter one is carried less far."""
MANY = 18
FINE: Mapping[str, str] = dict.fromkeys(
    ("hoarding", "notice", "fire", "power", "height", "dust", "waste", "hours", "road"), "合格"
)


@dataclass(frozen=True, slots=True)
class Made:
    n: int
    thing_id: UUID
    code: str
    steps: int


def enter(town: Town) -> None:
    """Those that are not there yet, with the steps that lie behind them, and one that began without papers today. What has been
    entered goes on by itself."""
    local = town.now.astimezone(ZoneInfo(town.zone))
    for n in range(MANY):
        day = local - timedelta(days=25)
        code = f"XG{day:%Y%m}01-{n + 1:03d}"
        made = Made(n, thing_id("works", code), code, n % (len(COURSE) + 1))
        if not _is_there(town, made.thing_id):
            _enter_one(town, made)
    with town.at(town.now - timedelta(hours=6)) as then:
        _find_one(then, then.dice(f"works {local:%Y%m%d}"))


def _is_there(town: Town, id: UUID) -> bool:
    try:
        get_thing(town.tx, EVERYTHING, id)
    except NotFound:
        return False
    return True


def _enter_one(town: Town, made: Made) -> None:
    with town.at(town.now - timedelta(days=25)) as then:
        add_thing(then.tx, then.who(FINDER), _found(then, made.n, made.code, begun=False), generated=True)
    for step, days, login in COURSE[: made.steps]:
        with town.at(town.now - timedelta(days=days, minutes=made.n)) as then:
            _take(then, made.thing_id, step, then.who(login), made.n, fine=True)


def _found(town: Town, n: int, code: str, *, begun: bool) -> AddThing:
    random = town.dice(f"works {code}")
    grid, road = random.choice(town.grids), random.choice(town.roads)
    lon, lat = spot_in(grid, random)
    shop, number = random.choice(SHOPS), random.randrange(3, 480)
    return AddThing(
        "works", code, f"{road}{number}号{shop}{'（已动工）' if begun else ''}", lon, lat,
        address=f"{road}{number}号", placed=True, attributes={"what": random.choice(WORK), "found_by": "巡查发现" if begun or n % 3 else "主动申报"},
        parties=(PartyOf(Role.maintainer, f"{town.street}-wuye"), PartyOf(Role.third_party, f"{town.street}-shizheng")),
    )  # fmt: skip


def _form(town: Town, step: str, n: int, *, fine: bool) -> Mapping[str, Any]:
    today = town.tx.now.astimezone(ZoneInfo(town.zone)).date()
    late = 9 if n % 4 == 1 else 40
    match step:
        case "size":
            return {
                "kind": "装饰装修",
                "area_m2": 40 + 13 * n,
                "cost_yuan": 80_000 + 45_000 * n,
                "begun": n % 6 == 5 and not fine,
            }
        case "pledge_owner" | "pledge_builder":
            return {"by": "店主（演示）" if step == "pledge_owner" else "老西门物业服务公司（演示）"}
        case "papers":
            return {"papers": list(papers()["装饰装修"])}
        case "begin":
            return {"planned_to": (today + timedelta(days=late)).isoformat()}
        case "check":
            return {**FINE, "waste": "不合格"} if n % 5 == 2 and not fine else FINE
        case "evaluate":
            return {"procedure": "合格", "quality": "合格", "site": "合格", "overall": "好" if n % 3 else "一般"}
        case _:
            return {}


def _take(town: Town, id: UUID, step: str, by: Actor, n: int, *, fine: bool = False) -> None:
    """`fine`: what lies long behind left no case open."""
    tx = town.tx
    thing = get_thing(tx, EVERYTHING, id)
    photo = town.photo(by, thing.lon, thing.lat)
    take_step(
        tx, by,
        TakeStep(named_id(f"demo:{id}:{step}:{tx.now.isoformat()}"), id, step, tx.now, dict(_form(town, step, n, fine=fine)), (photo,),
                 thing.lon, thing.lat, 8.0),
    )  # fmt: skip


def live(town: Town, random: Random) -> str:
    """The next step of one of them; now and then one is found that began without papers."""
    if random.random() < 0.15:
        return _find_one(town, random)
    rows = list_things(town.tx, EVERYTHING, Wanted("works"), limit=200)
    open_ = [t for row in rows if (t := get_thing(town.tx, EVERYTHING, row.id)).generated]
    random.shuffle(open_)
    for thing in open_:
        for step, login in _next(thing):
            _take(town, thing.id, step, town.who(login), thing.id.int % 18)
            return f"{step} {thing.code}"
    return ""


def _next(thing: Thing) -> Iterator[tuple[str, str]]:
    there = thing.attributes
    match thing.state:
        case "found":
            yield "size", FINDER
        case "registered":
            yield ("pledge_builder", BUILDER) if there.get("owner_pledged_on") else ("pledge_owner", DESK)
        case "pledged":
            seen = ("begin", BUILDER) if there.get("papers") else ("papers", FINDER)
            yield seen if there.get("noticed_on") else ("notice", BUILDER)
        case "building":
            yield ("check", OTHER)
        case "finished":
            yield "evaluate", DESK
        case _:
            return


def _find_one(town: Town, random: Random) -> str:
    day = town.now.astimezone(ZoneInfo(town.zone))
    code = f"XG{day:%Y%m%d}-{random.randrange(900, 1000)}"
    if _is_there(town, thing_id("works", code)):
        return ""
    add_thing(town.tx, town.who(FINDER), _found(town, 5, code, begun=True), generated=True)
    _take(town, thing_id("works", code), "size", town.who(FINDER), 5)
    return f"found without papers {code}"
