"""What timers do when time is up: many cases at once, in a handful of statements; one alone is a list of one.

Each `fire_…` is a `kit.timers.Handler`: lock → take → decide → write → record, for all of its timers together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from yiwang.cases import rules_clock, store_fire
from yiwang.cases.actions_clock import CLOCK, DEADLINES
from yiwang.cases.model import Clock
from yiwang.cases.model_events_around import Escalated, LimitNear, LimitPassed
from yiwang.cases.store_fire import Notice, Timed, lock_timed_if_free
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.timers import Timer
from yiwang.ledger.actions import record_many
from yiwang.ledger.model import Event
from yiwang.network.model import PostKind


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of one limit: `what` has it (a step, \"whole\", \"order\"), `stage` as `rules_clock.stage_of`."""

    case: Timed
    what: str
    order_id: UUID | None
    unit_id: UUID
    due_at: datetime
    stage: int


C = TypeVar("C")


def begin(
    tx: Tx, due: Sequence[Timer], lock: Callable[[Tx, Sequence[UUID]], dict[UUID, C]]
) -> tuple[dict[UUID, C], list[Timer]]:
    """The cases that nobody else holds, now ours, and those of their timers that are ours to act on."""
    cases = lock(tx, [t.subject_id for t in due])
    return cases, timers.take(tx, [t for t in due if t.subject_id in cases])


def fire_steps(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """A step's time is running out (stage 0), over (1), or long over (2…)."""
    cases, taken = begin(tx, due, lock_timed_if_free)
    words, again = list[Word](), list[Timer]()
    for timer in taken:
        case = cases[timer.subject_id]
        if case.step.value != timer.data["step"] or case.step_due_at is None or case.suspended_at is not None:
            continue
        stage = 1 if timer.data["stage"] == 0 and tx.now >= case.step_due_at else timer.data["stage"]
        words.append(Word(case, case.step.value, None, case.area_id, case.step_due_at, stage))
        if at := rules_clock.next_firing(case.step_due_at, stage, emergency=case.emergency):
            again.append(replace(timer, due_at=at, data={**timer.data, "stage": stage + 1}))
    _say(tx, words)
    timers.set_timers(tx, again)
    return taken


def fire_clocks(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """A case's or an order's time is running out, over, or long over. What fell due while we were away fires once."""
    cases, taken = begin(tx, due, lock_timed_if_free)
    found = store_fire.CLOCKS.all(tx, cases=list(cases), ids=[UUID(t.key) for t in taken])
    clocks = {(c.case_id, str(c.id)): c for c in found}
    running = [
        (t, c)
        for t in taken
        if (c := clocks.get((t.subject_id, t.key))) and c.stopped_at is None and not rules_clock.is_paused(c)
    ]
    units = _order_units(tx, (c for _, c in running))
    words, fired, late, again = list[Word](), list[Clock](), list[Clock](), list[Timer]()
    for timer, clock in running:
        case, stage = cases[clock.case_id], rules_clock.stage_of(clock, tx.now)
        unit = units[clock.order_id] if clock.order_id else case.lead_unit_id or case.area_id
        words.append(Word(case, "order" if clock.order_id else "whole", clock.order_id, unit, clock.due_at, stage))
        fired.append(rules_clock.spoken(clock, stage, tx.now))
        if stage == 1:
            late.append(fired[-1])
        if at := rules_clock.next_firing(clock.due_at, stage, emergency=case.emergency):
            again.append(Timer(case.id, CLOCK, timer.key, at, {}, 0))
    store_fire.put_fired(tx, fired)
    store_fire.put_late(tx, late)
    _say(tx, words)
    timers.set_timers(tx, again)
    return taken


def fire_supervisions(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """督办 not answered in time: said in the ledger, told to who asked and to the unit's supervisor."""
    cases, taken = begin(tx, due, lock_timed_if_free)
    named = {(t.subject_id, t.key) for t in taken}
    found = store_fire.SUPERVISIONS_OF.all(tx, ids=list(cases)) if named else []
    silent = [s for s in found if s.answered_at is None and (s.case_id, str(s.id)) in named]
    record_many(tx, DEADLINES.by(None), [LimitPassed(s.case_id, "supervision", None, s.due_at) for s in silent])
    told = [Notice(s.case_id, "limit.passed", person_id=s.by) for s in silent]
    told += [Notice(s.case_id, "limit.passed", s.unit_id, PostKind.supervisor.value) for s in silent]
    store_fire.add_notices(tx, told)
    return taken


def _order_units(tx: Tx, clocks: Iterable[Clock]) -> dict[UUID, UUID]:
    """The unit of each order whose clock this is."""
    cases = {clock.order_id: clock.case_id for clock in clocks if clock.order_id}
    found = store_fire.ORDER_UNITS.all(tx, cases=list(cases.values()), ids=list(cases)) if cases else []
    return {order.id: order.unit_id for order in found}


def _say(tx: Tx, words: Sequence[Word]) -> None:
    """Into the ledger, and to whom it concerns: the unit, at each level of escalation a post further up."""
    wanted = {(w.unit_id, w.stage - 2) for w in words if w.stage > 1}
    units, levels = [unit for unit, _ in wanted], [level for _, level in wanted]
    found = store_fire.UNITS_ABOVE.all(tx, units=units, levels=levels) if wanted else []
    above = {(a.unit_id, a.levels): a.id for a in found}
    events, notices = list[Event](), list[Notice]()
    for w in words:
        if w.stage < 2:
            kind, event = ("limit.passed", LimitPassed) if w.stage else ("limit.near", LimitNear)
            events.append(event(w.case.id, w.what, w.order_id, w.due_at))
            notices.append(Notice(w.case.id, kind, w.unit_id))
            continue
        level = w.stage - 1
        post, unit = rules_clock.LADDER[level - 1].value, above.get((w.unit_id, level - 1), w.unit_id)
        events.append(Escalated(w.case.id, w.what, w.order_id, level, unit, post))
        notices.append(Notice(w.case.id, "escalated", unit, post))
    record_many(tx, DEADLINES.by(None), events)
    store_fire.add_notices(tx, notices)
