"""The demonstration's patrols: made-up places and points on the street's real unit grids and roads, each marked so, with tags, routes and a
past of five quarters. One walk of the day is taken by nobody, and one place misses its patrol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

import shapely

from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules import scope_of
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import CheckIn, Obligation, Reading
from yiwang.register.queries import get_thing
from yiwang.register.queries_owed import list_owed, list_tags
from yiwang.scenes.model import Town
from yiwang.scenes.patrol import actions, queries, rules, rules_figures, store, store_demo
from yiwang.scenes.patrol.model import POINT, PREMISES
from yiwang.scenes.patrol.model_routes import BeginShift, SetRoute, ShiftFile
from yiwang.scenes.town import SETUP, bring_in, spot_in

PLACES, EACH = 120, 5
APART = "CS-000001"
"""The one that misses its patrol."""
PAST = 15
"""Months before the quarter that runs: it and the one before have their like of the year before, whole."""
WALKERS = (
    "wang.lei",
    "zhao.xin",
    "liu.hang",
    "huang.ying",
    "lin.feng",
    "jiang.hua",
    "yang.cheng",
    "guo.qing",
    "song.jia",
    "deng.kai",
)
ROUTES = (
    ("梦花街晨巡", "", 6, 8, PAST), ("文庙路早巡", "", 8, 11, PAST), ("学前街早巡", "", 9, 12, PAST), ("蓬莱路午巡", "", 12, 15, PAST),
    ("尚文路午后巡", "", 14, 17, 8), ("方斜路傍晚巡", "", 17, 20, PAST), ("中华路治安巡", "-paichusuo", 20, 23, PAST), ("物业自巡", "-wuye", 9, 17, 5),
)  # fmt: skip
"""Name, the unit that walks it, from and to which hour, for how many months before this quarter already. The first is taken by nobody today."""
HARD = (2, 7, 8)
"""Months in which fewer are there to walk: the Spring Festival, the heat."""
NAMES = ("歌厅", "网吧", "酒吧", "商场", "旅馆", "养老院", "幼儿园", "菜场", "仓库", "饭店", "药店", "办公楼")
EQUIPMENT = (
    "灭火器",
    "灭火器",
    "室内消火栓",
    "应急照明",
    "疏散指示",
    "防火门",
    "报警主机",
    "燃气报警",
    "视频监控",
    "报警按钮",
    "治安巡更点",
)
BAD = {"灭火器": {"pressure": "红区（不足）"}}
GOOD = {
    "灭火器": {"in_place": "在位", "seal": "完好", "pressure": "绿区", "body": "完好", "label": "有效期内"},
}  # fmt: skip
PLACE_FORM = {"exits": "畅通", "fire": "无违章", "staff": "在岗"}


def enter(town: Town) -> None:
    """The same places, points and routes again at each start; the past up to today, and what would have lapsed since."""
    zone = ZoneInfo(town.zone)
    today = town.now.astimezone(zone).date()
    places = list(make_places(town))
    bring_in(town, PREMISES, ("code", "name", "address", "x", "y", "placed", "risk", "hours", "capacity", f"party_{Role.keeper}"), [p[:10] for p in places])  # fmt: skip
    points = list(make_points(town, places, today))
    bring_in(town, POINT, ("code", "name", "address", "x", "y", "placed", "equipment", "crowded", "expires_on", f"party_{Role.keeper}"), points)  # fmt: skip
    store_demo.add_things_around(town.tx, SETUP.id)
    people = [town.who(login).id for login in WALKERS]
    unit = get_unit_by_code(town.tx, town.street)
    since, until = _back(today, PAST), today - timedelta(days=1)
    store_demo.add_past(town.tx, since=since, until=until, people=people, unit=unit.id, zone=zone)
    store_demo.add_met(town.tx, person=people[0], apart=APART, zone=zone)
    _walk(town, points, people, today, zone)
    store.put_tally(town.tx, zone, anew=True)


def _back(today: date, months: int) -> date:
    return rules_figures.add_months(rules_figures.quarter_of(today), -months)


def make_places(town: Town) -> Iterator[tuple[Any, ...]]:
    """A row for each; at its end its grid."""
    random = town.dice(PLACES)
    for n in range(1, PLACES + 1):
        road, grid = random.choice(town.roads), random.choice(town.grids)
        lon, lat = spot_in(grid, random)
        risk = "公共娱乐场所" if n <= 6 else "消防安全重点单位" if n <= 16 else "一般场所"
        sort = NAMES[n % 3] if n <= 6 else random.choice(NAMES[3:])
        hours = random.choice(("13:00-02:00", "18:00-02:00", "10:00-23:00")) if n <= 6 else ""
        keeper = f"{town.street}-wuye" if n % 4 == 0 else ""
        yield (
            f"CS-{n:06d}", f"{road}{n}号{sort}", f"{road}{n}号", lon, lat, "是", risk, hours,
            random.choice((60, 120, 200, 400)), keeper, grid,
        )  # fmt: skip


def make_points(town: Town, places: Sequence[tuple[Any, ...]], today: date) -> Iterator[tuple[Any, ...]]:
    """Five points to a place, some steps apart within its grid."""
    random = town.dice(PLACES * EACH)
    for n, place in enumerate((p for p in places for _ in range(EACH)), 1):
        _, name, address, x, y, _, risk, _, _, keeper, grid = place
        spot = shapely.Point(x + random.uniform(-8e-5, 8e-5), y + random.uniform(-8e-5, 8e-5))
        spot = spot if grid.contains(spot) else shapely.Point(x, y)
        equipment = "灭火器" if n % EACH == 1 else random.choice(EQUIPMENT)
        good_until = date(today.year + 1 + n % 4, n % 12 + 1, 1) if equipment == "灭火器" else ""
        yield (
            f"DW-{n:07d}", f"{name} {equipment}{(n - 1) % EACH + 1}", address, round(spot.x, 6), round(spot.y, 6), "是", equipment,
            "否" if risk == "一般场所" else "是", good_until, keeper,
        )  # fmt: skip


# ── walks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _walk(town: Town, points: Sequence[tuple[Any, ...]], people: Sequence[UUID], today: date, zone: ZoneInfo) -> None:
    """The routes; their walks since they were made or since the demonstration last ran, and today's as far as they have come."""
    others = {"-paichusuo": town.who("lei.hong").id, "-wuye": town.who("peng.liang").id}
    walks = list[dict[str, Any]]()
    for n, (name, unit, begins, ends, months) in enumerate(ROUTES):
        route_id = named_id(f"demo:route:{name}")
        mine = _stops(points, n)
        first = store_demo.LAST_OVER.maybe(town.tx, route_id=route_id) or _back(today, months)
        if store.LOCK_ROUTE.maybe(town.tx, id=route_id) is None:
            cmd = SetRoute(route_id, 0, name, town.street + unit, mine, (1, 2, 3, 4, 5, 6, 7), time(begins), time(ends))
            actions.set_route(town.tx, SETUP, cmd)
        for day in (first + timedelta(days=d) for d in range((today - first).days + 1)):
            starts_at, ends_at = rules.work_out_times(day, time(begins), time(ends), zone)
            begun_at = starts_at + timedelta(minutes=crc32(f"{name}{day}".encode()) % 12)
            nobody = (day == today and n == 0) or crc32(f"{day}{name}".encode()) % (9 if day.month in HARD else 31) == 0
            if begun_at > town.now:
                continue
            over = ends_at <= town.now
            person = others.get(unit) or people[(n + day.toordinal()) % len(people)]
            walks.append({
                "id": named_id(f"shift:{route_id}:{day}"), "route_id": route_id, "day": day, "starts_at": starts_at, "ends_at": ends_at,
                "points": list(mine), "person_id": None if nobody else person, "begun_at": None if nobody else begun_at,
                "ended_at": ends_at - timedelta(minutes=5) if over and not nobody else None, "over_at": ends_at if over else None,
            })  # fmt: skip
    store_demo.add_walks(town.tx, walks)


