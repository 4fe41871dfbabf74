"""An answer that everybody gets alike, worked out anew every few seconds at most."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """One answer, `seconds` old at most, or as old as it takes to work out the next: meanwhile others get the last."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept: tuple[Hashable, float, T] | None = None
        self._working = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """`key`: what the answer depends on; another key is another answer."""
        kept = self._kept
        mine = kept is not None and kept[0] == key
        if kept is not None and mine and time.monotonic() - kept[1] < self.seconds:
            return kept[2]
        if not self._working.acquire(blocking=not mine) and kept is not None:
            return kept[2]
        try:
            if self._kept is not kept and self._kept is not None and self._kept[0] == key:
                return self._kept[2]  # somebody else was quicker
            made = make()
            self._kept = key, time.monotonic(), made
            return made
        finally:
            self._working.release()
