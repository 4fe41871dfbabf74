"""Web push: the devices that may be told, and what is told them. No personal data in any message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,100}={0,2}$")]
Address = Annotated[str, StringConstraints(min_length=10, max_length=1000, pattern=r"^https?://[\x21-\x7e]+$")]


@dataclass(frozen=True, slots=True)
class PushKey:
    """What the browser needs to subscribe: `applicationServerKey`, base64url."""

    key: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Is this device (this session) told?"""

    subscribed: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to be told, to a person or to a post in a unit (`post` None: everybody there). `key` is its own: it is told
    each device once. `everybody`: those off duty too. `spared`: people who do not want to hear of it."""

    key: UUID
    payload: str
    person_id: UUID | None
    unit_id: UUID | None
    post: str | None
    everybody: bool
    urgent: bool
    spared: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A device that something concerns. `named`: its person is, not their post alone; `here`: they are on duty."""

    subscription_id: UUID
    person_id: UUID
    key: UUID
    named: bool
    here: bool


@dataclass(frozen=True, slots=True)
class DuePush:
    """A message whose time has come, taken out to be sent; `tries` counts this one."""

    subscription_id: UUID
    key: UUID
    payload: str
    urgent: bool
    until: datetime
    tries: int
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SubscribePush:
    """A browser's PushSubscription, as its `toJSON` gives it."""

    endpoint: Address = field(repr=False)
    p256dh: Base64Url = field(repr=False)
    auth: Base64Url = field(repr=False)
