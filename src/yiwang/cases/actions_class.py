"""改类: a case under the class of the catalogue that it belongs to, and all that hangs on the class with it.

What a limit hangs on is the filing condition, and a condition belongs to a class (facts/standards.md §1.5). So the class is
put right before filing, in filing, or until the case is dispatched, with the limit worked out again from when it was filed.
Afterwards a unit works to the limit that it was given: it returns what is not as it was called (退单, 问题分类有误).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec

from yiwang.cases import actions, actions_clock, rules_class, rules_clock, store
from yiwang.cases.model import Case, Step
from yiwang.cases.model_class import CaseReclassified, ClassOf, ReclassifyCase
from yiwang.city.model_rules import Condition, Limit, Matter
from yiwang.city.queries_component import get_component
from yiwang.city.queries_rules import get_condition, get_matter_in_force, list_conditions
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.ledger.queries import list_entries
from yiwang.network.model import Actor
from yiwang.network.rules import scope_of


def reclassify_case(tx: Tx, actor: Actor, cmd: ReclassifyCase) -> Case:
    """改类: its step stays. NotFound for a class that there is not, Invalid for one that does not hold today, or that the
    component or the condition named does not fit; Refused where it is of that class already."""
    case, _, by = actions.begin(tx, actor, cmd.case_id, "reclassify")
    if case.step is Step.filed and cmd.condition_id is None and not cmd.open_ended:
        raise no_condition()
    return put_under(tx, actor, by, case, cmd.to, cmd.condition_id, cmd.reason)


def put_under(
    tx: Tx, actor: Actor, by: By, case: Case, to: ClassOf, condition_id: UUID | None = None, reason: str = ""
) -> Case:
    """The case under another class. A filing condition that does not fit it any more falls away; where it is filed already its
    limit is that of the one named, or it has none."""
    matter = get_matter_in_force(tx, to.scheme, to.matter_kind, to.matter_code)
    named = _named(tx, actor, to.component, matter)
    was, case = case, rules_class.put_under(case, matter, named, _known(tx, case))
    key = case.scheme, case.matter_kind, case.matter_code
    condition = fitting_condition(tx, condition_id, *key) if condition_id else _kept(tx, case)
    case = replace(case, condition_id=condition.id if condition else None)
    if case.step is Step.filed:
        case = replace(case, due_at=actions_clock.relimit(tx, case, limit_of(condition) if condition else None))
    case = store.put_case(tx, case)
    text, limit = (condition.text, condition.limit_text) if condition else ("", "")
    record(
        tx, by,
        CaseReclassified(
            case.id, rules_class.class_of(case), case.matter_name, rules_class.class_of(was), was.matter_name, case.component,
            was.component, str(condition.id) if condition else None, text, limit, actions.keep_words(tx, case, reason),
            rules_clock.limits(case),
        ),
    )  # fmt: skip
    return case


def _named(tx: Tx, actor: Actor, code: str | None, matter: Matter) -> str | None:
    """The component that is named, if it is there and may have such trouble."""
    if code is None:
        return None
    component = get_component(tx, scope_of(actor), code)
    if not rules_class.is_of_class(component.code, matter):
        raise Invalid(
            "case.component_unfit", f"部件 {code} 不属于“{matter.name}”", f"The component {code} is of another class",
            component=code, matter=matter.code,
        )  # fmt: skip
    return component.code


def _known(tx: Tx, case: Case) -> list[str | None]:
    """What it is linked to, and was before its class was changed, the latest first."""
    changes = [e for e in reversed(list_entries(tx, case.id)) if e.event == "case.reclassified"]
    return [case.component, *(msgspec.json.decode(e.body)["component_was"] for e in changes)]


def _kept(tx: Tx, case: Case) -> Condition | None:
    """The condition that it was to be filed under, if it fits the class: another one falls away."""
    if case.step is Step.filed or case.condition_id is None:
        return None
    condition = get_condition(tx, case.condition_id)
    return condition if _is_fitting(tx, condition, case.scheme, case.matter_kind, case.matter_code) else None


def fitting_condition(tx: Tx, condition_id: UUID, scheme: str, kind: str, code: str) -> Condition:
    """The filing condition, if it is in force and belongs to this matter (or to one that it succeeds); else Invalid."""
    condition = get_condition(tx, condition_id)
    if not _is_fitting(tx, condition, scheme, kind, code):
        raise Invalid(
            "case.condition_unfit", "这个立案条件已停用，或不适用于该事项",
            "This filing condition has been retired, or belongs to another matter", condition=str(condition_id),
        )  # fmt: skip
    return condition


def _is_fitting(tx: Tx, condition: Condition, scheme: str, kind: str, code: str) -> bool:
    return condition.retired_at is None and any(c.id == condition.id for c in list_conditions(tx, scheme, code, kind))


def limit_of(condition: Condition) -> Limit:
    return Limit(condition.limit_value, condition.clock)


def no_condition() -> Invalid:
    return Invalid(
        "case.no_condition", "立案须选定立案条件（时限由它而定）",
        "Filing needs a filing condition: the limit hangs on it",
    )  # fmt: skip
