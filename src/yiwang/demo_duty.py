"""The demonstration's people on duty: whoever the roster has on comes on duty, and those outdoors walk their rounds.

Their rounds go by the places of the script, so along real roads. A visitor who is one of them is left alone: who went off
duty stays off, and where a visitor's phone says they are, they are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians
from uuid import UUID

from yiwang.demo_photos import dice
from yiwang.demo_stage import METRE, STREET, Finding
from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.actions_duty import start_duty, tell_positions
from yiwang.network.model_duty import Position, RosterLine, StartDuty, TellPositions
from yiwang.network.queries_actor import get_actor
from yiwang.network.queries_duty import list_colleagues, list_presence
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules_duty import OUTDOOR_POSTS

ABSENT = 11
"""One in so many does not come, so that the roster has somebody who is missed."""
LEG = timedelta(minutes=9)
"""From one place of a round to the next."""
ACCURACY = (4, 6, 9, 14, 28)


class Watch:
    """Remembers whom it has brought on duty, and when it last moved them."""

    def __init__(self, script: list[Finding]) -> None:
        self._places = [(f.lon, f.lat) for f in script if f.lon and f.lat]
        self._come = set[UUID]()
        self._moved: datetime | None = None

    def go_on(self, tx: Tx) -> int:
        """Bring on duty who is due, and move who is outdoors; answers with how many were moved."""
        street = get_unit_by_code(tx, STREET).path
        for line in list_presence(tx, EVERYTHING, street, tx.now, limit=500):
            self._bring(tx, line)
        moved = 0
        for one in list_colleagues(tx, EVERYTHING, limit=500):
            theirs = one.at is not None and (self._moved is None or one.at > self._moved)
            if one.post not in OUTDOOR_POSTS or theirs:
                continue
            lon, lat, accuracy = self._place(one.person_id, tx.now)
            told = Position(new_id(), lon, lat, tx.now, accuracy)
            tell_positions(tx, get_actor(tx, one.person_id), TellPositions((told,)))
            moved += 1
        self._moved = tx.now
        return moved

    def _bring(self, tx: Tx, line: RosterLine) -> None:
        if line.planned_since is None or line.id in self._come:
            return
        self._come.add(line.id)
        if line.here_since is None and line.id.int % ABSENT:
            start_duty(tx, get_actor(tx, line.person_id), StartDuty(new_id()))

    def _place(self, person_id: UUID, now: datetime) -> tuple[float, float, float]:
        """On the way between two places of their round, of which the next is among the nearest."""
        leg, part = divmod(now.timestamp(), LEG.total_seconds())
        home = dice(f"home {person_id}").choice(self._places)
        near = sorted(self._places, key=lambda p: abs(p[0] - home[0]) + abs(p[1] - home[1]))[:6]
        here, there = (near[(int(leg) + n + person_id.int) % len(near)] for n in (0, 1))
        share, chance = part / LEG.total_seconds(), dice(f"{person_id}{int(leg)}")
        aside = 6 * METRE * chance.uniform(-1, 1)
        lon = here[0] + (there[0] - here[0]) * share + aside / cos(radians(here[1]))
        return round(lon, 6), round(here[1] + (there[1] - here[1]) * share + aside, 6), chance.choice(ACCURACY)
