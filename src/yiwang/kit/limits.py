"""How often somebody may do something, counted in this process's memory (sign-in counts in the database instead).

A leaky bucket in its simplest form (GCRA, ITU-T I.371): one number a key, the time at which it would be empty again.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from math import ceil

from yiwang.kit.errors import TooMany

MOST_KEYS = 100_000


@dataclass
class Limit:
    """`most` at once, and as many again within `seconds`."""

    most: int
    seconds: float
    _empty_at: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str) -> None:
        """TooMany, with the seconds to wait, when `key` has used up its share."""
        each, now = self.seconds / self.most, time.monotonic()
        with self._lock:
            empty_at = max(self._empty_at.get(key, now), now)
            wait = empty_at + each - self.seconds - now
            if wait <= 1e-9:
                self._empty_at[key] = empty_at + each
                if len(self._empty_at) > MOST_KEYS:
                    self._empty_at = {k: at for k, at in self._empty_at.items() if at > now}
                return
        seconds = ceil(wait)
        raise TooMany(
            "request.too_many",
            f"太频繁了，请 {seconds} 秒后再试",
            f"Too many; please wait {seconds} seconds",
            seconds=seconds,
        )
