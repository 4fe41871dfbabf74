"""Entering and changing things, one at a time; files of them come by `actions_import`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from yiwang.city.queries_grid import locate
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.geo import LonLat, to_wgs84
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules import is_within, scope_of
from yiwang.register import actions_owed, queries, rules, rules_file, store
from yiwang.register.model import (
    AddDocument,
    AddThing,
    ChangeThing,
    DropDocument,
    LinkThings,
    PartyOf,
    SetParty,
    Thing,
    ThingFile,
    thing_id,
)
from yiwang.register.model_events import DocumentAdded, PartySet, ThingAdded, ThingChanged, ThingLinked
from yiwang.register.model_kind import Kind


def add_thing(tx: Tx, actor: Actor, cmd: AddThing, *, generated: bool = False) -> ThingFile:
    """Enter a thing: its position is locked to a unit grid, its attributes are checked by its kind. The same again changes
    nothing; with other content it is Refused (`thing.exists`). Invalid `thing.outside` where no grid is."""
    kind = rules.kind_of(cmd.kind)
    rules.demand_code(kind, cmd.code)
    lon, lat = to_wgs84(cmd.lon, cmd.lat, cmd.datum)
    grid, path = _ground(tx, (lon, lat))
    post = rules.demand_keeper(actor, kind, path)
    attributes = rules.read_attributes(kind, cmd.attributes)
    state = rules.demand_state(kind, cmd.state or kind.first)
    new = {
        "name": cmd.name, "address": cmd.address, "lon": lon, "lat": lat, "grid_code": grid, "state": state,
        "placed": cmd.placed, "attributes": attributes,
    }  # fmt: skip
    made = thing_id(kind.name, cmd.code)
    added = store.ADD.maybe(
        tx, **{**new, "attributes": _json(attributes)}, id=made, kind=kind.name, code=cmd.code, shape=rules.read_shape(cmd.shape),
        datum=cmd.datum, raw_x=cmd.lon, raw_y=cmd.lat, generated=generated, ended=state in kind.ended, version=kind.version,
        now=tx.now,
    )  # fmt: skip
    if added is None:
        return _again(tx, actor, made, new)
    thing = store.lock_thing(tx, made)
    by = actor.by(post)
    record(
        tx, by,
        ThingAdded(made, kind.name, kind.zh, cmd.code, grid, thing.unit_id, state, generated,
                   rules.digest({**new, "shape": thing.shape})),
    )  # fmt: skip
    for party in cmd.parties:
        _set_party(tx, by, kind, thing, party)
    actions_owed.follow_thing(tx, made)
    return queries.get_file(tx, actor, made)


def _again(tx: Tx, actor: Actor, made: Any, new: Mapping[str, Any]) -> ThingFile:
    there = store.lock_thing(tx, made)
    was, now = rules.compare(there, new)
    if was or now:
        raise Refused(
            "thing.exists", "这个编码已有档案，内容不同；请改原有档案",
            "There is a file under this code already, with other content; change that one", id=str(made),
        )  # fmt: skip
    return queries.get_file(tx, actor, made)


def _ground(tx: Tx, point: LonLat) -> tuple[str, str]:
    """(grid code, path of the unit it lies in)."""
    place = locate(tx, *point)
    if place.grid_code is None or place.community_code is None:
        raise Invalid("thing.outside", "这个位置不在任何单元网格内", "This place lies in no unit grid")
    return place.grid_code, get_unit_by_code(tx, place.community_code).path


def _json(attributes: Mapping[str, Any]) -> str:
    return msgspec.json.encode(attributes).decode()


def begin(tx: Tx, actor: Actor, id: Any) -> tuple[Thing, Kind, By]:
    """Lock it, see that it is in sight and that this person may keep it."""
    thing = store.lock_thing(tx, id)
    queries.get_thing(tx, scope_of(actor), thing.id)
    kind = rules.kind_of(thing.kind)
    parties = [p.unit_path for p in queries.find_parties(tx, thing.id)]
    post = rules.demand_keeper(actor, kind, thing.unit_path, parties)
    return thing, kind, actor.by(post)


def change_thing(tx: Tx, actor: Actor, cmd: ChangeThing) -> ThingFile:
    """Change what is named. Refused `thing.changed` when somebody else was quicker; nothing is written when all is as it
    was. A move to other ground asks for the right there as well."""
    thing, kind, by = begin(tx, actor, cmd.thing_id)
    rules.demand_unchanged(thing, cmd.n)
    if (cmd.lon is None) != (cmd.lat is None):
        raise Invalid("case.half_place", "经度和纬度须同时提供", "Longitude and latitude must come together")
    lon, lat, grid, path = thing.lon, thing.lat, thing.grid_code, thing.unit_path
    if cmd.lon is not None and cmd.lat is not None:
        lon, lat = to_wgs84(cmd.lon, cmd.lat, cmd.datum)
        grid, path = _ground(tx, (lon, lat))
        if not is_within(path, thing.unit_path):
            rules.demand_keeper(actor, kind, path)
    old = rules.read_attributes(kind, thing.attributes, thing.version)
    attributes = rules.read_attributes(kind, {**old, **cmd.attributes})
    state = rules.demand_state(kind, cmd.state or thing.state)
    new = {
        "name": cmd.name or thing.name, "address": thing.address if cmd.address is None else cmd.address,
        "lon": lon, "lat": lat, "grid_code": grid, "state": state,
        "placed": thing.placed if cmd.placed is None else cmd.placed, "attributes": attributes,
    }  # fmt: skip
    moved = None if cmd.lon is None or cmd.lat is None else (cmd.datum, cmd.lon, cmd.lat)
    was, now = write_change(tx, actor, kind, replace(thing, attributes=old), new, moved)
    if was or now:
        fields = tuple(sorted({*was, *now}))
        record(tx, by, ThingChanged(thing.id, thing.n + 1, fields, state, grid, rules.digest({"was": was, "now": now})))
        actions_owed.follow_thing(tx, thing.id)
    return queries.get_file(tx, actor, thing.id)


def write_change(
    tx: Tx,
    actor: Actor,
    kind: Kind,
    old: Thing,
    new: Mapping[str, Any],
    moved: tuple[str, float, float] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put a thing as it now is, with its revision, where anything differs; (was, is now) of what does. `moved`: the datum and
    the position as it was given. Whoever calls says so in the ledger."""
    was, now = rules.compare(old, new)
    if was or now:
        datum, x, y = moved or (old.datum, old.raw_x, old.raw_y)
        store.PUT.run(
            tx, **{**new, "attributes": _json(new["attributes"])}, id=old.id, ended=new["state"] in kind.ended,
            version=kind.version, now=tx.now, datum=datum, raw_x=x, raw_y=y,
        )  # fmt: skip
        store.REVISE.run(tx, thing_id=old.id, n=old.n + 1, now=tx.now, by=actor.id, was=_json(was), is_now=_json(now))
        if old.import_id is not None:
            said = [{"field": name, "value": value} for name, value in rules_file.filed(old, {*was, *now}).items()]
            store.FILED.run(tx, thing_id=old.id, fields=msgspec.json.encode(said).decode())
    return was, now


