"""Timers really fire: warning, overdue, escalation up the posts; once each, also after a long absence."""

from __future__ import annotations

from datetime import timedelta

from world import Play, unit
from yiwang.cases import actions_clock, rules_clock
from yiwang.cases.model import Step


def test_a_step_left_alone_warns_is_late_and_escalates(play: Play) -> None:
    case = play.report()
    play.wait(minutes=25)
    assert play.events(case) == ["reported", "limit_near"]
    play.wait(minutes=6)
    assert play.events(case)[-1] == "limit_passed"
    play.wait(days=2)
    assert play.events(case)[3:] == ["escalated"] * 3
    rows = play.tx.conn.execute(
        "select u.name, n.post from cases.notice n join network.unit u on u.id = n.unit_id"
        " where n.kind = 'escalated' order by n.at"
    ).fetchall()
    assert [r[1] for r in rows] == ["supervisor", "supervisor", "commander"]
    assert rows[1][0] == "老西门街道" and rows[2][0] == "黄浦区"


def test_each_step_has_its_own_clock(play: Play) -> None:
    minutes = {}
    case = play.report()
    minutes["reported"] = case.step_due_at - play.tx.now  # type: ignore[operator]
    for stage in ("accepted", "filed", "handled"):
        case = getattr(play, stage)()
        minutes[stage] = case.step_due_at - case.step_since
    assert minutes == {
        "reported": timedelta(minutes=30), "accepted": timedelta(minutes=30), "filed": timedelta(minutes=30),
        "handled": timedelta(hours=24),
    }  # fmt: skip
    assert play.dispatched().step_due_at is None


def test_the_whole_case_and_its_order_warn_and_are_late(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.wait(hours=1, minutes=35)
    assert play.events(case).count("limit_near") == 0
    play.wait(minutes=2)
    assert play.events(case).count("limit_near") == 2
    play.wait(minutes=24)
    case = play.now(case)
    assert play.events(case).count("limit_passed") == 2
    assert case.overdue_at == case.due_at and play.orders(case)[0].overdue_at == play.orders(case)[0].due_at


def test_finishing_at_the_very_instant_of_the_deadline_is_on_time(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    assert case.due_at or play.now(case).due_at
    play.tx.now = play.now(case).due_at  # type: ignore[assignment]
    case = play.close(play.verify(play.finish(case)))
    assert case.overdue_at is None
    other = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.tx.now = play.now(other).due_at + timedelta(microseconds=1)  # type: ignore[operator]
    assert play.finish(other).overdue_at == play.now(other).due_at


def test_a_finished_case_is_never_late_afterwards(play: Play) -> None:
    case = play.handled(condition="缺失、移位、开裂")
    play.wait(hours=23)
    assert play.now(case).overdue_at is None and "limit_passed" not in play.events(case)


def test_what_fell_due_while_we_were_away_fires_at_once_and_once(play: Play) -> None:
    case = play.take(play.dispatched(condition="缺失、移位、开裂"))
    play.tx.now += timedelta(days=3)
    fired = play.fire()
    events = play.events(case)
    assert fired == 2 and events.count("limit_passed") == 2 and "limit_near" not in events
    play.tx.now += timedelta(seconds=1)
    for _ in range(10):
        play.fire()
    assert play.events(case).count("limit_passed") == 2 and play.events(case).count("escalated") == 6


def test_work_hours_stand_still_at_night_and_on_sundays(play: Play) -> None:
    play.tx.now = play.tx.now.replace(day=28, hour=15)  # a Saturday
    case = play.dispatched()
    assert case.due_at is not None and case.due_at.astimezone(play.tx.now.tzinfo).weekday() == 0
    play.wait(days=1)
    assert "limit_passed" not in play.events(case)


def test_a_deadline_in_a_year_without_a_calendar_is_provisional_and_worked_out_again(play: Play) -> None:
    play.tx.now = play.tx.now.replace(year=2031, month=9, day=30)
    case = play.dispatched()
    assert all(c.provisional for c in play.clocks(case))
    assert actions_clock.rework_provisional(play.tx) == 0
    play.tx.conn.execute("update cases.clock set due_at = due_at + interval '3 days' where case_id = %s", [case.id])
    moved = {c.id: c.due_at for c in play.clocks(case)}
    actions_clock.rework_provisional(play.tx)
    assert all(c.due_at < moved[c.id] for c in play.clocks(case))


def test_an_order_is_told_to_its_units_handlers(play: Play) -> None:
    case = play.dispatched()
    row = play.tx.conn.execute("select unit_id, post from cases.notice where kind = 'order'").fetchone()
    assert row == (unit("310101019-chengguan"), "handler") and case.step is Step.handling


def test_when_to_warn_is_settable(play: Play) -> None:
    try:
        rules_clock.warn_at(0.5)
        case = play.report()
        play.wait(minutes=16)
        assert play.events(case) == ["reported", "limit_near"]
        for share in (0, 1, float("nan")):
            with play.refused("settings.warn_share"):
                rules_clock.warn_at(share)
    finally:
        rules_clock.warn_at(rules_clock.WARN_SHARE)
