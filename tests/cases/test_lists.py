"""Lists, search and counts: what each viewer gets is what the rule of sight says, in every order, page by page."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from invariants import broken
from world import FAR, SPOT, Play, unit
from yiwang.cases import actions_request, queries, queries_count, queries_list
from yiwang.cases.model import OPEN_STEPS, BounceReason, Channel, Step
from yiwang.cases.model_commands import AskBounce, DecideRequest
from yiwang.cases.queries_list import CaseRow, Filter, Sort
from yiwang.kit.scope import Scope
from yiwang.network.actions_units import move_unit
from yiwang.network.model import system
from yiwang.network.model_units import MoveUnit
from yiwang.network.rules import scope_of

ALL = Scope(everything=True, paths=(), person=system("test").id)
LOGINS = ("zhang.min", "chen.jie", "cheng.gang", "wang.lei", "next.door", "he.ping", "shen.he", "qian.xi")


@pytest.fixture
def street(play: Play) -> Play:
    """Some cases of every kind, a minute apart."""
    play.closed(place="方斜路近老道前街", description="50%的井盖_松动")
    for make in (
        play.report, play.accepted, play.filed, play.dispatched, play.handled,
        lambda: play.dispatched(assists=(("310101019-paichusuo", 1),)),
        lambda: play.report("wang.lei", channel=Channel.public, place="蓬莱路"),
        lambda: play.report("next.door", lon=None, lat=None, area_code="310101018", description="隔壁街道的事"),
        lambda: play.report(lon=FAR[0], lat=FAR[1], matter_code="01001"),
    ):  # fmt: skip
        play.wait(minutes=1)
        make()
    return play


def found(play: Play, scope: Scope, wanted: Filter | None = None, **more: Any) -> list[CaseRow]:
    return queries_list.list_cases(play.tx, scope, wanted or Filter(), **{"limit": 200, **more})


def by_the_rule(play: Play, scope: Scope) -> set[UUID]:
    """The plain question, of every case."""
    where = queries.visible(scope)
    sql = "select c.id from cases.case c join network.unit u on u.id = c.area_id where " + where.sql
    return {i for (i,) in play.tx.conn.execute(sql, where.params)}  # type: ignore[arg-type]


@pytest.mark.parametrize("login", LOGINS)
def test_everybody_sees_what_the_rule_says(street: Play, login: str):
    scope = scope_of(street.who(login))
    rule = by_the_rule(street, scope)
    assert {r.id for r in found(street, scope)} == rule
    assert {r.id for r in found(street, scope, sort=Sort.deadline)} == {
        r.id for r in found(street, scope, Filter(steps=OPEN_STEPS))
    }
    counted = queries_count.count_by_step(street.tx, scope)
    assert sum(c.cases for c in counted) == len(rule)
    for count in counted:
        rows = found(street, scope, Filter(steps=(count.step,)))
        late = found(street, scope, Filter(steps=(count.step,), overdue=True))
        assert (len(rows), len(late)) == (count.cases, count.overdue)


def test_a_scope_without_its_units_ids_sees_the_same(street: Play):
    scope = scope_of(street.who("chen.jie"))
    assert scope.units
    bare = Scope(scope.everything, scope.paths, scope.person)
    assert [r.id for r in found(street, bare)] == [r.id for r in found(street, scope)] != []


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("login", ["chen.jie", "cheng.gang", "wang.lei"])
def test_pages_add_up_to_the_whole_in_its_order(street: Play, login: str, sort: Sort):
    scope = scope_of(street.who(login))
    whole = found(street, scope, sort=sort)
    assert len(whole) > 2
    pages: list[CaseRow] = []
    while page := found(
        street, scope, sort=sort, limit=2,
        after=(getattr(pages[-1], "deadline" if sort is Sort.deadline else "reported_at"), pages[-1].id) if pages else None,
    ):  # fmt: skip
        pages += page
    assert [r.id for r in pages] == [r.id for r in whole]
    for a, b in pairwise(whole):
        if sort is Sort.newest:
            assert (a.reported_at, a.id) > (b.reported_at, b.id)
        else:
            assert a.deadline is not None and (b.deadline is None or (a.deadline, a.id) < (b.deadline, b.id))


def test_what_has_no_deadline_comes_last_and_is_paged(street: Play):
    with street.tx.conn.transaction(force_rollback=True):
        street.tx.conn.execute(
            "update cases.case set step_due_at = null, due_at = null where step in ('reported', 'accepted')"
        )
        rows = found(street, ALL, sort=Sort.deadline)
        assert [r.deadline is None for r in rows] == sorted(r.deadline is None for r in rows)
        assert rows[-1].deadline is None and rows[0].deadline is not None
        at = next(i for i, r in enumerate(rows) if r.deadline is None)
        assert found(street, ALL, sort=Sort.deadline, after=(None, rows[at].id)) == rows[at + 1 :]


@pytest.fixture(params=[1, 3, queries_list.WALK], ids="walk {}".format)
def walk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """However far a search walks before it asks the index, it finds the same."""
    monkeypatch.setattr(queries_list, "WALK", request.param)
    monkeypatch.setattr(queries_list, "WALK_PLACE", request.param)
    monkeypatch.setattr(queries_list, "SMALL_BOX", 0.0 if request.param < 10 else queries_list.SMALL_BOX)
    return request.param


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("暴露垃圾", "most"), ("垃圾", "most"), ("垃", "most"), ("圾", "most"), ("垃圾 蓬莱", 1), ("蓬", 1), ("路", "most"),
        ("方斜路近老道前", 1), ("老道前街", 1), ("街", 2), ("垃道", 0), ("没有的", 0), ("50%", 1), ("井盖_松", 1), ("井盖%松", 0),
        ("隔壁 街道", 1), ("'; drop", 0), ("！", 0), ("\\", 0), ("   ", "all"),
    ],
)  # fmt: skip
def test_words_find_whatever_stands_there(street: Play, walk: int, words: str, hits: int | str):
    rows = found(street, ALL, Filter(words=words))
    terms = words.lower().split()
    plain = {
        i for i, text in street.tx.conn.execute("select id, concat_ws(E'\\n', number, matter_name, place, description) from cases.case")
        if all(t in text.lower() for t in terms)
    }  # fmt: skip
    assert {r.id for r in rows} == plain
    assert len(rows) == hits if isinstance(hits, int) else len(rows) >= {"most": 7, "all": 10}[hits]


def test_searches_are_walked_by_everybody_in_every_order(street: Play, walk: int):
    box = (SPOT[0] - 0.001, SPOT[1] - 0.001, SPOT[0] + 0.001, SPOT[1] + 0.001)
    for login in LOGINS:
        scope = scope_of(street.who(login))
        for sort, steps in ((Sort.newest, None), (Sort.newest, OPEN_STEPS), (Sort.deadline, None)):
            whole = found(street, scope, Filter(steps=steps), sort=sort)
            some = [r.id for r in whole if "垃圾" in f"{r.matter_name}{r.place}{r.description}"]
            here = [
                r.id for r in whole if r.lon and r.lat and abs(r.lon - SPOT[0]) < 0.001 and abs(r.lat - SPOT[1]) < 0.001
            ]
            pages: list[CaseRow] = []
            while page := found(
                street, scope, Filter(steps=steps, words="垃圾"), sort=sort, limit=2,
                after=(getattr(pages[-1], "deadline" if sort is Sort.deadline else "reported_at"), pages[-1].id) if pages else None,
            ):  # fmt: skip
                pages += page
            assert [r.id for r in pages] == some, (login, sort, steps)
            assert [r.id for r in found(street, scope, Filter(steps=steps, box=box), sort=sort)] == here, (login, sort)
            unit_id, both = unit("310101019-chengguan"), Filter(steps=steps, unit_id=unit("310101019-chengguan"))
            assert {
                r.id for r in found(street, scope, Filter(steps=steps, unit_id=unit_id, words="垃圾"), sort=sort)
            } == ({r.id for r in found(street, scope, both, sort=sort)} & set(some))


def test_a_number_is_found_by_any_part_of_it(street: Play, walk: int):
    number = found(street, ALL)[0].number
    for part in (number, number.lower(), number[-4:], number[2:9], number[:5]):
        assert number in {r.number for r in found(street, ALL, Filter(words=part))}, part


def test_filters_narrow(street: Play):
    every = found(street, ALL)
    body, now = unit("310101019-paichusuo"), street.tx.now
    assert len(found(street, ALL, Filter(unit_id=body))) == 1
    in_street, next_door = (
        by_the_rule(street, Scope(False, (f"310000.310101.{code}",), ALL.person)) for code in ("310101019", "310101018")
    )
    assert {r.id for r in found(street, ALL, Filter(unit_id=unit("310101019")))} == in_street
    assert {r.id for r in found(street, ALL, Filter(unit_id=unit("310101018")))} == next_door
    assert next_door and in_street and not in_street & next_door
    assert len(found(street, ALL, Filter(unit_id=unit("310000")))) == len(every)
    assert len(found(street, scope_of(street.who("cheng.gang")), Filter(unit_id=body))) == 1  # which it leads
    assert len(found(street, scope_of(street.who("chen.jie")), Filter(unit_id=body))) == 1
    assert found(street, scope_of(street.who("next.door")), Filter(unit_id=body)) == []
    assert {r.channel for r in found(street, ALL, Filter(channel=Channel.public))} == {"public"}
    assert {r.matter_code for r in found(street, ALL, Filter(matter_code="01001"))} == {"01001"}
    since = found(street, ALL, Filter(since=now - timedelta(minutes=3, seconds=1)))
    assert len(since) + len(found(street, ALL, Filter(until=now - timedelta(minutes=3, seconds=1)))) == len(every)
    due = found(street, ALL, Filter(due_before=now + timedelta(minutes=29)), sort=Sort.deadline)
    assert due and all(r.deadline and r.deadline < now + timedelta(minutes=29) for r in due)
    assert len(due) < len(found(street, ALL, sort=Sort.deadline))


@pytest.mark.parametrize("half", [0.001, 0.05])
def test_a_box_finds_what_lies_in_it(street: Play, walk: int, half: float):
    box = (SPOT[0] - half, SPOT[1] - half, SPOT[0] + half, SPOT[1] + half)
    rows = found(street, ALL, Filter(box=box))
    here = [
        r
        for r in found(street, ALL)
        if r.lon and r.lat and abs(r.lon - SPOT[0]) <= half and abs(r.lat - SPOT[1]) <= half
    ]
    assert rows == here != []
    assert len(here) < len(found(street, ALL))


def test_late_is_late_from_its_deadline_on(play: Play):
    play.report()
    assert found(play, ALL, Filter(overdue=True)) == []
    play.tx.now += timedelta(minutes=31)  # no timer has fired yet
    assert len(found(play, ALL, Filter(overdue=True))) == 1
    assert found(play, ALL, Filter(overdue=False)) == []
    (count,) = queries_count.count_by_step(play.tx, ALL)
    assert (count.step, count.cases, count.overdue) == (Step.reported, 1, 1)


def test_who_bounced_it_still_sees_it_and_a_recalled_unit_does_not(play: Play):
    case = play.dispatched()
    handler = scope_of(play.who("cheng.gang"))
    order = play.order(case, "cheng.gang")
    assert [r.id for r in found(play, handler)] == [case.id]
    actions_request.ask_bounce(
        play.tx, play.who("cheng.gang"), AskBounce(case.id, order.id, BounceReason.not_ours, "不是我们的")
    )
    (request,) = [r for r in queries.get_course(play.tx, ALL, case.id).requests if r.granted is None]
    actions_request.decide_request(play.tx, play.who("chen.jie"), DecideRequest(case.id, request.id, True, "同意"))
    assert [r.id for r in found(play, handler)] == [case.id]
    play.tx.conn.execute("update cases.orders set state = 'recalled' where case_id = %s", [case.id])
    assert found(play, handler) == []
    assert broken(play.tx.conn).keys() <= {"case_counts_what_happened"}
    play.tx.conn.execute("update cases.orders set state = 'bounced' where case_id = %s", [case.id])


def test_a_unit_that_moves_takes_its_cases_along(street: Play):
    body, there = unit("310101019-chengguan"), scope_of(street.who("next.door"))
    mine = {r.id for r in found(street, ALL, Filter(unit_id=body))}
    assert mine and not mine & {r.id for r in found(street, there)}
    move_unit(street.tx, system("pack"), MoveUnit(body, unit("310101018")))
    assert mine <= {r.id for r in found(street, there)} == by_the_rule(street, there)
    assert "sight_is_seen_by" not in broken(street.tx.conn)
    move_unit(street.tx, system("pack"), MoveUnit(body, unit("310101019")))


def test_a_course_is_whole_and_in_its_order(play: Play):
    case = play.closed()
    course = queries.get_course(play.tx, ALL, case.id)
    assert course.case == play.now(case)
    assert course.orders == play.orders(case)
    assert course.clocks == play.clocks(case)
    assert {e.kind for e in course.evidence} == {"handled", "verified"}
    assert [r.told_at is not None for r in course.reports] == [True]
    assert set(course.words.values()) >= {"清理干净", "看过了"}
