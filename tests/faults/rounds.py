"""Rounds of load, kill -9 and checks on one long-lived deployment. The seed decides who dies when and what the clients
choose; what the machine makes of it is its own affair."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import checks
from faults.fleet import Fleet
from faults.load import Board, Client, Log
from faults.readers import Page, Program
from yiwang.kit import files
from yiwang.kit.db import Database

TARGETS = ("server", "worker", "backend", "postmaster")
CLIENTS = 5
ACTS = (30, 60)
SLEEPERS = 4
"""Cases that only wait: each round their timers fall due while others die."""


class Rounds:
    def __init__(self, folder: Path, seed: int, *, sabotage: str = "none", say: Callable[[str], None] = print) -> None:
        self.rng, self.say = random.Random(seed), say
        self.fleet = Fleet(folder, sabotage=sabotage)
        try:
            self.log, board = Log(), Board()
            self.clients = [Client(self.fleet, self.log, board, f"{seed} {i}") for i in range(CLIENTS)]
            self.fleet.wait_until_well()
            self.page, self.program = Page(self.fleet, "zhang.min", f"{seed} page"), Program(self.fleet)
            self.page.start()
            self.program.start()
            while self.page.first is None:
                time.sleep(0.05)
            self.database = Database(self.fleet.server.url, size=2).open()
            self.store = files.open_store("", self.fleet.data / "files")
        except BaseException:
            self.fleet.stop()
            raise
        self.pushed: Counter[str] = Counter()
        self.seen = [0, 0, 0]
        self.order: list[str] = []

    def play(self, number: int) -> list[str]:
        """One round: what is wrong after it."""
        self.order = self.order or self.rng.sample(TARGETS, len(TARGETS))
        acts, begun, before = self.rng.randint(*ACTS), time.monotonic(), self.log.begun
        strikes = [(self.rng.randrange(acts), self.order.pop())]
        if self.rng.random() < 0.3:
            strikes.append((self.rng.randrange(acts), self.rng.choice(TARGETS)))
        failing = number % 3 == 0
        said = []
        sleepers = [c for c in (self.clients[0].report(channel="hotline") for _ in range(SLEEPERS)) if c]
        if failing:
            self.fleet.flag.touch()
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            work = [pool.submit(client.work, before + acts) for client in self.clients]
            work.append(pool.submit(self._fall_due, sleepers, before + self.rng.randrange(acts)))
            for after, target in sorted(strikes):
                self._wait_for_act(before + after)
                time.sleep(self.rng.uniform(0, 0.1))  # at any moment of an act
                said.append(self.fleet.strike(target, self.rng))
            for job in work:
                job.result()
        self.fleet.flag.unlink(missing_ok=True)
        self.fleet.wait_until_well()
        wrong = self.check(retry=failing)
        self.say(
            f"round {number}: {acts} acts, killed {', '.join(said)}; {time.monotonic() - begun:.1f} s"
            + "".join(f"\n   ✗ {w}" for w in wrong[:10])
        )
        return wrong

    def _wait_for_act(self, number: int) -> None:
        while self.log.begun < number:
            time.sleep(0.005)

    def _fall_due(self, sleepers: list[str], after: int) -> None:
        """Their first warning is due now; the update is sent until it is known to be made."""
        self._wait_for_act(after)
        sql = (
            "update kit.timer set due_at = now() where subject_id = any(%s::uuid[]) and key = 'step'"
            " and (data->>'stage')::int = 0"
        )
        while True:
            try:
                with self.fleet.owner() as conn:
                    conn.execute(sql, [sleepers])
                break
            except Exception:
                time.sleep(0.1)
        self.pushed.update(sleepers)

    def check(self, *, retry: bool) -> list[str]:
        log = self.log
        acks, refused, photos = log.acks[self.seen[0] :], log.refused[self.seen[1] :], log.photos[self.seen[2] :]
        with self.fleet.owner() as conn:
            if retry:  # not to wait out the ten seconds that a failed consequence rests
                conn.execute("update kit.parked set next_at = now() where done_at is null")
            wrong = [*log.wrong, *checks.wait_until_quiet(conn)]
            wrong += checks.check_acts(conn, log)
            wrong += checks.check_answers(conn, acks, refused)
            wrong += checks.check_courses(conn)
            wrong += checks.check_consequences(conn, log)
            wrong += checks.check_timers(conn, self.pushed)
            wrong += checks.check_photos(conn, self.store, photos)
            wrong += checks.check_readers(conn, self.page, self.program)
            wrong += checks.check_invariants(conn)
        wrong += checks.check_ledger(self.database)
        self.seen = [len(log.acks), len(log.refused), len(log.photos)]
        log.wrong.clear()
        return wrong

    def summary(self) -> str:
        log, starts = self.log, Counter[str]()
        for member in self.fleet.members:
            starts[member.name.split()[0]] += member.starts
        return (
            f"{len(log.acks)} acts acknowledged, {len(log.refused)} refused, {len(log.photos)} photos; sent again after"
            f" {dict(log.unanswered)}; {self.page.opened} streams opened; started {dict(starts)}"
        )

    def stop(self) -> None:
        self.page.stop()
        self.program.stop()
        self.database.close()
        self.fleet.stop()
