"""Which steps there are, who may take them now, and what a kind that says them must be like. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.network.model import ADMIN_POSTS, Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import is_within, may, why_not
from yiwang.register import rules_form
from yiwang.register.model import PartyRow, Thing
from yiwang.register.model_kind import Judged, Kind, Step
from yiwang.register.model_step import TakeStep

_OF_PARTY = frozenset(PostKind) - ADMIN_POSTS - {PostKind.auditor}
"""A party's people act for it, whatever their post."""


def check_kind(kind: Kind) -> None:
    """TypeError for steps that could never be taken: said where the program starts."""
    names = {step.name for step in kind.steps}
    if len(names) < len(kind.steps):
        raise TypeError(f"{kind.name}: two steps are called the same")
    attributes = {f.name: f for f in rules_form.fields_of(kind.name, kind.attributes)}
    if "state" in attributes:
        raise TypeError(f"{kind.name}: an attribute cannot be called state")
    if kind.check_by is not None and (kind.check_by not in attributes or not attributes[kind.check_by].choices):
        raise TypeError(f"{kind.name}: {kind.check_by} is no choice among its attributes")
    for step in kind.steps:
        form = {f.name for f in rules_form.fields_of(step.name, step.form)}
        wrong = {
            "before": not step.before or not step.before <= set(kind.states),
            "to": step.to is not None and step.to not in kind.states,
            "puts": not set(step.puts) <= form & set(attributes),
            "day": step.day is not None and (step.day not in attributes or attributes[step.day].type != "day"),
            "after": (step.after is None) != (step.within is None) or (step.after or step.name) not in names,
            "not_by": step.not_by is not None and step.not_by not in names,
            "roles": not step.roles <= set(kind.roles) or not (step.roles or step.posts),
        }
        for field in (name for name, is_wrong in wrong.items() if is_wrong):
            raise TypeError(f"{kind.name}, step {step.name}: {field} cannot be")


def step_of(kind: Kind, name: str) -> Step:
    found = next((step for step in kind.steps if step.name == name), None)
    if found is None:
        raise NotFound("step.none", f"{kind.zh}没有“{name}”这一步", f"A {kind.en} has no step {name!r}")
    return found


def demand_taker(actor: Actor, step: Step, ground: str, parties: Sequence[PartyRow]) -> Post | None:
    """The post under which this person takes it: of a party whose step it is, whatever else they are; else on that ground; else
    Forbidden."""
    need, subject = _need(actor, step, ground, parties)
    post = may(actor, need, subject)
    return next((p for p in actor.posts if p.kind in need.posts and p.unit_path in subject.unit_paths), post)


def _need(actor: Actor, step: Step, ground: str, parties: Sequence[PartyRow]) -> tuple[Need, Subject]:
    theirs = tuple(p.unit_path for p in parties if p.role in step.roles)
    held = (post for post in actor.posts if post.kind in _OF_PARTY)
    units = tuple(post.unit_path for post in held if any(is_within(post.unit_path, path) for path in theirs))
    if units:
        return Need("thing.step", _OF_PARTY, Reach.order), Subject(ground, units)
    return Need("thing.step", step.posts, Reach.area if step.posts else Reach.own), Subject(ground)


def demand_now(kind: Kind, step: Step, state: str) -> None:
    if state not in step.before:
        zh, en = kind.states.get(state, (state, state))
        raise Refused(
            "step.not_now", f"现在是“{zh}”，不能“{step.zh}”", f"It is {en}: no time for “{step.en}”", state=state
        )


def demand_other(step: Step, person: Any, before: Any) -> None:
    """Four eyes: `before` took the step that this one answers."""
    if step.not_by is not None and person == before:
        raise Forbidden(
            "step.same_person",
            f"“{step.zh}”须由另一人来做",
            f"“{step.en}” must be done by somebody else",
            step=step.name,
        )


def read_form(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, checked; Invalid `thing.attribute`."""
    fields = rules_form.fields_of(step.name, step.form)
    return rules_form.read(step.form or _Nothing, fields, given, f"“{step.zh}”", f"form “{step.en}”")


@dataclass(frozen=True, slots=True)
class _Nothing:
    """The form of a step that asks for nothing: whatever is filled in is too much."""


def demand_shown(step: Step, cmd: TakeStep) -> None:
    if (cmd.lon is None) != (cmd.lat is None):
        raise Invalid("case.half_place", "经度和纬度须同时提供", "Longitude and latitude must come together")
    if step.place and cmd.lon is None:
        raise Invalid("step.no_place", f"“{step.zh}”须有定位", f"“{step.en}” needs a position")
    if len(cmd.photos) < step.photos:
        raise Invalid(
            "step.photos", f"“{step.zh}”至少要 {step.photos} 张照片", f"“{step.en}” needs {step.photos} photos at least",
            needed=step.photos,
        )  # fmt: skip


def judge(step: Step, attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    return step.judge(attributes, form) if step.judge else Judged()


def list_may(actor: Actor, kind: Kind | None, thing: Thing, parties: Sequence[PartyRow]) -> tuple[str, ...]:
    """Which steps this person may take with it now. Who took the step before is asked when it is taken."""
    return tuple(
        step.name
        for step in (kind.steps if kind else ())
        if thing.state in step.before and why_not(actor, *_need(actor, step, thing.unit_path, parties)) is None
    )
