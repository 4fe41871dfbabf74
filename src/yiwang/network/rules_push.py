"""Who is told by push, and when it is tried again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from yiwang.kit.jobs import work_out_wait
from yiwang.kit.push import Outcome
from yiwang.network.model_push import DuePush, Heard, Telling

GIVE_UP = timedelta(hours=4)
"""What could not be told for so long is old news; the notice itself waits in the list."""
LEASE = timedelta(minutes=3)
"""A message taken out to be sent is left alone for so long: whoever took it may have died."""


def select_heard(tellings: Iterable[Telling], heard: Iterable[Heard]) -> list[tuple[UUID, Telling]]:
    """(device, what it is told): whoever is named; of a post those on duty, or all who hold it while none of them is."""
    by_key = {t.key: t for t in tellings}
    found = [h for h in heard if h.person_id not in by_key[h.key].spared]
    manned = {h.key for h in found if h.here and not h.named}
    return [
        (h.subscription_id, by_key[h.key])
        for h in found
        if h.named or h.here or by_key[h.key].everybody or h.key not in manned
    ]


def work_out_retry(now: datetime, push: DuePush, outcome: Outcome) -> datetime | None:
    """When to try again; None: not any more."""
    again = now + max(timedelta(seconds=outcome.wait), work_out_wait(push.tries))
    return None if outcome.is_hopeless or again >= push.until else again
