"""The seven steps, each with its post, its evidence and its refusals (issue 2 §5)."""

from __future__ import annotations

import pytest

from world import FAR, SPOT, Play, unit
from yiwang.cases import (
    actions_contact,
    actions_dispatch,
    actions_file,
    actions_report,
    actions_request,
    actions_verify,
    queries,
    queries_contact,
    store,
)
from yiwang.cases.model import Channel, OrderState, PhotoKind, Step
from yiwang.cases.model_commands import (
    AddAssist,
    AnswerCheck,
    AskCheck,
    AskVoid,
    Assignment,
    CloseCase,
    Contact,
    DeclineCase,
    DispatchCase,
    FileCase,
    FinishOrder,
    PhotoUse,
    TakeOrder,
    VerifyCase,
)
from yiwang.kit.errors import Problem
from yiwang.kit.ids import new_id
from yiwang.network.model import Actor, ActorKind
from yiwang.network.rules import scope_of


def test_a_case_goes_through_all_seven_steps(play: Play) -> None:
    case = play.closed()
    assert case.step is Step.closed
    assert play.events(case) == [
        "reported", "accepted", "filed", "dispatched", "order_taken", "order_finished", "verified", "closed",
    ]  # fmt: skip
    times = [case.reported_at, case.accepted_at, case.filed_at, case.dispatched_at, case.handled_at, case.verified_at]
    assert all(t is not None for t in times) and case.closed_at is not None
    assert play.timers(case) == []


def test_a_certified_inspectors_report_files_and_dispatches_itself(play: Play) -> None:
    photo = play.photo("wang.lei", PhotoKind.near)
    case = play.report("wang.lei", channel=Channel.patrol, condition_id=play.condition(), photos=(photo,))
    assert (case.step, case.trusted) == (Step.handling, True)
    assert play.events(case) == ["reported", "accepted", "filed", "dispatched"]
    assert case.due_at is not None


@pytest.mark.parametrize("login", ["luo.yong", "zhang.min"])
def test_nobody_elses_report_files_itself(play: Play, login: str) -> None:
    photo = play.photo(login, PhotoKind.near)
    case = play.report(login, channel=Channel.patrol, condition_id=play.condition(), photos=(photo,))
    assert (case.step, case.trusted) == (Step.reported, False)


def test_an_inspector_without_photo_or_condition_is_not_trusted(play: Play) -> None:
    photo = play.photo("wang.lei", PhotoKind.near)
    assert not play.report("wang.lei", channel=Channel.patrol, photos=(photo,)).trusted
    assert not play.report("wang.lei", channel=Channel.patrol, condition_id=play.condition()).trusted


@pytest.mark.parametrize(
    ("acts", "trusted"), [({"case.report", "case.report_trusted"}, True), ({"case.report"}, False)]
)
def test_a_camera_is_trusted_only_by_its_token(play: Play, acts: set[str], trusted: bool) -> None:
    camera = Actor(new_id(), "探头 17", (), ActorKind.token, frozenset(acts))
    from yiwang.cases.model_commands import ReportCase

    cmd = ReportCase(
        new_id(), Channel.camera, "水管爆裂", "matter", "06010", condition_id=play.condition(), lon=SPOT[0], lat=SPOT[1]
    )
    assert actions_report.report_case(play.tx, camera, cmd).trusted is trusted


