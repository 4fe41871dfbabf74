"""Really on duty: coming, going, being forgotten; where one is meanwhile, who sees it, and how long it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prcoords import Coords, wgs_gcj

from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, NotFound, Problem, Refused, TooMany
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network import queries_duty, rules_duty, rules_personal, store_people
from yiwang.network.actions_duty import (
    call_colleague,
    close_forgotten,
    end_duty,
    forget_trails,
    see_trail,
    start_duty,
    tell_positions,
)
from yiwang.network.actions_people import assign_duty, erase_person, revoke_post
from yiwang.network.model import Actor, ActorKind, PostKind
from yiwang.network.model_duty import (
    CallColleague,
    Colleague,
    EndDuty,
    MyDuty,
    Position,
    PositionsKept,
    Presence,
    SeeTrail,
    StartDuty,
    TellPositions,
)
from yiwang.network.model_people import AssignDuty, ErasePerson, RevokePost
from yiwang.network.model_personal import Purpose
from yiwang.network.queries_people import who_is_on_duty
from yiwang.network.queries_personal import list_unmaskings
from yiwang.network.rules import scope_of, seen_by

from .conftest import PATHS, ROBOT, Town, unit_id

HERE = (121.4835, 31.2170)
A_LITTLE = 0.001
"""Degrees of latitude: some 111 m."""


def start(tx: Tx, actor: Actor, **more: Any) -> MyDuty:
    return start_duty(tx, actor, StartDuty(new_id(), **more))


def tell(
    tx: Tx, actor: Actor, lon: float = HERE[0], lat: float = HERE[1], *, ago: float = 0, **more: Any
) -> PositionsKept:
    told = Position(new_id(), lon, lat, tx.now - timedelta(seconds=ago), **more)
    return tell_positions(tx, actor, TellPositions((told,)))


def near(tx: Tx, actor: Actor, metres: float = 2000) -> list[Colleague]:
    return queries_duty.list_near(tx, queries_duty.find_scope(tx, actor), *HERE, metres)


def plan(tx: Tx, actor: Actor, since: float, until: float) -> None:
    """A duty of the actor's first post, from so many hours from now until so many."""
    hours = [tx.now + timedelta(hours=h) for h in (since, until)]
    assign_duty(tx, ROBOT, AssignDuty(new_id(), actor.posts[0].id, *hours))


def count(tx: Tx, table: str) -> int:
    row = tx.conn.execute(f"select count(*) from network.{table}").fetchone()  # type: ignore[arg-type]
    assert row
    return row[0]


@pytest.fixture
def li(tx: Tx, town: Town) -> Actor:
    return town.person(tx, "li", ("inspector", "N1"))


@pytest.fixture
def he(tx: Tx, town: Town) -> Actor:
    return town.person(tx, "he", ("operator", "S1"))


# ── coming and going ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_on_duty_and_off_again_stands_in_the_ledger_without_a_place(tx: Tx, li: Actor) -> None:
    assert queries_duty.get_my_duty(tx, li).on is None
    on = start(tx, li).on
    assert on and on.kind is PostKind.inspector and on.unit_name == "甲居委会"
    tell(tx, li)
    assert end_duty(tx, li, EndDuty(on.id)).on is None
    said = [e for e in list_entries(tx, li.id) if e.event.startswith("duty.")]
    assert [(e.event, e.post) for e in said] == [("duty.started", "inspector"), ("duty.ended", "inspector")]
    assert not any(f"{int(HERE[0])}." in e.body for e in list_entries(tx, li.id)), "no longitude; ids have no point"


def test_nobody_is_twice_on_duty_and_nobody_goes_who_did_not_come(tx: Tx, li: Actor) -> None:
    with pytest.raises(Refused) as caught:
        end_duty(tx, li, EndDuty(new_id()))
    assert caught.value.code == "network.not_on_duty"
    on = start(tx, li).on
    with pytest.raises(Refused) as caught:
        start(tx, li)
    assert caught.value.code == "network.already_on_duty"
    with pytest.raises(Refused):  # of another phone, that has not heard
        end_duty(tx, li, EndDuty(new_id()))
    assert on and queries_duty.get_my_duty(tx, li).on == on


@pytest.mark.parametrize("kind", ["auditor", "assessor", "system_admin"])
def test_whoever_keeps_no_watch_does_not_come_on_duty(tx: Tx, town: Town, kind: str) -> None:
    other = town.person(tx, "other", (kind, "S1"))
    with pytest.raises(Forbidden):
        start(tx, other)
    assert queries_duty.get_my_duty(tx, other).posts == ()


