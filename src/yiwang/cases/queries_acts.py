"""What somebody may do with a case now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from yiwang.cases import rules, rules_acts, rules_clock
from yiwang.cases.model import OrderState, PhotoKind, Step
from yiwang.cases.model_acts import Act, Standing
from yiwang.cases.queries import Course, get_course
from yiwang.cases.queries_clock import find_share_used
from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor
from yiwang.network.rules import why_not

STEP = query(Step, "select step from cases.case where id = %(id)s")


def list_acts(tx: Tx, scope: Scope, actor: Actor, case_id: UUID) -> list[Act]:
    """NotFound where the case is out of sight."""
    return find_acts(tx, actor, get_course(tx, scope, case_id))


def find_acts(tx: Tx, actor: Actor, course: Course) -> list[Act]:
    """The same of a course that has been read: for all but a merged case, of which one thing more is asked, no statement."""
    case = course.case
    handlers = {o.handler_id for o in course.orders if o.handler_id is not None}
    handlers |= {e.by for e in course.evidence if e.kind is PhotoKind.handled}
    standing = Standing(
        case, tx.now, course.orders, course.requests, course.supervisions,
        [r for r in course.reports if r.case_id == case.id], frozenset(handlers),
        [c.id for c in course.comments if actor.id in c.mentioned and actor.id not in c.read_by],
        _bounce_by(tx, actor, course), any(r.case_id != case.id for r in course.reports),
        STEP.one(tx, id=case.merged_into) if case.merged_into else None,
    )  # fmt: skip
    return rules_acts.work_out_acts(standing, actor)


def _bounce_by(tx: Tx, actor: Actor, course: Course) -> dict[UUID, datetime]:
    """Until when the orders of the actor's own units may be bounced: who else looks needs no calendar."""
    case, need = course.case, rules.MOVE["ask_bounce"].need
    found: dict[UUID, datetime] = {}
    for order in course.orders:
        theirs = why_not(actor, need, rules.subject_of(case, [order.unit_path])) is None
        clock = rules_clock.clock_of(course.clocks, order.id)
        if theirs and clock and case.suspended_at is None and order.state in (OrderState.sent, OrderState.taken):
            found[order.id] = find_share_used(tx, clock, rules.BOUNCE_SHARE)
    return found
