"""The district's room on the demonstration day (天山商圈 group, seed article 002): the mall @ the one responsible, one thing is
done at once, one becomes a case whose end is told where it was said, and one @ waits too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_commands import PhotoUse, ReportCase
from yiwang.cases.queries import get_case
from yiwang.city.model_rules import NATIONAL
from yiwang.demo_scene import Scene, Story
from yiwang.demo_stage import STREET, Finding, Stage, unit
from yiwang.flows.case_room import TurnIntoCase, turn_into_case
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import PostKind
from yiwang.rooms import actions, actions_talk, queries
from yiwang.rooms.model import FinishMention, OpenRoom, ReadRoom, RoomMessage, SayInRoom, Seat

ROOM = named_id("demo:room:laoximen")
KEEPER, MALL, MARKET, POLICE, PATROL = "chen.jie", "peng.liang", "bai.ting", "lei.hong", "cheng.gang"
SPOT = (121.4829, 31.2156)
HEAP = Finding(
    900, time(9), Channel.other, "", NATIONAL, "matter", "06010", "", "复兴东路 商场北门", *SPOT, "normal",
    "商场北门外堆放装修垃圾，占了人行道",
)  # fmt: skip


class Talk:
    """People in the room, by their logins."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.said = stage, 0

    def open(self) -> None:
        keeper = self.stage.person(KEEPER)
        try:
            queries.get_room(self.stage.tx, keeper, ROOM)
        except NotFound:
            codes = ("shichang", "paichusuo", "chengguan", "wuye")
            seats = tuple(Seat(unit(f"{STREET}-{code}"), PostKind.handler) for code in codes)
            actions.open_room(self.stage.tx, keeper, OpenRoom(ROOM, "老西门商圈", unit(STREET), seats))

    def seat(self, code: str) -> UUID:
        view = queries.get_room(self.stage.tx, self.stage.person(KEEPER), ROOM)
        return next(m.id for m in view.members if m.unit_id == unit(f"{STREET}-{code}"))

    def say(self, login: str, text: str, at: Sequence[str] = (), **more: Any) -> RoomMessage:
        self.said += 1
        id, who = named_id(f"demo:{self.stage.tx.now}:room:{self.said}"), self.stage.person(login)
        asked = tuple(self.seat(code) for code in at)
        return actions_talk.say_in_room(self.stage.tx, who, SayInRoom(ROOM, id, text, mentions=asked, **more))

    def read(self, login: str, message: RoomMessage) -> None:
        actions_talk.read_room(self.stage.tx, self.stage.person(login), ReadRoom(ROOM, message.n))

    def done(self, login: str, message: RoomMessage) -> None:
        actions_talk.finish_mention(self.stage.tx, self.stage.person(login), FinishMention(ROOM, message.id))

    def shot(self, login: str, matter: str, n: int) -> str:
        by, case_id = self.stage.person(login), named_id(f"demo:{self.stage.tx.now}:room-photo")
        return self.stage.photo(by, PhotoKind.near, case_id, matter, *SPOT, mended=False, n=n).sha256


def district(stage: Stage) -> Story:
    talk = Talk(stage)
    talk.open()
    talk.say(KEEPER, "商圈协同群：商场、市场监管、派出所、城管都在。有事直接@到人，一天内办结。")
    yield 14
    fumes = talk.say(
        MALL,
        "北门早餐摊油烟大，楼上商户有意见，请市场监管所看一下。",
        ("shichang",),
        photos=(talk.shot(MALL, "06027", 1),),
    )
    yield 5
    talk.read(MARKET, fumes)
    talk.say(MARKET, "收到，巡查组十分钟后到北门。", reply_to=fumes.id)
    yield 34
    talk.done(MARKET, fumes)
    talk.say(MARKET, "已责令安装油烟净化设施，今天先停炉灶。", reply_to=fumes.id)
    yield 12
    photo = talk.shot(MALL, "06010", 2)
    heap = talk.say(MALL, "北门外有人堆了装修垃圾，占了人行道，请城管处理。", ("chengguan",), photos=(photo,))
    yield 3
    talk.read(PATROL, heap)
    case_id = named_id(f"demo:{stage.tx.now:%Y-%m-%d}:room-case")
    report = ReportCase(
        case_id, HEAP.channel, HEAP.description, "matter", HEAP.code, lon=SPOT[0], lat=SPOT[1], place=HEAP.place,
        photos=(PhotoUse(photo, PhotoKind.near),),
    )  # fmt: skip
    turn_into_case(stage.tx, stage.person(KEEPER), TurnIntoCase(ROOM, heap.id, report))
    scene = Scene(stage, HEAP, case_id)
    scene.case = get_case(stage.tx, EVERYTHING, case_id)
    yield 6
    talk.say(MALL, "地下车库出口今晚限流，请派出所帮忙疏导。", ("paichusuo",), minutes=60)
    yield from scene.to_the_end(0.6)