def test_the_public_reports_and_its_data_stay_out_of_the_ledger(play: Play) -> None:
    resident = Actor(new_id(), "", (), ActorKind.public)
    from yiwang.cases.model_commands import ReportCase

    contact = Contact("周阿姨", "13800001111")
    cmd = ReportCase(
        new_id(), Channel.public, "曹市弄口窨井盖响", "matter", "06010", lon=SPOT[0], lat=SPOT[1], contact=contact
    )
    case = actions_report.report_case(play.tx, resident, cmd)
    rows = play.tx.conn.execute("select body from ledger.entry where subject_id = %s", [case.id]).fetchall()
    assert "周阿姨" not in str(rows) and "13800001111" not in str(rows) and "曹市弄" not in str(rows)
    masked = queries_contact.get_contact(play.tx, scope_of(play.who("zhang.min")), case.id, case.id)
    assert (masked.name, masked.phone, masked.clear) == ("周**", "138****1111", False)
    own = queries_contact.get_contact(play.tx, scope_of(resident), case.id, case.id)
    assert (own.name, own.phone, own.clear) == ("周阿姨", "13800001111", True)
    actions_contact.erase_contact(play.tx, resident, case.id, case.id)
    with play.refused("case.contact_unknown"):
        queries_contact.get_contact(play.tx, scope_of(resident), case.id, case.id)
    left = play.tx.conn.execute("select sealed, name, phone, salt from cases.contact").fetchall()
    assert left == [(None, None, None, None)]
    assert play.events(case)[-1] == "contact_erased"


def test_the_same_report_again_is_one_case(play: Play) -> None:
    case_id = new_id()
    first, again = play.report(id=case_id), play.report(id=case_id)
    assert first.id == again.id and first.number == again.number
    with play.refused("case.exists"):
        play.report("wang.lei", id=case_id)


def test_a_report_is_placed_by_its_point_in_whatever_datum(play: Play) -> None:
    case = play.report()
    assert case.grid_code and case.grid_code.startswith("310101019")
    assert case.area_path.startswith("310000.310101.310101019.")
    shifted = play.report(lon=SPOT[0] + 0.00452, lat=SPOT[1] - 0.00197, datum="gcj02")
    assert shifted.lon == pytest.approx(SPOT[0], abs=0.0005) and shifted.area_path.startswith("310000.310101.310101019")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"lon": 2.35, "lat": 48.85}, "case.no_place"),
        ({"lon": None, "lat": None}, "case.no_place"),
        ({"lon": SPOT[0], "lat": None}, "case.half_place"),
        ({"lon": 31.2, "lat": 121.4}, "geo.swapped"),
        ({"matter_code": "99999"}, "city.no_matter"),
        ({"condition_id": new_id()}, "city.no_condition"),
        ({"self_handled": True}, "case.photo_missing"),
    ],
)
def test_a_report_that_cannot_be_is_refused_in_words(play: Play, fields: dict, code: str) -> None:
    with play.refused(code):
        play.report(**fields)


def test_a_report_without_a_point_lies_in_the_area_named(play: Play) -> None:
    case = play.report(lon=None, lat=None, area_code="310101019")
    assert case.area_path == "310000.310101.310101019" and case.grid_code is None


def test_a_photo_must_have_been_uploaded(play: Play) -> None:
    from yiwang.cases.model_commands import PhotoUse

    with play.refused("photo.not_uploaded"):
        play.report(photos=(PhotoUse("0" * 64, PhotoKind.near),))


def test_declining_needs_a_reason_and_tells_the_reporter(play: Play) -> None:
    case = play.report()
    with play.refused("case.reason_missing"):
        actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "  "))
    case = actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "不在受理范围"))
    assert case.step is Step.declined
    told = play.tx.conn.execute("select outcome from cases.report where case_id = %s", [case.id]).fetchone()
    assert told == ("declined",)


def test_checking_before_filing(play: Play) -> None:
    case = play.report()
    with play.refused("case.not_an_inspector"):
        actions_file.ask_check(play.tx, play.who("zhang.min"), AskCheck(case.id, play.who("cheng.gang").id))
    case = actions_file.ask_check(play.tx, play.who("zhang.min"), AskCheck(case.id, play.who("wang.lei").id))
    assert case.step is Step.checking
    photo = play.photo("wang.lei", PhotoKind.check)
    with play.refused("network.not_yours"):
        actions_file.answer_check(play.tx, play.who("liu.hang"), AnswerCheck(case.id, True, "属实", *SPOT, (photo,)))
    with play.refused("case.photo_missing"):
        actions_file.answer_check(play.tx, play.who("wang.lei"), AnswerCheck(case.id, True, "属实", *SPOT))
    with play.refused("case.too_far"):
        actions_file.answer_check(play.tx, play.who("wang.lei"), AnswerCheck(case.id, True, "属实", *FAR, (photo,)))
    case = actions_file.answer_check(play.tx, play.who("wang.lei"), AnswerCheck(case.id, True, "属实", *SPOT, (photo,)))
    assert case.step is Step.reported


