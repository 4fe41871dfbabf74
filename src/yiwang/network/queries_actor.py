"""Somebody else as an actor: for acts that name a person (who checks, who commands), and for those done in their name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.network.model import ADMIN_POSTS, Actor, Post
from yiwang.network.store_access import POSTS
from yiwang.network.store_people import EFFECTIVE


@dataclass(frozen=True, slots=True)
class _Holder:
    id: UUID
    name: str
    posts: tuple[Post, ...]


HOLDER = query(
    _Holder, f"select p.id, p.name, {POSTS} from network.person p where p.id = %(id)s and p.erased_at is null"
)
BY_LOGIN = query(
    _Holder,
    f"select p.id, p.name, {POSTS} from network.person p where lower(p.login) = lower(%(login)s) and p.erased_at is null",
)


# Who of them sees what lies at these paths: the same question as `rules.scope_of`, asked of many.
ONLOOKERS = query(
    UUID,
    "select distinct o.person_id from network.post o join network.unit_now n on n.id = o.unit_id"
    " join network.person p on p.id = o.person_id where o.person_id = any(%(ids)s) and p.erased_at is null"
    f" and {EFFECTIVE} and (o.kind = 'auditor' or o.kind <> all(%(blind)s) and n.path @> any(%(paths)s::ltree[]))",
)


def find_actor(tx: Tx, person_id: UUID) -> Actor | None:
    holder = HOLDER.maybe(tx, id=person_id, at=tx.now)
    return Actor(holder.id, holder.name, holder.posts) if holder else None


def find_onlookers(tx: Tx, people: Iterable[UUID], paths: Iterable[str]) -> set[UUID]:
    """Those among `people` whose posts open what lies at one of these paths."""
    blind = [k.value for k in ADMIN_POSTS]
    return set(ONLOOKERS.all(tx, ids=list(people), paths=list(paths), blind=blind, at=tx.now))


def get_actor(tx: Tx, person_id: UUID) -> Actor:
    """The person with the posts that count now; NotFound."""
    return _found(HOLDER.maybe(tx, id=person_id, at=tx.now))


def get_actor_by_login(tx: Tx, login: str) -> Actor:
    return _found(BY_LOGIN.maybe(tx, login=login, at=tx.now))


def _found(holder: _Holder | None) -> Actor:
    if holder is None:
        raise NotFound("network.no_person", "没有这个人", "No such person")
    return Actor(holder.id, holder.name, holder.posts)
