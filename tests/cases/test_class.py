"""改类: a case is put under the class it belongs to, and all that hangs on the class is right afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from world import SPOT, Play
from yiwang.assess import actions as assess
from yiwang.cases import (
    actions_class,
    actions_emergency,
    actions_file,
    actions_merge,
    actions_report,
    actions_request,
    queries,
    rules_class,
)
from yiwang.cases.model import BounceReason, Case, Channel, OrderState, PhotoKind, Step
from yiwang.cases.model_class import ClassOf, ReclassifyCase
from yiwang.cases.model_commands import (
    AcceptCase,
    AskBounce,
    DecideRequest,
    DeclareEmergency,
    FileCase,
    MergeCase,
    ReportCase,
)
from yiwang.cases.queries_clock import find_deadline
from yiwang.cases.queries_list import Filter, count_found, list_cases
from yiwang.cases.queries_told import walk_lies
from yiwang.cases.rules_public import OTHER, tell_public
from yiwang.city.model_rules import Field, Kind, Matter
from yiwang.city.queries_rules import list_conditions
from yiwang.dispatch.queries import recommend
from yiwang.flows.case_room import OpenCaseRoom, open_case_room
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import list_entries
from yiwang.rooms.queries import get_room

GB, EXT, FORMER = "GB/T 47678.5-2026", "YIWANG-EXT", "GB/T 30428.2-2013"
RUBBISH, ROAD, FUMES = ClassOf("matter", "06010"), ClassOf("matter", "06013"), ClassOf("matter", "06027")
COVER, LAMP = ClassOf("matter", "01001"), ClassOf("matter", "01037")
"""供水井盖异常 has conditions of the former scheme, as has 供水井盖; 油烟污染 has none."""


def other(play: Play, **more: Any) -> Case:
    """Reported as 其他（待归类）."""
    return play.report(
        **{"channel": Channel.public, "scheme": OTHER[0], "matter_code": OTHER[1], "description": "地上有个大坑"} | more
    )


def conditions(play: Play, to: ClassOf) -> list[UUID]:
    return [c.id for c in list_conditions(play.tx, to.scheme, to.matter_code, to.matter_kind)]


def put(play: Play, case: Case, to: ClassOf, by: str = "zhang.min", **more: Any) -> Case:
    return actions_class.reclassify_case(play.tx, play.who(by), ReclassifyCase(case.id, to, **more))


def said(play: Play, case: Case) -> list[dict[str, Any]]:
    found = [e for e in list_entries(play.tx, case.id) if e.event == "case.reclassified"]
    return [msgspec.json.decode(e.body) for e in found]


def code_of(case: Case) -> tuple[str, str, str]:
    return case.scheme, case.matter_kind, case.matter_code


# ── before filing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_called_other_is_put_under_its_class(play: Play) -> None:
    case = other(play)
    lead = {c: recommend(play.tx, scheme=s, kind="matter", code=c, area_id=case.area_id, at=play.tx.now) for s, c in
            (OTHER, (GB, "06013"))}  # fmt: skip
    play.wait(minutes=3)
    after = put(play, case, ROAD, reason="照片上是路面坑槽")
    assert code_of(after) == (GB, "matter", "06013") and after.matter_name == "道路破损"
    assert (after.step, after.step_since, after.step_due_at) == (case.step, case.step_since, case.step_due_at)
    (entry,) = said(play, case)
    assert (entry["matter_was"], entry["matter"]) == (f"{OTHER[0]} matter {OTHER[1]}", f"{GB} matter 06013")
    assert entry["matter_name_was"] == "其他问题（待归类）" and entry["text_digest"]
    now = recommend(
        play.tx, scheme=after.scheme, kind=after.matter_kind, code=after.matter_code, area_id=after.area_id,
        at=play.tx.now,
    )  # fmt: skip
    assert now.lead == lead["06013"].lead != lead[OTHER[1]].lead


def test_lists_counts_search_and_duplicates_know_it_by_its_new_class(play: Play) -> None:
    near = play.report(matter_code="06013", description="路面破了")
    case = put(play, other(play), ROAD)

    def found(**wanted: Any) -> list[UUID]:
        return [r.id for r in list_cases(play.tx, EVERYTHING, Filter(**wanted))]

    assert case.id in found(matter_code="06013") and case.id not in found(matter_code=OTHER[1])
    assert count_found(play.tx, EVERYTHING, Filter(matter_code="06013"), 9) == 2
    assert case.id in found(words="道路破损 大坑") and case.id not in found(words="待归类")
    since = play.tx.now - timedelta(hours=1)
    twins = queries.find_duplicates(
        play.tx, EVERYTHING, scheme=GB, matter_code="06013", lon=SPOT[0], lat=SPOT[1], since=since, metres=50
    )
    assert {t.id for t in twins} == {case.id, near.id}


def test_its_room_is_called_what_it_is(play: Play) -> None:
    case, chen = other(play), play.who("chen.jie")
    room = open_case_room(play.tx, chen, OpenCaseRoom(new_id(), case.id)).room
    assert room.name == f"{case.number} 其他问题（待归类）"
    put(play, case, ROAD)
    assert get_room(play.tx, chen, room.id).room.name == f"{case.number} 道路破损"


def test_a_condition_that_does_not_fit_falls_away_and_one_that_does_stays(play: Play) -> None:
    urgent = play.condition("缺失、移位、开裂")
    case = play.report(matter_code="01001", condition_id=urgent)
    same = put(play, case, ClassOf("component", "01001"))
    assert same.condition_id == urgent, "a cover's fault and the cover have the same conditions"
    gone = put(play, same, ROAD)
    assert gone.condition_id is None and said(play, case)[-1]["condition"] is None
    road = conditions(play, ROAD)[0]
    assert put(play, gone, RUBBISH, condition_id=play.condition()).condition_id == play.condition()
    with play.refused("case.condition_unfit"):
        put(play, gone, COVER, condition_id=road)


def test_filing_under_another_class_is_one_act(play: Play) -> None:
    case = actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(other(play).id))
    condition = conditions(play, ROAD)[0]
    foretold = find_deadline(play.tx, EVERYTHING, case.id, condition)
    filed = actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, condition, to=ROAD))
    assert (filed.step, filed.matter_code, filed.condition_id) == (Step.filed, "06013", condition)
    assert filed.due_at == foretold.due_at and len(foretold.working) > 1
    assert play.events(case)[-2:] == ["reclassified", "filed"]
    with play.refused("case.condition_unfit"):
        again = actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(other(play).id))
        actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(again.id, play.condition(), to=ROAD))


def test_who_files_it_as_somebody_else_has_put_it_meanwhile_files_it(play: Play) -> None:
    case = put(play, actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(other(play).id)), ROAD)
    cmd = FileCase(case.id, conditions(play, ROAD)[0], to=ROAD)
    assert actions_file.file_case(play.tx, play.who("li.qing"), cmd).step is Step.filed
    assert len(said(play, case)) == 1


def test_an_emergency_is_filed_late_as_what_it_was(play: Play) -> None:
    case = other(play, description="水漫出来了")
    cmd = DeclareEmergency(case.id, play.who("he.ping").id, (play.who("cheng.gang").posts[0].unit_id,), 30)
    case = actions_emergency.declare_emergency(play.tx, play.who("zhang.min"), cmd)
    actions_file.accept_late(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    burst = ClassOf("matter", "21001", EXT)
    condition = conditions(play, burst)[0]
    assert find_deadline(play.tx, EVERYTHING, case.id, condition).due_at == case.due_at, "no condition moves it now"
    with play.refused("case.wrong_step"):
        put(play, case, burst)
    late = actions_file.file_late(play.tx, play.who("zhang.min"), FileCase(case.id, condition, to=burst))
    assert (late.matter_code, late.due_at, late.owed) == ("21001", case.due_at, ())


# ── filed, and not yet dispatched ─────────────────────────────────────────────────────────────────────────────────────


def test_the_limit_of_the_right_class_counts_from_filing(play: Play) -> None:
    case = play.filed()
    filed_at = play.tx.now
    play.wait(minutes=25)
    road = conditions(play, ROAD)[0]
    foretold = find_deadline(play.tx, EVERYTHING, case.id, road)
    after = put(play, case, ROAD, condition_id=road)
    assert (after.step, after.condition_id, after.due_at) == (Step.filed, road, foretold.due_at)
    assert after.step_due_at == case.step_due_at and case.due_at != after.due_at
    (clock,) = play.clocks(after)
    assert clock.started_at == filed_at and clock.due_at == after.due_at
    assert len([t for t in play.timers(after) if t.key == str(clock.id)]) == 1
    assert said(play, after)[0]["limits"]["due_at"] and said(play, after)[0]["limit"]
    entry = next(e for e in list_entries(play.tx, case.id) if e.event == "case.reclassified")
    back = put(play, after, RUBBISH, condition_id=case.condition_id)
    assert back.due_at == case.due_at, "nobody has won or lost time by it"
    assert tell_public([entry], case.id)[0].zh == "归入“道路破损”办理"


def test_a_limit_that_is_over_by_then_is_said_to_be(play: Play) -> None:
    case = play.filed()
    case = put(play, case, ROAD, condition_id=conditions(play, ROAD)[-1])
    play.wait(hours=6)
    assert play.now(case).overdue_at is None
    case = put(play, case, RUBBISH, condition_id=play.condition())
    assert case.due_at is not None and case.due_at < play.tx.now
    play.wait(minutes=1)
    assert play.now(case).overdue_at == case.due_at and "limit_passed" in play.events(case)


def test_what_was_late_by_the_wrong_class_stays_so(play: Play) -> None:
    case = play.filed()
    play.wait(hours=5)
    late = play.now(case)
    assert late.overdue_at == late.due_at
    after = put(play, late, ROAD, condition_id=conditions(play, ROAD)[-1])
    assert after.due_at is not None and after.due_at > play.tx.now and after.overdue_at == late.overdue_at


def test_a_class_without_conditions_has_no_limit_and_back_it_has(play: Play) -> None:
    case = play.filed()
    assert conditions(play, FUMES) == []
    for to in (FUMES, ROAD):
        with play.refused("case.no_condition"):
            put(play, case, to)
    none = put(play, case, FUMES, open_ended=True)
    assert (none.condition_id, none.due_at, play.clocks(none)) == (None, None, [])
    back = put(play, none, RUBBISH, condition_id=play.condition())
    assert back.due_at == case.due_at
    none = put(play, back, FUMES, open_ended=True)
    handling = play.dispatch(none)
    assert handling.due_at is None and play.orders(handling)[0].due_at is None
    play.close(play.verify(play.finish(play.take(handling))))


def test_a_deadline_that_another_authority_has_set_stays(play: Play) -> None:
    case, due = play.accepted(), play.tx.now + timedelta(hours=9)
    case = actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition(), due))
    road = conditions(play, ROAD)[0]
    assert find_deadline(play.tx, EVERYTHING, case.id, road).due_at == due
    after = put(play, case, ROAD, condition_id=road)
    assert (after.due_at, after.condition_id) == (due, road)


def test_returned_as_wrongly_classed_it_goes_to_whose_it_is(play: Play) -> None:
    case = play.dispatched()
    cmd = AskBounce(case.id, play.order(case, "cheng.gang").id, BounceReason.wrong_matter, "是路面坏了")
    actions_request.ask_bounce(play.tx, play.who("cheng.gang"), cmd)
    (request,) = queries.get_course(play.tx, EVERYTHING, case.id).requests
    case = actions_request.decide_request(play.tx, play.who("chen.jie"), DecideRequest(case.id, request.id, True))
    play.wait(minutes=10)
    case = put(play, case, ROAD, condition_id=conditions(play, ROAD)[0])
    sent = play.dispatch(case, "310101019-shizheng")
    (order,) = [o for o in play.orders(sent) if o.state is OrderState.sent]
    limit = {(c.limit_value, c.limit_clock) for c in play.clocks(sent) if c.stopped_at is None}
    assert len(limit) == 1, "the order's limit is the case's"
    assert sent.due_at is not None and order.due_at is not None and order.due_at > sent.due_at
    with play.refused("case.wrong_step"):
        put(play, sent, RUBBISH, condition_id=play.condition())


def test_assessed_by_the_limit_that_it_had_in_the_end(play: Play) -> None:
    """The invariants at the end of each test hold the facts to the ledger; here what they say of the case."""
    case = play.filed()
    case = put(play, case, ROAD, condition_id=conditions(play, ROAD)[-1])
    play.wait(hours=6)
    play.close(play.verify(play.finish(play.take(play.dispatch(case)))))
    play.settle()
    assess.follow(play.tx)
    sql = "select due_at, done_at from assess.fact where case_id = %s and kind = 'whole'"
    (fact,) = play.tx.conn.execute(sql, [case.id]).fetchall()
    assert fact[0] == case.due_at and fact[1] <= fact[0]


# ── components ────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_component(play: Play, code: str) -> str:
    """One of this class that stands in the street."""
    sql = "select c.code from city.component c where c.scheme = %s and c.type_code = %s and c.grid_code like '310101019%%'"
    row = play.tx.conn.execute(sql, [GB, code]).fetchone()
    assert row, code
    return row[0]


def component_types(play: Play) -> list[str]:
    sql = "select distinct type_code from city.component where grid_code like '310101019%' order by type_code"
    return [t for (t,) in play.tx.conn.execute(sql)]


def test_a_components_case_loses_the_link_with_its_class_and_has_it_again(play: Play) -> None:
    one, two, *_ = component_types(play)
    code = a_component(play, one)
    case = play.report(matter_kind="component", matter_code=one, component=code)
    event = put(play, case, ROAD)
    assert event.component is None and said(play, case)[0]["component_was"] == code
    fault = put(play, event, ClassOf("matter", one))
    assert fault.component == code, "its fault: the same numbers"
    elsewhere = put(play, fault, ClassOf("component", two))
    assert elsewhere.component is None
    assert put(play, elsewhere, ClassOf("component", one)).component == code
    named = put(play, case, ClassOf("component", two, component=a_component(play, two)))
    assert named.component == a_component(play, two) and said(play, case)[-1]["component"] == named.component


def test_the_component_named_must_be_there_and_of_the_class(play: Play) -> None:
    one, two, *_ = component_types(play)
    case = other(play)
    with play.refused("case.component_unfit"):
        put(play, case, ClassOf("component", one, component=a_component(play, two)))
    with play.refused("component.none"):
        put(play, case, ClassOf("component", one, component=f"310101{one}999999"))
    linked = put(play, case, ClassOf("component", one))
    assert linked.component is None
    again = put(play, linked, ClassOf("component", one, component=a_component(play, one)))
    assert again.component, "the same class, and now it is known which one"
    with play.refused("case.same_matter"):
        put(play, again, ClassOf("component", one, component=again.component))


@pytest.mark.parametrize(
    ("component", "scheme", "kind", "code", "fits"),
    [
        ("31010101001000123", GB, Kind.component, "01001", True),
        ("31010101001000123", GB, Kind.matter, "01001", True),  # its fault
        ("31010101001000123", GB, Kind.component, "01002", False),
        ("31010101001000123", GB, Kind.matter, "06010", False),
        ("3205080101000001", FORMER, Kind.component, "01-01", True),
        ("3205080101000001", FORMER, Kind.matter, "01-01", False),  # 私搭乱建: events had numbers of their own
        ("3205080101000001", GB, Kind.component, "01010", False),  # by its length it is of the former scheme
    ],
)
def test_which_class_a_components_code_holds(component: str, scheme: str, kind: Kind, code: str, fits: bool) -> None:
    matter = Matter(scheme, code, kind, code[:2], "", "x", "", Field.facilities, "", "")
    assert rules_class.is_of_class(component, matter) is fits


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (ClassOf("matter", "99999"), "city.no_matter"),
        (ClassOf("component", "06013"), "city.no_matter"),
        (ClassOf("matter", "06013", "no such"), "city.no_matter"),
        (ClassOf("matter", "01-13", FORMER), "city.scheme_over"),
        (ClassOf("matter", OTHER[1], OTHER[0]), "case.same_matter"),
    ],
)
def test_a_class_that_will_not_do_is_refused_in_words(play: Play, to: ClassOf, code: str) -> None:
    case = other(play)
    before = play.now(case)
    with play.refused(code):
        put(play, case, to)
    assert play.now(case) == before and said(play, case) == []


@pytest.mark.parametrize("step", ["dispatched", "handled", "closed"])
def test_after_dispatch_it_is_too_late(play: Play, step: str) -> None:
    with play.refused("case.wrong_step"):
        put(play, getattr(play, step)(), ROAD)


@pytest.mark.parametrize(
    ("login", "code"),
    [("wang.lei", "network.not_your_post"), ("chen.jie", "network.not_your_post"), ("next.door", "case.unknown")],
)
def test_whose_it_is(play: Play, login: str, code: str) -> None:
    case = other(play)
    with play.refused(code):
        put(play, case, ROAD, by=login)


def test_a_merged_case_keeps_what_it_was_called_and_its_reporter_is_told_all_the_same(play: Play) -> None:
    case, twin = other(play), other(play, id=new_id())
    actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(twin.id, case.id))
    with play.refused("case.wrong_step"):
        put(play, twin, ROAD)
    put(play, case, ROAD)
    actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, conditions(play, ROAD)[0]))
    play.close(play.verify(play.finish(play.take(play.dispatch(play.now(case))))))
    assert play.now(twin).matter_code == OTHER[1]
    reports = queries.get_course(play.tx, EVERYTHING, case.id).reports
    assert len(reports) == 2 and all(r.outcome == "closed" for r in reports)


# ── what was said before holds ────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_sent_again_is_still_the_same_report(play: Play) -> None:
    photo = play.photo("zhang.min", PhotoKind.near)
    cmd = ReportCase(
        new_id(),
        Channel.hotline,
        "地上有个大坑",
        "matter",
        OTHER[1],
        OTHER[0],
        lon=SPOT[0],
        lat=SPOT[1],
        photos=(photo,),
    )
    case = actions_report.report_case(play.tx, play.who("zhang.min"), cmd)
    put(play, case, ROAD)
    again = actions_report.report_case(play.tx, play.who("zhang.min"), cmd)
    assert (again.id, again.matter_code) == (case.id, "06013")
    with play.refused("case.id_reused"):
        another = ReportCase(
            cmd.id, cmd.channel, cmd.description, "matter", "06013", lon=SPOT[0], lat=SPOT[1], photos=(photo,)
        )
        actions_report.report_case(play.tx, play.who("zhang.min"), another)


@pytest.mark.parametrize("change", ["matter_code = '06036'", "matter_name = '别的'", "component = '31010101001000123'",
                                    "condition_id = null"])  # fmt: skip
def test_a_class_changed_behind_the_ledgers_back_is_found(play: Play, change: str) -> None:
    case = put(play, other(play), ROAD, condition_id=conditions(play, ROAD)[0])
    n = len(list_entries(play.tx, case.id))
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute(f"update cases.case set {change} where id = %s".encode(), [case.id])
        lies = list(walk_lies(play.tx, case.id))
        assert [lie.n for lie in lies] == [n] and re.match(r"matter|component|condition", lies[0].what)
