"""应急 (MISSION C9): minutes, several units at once, one commander; paper may follow, but is never left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from yiwang.cases import actions, actions_clock, rules, rules_clock, rules_order, store
from yiwang.cases.actions_dispatch import add_order
from yiwang.cases.model import Case, Step
from yiwang.cases.model_commands import Assignment, DeclareEmergency
from yiwang.cases.model_events_around import EmergencyDeclared
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.ledger.actions import record
from yiwang.network.model import Actor
from yiwang.network.queries_actor import find_actor
from yiwang.network.queries_units import find_units


def declare_emergency(tx: Tx, actor: Actor, cmd: DeclareEmergency) -> Case:
    """Call several units at once under one commander. What was skipped (受理, 立案) is owed before the case can close."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "declare_emergency")
    rules.demand_running(case)
    if len(set(cmd.units)) < len(cmd.units):
        raise Invalid("case.unit_twice", "同一单位不能派两张单", "A unit cannot have two orders in one case")
    commander = rules.demand_commander(find_actor(tx, cmd.commander_id), cmd.commander_id, case)
    units = rules_order.check_units(find_units(tx, cmd.units), cmd.units)
    owed = tuple(step for step, at in (("accept", case.accepted_at), ("file", case.filed_at)) if at is None)
    due = tx.now + timedelta(minutes=cmd.minutes)
    actions.end_orders(tx, case, actions.orders_of(tx, case))
    store.withdraw_requests(tx, case.id)
    old = rules_clock.whole_clock(store.lock_clocks(tx, case.id))
    actions_clock.stop_clock(tx, case, old)
    case = replace(
        case, emergency=True, commander_id=commander.id, owed=owed, lead_unit_id=cmd.units[0], due_at=due,
        dispatched_at=tx.now, handled_at=None,
    )  # fmt: skip
    whole = actions_clock.start_fixed(tx, case, due, None, "应急限时", "Limit set for the emergency")
    case = actions.enter(tx, case, Step.handling)
    orders = [
        add_order(tx, case, Assignment(unit), units[unit], [whole], lead=i == 0, forced=True, now=True)
        for i, unit in enumerate(cmd.units)
    ]
    store.add_notice(tx, case.id, "emergency", person=commander.id)
    record(
        tx, by,
        EmergencyDeclared(case.id, commander.id, cmd.units, tuple(units[u].name for u in cmd.units),
                          tuple(o.order for o in orders), owed, due, rules_clock.limits(case, orders), actions.keep_words(tx, case, cmd.reason)),
    )  # fmt: skip
    return store.lock_case(tx, case.id)
