"""A district's room in the named world."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from world import Play, unit
from yiwang.kit.errors import Problem
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.model import PostKind
from yiwang.rooms import actions, actions_talk, queries
from yiwang.rooms.model import (
    OpenRoom,
    RoomMessage,
    RoomView,
    SayInRoom,
    Seat,
)
from yiwang.rooms.rules import sight_of

STREET = "310101019"
MARKET, POLICE, MALL = f"{STREET}-shichang", f"{STREET}-paichusuo", f"{STREET}-wuye"


class Rooms:
    """A district's room in the named world: 商圈, with the market's, the police's and the mall's handlers."""

    def __init__(self, play: Play) -> None:
        self.play = play
        seats = tuple(Seat(unit(code), PostKind.handler) for code in (MARKET, POLICE))
        mall = Seat(unit(MALL), PostKind.handler, play.who("peng.liang").id)
        self.id = new_id()
        self.open("chen.jie", OpenRoom(self.id, "老西门商圈", unit(STREET), (*seats, mall)))

    def open(self, by: str, cmd: OpenRoom) -> RoomView:
        return actions.open_room(self.play.tx, self.play.who(by), cmd)

    def view(self, by: str) -> RoomView:
        return queries.get_room(self.play.tx, self.play.who(by), self.id)

    def member(self, code: str, person: str | None = None) -> UUID:
        wanted = self.play.who(person).id if person else None
        return next(m.id for m in self.view("chen.jie").members if m.unit_id == unit(code) and m.person_id == wanted)

    def say(self, by: str, text: str = "请看一下", **more: Any) -> RoomMessage:
        cmd = SayInRoom(self.id, new_id(), text, **more)
        return actions_talk.say_in_room(self.play.tx, self.play.who(by), cmd)

    def do(self, by: str, action: Any, cmd: Any) -> Any:
        return action(self.play.tx, self.play.who(by), cmd)

    def message(self, by: str, message_id: UUID) -> RoomMessage:
        found = queries.list_named(self.play.tx, sight_of(self.play.who(by)), self.id, [message_id])
        return found[0]

    def row(self, by: str) -> Any:
        rows = queries.list_rooms(self.play.tx, sight_of(self.play.who(by)))
        return next((r for r in rows if r.id == self.id), None)

    def notices(self, by: str) -> list[str]:
        return [n.kind for n in queries.list_notices(self.play.tx, sight_of(self.play.who(by)))]

    def events(self) -> list[str]:
        return [e.event for e in list_entries(self.play.tx, self.id)]


@pytest.fixture
def rooms(play: Play) -> Rooms:
    return Rooms(play)


def refusal(doing: Any, *args: Any) -> str:
    with pytest.raises(Problem) as caught:
        doing(*args)
    return caught.value.code
