"""Two readers of the feed, who must miss nothing and see nothing twice: a page on the live stream, which comes back with
`Last-Event-ID` whenever its server dies, and a program that reads the settled positions."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any

import httpx
import psycopg

from faults.fleet import Fleet


class Page(threading.Thread):
    """Reads server-sent events as a browser does: what was cut off in the middle of an event counts for nothing."""

    def __init__(self, fleet: Fleet, who: str, seed: str) -> None:
        super().__init__(daemon=True)
        self.fleet, self.who, self.rng = fleet, who, random.Random(seed)
        self.last: str | None = None
        self.first: int | None = None
        self.heard: list[int] = []
        self.wrong: list[str] = []
        self.opened = 0
        self._end = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=httpx.Timeout(10, read=8)) as http:
            while not self._end.is_set():
                headers = dict(self.fleet.people[self.who].headers)
                if self.last is not None:
                    headers["Last-Event-ID"] = self.last
                try:
                    with http.stream(
                        "GET", f"{self.rng.choice(self.fleet.bases)}/api/desk/feed", headers=headers
                    ) as answer:
                        if answer.status_code == 200:
                            self.opened += 1
                            self._read(answer)
                        elif answer.status_code != 503:
                            self.wrong.append(f"the stream answers {answer.status_code}")
                except httpx.TransportError:
                    pass
                time.sleep(0.1)

    def _read(self, answer: httpx.Response) -> None:
        fields: dict[str, str] = {}
        until = time.monotonic() + self.rng.uniform(
            0.5, 5
        )  # then it goes to another server, as pages behind a proxy do
        for line in answer.iter_lines():
            if self._end.is_set() or time.monotonic() > until:
                return
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if "id" in fields:
                self.last = fields["id"]
                self.first = int(self.last) if self.first is None else self.first
            if "data" in fields:
                self._hear(fields.get("event", "message"), json.loads(fields["data"]))
            fields = {}

    def _hear(self, event: str, data: Any) -> None:
        if event == "message":
            self.heard += [e["position"] for e in data["events"]]
        elif event == "reload":
            self.wrong.append(f"told to reload after position {self.last}")

    def stop(self) -> None:
        self._end.set()


class Program(threading.Thread):
    """Reads the ledger's positions as another system would: what comes after the last one read."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(daemon=True)
        self.fleet = fleet
        self.read: list[tuple[Any, ...]] = []
        self._end = threading.Event()

    def run(self) -> None:
        sql = "select position, subject_id, n, hash from ledger.leaf where position > %s order by position limit 500"
        while not self._end.is_set():
            try:
                with psycopg.connect(self.fleet.server.url, autocommit=True) as conn:
                    while not self._end.wait(0.1):
                        self.read += conn.execute(sql, [self.read[-1][0] if self.read else -1]).fetchall()
            except psycopg.OperationalError:
                time.sleep(0.1)

    def stop(self) -> None:
        self._end.set()
