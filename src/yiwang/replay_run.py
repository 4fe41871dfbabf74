"""Past cases through the very actions, on a simulated clock: what happened, at its instant, in order of time.

At one instant: cases are opened, then cases are closed, then time is up; so what is done exactly at its deadline is on
time. Timers fire at their own due instant, in order, between the acts. Everything is derived from the database, so a run
that was stopped or killed anywhere goes on where it was: acts and firings commit in this one order, whole acts only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

from yiwang.cases.actions import orders_of
from yiwang.cases.actions_dispatch import dispatch_case, finish_order
from yiwang.cases.actions_file import accept_case, file_case
from yiwang.cases.actions_report import report_case
from yiwang.cases.actions_verify import close_case, verify_case
from yiwang.cases.model import Case, PhotoKind, Step
from yiwang.cases.model_commands import (
    AcceptCase,
    Assignment,
    CloseCase,
    DispatchCase,
    FileCase,
    FinishOrder,
    ReportCase,
    VerifyCase,
)
from yiwang.cases.queries import get_case
from yiwang.cases.queries_list import CaseRow, Filter, list_cases
from yiwang.kit import clock, timers
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Problem
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.kit.timers import Handler
from yiwang.ledger.actions_settle import settle_all
from yiwang.replay_file import Row, Skipped
from yiwang.replay_pack import Cast, ReplayPack

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHUNK_SECONDS = 0.25
"""A transaction takes acts for so long: short enough that the settler never waits, long enough that commits cost little."""
SETTLE_EVERY = 20
"""Chunks between two settlings."""
OPEN, CLOSE = 0, 1
FINISHED = (Step.closed, Step.declined, Step.void, Step.merged)
DISPATCHED = (Step.handling, Step.handled, Step.verified, Step.closed)


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """One thing that happened: at one instant openings come before closings, then the file's order counts."""

    at: datetime
    what: int
    line: int
    index: int


class _Careful(Exception):
    """This chunk must be done again, each act and firing in a savepoint of its own. Nearly all chunks need none."""


def plan_acts(rows: Sequence[Row]) -> list[Act]:
    """Everything that happened, in order of time."""
    acts = [Act(row.opened, OPEN, row.line, i) for i, row in enumerate(rows)]
    acts += [Act(row.closed, CLOSE, row.line, i) for i, row in enumerate(rows) if row.closed is not None]
    return sorted(acts)


def read_cases(database: Database, ids: Sequence[UUID]) -> dict[UUID, CaseRow]:
    """The cases as they stand in the database."""
    found: dict[UUID, CaseRow] = {}
    with database.reading() as tx:
        for first in range(0, len(ids), 1000):
            part = tuple(ids[first : first + 1000])
            found |= {c.id: c for c in list_cases(tx, EVERYTHING, Filter(ids=part), limit=len(part))}
    return found


