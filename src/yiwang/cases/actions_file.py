"""受理、核实、立案: from a report to a case with a limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from yiwang.cases import (
    actions,
    actions_class,
    actions_clock,
    rules,
    rules_class,
    rules_clock,
    rules_doubt,
    store,
    store_evidence,
)
from yiwang.cases.model import Case, Clock, PhotoKind, Step
from yiwang.cases.model_commands import AcceptCase, AnswerCheck, AskCheck, DeclineCase, FileCase
from yiwang.cases.model_events import CaseAccepted, CaseDeclined, CaseFiled, CheckAnswered, CheckAsked, HandledOnSpot
from yiwang.city.model_rules import Condition
from yiwang.city.queries_rules import get_condition
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.geo import LonLat
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor
from yiwang.network.queries_actor import find_actor


def accept_case(tx: Tx, actor: Actor, cmd: AcceptCase) -> Case:
    """受理: it is ours to look after."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "accept")
    on_time = rules_clock.is_step_on_time(case, tx.now)
    case = actions.enter(tx, replace(case, accepted_at=tx.now), to_of(move))
    record(tx, by, CaseAccepted(case.id, late=False, on_time=on_time, limits=rules_clock.limits(case)))
    return case


def decline_case(tx: Tx, actor: Actor, cmd: DeclineCase) -> Case:
    """不予受理, with the reason that every reporter is told."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "decline")
    rules.demand_evidence(move, (), cmd.reason)
    timers.drop_timers(tx, case.id)
    store.withdraw_requests(tx, case.id)
    case = actions.enter(tx, replace(case, checker_id=None), to_of(move))
    store.tell_reporters(tx, case.id, "declined")
    record(tx, by, CaseDeclined(case.id, actions.keep_words(tx, case, cmd.reason)))
    return case


def ask_check(tx: Tx, actor: Actor, cmd: AskCheck) -> Case:
    """核实派发: an inspector of this area goes and looks before it is filed."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "ask_check")
    inspector = find_actor(tx, cmd.inspector_id)
    fit = inspector and rules.FIELD & {p.kind for p in inspector.posts if rules.is_on_the_ground(p, case.area_path)}
    if not fit:
        raise Invalid(
            "case.not_an_inspector", "此人不是该区域的网格员", "This person is not an inspector of this area",
            person=str(cmd.inspector_id),
        )  # fmt: skip
    case = actions.enter(tx, replace(case, checker_id=cmd.inspector_id), to_of(move))
    store.add_notice(tx, case.id, "check", person=cmd.inspector_id)
    record(
        tx, by, CheckAsked(case.id, cmd.inspector_id, rules_clock.limits(case), actions.keep_words(tx, case, cmd.note))
    )
    return case


def answer_check(tx: Tx, actor: Actor, cmd: AnswerCheck) -> Case:
    """核实: what the inspector found there, with a photo from the spot; the operator then accepts or declines."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    move, post = rules.decide_move(case, "answer_check", actor, people=[p for p in (case.checker_id,) if p])
    rules.demand_evidence(move, actions.kinds(cmd.photos), cmd.text)
    distance = actions.distance_to(case, _point(cmd.lon, cmd.lat))
    rules.demand_presence(case, distance)
    evidence, asked = actions.attach(tx, case, actor, cmd.photos), case.step_since
    case = actions.enter(tx, case, to_of(move))
    record(
        tx, actor.by(post),
        CheckAnswered(case.id, cmd.found, actions.keep_words(tx, case, cmd.text), tuple(p.sha256 for p in cmd.photos), distance,
                      rules_doubt.doubt_photos(evidence, tx.now, asked), rules_clock.limits(case)),
    )  # fmt: skip
    return case


def _point(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else (lon, lat)


def file_case(tx: Tx, actor: Actor, cmd: FileCase) -> Case:
    """立案 under a filing condition: the condition's limit starts to run (limits hang on conditions, DESIGN §6). What was
    reported as something else is put under its class first, in the same act."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "file")
    return _file(tx, by, _put_right(tx, actor, by, case, cmd), cmd, to_of(move))


def _put_right(tx: Tx, actor: Actor, by: By, case: Case, cmd: FileCase) -> Case:
    """Under the class that is named for filing, unless somebody has put it there meanwhile."""
    to = cmd.to
    if to is None or rules_class.is_under(case, to):
        return case
    return actions_class.put_under(tx, actor, by, case, to)