def test_filing_hangs_on_a_condition(play: Play) -> None:
    case = play.accepted()
    with play.refused("case.no_condition"):
        actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id))
    case = actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))
    (clock,) = play.clocks(case)
    assert (clock.limit_value, clock.limit_clock) == (4, "work_hour")
    assert clock.due_at == case.due_at and clock.working


@pytest.mark.parametrize(
    ("step", "login", "code"),
    [
        ("accept", "wang.lei", "network.not_your_post"),
        ("accept", "next.door", "case.unknown"),
        ("accept", "shen.he", "network.auditor_reads_only"),
        ("accept", "qian.xi", "case.unknown"),
        ("accept", "chen.jie", "network.not_your_post"),
    ],
)
def test_each_step_has_its_post_and_its_area(play: Play, step: str, login: str, code: str) -> None:
    from yiwang.cases.model_commands import AcceptCase

    case = play.report()
    with play.refused(code):
        actions_file.accept_case(play.tx, play.who(login), AcceptCase(case.id))


def test_an_order_belongs_to_its_unit(play: Play) -> None:
    case = play.dispatched()
    order = play.orders(case)[0]
    with play.refused("network.not_your_order"):
        actions_dispatch.take_order(play.tx, play.who("kong.jie"), TakeOrder(case.id, order.id))
    with play.refused("network.not_your_post"):
        actions_dispatch.take_order(play.tx, play.who("chen.jie"), TakeOrder(case.id, order.id))


def test_finishing_needs_a_photo_after(play: Play) -> None:
    case = play.take(play.dispatched())
    order = play.order(case, "cheng.gang")
    wrong = play.photo("cheng.gang", PhotoKind.near)
    for photos in ((), (wrong,)):
        with play.refused("case.photo_missing"):
            actions_dispatch.finish_order(
                play.tx, play.who("cheng.gang"), FinishOrder(case.id, order.id, "已清理", photos)
            )


def test_parallel_orders_are_all_waited_for(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 1),))
    assert {o.state for o in play.orders(case)} == {OrderState.sent}
    case = play.finish(play.take(case))
    assert case.step is Step.handling
    case = play.finish(play.take(case, "meng.dali"), "meng.dali")
    assert case.step is Step.handled


def test_serial_orders_wait_their_turn(play: Play) -> None:
    case = play.dispatched(assists=(("310101019-huanwei", 2),))
    lead, assist = play.orders(case)
    assert (lead.state, assist.state, assist.due_at) == (OrderState.sent, OrderState.waiting, None)
    with play.refused("case.order_state"):
        play.take(case, "meng.dali")
    play.finish(play.take(case))
    assist = play.orders(case)[1]
    assert assist.state is OrderState.sent and assist.due_at is not None
    assert play.finish(play.take(case, "meng.dali"), "meng.dali").step is Step.handled


def test_an_assistant_can_be_added_but_not_twice(play: Play) -> None:
    case = play.dispatched()
    add = AddAssist(case.id, Assignment(unit("310101019-huanwei")))
    case = actions_dispatch.add_assist(play.tx, play.who("chen.jie"), add)
    assert [o.unit_name for o in play.orders(case)] == ["老西门街道综合行政执法队", "老西门环卫作业公司（演示）"]
    with play.refused("case.unit_twice"):
        actions_dispatch.add_assist(play.tx, play.who("chen.jie"), add)
    filed = play.filed()
    twice = DispatchCase(filed.id, Assignment(unit("310101019-chengguan")), (Assignment(unit("310101019-chengguan")),))
    with play.refused("case.unit_twice"):
        actions_dispatch.dispatch_case(play.tx, play.who("chen.jie"), twice)


