"""Forms: how the fields of a dataclass are asked for, and what was filled in, checked. Pure."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

import msgspec

from yiwang.kit.errors import Invalid
from yiwang.register.model_kind import FormField

_TYPES = {str: "text", int: "whole", float: "number", bool: "check", date: "day"}


@cache
def _hints(form: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(form, include_extras=True)


@cache
def fields_of(owner: str, form: type[Any] | None) -> tuple[FormField, ...]:
    """How each field of a form is asked for; TypeError for one that no form could ask for. `owner`: whose form it is."""
    return () if form is None else tuple(_field_of(owner, form, f.name) for f in dataclasses.fields(form))


def _field_of(owner: str, form: type[Any], name: str) -> FormField:
    meta = msgspec.Meta()
    hint = _hints(form)[name]
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(h for h in typing.get_args(hint) if h is not type(None))
    asked = next(f for f in dataclasses.fields(form) if f.name == name)
    needed = asked.default is dataclasses.MISSING and asked.default_factory is dataclasses.MISSING
    if typing.get_origin(hint) is typing.Annotated:
        hint, meta = typing.get_args(hint)[0], next(m for m in typing.get_args(hint)[1:] if isinstance(m, msgspec.Meta))
    if not meta.title or not meta.description:
        raise TypeError(f"{owner}.{name} says neither title (Chinese) nor description (English)")
    choices, many = (), False
    if typing.get_origin(hint) is tuple:
        hint, many = typing.get_args(hint)[0], True
    if typing.get_origin(hint) is typing.Literal:
        choices = typing.get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        choices = tuple(str(c.value) for c in hint)
    elif many or hint not in _TYPES:
        raise TypeError(f"{owner}.{name}: no form asks for {hint}")
    of = "many" if many else "choice" if choices else _TYPES[hint]
    extra = meta.extra or {}
    bad = tuple(extra.get("bad", ()))
    if not set(bad) <= set(choices):
        raise TypeError(f"{owner}.{name}: what is bad is none of its choices")
    called = tuple(extra.get("en", ()))
    if called and len(called) != len(choices):
        raise TypeError(f"{owner}.{name}: as many words in English as there are choices")
    return FormField(
        name, meta.title, meta.description, of, needed, choices, called, extra.get("unit"), meta.ge, meta.le, bad=bad
    )


def read(form: type[Any], fields: Sequence[FormField], values: Mapping[str, Any], zh: str, en: str) -> dict[str, Any]:
    """What was filled in as it is kept: each value checked, those that are None left out. Invalid `thing.attribute` names the
    first that is wrong (`detail.field`); `zh`, `en`: what is being filled in."""
    given = {k: v for k, v in values.items() if v is not None}
    known = {f.name for f in fields}
    for name in given:
        if name not in known:
            raise Invalid("thing.attribute", f"{zh}没有“{name}”这一项", f"A {en} has no attribute {name!r}", field=name)
    for asked in (f for f in fields if f.needed and f.name not in given):
        raise Invalid("thing.attribute", f"请填写{asked.zh}", f"{asked.en} is needed", field=asked.name)
    try:
        made = msgspec.convert(given, form, strict=True)
    except msgspec.ValidationError as fault:
        name = (re.search(r"\$\.(\w+)", str(fault)) or ["", ""])[1]
        words = next((f for f in fields if f.name == name), None)
        raise Invalid(
            "thing.attribute",
            f"“{words.zh if words else name}”有误：{_limits(words)}",
            f"{words.en if words else name} is not valid: {fault}",
            field=name,
        ) from None
    return {k: v for k, v in msgspec.json.decode(msgspec.json.encode(made)).items() if v is not None}


def find_bad(fields: Iterable[FormField], filled: Mapping[str, Any]) -> tuple[str, ...]:
    """Which fields were answered so that something is wrong."""
    return tuple(f.name for f in fields if f.bad and filled.get(f.name) in f.bad)


def _limits(field: FormField | None) -> str:
    """What is asked for, in words."""
    if field is None:
        return "格式不对"
    if field.choices:
        return f"应为{'、'.join(field.choices)}之一"
    kind = {"whole": "整数", "number": "数", "day": "日期（如 2026-11-01）", "check": "是或否"}.get(field.type, "文字")
    bounds = [f"不小于 {field.least:g}"] if field.least is not None else []
    bounds += [f"不大于 {field.most:g}"] if field.most is not None else []
    return "，".join([f"应为{kind}", *bounds])
