"""夜间爆管: seen on a camera at night, everybody called at once under whoever commands then."""

from __future__ import annotations

from datetime import timedelta

from world import Play, unit
from yiwang.cases.model import Channel, OrderState, Step
from yiwang.kit import parked


def test_a_burst_pipe_calls_all_the_units_that_the_list_names(play: Play) -> None:
    case = play.report(channel=Channel.camera, matter_code="01001", emergency=True)
    assert (case.step, case.emergency, case.owed) == (Step.handling, True, ("accept", "file"))
    orders = play.orders(case)
    assert orders[0].unit_id == unit("310101-gongshui") and {o.state for o in orders} == {OrderState.sent}
    assert case.due_at == play.tx.now + timedelta(minutes=30) and case.commander_id is not None
    assert [p for p in parked.list_open(play.tx) if p.subject_id == case.id] == []


def test_with_nobody_on_duty_it_waits_first_in_the_queue_with_ten_minutes(play: Play) -> None:
    play.tx.now += timedelta(days=400)
    case = play.report(channel=Channel.camera, matter_code="01001", emergency=True)
    assert case.step is Step.reported
    assert case.step_due_at == play.tx.now + timedelta(minutes=10)
