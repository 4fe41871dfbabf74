"""The desk's live feed: ledger entries about cases, each with its case as it now stands, to whoever may see that case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from yiwang.cases import queries as cases
from yiwang.cases.queries import Audience
from yiwang.cases.queries_list import CaseRow, Filter, list_cases
from yiwang.desk.model import FeedEvent
from yiwang.desk.queries import find_names
from yiwang.kit import clock
from yiwang.kit.db import Database, Tx
from yiwang.kit.live import Hub, Message, rings
from yiwang.kit.scope import EVERYTHING, Scope
from yiwang.ledger.model_proof import SETTLED, FeedEntry
from yiwang.ledger.queries import read_feed
from yiwang.ledger.rules import load_event
from yiwang.network import model_people
from yiwang.network.rules import is_within

BATCH = 500
BEAT = 3.0
"""Seconds between signs of life: a page that hears nothing for several of them says that what it shows may be old."""
LONGEST = 600.0
"""Seconds after which a stream ends; the page comes back at once, and whoever signed out meanwhile does not."""
RECALLING = frozenset({"case.request_decided", "case.emergency_declared", "case.voided"})
"""Events by which orders may be recalled: their units see the case no more, and are told so."""
_OTHERS = {"system": ("系统", "System"), "public": ("市民", "Resident"), "token": ("接口程序", "Program")}


@dataclass(frozen=True, slots=True)
class Change:
    """An entry about a case, the case's row as it now stands, and who may see it."""

    event: FeedEvent
    row: CaseRow
    audience: Audience


@dataclass(frozen=True, slots=True)
class Batch:
    """`gone`: cases that the viewer may see no more."""

    position: int
    now: datetime
    events: list[msgspec.Raw]  # FeedEvent
    cases: list[msgspec.Raw]  # CaseRow
    gone: list[UUID]


@dataclass(frozen=True, slots=True)
class Beat:
    position: int
    now: datetime


def say_post(post: str) -> tuple[str, str]:
    """A ledger entry's post in Chinese and English."""
    return _OTHERS[post] if post in _OTHERS else model_people.say_post(post)


def say_entry(entry: FeedEntry) -> tuple[str, str]:
    """What an entry says in Chinese and English; one of an unknown kind or version is shown by its name."""
    try:
        event = load_event(entry.event, entry.version, entry.subject_id, entry.body)
        return event.zh(), event.en()
    except (LookupError, msgspec.MsgspecError):
        return f"{entry.event} v{entry.version}", f"{entry.event} v{entry.version}"


def may_hear(scope: Scope, audience: Audience) -> bool:
    """The same question as `cases.queries.visible`, asked of one case."""
    if scope.everything or scope.person in audience.people:
        return True
    return any(is_within(path, top) for path in audience.paths for top in scope.paths)


def to_changes(tx: Tx, entries: Sequence[FeedEntry]) -> list[Message[Change | None]]:
    """Entries with what a page needs to show them; None for entries about other things. Four statements at most."""
    ids = list({e.subject_id for e in entries if e.subject_kind == "case"})
    if not ids:
        return [(e.position, None) for e in entries]
    rows = {r.id: r for r in list_cases(tx, EVERYTHING, Filter(ids=tuple(ids)), limit=len(ids))}
    heard = {a.case_id: a for a in cases.list_audience(tx, ids)}
    names = find_names(tx, (e.actor for e in entries))

    def change(e: FeedEntry) -> Change | None:
        row, audience = rows.get(e.subject_id), heard.get(e.subject_id)
        if e.subject_kind != "case" or row is None or audience is None:
            return None
        said = (names.get(e.actor, ""), *say_post(e.post), *say_entry(e))
        return Change(FeedEvent(e.position, e.event, row.id, row.number, e.at, *said), row, audience)

    return [(e.position, change(e)) for e in entries]


def list_recent(tx: Tx, scope: Scope, size: int, limit: int) -> list[FeedEvent]:
    """The newest settled events in sight, newest first, among the last few hundred of `size` entries."""
    seen = [c for _, c in to_changes(tx, read_feed(tx, max(-1, size - 1 - BATCH), BATCH)) if c is not None]
    return [c.event for c in reversed(seen) if may_hear(scope, c.audience)][:limit]


def follow(database: Database) -> Callable[[int], Sequence[Message[Change | None]]]:
    """The hub's source: what was settled after a position."""

    def source(after: int) -> Sequence[Message[Change | None]]:
        with database.reading() as tx:
            entries = read_feed(tx, after, BATCH)
            return to_changes(tx, entries) if entries else []

    return source


def render(batch: Sequence[Message[Change | None]]) -> Callable[[Scope], bytes | None]:
    """One line of JSON for whoever has a scope; None when nothing in it is theirs to see. The same as asking `may_hear`
    of every change and encoding what is left, but each change is encoded once, and so is what many may see alike."""
    changes = [c for _, c in batch if c is not None]
    tops = [_tops(c.audience.paths) for c in changes]
    lefts = [_tops(c.audience.left) if c.event.event in RECALLING else frozenset[str]() for c in changes]
    people = [frozenset(c.audience.people) for c in changes]
    anybody = frozenset[UUID]().union(*people)
    events = [msgspec.Raw(msgspec.json.encode(c.event)) for c in changes]
    rows = {c.row.id: msgspec.Raw(msgspec.json.encode(c.row)) for c in changes}
    position, now = batch[-1][0], clock.now()
    seen: dict[tuple[bool, tuple[str, ...]], tuple[list[int], list[int]]] = {}
    lines: dict[tuple[tuple[int, ...], tuple[int, ...]], bytes | None] = {}

    def write(mine: Sequence[int], left: Sequence[int]) -> bytes | None:
        cases = {changes[i].row.id: None for i in mine}
        gone = {changes[i].row.id: None for i in left if changes[i].row.id not in cases}
        if not cases and not gone:
            return None
        return msgspec.json.encode(
            Batch(position, now, [events[i] for i in mine], [rows[c] for c in cases], list(gone))
        )

    def line(scope: Scope) -> bytes | None:
        key = scope.everything, scope.paths
        if key not in seen:
            whole = scope.everything
            heard = [i for i, above in enumerate(tops) if whole or not above.isdisjoint(scope.paths)]
            lost = [i for i, above in enumerate(lefts) if not above.isdisjoint(scope.paths)]
            seen[key] = heard, lost
        mine, left = seen[key]
        if scope.person in anybody:
            mine = sorted({*mine, *(i for i, who in enumerate(people) if scope.person in who)})
        which = tuple(mine), tuple(left)
        if which not in lines:
            lines[which] = write(mine, left)
        return lines[which]

    return line


def _tops(paths: Sequence[str]) -> frozenset[str]:
    return frozenset(top for path in paths for top in _above(path))


def _above(path: str) -> list[str]:
    """A unit's place in the tree and all places above it: `is_within` of each of them, and of no other."""
    names = path.split(".")
    return [".".join(names[:n]) for n in range(1, len(names) + 1)]


def make_hub(database: Database) -> Hub[Change | None, Scope]:
    """Wakes when the settler, of whatever process, has given entries their positions."""
    bell = partial(rings, database.url, SETTLED)
    return Hub(follow(database), render, beat=beat, bell=bell, heartbeat=BEAT, longest=LONGEST)


def beat(last: int) -> bytes:
    """A sign of life: up to where the page is told, and when."""
    return msgspec.json.encode(Beat(last, clock.now()))
