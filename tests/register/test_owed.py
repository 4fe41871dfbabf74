"""What things owe: by rule and calendar, warned, lapsed once, met by those who were there; and when it is due again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import world
from register.conftest import Benches
from world import STREET
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Invalid
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.model import system
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin, actions_owed, queries_owed
from yiwang.register.model import ChangeThing, PartyOf, SetParty, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import CheckIn, Period, Proof, RuleOf, SetRules

ZONE = ZoneInfo("Asia/Shanghai")
FIRM = f"{STREET}-wuye"
PAINT = RuleOf(
    "bench-paint", "bench", "每年刷漆", "Painted yearly", 1, Period.year, Role.maintainer, "made up", since_field="painted_on",
    warn_h=24 * 30, evidence=(Proof.photo,),
)  # fmt: skip
LOOK = RuleOf(
    "bench-look", "bench", "营业时每两小时看一次", "Looked at every two hours while open", 2, Period.hour, Role.maintainer,
    "made up", open_from=time(9), open_to=time(22), warn_h=0.5, grace_h=0.25, evidence=(Proof.place,),
)  # fmt: skip
WOOD = replace(PAINT, code="bench-oil", applies={"material": "木"}, every=6, period=Period.month, since_field=None)


def rules_are(benches: Benches, *rules: RuleOf) -> None:
    actions_owed.set_rules(benches.play.tx, system("pack"), SetRules(("bench",), rules))


def owed(benches: Benches, login: str = "wang.lei", **more: Any) -> list[tuple[str, str, str]]:
    found = queries_owed.list_owed(benches.play.tx, scope_of(benches.play.who(login)), **more)
    return [(o.thing_code, o.rule, o.state) for o in found]


def due(benches: Benches, rule: str) -> datetime:
    found = queries_owed.list_owed(benches.play.tx, scope_of(benches.play.who("wang.lei")))
    return next(o.due_at for o in found if o.rule == rule).astimezone(ZONE)


def sweep(benches: Benches) -> None:
    tx = benches.play.tx
    while actions_owed._warn(tx):
        pass
    while actions_owed._lapse(tx):
        pass


def look(benches: Benches, login: str = "wang.lei", ago: timedelta = timedelta(), **more: Any) -> Any:
    tx = benches.play.tx
    at, (lon, lat) = more.pop("at", tx.now - ago), world.SPOT
    cmd = CheckIn(more.pop("id", new_id()), thing_id("bench", "B-001"), at, lon=lon, lat=lat, accuracy_m=8, **more)
    return actions_checkin.check_in(tx, benches.play.who(login), cmd)


# ── when it is due again ──────────────────────────────────────────────────────────────────────────────────────────


def next_due(tx: Tx, period: str, every: int, opens: time | None, closes: time | None, after: datetime) -> datetime:
    row = tx.conn.execute(
        "select register.next_due(%s, %s, %s, %s, %s, 'Asia/Shanghai')", [period, every, opens, closes, after]
    ).fetchone()
    return row[0].astimezone(ZONE)  # type: ignore[index]


@pytest.mark.parametrize(
    ("period", "every", "after", "then"),
    [
        ("day", 15, "2026-11-01 09:00", "2026-11-17 00:00"),
        ("day", 15, "2026-11-01 23:59", "2026-11-17 00:00"),
        ("week", 2, "2026-11-01 09:00", "2026-11-16 00:00"),
        ("month", 1, "2026-01-31 09:00", "2026-03-01 00:00"),
        ("month", 1, "2028-01-31 09:00", "2028-03-01 00:00"),
        ("year", 1, "2024-02-29 09:00", "2025-03-01 00:00"),
    ],
)
def test_calendars_end_with_their_last_day(tx: Tx, period: str, every: int, after: str, then: str):
    at = datetime.fromisoformat(after).replace(tzinfo=ZONE)
    assert next_due(tx, period, every, None, None, at) == datetime.fromisoformat(then).replace(tzinfo=ZONE)


def by_minutes(every: int, opens: time, closes: time, after: datetime) -> datetime:
    """An oracle that walks: minute by minute, the clock runs while it is open and begins anew at each opening."""
    local, ran = after.astimezone(ZONE), 0
    inside = closes > opens
    while True:
        now = local.time().replace(second=0)
        open_now = opens <= now < closes if inside else now >= opens or now < closes
        if now == opens:
            ran = 0
        if open_now:
            ran += 1
        local += timedelta(minutes=1)
        if ran == every * 60:
            return local


HOURS = st.sampled_from([time(h, m) for h in range(24) for m in (0, 30)])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(every=st.integers(1, 3), opens=HOURS, closes=HOURS, minutes=st.integers(0, 3 * 24 * 60))
def test_hours_count_while_it_is_open(tx: Tx, every: int, opens: time, closes: time, minutes: int):
    length = (closes.hour * 60 + closes.minute - opens.hour * 60 - opens.minute) % 1440 or 1440
    if length < every * 60 or length == 1440:
        return  # never long enough open, or never closed: no such place
    after = datetime(2026, 11, 1, tzinfo=ZONE) + timedelta(minutes=minutes)
    assert next_due(tx, "hour", every, opens, closes, after) == by_minutes(every, opens, closes, after)


# ── who owes what ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_thing_owes_what_its_kind_and_attributes_say(benches: Benches):
    rules_are(benches, PAINT, LOOK, WOOD)
    benches.add(attributes={"seats": 3, "painted_on": "2026-05-01"}, parties=(PartyOf(Role.maintainer, FIRM),))
    benches.add("B-002", attributes={"seats": 3, "material": "石"})
    assert sorted(o[:2] for o in owed(benches)) == [
        ("B-001", "bench-look"), ("B-001", "bench-oil"), ("B-001", "bench-paint"), ("B-002", "bench-look"),
        ("B-002", "bench-paint"),
    ]  # fmt: skip
    assert due(benches, "bench-paint").date() == date(2027, 5, 2)
    assert {o[0] for o in owed(benches, "peng.liang")} == {"B-001"}, "a firm sees what it owes"
    thing = thing_id("bench", "B-001")
    change = ChangeThing(thing, 1, attributes={"material": "石"})
    actions.change_thing(benches.play.tx, benches.play.who("wang.lei"), change)
    assert "bench-oil" not in {o[1] for o in owed(benches)}
    actions.set_party(benches.play.tx, benches.play.who("wang.lei"), SetParty(thing, Role.maintainer))
    assert owed(benches, "peng.liang") == []
    actions.change_thing(benches.play.tx, benches.play.who("wang.lei"), ChangeThing(thing, 2, state="gone"))
    assert {o[0] for o in owed(benches)} == {"B-002"}
    actions.change_thing(benches.play.tx, benches.play.who("wang.lei"), ChangeThing(thing, 3, state="standing"))
    assert {o[0] for o in owed(benches)} == {"B-001", "B-002"}


def test_rules_that_come_later_hold_for_what_is_there(benches: Benches):
    benches.add()
    rules_are(benches, PAINT)
    rules_are(benches, PAINT)
    assert owed(benches) == [("B-001", "bench-paint", "owed")]
    rules_are(benches, replace(PAINT, every=2))
    assert [o.rule for o in queries_owed.list_owed(benches.play.tx, scope_of(benches.play.who("wang.lei")))] == [
        "bench-paint"
    ]
    rules_are(benches)
    assert owed(benches) == []


def test_a_rule_that_changes_goes_on_from_what_was_met(benches: Benches):
    benches.add()
    rules_are(benches, LOOK)
    look(benches)
    before = benches.play.tx.now
    benches.play.wait(hours=1)
    rules_are(benches, replace(LOOK, every=3))
    assert due(benches, "bench-look") == before.astimezone(ZONE) + timedelta(hours=3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"since_field": "seats"}, {"since_field": "born_on"}, {"applies": {"colour": "red"}}, {"open_from": time(9)},
        {"open_from": time(9), "open_to": time(10)}, {"matter": "06010"}, {"hours_field": "seats"},
        {"period": Period.hour, "since_field": None, "hours_field": "seats"},
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(benches: Benches, wrong: dict[str, Any]):
    with pytest.raises(Invalid) as caught:
        rules_are(benches, replace(PAINT, **wrong))
    assert caught.value.code == "rule.wrong"


def test_nobody_sets_rules_by_hand(benches: Benches):
    with pytest.raises(Forbidden):
        actions_owed.set_rules(benches.play.tx, benches.play.who("zhang.min"), SetRules(("bench",), (PAINT,)))


# ── warned, lapsed, met ───────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_warned_of_lapses_once_and_is_met_again(benches: Benches):
    rules_are(benches, LOOK)
    thing = benches.add().thing  # at ten: due at noon
    assert due(benches, "bench-look").strftime("%H:%M") == "12:00" and owed(benches)[0][2] == "owed"
    benches.play.wait(hours=1, minutes=40)
    sweep(benches)
    assert owed(benches)[0][2] == "due" and owed(benches, state="due") != []
    benches.play.wait(minutes=34)
    sweep(benches)
    assert owed(benches, state="lapsed") == [], "not within its grace"
    benches.play.wait(minutes=1)
    sweep(benches)
    sweep(benches)
    assert owed(benches, state="lapsed") == [("B-001", "bench-look", "lapsed")]
    assert due(benches, "bench-look").strftime("%H:%M") == "14:00"
    benches.play.wait(hours=2)
    sweep(benches)
    events = [e.event for e in list_entries(benches.play.tx, thing.id)]
    assert events == ["thing.added", "thing.obligation_lapsed"], "once, until it has been met again"
    assert look(benches).met == ("bench-look",)
    assert owed(benches) == [("B-001", "bench-look", "owed")]
    benches.play.wait(hours=2, minutes=16)
    sweep(benches)
    assert [e.event for e in list_entries(benches.play.tx, thing.id)][2:] == [
        "thing.checked_in",
        "thing.obligation_lapsed",
    ]
    [count] = queries_owed.count_owed(benches.play.tx, scope_of(benches.play.who("wang.lei")), "bench")
    assert (count.owed, count.due, count.lapsed) == (1, 0, 1)


def test_what_was_done_in_time_and_told_too_late_excuses_the_lapse(benches: Benches):
    rules_are(benches, LOOK)
    benches.add()
    benches.play.wait(hours=2, minutes=16)
    sweep(benches)
    assert owed(benches)[0][2] == "lapsed"
    done = look(benches, ago=timedelta(minutes=26))  # 11:50
    assert done.met == ("bench-look",) and owed(benches)[0][2] == "owed"
    assert due(benches, "bench-look").strftime("%H:%M") == "13:50"
    row = benches.play.tx.conn.execute(
        "select lapsed_at is not null, met_at is not null from register.period"
    ).fetchall()
    assert row == [(True, True)]


def test_out_of_order_the_later_one_counts(benches: Benches):
    rules_are(benches, LOOK)
    benches.add()
    benches.play.wait(hours=1)
    assert look(benches, ago=timedelta(minutes=10)).met == ("bench-look",)
    assert look(benches, ago=timedelta(minutes=30)).met == ()
    assert due(benches, "bench-look").strftime("%H:%M") == "12:50"


def test_without_what_it_asks_for_nothing_is_met(benches: Benches):
    rules_are(benches, PAINT, LOOK)
    benches.add(attributes={"seats": 3, "painted_on": "2026-01-01"})
    assert look(benches).met == ("bench-look",), "no photo, not painted"
    photo = benches.play.photo("wang.lei", world.PhotoKind.near).sha256
    assert "bench-paint" in look(benches, photos=(photo,), ago=timedelta(seconds=-1)).met


def test_a_sweep_takes_each_once_whoever_sweeps(world_db: Database):
    with world_db.transaction() as tx:
        benches = Benches(world.Play(tx))
        rules_are(benches, LOOK)
        for n in range(40):
            benches.add(f"B-{n:03}")
        tx.conn.execute(
            "update register.obligation set due_at = due_at - interval '1 day', warn_at = warn_at - interval '1 day', late_at = %s",
            [tx.now],
        )
    actions_owed.warn_and_lapse(world_db)
    with world_db.transaction() as tx:
        found = tx.conn.execute(
            "select count(*)::int, count(distinct thing_id)::int from register.period where lapsed_at is not null"
        ).fetchone()
        entries = tx.conn.execute(
            "select count(*)::int from ledger.entry where event = 'thing.obligation_lapsed'"
        ).fetchone()
    assert entries == (40,) and found is not None and found[1] == 40
