"""核查、结案、评价: proven by a second person at the place, closed, told, rated, perhaps reopened."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from yiwang.cases import actions, actions_clock, actions_dispatch, actions_file, rules, rules_clock, rules_doubt, store
from yiwang.cases.model import Case, Order, Step
from yiwang.cases.model_commands import CloseCase, RateReport, VerifyCase
from yiwang.cases.model_events import CaseClosed, CaseReopened, CaseVerified, ReportRated
from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound, Refused
from yiwang.ledger.actions import record
from yiwang.network.model import Actor
from yiwang.network.rules import may


def verify_case(tx: Tx, actor: Actor, cmd: VerifyCase) -> Case:
    """核查 at the place, with a photo to lay beside the first one, by somebody who did not handle it (MISSION C4).

    Passed → awaiting close. Failed → 返工 to the same units, with the reason; what its reporter put right on the spot
    was nobody's to handle, so it awaits dispatch, with the limit of its filing condition from now on.
    """
    unassigned = store.lock_case(tx, cmd.case_id).lead_unit_id is None
    act = "verify" if cmd.passed else "rework_unassigned" if unassigned else "rework"
    case, move, by = actions.begin(tx, actor, cmd.case_id, act)
    rules.demand_evidence(move, actions.kinds(cmd.photos), cmd.text)
    rules.demand_not_handler(actor, case, _handlers(tx, case))
    here = None if cmd.lon is None or cmd.lat is None else (cmd.lon, cmd.lat)
    distance = actions.distance_to(case, here)
    rules.demand_presence(case, distance)
    doubts = rules_doubt.doubt_photos(actions.attach(tx, case, actor, cmd.photos), tx.now, case.handled_at)
    doubts += rules_doubt.doubt_haste(case.reported_at, tx.now, own=False)
    on_time, back = rules_clock.is_step_on_time(case, tx.now), list[Order]()
    if cmd.passed:
        case = actions.enter(tx, replace(case, verified_at=tx.now), actions_file.to_of(move))
    else:
        case = replace(case, reworks=case.reworks + 1, handled_at=None)
        back = actions_dispatch.send_back(tx, case, actions.orders_of(tx, case))
        whole = actions_clock.restart_clock(tx, case, rules_clock.whole_clock(store.lock_clocks(tx, case.id)))
        whole = whole or actions_file.start_condition_limit(tx, case)
        case = replace(case, due_at=whole.due_at if whole else case.due_at)
        case = actions.enter(tx, case, actions_file.to_of(move))
    record(
        tx, by,
        CaseVerified(case.id, cmd.passed, distance, tuple(p.sha256 for p in cmd.photos), actions.keep_words(tx, case, cmd.text),
                     on_time, doubts,
                     rules_clock.limits(case, map(rules_clock.order_limit, back))),
    )  # fmt: skip
    return case


def _handlers(tx: Tx, case: Case) -> set[UUID]:
    """Whoever had a hand in the handling: who took or finished an order, or photographed its result."""
    return set(store.HANDLERS.all(tx, case_id=case.id))


def close_case(tx: Tx, actor: Actor, cmd: CloseCase) -> Case:
    """结案, naming the closing condition that is met; nothing owed, nothing pending; every reporter is told."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "close")
    rules.demand_nothing_owed(case)
    rules.demand_not_handler(actor, case, _handlers(tx, case))
    store.withdraw_requests(tx, case.id)
    case = actions.enter(tx, replace(case, closed_at=tx.now, close_condition=cmd.close_condition), Step.closed)
    told = store.tell_reporters(tx, case.id, "closed")
    record(
        tx,
        by,
        CaseClosed(case.id, actions.keep_words(tx, case, cmd.close_condition), rules_clock.is_on_time(case), len(told)),
    )
    return case


def rate_report(tx: Tx, actor: Actor, cmd: RateReport) -> Case:
    """评价 by the reporter, once; "not solved" reopens the case, once (issue 2 §5). What their own
    case was merged into is not shown to a reporter who cannot see it."""
    own = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, own)
    report = store.LOCK_REPORT.maybe(tx, case_id=own.id, id=cmd.report_id)
    if report is None or report.reporter_id != actor.id:
        raise NotFound("case.report_unknown", "没有这次上报", "No such report of yours")
    may(actor, rules.RATE, rules.subject_of(own, people=[report.reporter_id]))
    case = store.lock_case(tx, own.merged_into) if own.merged_into else own
    elsewhere = case is not own and not actions.is_in_sight(actor, case)
    told = own if elsewhere else case
    if case.step is not Step.closed or report.told_at is None:
        raise Refused(
            "case.not_closed", "案件办结后才能评价", "It can be rated once it is closed", **rules.now_stands(told)
        )
    if report.rated_at is not None:
        raise Refused("case.rated_already", "您已评价过", "You have rated it already", **rules.now_stands(told))
    store.RATE.run(tx, case_id=own.id, id=report.id, rating=cmd.rating, solved=cmd.solved, now=tx.now)
    by = actor.by(None)
    record(tx, by, ReportRated(case.id, report.id, cmd.rating, cmd.solved, actions.keep_words(tx, case, cmd.text)))
    if cmd.solved or case.reopens >= rules.REOPEN_LIMIT:
        case = store.put_case(tx, case)
        return own if elsewhere else case
    case = replace(
        case, reopens=case.reopens + 1, handled_at=None, verified_at=None, closed_at=None, lead_unit_id=None,
        overdue_at=None, close_condition="",
    )  # fmt: skip
    whole = rules_clock.whole_clock(store.lock_clocks(tx, case.id))
    whole = actions_clock.restart_clock(tx, case, whole)
    case = actions.enter(tx, replace(case, due_at=whole.due_at if whole else None), Step.filed)
    record(tx, by, CaseReopened(case.id, report.id, rules_clock.limits(case)))
    return own if elsewhere else case
