"""并案、应急、督办、催办、留言、评价."""

from __future__ import annotations

from datetime import timedelta

from world import SPOT, Play, unit
from yiwang.cases import (
    actions_emergency,
    actions_file,
    actions_merge,
    actions_talk,
    actions_verify,
    queries,
    queries_count,
)
from yiwang.cases.model import Case, OrderState, Step
from yiwang.cases.model_commands import (
    AcceptCase,
    AnswerSupervision,
    CommentCase,
    DeclareEmergency,
    DeclineCase,
    FileCase,
    MergeCase,
    RateReport,
    ReadComment,
    SuperviseCase,
    UnmergeCase,
    UrgeCase,
)
from yiwang.kit.ids import new_id
from yiwang.network.rules import scope_of


def near(play: Play, login: str = "zhang.min", **more: object) -> list[str]:
    fields = {
        "scheme": "GB/T 47678.5-2026", "matter_code": "06010", "lon": SPOT[0], "lat": SPOT[1] + 0.0003, "metres": 50.0,
        "since": play.tx.now - timedelta(hours=24),
    }  # fmt: skip
    return [n.number for n in queries.find_duplicates(play.tx, scope_of(play.who(login)), **{**fields, **more})]  # type: ignore[arg-type]


def test_duplicates_are_offered_by_matter_place_and_time(play: Play) -> None:
    case = play.report()
    assert near(play) == [case.number]
    assert near(play, metres=20.0) == []
    assert near(play, matter_code="06011") == []
    assert near(play, "next.door") == []
    assert near(play, since=play.tx.now + timedelta(seconds=1)) == []
    play.close(play.verify(play.finish(play.take(play.dispatch(play_filed(play, case))))))
    assert near(play) == []


def play_filed(play: Play, case: Case) -> Case:
    actions_file.accept_case(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    return actions_file.file_case(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))


def merge(play: Play, case: Case, into: Case) -> Case:
    return actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(case.id, into.id))


def test_merging_loses_no_reporter(play: Play) -> None:
    one = play.dispatched()
    other = play.report("wang.lei")
    merged = merge(play, other, one)
    assert (merged.step, merged.merged_into) == (Step.merged, one.id)
    assert play.timers(merged) == []
    play.close(play.verify(play.finish(play.take(one)), "gu.yan"))
    told = play.tx.conn.execute(
        "select reporter_id from cases.report where outcome = 'closed' and case_id = any(%s)", [[one.id, other.id]]
    ).fetchall()
    assert {t[0] for t in told} == {play.who("zhang.min").id, play.who("wang.lei").id}
    case = actions_verify.rate_report(play.tx, play.who("wang.lei"), RateReport(other.id, other.id, 5, True))
    assert case.id == one.id


def test_a_merge_can_be_undone(play: Play) -> None:
    one, other = play.dispatched(), play.filed(condition="缺失、移位、开裂")
    due = other.due_at
    merge(play, other, one)
    play.wait(minutes=40)
    with play.refused("case.reason_missing"):
        actions_merge.unmerge_case(play.tx, play.who("zhang.min"), UnmergeCase(other.id, " "))
    back = actions_merge.unmerge_case(play.tx, play.who("zhang.min"), UnmergeCase(other.id, "不是同一处"))
    assert (back.step, back.merged_into) == (Step.filed, None)
    assert due and back.due_at == due + timedelta(minutes=40)
    assert play.dispatch(back).step is Step.handling
    assert play.events(one)[-1] == "duplicate_joined"


def test_what_cannot_be_merged(play: Play) -> None:
    one, handled = play.dispatched(), play.handled()
    with play.refused("case.wrong_step"):
        merge(play, handled, one)
    with play.refused("case.merge_self"):
        merge(play, one, one)
    closed = play.closed()
    with play.refused("case.merge_into_ended"):
        merge(play, play.report(), closed)
    first, second = play.report(), play.report()
    merge(play, second, first)
    with play.refused("case.merge_chain"):
        merge(play, first, one)


