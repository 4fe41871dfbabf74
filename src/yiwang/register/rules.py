"""What a kind of thing asks for, who may keep its file, and what of it changed. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import shapely
from shapely.geometry import shape as shape_of

from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.network.model import Actor, Need, Post, Reach, Subject
from yiwang.network.rules import anywhere, is_within, may, why_not
from yiwang.register import rules_form, rules_step
from yiwang.register.model import Thing
from yiwang.register.model_kind import Kind, KindForm, LinkName, Role, RoleName, StateName, StepForm

MOST_POINTS = 10_000
KEEPING = ("change", "set_party", "link", "add_document", "drop_document", "bind_tag", "remove_tag")
"""What whoever keeps a file does with it."""
_kinds: Mapping[str, Kind] = {}
_forms: Mapping[str, KindForm] = {}


def know(kinds: Iterable[Kind]) -> None:
    """Which kinds there are: said once, where the program starts."""
    global _kinds, _forms
    found: dict[str, Kind] = {}
    for kind in kinds:
        if kind.name in found:
            raise TypeError(f"two kinds are called {kind.name}")
        rules_step.check_kind(kind)
        found[kind.name] = kind
    _kinds, _forms = found, {name: _make_form(kind) for name, kind in found.items()}


def kinds() -> Mapping[str, Kind]:
    return _kinds


def kind_of(name: str) -> Kind:
    """The kind called so; NotFound `thing.no_kind`."""
    if name not in _kinds:
        raise NotFound("thing.no_kind", f"没有“{name}”这一类", f"There is no kind {name!r}")
    return _kinds[name]


def form_of(kind: Kind) -> KindForm:
    """How screens and files ask for a thing of this kind; TypeError for a kind that no form could ask for."""
    return _forms[kind.name] if _kinds.get(kind.name) is kind else _make_form(kind)


def _make_form(kind: Kind) -> KindForm:
    by_step = {name for step in kind.steps for name in (*step.puts, step.day)}
    return KindForm(
        kind.name, kind.zh, kind.en, kind.version,
        tuple(StateName(name, *words, ended=name in kind.ended) for name, words in kind.states.items()),
        kind.roles, tuple(replace(f, by_step=f.name in by_step) for f in rules_form.fields_of(kind.name, kind.attributes)),
        *kind.code_of, kind.code_new,
        tuple(LinkName(name, *words) for name, words in kind.links.items()),
        tuple(
            StepForm(
                step.name, step.zh, step.en, tuple(s for s in kind.states if s in step.before),
                rules_form.fields_of(step.name, step.form), step.photos, step.place,
            )
            for step in kind.steps
        ),
        {of: rules_form.fields_of(f"{kind.name} {of}", form) for of, form in kind.check.items()}, kind.check_by,
        tuple(RoleName(role, *kind.call(role)) for role in kind.roles),
    )  # fmt: skip


# ── what is entered ───────────────────────────────────────────────────────────────────────────────────────────────


def demand_code(kind: Kind, code: str) -> None:
    if not kind.code.fullmatch(code):
        zh, en = kind.code_of
        raise Invalid("thing.code", f"{kind.zh}的编码应为{zh}", f"The code of a {kind.en} should be {en}", given=code)


def demand_state(kind: Kind, state: str) -> str:
    if state not in kind.states:
        raise Invalid(
            "thing.state",
            f"{kind.zh}没有“{state}”这一状态，可用：{'、'.join(zh for zh, _ in kind.states.values())}",
            f"A {kind.en} has no state {state!r}; it has {', '.join(kind.states)}",
            states=list(kind.states),
        )
    return state


def read_attributes(kind: Kind, values: Mapping[str, Any], version: int | None = None) -> dict[str, Any]:
    """The attributes as they are kept: of the kind's present version, each checked, those that are None left out. Invalid
    `thing.attribute` names the first that is wrong (`detail.field`)."""
    given = {k: v for k, v in values.items() if v is not None}
    if version is not None and version < kind.version and kind.upgrade is not None:
        given = kind.upgrade(version, given)
    return rules_form.read(kind.attributes, form_of(kind).fields, given, kind.zh, kind.en)


def read_shape(given: Mapping[str, Any] | None) -> str | None:
    """A line or an area in GeoJSON (RFC 7946), checked, as canonical text. Invalid `thing.shape`."""
    if given is None:
        return None
    try:
        found = shape_of(dict(given))
        sound = found.geom_type in ("LineString", "Polygon", "MultiPolygon") and found.is_valid and not found.is_empty
        west, south, east, north = found.bounds
        sound = sound and -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        sound = sound and shapely.get_num_coordinates(found) <= MOST_POINTS
    except Exception:  # shapely raises whatever the numbers make numpy, GEOS or itself raise
        sound = False
    if not sound:
        raise Invalid(
            "thing.shape",
            "形状应为有效的 GeoJSON 线或面（WGS-84）",
            "The shape must be a valid GeoJSON line or area (WGS-84)",
        )
    return msgspec.json.encode(given, order="sorted").decode()


def demand_role(kind: Kind, role: Role) -> None:
    if role not in kind.roles:
        raise Invalid("thing.role", f"{kind.zh}没有{role.zh()}这一项", f"A {kind.en} has no {role.en().lower()}")


def demand_link(kind: Kind, role: str) -> None:
    if role not in kind.links:
        raise Invalid("thing.link", f"{kind.zh}没有这种关联", f"A {kind.en} has no such link", roles=list(kind.links))


# ── who may ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _need(actor: Actor, kind: Kind, parties: Collection[str]) -> Need:
    """一物一档 is kept by those the kind names, on their ground, or anywhere where their unit is a party."""
    party = any(is_within(path, post.unit_path) for path in parties for post in actor.posts)
    return Need("thing.keep", kind.keepers, Reach.order if party else Reach.area, system=True)


def _need_checker(actor: Actor, kind: Kind, parties: Collection[str]) -> Need:
    return replace(_need(actor, kind, parties), act="thing.check_in", posts=kind.keepers | kind.checkers)


def demand_keeper(actor: Actor, kind: Kind, path: str, parties: Collection[str] = ()) -> Post | None:
    """The post under which this person keeps things of this kind: on the ground at `path`, or of what the units at
    `parties` have to do with; else Forbidden."""
    return may(actor, _need(actor, kind, parties), Subject(path, tuple(parties)))


def demand_checker(actor: Actor, kind: Kind, path: str, parties: Collection[str]) -> Post | None:
    """The same for checking in."""
    return may(actor, _need_checker(actor, kind, parties), Subject(path, tuple(parties)))


def list_acts(actor: Actor, thing: Thing, parties: Collection[str]) -> tuple[str, ...]:
    """What this person may do with a thing now."""
    kind, subject = _kinds.get(thing.kind), Subject(thing.unit_path, tuple(parties))
    if kind is None:
        return ()
    found = [] if why_not(actor, _need(actor, kind, parties), subject) else list(KEEPING)
    return (*found, *([] if why_not(actor, _need_checker(actor, kind, parties), subject) else ["check_in"]))


def list_forms(actor: Actor) -> list[KindForm]:
    """The kinds there are, each with what this person may do with it somewhere."""
    return [
        replace(form, acts=() if why_not(actor, anywhere(_need(actor, kind, ())), Subject("")) else ("add",))
        for kind, form in ((_kinds[name], form) for name, form in _forms.items())
    ]


# ── what changed ──────────────────────────────────────────────────────────────────────────────────────────────────

PLAIN = ("name", "address", "state", "lon", "lat", "grid_code", "placed")


def compare(old: Thing, new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(was, is now) of what differs: plain fields and attributes by name."""
    was = {f: getattr(old, f) for f in PLAIN} | {f"attributes.{k}": v for k, v in old.attributes.items()}
    now = {f: new[f] for f in PLAIN} | {f"attributes.{k}": v for k, v in new["attributes"].items()}
    differ = [f for f in {**was, **now} if was.get(f) != now.get(f)]
    return {f: was[f] for f in differ if f in was}, {f: now[f] for f in differ if f in now}


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON text."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def demand_unchanged(thing: Thing, n: int) -> None:
    if thing.n != n:
        raise Refused(
            "thing.changed", "这份档案刚被别人改过，请看过最新内容再改",
            "Somebody has changed this file meanwhile; please look at it again", n=thing.n,
        )  # fmt: skip


def unknown() -> NotFound:
    return NotFound("thing.none", "没有这份档案", "No such thing")
