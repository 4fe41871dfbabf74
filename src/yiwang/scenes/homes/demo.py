"""The demonstration's buildings, homes and residents: nobody of them is real. Names are put together from syllables, ID numbers begin
with a place that there is not (`rules.MADE_UP`), telephones with 154, which no operator has been given. Entered once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from yiwang.city.queries_grid import locate_many
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import thing_id
from yiwang.register.model_owed import CheckIn
from yiwang.register.queries import Wanted, list_things
from yiwang.scenes.homes import actions, rules, store
from yiwang.scenes.homes.model import (
    BUILDING,
    HOME,
    Home,
    HomeOf,
    MoveIn,
    MoveOut,
    Person,
    Relation,
    Resident,
    Tenure,
)
from yiwang.scenes.homes.model_visit import Seen
from yiwang.scenes.homes.queries import get_home, get_house
from yiwang.scenes.homes.queries_visits import list_visits
from yiwang.scenes.model import Town
from yiwang.scenes.town import SETUP, bring_in, spot_in

HOUSES = 300
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎"
FIRST, SECOND = (
    "守国建志永文伟立俊思慧秀丽淑月雅桂晓欣梓宝根德福金家明若",
    "仁强华明康杰民新远珍英娟芬琴芳兰燕怡涵娣妹乐轩溪平安宁",
)
CARE = 0.02
DESK, INSPECTORS, VISITS = "zhang.min", ("wang.lei", "liu.hang", "lin.feng", "yang.cheng", "song.jia"), 0.5


@dataclass(frozen=True, slots=True)
class House:
    code: str
    name: str
    lon: float
    lat: float
    built: int
    storeys: int
    units: int
    doors: int
    """Homes on each floor of an entrance."""


def enter(town: Town) -> None:
    """Buildings and homes by files as anybody's, then who lives there."""
    if list_things(town.tx, EVERYTHING, Wanted("building"), limit=1):
        return
    houses = list(make_houses(town))
    homes = [home for house in houses for home in make_homes(town.dice(house.code), house)]
    bring_in(town, BUILDING, ("code", "name", "address", "x", "y", "placed", "built", "storeys", "units", "use"),
             ((*_of_house(house), house.built, house.storeys, house.units, "住宅") for house in houses))  # fmt: skip
    bring_in(town, HOME, ("code", "name", "address", "x", "y", "placed", "unit", "floor", "room", "area_m2", "tenure"), ((f"{house.code}-{home.unit}-{home.room}", f"{house.name}{home.room}室", house.name, house.lon, house.lat, "是",
                              home.unit, home.floor, home.room, home.area_m2, home.tenure.value) for house, home in homes))  # fmt: skip
    today, random = rules.today_of(town.now), town.dice("residents")
    people = [person for house, home in homes for person in make_people(town, random, house, home, today)]
    actions.enter_residents(town.tx, SETUP.by(None), people)
    store.put_tally(town.tx)


def live(town: Town, random: Random) -> str:
    """Tenants come and go; or the inspector of a grid looks after somebody of key care who has waited longest."""
    return _visit(town, random) if random.random() < VISITS else _let(town, random)


def _let(town: Town, random: Random) -> str:
    """In a home that is let somebody moves out, or in where it is not full."""
    desk = town.who(DESK)
    house = get_house(town.tx, desk, random.choice(list_things(town.tx, EVERYTHING, Wanted("building"), limit=500)).id)
    let = [cell for cell in house.homes if cell.tenure is Tenure.let]
    if not let:
        return ""
    cell = random.choice(let)
    tenants = [r for r in get_home(town.tx, desk, cell.id).residents or [] if r.until is None]
    if len(tenants) > 2 or (tenants and random.random() < 0.4):
        leaves = max(tenants, key=lambda r: (r.since, r.id))
        actions.move_out(town.tx, desk, MoveOut(leaves.id))
        return f"moved out of {cell.code}"
    today = rules.today_of(town.now)
    born = today - timedelta(days=random.randrange(22 * 366, 50 * 365))
    name = random.choice(SURNAMES) + random.choice(FIRST) + random.choice(SECOND)
    phone = f"154{random.randrange(10**8):08d}"
    relation = Relation.other if tenants else Relation.tenant
    actions.move_in(town.tx, desk, MoveIn(new_id(), cell.id, name, relation, made_up_id(random, born), phone))
    return f"moved into {cell.code}"