def test_a_unit_that_does_not_exist_gets_no_order(play: Play) -> None:
    case = play.filed()
    with play.refused("case.unit_unknown"):
        actions_dispatch.dispatch_case(play.tx, play.who("chen.jie"), DispatchCase(case.id, Assignment(new_id())))


def test_verification_is_done_at_the_place(play: Play) -> None:
    case = play.handled()
    with play.refused("case.too_far") as caught:
        play.verify(case, at=FAR)
    assert 900 < caught.value.detail["distance_m"] < 1000
    with play.refused("case.place_missing"):
        play.verify(case, at=None)
    with play.refused("case.photo_missing"):
        actions_verify.verify_case(play.tx, play.who("wang.lei"), VerifyCase(case.id, True, "", *SPOT))
    assert play.verify(case).step is Step.verified


def test_nobody_verifies_their_own_work(play: Play) -> None:
    """kong.jie is a handler and an inspector: of another's work, not of his own."""
    case = play.finish(play.take(play.dispatched(lead="310101019-shizheng"), "kong.jie"), "kong.jie")
    with play.refused("case.own_work"):
        play.verify(case, "kong.jie")
    other = play.handled()
    assert play.verify(other, "kong.jie").step is Step.verified


def test_failed_verification_goes_back_to_the_same_unit_with_a_reason(play: Play) -> None:
    case = play.handled()
    photo = play.photo("wang.lei", PhotoKind.verified)
    with play.refused("case.reason_missing"):
        actions_verify.verify_case(play.tx, play.who("wang.lei"), VerifyCase(case.id, False, "", *SPOT, (photo,)))
    case = play.verify(case, passed=False)
    (order,) = play.orders(case)
    assert (case.step, case.reworks) == (Step.handling, 1)
    assert (order.state, order.round, order.unit_id) == (OrderState.taken, 2, unit("310101019-chengguan"))
    assert play.close(play.verify(play.finish(case), "liu.hang")).step is Step.closed


def test_rework_time_counts_and_time_between_does_not(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    due = play.now(case).due_at
    play.wait(minutes=30)
    case = play.finish(case)
    play.wait(minutes=45)
    case = play.verify(case, passed=False)
    assert due and case.due_at and (case.due_at - due).total_seconds() == 45 * 60
    assert play.orders(case)[0].due_at == case.due_at


def test_closing_names_the_condition_met_and_tells_every_reporter(play: Play) -> None:
    case = play.closed()
    assert case.close_condition == "清理干净"
    notices = play.tx.conn.execute("select kind from cases.notice where case_id = %s", [case.id]).fetchall()
    assert ("outcome.closed",) in notices
    with play.refused("case.wrong_step") as caught:
        actions_verify.close_case(play.tx, play.who("li.qing"), CloseCase(case.id, "x"))
    assert caught.value.detail["case"]["step"] == "closed"


def test_handled_on_the_spot_is_still_verified_by_another(play: Play) -> None:
    photos = (play.photo("wang.lei", PhotoKind.near), play.photo("wang.lei", PhotoKind.handled))
    case = play.report(
        "wang.lei", channel=Channel.patrol, condition_id=play.condition(), photos=photos, self_handled=True
    )
    assert case.step is Step.handled
    assert play.events(case) == ["reported", "accepted", "filed", "handled_on_spot"]
    with play.refused("case.own_work"):
        play.verify(case, "wang.lei")
    assert play.verify(case, "liu.hang").step is Step.verified


def test_the_same_photo_in_two_cases_is_flagged(play: Play) -> None:
    photo = play.photo("wang.lei", PhotoKind.near)
    first = play.report("wang.lei", photos=(photo,))
    second = play.report("wang.lei", photos=(photo,))
    sql = "select body from ledger.entry where subject_id = %s and n = 1"
    bodies = [str(play.tx.conn.execute(sql, [c.id]).fetchone()) for c in (first, second)]
    assert "photo_reused" not in bodies[0] and "photo_reused" in bodies[1]
    sql = "select reused_in from cases.evidence where case_id = %s"
    assert play.tx.conn.execute(sql, [second.id]).fetchone() == (first.id,)


def test_a_photo_taken_elsewhere_is_flagged(play: Play) -> None:
    far = play.photo("wang.lei", PhotoKind.near, exif=FAR)
    case = play.report("wang.lei", photos=(far,))
    row = play.tx.conn.execute("select distance_m from cases.evidence where case_id = %s", [case.id]).fetchone()
    assert row and 900 < row[0] < 1000
    body = play.tx.conn.execute("select body from ledger.entry where subject_id = %s", [case.id]).fetchone()
    assert "photo_far_away" in str(body)


def test_a_case_out_of_sight_does_not_exist(play: Play) -> None:
    case = play.report()
    for login in ("next.door", "qian.xi", "cheng.gang"):
        with pytest.raises(Problem) as caught:
            play.verify(case, login)
        assert caught.value.status == 404


def test_a_condition_of_another_matter_does_not_file_it(play: Play) -> None:
    case = play.accepted()
    with play.refused("case.condition_unfit"):
        actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition("缺失、移位、开裂")))
    with play.refused("case.condition_unfit"):
        play.report(condition_id=play.condition("缺失、移位、开裂"))