def test_not_solved_reopens_once(play: Play) -> None:
    case = play.closed()
    with play.refused("case.report_unknown"):
        actions_verify.rate_report(play.tx, play.who("li.qing"), RateReport(case.id, case.id, 1, False))
    case = actions_verify.rate_report(play.tx, play.who("zhang.min"), RateReport(case.id, case.id, 1, False))
    assert (case.step, case.reopens, case.closed_at) == (Step.filed, 1, None)
    with play.refused("case.not_closed"):
        actions_verify.rate_report(play.tx, play.who("zhang.min"), RateReport(case.id, case.id, 1, False))
    case = play.close(play.verify(play.finish(play.take(play.dispatch(case)))))
    assert case.step is Step.closed
    with play.refused("case.rated_already"):
        actions_verify.rate_report(play.tx, play.who("zhang.min"), RateReport(case.id, case.id, 5, True))


def test_a_second_not_solved_does_not_reopen_again(play: Play) -> None:
    one = play.dispatched()
    other = play.report("wang.lei")
    merge(play, other, one)
    play.close(play.verify(play.finish(play.take(one)), "gu.yan"))
    one = actions_verify.rate_report(play.tx, play.who("wang.lei"), RateReport(other.id, other.id, 1, False))
    one = play.close(play.verify(play.finish(play.take(play.dispatch(one))), "gu.yan"))
    one = actions_verify.rate_report(play.tx, play.who("zhang.min"), RateReport(one.id, one.id, 1, False))
    assert one.step is Step.closed and play.events(one)[-1] == "report_rated"


def emergency(play: Play, case: Case, by: str = "he.ping", minutes: int = 30) -> Case:
    cmd = DeclareEmergency(
        case.id, play.who("he.ping").id, (unit("310101019-shizheng"), unit("310101-xiaofang")), minutes, "夜间爆管"
    )
    return actions_emergency.declare_emergency(play.tx, play.who(by), cmd)


