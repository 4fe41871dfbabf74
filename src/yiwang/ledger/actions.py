"""record(), record_many(): append one entry and run what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from yiwang.kit import parked
from yiwang.kit.db import Database, Tx, query, statement
from yiwang.ledger import rules
from yiwang.ledger.model import By, Entry, Event

log = logging.getLogger(__name__)

Reaction = Callable[[Tx, Entry, Any], None]
_reactions: Mapping[type[Event], Sequence[Reaction]] = {}
_digest: rules.Digest = rules.sha256
_COLUMNS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True, slots=True)
class _Last:
    """Where a subject's chain ends."""

    n: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class _LastOf:
    subject_id: UUID
    n: int
    hash: bytes


# Apart, since a subject whose entries wait has its head in `tx.heads`, and is not asked for.
LAST = query(_Last, "select n, hash from ledger.entry where subject_id = %(id)s order by n desc limit 1", apart=True)
ADD = statement(
    "insert into ledger.entry (subject_kind, subject_id, n, event, version, actor, post, at, body, prev, hash) values"
    " (%(subject_kind)s, %(subject_id)s, %(n)s, %(event)s, %(version)s, %(actor)s, %(post)s, %(at)s, %(body)s,"
    " %(prev)s, %(hash)s)",
    "insert into ledger.entry (subject_kind, subject_id, n, event, version, actor, post, at, body, prev, hash)"
    " select subject_kind, subject_id, n, event, version, actor, post, at, body, decode(prev, 'base64'),"
    " decode(hash, 'base64') from json_to_recordset(%(rows)s::json) as e (subject_kind text, subject_id uuid, n int,"
    " event text, version int, actor uuid, post text, at timestamptz, body text, prev text, hash text)",
)
LASTS = query(
    _LastOf,
    "select subject_id, n, hash from unnest(%(ids)s::uuid[]) as wanted (subject_id) cross join lateral"
    " (select n, hash from ledger.entry e where e.subject_id = wanted.subject_id order by n desc limit 1) as last",
)


def react_with(reactions: Mapping[type[Event], Sequence[Reaction]], digest: rules.Digest = rules.sha256) -> None:
    """Set what follows from which event (the table in `flows/`) and how entries are hashed: once, at the start."""
    global _reactions, _digest
    _reactions, _digest = reactions, digest


def record(tx: Tx, by: By, event: Event) -> Entry:
    """Append `event` to its subject's chain and run the reactions to it, inside the caller's transaction.

    The caller holds the subject's row lock (or has just made it), so the chain cannot fork; if it does all the
    same, the primary key (subject_id, n) refuses and the edge tries the whole act again. A reaction that fails is
    undone alone and parked; the act stands.
    """
    head = (0, rules.GENESIS) if event.opens else tx.heads.get(event.subject_id) or _last(tx, event)
    entry = _append(tx, by, event, head)
    for reaction in _reactions.get(type(event), ()):
        _run(tx, reaction, entry, event)
    return entry


def record_many(tx: Tx, by: By, events: Sequence[Event]) -> list[Entry]:
    """`record` for many events at once, of many subjects or of one: the same entries, chains and reactions, but two
    statements in all. For work that comes in heaps (timers, imports); the caller holds every subject's row lock.
    """
    unknown = {e.subject_id for e in events if not e.opens} - tx.heads.keys()
    if unknown:
        tx.heads.update((last.subject_id, (last.n, last.hash)) for last in LASTS.all(tx, ids=list(unknown)))
    genesis = (0, rules.GENESIS)
    entries = [
        _append(tx, by, event, genesis if event.opens else tx.heads.get(event.subject_id, genesis)) for event in events
    ]
    for entry, event in zip(entries, events, strict=True):
        for reaction in _reactions.get(type(event), ()):
            _run(tx, reaction, entry, event)
    return entries


def _append(tx: Tx, by: By, event: Event, head: tuple[int, bytes]) -> Entry:
    text = rules.canonical(event.body())
    args = (
        event.about,
        event.subject_id,
        head[0] + 1,
        event.name,
        event.version,
        by.actor,
        by.post,
        tx.now,
        text,
        head[1],
    )
    entry = Entry(*args, hash=_digest(rules.entry_text(*args)))
    ADD.later(tx, **{name: getattr(entry, name) for name in _COLUMNS})
    tx.heads[event.subject_id] = (entry.n, entry.hash)
    return entry


def _last(tx: Tx, event: Event) -> tuple[int, bytes]:
    last = LAST.maybe(tx, id=event.subject_id)
    return (0, rules.GENESIS) if last is None else (last.n, last.hash)


def reaction_name(reaction: Reaction) -> str:
    return f"{reaction.__module__}.{reaction.__qualname__}"


def _run(tx: Tx, reaction: Reaction, entry: Entry, event: Event) -> None:
    try:
        with tx.savepoint():
            reaction(tx, entry, event)
    except Exception as fault:
        log.warning("reaction %s to %s failed", reaction_name(reaction), entry.event, exc_info=fault)
        parked.park(tx, reaction_name(reaction), entry.subject_id, entry.n, fault)


ENTRY = query(
    Entry,
    "select subject_kind, subject_id, n, event, version, actor, post, at, body, prev, hash"
    " from ledger.entry where subject_id = %(id)s and n = %(n)s",
)


def retry_parked(tx: Tx) -> int:
    """Run again whatever was parked and is due; returns how many succeeded. Periodic (see jobs)."""
    named = {reaction_name(r): r for reactions in _reactions.values() for r in reactions}
    done = 0
    for item in parked.take_due(tx):
        try:
            with tx.savepoint():
                entry = ENTRY.one(tx, id=item.subject_id, n=item.n)
                event = rules.load_event(entry.event, entry.version, entry.subject_id, entry.body)
                named[item.reaction](tx, entry, event)
        except Exception as fault:
            parked.put_off(tx, item, fault)
        else:
            parked.finish(tx, item.id)
            done += 1
    return done


def retry_all_parked(database: Database) -> int:
    """Periodic: one transaction for what is due."""
    with database.transaction() as tx:
        return retry_parked(tx)
