"""What every act on a case shares: lock and decide at its start, enter the next step, attach evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from psycopg.types.json import Json

from yiwang.cases import actions_clock, rules, rules_clock, rules_doubt, store, store_evidence
from yiwang.cases.model import VOICE, Case, Evidence, FilePast, Order, OrderState, PhotoKind, Step
from yiwang.cases.model_commands import PhotoUse
from yiwang.cases.rules import Move
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.files import erased_before
from yiwang.kit.geo import LonLat, distance_m
from yiwang.ledger.model import By
from yiwang.network.model import Actor
from yiwang.network.rules import is_within, scope_of


def begin(tx: Tx, actor: Actor, case_id: UUID, act: str, people: Sequence[UUID] = ()) -> tuple[Case, Move, By]:
    """Lock the case and decide whether this act may be done now by this person.

    NotFound when it is out of their sight, Forbidden when it is not theirs to do, Refused when the case is elsewhere.
    """
    case = store.lock_case(tx, case_id)
    demand_sight(actor, case)
    move, post = rules.decide_move(case, act, actor, case.unit_paths, people)
    return case, move, actor.by(post)


def demand_sight(actor: Actor, case: Case) -> None:
    """What is out of someone's scope does not exist for them."""
    if not is_in_sight(actor, case):
        raise NotFound("case.unknown", "没有这个案件，或您无权查看", "No such case, or it is not in your sight")


def is_in_sight(actor: Actor, case: Case) -> bool:
    """The same question as `queries.visible`, asked of a case in hand."""
    scope = scope_of(actor)
    if scope.everything or actor.id in (case.reporter_id, case.checker_id, case.commander_id):
        return True
    return any(is_within(p, top) for p in (case.area_path, *case.unit_paths) for top in scope.paths)


def enter(tx: Tx, case: Case, step: Step) -> Case:
    """Into the next step: written, with that step's own clock running."""
    case = store.put_case(tx, rules_clock.enter(case, step, tx.now))
    actions_clock.arm_step(tx, case)
    return case


def orders_of(tx: Tx, case: Case) -> list[Order]:
    return store.ORDERS.all(tx, case_id=case.id)


def find_order(orders: Sequence[Order], order_id: UUID) -> Order:
    for order in orders:
        if order.id == order_id:
            return order
    raise NotFound("case.order_unknown", "该案件没有这张处置单", "The case has no such order")


def digest(text: str) -> str:
    """SHA-256 of a wording that is kept beside the ledger; empty for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def keep_words(tx: Tx, case: Case, text: str) -> str:
    """Keep what somebody wrote beside the ledger, where it can be erased; answers with the digest that binds it."""
    if text:
        store.ADD_WORDS.later(tx, case_id=case.id, digest=digest(text), text=text)
    return digest(text)


def look_up(
    tx: Tx, case_id: UUID, actor: Actor, photos: Sequence[PhotoUse], voice: str | None = None
) -> dict[str, FilePast]:
    """What is known of the photos, and of the voice note, that this person shows in this case, by digest."""
    shown = [{"sha": p.sha256, "kind": p.kind} for p in photos] + ([{"sha": voice, "kind": VOICE}] if voice else [])
    if not shown:
        return {}
    given = rules_doubt.measures()
    past = store_evidence.FILE_PAST.all(
        tx,
        photos=Json(shown),
        case_id=case_id,
        by=actor.id,
        alike_bits=given.alike_bits,
        unchanged_bits=given.unchanged_bits,
    )
    return {p.sha256: p for p in past}


def attach(
    tx: Tx,
    case: Case,
    actor: Actor,
    photos: Sequence[PhotoUse],
    order: Order | None = None,
    past: dict[str, FilePast] | None = None,
    voice: str | None = None,
) -> list[Evidence]:
    """Make uploaded photos evidence of this case, each with how far from the place it was taken and where else it is
    used (`past`, where it has been looked up already); and a voice note, which stands for no photo. Invalid when this
    person never uploaded it: knowing the digest of somebody else's photo opens nothing."""
    if past is None:
        past = look_up(tx, case.id, actor, photos, voice)
    rules.demand_sorts([past[p.sha256] for p in photos], past[voice] if voice else None)
    rules.demand_fresh_photos(case, past.values())
    if missing := [sha for sha, p in past.items() if not p.uploaded]:
        raise Invalid(
            "photo.not_uploaded",
            "照片或录音尚未上传，请先上传",
            "Please upload the photo or recording first",
            missing=missing,
        )
    if gone := [p for p in past.values() if p.erased]:
        raise erased_before(sound=gone[0].sound, files=[p.sha256 for p in gone])
    found = []
    for use in photos:
        photo = past[use.sha256]
        here = None if photo.lon is None or photo.lat is None else (photo.lon, photo.lat)
        found.append(
            Evidence(
                case.id,
                use.sha256,
                use.kind,
                order.id if order else None,
                order.round if order else case.reworks + 1,
                actor.id,
                tx.now,
                photo.taken_at,
                distance_to(case, here),
                photo.elsewhere,
                case.id if photo.unchanged else photo.alike,
            )
        )
    store_evidence.add_evidence(tx, found)
    if voice:
        store_evidence.add_voice(tx, case, voice, actor.id)
    return found


def distance_to(case: Case, here: LonLat | None) -> float | None:
    """Metres between the case's place and where somebody stands; None when either is unknown."""
    if here is None or case.lon is None or case.lat is None:
        return None
    return round(distance_m((case.lon, case.lat), here), 1)


def kinds(photos: Sequence[PhotoUse]) -> list[PhotoKind]:
    return [p.kind for p in photos]


def end_orders(tx: Tx, case: Case, orders: Sequence[Order]) -> None:
    """Recall what is still open: the case goes elsewhere."""
    clocks = store.lock_clocks(tx, case.id)
    for order in orders:
        if order.state in (OrderState.waiting, OrderState.sent, OrderState.taken):
            store.put_order(tx, replace(order, state=OrderState.recalled))
            actions_clock.stop_clock(tx, case, rules_clock.clock_of(clocks, order.id))
