"""Tags, and check-ins by which is shown that somebody was there."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec

from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.geo import check_lon_lat, distance_m
from yiwang.ledger.actions import record
from yiwang.network.model import Actor
from yiwang.network.rules import scope_of
from yiwang.register import (
    actions_owed,
    queries,
    queries_owed,
    rules,
    rules_checkin,
    rules_owed,
    rules_tap,
    store,
    store_checkin,
    store_owed,
    store_round,
)
from yiwang.register.actions import begin
from yiwang.register.model_owed import (
    BindTag,
    CheckedIn,
    CheckIn,
    CheckInRow,
    How,
    Reading,
    RemoveTag,
    Tag,
    TagBound,
    TagKind,
)
from yiwang.register.rules_tap import COUNTER, KEY, MAC, UID, Tap
from yiwang.register.store_checkin import LockedTag


def bind_tag(tx: Tx, actor: Actor, cmd: BindTag) -> list[Tag]:
    """Stick a tag to a thing. Refused `tag.taken` when it is on another one."""
    thing, _, by = begin(tx, actor, cmd.thing_id)
    if (cmd.kind is TagKind.sun) != (cmd.key is not None):
        raise Invalid(
            "tag.key", "会签名的标签须给出密钥，其他标签没有密钥", "A signing tag needs its key, others have none"
        )
    if cmd.kind is TagKind.sun and len(cmd.uid) != 2 * UID:
        raise Invalid("tag.uid", "这种标签的编号是 14 位十六进制", "The identity of such a tag has 14 hex digits")
    store_checkin.LOCK_UID.one(tx, uid=cmd.uid.upper())
    there = store_checkin.lock_tag(tx, cmd.uid)
    if there is not None and there.thing_id != thing.id:
        raise Refused("tag.taken", "这个标签已贴在别处，请先撤下", "This tag is on another thing; take it off first")
    if there is None:
        key = None if cmd.key is None else store_checkin.put_key(cmd.tag_id, cmd.key.upper())
        store_checkin.ADD_TAG.run(
            tx,
            id=cmd.tag_id,
            uid=cmd.uid.upper(),
            kind=cmd.kind.value,
            thing_id=thing.id,
            key=key,
            by=actor.id,
            now=tx.now,
        )
        record(
            tx,
            by,
            TagBound(thing.id, cmd.tag_id, cmd.kind.value, rules.digest(cmd.uid.upper()), removed=False),
        )
    return queries_owed.list_tags(tx, scope_of(actor), thing.id)


def remove_tag(tx: Tx, actor: Actor, cmd: RemoveTag) -> list[Tag]:
    thing, _, by = begin(tx, actor, cmd.thing_id)
    uid = store_checkin.END_TAG.maybe(tx, id=cmd.tag_id, thing_id=thing.id, now=tx.now)
    if uid is not None:
        record(tx, by, TagBound(thing.id, cmd.tag_id, "", rules.digest(uid), removed=True))
    return queries_owed.list_tags(tx, scope_of(actor), thing.id)


def check_in(tx: Tx, actor: Actor, cmd: CheckIn) -> CheckInRow:
    """到场: what was read, where, when and with which photos is weighed; what it proves meets what the thing owes, and what
    speaks against it stands beside. The same id again is the same check-in.

    A signed tap is Invalid `tap.forged` when its MAC is wrong, and Refused `tap.used` when its counter was used: such a
    tap proves the very opposite. Whatever comes late or out of order counts for when it was: one that was made in time
    and told too late excuses the lapse.
    """
    thing = store.lock_thing(tx, cmd.thing_id)
    queries.get_thing(tx, scope_of(actor), thing.id)
    if (known := queries_owed.find_checkin(tx, cmd.id)) is not None:
        return _again(known, actor, cmd)
    parties = [p.unit_path for p in queries.find_parties(tx, thing.id)]
    kind = rules.kind_of(thing.kind)
    post = rules.demand_checker(actor, kind, thing.unit_path, parties)
    rules_checkin.demand_time(cmd.at, tx.now)
    form, bad = rules_checkin.read_form(kind, thing.attributes, cmd.form)
    cmd = replace(cmd, form=form, damaged=cmd.damaged or bool(bad))
    if (cmd.lon is None) != (cmd.lat is None):
        raise Invalid("case.half_place", "经度和纬度须同时提供", "Longitude and latitude must come together")
    off = None
    if cmd.lon is not None and cmd.lat is not None:
        check_lon_lat(cmd.lon, cmd.lat)
        off = distance_m((thing.lon, thing.lat), (cmd.lon, cmd.lat))
    taken = [p.taken_at for p in files.find_uploaded(tx, cmd.photos, actor.id)]
    how, tag, counter = _read(tx, cmd, thing.id)
    backwards = counter is not None and store_checkin.BACKWARDS.one(
        tx, tag_id=tag and tag.id, counter=counter, at=cmd.at
    )
    last = store_checkin.take_last(tx, actor.id, cmd.at)
    proofs = rules_checkin.work_out_proofs(cmd, how, off, taken)
    doubts = rules_checkin.doubt(cmd, how, off, taken, tx.now, last, backwards=backwards)
    at = min(cmd.at, tx.now)
    met = _meet(tx, actor, replace(cmd, at=at), thing.unit_path, [p.value for p in proofs])
    store_checkin.ADD_CHECKIN.one(
        tx, id=cmd.id, thing_id=thing.id, person=actor.id, unit_id=post.unit_id if post else None,
        post=actor.by(post).post, at=at, now=tx.now, how=how.value, tag_id=tag.id if tag else None, counter=counter, lon=cmd.lon,
        lat=cmd.lat, accuracy_m=cmd.accuracy_m, distance_m=off, device=cmd.device, photos=list(cmd.photos),
        form=msgspec.json.encode(_form(cmd)).decode(), damaged=cmd.damaged, proofs=[p.value for p in proofs], doubts=list(doubts),
        met=list(met),
    )  # fmt: skip
    store_round.put_checked(tx, cmd.id)
    if tag is not None and counter is not None:
        if not store_checkin.ADD_TAP.maybe(tx, tag_id=tag.id, counter=counter, checkin_id=cmd.id):
            raise Refused(
                "tap.used", "这次刷卡已经用过，请重新刷一次", "This tap has been used already; please tap once more"
            )
        store_checkin.COUNT_TAG.run(tx, id=tag.id, counter=counter)
    record(
        tx, actor.by(post),
        CheckedIn(thing.id, cmd.id, at, how.value, None if off is None else round(off, 1), cmd.photos, rules.digest(_form(cmd)),
                  cmd.damaged, tuple(p.value for p in proofs), doubts, met),
    )  # fmt: skip
    return queries_owed.get_checkin(tx, cmd.id)


def _form(cmd: CheckIn) -> dict[str, object]:
    filled = {name: value for name, value in cmd.form.items() if value is not None}
    return {**filled, **({"note": cmd.note} if cmd.note else {})}


def _again(known: CheckInRow, actor: Actor, cmd: CheckIn) -> CheckInRow:
    same = (known.thing_id, known.person_id, known.photos) == (cmd.thing_id, actor.id, cmd.photos)
    told = _form(cmd)  # what its form takes for granted is kept beside
    if not same or any(known.form.get(name) != value for name, value in told.items()):
        raise Refused("checkin.id_reused", "这个编号已用于另一次到场", "This id is already that of another check-in")
    return known


def _read(tx: Tx, cmd: CheckIn, thing_id: UUID) -> tuple[How, LockedTag | None, int | None]:
    """(how it was read, the tag, its counter)."""
    if cmd.reading is None:
        return How.typed, None, None
    tap, mac = _open(tx, cmd.reading)
    tag = store_checkin.lock_tag(tx, tap.uid) if tap.uid else None
    if tag is None:
        raise Refused("tag.unknown", "没有登记过这个标签", "This tag is not registered")
    if tag.thing_id != thing_id:
        raise Refused("tag.elsewhere", "这个标签属于别处", "This tag belongs to another thing")
    if tag.kind is not TagKind.sun:
        return How(tag.kind.value), tag, None
    if mac is None or tap.counter < 0 or not rules_tap.is_signed(store_checkin.take_key(tag), tap, mac):
        raise Invalid(
            "tap.forged", "标签签名不符：这不是原标签", "The tag's signature is wrong: this is not the tag itself"
        )
    return How.signed, tag, tap.counter


def _open(tx: Tx, reading: Reading) -> tuple[Tap, bytes | None]:
    mac = None if reading.mac is None else rules_tap.read_hex(reading.mac, MAC, "mac")
    if reading.picc is not None:
        picc = rules_tap.read_hex(reading.picc, KEY, "picc")
        for key in store_checkin.take_meta_keys(tx):
            tap = rules_tap.read_picc(key, picc)
            if tap is not None and store_checkin.lock_tag(tx, tap.uid) is not None:
                return tap, mac
        raise Refused("tag.unknown", "没有登记过这个标签", "This tag is not registered")
    counter = (
        -1
        if reading.counter is None
        else int.from_bytes(rules_tap.read_hex(reading.counter, COUNTER, "counter"), "big")
    )
    return Tap((reading.uid or "").upper(), counter), mac


def _meet(tx: Tx, actor: Actor, cmd: CheckIn, path: str, proofs: list[str]) -> tuple[str, ...]:
    """What of what it owes this meets, by the codes of the rules: what is owed by those who were there."""
    zone, met = actions_owed.zone_of(tx), list[str]()
    for owed in store_owed.LOCK_OWED.all(tx, thing_id=cmd.thing_id):
        if not rules_owed.is_met_by(actor, owed.unit_path, path, owed.evidence, proofs):
            continue
        told = {"thing_id": cmd.thing_id, "rule_id": owed.rule_id}
        excused = store_owed.take_excused(tx, **told, at=cmd.at, checkin_id=cmd.id, person=actor.id)
        if owed.met_at is not None and cmd.at <= owed.met_at:
            met += [owed.code] if excused else []
            continue
        if excused is None:
            store_owed.ADD_PERIOD.run(tx, **told, at=cmd.at, checkin_id=cmd.id, person=actor.id)
        store_owed.MEET.run(tx, **told, at=cmd.at, zone=zone)
        met.append(owed.code)
    return tuple(met)


def seal_keys(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next keys that the present key has not sealed; answers with the last one's id, None at the end."""
    return store_checkin.put_keys_sealed(tx, after, limit)
