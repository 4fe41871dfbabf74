"""督办、催办、留言: words about a case, each with its answer or receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from yiwang.cases import actions, rules, store
from yiwang.cases.model import Case
from yiwang.cases.model_commands import AnswerSupervision, CommentCase, ReadComment, SuperviseCase, UrgeCase
from yiwang.cases.model_events_around import (
    CaseUrged,
    Commented,
    CommentRead,
    Supervised,
    SupervisionAnswered,
)
from yiwang.kit import timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network.model import Actor
from yiwang.network.queries_actor import find_onlookers
from yiwang.network.queries_units import get_unit_now
from yiwang.network.rules import may

SUPERVISION = "case.supervision"


def supervise_case(tx: Tx, actor: Actor, cmd: SuperviseCase) -> Case:
    """督办: a unit is told to answer by a time."""
    case, move, by = actions.begin(tx, actor, cmd.case_id, "supervise")
    rules.demand_evidence(move, (), cmd.text)
    unit = get_unit_now(tx, cmd.unit_id)
    due, supervision_id = tx.now + timedelta(hours=cmd.hours), new_id()
    store.ADD_SUPERVISION.run(
        tx, case_id=case.id, id=supervision_id, unit_id=unit.id, text=cmd.text, by=actor.id, at=tx.now, due_at=due
    )
    timers.set_timer(tx, SUPERVISION, case.id, str(supervision_id), due)
    store.add_notice(tx, case.id, "supervised", unit=unit.id)
    case = store.put_case(tx, case)
    record(tx, by, Supervised(case.id, supervision_id, unit.id, unit.name, due, actions.digest(cmd.text)))
    return case


def answer_supervision(tx: Tx, actor: Actor, cmd: AnswerSupervision) -> Case:
    """督办回复 by the unit that was told."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    supervision = store.LOCK_SUPERVISION.maybe(tx, case_id=case.id, id=cmd.supervision_id)
    if supervision is None:
        raise NotFound("case.supervision_unknown", "没有这次督办", "No such supervision")
    move, post = rules.decide_move(case, "answer_supervision", actor, [supervision.unit_path])
    rules.demand_evidence(move, (), cmd.answer)
    if supervision.answered_at is not None:
        raise Refused("case.answered_already", "这次督办已答复", "It has been answered", **rules.now_stands(case))
    store.ANSWER.run(tx, case_id=case.id, id=supervision.id, answer=cmd.answer, by=actor.id, now=tx.now)
    timers.drop_timers(tx, case.id, str(supervision.id))
    store.add_notice(tx, case.id, "supervision.answered", person=supervision.by)
    case = store.put_case(tx, case)
    on_time = tx.now <= supervision.due_at
    record(tx, actor.by(post), SupervisionAnswered(case.id, supervision.id, actions.digest(cmd.answer), on_time))
    return case


def urge_case(tx: Tx, actor: Actor, cmd: UrgeCase) -> Case:
    """催办: whoever has it in hand is told to hurry."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "urge")
    store.add_notice(tx, case.id, "urged", unit=case.lead_unit_id or case.area_id)
    case = store.put_case(tx, case)
    record(tx, by, CaseUrged(case.id, actions.keep_words(tx, case, cmd.text)))
    return case


def comment_case(tx: Tx, actor: Actor, cmd: CommentCase) -> Case:
    """留言, with @ to people: each is told, and their reading is receipted (天山商圈 group, seed article 002)."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    post = rules.demand_may_comment(case, actor)
    store.ADD_COMMENT.run(tx, case_id=case.id, id=cmd.id, by=actor.id, at=tx.now, text=cmd.text)
    people = _mentioned(tx, case, cmd.mentions)
    store.ADD_MENTION.run_many(tx, [{"case_id": case.id, "comment_id": cmd.id, "person_id": p} for p in people])
    for person in people:
        store.add_notice(tx, case.id, "mentioned", person=person)
    case = store.put_case(tx, case)
    record(tx, actor.by(post), Commented(case.id, cmd.id, actions.digest(cmd.text), people))
    return case


def _mentioned(tx: Tx, case: Case, people: Sequence[UUID]) -> tuple[UUID, ...]:
    """Those named with @, each once. Invalid when one of them does not see the case: it would tell them of it; nor is
    whoever mentions them told whether such a person exists."""
    named = tuple(dict.fromkeys(people))
    if named:
        own = (case.reporter_id, case.checker_id, case.commander_id)
        seeing = {*own, *find_onlookers(tx, named, (case.area_path, *case.unit_paths))}
        if unseeing := [p for p in named if p not in seeing]:
            raise Invalid(
                "case.mention_unseen",
                "所@的人看不到这个案件",
                "Somebody mentioned cannot see this case",
                people=unseeing,
            )
    return named


def read_comment(tx: Tx, actor: Actor, cmd: ReadComment) -> Case:
    """回执: a mentioned person has read it; the first reading counts."""
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    may(actor, rules.READ_COMMENT, rules.NOWHERE)
    if store.READ_MENTION.run(tx, case_id=case.id, comment_id=cmd.comment_id, person_id=actor.id, now=tx.now):
        record(tx, actor.by(actor.posts[0] if actor.posts else None), CommentRead(case.id, cmd.comment_id))
    return case
