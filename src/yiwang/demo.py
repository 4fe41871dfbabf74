"""The demonstration day: `prepare` plays the day that lies behind us, a `Player` goes on with it live.

The same people, the same acts and the same clocks as in earnest; only the findings are made up (packs/laoximen/day.csv)
and the pictures drawn. Cases of the demonstration have ids made from names (UUIDv5); a visitor's have UUIDv7.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from yiwang import flows
from yiwang.cases.model import OPEN_STEPS, Channel, Step
from yiwang.cases.queries_list import Filter, list_cases
from yiwang.demo_duty import Watch
from yiwang.demo_live import act_on, rate_something
from yiwang.demo_photos import dice
from yiwang.demo_room import district
from yiwang.demo_scene import Scene, Story
from yiwang.demo_stage import PACK, SOURCES, Stage, coming, last_seen, read_script
from yiwang.demo_story import COURSE_OF, COURSES, LEFT
from yiwang.demo_things import enter_scenes, live_somewhere
from yiwang.flows.load_pack import load_pack
from yiwang.flows.pack_files import find_pack
from yiwang.kit import clock, timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound, Problem, Unavailable
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.actions_settle import settle_all
from yiwang.network.actions_access import issue_token
from yiwang.network.actions_people import add_person
from yiwang.network.model import PostKind, system
from yiwang.network.model_access import IssueToken
from yiwang.network.model_people import AddPerson
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.queries_people import list_posts, who_is_on_duty
from yiwang.network.queries_units import get_unit_by_code
from yiwang.wiring import SCENES, System

log = logging.getLogger(__name__)
SETUP = system("demo")
PREPARING = 7910  # the advisory lock
BEFORE = timedelta(days=3)
"""So long before the present the pack is loaded, that its people were in post all through the day that is played."""
DAY = timedelta(hours=24)
TALK = timedelta(hours=7)
"""So long ago the district's room began to talk."""
BY_HAND = (Channel.hotline, Channel.public)
OPERATOR = "zhang.min"
SOURCE_NAMES = {Channel.camera: "视频巡检（演示）", Channel.sensor: "物联感知（演示）"}


@dataclass(slots=True)
class Played:
    """What a day came to. `refused` must be empty: it says which story met which refusal."""

    acts: int = 0
    fired: int = 0
    refused: list[str] = field(default_factory=list)


def prepare(running: System) -> Player:
    """Load the street if it is not there yet, and play the last 24 hours unless they have been; then a player for now.

    The day is one transaction: whoever stops it in the middle finds nothing of it, and the next start plays it.
    """
    with running.database.alone(PREPARING):  # two that start at once: the second finds everything there
        _prepare(running)
    return Player(running)


def _prepare(running: System) -> None:
    now = clock.now()
    load_street(running, now)
    if not _has_cases(running, now - DAY):
        began = time.monotonic()
        log.info("demo: 正在演示过去 24 小时，约十几秒 playing the last 24 hours, some fifteen seconds")
        with running.database.transaction() as tx:
            played = play_day(tx, running, now)
        settle_all(running.database)
        log.info("demo: %d acts and %d timers in %.1f s", played.acts, played.fired, time.monotonic() - began)
        for words in played.refused:
            log.warning("demo: %s", words)
    with running.database.transaction() as tx:
        enter_scenes(Stage(tx, running.store, running.settings.timezone), SCENES)


def load_street(running: System, now: datetime) -> None:
    """The pack with all it needs, as if it had been loaded some days before `now`; again only to carry the roster on."""
    folder = find_pack(PACK)
    with running.database.reading() as tx:
        there = _is_there(tx, SOURCES[Channel.sensor])
        if there:
            street = get_unit_by_code(tx, "310101019").path
            if who_is_on_duty(tx, street, [PostKind.operator], now + timedelta(days=7)):
                return
    with clock.at(now if there else now - BEFORE):
        load_pack(running.database, folder)  # again: carries the roster on
        with running.database.transaction() as tx:
            for channel, login in SOURCES.items():
                _add_source(tx, channel, login, now)


def _is_there(tx: Tx, login: str) -> bool:
    try:
        get_actor_by_login(tx, login)
    except NotFound:
        return False
    return True