def test_another_s_post_is_none_of_mine(tx: Tx, li: Actor, he: Actor) -> None:
    with pytest.raises(NotFound):
        start(tx, li, post_id=he.posts[0].id)


def test_under_a_post_that_keeps_no_watch_nobody_comes_on_duty(tx: Tx, town: Town) -> None:
    town.person(tx, "both", ("inspector", "N1"), ("assessor", "S1"))
    both = town.actor(tx, "both")
    with pytest.raises(NotFound):
        start(tx, both, post_id=next(p.id for p in both.posts if p.kind is PostKind.assessor))


def test_an_id_is_good_for_one_duty(tx: Tx, li: Actor, he: Actor) -> None:
    on = start(tx, li).on
    assert on
    end_duty(tx, li, EndDuty(on.id))
    for again in (li, he):
        with pytest.raises(Refused) as caught:
            start_duty(tx, again, StartDuty(on.id))
        assert caught.value.code == "network.attendance_exists"


def test_one_comes_as_what_the_roster_has_on_now(tx: Tx, town: Town) -> None:
    town.person(tx, "wu", ("inspector", "N1"), ("handler", "A1"))
    wu = town.actor(tx, "wu")
    handler = next(p for p in wu.posts if p.kind is PostKind.handler)
    until = tx.now + timedelta(hours=4)
    assign_duty(tx, ROBOT, AssignDuty(new_id(), handler.id, tx.now + timedelta(minutes=30), until))
    on = start(tx, wu).on
    assert on and on.kind is PostKind.handler
    assert on.ends_by == until + rules_duty.AFTER_PLAN


def test_a_forgotten_duty_ends_by_itself_and_its_place_is_gone(tx: Tx, li: Actor, he: Actor) -> None:
    on = start(tx, li).on
    assert on and on.ends_by == tx.now + rules_duty.LONGEST
    tell(tx, li)
    assert close_forgotten(tx) == 0
    tx.now += rules_duty.LONGEST
    assert queries_duty.get_my_duty(tx, li).on is None and near(tx, he) == [], "before anybody has swept"
    with pytest.raises(Refused):
        tell(tx, li)
    assert close_forgotten(tx) == 1 and count(tx, "whereabouts") == 0
    assert list_entries(tx, li.id)[-1].event == "duty.ended"


def test_coming_again_closes_what_was_forgotten(tx: Tx, li: Actor) -> None:
    start(tx, li)
    tx.now += timedelta(days=1)
    start(tx, li)
    assert [e.event for e in list_entries(tx, li.id)][-3:] == ["duty.started", "duty.ended", "duty.started"]


