"""What may be asked, how often and until when; who may decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yiwang.cases import rules
from yiwang.cases.model import Case, Order, Request, RequestKind
from yiwang.cases.rules import now_stands
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.network.model import Actor

OF_ORDERS = frozenset({RequestKind.bounce, RequestKind.extend, RequestKind.suspend})
"""Granted only while the case runs: a suspended one stands still, and its clocks with it."""


def demand_may_bounce(case: Case, order: Order, until: datetime | None, now: datetime) -> None:
    """Not an order given by force, at most BOUNCE_LIMIT times a case, and before BOUNCE_SHARE of the time is used (`until`)."""
    if order.forced:
        raise Refused(
            "case.bounce_forced",
            "这张单是强制派遣，不能退单",
            "This order was given by force and cannot be bounced",
            **now_stands(case),
        )
    if case.bounces >= rules.BOUNCE_LIMIT:
        raise Refused(
            "case.bounce_limit", f"本案已退单 {case.bounces} 次，须由派遣员强制派遣",
            "The case has been bounced as often as it may be", **now_stands(case),
        )  # fmt: skip
    if until is not None and now > until:
        raise Refused(
            "case.bounce_late",
            "已过退单时限（处置时限的一半）",
            "It is too late to bounce this order",
            **now_stands(case),
        )


def demand_may_extend(case: Case, order: Order, now: datetime) -> None:
    if order.due_at is None:
        raise Refused("case.no_limit", "本案没有时限，无需延期", "The case has no limit to extend", **now_stands(case))
    if now > order.due_at:
        raise Refused(
            "case.extend_late", "已超期，不能再申请延期", "It is overdue; it is too late to extend", **now_stands(case)
        )
    if case.extensions >= rules.EXTENSION_LIMIT:
        raise Refused(
            "case.extend_limit",
            f"延期至多 {rules.EXTENSION_LIMIT} 次",
            "It has been extended as often as it may be",
            **now_stands(case),
        )


def demand_may_suspend(case: Case, until: datetime, now: datetime) -> None:
    if case.suspensions >= rules.SUSPENSION_LIMIT:
        raise Refused("case.suspend_limit", "挂账只能一次", "A case can be suspended only once", **now_stands(case))
    if not now < until <= now + timedelta(days=rules.SUSPENSION_DAYS):
        raise Invalid("case.suspend_until", "挂账期限须在今后一年之内", "A suspension ends within a year from now")


def demand_may_appeal(case: Case, requests: Sequence[Request]) -> None:
    if case.overdue_at is None:
        raise Refused("case.appeal_nothing", "本案没有超期，无需申诉", "The case was not overdue", **now_stands(case))
    if any(r.kind is RequestKind.appeal for r in requests):
        raise Refused("case.appeal_once", "每案只能申诉一次", "A case can be appealed only once", **now_stands(case))


def demand_nothing_pending(case: Case, requests: Sequence[Request], kind: RequestKind, order_id: UUID | None) -> None:
    if any(r.granted is None and r.kind is kind and r.order_id == order_id for r in requests):
        raise Refused(
            "case.already_asked",
            f"{kind.zh()}申请正在审批",
            "This has been asked and awaits decision",
            **now_stands(case),
        )


def demand_suspended(case: Case) -> None:
    if case.suspended_at is None:
        raise Refused("case.not_suspended", "本案没有挂账", "The case is not suspended", **now_stands(case))


def find_pending(case: Case, requests: Sequence[Request], request_id: UUID) -> Request:
    request = next((r for r in requests if r.id == request_id), None)
    if request is None:
        raise NotFound("case.request_unknown", "没有这项申请", "No such request")
    if request.granted is not None:
        raise Refused("case.already_decided", "这项申请已有结论", "This request has been decided", **now_stands(case))
    return request


def demand_other_person(actor: Actor, request: Request) -> None:
    """Nobody decides what they asked for; nobody is both reviewers of an appeal."""
    if actor.id == request.asked_by:
        raise Forbidden("case.own_request", "不能审批自己的申请", "Nobody decides their own request")
    if actor.id in request.approvals:
        raise Forbidden(
            "case.reviewed_already", "您已复核过，须由另一人复核", "You have reviewed it; another person must"
        )