def test_what_people_write_is_bound_by_the_ledger_and_kept_beside_it(play: Play) -> None:
    case = play.report()
    actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "请联系王先生 13900002222"))
    bodies = str(play.tx.conn.execute("select body from ledger.entry where subject_id = %s", [case.id]).fetchall())
    assert "王先生" not in bodies and "13900002222" not in bodies
    words = queries.get_course(play.tx, scope_of(play.who("zhang.min")), case.id).words
    (digest,) = words
    assert digest in bodies and words[digest] == "请联系王先生 13900002222"


def test_a_photo_serves_once_in_a_case(play: Play) -> None:
    case = play.take(play.dispatched())
    photo = play.photo("cheng.gang", PhotoKind.handled)
    order = play.order(case, "cheng.gang")
    case = actions_dispatch.finish_order(
        play.tx, play.who("cheng.gang"), FinishOrder(case.id, order.id, "已清理", (photo,))
    )
    again = VerifyCase(case.id, True, "", *SPOT, (PhotoUse(photo.sha256, PhotoKind.verified),))
    with play.refused("case.photo_used"):
        actions_verify.verify_case(play.tx, play.who("wang.lei"), again)


def test_what_was_put_right_on_the_spot_and_was_not_awaits_dispatch(play: Play) -> None:
    """Its reporter handled it and has no order: sent back to "being handled" it would be nobody's."""
    photos = (play.photo("wang.lei", PhotoKind.near), play.photo("wang.lei", PhotoKind.handled))
    case = play.report(
        "wang.lei", channel=Channel.patrol, condition_id=play.condition(), photos=photos, self_handled=True
    )
    assert case.step is Step.handled and play.orders(case) == []
    play.wait(minutes=90)
    case = play.verify(case, "liu.hang", passed=False)
    assert (case.step, case.reworks, case.handled_at) == (Step.filed, 1, None)
    assert case.due_at is not None and case.due_at > play.tx.now, "the filing condition's limit, from now"
    case = play.dispatch(case)
    assert case.step is Step.handling and [o.due_at for o in play.orders(case)] == [case.due_at]
    assert play.close(play.verify(play.finish(case), "liu.hang")).step is Step.closed


def test_what_was_asked_is_asked_no_more_once_declined(play: Play) -> None:
    case = play.report()
    actions_request.ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, "重复"))
    actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "不属于受理范围"))
    assert [r.granted for r in store.REQUESTS.all(play.tx, case_id=case.id)] == [False]
