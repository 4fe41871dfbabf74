"""并案: two reports of one problem become one case without losing a reporter; and back again."""

from __future__ import annotations

from dataclasses import replace

from yiwang.cases import actions, actions_clock, rules, rules_clock, store
from yiwang.cases.model import OPEN_STEPS, Case, Step
from yiwang.cases.model_commands import MergeCase, UnmergeCase
from yiwang.cases.model_events_around import CaseMerged, CaseUnmerged, DuplicateJoined
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Refused
from yiwang.ledger.actions import record
from yiwang.network.model import Actor


def merge_case(tx: Tx, actor: Actor, cmd: MergeCase) -> Case:
    """Merge a case that nobody handles yet into an open one: its reporters are told that one's outcome and may rate it."""
    if cmd.case_id == cmd.into:
        raise Invalid("case.merge_self", "不能并入自身", "A case cannot be merged into itself")
    _lock_in_order(tx, cmd)
    into = store.lock_case(tx, cmd.into)
    actions.demand_sight(actor, into)
    case, _, by = actions.begin(tx, actor, cmd.case_id, "merge")
    if into.step not in OPEN_STEPS:
        raise Refused(
            "case.merge_into_ended",
            f"案件{into.number}已办结，不能并入",
            "The other case has ended",
            **rules.now_stands(into),
        )
    if case.suspended_at is not None or store.HAS_MERGED.one(tx, id=case.id):
        raise Refused(
            "case.merge_chain",
            "该案已挂账或已有案件并入，不能再并",
            "This case is suspended or has others merged into it",
            **rules.now_stands(case),
        )
    clock = rules_clock.whole_clock(store.lock_clocks(tx, case.id))
    if clock is not None and clock.stopped_at is None:
        actions_clock.stop_clock(tx, case, clock)
    store.withdraw_requests(tx, case.id)
    timers.drop_timers(tx, case.id)
    back_to = Step.reported if case.step is Step.checking else case.step
    case = rules_clock.enter(case, Step.merged, tx.now)
    case = store.put_case(tx, replace(case, merged_into=into.id, merged_from_step=back_to.value))
    store.put_case(tx, into)
    record(tx, by, CaseMerged(case.id, into.id, into.number, actions.keep_words(tx, case, cmd.reason)))
    record(tx, by, DuplicateJoined(into.id, case.id, case.number, left=False))
    return case


def unmerge_case(tx: Tx, actor: Actor, cmd: UnmergeCase) -> Case:
    """撤销并案: the case is where it was, its clock goes on with the time it had used."""
    peek = store.lock_case(tx, cmd.case_id)
    case, move, by = actions.begin(tx, actor, cmd.case_id, "unmerge")
    rules.demand_evidence(move, (), cmd.reason)
    assert peek.merged_into and case.merged_from_step, "the table lets only merged cases in"  # noqa: S101
    into = store.lock_case(tx, peek.merged_into)
    if into.step not in OPEN_STEPS:
        raise Refused(
            "case.merge_ended",
            f"案件{into.number}已办结，不能撤出",
            "The other case has ended",
            **rules.now_stands(into),
        )
    clock = rules_clock.whole_clock(store.lock_clocks(tx, case.id))
    clock = actions_clock.restart_clock(tx, case, clock)
    case = replace(case, merged_into=None, merged_from_step=None, due_at=clock.due_at if clock else case.due_at)
    case = actions.enter(tx, case, Step(peek.merged_from_step))
    store.put_case(tx, into)
    record(tx, by, CaseUnmerged(case.id, into.id, actions.keep_words(tx, case, cmd.reason), rules_clock.limits(case)))
    record(tx, by, DuplicateJoined(into.id, case.id, case.number, left=True))
    return case


def _lock_in_order(tx: Tx, cmd: MergeCase) -> None:
    """Two locks, always the lower id first: two merges the other way round cannot wait for each other."""
    for case_id in sorted((cmd.case_id, cmd.into)):
        store.lock_case(tx, case_id)
