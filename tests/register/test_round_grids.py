"""Rounds: grids and whose they are; censuses, and their comparison."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import world
from register.conftest import CHIEF, INSPECTOR, OTHER, SECOND, Rounds, refused
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.network.actions_people import grant_post
from yiwang.network.model import PostKind
from yiwang.network.model_people import GrantPost
from yiwang.network.rules import scope_of
from yiwang.register import actions, queries_round
from yiwang.register.model import thing_id

# ── grids ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_grids_go_to_who_patrols_them_in_turn(rounds: Rounds):
    census = rounds.open("census")
    by_name = {p.person_name: p.grids for p in census.people}
    assert set(by_name) == {"王磊", "赵欣", "刘航", "黄莹", "林枫", "蒋华", "杨澄", "郭晴", "宋嘉", "邓凯", "谢芸"}
    assert sum(by_name.values()) == census.round.grids == census.round.assigned
    assert abs(by_name["王磊"] - by_name["赵欣"]) <= 1
    nobody = rounds.open("census", unit="310101018", by="next.door", assign=False)
    assert [p.person_id for p in nobody.people] == [None]


def test_grids_are_given_to_whoever_holds_a_post_for_them_there(rounds: Rounds):
    census = rounds.open("census", assign=False)
    one, two, *_ = rounds.grids(census)
    given = rounds.assign(census, OTHER, one, two)
    assert {p.person_name: p.grids for p in given.people} == {"刘航": 2, None: census.round.grids - 2}
    rounds.assign(census, OTHER, one, two)
    assert rounds.events(census) == ["round.opened", "round.assigned"], "the same again is nothing"
    rounds.assign(census, None, two)
    assert rounds.grids(census)[two].person_id is None
    for stranger in ("next.door", "chen.jie", "cheng.gang"):
        refused(Invalid, "round.worker", rounds.assign, census, stranger, one)
    refused(NotFound, "round.no_grid", rounds.assign, census, OTHER, "310101018000001")
    workers = {w.name for w in queries_round.list_workers(rounds.tx, scope_of(rounds.who(CHIEF)), census.round.id)}
    assert {"刘航", "王磊", "张敏"} <= workers and not workers & {"陈洁", "邻街道值班员"}


def test_a_grid_is_reported_by_its_person_once(rounds: Rounds):
    census = rounds.open("census", assign=False)
    one, two, *_ = rounds.grids(census)
    rounds.assign(census, INSPECTOR, one)
    refused(Forbidden, "round.not_yours", rounds.report, census, one, by=OTHER)
    with pytest.raises(Forbidden):
        rounds.report(census, one, by="chen.jie")
    refused(NotFound, "round.no_grid", rounds.report, census, "310101018000001")
    for when in (timedelta(hours=-1), timedelta(days=2)):
        refused(Invalid, "round.when", rounds.report, census, one, at=rounds.tx.now + when)
    done = rounds.report(census, one, note="两家关门")
    assert (done.done_at, done.note) == (rounds.tx.now, "两家关门")
    assert rounds.report(census, one) == done
    assert rounds.report(census, two, by=OTHER).person_name == "刘航", "nobody's: now theirs"
    assert rounds.events(census).count("round.grid_reported") == 2
    assert rounds.file(census).round.grids_done == 2
    rounds.assign(census, OTHER, one)
    assert rounds.grids(census)[one].done_at, "what was done stays done"
    rounds.assign(census, OTHER, one, again=True)
    assert (rounds.grids(census)[one].done_at, rounds.grids(census)[one].person_name) == (None, "刘航")
    rounds.sound()
    rounds.close(census)
    refused(Refused, "round.over", rounds.report, census, one, by=OTHER)
    assert rounds.report(census, two, by=OTHER).done_at, "what was told before is told again"


def test_my_rounds_are_those_in_which_i_have_grids(rounds: Rounds):
    census = rounds.open("census")
    [mine] = queries_round.list_my_rounds(rounds.tx, scope_of(rounds.who(INSPECTOR)))
    assert mine.round.id == census.round.id and {g.person_name for g in mine.grids} == {"王磊"}
    assert queries_round.list_my_rounds(rounds.tx, scope_of(rounds.who("chen.jie"))) == []
    rounds.close(census)
    assert queries_round.list_my_rounds(rounds.tx, scope_of(rounds.who(INSPECTOR))) == []


def test_somebody_of_a_neighbourhood_sees_their_part(rounds: Rounds):
    census = rounds.open("census")
    grant_post(
        rounds.tx, world.SETUP,
        GrantPost(new_id(), rounds.who("tang.yi").id, PostKind.operator, world.unit("310101019005"), since=world.LONG_AGO),
    )  # fmt: skip
    rounds.tx.conn.execute(
        "update network.post set until = %s where kind = 'assessor' and person_id = %s", [world.LONG_AGO + timedelta(days=1), rounds.who("tang.yi").id]
    )  # fmt: skip
    seen = rounds.file(census, "tang.yi")
    assert 0 < seen.round.grids < census.round.grids
    assert {g[:12] for g in rounds.grids(census, "tang.yi")} == {"310101019005"}
    assert seen.acts == ()


# ── a census ──────────────────────────────────────────────────────────────────────────────────────────────────────


def grid_of(rounds: Rounds, code: str) -> str:
    return actions.store.lock_thing(rounds.tx, thing_id("bench", code)).grid_code


def test_a_census_sees_what_was_confirmed_entered_changed_and_ended_meanwhile(rounds: Rounds):
    for n in range(1, 6):
        rounds.benches.add(f"B-{n:03d}")
    rounds.change("B-005", state="gone")
    rounds.benches.play.wait(hours=1)
    census = rounds.open("census")
    grid = grid_of(rounds, "B-001")
    assert rounds.left(census) == ["B-001", "B-002", "B-003", "B-004"]
    rounds.benches.play.wait(hours=1)
    rounds.check("B-001")
    rounds.change("B-002", attributes={"seats": 5})
    rounds.change("B-003", state="gone")
    rounds.change("B-005", name="改名")
    rounds.benches.add("B-006")
    rounds.benches.add("B-007")
    rounds.change("B-007", state="gone")
    now = rounds.grids(census)[grid]
    assert (now.things, now.checked, now.added, now.changed, now.gone) == (4, 1, 1, 1, 1)
    assert rounds.left(census) == ["B-004"]
    rounds.close(census)
    rounds.benches.play.wait(hours=1)
    rounds.change("B-004", state="gone")
    rounds.benches.add("B-008")
    assert rounds.grids(census)[grid] == now, "as it was closed, for ever"
    assert rounds.left(census) == []
    rounds.sound()


def test_a_census_is_compared_with_the_last_one_and_stays_so(rounds: Rounds):
    for n in range(1, 6):
        rounds.benches.add(f"B-{n:03d}")
    first = rounds.open("census", name="第一次")
    compared = queries_round.get_comparison(rounds.tx, scope_of(rounds.who(CHIEF)), first.round.id)
    assert compared.last is None and sum(g.added for g in compared.grids) == 5
    rounds.close(first)
    rounds.benches.play.wait(days=30)
    rounds.change("B-001", state="gone")
    rounds.change("B-002", lon=SECOND[0], lat=SECOND[1])
    rounds.change("B-003", state="broken")
    rounds.benches.add("B-006")
    second = rounds.open("census", name="第二次")
    here, there = grid_of(rounds, "B-003"), grid_of(rounds, "B-002")
    assert here != there

    def look() -> Any:
        found = queries_round.get_comparison(rounds.tx, scope_of(rounds.who(CHIEF)), second.round.id)
        assert found.last is not None and found.last.id == first.round.id
        assert all(g.stood + g.added - g.gone == g.stands for g in found.grids)
        return {g.grid_code: (g.stood, g.stands, g.added, g.gone, g.changed) for g in found.grids}, found.states

    grids, states = look()
    assert grids == {here: (5, 4, 1, 2, 1), there: (0, 1, 1, 0, 0)}
    assert [(s.state, s.stood, s.stands) for s in states] == [("broken", 0, 1), ("standing", 5, 4)]
    rounds.close(second)
    before = look()
    rounds.benches.play.wait(days=1)
    rounds.change("B-004", state="gone")
    rounds.cancel(rounds.open("census", name="作废的"))
    assert look() == before
    third = rounds.close(rounds.open("census", name="第三次"))
    assert third.round.last_id == second.round.id
    rounds.sound()
