"""The live feed: everything in sight, in order, once; nothing out of sight; and a sign of life when it is quiet."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

import world
from desk.page import Page
from yiwang.cases.queries import Audience, visible
from yiwang.desk import live
from yiwang.kit.db import Database, query
from yiwang.kit.live import Hub
from yiwang.kit.scope import Scope
from yiwang.ledger.queries import count_settled
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules import scope_of

HW, XF = "310101019-huanwei", "310101-xiaofang"
LOGINS = (
    "zhang.min", "wang.lei", "cheng.gang", "meng.dali", "next.door", "yuan.lin", "shen.he", "qian.xi", "zou.jun", "dai.rong",
)  # fmt: skip
IN_SIGHT = query(
    bool,
    "select exists (select from cases.case c join network.unit u on u.id = c.area_id where c.id = %(id)s and {where})",
)


def scope(database: Database, login: str) -> Scope:
    with database.reading() as tx:
        return scope_of(get_actor_by_login(tx, login))


Act = Callable[[Database, Callable[[world.Play], Any]], Any]


@pytest.fixture
def act(settle: Callable[[Database], int]) -> Act:
    """Something happens, and is settled."""

    def act(database: Database, story: Callable[[world.Play], Any]) -> Any:
        with database.transaction() as tx:
            tx.now = world.NOON
            result = story(world.Play(tx))
        settle(database)
        return result

    return act


@asynccontextmanager
async def hub_of(database: Database) -> AsyncIterator[Hub]:
    hub = live.make_hub(database)
    with database.reading() as tx:
        hub.start(after=count_settled(tx) - 1)
    try:
        yield hub
    finally:
        hub.close()
        await asyncio.sleep(0)


def test_a_page_hears_what_happens_with_the_case_as_it_stands(street: Database, act: Act) -> None:
    mine = scope(street, "zhang.min")

    async def run() -> None:
        async with hub_of(street) as hub:
            page = Page(hub.stream(mine, None))
            name, last, beat = await page.event()
            assert (name, last) == ("beat", None) and beat["now"]
            case = await asyncio.to_thread(act, street, lambda p: p.accepted())
            batch = await page.message()
            assert [e["event"] for e in batch["events"]] == ["case.reported", "case.accepted"]
            assert [e["position"] for e in batch["events"]] == sorted(e["position"] for e in batch["events"])
            first = batch["events"][0]
            assert first["case_id"] == str(case.id) and first["number"] == case.number
            assert first["who"] == "张敏" and first["post_zh"].startswith("值班员") and first["post_en"] == "Operator"
            assert first["zh"] and first["en"] and first["zh"] != first["en"]
            assert [(r["id"], r["step"]) for r in batch["cases"]] == [(str(case.id), "accepted")]
            await page.pieces.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_the_settler_wakes_the_hub(street: Database, act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = scope(street, "zhang.min")
    monkeypatch.setattr(live, "Hub", partial(Hub, every=60))  # nobody looks by himself

    async def run() -> None:
        async with hub_of(street) as hub:
            page = Page(hub.stream(mine, None))
            await page.event()
            await asyncio.sleep(1)  # the bell hangs, and what it rang for is read
            case = await asyncio.to_thread(act, street, lambda p: p.report())
            assert [r["id"] for r in (await page.message())["cases"]] == [str(case.id)]
            await page.pieces.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_a_page_that_comes_back_misses_nothing_and_hears_nothing_twice(street: Database, act: Act) -> None:
    mine = scope(street, "zhang.min")

    async def run() -> None:
        async with hub_of(street) as hub:
            page = Page(hub.stream(mine, None))
            await asyncio.to_thread(act, street, lambda p: p.report())
            left = (await page.message())["position"]
            await page.pieces.aclose()  # type: ignore[attr-defined]
            await asyncio.to_thread(act, street, lambda p: p.report())
            await asyncio.to_thread(act, street, lambda p: p.accepted())
            again = Page(hub.stream(mine, left))
            heard: list[int] = []
            while len(heard) < 3:
                heard += [e["position"] for e in (await again.message())["events"]]
            assert len(heard) == 3 and heard == sorted(set(heard)) and heard[0] > left
            await again.pieces.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_the_neighbours_hear_nothing(street: Database, act: Act) -> None:
    ours, theirs = scope(street, "zhang.min"), scope(street, "next.door")

    async def run() -> None:
        async with hub_of(street) as hub:
            page, door = Page(hub.stream(ours, None)), Page(hub.stream(theirs, None))
            await page.event()
            await door.event()
            await asyncio.to_thread(act, street, lambda p: p.report())
            await page.message()
            assert (await door.event())[0] == "beat"  # BEAT seconds later: nothing else came
            for p in (page, door):
                await p.pieces.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_a_unit_hears_of_a_case_from_the_moment_it_has_an_order(street: Database, act: Act) -> None:
    handler = scope(street, "cheng.gang")
    case = act(street, lambda p: p.filed())
    with street.reading() as tx:
        before = live.list_recent(tx, handler, count_settled(tx), 10)
    act(street, lambda p: p.dispatch(case))
    with street.reading() as tx:
        after = live.list_recent(tx, handler, count_settled(tx), 10)
    assert before == [] and after[0].event == "case.dispatched" and after[0].case_id == case.id


def test_the_stream_opens_what_the_list_opens(street: Database, act: Act) -> None:
    """`may_hear` and `cases.queries.visible` are the same question asked twice: they must never part."""
    lon, lat = world.FAR
    made = [
        act(street, lambda p: p.report("wang.lei")),
        act(street, lambda p: p.dispatched(HW, ((XF, 1),))),
        act(street, lambda p: p.report("next.door", lon=lon, lat=lat)),
        act(street, lambda p: p.report("wang.lei", lon=lon, lat=lat)),
    ]
    seen = {}
    with street.reading() as tx:
        audiences = live.cases.list_audience(tx, [c.id for c in made])
        for login in LOGINS:
            mine = scope(street, login)
            for audience in audiences:
                listed = IN_SIGHT.one(tx, visible(mine), id=audience.case_id)
                assert live.may_hear(mine, audience) is listed, (login, audience)
                seen[login] = seen.get(login, 0) + listed
    assert (seen["zhang.min"], seen["wang.lei"], seen["cheng.gang"], seen["meng.dali"]) == (2, 3, 0, 1)
    assert (seen["next.door"], seen["yuan.lin"], seen["shen.he"], seen["qian.xi"]) == (1, 4, 4, 0)


@dataclass(frozen=True)
class Row:
    id: UUID


def test_each_scope_is_sent_just_what_it_may_hear() -> None:
    """Encoded once for all, cut once for each scope: the same as asking `may_hear` of every change for every page."""
    dice = random.Random(7)
    units = ["s", "s.a", "s.a.b", "s.ab", "s.ab.b", "s.a.b.c", "s.c"]
    people = [uuid4() for _ in range(5)]
    scopes = [
        Scope(dice.random() < 0.1, tuple(dice.sample(units, dice.randrange(3))), dice.choice(people)) for _ in range(60)
    ]
    sent = 0
    for _ in range(40):
        batch: list[tuple[int, live.Change | None]] = []
        cases = [
            (uuid4(), tuple(dice.sample(units, dice.randrange(3))), tuple(dice.sample(people, dice.randrange(3))))
            for _ in range(4)
        ]
        for position in range(dice.randrange(1, 9)):
            case, paths, who = dice.choice(cases)
            event = live.FeedEvent(position, "case.x", case, "", world.NOON, "", "", "", "", "")
            change = live.Change(event, Row(case), Audience(case, paths, who))  # type: ignore[arg-type]
            batch.append((position, change if dice.random() < 0.8 else None))
        line = live.render(batch)
        for scope in scopes:
            heard = [c for _, c in batch if c is not None and live.may_hear(scope, c.audience)]
            data = line(scope)
            assert (data is None) is (not heard)
            if data is not None:
                found = json.loads(data)
                assert [e["position"] for e in found["events"]] == [c.event.position for c in heard]
                assert [r["id"] for r in found["cases"]] == list(dict.fromkeys(str(c.row.id) for c in heard))
                assert found["position"] == batch[-1][0]
                sent += 1
    assert sent > 500


def test_nothing_is_sent_to_whom_nothing_belongs() -> None:
    stranger = Scope(False, ("s31.s310101.s310101018",), uuid4())
    assert live.render([(5, None)])(Scope(True, (), uuid4())) is None
    assert not live.may_hear(stranger, Audience(uuid4(), ("s31.s310101.s310101019",), ()))
    assert not live.may_hear(stranger, Audience(uuid4(), ("s31.s310101.s3101010180",), ())), "a longer name is no child"
    assert live.may_hear(stranger, Audience(uuid4(), ("s31.s310101.s310101018.x",), ()))
    assert live.may_hear(stranger, Audience(uuid4(), (), (stranger.person,)))


def test_who_lost_an_order_is_told_that_the_case_is_gone_and_nothing_else() -> None:
    case, unit, street = uuid4(), "s.a.unit", "s.street"
    audience = Audience(case, (street,), (), (unit,))

    def said(event: str, scope: Scope) -> Any:
        shown = live.FeedEvent(7, event, case, "", world.NOON, "", "", "", "", "")
        line = live.render([(7, live.Change(shown, Row(case), audience))])(scope)  # type: ignore[arg-type]
        return line and json.loads(line)

    for path in (unit, "s.a"):
        told = said("case.request_decided", Scope(False, (path,), uuid4()))
        assert (told["gone"], told["cases"], told["events"]) == ([str(case)], [], [])
        assert said("case.closed", Scope(False, (path,), uuid4())) is None, (
            "what happens to it later is no concern of theirs"
        )
    assert said("case.request_decided", Scope(False, (street,), uuid4()))["gone"] == []
    assert said("case.request_decided", Scope(False, (street, unit), uuid4()))["gone"] == []
    assert said("case.request_decided", Scope(False, ("s.a.unit2",), uuid4())) is None


def test_a_stream_ends_so_that_who_signed_out_does_not_listen_for_ever(
    street: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LONGEST", 0.9)
    monkeypatch.setattr(live, "BEAT", 0.05)
    mine = scope(street, "zhang.min")

    async def run() -> int:
        async with hub_of(street) as hub:
            return len([piece async for piece in hub.stream(mine, None)])

    assert 3 <= asyncio.run(asyncio.wait_for(run(), 5)) <= 14


def test_an_unknown_post_or_event_is_shown_by_its_name(street: Database, act: Act) -> None:
    assert live.say_post("system") == ("系统", "System")
    assert live.say_post("astronaut") == ("astronaut", "astronaut")
    case = act(street, lambda p: p.report())
    with street.reading() as tx:
        entry = live.read_feed(tx, -1)[-1]
    assert entry.subject_id == case.id and live.say_entry(entry)[0].startswith("12345")
    from dataclasses import replace

    assert live.say_entry(replace(entry, version=99))[1] == "case.reported v99"
