"""An open page of the live feeds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any


class Page:
    """What one open page hears, as the browser would read it."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.pieces, self.buffer = pieces, b""

    async def event(self, timeout: float = 30) -> tuple[str, int | None, Any]:
        """(event, id, data) of the next that carries data."""
        while True:
            while b"\n\n" in self.buffer:
                block, self.buffer = self.buffer.split(b"\n\n", 1)
                lines = [x.split(b": ", 1) for x in block.split(b"\n")]
                fields = {p[0].decode(): p[1].decode() for p in lines if len(p) == 2}
                if "data" in fields:
                    last = int(fields["id"]) if "id" in fields else None
                    return fields.get("event", "message"), last, json.loads(fields["data"])
            self.buffer += await asyncio.wait_for(anext(self.pieces), timeout)

    async def message(self, timeout: float = 30) -> dict[str, Any]:
        """The next batch; beats are passed over."""
        while True:
            name, last, data = await self.event(timeout)
            if name != "beat":
                assert name == "message" and last == data["position"]
                return data