def _stops(points: Sequence[tuple[Any, ...]], n: int) -> tuple[UUID, ...]:
    """Of the n-th strip of the street from west to east, some points from north to south."""
    wide = len(points) // len(ROUTES)
    strip = sorted(points, key=lambda row: row[3])[n * wide : (n + 1) * wide]
    some = sorted(strip[:: max(1, wide // 10)][: 8 + n % 4], key=lambda row: -row[4])
    return tuple(thing_id(POINT.name, row[0]) for row in some)


# ── live ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def live(town: Town, random: Random) -> str:
    """What is due is looked at by whoever owes it; else the next point of a walk under way, now and then found damaged."""
    due = [
        o
        for kind in rules.KINDS
        for state in ("lapsed", "due")
        for o in list_owed(town.tx, EVERYTHING, kind=kind, state=state, limit=8)
        if o.thing_code != APART
    ]
    for owed in due[:8]:
        _look(town, owed)
    if due:
        return f"patrolled {len(due[:8])}"
    return _go_on(town, random)


def _look(town: Town, owed: Obligation) -> None:
    login = "peng.liang" if owed.unit_name.startswith("老西门物业") else "wang.lei"
    form = PLACE_FORM if owed.kind == PREMISES.name else GOOD["灭火器"]
    _tap(town, login, owed.thing_id, form)


def _tap(town: Town, login: str, id: UUID, form: dict[str, str], photos: tuple[str, ...] = ()) -> None:
    thing, [tag, *_] = get_thing(town.tx, EVERYTHING, id), list_tags(town.tx, EVERYTHING, id)
    at = CheckIn(new_id(), id, town.now, Reading(uid=tag.uid), thing.lon, thing.lat, 8.0, "演示手机", photos, form)
    check_in(town.tx, town.who(login), at)


def _go_on(town: Town, random: Random) -> str:
    """Somebody goes on with their walk of this hour, or begins it; "" where none is left to do."""
    login = random.choice(WALKERS)
    actor = town.who(login)
    files: list[ShiftFile] = queries.list_my_shifts(town.tx, actor, scope_of(actor))
    now = [f for f in files if f.shift.starts_at <= town.now < f.shift.ends_at and f.shift.ended_at is None]
    mine = next((f for f in now if f.shift.person_id == actor.id), None)
    if mine is None:
        free = next((f for f in now if f.acts == ("begin",)), None)
        if free is None:
            return ""
        actions.begin_shift(town.tx, actor, BeginShift(free.shift.id, town.now))
        return f"walk begun {free.shift.route_name}"
    stop = next((s for s in mine.stops if s.at is None), None)
    if stop is None:
        return ""
    bad = BAD.get(stop.what, {}) if random.random() < 0.1 else {}
    photos = (town.photo(actor, stop.lon, stop.lat),) if bad else ()
    _tap(town, login, stop.thing_id, GOOD.get(stop.what, {}) | bad, photos)
    return f"tapped {stop.code}{' damaged' if bad else ''}"