def _add_source(tx: Tx, channel: Channel, login: str, now: datetime) -> None:
    """A camera system or a sensor platform, with a token by which its reports are trusted. Nobody keeps the secret:
    the demonstration stands behind the door already."""
    if _is_there(tx, login):
        return
    person_id = named_id(f"person:{login}")
    add_person(tx, SETUP, AddPerson(person_id, login, SOURCE_NAMES[channel]))
    acts, until = ("case.report", "case.report_trusted"), now + timedelta(days=365)
    issue_token(tx, SETUP, IssueToken(named_id(f"demo:token:{login}"), person_id, SOURCE_NAMES[channel], acts, until))


def _has_cases(running: System, since: datetime) -> bool:
    with running.database.reading() as tx:
        return bool(list_cases(tx, EVERYTHING, Filter(since=since), limit=1))


# ── the day behind us ─────────────────────────────────────────────────────────────────────────────────────────────────


def play_day(tx: Tx, running: System, now: datetime) -> Played:
    """Everybody's day up to `now`, each act at its own instant, and each timer at its own in between."""
    stage = Stage(tx, running.store, running.settings.timezone)
    done = Played()
    queue = [(at, n, name, story) for n, (at, name, story) in enumerate(_plan(stage, now, _staffed_since(tx)))]
    heapq.heapify(queue)
    while queue and queue[0][0] <= now:
        at, n, name, story = heapq.heappop(queue)
        done.fired += _fire_until(tx, at)
        minutes = _act(tx, at, name, story, done)
        if minutes is not None:
            heapq.heappush(queue, (at + timedelta(minutes=minutes), n, name, story))
    done.fired += _fire_until(tx, now)
    return done


def _act(tx: Tx, at: datetime, name: str, story: Story, done: Played) -> float | None:
    """One beat of a story; None when it is over. One that is refused ends there, and is told."""
    tx.now = at
    try:
        with clock.at(at), tx.savepoint():
            minutes = next(story, None)  # a StopIteration would undo what the last beat did
    except (Problem, LookupError) as refused:
        done.refused.append(f"{name} {at:%H:%M}: {refused}")
        return None
    done.acts += 1
    return minutes


def _fire_until(tx: Tx, until: datetime) -> int:
    fired = 0
    while (timer := timers.find_first(tx, until)) is not None:
        tx.now = max(timer.due_at, tx.now) if fired else timer.due_at
        with clock.at(tx.now):
            fired += timers.fire(tx, flows.TIMERS, timer)
    return fired


def _staffed_since(tx: Tx) -> datetime:
    """Nothing can have happened before there was anybody to do it (the pack may have been loaded by hand just now)."""
    operator = get_actor_by_login(tx, OPERATOR)
    return min((p.since for p in list_posts(tx, EVERYTHING, operator.id)), default=tx.now)


def _plan(stage: Stage, now: datetime, since: datetime) -> Iterator[tuple[datetime, str, Story]]:
    """Each row of the script at its last time of day; a course that takes hours early enough to come to its end; and
    what has just been found, so that every step has something waiting in it."""
    script = read_script()
    before_twin = {f.n - 1 for f in script if f.course == "duplicate"}
    for row in script:
        it = replace(row, course=COURSE_OF.get(row.n, row.course))
        story, hours = COURSES[it.course]
        at = last_seen(it, now, stage.zone, hours or (COURSES["duplicate"][1] if it.n in before_twin else 0))
        if at >= since:
            yield at, f"{it.course} {it.n}", story(Scene(stage, it, named_id(f"demo:{at:%Y-%m-%d}:{it.n}")))
    if now - TALK >= since:
        yield now - TALK, "district", district(stage)
    fresh = (f for f in coming(script, now, stage.zone) if f.course == "normal" and f.channel in BY_HAND)
    for (story, minutes), it in zip(LEFT, fresh, strict=False):
        at = now - timedelta(minutes=minutes)
        if at >= since:
            case_id = named_id(f"demo:{at:%Y-%m-%d %H:%M}:left:{it.n}")
            yield at, f"left {it.n}", story(Scene(stage, it, case_id))


# ── live ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

