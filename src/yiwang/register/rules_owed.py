"""Rules of what things owe: what one must be, and who sets them. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import timedelta

from yiwang.kit.errors import Invalid
from yiwang.kit.ids import named_id
from yiwang.network.model import Actor, Need, Reach, Subject
from yiwang.network.rules import is_within, may
from yiwang.register import rules
from yiwang.register.model_owed import Period, Rule, RuleOf, SetRules

SET = Need("register.set_rules", frozenset(), Reach.own, system=True)
"""Laws and standards come with the scene; nobody sets them by hand."""
NOTE_CASE = Need("register.note_case", frozenset(), Reach.own, system=True)
"""Stories (flows/) note what became of a lapse; nobody else."""

LATER = ("planned", "hours_field")


def demand_rules(actor: Actor, cmd: SetRules) -> None:
    may(actor, SET, Subject(""))
    for kind in cmd.kinds:
        rules.kind_of(kind)
    for given in cmd.rules:
        kind = rules.kind_of(given.kind)
        fields = {f.name: f for f in rules.form_of(kind).fields}
        wrong = None
        if given.kind not in cmd.kinds:
            wrong = "kind"
        elif (given.open_from is None) != (given.open_to is None) or (
            given.open_from and given.period is not Period.hour
        ):
            wrong = "open_from"
        elif given.hours_field is not None and (
            given.period is not Period.hour
            or given.hours_field not in fields
            or fields[given.hours_field].type != "text"
        ):
            wrong = "hours_field"
        elif given.since_field is not None and (
            given.since_field not in fields or fields[given.since_field].type != "day"
        ):
            wrong = "since_field"
        elif not given.evidence and given.since_field is None:
            wrong = "evidence"
        elif not set(given.applies) <= {"state", *fields} or given.applies.get("state", kind.first) not in kind.states:
            wrong = "applies"
        elif given.matter is not None and given.matter.count("|") != 1:
            wrong = "matter"
        if wrong:
            raise Invalid(
                "rule.wrong",
                f"规则 {given.code} 的“{wrong}”有误",
                f"Rule {given.code}: {wrong} is not valid",
                field=wrong,
            )


def make_rule(given: RuleOf) -> Rule:
    """Its id follows from all that it says: another word is another rule. What rules came to say later counts where it is said,
    so that those of before stay the same."""
    said = rules.digest({k: v for k, v in dataclasses.asdict(given).items() if v or k not in LATER})
    return Rule(
        named_id(f"rule:{given.code}:{said}"), given.code, given.kind, given.zh, given.en, given.every, given.period,
        given.open_from, given.open_to, given.since_field, given.applies, timedelta(hours=given.warn_h),
        timedelta(hours=given.grace_h), given.role, tuple(e.value for e in given.evidence), given.matter, given.condition,
        given.source, None, given.hours_field, given.planned,
    )  # fmt: skip


def is_met_by(actor: Actor, owing: str, ground: str, evidence: Collection[str], proofs: Collection[str]) -> bool:
    """Does a check-in of this person, who showed these proofs, meet it? `owing`: the unit that owes it; what the thing's
    own `ground` owes anybody meets who looks after things there, what a party owes only that party's people. A rule
    without evidence is met by the thing's file alone (`since_field`)."""
    theirs = owing == ground or any(is_within(post.unit_path, owing) for post in actor.posts)
    return theirs and bool(evidence) and set(evidence) <= set(proofs)
