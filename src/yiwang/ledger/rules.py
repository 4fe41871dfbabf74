"""The canonical text of an entry and its hash; how a body becomes an event again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes

from yiwang.ledger.model import EVENTS, Entry, Event

GENESIS = bytes(32)
Digest = Callable[[bytes], bytes]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """GB/T 32905-2016, by OpenSSL."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


DIGESTS: dict[str, Digest] = {"sha256": sha256, "sm3": sm3}


def canonical(value: Any) -> str:
    """Canonical JSON: keys sorted, no spaces, UTF-8, times as ISO 8601 UTC."""
    return msgspec.json.encode(value, order="sorted").decode()


def time_text(at: datetime) -> str:
    """2026-11-22T04:05:06.000007Z: always UTC, always six digits, so that one instant has one text."""
    if at.microsecond and at.tzinfo and not at.utcoffset():  # several times faster, but it would leave out six zeros
        return msgspec.json.encode(at)[1:-1].decode()
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def entry_text(
    subject_kind: str,
    subject_id: UUID,
    n: int,
    event: str,
    version: int,
    actor: UUID,
    post: str,
    at: datetime,
    body: str,
    prev: bytes,
) -> bytes:
    """The bytes that are hashed: a JSON array of all fields, the body as the very text that is stored."""
    fields = [subject_kind, str(subject_id), n, event, version, str(actor), post, time_text(at), body, prev.hex()]
    return msgspec.json.encode(fields)


def entry_hash(entry: Entry, digest: Digest = sha256) -> bytes:
    """What `entry.hash` must be."""
    e = entry
    return digest(
        entry_text(e.subject_kind, e.subject_id, e.n, e.event, e.version, e.actor, e.post, e.at, e.body, e.prev)
    )


def load_event(event: str, version: int, subject_id: UUID, body: str) -> Event:
    """The event that an entry recorded. LookupError when no code knows that name and version."""
    kind = EVENTS.get((event, version))
    if kind is None:
        raise LookupError(f"no event {event} v{version}")
    try:
        fields = msgspec.json.decode(body)
    except RecursionError:  # as no event is: somebody wrote it into the table
        raise msgspec.DecodeError("nested too deeply") from None
    return msgspec.convert({**fields, f"{kind.about}_id": str(subject_id)}, kind)