def test_a_duty_ends_with_its_post(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    tell(tx, li)
    revoke_post(tx, ROBOT, RevokePost(li.posts[0].id))
    assert near(tx, he) == [], "at once"
    assert close_forgotten(tx) == 1


# ── positions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_position_is_taken_off_duty(tx: Tx, li: Actor) -> None:
    with pytest.raises(Refused) as caught:
        tell(tx, li)
    assert caught.value.code == "network.not_on_duty"
    on = start(tx, li).on
    assert on and tell(tx, li).kept == 1
    end_duty(tx, li, EndDuty(on.id))
    with pytest.raises(Refused):
        tell(tx, li)
    assert count(tx, "whereabouts") == 0


def test_what_is_sent_twice_is_kept_once(tx: Tx, li: Actor) -> None:
    start(tx, li)
    batch = TellPositions(tuple(Position(new_id(), *HERE, tx.now) for _ in range(3)))
    assert tell_positions(tx, li, batch) == PositionsKept(3, 0, 0, tx.now)
    assert tell_positions(tx, li, batch) == PositionsKept(0, 3, 0, tx.now)
    assert count(tx, "trail") == 3 and count(tx, "whereabouts") == 1


def test_from_before_the_duty_and_from_the_future_nothing_is_kept(tx: Tx, li: Actor) -> None:
    start(tx, li)
    assert tell(tx, li, ago=1).dropped == 1
    assert tell(tx, li, ago=-3600).dropped == 1
    assert count(tx, "trail") == 0
    assert tell(tx, li, ago=-20).position_at == tx.now, "a clock a little ahead"


def test_a_late_batch_does_not_move_somebody_back(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    tx.now += timedelta(minutes=10)
    tell(tx, li)
    tell(tx, li, lat=HERE[1] + 5 * A_LITTLE, ago=300)
    (seen,) = near(tx, he)
    assert seen.metres is not None and seen.metres < 1 and seen.age_s == 0


def test_positions_of_chinese_phones_are_converted(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    gcj = wgs_gcj(Coords(HERE[1], HERE[0]))
    tell(tx, li, gcj.lon, gcj.lat, datum="gcj02")
    (seen,) = near(tx, he)
    assert seen.metres is not None and seen.metres < 2
    with pytest.raises(Problem) as caught:
        tell(tx, li, HERE[1], HERE[0])
    assert caught.value.code == "geo.swapped"


def test_the_trail_is_deleted_after_a_day_and_with_the_person(tx: Tx, li: Actor) -> None:
    start(tx, li)
    tell(tx, li)
    tx.now += rules_duty.KEPT
    assert forget_trails(tx) == 0
    tx.now += timedelta(seconds=1)
    assert see_trail(tx, li, SeeTrail(li.id, Purpose.oversight, "自查")) == [], "before anybody has swept"
    assert forget_trails(tx) == 1
    start(tx, li)
    tell(tx, li)
    erase_person(tx, ROBOT, ErasePerson(li.id))
    assert count(tx, "trail") == count(tx, "whereabouts") == 0


# ── who sees whom ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_near_the_nearest_first_and_whether_it_is_old(tx: Tx, town: Town, he: Actor) -> None:
    for n, login in enumerate(("cc", "aa", "bb")):
        one = town.person(tx, login, ("inspector", "N1"))
        start(tx, one)
        tell(tx, one, lat=HERE[1] + (n + 1) * A_LITTLE, accuracy_m=12)
    tx.now += rules_duty.OLD
    assert [c.old for c in near(tx, he)] == [False] * 3
    tell(tx, town.actor(tx, "bb"), lat=HERE[1] + 3 * A_LITTLE)
    tx.now += timedelta(seconds=1)
    seen = near(tx, he)
    assert [c.name for c in seen] == ["名cc", "名aa", "名bb"]
    assert [round(c.metres or 0, -1) for c in seen] == [110, 220, 330]
    assert [c.old for c in seen] == [True, True, False]
    assert seen[0].age_s == 301 and seen[0].accuracy_m == 12 and seen[0].reachable
    assert seen[0].phone == rules_personal.mask_phone("13800000000")
    assert [c.name for c in near(tx, he, metres=150)] == ["名cc"]


def test_a_desk_sees_its_own_people_and_nobody_else_s(tx: Tx, town: Town, li: Actor, he: Actor) -> None:
    far = town.person(tx, "far", ("inspector", "S2"))
    for one in (li, far):
        start(tx, one)
        tell(tx, one)
    assert [c.person_id for c in near(tx, he)] == [li.id]
    district = town.person(tx, "district", ("commander", "D1"))
    assert {c.person_id for c in near(tx, district)} == {li.id, far.id}
    with pytest.raises(NotFound):
        queries_duty.get_colleague(tx, queries_duty.find_scope(tx, he), far.id)


def test_outdoors_one_sees_one_s_unit_and_only_while_on_duty(tx: Tx, town: Town, li: Actor) -> None:
    same, other = town.person(tx, "same", ("inspector", "N1")), town.person(tx, "other", ("inspector", "N2"))
    for one in (same, other):
        start(tx, one)
        tell(tx, one)
    with pytest.raises(Refused) as caught:
        near(tx, li)
    assert caught.value.code == "network.not_on_duty"
    start(tx, li)
    assert [c.person_id for c in near(tx, li)] == [same.id]
    assert {c.person_id for c in queries_duty.list_colleagues(tx, queries_duty.find_scope(tx, li))} == {same.id, li.id}


@pytest.mark.parametrize("kind", ["auditor", "assessor", "system_admin", "audit_admin"])
def test_nobody_else_is_told_where_people_are(tx: Tx, town: Town, li: Actor, kind: str) -> None:
    start(tx, li)
    with pytest.raises(Forbidden):
        near(tx, town.person(tx, "other", (kind, "C")))


def test_no_program_is_told_where_people_are(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    token = replace(he, kind=ActorKind.token, acts=frozenset({"read"}))
    with pytest.raises(Forbidden) as caught:
        near(tx, token)
    assert caught.value.code == "network.people_only"


def test_the_map_has_those_too_whose_phone_tells_nothing(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    (seen,) = queries_duty.list_colleagues(tx, queries_duty.find_scope(tx, he))
    assert (seen.lon, seen.age_s, seen.old) == (None, None, True)
    assert near(tx, he) == []
    assert queries_duty.list_colleagues(tx, queries_duty.find_scope(tx, he), after=li.id) == []


def test_calling_shows_the_number_and_keeps_who_looked(tx: Tx, town: Town, li: Actor, he: Actor) -> None:
    with pytest.raises(NotFound):
        call_colleague(tx, he, CallColleague(li.id))
    start(tx, li)
    assert call_colleague(tx, he, CallColleague(li.id)).phone == "13800000000"
    (kept,) = list_unmaskings(tx, scope_of(he))
    assert (kept.by, kept.subject_id, kept.reason) == (he.id, li.id, "duty")
    assert list_entries(tx, li.id)[-1].event == "person.unmasked"
    with pytest.raises(NotFound):
        call_colleague(tx, town.person(tx, "next", ("operator", "S2")), CallColleague(li.id))


def test_a_trail_is_shown_for_a_reason_that_is_kept(tx: Tx, town: Town, li: Actor, he: Actor) -> None:
    start(tx, li)
    for n in range(3):
        tell(tx, li, lat=HERE[1] + n * A_LITTLE)
        tx.now += timedelta(seconds=30)
    ask = SeeTrail(li.id, Purpose.oversight, "查勘现场")
    assert len(see_trail(tx, li, ask)) == 3, "one's own"
    assert list_unmaskings(tx, scope_of(li)) == []
    chief = town.person(tx, "chief", ("supervisor", "S1"))
    assert [p.lat for p in see_trail(tx, chief, ask)] == [HERE[1] + n * A_LITTLE for n in range(3)]
    assert list_entries(tx, li.id)[-1].event == "person.trail_seen"
    with pytest.raises(Forbidden) as caught:
        see_trail(tx, replace(chief, proven=False), ask)
    assert caught.value.code == "network.second_factor_due"
    for other, refusal in (("operator", Forbidden), ("auditor", Forbidden)):
        with pytest.raises(refusal):
            see_trail(tx, town.person(tx, other, (other, "S1")), ask)
    with pytest.raises(NotFound):
        see_trail(tx, town.person(tx, "next", ("supervisor", "S2")), ask)


def test_looking_is_counted(tx: Tx, li: Actor, he: Actor) -> None:
    start(tx, li)
    for _ in range(rules_personal.MOST_IN_TEN_MINUTES - 1):
        call_colleague(tx, he, CallColleague(li.id))
    with pytest.raises(TooMany):
        call_colleague(tx, he, CallColleague(li.id))
        call_colleague(tx, he, CallColleague(li.id))


# ── the roster beside what is ─────────────────────────────────────────────────────────────────────────────────────────


def test_planned_here_absent_due_and_unplanned(tx: Tx, town: Town, he: Actor) -> None:
    people = {name: town.person(tx, name, ("inspector", "N1")) for name in ("here", "absent", "due", "unplanned")}
    plan(tx, people["here"], -1, 3)
    plan(tx, people["absent"], -1, 3)
    plan(tx, people["due"], -0.1, 3)
    start(tx, people["here"])
    start(tx, people["unplanned"])

    def roster(path: str = PATHS["S1"]) -> dict[str, Presence]:
        lines = queries_duty.list_presence(tx, seen_by(he), path, tx.now)
        return {line.name.removeprefix("名"): line.presence for line in lines}

    assert roster() == {name: Presence(name) for name in people}
    assert roster(PATHS["N1"]) == roster()
    tx.now += timedelta(minutes=15)
    assert roster()["due"] is Presence.absent
    later = queries_duty.list_presence(tx, seen_by(he), PATHS["S1"], tx.now + timedelta(hours=1))
    assert {x.presence for x in later if x.name == "名absent"} == {Presence.due}, "nobody is absent tomorrow"
    other = town.person(tx, "next", ("operator", "S2"))
    assert queries_duty.list_presence(tx, seen_by(other), PATHS["S1"], tx.now) == []
    first = queries_duty.list_presence(tx, seen_by(he), PATHS["S1"], tx.now, limit=1)
    rest = queries_duty.list_presence(tx, seen_by(he), PATHS["S1"], tx.now, after=first[0].id)
    assert len(rest) == 3


def test_who_is_planned_says_whether_they_are_here(tx: Tx, li: Actor) -> None:
    plan(tx, li, -1, 3)
    assert [p.here_since for p in who_is_on_duty(tx, PATHS["N1"], [PostKind.inspector])] == [None]
    start(tx, li)
    assert [p.here_since for p in who_is_on_duty(tx, PATHS["N1"], [PostKind.inspector])] == [tx.now]
    assert store_people.HELD_BY.all(tx, person_id=li.id, at=tx.now)[0].unit_id == unit_id("N1")