def set_party(tx: Tx, actor: Actor, cmd: SetParty) -> ThingFile:
    """Who owns, keeps, maintains it, answers for it."""
    thing, kind, by = begin(tx, actor, cmd.thing_id)
    there = next((p for p in queries.find_parties(tx, thing.id) if p.role is cmd.role), None)
    if cmd.unit_code is not None:
        if there is None or there.unit_code != cmd.unit_code:
            _set_party(tx, by, kind, thing, PartyOf(cmd.role, cmd.unit_code))
    elif there is not None:
        store.DROP_PARTY.run(tx, thing_id=thing.id, role=cmd.role.value)
        record(tx, by, PartySet(thing.id, cmd.role.value, None, None))
    actions_owed.follow_thing(tx, thing.id)
    return queries.get_file(tx, actor, thing.id)


def _set_party(tx: Tx, by: By, kind: Kind, thing: Thing, party: PartyOf) -> None:
    rules.demand_role(kind, party.role)
    unit = get_unit_by_code(tx, party.unit_code)
    store.PUT_PARTY.run(tx, thing_id=thing.id, role=party.role.value, unit_id=unit.id)
    record(tx, by, PartySet(thing.id, party.role.value, unit.id, unit.name))


def link_things(tx: Tx, actor: Actor, cmd: LinkThings) -> ThingFile:
    """sign → shop → building: of what kind a link may be the first thing's kind says."""
    thing, kind, by = begin(tx, actor, cmd.thing_id)
    rules.demand_link(kind, cmd.role)
    if cmd.to_id == thing.id:
        raise Invalid("thing.link_itself", "不能与自己关联", "A thing is not linked with itself")
    other = queries.get_thing(tx, scope_of(actor), cmd.to_id)
    write = store.DROP_LINK if cmd.off else store.ADD_LINK
    if write.maybe(tx, thing_id=thing.id, role=cmd.role, to_id=other.id):
        record(tx, by, ThingLinked(thing.id, cmd.role, other.id, rules.digest(other.name), cmd.off))
    return queries.get_file(tx, actor, thing.id)


def add_document(tx: Tx, actor: Actor, cmd: AddDocument) -> ThingFile:
    """A photo that this person uploaded goes into the file."""
    thing, _, by = begin(tx, actor, cmd.thing_id)
    files.find_uploaded(tx, [cmd.sha256], actor.id)
    added = store.ADD_DOCUMENT.maybe(
        tx, thing_id=thing.id, id=cmd.document_id, name=cmd.name, sha256=cmd.sha256, by=actor.id, now=tx.now
    )
    if added:
        record(tx, by, DocumentAdded(thing.id, cmd.document_id, cmd.sha256, dropped=False))
    return queries.get_file(tx, actor, thing.id)


def drop_document(tx: Tx, actor: Actor, cmd: DropDocument) -> ThingFile:
    """Out of the file; that it was there stays in the ledger."""
    thing, _, by = begin(tx, actor, cmd.thing_id)
    sha = store.DROP_DOCUMENT.maybe(tx, thing_id=thing.id, id=cmd.document_id, now=tx.now)
    if sha is not None:
        record(tx, by, DocumentAdded(thing.id, cmd.document_id, sha, dropped=True))
    return queries.get_file(tx, actor, thing.id)
