"""The state machine walked at random: an independent little model says what must be refused and where a case then stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import world
from yiwang import flows
from yiwang.cases import actions_class, actions_file, actions_request, actions_talk, rules, store
from yiwang.cases.model import OPEN_STEPS, BounceReason, Case, OrderState, RequestKind, Step
from yiwang.cases.model_class import ClassOf, ReclassifyCase
from yiwang.cases.model_commands import (
    AcceptCase,
    AskBounce,
    AskExtension,
    AskSuspension,
    AskVoid,
    DecideRequest,
    DeclineCase,
    FileCase,
    ResumeCase,
    UrgeCase,
)
from yiwang.cases.queries_clock import find_deadline
from yiwang.city.queries_rules import list_conditions
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Problem
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger import actions as ledger
from yiwang.ledger import rules as ledger_rules
from yiwang.ledger.actions import ENTRY

ENDED = {"closed", "declined", "void"}


class Walk(RuleBasedStateMachine):
    """One case, acted upon at random by whoever has the post; the model knows only steps and a few counts."""

    database: Database

    @initialize()
    def begin(self) -> None:
        self.connection = self.database.pool.getconn()
        self.connection.execute("begin")
        ledger.react_with(flows.REACTIONS)
        self.play = world.Play(Tx(self.connection, world.NOON))
        self.case = self.play.report()
        self.step, self.suspended, self.bounces, self.ending = "reported", False, 0, ""

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.connection.execute("rollback")
            self.database.pool.putconn(self.connection)

    def act(self, allowed: bool, to: str | None, act: Callable[[], Case]) -> None:
        """Done and at `to` if the model allows it; refused and unchanged if not."""
        before = self.play.now(self.case)
        try:
            with self.play.tx.savepoint():
                after = act()
        except Problem as refusal:
            assert not allowed, refusal
            assert self.play.now(self.case) == before
        else:
            assert allowed, f"{before.step} should have refused"
            self.step = to or self.step
            assert after.step == self.step

    def open_order(self):
        return next((o for o in self.play.orders(self.case) if o.state in (OrderState.sent, OrderState.taken)), None)

    def pending(self, kind: RequestKind):
        requests = store.REQUESTS.all(self.play.tx, case_id=self.case.id)
        return next((r for r in requests if r.kind is kind and r.granted is None), None)

    @rule()
    def accept(self) -> None:
        who = self.play.who("zhang.min")
        self.act(
            self.step == "reported", "accepted",
            lambda: actions_file.accept_case(self.play.tx, who, AcceptCase(self.case.id)),
        )  # fmt: skip

    @precondition(lambda self: self.step == "reported")
    @rule(coin=st.integers(0, 9))
    def decline(self, coin: int) -> None:
        if coin == 0:
            who = self.play.who("zhang.min")
            self.act(
                True, "declined", lambda: actions_file.decline_case(self.play.tx, who, DeclineCase(self.case.id, "x"))
            )

    @rule()
    def file(self) -> None:
        cmd = FileCase(self.case.id, self.play.condition(), to=ClassOf("matter", "06010"))
        who = self.play.who("zhang.min")
        self.act(self.step == "accepted", "filed", lambda: actions_file.file_case(self.play.tx, who, cmd))

    @rule(code=st.sampled_from(["06010", "06013"]))
    def reclassify(self, code: str) -> None:
        """From 06010 to 06013 and back; `file` files it under 06010 alone."""
        before, who = self.play.now(self.case), self.play.who("zhang.min")
        allowed = self.step in ("reported", "accepted", "filed") and code != before.matter_code
        condition = list_conditions(self.play.tx, before.scheme, code)[0].id
        foretold = find_deadline(self.play.tx, EVERYTHING, self.case.id, condition).due_at
        cmd = ReclassifyCase(self.case.id, ClassOf("matter", code), condition)
        self.act(allowed, None, lambda: actions_class.reclassify_case(self.play.tx, who, cmd))
        if allowed:
            after = self.play.now(self.case)
            assert (after.matter_code, after.condition_id) == (code, condition)
            assert after.due_at == (foretold if self.step == "filed" else None)
            assert (after.step_since, after.step_due_at) == (before.step_since, before.step_due_at)

    @rule()
    def dispatch(self) -> None:
        self.act(self.step == "filed", "handling", lambda: self.play.dispatch(self.case))

    @rule()
    def finish(self) -> None:
        order = self.open_order()
        allowed = self.step == "handling" and not self.suspended and order is not None
        if not self.play.orders(self.case):
            return
        self.act(allowed, "handled", lambda: self.play.finish(self.case))

    @rule(passed=st.booleans())
    def verify(self, passed: bool) -> None:
        to = "verified" if passed else "handling"
        self.act(self.step == "handled", to, lambda: self.play.verify(self.case, passed=passed))

    @rule()
    def close(self) -> None:
        self.act(self.step == "verified", "closed", lambda: self.play.close(self.case))

    @precondition(lambda self: self.step == "handling" and self.open_order() is not None)
    @rule()
    def ask_bounce(self) -> None:
        order = self.open_order()
        clock = next(c for c in self.play.clocks(self.case) if c.order_id == order.id)
        early = self.play.tx.now - clock.started_at < timedelta(hours=1) and not clock.pauses
        if not early:
            return
        allowed = not self.suspended and self.bounces < rules.BOUNCE_LIMIT and self.pending(RequestKind.bounce) is None
        cmd = AskBounce(self.case.id, order.id, BounceReason.not_ours, "x")
        self.act(allowed, None, lambda: actions_request.ask_bounce(self.play.tx, self.play.who("cheng.gang"), cmd))

    @precondition(lambda self: self.step == "handling" and self.open_order() is not None)
    @rule(kind=st.sampled_from(["extend", "suspend"]))
    def ask(self, kind: str) -> None:
        order, case = self.open_order(), self.play.now(self.case)
        who = self.play.who("cheng.gang")
        if kind == "extend":
            allowed = (
                not self.suspended and case.extensions < 2 and self.pending(RequestKind.extend) is None
                and self.play.tx.now <= order.due_at
            )  # fmt: skip
            cmd = AskExtension(case.id, order.id, "x")
            self.act(allowed, None, lambda: actions_request.ask_extension(self.play.tx, who, cmd))
        else:
            allowed = not self.suspended and case.suspensions < 1 and self.pending(RequestKind.suspend) is None
            until = self.play.tx.now + timedelta(days=20)
            ask = AskSuspension(case.id, order.id, "x", until)
            self.act(allowed, None, lambda: actions_request.ask_suspension(self.play.tx, who, ask))

    @precondition(lambda self: self.step in {s.value for s in OPEN_STEPS})
    @rule(coin=st.integers(0, 5))
    def ask_void(self, coin: int) -> None:
        if coin == 0:
            allowed = self.pending(RequestKind.void) is None
            cmd = AskVoid(self.case.id, "x")
            self.act(allowed, None, lambda: actions_request.ask_void(self.play.tx, self.play.who("zhang.min"), cmd))

    @rule(kind=st.sampled_from(["bounce", "extend", "suspend", "void"]), grant=st.booleans())
    def decide(self, kind: str, grant: bool) -> None:
        request = self.pending(RequestKind(kind))
        if request is None:
            return
        to = {"bounce": "filed", "void": "void"}.get(kind) if grant else None
        cmd = DecideRequest(self.case.id, request.id, grant)
        by = "chen.jie" if kind == "bounce" else "sun.lan"
        self.act(True, to, lambda: actions_request.decide_request(self.play.tx, self.play.who(by), cmd))
        self.suspended = self.suspended or (grant and kind == "suspend")
        self.suspended = self.suspended and self.step == "handling"
        self.bounces += grant and kind == "bounce"

    @rule()
    def resume(self) -> None:
        who = self.play.who("sun.lan")
        self.act(self.suspended, None, lambda: actions_request.resume_case(self.play.tx, who, ResumeCase(self.case.id)))
        self.suspended = False

    @rule(minutes=st.sampled_from([1, 20, 90, 600, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.play.wait(minutes=minutes)
        self.suspended = self.play.now(self.case).suspended_at is not None

    @rule()
    def urge(self) -> None:
        allowed = self.step not in ENDED
        who = self.play.who("shi.guoqiang")
        self.act(allowed, None, lambda: actions_talk.urge_case(self.play.tx, who, UrgeCase(self.case.id)))

    @invariant()
    def stands_where_the_model_says(self) -> None:
        if not hasattr(self, "play"):
            return
        case = self.play.now(self.case)
        assert case.step == self.step
        assert (case.suspended_at is not None) == self.suspended
        orders = self.play.orders(case)
        open_orders = [o for o in orders if o.state in (OrderState.sent, OrderState.taken)]
        assert bool(open_orders) == (case.step is Step.handling)
        if case.step.value in ENDED:
            assert self.play.timers(case) == []
        for clock in self.play.clocks(case):
            running = clock.stopped_at is None and not (clock.pauses and clock.pauses[-1][1] is None)
            armed = [t for t in self.play.timers(case) if t.key == str(clock.id)]
            assert len(armed) <= 1
            if running and clock.escalated < 3 and case.step.value not in ENDED:
                assert armed, clock
            if not running:
                assert not armed, clock

    @invariant()
    def chain_holds(self) -> None:
        if not hasattr(self, "play"):
            return
        n, head = self.play.tx.heads[self.case.id]
        entry = ENTRY.one(self.play.tx, id=self.case.id, n=n)
        assert entry.hash == head == ledger_rules.entry_hash(entry)


def test_the_machine_walked_at_random(_world: Database) -> None:
    Walk.database = _world
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.parametrize("move", rules.MOVES, ids=lambda m: m.act)
def test_every_move_names_its_source_and_starts_from_somewhere(move: rules.Move) -> None:
    assert move.source and move.come_from and move.zh
    assert move.posts or move.system, "somebody must be able to do it"