def _visit(town: Town, random: Random) -> str:
    """An inspector goes where a visit is due on their own grids; nearly always all is well."""
    inspector = town.who(random.choice(INSPECTORS))
    due = list_visits(town.tx, rules.seen_by(inspector), limit=100)
    if not due:
        return ""
    visit = random.choice(due)
    found = random.choices((Seen.well, Seen.silent), (97, 3))[0]
    photos = () if found is Seen.well else (town.photo(inspector, visit.lon, visit.lat),)
    cmd = CheckIn(
        new_id(),
        visit.member.home_id,
        town.now,
        None,
        visit.lon,
        visit.lat,
        8.0,
        "演示手机",
        photos,
        {"found": found.value},
    )
    check_in(town.tx, inspector, cmd)
    return f"visited {visit.member.code}"


def _of_house(house: House) -> tuple[Any, ...]:
    return house.code, house.name, house.name, house.lon, house.lat, "是"


def make_houses(town: Town) -> Iterator[House]:
    """Old lanes of two or three storeys, blocks of six from the seventies to the nineties, some towers."""
    random = town.dice("houses")
    spots = [spot_in(random.choice(town.grids), random) for _ in range(HOUSES)]
    grids = locate_many(town.tx, [x for x, _ in spots], [y for _, y in spots])
    numbers: dict[str, int] = {}
    for (lon, lat), grid in zip(spots, grids, strict=True):
        if grid is None:
            continue
        place = grid[:12]
        numbers[place] = numbers.get(place, 0) + 1
        shape = random.random()
        if shape < 0.62:
            built, storeys, units, doors = (
                random.randrange(1912, 1950),
                random.choice((2, 2, 3)),
                1,
                random.choice((1, 2, 2, 3)),
            )
        elif shape < 0.97:
            built, storeys, units, doors = (
                random.randrange(1974, 1998),
                random.choice((5, 6, 6)),
                random.choice((1, 1, 2, 3)),
                2,
            )
        else:
            built, storeys, units, doors = random.randrange(1998, 2012), random.choice((14, 18, 24)), 1, 4
        name = f"{random.choice(town.roads)}{random.randrange(12, 998)}弄{random.randrange(1, 40)}号"
        yield House(f"{place}-{numbers[place]:03d}", name, lon, lat, built, storeys, units, doors)


def make_homes(random: Random, house: House) -> Iterator[tuple[House, Home]]:
    for unit in range(1, house.units + 1):
        for floor in range(1, house.storeys + 1):
            for door in range(1, house.doors + 1):
                tenure = random.choices(list(Tenure), (67, 25, 8))[0]
                area = round(random.uniform(18, 42) if house.built < 1950 else random.uniform(38, 96), 1)
                yield house, Home(unit, floor, f"{floor}{door:02d}", area, tenure)


def make_people(town: Town, random: Random, house: House, home: Home, today: date) -> Iterator[tuple[Resident, Person]]:
    """Who lives in a home: nobody where it is empty; an old street has many old people, and many of them alone."""
    code = f"{house.code}-{home.unit}-{home.room}"
    of = HomeOf(thing_id("home", code), code, "", generated=True, ended=False)
    if home.tenure is Tenure.empty:
        return
    let = home.tenure is Tenure.let
    old = not let and random.random() < 0.42
    many = random.choices((1, 2, 3, 4, 5), (26, 40, 22, 9, 3) if old else (24, 27, 29, 14, 6))[0]
    head = random.randrange(60, 97) if old else random.randrange(24, 58)
    surname = random.choice(SURNAMES)
    for n in range(many):
        age = (
            head
            if n == 0
            else max(0, head - random.choice((-2, 1, 3, 5)) if n == 1 else head - random.randrange(24, 34) - 3 * n)
        )
        age = min(age, 104)
        born = today - timedelta(days=age * 365 + age // 4 + random.randrange(1, 360))
        since = max(born, today - timedelta(days=random.randrange(20, 900 if let else 9000)))
        relation = (
            (Relation.tenant if let else Relation.owner)
            if n == 0
            else Relation.other
            if let and n > 1
            else Relation.family
        )
        name = (surname if n != 1 else random.choice(SURNAMES)) + random.choice(FIRST) + random.choice(SECOND)
        cmd = MoveIn(
            _id(code, n), of.id, name, relation, made_up_id(random, born), f"154{random.randrange(10**8):08d}" if age > 11 else "",
            care=random.random() < (CARE * 4 if age >= 80 else CARE), since=since,
        )  # fmt: skip
        yield rules.move_in(cmd, of, town.now)


def _id(code: str, n: int) -> UUID:
    return named_id(f"demo:resident:{code}:{n}")


def made_up_id(random: Random, born: date) -> str:
    first = f"{rules.MADE_UP}0101{born:%Y%m%d}{random.randrange(1000):03d}"
    return first + rules.check_digit(first)