class Run:
    """One walk through the acts. `go` returns True when it came to the end, False when `stop()` said so before."""

    def __init__(
        self, database: Database, pack: ReplayPack, cast: Cast, rows: Sequence[Row], handlers: Mapping[str, Handler]
    ) -> None:
        self.database, self.pack, self.cast, self.rows, self.handlers = database, pack, cast, rows, handlers
        self.acts = plan_acts(rows)
        self.end = max([pack.until or EPOCH, *(a.at for a in self.acts[-1:])])
        """The last instant the file knows of. An open case whose target lies later is not overdue: nobody knows yet."""
        self.next, self.now, self.fired, self.settled = 0, EPOCH, 0, 0
        self.refused: list[Skipped] = []
        self.longest = 0.0
        """Seconds of the longest writing transaction."""
        self._at_hand: dict[UUID, Case] = {}

    def skip_done(self, there: Mapping[UUID, CaseRow]) -> int:
        """Go to the first act that the database does not have yet; returns how many were passed."""
        while self.next < len(self.acts):
            act = self.acts[self.next]
            case = there.get(self.rows[act.index].case_id)
            if case is None or case.step not in (DISPATCHED if act.what == OPEN else FINISHED):
                break
            self.now = act.at
            self.next += 1
        return self.next

    def go(self, stop: Callable[[], bool], progress: Callable[[int, datetime], None]) -> bool:
        chunks, more = 0, True
        while more and not stop():
            begun, mark = monotonic(), (self.next, self.now, self.fired)
            try:
                with self.database.transaction() as tx:
                    more = self._chunk(tx, stop, careful=False)
            except _Careful:  # something in this chunk was refused or failed: again, with a savepoint around each
                self.next, self.now, self.fired = mark
                begun = monotonic()
                with self.database.transaction() as tx:
                    more = self._chunk(tx, stop, careful=True)
            self.longest = max(self.longest, monotonic() - begun)
            progress(self.next, self.now)
            chunks += 1
            if chunks % SETTLE_EVERY == 0:
                self.settled += settle_all(self.database)
        self.settled += settle_all(self.database)
        return not more

    def _chunk(self, tx: Tx, stop: Callable[[], bool], *, careful: bool) -> bool:
        """Acts and firings for a while; False when nothing is left."""
        until = monotonic() + CHUNK_SECONDS
        while True:
            act = self.acts[self.next] if self.next < len(self.acts) else None
            timer = timers.find_first(tx, act.at if act else self.end)
            # What an act made due in the past fires at once, with it: a commit between the two could be where we are killed.
            if (monotonic() > until or stop()) and (timer is None or timer.due_at >= self.now):
                return True
            if timer is None and act is None:
                self._at(tx, self.end)
                return False
            self._at(tx, max(timer.due_at, self.now) if timer else act.at if act else self.end)
            with clock.at(self.now):
                if timer is not None:
                    self._fire(tx, timer, careful)
                elif act is not None:
                    self._act(tx, act, careful)
                    self.next += 1

    def _at(self, tx: Tx, instant: datetime) -> None:
        tx.now = self.now = instant

    def _fire(self, tx: Tx, timer: timers.Timer, careful: bool) -> None:
        if careful:
            self.fired += timers.fire(tx, self.handlers, timer)
            return
        try:
            if self.handlers[timer.kind](tx, [timer]):
                self.fired += 1
                return
        except Exception as fault:
            raise _Careful from fault
        raise _Careful

    def _act(self, tx: Tx, act: Act, careful: bool) -> None:
        row, do = self.rows[act.index], self._open if act.what == OPEN else self._close
        try:
            if not careful:
                do(tx, row)
                return
            with tx.savepoint():
                do(tx, row)
        except Problem as problem:
            if not careful:
                raise _Careful from problem
            self.refused.append(Skipped(row.line, row.key, problem.zh, f"{problem.en} ({problem.code})"))

    def _open(self, tx: Tx, row: Row) -> None:
        """发现上报 → 受理 → 立案 → 派遣, at the instant of opening: the file knows of no time between them."""
        cast, lon, lat = self.cast, *(row.point or (None, None))
        case = report_case(
            tx, cast.operator,
            ReportCase(
                row.case_id, row.channel, row.title, "matter", row.matter, self.pack.scheme, lon=lon, lat=lat,
                area_code=row.area, place=row.place,
            ),
        )  # fmt: skip
        if case.step is Step.reported:
            case = accept_case(tx, cast.operator, AcceptCase(case.id))
        if case.step is Step.accepted:
            case = file_case(tx, cast.operator, FileCase(case.id, due_at=row.due, open_ended=row.due is None))
        if case.step is Step.filed:
            unit = Assignment(named_id(f"unit:{row.unit}"))
            case = dispatch_case(tx, cast.dispatcher, DispatchCase(case.id, unit))
        if row.closed is not None:
            self._at_hand[case.id] = case

    def _close(self, tx: Tx, row: Row) -> None:
        """处置完成 → 核查 → 结案, by three people, at the instant of closing."""
        cast, reason = self.cast, row.reason or self.pack.closing_else
        case = self._at_hand.get(row.case_id) or get_case(tx, EVERYTHING, row.case_id)
        if case.step is Step.handling:
            order = orders_of(tx, case)[0]
            done = FinishOrder(case.id, order.id, reason, cast.photos[PhotoKind.handled])
            case = finish_order(tx, cast.handler(row.unit, case.id), done)
        if case.step is Step.handled:
            seen = VerifyCase(case.id, True, "", case.lon, case.lat, cast.photos[PhotoKind.verified])
            case = verify_case(tx, cast.verifier, seen)
        if case.step is Step.verified:
            close_case(tx, cast.closer, CloseCase(case.id, self.pack.close_condition(reason)))
