"""What is said in notices reaches the phones of those it concerns: once, later if need be, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.push_service import Browser, Service, push_service
from world import NOON, Play, settle, unit
from yiwang.cases import actions_emergency, actions_talk
from yiwang.cases.model_commands import CommentCase, DeclareEmergency, SuperviseCase
from yiwang.flows import tell_phones
from yiwang.flows.case_room import OpenCaseRoom, open_case_room
from yiwang.kit import clock, jobs, push
from yiwang.kit.db import Database
from yiwang.kit.errors import Forbidden, Problem, Unauthenticated
from yiwang.kit.ids import new_id
from yiwang.ledger.actions_settle import open_ledger
from yiwang.network import actions_push, rules_push, store_access, store_push
from yiwang.network.actions_duty import start_duty
from yiwang.network.actions_people import erase_person
from yiwang.network.actions_session import sign_out
from yiwang.network.model import ActorKind, system
from yiwang.network.model_duty import StartDuty
from yiwang.network.model_people import ErasePerson
from yiwang.network.model_push import DuePush, SubscribePush
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules_access import digest
from yiwang.rooms.actions_talk import mute_room, say_in_room
from yiwang.rooms.model import MuteRoom, SayInRoom


@dataclass
class Phones:
    """Devices of people of the world, at a push service of our own."""

    database: Database
    service: Service
    browsers: dict[str, Browser] = field(default_factory=dict)

    def subscribe(self, login: str, device: str = "") -> str:
        """A signed-in device; answers with the secret of its session."""
        name = login + device
        browser = self.browsers[name] = Browser()
        secret = f"session of {name}"
        with self.database.transaction() as tx:
            actor = get_actor_by_login(tx, login)
            store_access.ADD_SESSION.one(
                tx, id=new_id(), hash=digest(secret), person_id=actor.id, device="d", address="a", proven=None
            )
        at = browser.device(f"{self.service.url}/{name}")
        actions_push.subscribe(self.database, actor, SubscribePush(at.endpoint, at.p256dh, at.auth), secret)
        return secret

    def play(self, act: Callable[[Play], Any]) -> Any:
        """Somebody acts, the ledger settles."""
        with self.database.transaction() as tx:
            done = act(Play(tx))
        settle(self.database)
        return done

    def tell(self) -> list[tuple[str, str, str]]:
        """One beat of both jobs: (phone, kind, number) of what has arrived since."""
        seen = len(self.service.posted)
        tell_phones.catch_up(self.database)
        actions_push.send_due(self.database)
        return [self.read(i) for i in range(seen, len(self.service.posted))]

    def read(self, n: int) -> tuple[str, str, str]:
        posted = self.service.posted[n]
        name = posted.path.removeprefix("/")
        said = self.browsers[name].open(posted.body)
        return name, said["kind"], said["number"]

    def waiting(self) -> int:
        with self.database.reading() as tx:
            row = tx.conn.execute("select count(*) from network.push where sent_at is null").fetchone()
        assert row
        return row[0]


@pytest.fixture
def phones(world_db: Database, tmp_path: Path) -> Iterator[Phones]:
    with push_service() as service, clock.at(NOON):
        push.use(push.Sender(tmp_path / "push", "ops@example.cn", local=True))
        with world_db.transaction() as tx:
            open_ledger(tx, tmp_path)
        made = Phones(world_db, service)
        tell_phones.catch_up(world_db)
        yield made
        push.use(None)


def test_an_order_reaches_the_handlers_of_its_unit_and_nobody_else(phones: Phones) -> None:
    for login in ("cheng.gang", "yu.bo", "meng.dali", "chen.jie"):
        phones.subscribe(login)
    case = phones.play(Play.dispatched)
    assert sorted(phones.tell()) == [("cheng.gang", "order", case.number), ("yu.bo", "order", case.number)]
    said = (
        phones.browsers["cheng.gang"].open(phones.service.posted[0].body)
        if (phones.service.posted[0].path == "/cheng.gang")
        else phones.browsers["yu.bo"].open(phones.service.posted[0].body)
    )
    assert said["link"] == f"/field/#/tasks/{case.id}"
    assert set(said) == {"id", "kind", "number", "urgent", "link"}, "nothing of what was reported"
    phones.service.check_sender(phones.service.posted[0], push.sender().public)
    assert phones.tell() == [], "once"


def test_those_on_duty_are_told_first_and_for_an_emergency_everybody(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.subscribe("yu.bo")
    phones.play(lambda play: start_duty(play.tx, play.who("yu.bo"), StartDuty(new_id())))
    case = phones.play(Play.dispatched)
    assert phones.tell() == [("yu.bo", "order", case.number)]
    phones.subscribe("he.ping")

    def alarm(play: Play) -> Any:
        found = play.filed()
        cmd = DeclareEmergency(found.id, play.who("he.ping").id, (unit("310101019-chengguan"),), 30)
        return actions_emergency.declare_emergency(play.tx, play.who("zhang.min"), cmd)

    case = phones.play(alarm)
    told = phones.tell()
    assert {name for name, _, number in told if number == case.number} == {"cheng.gang", "yu.bo", "he.ping"}
    assert {p.headers["urgency"] for p in phones.service.posted[1:]} == {"high"}


def test_whoever_is_named_is_told_on_every_device(phones: Phones) -> None:
    phones.subscribe("sun.lan")
    phones.subscribe("sun.lan", "-home")
    phones.subscribe("chen.jie")

    def mention(play: Play) -> Any:
        case = play.filed()
        cmd = CommentCase(case.id, new_id(), "请看一下", (play.who("sun.lan").id,))
        actions_talk.comment_case(play.tx, play.who("zhang.min"), cmd)
        return case

    case = phones.play(mention)
    assert sorted(phones.tell()) == [
        ("sun.lan", "mentioned", case.number),
        ("sun.lan-home", "mentioned", case.number),
    ]


def test_supervision_reaches_the_whole_unit(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.subscribe("wei.dong")

    def supervise(play: Play) -> Any:
        case = play.dispatched()
        cmd = SuperviseCase(case.id, unit("310101019-chengguan"), "请说明进展", 4)
        actions_talk.supervise_case(play.tx, play.who("sun.lan"), cmd)
        return case

    phones.play(supervise)
    assert sorted(k for _, k, _ in phones.tell()) == ["order", "supervised"]


def test_an_at_in_a_room_reaches_the_seat_but_not_who_muted_it(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.subscribe("yu.bo")

    def open_room(play: Play) -> Any:
        view = open_case_room(play.tx, play.who("chen.jie"), OpenCaseRoom(new_id(), play.dispatched().id))
        mute_room(play.tx, play.who("yu.bo"), MuteRoom(view.room.id, True))
        return view

    view = phones.play(open_room)
    phones.tell()
    seat = next(m.id for m in view.members if m.post == "handler")

    def say(play: Play, *, urgent: bool = False) -> None:
        cmd = SayInRoom(view.room.id, new_id(), "何时到场？", mentions=(seat,), urgent=urgent)
        say_in_room(play.tx, play.who("chen.jie"), cmd)

    phones.play(say)
    assert phones.tell() == [("cheng.gang", "room.mentioned", "")]
    said = phones.browsers["cheng.gang"].open(phones.service.posted[-1].body)
    assert said["link"] == f"/field/#/rooms/{view.room.id}"
    phones.play(lambda play: say(play, urgent=True))
    assert {name for name, _, _ in phones.tell()} == {"cheng.gang", "yu.bo"}


def test_a_service_in_trouble_is_asked_again_and_given_up_in_the_end(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.service.answers = [503, 201]
    phones.play(Play.dispatched)
    phones.tell()
    assert phones.waiting() == 1 and len(phones.service.posted) == 1
    phones.tell()
    assert len(phones.service.posted) == 1, "not before its time"
    with clock.at(NOON + jobs.work_out_wait(1)):
        phones.tell()
    assert phones.waiting() == 0
    first, second = (phones.browsers["cheng.gang"].open(p.body)["id"] for p in phones.service.posted)
    assert first == second and len({p.headers["topic"] for p in phones.service.posted}) == 1
    phones.service.answers = [503] * 99
    phones.play(Play.dispatched)
    phones.tell()
    with clock.at(NOON + rules_push.GIVE_UP):
        before = len(phones.service.posted)
        phones.tell()
        assert len(phones.service.posted) == before


def test_who_dies_while_sending_leaves_it_to_be_sent_again(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.play(Play.dispatched)
    tell_phones.catch_up(phones.database)
    with phones.database.transaction() as tx:
        assert len(store_push.take_due(tx, tx.now + rules_push.LEASE, 9)) == 1
    assert phones.tell() == []
    with clock.at(NOON + rules_push.LEASE):
        assert len(phones.tell()) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(phones: Phones, status: int) -> None:
    phones.subscribe("cheng.gang")
    phones.service.answers = [status]
    phones.play(Play.dispatched)
    assert len(phones.tell()) == 1
    phones.play(Play.dispatched)
    assert phones.tell() == [] and phones.waiting() == 0


def test_a_device_is_told_as_long_as_its_session_lasts(phones: Phones) -> None:
    secret = phones.subscribe("cheng.gang")
    phones.subscribe("yu.bo")
    sign_out(phones.database, secret, "a", "d")
    phones.play(Play.dispatched)
    assert [name for name, _, _ in phones.tell()] == ["yu.bo"]
    with phones.database.transaction() as tx:
        assert actions_push.purge(tx) == 1
        erase_person(tx, system("test"), ErasePerson(get_actor_by_login(tx, "yu.bo").id))
    phones.play(Play.dispatched)
    assert phones.tell() == []


def test_one_device_has_one_session_and_one_person(phones: Phones) -> None:
    first = phones.subscribe("cheng.gang")
    with phones.database.transaction() as tx:
        yu, cheng = (get_actor_by_login(tx, n) for n in ("yu.bo", "cheng.gang"))
        store_access.ADD_SESSION.one(
            tx, id=new_id(), hash=digest("next"), person_id=yu.id, device="d", address="a", proven=None
        )
        assert actions_push.is_subscribed(tx, cheng, first)
    at = phones.browsers["cheng.gang"].device(f"{phones.service.url}/cheng.gang")
    cmd = SubscribePush(at.endpoint, at.p256dh, at.auth)
    actions_push.subscribe(phones.database, yu, cmd, "next")  # the same browser, somebody else
    with phones.database.transaction() as tx:
        assert not actions_push.is_subscribed(tx, cheng, first)
        actions_push.unsubscribe(tx, yu, "next")
        assert not actions_push.is_subscribed(tx, yu, "next")
    with pytest.raises(Unauthenticated):
        actions_push.subscribe(phones.database, cheng, cmd, "next")
    with pytest.raises(Forbidden):
        actions_push.subscribe(phones.database, replace(yu, kind=ActorKind.token), cmd, "next")
    with pytest.raises(Problem) as caught:
        actions_push.subscribe(phones.database, yu, replace(cmd, endpoint="https://10.0.0.1/x"), "next")
    assert caught.value.code == "push.endpoint"


def test_what_happened_before_anybody_subscribed_is_never_told(phones: Phones) -> None:
    phones.play(Play.dispatched)
    tell_phones.catch_up(phones.database)
    phones.subscribe("cheng.gang")
    assert phones.tell() == []


def test_old_news_is_none(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    phones.play(Play.dispatched)
    with clock.at(NOON + rules_push.GIVE_UP):
        assert phones.tell() == []


def test_nothing_is_told_of_what_was_rolled_back(phones: Phones) -> None:
    phones.subscribe("cheng.gang")
    with pytest.raises(RuntimeError), phones.database.transaction() as tx:
        Play(tx).dispatched()
        raise RuntimeError("no")
    settle(phones.database)
    assert phones.tell() == []


def test_waits_double_up_to_half_an_hour() -> None:
    push_ = DuePush(new_id(), new_id(), "", False, NOON + timedelta(hours=4), 1, "", "", "")
    waits = [
        (again - NOON).total_seconds()
        for n in range(1, 12)
        if (again := rules_push.work_out_retry(NOON, replace(push_, tries=n), push.Outcome(503))) is not None
    ]
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800, 1800]
    asked = rules_push.work_out_retry(NOON, push_, push.Outcome(429, wait=600))
    assert asked == NOON + timedelta(minutes=10)
    assert rules_push.work_out_retry(NOON, push_, push.Outcome(413)) is None
    assert rules_push.work_out_retry(NOON + timedelta(hours=4), push_, push.Outcome(503)) is None
    assert len(push_.key.hex) <= 32, "a topic has 32 characters at most"
