"""What waits for whom: by duty, by time left, page by page. That it is all and only what `acts` says must be done, in every
state and post: tests/strangers/test_acts.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from world import STREET, Play, unit
from yiwang.cases import actions_emergency, actions_file, actions_request, actions_talk, queries_acts, queries_tasks
from yiwang.cases.model import Case
from yiwang.cases.model_commands import (
    AcceptCase,
    AskAppeal,
    AskCheck,
    AskExtension,
    AskSuspension,
    CommentCase,
    DecideRequest,
    DeclareEmergency,
    FileCase,
    ReadComment,
    SuperviseCase,
)
from yiwang.cases.queries_tasks import Task, Wanted
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import new_id
from yiwang.network.actions_people import grant_post
from yiwang.network.model import Actor, ActorKind, PostKind, system
from yiwang.network.model_people import GrantPost
from yiwang.network.rules import scope_of


def tasks(play: Play, login: str | Actor, wanted: Wanted | None = None, **more: Any) -> list[Task]:
    actor = play.who(login) if isinstance(login, str) else login
    return queries_tasks.list_tasks(play.tx, scope_of(actor), actor, wanted or Wanted(), **more)


def moves(play: Play, login: str, case: Case) -> list[str]:
    return [t.move for t in tasks(play, login) if t.case.id == case.id]


def acts(play: Play, login: str, case: Case) -> dict[str, bool]:
    """move → must."""
    actor = play.who(login)
    return {a.move: a.must for a in queries_acts.list_acts(play.tx, scope_of(actor), actor, case.id)}


def grant(play: Play, login: str, kind: PostKind, code: str = STREET, grids: tuple[UUID, ...] = ()) -> None:
    cmd = GrantPost(new_id(), play.who(login).id, kind, unit(code), grids)
    grant_post(play.tx, system("pack"), cmd)


def emergency(play: Play, case: Case) -> Case:
    cmd = DeclareEmergency(case.id, play.who("he.ping").id, (unit(f"{STREET}-shizheng"),), 30, "夜间爆管")
    return actions_emergency.declare_emergency(play.tx, play.who("he.ping"), cmd)


def test_a_case_waits_for_one_after_the_other(play: Play):
    case = play.report()
    assert moves(play, "zhang.min", case) == ["accept"] and moves(play, "chen.jie", case) == []
    case = play.filed()
    assert moves(play, "zhang.min", case) == [] and moves(play, "chen.jie", case) == ["dispatch"]
    play.dispatch(case)
    assert moves(play, "cheng.gang", case) == ["take"] == moves(play, "yu.bo", case)
    play.take(case)
    mine, his = tasks(play, "cheng.gang"), tasks(play, "yu.bo")
    assert [(t.move, t.mine) for t in mine] == [("finish", True)] and [(t.move, t.mine) for t in his] == [
        ("finish", False)
    ]
    assert mine[0].deadline == play.order(case, "cheng.gang").due_at and mine[0].order_id == mine[0].about
    play.finish(case)
    assert moves(play, "gu.yan", case) == ["verify"] and moves(play, "cheng.gang", case) == []
    play.verify(case)
    assert moves(play, "zhang.min", case) == ["close"]
    play.close(case)
    assert moves(play, "zhang.min", case) == []


def test_an_inspector_verifies_in_the_duty_grids_a_verifier_everywhere_nobody_their_own(play: Play):
    case = play.handled()
    here = {login for login in ("wang.lei", "lin.feng", "jiang.hua", "yang.cheng") if moves(play, login, case)}
    grid = play.now(case).duty_grid_id
    bound = {p.grids for login in here for p in play.who(login).posts}
    assert bound == {(grid,)} and len(here) == 2
    assert moves(play, "gu.yan", case) == ["verify"]
    # kong.jie handles for the municipal works and is an inspector of the whole street as well
    own = play.finish(play.take(play.dispatched(lead="310101019-shizheng"), "kong.jie"), "kong.jie")
    assert moves(play, "kong.jie", own) == [] and moves(play, "kong.jie", case) == ["verify"]
    assert acts(play, "kong.jie", own).get("verify") is None
    assert acts(play, "wang.lei", case)["verify"] is False, "allowed in the whole street, though not theirs to do"
    grant(play, "next.door", PostKind.inspector, "310101018", (grid,))
    assert moves(play, "next.door", case) == [], "a duty grid gives nobody other ground than their post's"


def test_whoever_handled_it_does_not_close_it(play: Play):
    grant(play, "kong.jie", PostKind.operator)
    own = play.finish(play.take(play.dispatched(lead="310101019-shizheng"), "kong.jie"), "kong.jie")
    play.verify(own)
    assert moves(play, "zhang.min", own) == ["close"] and moves(play, "kong.jie", own) == []
    assert "close" not in acts(play, "kong.jie", own)


def test_what_an_emergency_skipped_is_made_good_before_it_is_closed(play: Play):
    case = emergency(play, play.report())
    play.finish(play.take(case, "kong.jie"), "kong.jie")
    play.verify(case)
    assert moves(play, "zhang.min", case) == ["accept_late"] and "close" not in acts(play, "zhang.min", case)
    actions_file.accept_late(play.tx, play.who("zhang.min"), AcceptCase(case.id))
    assert moves(play, "zhang.min", case) == ["file_late"]
    actions_file.file_late(play.tx, play.who("zhang.min"), FileCase(case.id, play.condition()))
    assert moves(play, "zhang.min", case) == ["close"]


def test_a_check_waits_for_whoever_was_sent(play: Play):
    case = play.report("wang.lei")
    inspector = play.who("lin.feng")
    actions_file.ask_check(play.tx, play.who("zhang.min"), AskCheck(case.id, inspector.id))
    assert moves(play, "lin.feng", case) == ["answer_check"]
    assert moves(play, "wang.lei", case) == [], "an inspector who follows it as its reporter"
    assert moves(play, "zhang.min", case) == [], "the operator waits"
    assert acts(play, "zhang.min", case)["accept"] is False, "but need not"


def test_what_stands_still_waits_for_nobody(play: Play):
    case = play.take(play.dispatched())
    order = play.order(case, "cheng.gang")
    until = play.tx.now.replace(day=28)
    actions_request.ask_suspension(play.tx, play.who("cheng.gang"), AskSuspension(case.id, order.id, "等料", until))
    asked = tasks(play, "sun.lan")
    assert [(t.move, t.order_id) for t in asked] == [("decide_suspend", order.id)] and moves(
        play, "chen.jie", case
    ) == []
    assert asked[0].request_id is not None
    actions_request.decide_request(play.tx, play.who("sun.lan"), DecideRequest(case.id, asked[0].request_id, True))
    assert moves(play, "cheng.gang", case) == [] and "finish" not in acts(play, "cheng.gang", case)
    assert acts(play, "sun.lan", case)["resume"] is False


def test_nobody_is_asked_to_decide_their_own_request(play: Play):
    case = play.take(play.dispatched())
    order = play.order(case, "cheng.gang")
    actions_request.ask_extension(play.tx, play.who("cheng.gang"), AskExtension(case.id, order.id, "等料"))
    assert moves(play, "chen.jie", case) == ["decide_extend"]
    assert "decide_extend" not in acts(play, "cheng.gang", case) and "ask_extend" not in acts(play, "cheng.gang", case)
    grant(play, "cheng.gang", PostKind.dispatcher)
    play.dispatched()
    assert {t.move for t in tasks(play, "cheng.gang")} == {"finish", "take"}, "a dispatcher as well, of all but this"
    assert "decide_extend" not in acts(play, "cheng.gang", case)


def test_whoever_reviewed_an_appeal_is_not_asked_again(play: Play):
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.wait(hours=3)
    play.close(play.verify(play.finish(case)))
    actions_request.ask_appeal(play.tx, play.who("cheng.gang"), AskAppeal(case.id, "现场被占用"))
    assert moves(play, "chen.jie", case) == ["decide_appeal"] == moves(play, "zhang.min", case)
    request = tasks(play, "chen.jie")[0].request_id
    assert request
    actions_request.decide_request(play.tx, play.who("chen.jie"), DecideRequest(case.id, request, True))
    assert moves(play, "chen.jie", case) == [] and "decide_appeal" not in acts(play, "chen.jie", case)
    assert moves(play, "zhang.min", case) == ["decide_appeal"]


def test_with_the_order_goes_what_was_asked_of_its_unit(play: Play):
    """A mention and a demand to answer, of a unit that sees the case no more."""
    case = play.dispatched()
    named = CommentCase(case.id, new_id(), "请看", (play.who("cheng.gang").id,))
    actions_talk.comment_case(play.tx, play.who("zhang.min"), named)
    demand = SuperviseCase(case.id, play.order(case, "cheng.gang").unit_id, "请说明")
    actions_talk.supervise_case(play.tx, play.who("sun.lan"), demand)
    assert set(moves(play, "cheng.gang", case)) == {"take", "read_comment", "answer_supervision"}
    emergency(play, case)
    with pytest.raises(NotFound):
        acts(play, "cheng.gang", case)
    assert tasks(play, "cheng.gang") == []


def test_who_is_named_with_at_is_told_until_they_have_read(play: Play):
    case, comment = play.dispatched(), new_id()
    grid_chief = play.who("dong.liang")
    actions_talk.comment_case(
        play.tx, play.who("zhang.min"), CommentCase(case.id, comment, "请看一下", (grid_chief.id,))
    )
    found = tasks(play, "dong.liang")
    assert [(t.act, t.comment_id, t.mine, t.deadline) for t in found] == [("read-comment", comment, True, None)]
    actions_talk.read_comment(play.tx, grid_chief, ReadComment(case.id, comment))
    assert tasks(play, "dong.liang") == []


def test_a_bounce_is_offered_until_half_the_time_is_used(play: Play):
    case = play.take(play.dispatched())
    assert acts(play, "cheng.gang", case)["ask_bounce"] is False
    order = play.order(case, "cheng.gang")
    assert order.due_at and order.sent_at
    play.wait(seconds=(order.due_at - order.sent_at).total_seconds() * 0.9)
    assert "ask_bounce" not in acts(play, "cheng.gang", case)


def test_pages_add_up_to_the_whole_by_time_left(play: Play):
    for make in (play.report, play.accepted, lambda: play.handled(), play.report, play.filed):
        play.wait(minutes=1)
        make()
    play.verify(play.handled())
    whole = tasks(play, "zhang.min")
    assert len(whole) == 4
    assert [t.deadline for t in whole] == sorted(t.deadline for t in whole if t.deadline)
    paged: list[Task] = []
    while True:
        key = (paged[-1].deadline, paged[-1].about, paged[-1].move) if paged else None
        page = tasks(play, "zhang.min", after=key, limit=1)
        if not page:
            break
        paged += page
    assert paged == whole


def test_tasks_are_narrowed_by_act_words_unit_and_whether_they_name_me(play: Play):
    here, there = play.report(place="蓬莱路"), play.report(place="方斜路")
    play.accepted()

    def found(**wanted: Any) -> set[UUID]:
        return {t.case.id for t in tasks(play, "zhang.min", Wanted(**wanted))}

    assert found(acts=("accept",)) == {here.id, there.id} and found(words="蓬莱") == {here.id}
    assert found(acts=("close",)) == set() == found(mine=True)
    assert (
        found(unit_id=unit("310101019"), acts=("accept",)) == {here.id, there.id}
        and found(unit_id=unit("310101018")) == set()
    )
    actor = play.who("zhang.min")
    counts = queries_tasks.count_tasks(play.tx, scope_of(actor), actor, Wanted())
    assert [(c.act, c.tasks, c.overdue) for c in counts] == [("accept", 2, 0), ("file", 1, 0)]
    play.tx.now = play.tx.now.replace(hour=23)
    counts = queries_tasks.count_tasks(play.tx, scope_of(actor), actor, Wanted())
    assert [(c.act, c.tasks, c.overdue) for c in counts] == [("accept", 2, 2), ("file", 1, 1)]


@pytest.mark.parametrize(("acts_of_token", "expected"), [({"read", "case.accept"}, ["accept"]), ({"case.accept"}, [])])
def test_a_token_has_the_tasks_that_it_may_see_and_do(play: Play, acts_of_token: set[str], expected: list[str]):
    play.report()
    play.accepted()
    zhang = play.who("zhang.min")
    token = Actor(zhang.id, zhang.name, zhang.posts, ActorKind.token, frozenset(acts_of_token))
    assert [t.move for t in tasks(play, token)] == expected


def test_the_auditor_has_nothing_to_do(play: Play):
    case = play.report()
    assert tasks(play, "shen.he") == [] and acts(play, "shen.he", case) == {}


def test_out_of_sight_there_is_nothing_to_do(play: Play):
    case = play.report()
    assert tasks(play, "next.door") == []
    with pytest.raises(NotFound):
        acts(play, "next.door", case)