def file_trusted(tx: Tx, actor: Actor, cmd: FileCase) -> Case:
    """自动立案: a trusted source's report is accepted and filed at once (seed article 002). Done by the system."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "file_trusted")
    on_time = rules_clock.is_step_on_time(case, tx.now)
    record(tx, by, CaseAccepted(case.id, late=False, on_time=on_time, limits=rules_clock.limits(case)))
    return _file(tx, by, replace(case, accepted_at=tx.now), cmd, to_of(move), automatic=True)


def _file(tx: Tx, by: By, case: Case, cmd: FileCase, to: Step, *, automatic: bool = False, late: bool = False) -> Case:
    condition = _condition(tx, case, cmd)
    on_time = rules_clock.is_step_on_time(case, tx.now)
    case = replace(case, condition_id=condition.id if condition else None, filed_at=tx.now)
    due, provisional = _start_limit(tx, case, condition, cmd.due_at) if not late else (case.due_at, False)
    case = replace(case, due_at=due)
    case = store.put_case(tx, case) if late else actions.enter(tx, case, to)
    text, limit = (condition.text, condition.limit_text) if condition else ("", "")
    record(
        tx, by,
        CaseFiled(case.id, str(condition.id) if condition else None, text, limit, due, provisional, late, automatic,
                  on_time, rules_clock.limits(case)),
    )  # fmt: skip
    return case


def _condition(tx: Tx, case: Case, cmd: FileCase) -> Condition | None:
    condition_id = cmd.condition_id or case.condition_id
    if condition_id is not None:
        key = case.scheme, case.matter_kind, case.matter_code
        return actions_class.fitting_condition(tx, condition_id, *key)
    if cmd.due_at is None and not cmd.open_ended:
        raise actions_class.no_condition()
    return None


def _start_limit(
    tx: Tx, case: Case, condition: Condition | None, due_at: datetime | None
) -> tuple[datetime | None, bool]:
    if due_at is not None:
        why = "期限由来源系统给定", "Deadline given by the source system"
        return actions_clock.start_fixed(tx, case, due_at, None, *why).due_at, False
    if condition is None:
        return None, False
    clock = _start_clock(tx, case, condition)
    return clock.due_at, clock.provisional


def _start_clock(tx: Tx, case: Case, condition: Condition) -> Clock:
    return actions_clock.start_clock(tx, case, actions_class.limit_of(condition), case.area_id, None)


def start_condition_limit(tx: Tx, case: Case) -> Clock | None:
    """The whole case's clock by the condition it was filed under, from now; None where it has none."""
    return None if case.condition_id is None else _start_clock(tx, case, get_condition(tx, case.condition_id))


def accept_late(tx: Tx, actor: Actor, cmd: AcceptCase) -> Case:
    """补受理: an emergency went ahead of the paper; the paper follows (MISSION C9)."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "accept_late")
    rules.demand_owed(case, "accept", move)
    owed = tuple(o for o in case.owed if o != "accept")
    case = store.put_case(tx, replace(case, owed=owed, accepted_at=tx.now))
    record(tx, by, CaseAccepted(case.id, late=True, on_time=True, limits=rules_clock.limits(case)))
    return case


def file_late(tx: Tx, actor: Actor, cmd: FileCase) -> Case:
    """补立案, after 补受理."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "file_late")
    rules.demand_owed(case, "file", move)
    if "accept" in case.owed:
        raise Refused("case.accept_first", "请先补受理", "Accept it first", **rules.now_stands(case))
    case = _put_right(tx, actor, by, case, cmd)
    case = replace(case, owed=tuple(o for o in case.owed if o != "file"))
    return _file(tx, by, case, cmd, case.step, late=True)


def handle_on_spot(tx: Tx, actor: Actor, cmd: FileCase) -> Case:
    """自处置: the inspector put it right there and then; accepted, filed and handled at once, verified by another."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "handle_on_spot")
    shas = tuple(e.sha256 for e in store_evidence.EVIDENCE.all(tx, case_id=case.id) if e.kind is PhotoKind.handled)
    rules.demand_evidence(move, [PhotoKind.handled] if shas else [], "-")
    condition = _condition(tx, case, replace(cmd, open_ended=True))
    text, limit = (condition.text, condition.limit_text) if condition else ("", "")
    before = rules_clock.limits(case)
    case = replace(case, accepted_at=tx.now, filed_at=tx.now, dispatched_at=tx.now, handled_at=tx.now)
    case = actions.enter(tx, case, to_of(move))
    record(tx, by, CaseAccepted(case.id, late=False, on_time=True, limits=before))
    record(
        tx, by,
        CaseFiled(case.id, str(condition.id) if condition else None, text, limit, None, False, False, True, True,
                  before),
    )  # fmt: skip
    record(tx, by, HandledOnSpot(case.id, shas, rules_clock.limits(case)))
    return case


def to_of(move: rules.Move) -> Step:
    """The step that a move leads to, where it leads to one."""
    assert move.to is not None  # noqa: S101
    return move.to
