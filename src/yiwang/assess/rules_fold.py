"""From entries to facts: the fold of one case's course, entry by entry. Pure; it reads the ledger's words and nothing else.

Each entry of version 2 carries the deadlines as they stood after it (`limits`), so no deadline is worked out here and
none can change afterwards by a change of settings, calendars or code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from yiwang.assess.model import Fact, Kind

FIRST_WITH_LIMITS = 2
"""`case.reported` of version 1 holds neither its area's place nor deadlines: such a case is left out, and counted so."""
_STEP_DUTIES = (Kind.accept, Kind.check, Kind.file, Kind.dispatch, Kind.verify)

Body = dict[str, Any]


class Entry(Protocol):
    """What the fold needs of a ledger entry."""

    @property
    def subject_id(self) -> UUID: ...
    @property
    def n(self) -> int: ...
    @property
    def event(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def actor(self) -> UUID: ...
    @property
    def post(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def body(self) -> str: ...


def fold(facts: list[Fact], entry: Entry) -> bool:
    """Let the facts of a case follow its next entry; False when the entry changes none of them.

    Call it with every entry of the case, in order, and the same list. A case whose report has no limits stays empty.
    """
    step = _STEPS.get(entry.event)
    if step is None or not (facts or (entry.event == "case.reported" and entry.version >= FIRST_WITH_LIMITS)):
        return False
    step(_Case(facts, entry), msgspec.json.decode(entry.body))
    return True


class _Case:
    """The facts of one case and the entry that they follow now."""

    __slots__ = ("at", "entry", "facts")

    def __init__(self, facts: list[Fact], entry: Entry) -> None:
        self.facts, self.entry, self.at = facts, entry, entry.at

    def add(self, kind: Kind, **more: Any) -> Fact:
        first, entry = self.facts[0], self.entry
        fact = Fact(entry.subject_id, len(self.facts), kind, entry.n, first.area, first.channel, **more)
        self.facts.append(fact)
        return fact

    def open(self, *kinds: Kind) -> list[Fact]:
        """Duties of these kinds that still run."""
        return [f for f in self.facts if f.kind in kinds and f.done_at is None and f.lifted_at is None]

    def begin(self, kind: Kind, body: Body, person: UUID | None = None) -> None:
        """The step's duty begins, with the deadline that now stands for it."""
        self.add(kind, begun_at=self.at, due_at=_time(body["limits"]["step_due_at"]), person=person)

    def finish(self, kind: Kind, outcome: str) -> bool:
        """The running duty of this kind is done by who signed the entry."""
        running = self.open(kind)
        for f in running:
            f.done_at, f.outcome, f.person, f.post = self.at, outcome, self.entry.actor, self.entry.post
        return bool(running)

    def lift(self, *kinds: Kind, outcome: str = "") -> None:
        for f in self.open(*kinds):
            f.lifted_at, f.outcome = self.at, outcome

    def whole(self) -> Fact | None:
        """The whole case's fact: the latest, should it have been reopened."""
        return next((f for f in reversed(self.facts) if f.kind is Kind.whole), None)

    def order(self, order: str) -> Fact | None:
        wanted = UUID(order)
        return next((f for f in self.facts if f.kind is Kind.handle and f.order_id == wanted), None)

    def follow_orders(self, body: Body) -> None:
        """Orders that are new, sent now that their turn has come, or have another deadline."""
        paused = (whole := self.whole()) is not None and whole.suspended
        for it in body["limits"]["orders"]:
            fact = self.order(it["order"]) or self.add(Kind.handle, order_id=UUID(it["order"]), unit=it["path"])
            if it["sent"] and fact.begun_at is None:
                fact.begun_at = self.at
            if not paused and fact.lifted_at is None:
                fact.due_at = _time(it["due_at"])

    def event(self, kind: Kind, order: str | None) -> None:
        """Something granted: an extension, a suspension."""
        of = self.order(order) if order else None
        unit, order_id = (of.unit, of.order_id) if of else ("", None)
        self.add(kind, unit=unit, order_id=order_id, done_at=self.at, person=self.entry.actor, post=self.entry.post)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _outcome(case: _Case, outcome: str) -> None:
    """What became of the report; that it was filed once stands whatever follows."""
    if case.facts[0].outcome != "filed":
        case.facts[0].outcome = outcome


# ── one function an event ─────────────────────────────────────────────────────────────────────────────────────────────


def _reported(case: _Case, body: Body) -> None:
    entry = case.entry
    case.facts.append(
        Fact(entry.subject_id, 0, Kind.report, entry.n, body["area_path"], body["channel"], person=entry.actor,
             post=entry.post, begun_at=entry.at, done_at=entry.at, number=body["number"])
    )  # fmt: skip
    case.begin(Kind.accept, body)


def _accepted(case: _Case, body: Body) -> None:
    case.lift(Kind.check)
    if not case.finish(Kind.accept, "accepted"):
        case.add(Kind.accept, done_at=case.at, outcome="accepted", person=case.entry.actor, post=case.entry.post)
    if not body["late"]:
        case.begin(Kind.file, body)


def _declined(case: _Case, _: Body) -> None:
    case.lift(Kind.check)
    case.finish(Kind.accept, "declined")
    _outcome(case, "declined")


def _check_asked(case: _Case, body: Body) -> None:
    due = _time(body["limits"]["step_due_at"])
    for accept in case.open(Kind.accept):
        case.add(
            Kind.send_check, begun_at=accept.begun_at, due_at=accept.due_at, done_at=case.at, person=case.entry.actor,
            post=case.entry.post,
        )  # fmt: skip
        accept.due_at = due
    case.begin(Kind.check, body, UUID(body["inspector"]))


def _check_answered(case: _Case, body: Body) -> None:
    case.finish(Kind.check, "found" if body["found"] else "not_found")
    for accept in case.open(Kind.accept):
        accept.due_at = _time(body["limits"]["step_due_at"])


def _filed(case: _Case, body: Body) -> None:
    how = "late" if body["late"] else "automatic" if body["automatic"] else "manual"
    if not case.finish(Kind.file, how):
        case.add(Kind.file, done_at=case.at, outcome=how, person=case.entry.actor, post=case.entry.post)
    _outcome(case, "filed")
    whole = case.whole() or case.add(Kind.whole)
    whole.begun_at = case.at
    if not body["late"]:
        whole.due_at = _time(body["due_at"])
        if body["limits"]["step"] == "filed":
            case.begin(Kind.dispatch, body)


def _reclassified(case: _Case, body: Body) -> None:
    """Filed already, it is due by the limit of the class that it belongs to."""
    if whole := case.whole():
        whole.due_at = _time(body["limits"]["due_at"])


def _handled_on_spot(case: _Case, body: Body) -> None:
    _handled(case)
    case.begin(Kind.verify, body)


def _handled(case: _Case) -> None:
    if whole := case.whole():
        whole.done_at = case.at


def _dispatched(case: _Case, body: Body) -> None:
    case.finish(Kind.dispatch, "")
    case.follow_orders(body)


def _assist_added(case: _Case, body: Body) -> None:
    case.follow_orders(body)


def _order_finished(case: _Case, body: Body) -> None:
    case.follow_orders(body)
    order = case.order(body["order"])
    if order is not None:
        order.done_at, order.person, order.post = case.at, case.entry.actor, case.entry.post
        case.add(
            Kind.round, unit=order.unit, order_id=order.order_id, begun_at=order.begun_at, due_at=order.due_at,
            done_at=case.at, person=case.entry.actor, post=case.entry.post,
        )  # fmt: skip
    if body["last"]:
        _handled(case)
        case.begin(Kind.verify, body)


def _verified(case: _Case, body: Body) -> None:
    passed = body["passed"]
    case.finish(Kind.verify, "passed" if passed else "failed")
    sent_back = {UUID(it["order"]) for it in body["limits"]["orders"]}
    since = max((f.done_at for f in case.facts if f.kind is Kind.dispatch and f.done_at), default=case.at)
    for f in case.facts:
        if f.kind is Kind.round and not f.outcome and (
            (f.begun_at is not None and f.begun_at >= since) if passed else f.order_id in sent_back
        ):  # fmt: skip
            f.closed_at, f.outcome = case.at, "passed" if passed else "failed"
    if passed:
        return
    for f in case.facts:
        if f.kind is Kind.handle and f.order_id in sent_back:
            f.done_at = None
    case.follow_orders(body)
    if whole := case.whole():
        whole.done_at, whole.due_at = None, _time(body["limits"]["due_at"])
    if body["limits"]["step"] == "filed":  # what was put right on the spot, and was not: nobody had an order
        case.begin(Kind.dispatch, body)


def _closed(case: _Case, _: Body) -> None:
    if whole := case.whole():
        whole.closed_at, whole.person, whole.post = case.at, case.entry.actor, case.entry.post
        whole.outcome = whole.outcome or "closed"


def _reopened(case: _Case, body: Body) -> None:
    """The first close stays as it was; what is owed now is a second one, not filed anew."""
    case.add(Kind.whole, due_at=_time(body["limits"]["due_at"]))
    case.begin(Kind.dispatch, body)


def _voided(case: _Case, _: Body) -> None:
    case.lift(*_STEP_DUTIES, Kind.handle)
    _outcome(case, "void")
    if (whole := case.whole()) and whole.closed_at is None:
        whole.lifted_at, whole.suspended = case.at, False
    for f in case.facts:
        if f.kind in {Kind.file, Kind.whole} and (f.done_at or f.kind is Kind.whole):
            f.outcome = "void"


def _merged(case: _Case, _: Body) -> None:
    case.lift(*_STEP_DUTIES)
    _outcome(case, "merged")
    if (whole := case.whole()) and whole.done_at is None:
        whole.lifted_at = case.at


def _unmerged(case: _Case, body: Body) -> None:
    """Where it was, with a new deadline of that step; the whole case's deadline goes on with the time it had used."""
    limits, first = body["limits"], case.facts[0]
    if first.outcome == "merged":
        first.outcome = ""
    kind = {"reported": Kind.accept, "accepted": Kind.file, "filed": Kind.dispatch}[limits["step"]]
    case.begin(kind, body)
    if (whole := case.whole()) and whole.done_at is None:
        whole.lifted_at, whole.due_at = None, _time(limits["due_at"])


def _emergency(case: _Case, body: Body) -> None:
    """Called at once: dispatched now; acceptance and filing may follow, late. Earlier orders are recalled."""
    if not case.finish(Kind.dispatch, ""):
        case.add(Kind.dispatch, done_at=case.at, person=case.entry.actor, post=case.entry.post)
    case.lift(*_STEP_DUTIES)
    case.lift(Kind.handle, outcome="recalled")
    case.follow_orders(body)
    whole = case.whole() or case.add(Kind.whole)
    whole.due_at, whole.done_at = _time(body["limits"]["due_at"]), None


def _decided(case: _Case, body: Body) -> None:
    """Only what was granted for good changes anything. A voiding has an entry of its own."""
    kind = body["kind"]
    if body["granted"] and body["final"] and kind != "void":
        _GRANTED[kind](case, body)


def _bounced(case: _Case, body: Body) -> None:
    dispatches = [f for f in case.facts if f.kind is Kind.dispatch and f.done_at is not None]
    if dispatches:
        dispatches[-1].outcome = "returned"
    order = case.order(body["order"])
    if order is not None:
        order.lifted_at, order.outcome = case.at, "bounced"
    if body["limits"]["step"] == "filed":
        case.lift(Kind.handle, outcome="recalled")
        case.begin(Kind.dispatch, body)
    elif body["limits"]["step"] == "handled":
        _handled(case)
        case.begin(Kind.verify, body)
    case.follow_orders(body)


def _extended(case: _Case, body: Body) -> None:
    case.event(Kind.extend, body["order"])
    case.follow_orders(body)
    if whole := case.whole():
        whole.due_at = _time(body["limits"]["due_at"])


def _suspended(case: _Case, body: Body) -> None:
    """挂账: what is not overdue yet has no deadline until the case goes on; what is, stays so."""
    case.event(Kind.suspend, body["order"])
    for f in case.open(Kind.handle, Kind.whole):
        if f.due_at is not None and f.due_at > case.at:
            f.due_at = None
    if whole := case.whole():
        whole.suspended = True


def _resumed(case: _Case, body: Body) -> None:
    if whole := case.whole():
        whole.suspended, whole.due_at = False, _time(body["limits"]["due_at"])
    case.follow_orders(body)


def _appealed(case: _Case, _: Body) -> None:
    """The closed course's lateness counts as on time; the times stay as they are (indicators.csv: appeal)."""
    whole = case.whole()
    for f in case.facts:
        if f is whole or (f.kind in {Kind.handle, Kind.round} and f.done_at is not None):
            f.exempt = True


def _reworked(case: _Case, body: Body) -> None:
    if body["order"] is not None:
        case.follow_orders(body)
    elif whole := case.whole():
        whole.due_at = _time(body["limits"]["due_at"])


def _rated(case: _Case, body: Body) -> None:
    case.add(Kind.rate, done_at=case.at, outcome="solved" if body["solved"] else "unsolved")


_GRANTED: dict[str, Callable[[_Case, Body], None]] = {
    "bounce": _bounced,
    "extend": _extended,
    "suspend": _suspended,
    "appeal": _appealed,
}
_STEPS: dict[str, Callable[[_Case, Body], None]] = {
    "case.reported": _reported,
    "case.accepted": _accepted,
    "case.declined": _declined,
    "case.check_asked": _check_asked,
    "case.check_answered": _check_answered,
    "case.filed": _filed,
    "case.reclassified": _reclassified,
    "case.handled_on_spot": _handled_on_spot,
    "case.dispatched": _dispatched,
    "case.assist_added": _assist_added,
    "case.order_finished": _order_finished,
    "case.verified": _verified,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.voided": _voided,
    "case.merged": _merged,
    "case.unmerged": _unmerged,
    "case.emergency_declared": _emergency,
    "case.request_decided": _decided,
    "case.resumed": _resumed,
    "case.deadline_reworked": _reworked,
    "case.report_rated": _rated,
}
