"""A house of three homes in the named world, and what the tests of 以房管人 do with it again and again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import world
from world import STREET, Play
from yiwang.kit.ids import named_id, new_id
from yiwang.network.actions_people import add_person, grant_post
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import AddPerson, GrantPost
from yiwang.register import actions as register
from yiwang.register.model import AddThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.scenes.homes import actions, actions_import, queries, rules
from yiwang.scenes.homes.model import (
    HomeFile,
    ImportResidents,
    MoveIn,
    Relation,
    ResidentRow,
)

TODAY = date(2026, 11, 24)
PLACE = "310101019005"
CODE = f"{PLACE}-001"
BUILDING = thing_id("building", CODE)
NAME, PHONE = "钱守仁", "13812345678"
HOUSE = {"use": "住宅", "built": 1962, "storeys": 3, "units": 1}
FIRM = f"{STREET}-wuye"


def number(first: str) -> str:
    return first + rules.check_digit(first)


ID = number("31010119380205123")


def home_id(room: str) -> UUID:
    return thing_id("home", f"{CODE}-1-{room}")


def add_home(play: Play, room: str, *, generated: bool = False, **more: Any) -> None:
    attributes = {"unit": 1, "floor": int(room[0]), "room": room, "area_m2": 41.5, "tenure": "自住"} | more
    cmd = AddThing(
        "home", f"{CODE}-1-{room}", f"文庙路 1 号 {room} 室", *world.SPOT, address="文庙路 1 号", attributes=attributes,
        parties=(PartyOf(Role.keeper, FIRM),),
    )  # fmt: skip
    register.add_thing(play.tx, play.who("zhang.min"), cmd, generated=generated)


def build_house(play: Play) -> Play:
    """A house of three storeys, one home on each; the homes are entered before their building."""
    for room in ("101", "201"):
        add_home(play, room)
    cmd = AddThing("building", CODE, "文庙路 1 号", *world.SPOT, address="文庙路 1 号", attributes=HOUSE)
    register.add_thing(play.tx, play.who("zhang.min"), cmd)
    add_home(play, "301", tenure="出租")
    return play


def come(play: Play, room: str = "101", by: str = "zhang.min", **more: Any) -> ResidentRow:
    """Somebody moves in; as they are shown then."""
    fields: dict[str, Any] = {"name": NAME, "relation": Relation.owner, "id_number": ID, "phone": PHONE} | more
    id = fields.pop("resident_id", new_id())
    file = actions.move_in(play.tx, play.who(by), MoveIn(id, home_id(room), **fields))
    return row(file, id)


def row(file: HomeFile, id: UUID) -> ResidentRow:
    assert file.residents is not None
    return next(r for r in file.residents if r.id == id)


def file_of(play: Play, room: str = "101", by: str = "zhang.min") -> HomeFile:
    return queries.get_home(play.tx, play.who(by), home_id(room))


def stored(play: Play, id: UUID) -> str:
    found = play.tx.conn.execute("select r::text from homes.resident r where id = %s", [id]).fetchone()
    assert found
    return found[0]


def of_neighbourhood(play: Play, code: str, kind: PostKind = PostKind.operator) -> Actor:
    login = f"{kind}.{code}"
    add_person(play.tx, world.SETUP, AddPerson(named_id(f"person:{login}"), login, "社工"))
    post = GrantPost(new_id(), named_id(f"person:{login}"), kind, world.unit(code), since=world.LONG_AGO)
    grant_post(play.tx, world.SETUP, post)
    return play.who(login)


HEADS = "房屋编码,姓名,身份证号,电话,出生日期,性别,与房屋关系,重点关爱,入住日期,搬离日期\n"


def bring(play: Play, text: str, *, by: str = "zhang.min", dry: bool = False) -> Any:
    cmd = ImportResidents("住户.csv", (HEADS + text).encode(), dry)
    return actions_import.import_residents(play.tx, play.who(by), cmd)


FILE = f"{CODE}-1-101,{NAME},{ID},{PHONE},,,产权人,,2020-01-01,\n{CODE}-1-201,李梅,,,1990-03-04,女,租客,是,,\n"
