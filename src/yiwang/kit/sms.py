"""Text messages: a port. A deployment names its gateway by settings; a demonstration keeps them in memory and shows them.

`post` sends by a thread of its own, so that how long an answer takes does not tell whether a message was sent; `hand_over`
waits for what the gateway says. Neither number nor words are ever logged.
"""

from __future__ import annotations

import http.client
import logging
import urllib.request
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from typing import Protocol
from urllib.error import HTTPError

import msgspec

from yiwang.kit.ids import new_id

log = logging.getLogger(__name__)
KEPT = 100
PATIENCE = 10
"""Seconds that the gateway may take."""


REFUSED = (400, 413, 422)
"""By these a gateway refuses the message itself; by all else it may take it later."""


class Handed(Enum):
    """What became of a message: the gateway has it, will never take it, or could not be reached."""

    done = auto()
    refused = auto()
    away = auto()


class Sender(Protocol):
    def send(self, phone: str, text: str, key: str) -> None:
        """Of messages with one key only the first goes out. Raises OSError or HTTPException when it could not be handed
        over."""
        ...


class Outbox:
    """For demonstrations and tests: the last messages, newest last; nothing leaves the machine."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self._keys: deque[str] = deque(maxlen=KEPT)

    def send(self, phone: str, text: str, key: str) -> None:
        if key not in self._keys:
            self._keys.append(key)
            self.sent.append((phone, text))


class Gateway:
    """An HTTP gateway: `POST url {"phone", "text"}`, with the token as bearer and the key as `Idempotency-Key`, by which it
    knows a message that it has already; any 2xx is taken for accepted."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def send(self, phone: str, text: str, key: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = msgspec.json.encode({"phone": phone, "text": text})
        request = urllib.request.Request(self.url, body, headers)  # noqa: S310  the operator's own setting
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            pass


_sender: Sender | None = None
_post = ThreadPoolExecutor(1, thread_name_prefix="sms")


def open_sender(url: str, token: str, *, demo: bool) -> Sender | None:
    """The gateway that is set; in a demonstration an outbox; else none."""
    if url.startswith(("https://", "http://")):
        return Gateway(url, token)
    return Outbox() if demo else None


def use(sender: Sender | None) -> None:
    """Make it the one that `post` sends by: done once, where the program starts."""
    global _sender
    _sender = sender


def is_there() -> bool:
    return _sender is not None


def is_shown() -> bool:
    """Do messages stay here, to be shown on the page instead of a telephone?"""
    return isinstance(_sender, Outbox)


def hand_over(phone: str, text: str, key: str) -> Handed:
    """Hand a message over, now."""
    if _sender is None:
        return Handed.away
    try:
        _sender.send(phone, text, key)
    except HTTPError as said:
        log.warning("the gateway does not take a text message: %d", said.code)
        return Handed.refused if said.code in REFUSED else Handed.away
    except (OSError, http.client.HTTPException) as fault:
        log.warning("a text message could not be handed to the gateway: %s", type(fault).__name__)
        return Handed.away
    return Handed.done


def post(phone: str, text: str) -> None:
    """Hand a message over, later; what fails is logged without the number and the words."""
    sender = _sender
    if sender is not None:
        _post.submit(_send, sender, phone, text)


def _send(sender: Sender, phone: str, text: str) -> None:
    try:
        sender.send(phone, text, str(new_id()))
    except Exception as fault:
        log.error("a text message could not be handed to the gateway: %s", type(fault).__name__)
