"""Text messages: a port. A deployment names its gateway by settings; a demonstration keeps them in memory and shows them.

Sent by a thread of its own, so that how long an answer takes does not tell whether a message was sent.
"""

from __future__ import annotations

import logging
import urllib.request
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import msgspec

log = logging.getLogger(__name__)
KEPT = 100
PATIENCE = 10
"""Seconds that the gateway may take."""


class Sender(Protocol):
    def send(self, phone: str, text: str) -> None:
        """Raises OSError when it could not be handed over."""
        ...


class Outbox:
    """For demonstrations and tests: the last messages, newest last; nothing leaves the machine."""

    def __init__(self) -> None:
        self.sent: deque[tuple[str, str]] = deque(maxlen=KEPT)

    def send(self, phone: str, text: str) -> None:
        self.sent.append((phone, text))


class Gateway:
    """An HTTP gateway: `POST url {"phone", "text"}`, with the token as bearer; any 2xx is taken for accepted."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def send(self, phone: str, text: str) -> None:
        headers = {"Content-Type": "application/json"}
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


def post(phone: str, text: str) -> None:
    """Hand a message over, later; what fails is logged without the number and the words."""
    sender = _sender
    if sender is not None:
        _post.submit(_send, sender, phone, text)


def _send(sender: Sender, phone: str, text: str) -> None:
    try:
        sender.send(phone, text)
    except Exception as fault:
        log.error("a text message could not be handed to the gateway: %s", type(fault).__name__)