QUICK, SLOW = (2.0, 4.0), 60.0
"""Seconds between two acts while somebody looks on, and while nobody does."""
STEPS, STROLL = 20.0, 200.0
"""Seconds between two positions of those on duty, likewise."""
REST = 5.0
"""Seconds of rest after something went wrong."""
PURSE, A_DAY = 900, 3_600
"""Acts it may do in quick succession, and how many more each day gives: it cannot run away."""
FEW, MANY = 36, 60
"""Open cases: below the first it reports more, above the second it reports none."""
VISITORS_TURN = timedelta(minutes=10)
"""So long a case that a visitor reported is left to the visitor."""


class Player:
    """Goes on live: somebody does the next thing every few seconds. A refused act (a visitor was quicker) is skipped."""

    def __init__(self, running: System, *, seed: int | None = None) -> None:
        self._running, self._random = running, dice(seed)
        self._stop, self._thread = threading.Event(), None
        self.watched: Callable[[], bool] = lambda: True
        self._purse, self._filled, self._acted = float(PURSE), time.monotonic(), 0.0
        self._recent: deque[UUID] = deque(maxlen=8)
        script = read_script()
        self._coming = coming(script, clock.now(), running.settings.timezone)
        self._watch, self._walked = Watch(script), 0.0

    def start(self, watched: Callable[[], bool] | None = None) -> None:
        """Begin, in a thread of its own. `watched`: does anybody look on? (None: always as if)."""
        self.watched = watched or self.watched
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the act at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(self._random.uniform(*QUICK)):
            try:
                self.walk()
                if self.is_time():
                    self.beat()
            except Problem as refused:
                log.debug("demo: skipped: %s", refused)
                if isinstance(refused, Unavailable):
                    self._stop.wait(REST)
            except (psycopg.OperationalError, PoolTimeout) as away:
                log.warning("demo: the database is away (%s)", away)
                self._stop.wait(REST)
            except Exception:
                log.exception("demo: an act failed")
                self._stop.wait(REST)

    def walk(self) -> None:
        """Those on duty tell where they are; nothing of it is in the ledger, so it costs no purse."""
        now = time.monotonic()
        if self._walked and now - self._walked < (STEPS if self.watched() else STROLL):
            return
        self._walked = now
        with self._running.database.transaction() as tx:
            self._watch.go_on(tx)

    def is_time(self) -> bool:
        """Each act costs one from the purse, which time fills again; while nobody looks on there is no hurry."""
        now = time.monotonic()
        self._purse = min(PURSE, self._purse + (now - self._filled) * A_DAY / 86_400)
        self._filled = now
        if self._purse < 1 or not (self.watched() or now - self._acted >= SLOW):
            return False
        self._purse, self._acted = self._purse - 1, now
        return True

    def beat(self) -> str:
        """One act at the present instant; says which. Problem when it is refused: nothing has happened then."""
        with self._running.database.transaction() as tx:
            stage = Stage(tx, self._running.store, self._running.settings.timezone)
            rows = list_cases(tx, EVERYTHING, Filter(steps=OPEN_STEPS), limit=MANY * 4)
            reports = len(rows) < FEW or (len(rows) < MANY and self._random.random() < 0.12)
            if reports:
                return self._report(stage)
            if self._random.random() < 0.04 and (said := rate_something(stage, self._random)):
                return said
            if self._random.random() < 0.06 and (said := live_somewhere(stage, SCENES, self._random)):
                return said
            ready = [
                r.id
                for r in rows
                if r.id not in self._recent
                and not (r.suspended and self._random.random() < 0.98)
                and (r.id.version == 5 or r.reported_at < tx.now - VISITORS_TURN)
            ]
            self._random.shuffle(ready)
            return self._move(stage, ready[:6]) or (self._report(stage) if len(rows) < MANY else "")

    def _move(self, stage: Stage, ids: Sequence[UUID]) -> str:
        """The first of these cases in which somebody can do something."""
        for case_id in ids:
            self._recent.append(case_id)
            if said := act_on(stage, case_id, self._random):
                return said
        return ""

    def _report(self, stage: Stage) -> str:
        it = next(self._coming)
        case_id = named_id(f"demo:{stage.tx.now.isoformat()}:{it.n}")
        case = stage.report(it, case_id, trusted=it.course != "duplicate")
        return f"reported {case.number}" if case.step is not Step.closed else ""
