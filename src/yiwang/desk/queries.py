"""What the desk reads that no domain lists: what people are called, and whom a demonstration lets one be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.db import Tx, query


@dataclass(frozen=True, slots=True)
class Named:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as with one click: with the first post they hold now."""

    login: str
    name: str
    kind: str
    unit_name: str


NAMES = query(Named, "select id, coalesce(name, '') as name from network.person where id = any(%(ids)s)")

DEMO_PEOPLE = query(
    DemoPerson,
    "select coalesce(p.login, '') as login, p.name, o.kind, u.name as unit_name from network.person p cross join lateral"
    " (select kind, unit_id from network.post where person_id = p.id and since <= %(at)s"
    " and (until is null or until > %(at)s) order by since, id limit 1) o join network.unit u on u.id = o.unit_id"
    " where p.login is not null and p.erased_at is null order by u.level desc, u.path, o.kind, p.login limit 100",
)


def find_demo_people(tx: Tx) -> list[DemoPerson]:
    """Everyone with a login and a post, those of the lowest units first. For demonstrations only."""
    return DEMO_PEOPLE.all(tx, at=tx.now)


def find_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by person; whoever is no person (the system) or was erased is left out or empty."""
    return {row.id: row.name for row in NAMES.all(tx, ids=list(set(ids)))}
