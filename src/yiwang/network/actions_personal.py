"""Seeing personal data in clear: an act, with a reason, counted, kept, and in the ledger without the data."""

from __future__ import annotations

import hashlib
from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network import rules_people, rules_personal, store_personal
from yiwang.network.actions_people import lock_person, standing_posts
from yiwang.network.actions_session import demand_try
from yiwang.network.model import Actor, ActorKind, Post, PostKind
from yiwang.network.model_personal import PersonUnmasked, Purpose, Reach, UnmaskPerson
from yiwang.network.queries_people import get_person
from yiwang.network.rules import scope_of
from yiwang.network.rules_access import guard_key
from yiwang.network.rules_needs import NEEDS

TEN_MINUTES = 600


def unmask_person(tx: Tx, actor: Actor, cmd: UnmaskPerson) -> Reach:
    """Somebody's telephone in clear, for whoever must reach them. Never through `perform`, which would keep the answer."""
    get_person(tx, scope_of(actor, frozenset(PostKind)), cmd.person_id)
    person = lock_person(tx, cmd.person_id)
    by = rules_people.may_over(actor, NEEDS["person.unmask"], standing_posts(tx, person.id), every=False)
    rules_people.check_alive(person)
    unmasking, digest = note_unmasking(tx, actor, by, "person", person.id, None, cmd.purpose, cmd.words)
    record(tx, actor.by(by), PersonUnmasked(person.id, unmasking, cmd.purpose.value, digest))
    return Reach(person.id, person.name, *store_personal.open_person(store_personal.LOCK_SEALED.one(tx, id=person.id)))


def note_unmasking(
    tx: Tx,
    actor: Actor,
    by: Post | None,
    what: str,
    subject_id: UUID,
    part_id: UUID | None,
    purpose: Purpose,
    words: str,
) -> tuple[UUID, str]:
    """Keep who sees what in clear, and why; answers with its id and the digest of the words, for the ledger.

    Forbidden for programs, Invalid for a reason that holds a number, TooMany beyond `MOST_IN_TEN_MINUTES`.
    """
    if actor.kind is not ActorKind.person:
        raise Forbidden(
            "network.people_only",
            "只有本人登录后才能查看个人信息",
            "Only a person who is signed in may see personal data",
        )
    rules_personal.check_reason(words)
    most = rules_personal.MOST_IN_TEN_MINUTES
    demand_try(tx, guard_key("unmask", str(actor.id)), window=TEN_MINUTES, free=most, lock=TEN_MINUTES, cap=TEN_MINUTES)
    unmasking = new_id()
    store_personal.ADD_UNMASKING.run(
        tx, id=unmasking, at=tx.now, by=actor.id, post=actor.by(by).post, unit_id=by.unit_id if by else None, what=what,
        subject_id=subject_id, part_id=part_id, reason=purpose.value, words=words,
    )  # fmt: skip
    return unmasking, hashlib.sha256(words.encode()).hexdigest()


def seal_people(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next people that the present key has not sealed; answers with the last one's id, None at the end."""
    return store_personal.put_people_sealed(tx, after, limit)
