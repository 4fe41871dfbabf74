"""Timers fired together do to each case just what they do one by one, in a handful of statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from test_budget import counted
from world import Play, unit
from yiwang import flows
from yiwang.cases import actions_request, actions_talk, store
from yiwang.cases.model import Case
from yiwang.cases.model_commands import AskSuspension, DecideRequest, SuperviseCase
from yiwang.kit import timers
from yiwang.kit.timers import Timer


def suspended(play: Play) -> Case:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    until = play.tx.now + timedelta(days=3)
    ask = AskSuspension(case.id, play.order(case, "cheng.gang").id, "等待拆迁", until)
    actions_request.ask_suspension(play.tx, play.who("cheng.gang"), ask)
    (request,) = store.REQUESTS.all(play.tx, case_id=case.id)
    return actions_request.decide_request(play.tx, play.who("sun.lan"), DecideRequest(case.id, request.id, True, ""))


def supervised(play: Play) -> Case:
    case = play.dispatched()
    command = SuperviseCase(case.id, unit("310101019-chengguan"), "尽快", 2)
    return actions_talk.supervise_case(play.tx, play.who("sun.lan"), command)


def city(play: Play) -> None:
    """Cases in every state that timers know, two of each."""
    for _ in range(2):
        play.report()
        play.report(emergency=True)
        play.accepted()
        play.dispatched()
        play.dispatched(assists=(("310101019-huanwei", 1),))
        play.handled(condition="缺失、移位、开裂")
        suspended(play)
        supervised(play)


def due_now(play: Play) -> list[Timer]:
    return timers.CLAIM.all(play.tx, now=play.tx.now, limit=10_000)


def one_by_one(play: Play) -> None:
    for timer in sorted(due_now(play), key=lambda t: (t.due_at, t.subject_id, t.kind, t.key)):
        assert timers.fire(play.tx, flows.TIMERS, timer)


def together(play: Play) -> None:
    due = sorted(due_now(play), key=lambda t: (t.due_at, t.subject_id, t.kind, t.key))
    assert timers.act_on(play.tx, flows.TIMERS, due) == len(due)


def everything(play: Play) -> dict[str, list[Any]]:
    tables = {
        "entries": "select subject_id, n, event, actor, post, at, body, hash from ledger.entry",
        "notices": "select case_id, kind, unit_id, post, person_id, at from cases.notice",
        "cases": "select c::text from cases.case c",
        "orders": "select o::text from cases.orders o",
        "clocks": "select k::text from cases.clock k",
        "timers": "select subject_id, kind, key, due_at, data, attempts from kit.timer",
    }
    return {name: sorted(map(str, play.tx.conn.execute(sql.encode()))) for name, sql in tables.items()}


@pytest.mark.parametrize("hours", [0.5, 1.7, 2.1, 5, 30, 24 * 4, 24 * 40])
def test_together_is_one_by_one(play: Play, hours: float) -> None:
    city(play)
    heads, play.tx.now = dict(play.tx.heads), play.tx.now + timedelta(hours=hours)
    before, found = everything(play), []
    for fire in (one_by_one, together):
        with play.tx.conn.transaction(force_rollback=True):
            for _ in range(3):  # what is due again at once, too
                fire(play)
            found.append(everything(play))
        play.tx.heads = dict(heads)
    assert found[0] != before, "nothing was due"
    for name in before:
        assert found[0][name] == found[1][name], name
    together(play)


def test_what_is_not_ours_is_left_alone(play: Play) -> None:
    """A timer whose moment has gone: the case has moved on, its clock stands, its supervision is answered."""
    gone = play.report()
    play.tx.conn.execute("update cases.case set step = 'accepted' where id = %s", [gone.id])
    still = play.dispatched()
    play.tx.conn.execute("update cases.clock set stopped_at = %s where case_id = %s", [play.tx.now, still.id])
    play.tx.now += timedelta(days=9)
    before = everything(play)
    with play.tx.conn.transaction(force_rollback=True):
        together(play)
        after = everything(play)
    assert [t for t in after["timers"] if str(gone.id) in t or str(still.id) in t] == []
    assert all(before[name] == after[name] for name in before if name != "timers")
    play.tx.conn.execute("update cases.case set step = 'reported' where id = %s", [gone.id])
    play.tx.conn.execute("update cases.clock set stopped_at = null where case_id = %s", [still.id])


def test_statements_do_not_grow_with_the_timers(play: Play) -> None:
    for _ in range(20):
        play.dispatched()
        play.report()
    play.tx.now += timedelta(days=9)
    with counted(play) as sent:
        together(play)
    assert len(sent) <= 26, "\n".join(sent)