def test_an_emergency_calls_everybody_at_once_and_the_paper_follows(play: Play) -> None:
    case = emergency(play, play.report())
    assert (case.step, case.owed, case.emergency) == (Step.handling, ("accept", "file"), True)
    assert [o.state for o in play.orders(case)] == [OrderState.sent] * 2
    assert case.due_at == play.tx.now + timedelta(minutes=30)
    case = play.finish(play.take(case, "kong.jie"), "kong.jie")
    assert case.step is Step.handling
    case = play.verify(play.finish(case, "zou.jun"))
    with play.refused("case.owed"):
        play.close(case)
    with play.refused("case.accept_first"):
        actions_file.file_late(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))
    case = actions_file.accept_late(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    with play.refused("case.not_owed"):
        actions_file.accept_late(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    case = actions_file.file_late(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))
    assert case.owed == () and case.due_at == case.reported_at + timedelta(minutes=30)
    assert play.close(case).step is Step.closed


def test_an_emergency_has_one_commander_of_the_area(play: Play) -> None:
    case = play.report()
    cmd = DeclareEmergency(case.id, play.who("cheng.gang").id, (unit("310101019-shizheng"),))
    with play.refused("case.not_a_commander"):
        actions_emergency.declare_emergency(play.tx, play.who("he.ping"), cmd)
    with play.refused("network.not_your_post"):
        emergency(play, case, "wang.lei")


def test_an_emergency_takes_over_what_was_already_sent(play: Play) -> None:
    case = emergency(play, play.take(play.dispatched()))
    assert case.owed == ()
    assert sorted(o.state for o in play.orders(case)) == ["recalled", "sent", "sent"]
    play.wait(minutes=31)
    assert play.now(case).overdue_at is not None


def supervise(play: Play, case: Case, hours: int = 2) -> Case:
    cmd = SuperviseCase(case.id, unit("310101019-chengguan"), "为何迟迟不办", hours)
    return actions_talk.supervise_case(play.tx, play.who("sun.lan"), cmd)


def supervision_id(play: Play, case: Case):
    return play.tx.conn.execute("select id from cases.supervision where case_id = %s", [case.id]).fetchone()[0]  # type: ignore[index]


def test_a_supervision_must_be_answered_by_that_unit_once(play: Play) -> None:
    case = supervise(play, play.dispatched())
    answer = AnswerSupervision(case.id, supervision_id(play, case), "已安排")
    with play.refused("case.unknown"):
        actions_talk.answer_supervision(play.tx, play.who("meng.dali"), answer)
    actions_talk.answer_supervision(play.tx, play.who("cheng.gang"), answer)
    with play.refused("case.answered_already"):
        actions_talk.answer_supervision(play.tx, play.who("cheng.gang"), answer)
    play.wait(hours=3)
    assert "limit_passed" not in play.events(case)


def test_an_unanswered_supervision_is_told(play: Play) -> None:
    case = supervise(play, play.dispatched())
    play.wait(hours=2)
    assert play.events(case)[-1] == "limit_passed"
    rows = play.tx.conn.execute("select person_id from cases.notice where kind = 'limit.passed'").fetchall()
    assert (play.who("sun.lan").id,) in rows


def test_urging_tells_whoever_has_it_in_hand(play: Play) -> None:
    case = actions_talk.urge_case(play.tx, play.who("shi.guoqiang"), UrgeCase(play.dispatched().id))
    row = play.tx.conn.execute("select unit_id from cases.notice where kind = 'urged'").fetchone()
    assert row == (unit("310101019-chengguan"),) and play.events(case)[-1] == "urged"


def test_a_mention_is_told_and_its_reading_receipted_once(play: Play) -> None:
    case, comment = play.dispatched(), new_id()
    handler = play.who("cheng.gang")
    cmd = CommentCase(case.id, comment, "请尽快到场", (handler.id,))
    actions_talk.comment_case(play.tx, play.who("zhang.min"), cmd)
    for _ in range(2):
        actions_talk.read_comment(play.tx, handler, ReadComment(case.id, comment))
    assert play.events(case)[-2:] == ["commented", "comment_read"]
    (seen,) = queries.get_course(play.tx, scope_of(handler), case.id).comments
    assert seen.read_by == (handler.id,)


def test_a_handlers_unit_may_speak_and_a_stranger_may_not(play: Play) -> None:
    case = play.dispatched()
    actions_talk.comment_case(play.tx, play.who("cheng.gang"), CommentCase(case.id, new_id(), "在路上"))
    with play.refused("case.unknown"):
        actions_talk.comment_case(play.tx, play.who("next.door"), CommentCase(case.id, new_id(), "看看"))
    with play.refused("network.auditor_reads_only"):
        actions_talk.comment_case(play.tx, play.who("shen.he"), CommentCase(case.id, new_id(), "看看"))


def test_an_unanswered_supervision_outlives_the_close(play: Play) -> None:
    case = supervise(play, play.handled(), hours=5)
    play.close(play.verify(case))
    play.wait(hours=6)
    assert play.events(case)[-1] == "limit_passed"


def test_counts_say_what_is_late_now(play: Play) -> None:
    def late() -> dict[str, int]:
        counts = queries_count.count_by_step(play.tx, scope_of(play.who("chen.jie")))
        return {c.step.value: c.overdue for c in counts}

    play.report()
    play.dispatched(condition="缺失、移位、开裂")
    play.handled(condition="缺失、移位、开裂")
    assert late() == {"reported": 0, "handling": 0, "handled": 0}
    play.tx.now += timedelta(hours=3)
    assert late() == {"reported": 1, "handling": 1, "handled": 0}
    play.tx.now += timedelta(hours=24)
    assert late() == {"reported": 1, "handling": 1, "handled": 1}


def test_declining_leaves_no_timer_behind(play: Play) -> None:
    case = supervise(play, play.report())
    case = actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "不在受理范围"))
    assert play.timers(case) == []
