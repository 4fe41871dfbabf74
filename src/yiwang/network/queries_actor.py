"""Somebody else as an actor: for acts that name a person (who checks, who commands), and for those done in their name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.network.model import Actor, Post
from yiwang.network.store_access import POSTS


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


def get_actor(tx: Tx, person_id: UUID) -> Actor:
    """The person with the posts that count now; NotFound."""
    return _found(HOLDER.maybe(tx, id=person_id, at=tx.now))


def get_actor_by_login(tx: Tx, login: str) -> Actor:
    return _found(BY_LOGIN.maybe(tx, login=login, at=tx.now))


def _found(holder: _Holder | None) -> Actor:
    if holder is None:
        raise NotFound("network.no_person", "没有这个人", "No such person")
    return Actor(holder.id, holder.name, holder.posts)
