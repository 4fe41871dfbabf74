"""Kinds of things: what a scene says of them, and how forms ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from yiwang.network.model import PostKind


class Role(StrEnum):
    """Who has to do with a thing."""

    owner = "owner"
    keeper = "keeper"
    maintainer = "maintainer"
    responsible = "responsible"
    third_party = "third_party"

    def zh(self) -> str:
        return _ROLES[self][0]

    def en(self) -> str:
        return _ROLES[self][1]


_ROLES = {
    Role.owner: ("权属单位", "Owner"),
    Role.keeper: ("使用管理单位", "Keeper"),
    Role.maintainer: ("维护保养单位", "Maintainer"),
    Role.responsible: ("监管责任单位", "Responsible"),
    Role.third_party: ("第三方单位", "Third party"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from a step: another state than `Step.to`, attributes, a case (`matter`: scheme|code, with its filing
    condition). `said`: why, in Chinese and English, for the record."""

    to: str | None = None
    puts: Mapping[str, Any] = field(default_factory=dict)
    matter: str | None = None
    condition: str | None = None
    emergency: bool = False
    said: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does with a thing, from state to state.

    `before`: in which states it may be done; `to`: the state after it (None: as it was). `form`: a dataclass as a kind's
    `attributes` are; `puts`: which of its fields become attributes, `day`: the attribute that says on which day it was taken. `posts`: who, on the thing's ground; `roles`: who as its
    party. `photos`: how many at least; `place`: the telephone has to say where it is. `within` so long `after` that step it is
    due, a lapse is noted (`thing.step_late`). `not_by`: nobody takes it who took that step last (四眼). `judge(attributes,
    form)` decides what follows, and raises what speaks against it. Pure.
    """

    name: str
    zh: str
    en: str
    before: frozenset[str]
    to: str | None = None
    form: type[Any] | None = None
    puts: tuple[str, ...] = ()
    day: str | None = None
    posts: frozenset[PostKind] = frozenset()
    roles: frozenset[Role] = frozenset()
    photos: int = 0
    place: bool = False
    after: str | None = None
    within: timedelta | None = None
    not_by: str | None = None
    judge: Callable[[Mapping[str, Any], Mapping[str, Any]], Judged] | None = None


Damage = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[str, str | None]]
"""Of a thing's attributes and a check-in's form: the matter (scheme|code), and the text of its filing condition where one fits."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a scene says of one kind of thing.

    `attributes`: a frozen dataclass; each field `Annotated[…, msgspec.Meta(title=<Chinese>, description=<English>, …)]`,
    with Meta's bounds, or that `| None`; a field without default is asked for; the choices of a Literal are called in English as
    `extra={"en": (…,)}` says, in their order. `version` rises when a field changes its meaning or goes;
    `upgrade(version, values)` then brings older values up. `states`: name → (Chinese, English), the first is that of a new
    thing; those in `ended` stand there no more. `code`: what a code of this kind looks like, `code_of` says it in words;
    `code_new`: how a new one is made up where nobody hands codes out, `{day}` and `{n}` (some letters and digits) filled in.
    `roles`: who may be named, `called` so where other words are used; `keepers`: who may enter and change things of this kind, on their ground or as a party;
    `checkers`: who may check in there beside them. `damage`: the case that damage found there becomes, as matter
    (scheme|code) or, where it depends on what is damaged and how, a pure function of attributes and answers (`Damage`); `found`: in its words.
    `check`: what is asked at a check-in, a dataclass as `attributes` are, by the value of the attribute `check_by` or, where
    that is None, under ""; an answer among a field's `extra={"bad": (…,)}` is damage. `steps`: what is done with it.
    """

    name: str
    zh: str
    en: str
    attributes: type[Any]
    states: Mapping[str, tuple[str, str]]
    keepers: frozenset[PostKind]
    checkers: frozenset[PostKind] = frozenset()
    ended: frozenset[str] = frozenset()
    code: re.Pattern[str] = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,39}")
    code_new: str | None = None
    code_of: tuple[str, str] = ("字母、数字和 . _ / -，最多 40 位", "letters, digits and . _ / -, up to 40")
    version: int = 1
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None
    roles: tuple[Role, ...] = tuple(Role)
    called: Mapping[Role, tuple[str, str]] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    damage: str | Damage | None = None
    found: str = "到场检查发现损坏"
    check: Mapping[str, type[Any]] = field(default_factory=dict)
    check_by: str | None = None
    steps: tuple[Step, ...] = ()

    @property
    def first(self) -> str:
        return next(iter(self.states))

    def call(self, role: Role) -> tuple[str, str]:
        """What a party in this role is called here, in Chinese and English."""
        return self.called.get(role) or (role.zh(), role.en())


@dataclass(frozen=True, slots=True)
class FormField:
    """One attribute as a form asks for it and a list shows it. `type`: text, number, whole, check, day, choice or many
    (of `choices`, called `choices_en` in English; empty: the same). `bad`: the answers that say that something is wrong. `by_step`: steps fill it in, nobody is asked for it
    when a thing is entered."""

    name: str
    zh: str
    en: str
    type: str
    needed: bool
    choices: tuple[str, ...] = ()
    choices_en: tuple[str, ...] = ()
    unit: str | None = None
    least: float | None = None
    most: float | None = None
    bad: tuple[str, ...] = ()
    by_step: bool = False


@dataclass(frozen=True, slots=True)
class StateName:
    name: str
    zh: str
    en: str
    ended: bool


@dataclass(frozen=True, slots=True)
class RoleName:
    name: Role
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class LinkName:
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step, as screens need to know it; `before`: in which states it may be taken."""

    name: str
    zh: str
    en: str
    before: tuple[str, ...]
    fields: tuple[FormField, ...]
    photos: int
    place: bool


@dataclass(frozen=True, slots=True)
class KindForm:
    """A kind, as screens need to know it. `checks`: the forms of a check-in, by the value of the attribute `check_by`; `called`: what each of `roles` is called here.
    `acts`: `add` and `round` where whoever asks may enter such things, or open a round of them, somewhere."""

    name: str
    zh: str
    en: str
    version: int
    states: tuple[StateName, ...]
    roles: tuple[Role, ...]
    fields: tuple[FormField, ...]
    code_zh: str
    code_en: str
    code_new: str | None
    links: tuple[LinkName, ...]
    steps: tuple[StepForm, ...]
    checks: dict[str, tuple[FormField, ...]]
    check_by: str | None
    called: tuple[RoleName, ...] = ()
    acts: tuple[str, ...] = ()
