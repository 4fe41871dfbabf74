"""The machine's clock is stepped back and forth: order and deadlines do not break, nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import world
from invariants import broken
from yiwang import flows, wiring
from yiwang.cases import actions_file, store
from yiwang.cases.model import Case
from yiwang.cases.model_commands import AcceptCase, FileCase
from yiwang.kit import clock, timers, web
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.ledger.actions_verify import verify
from yiwang.settings import Settings
from yiwang.wiring import System

STEPS = ("report", "accept", "file", "dispatch", "take", "finish", "verify", "close")
ACTS = {f"case.{name}" for name in ("reported", "accepted", "filed", "dispatched", "verified", "closed")}
"""What stands in the case. An order taken, a warning given bear the time that the machine had, right or wrong; the chain's
order is its numbers."""
DAY = 24 * 60
JUMPS = {
    "an hour back each time": (0, -60, -60, -60, -60, -60, -60, -60),
    "back and forth": (0, 50, -50, 50, -50, 50, -50, 0),
    "once a day back": (0, 0, 0, 0, -DAY, 0, 0, 0),
    "once a week forth and back": (0, 0, 0, 7 * DAY, 0, -7 * DAY, 0, 0),
}


@pytest.fixture
def system(world_db: Database, tmp_path: Path) -> System:
    return wiring.assemble(Settings(data=str(tmp_path), database_url=world_db.url), world_db, world_db.url)


def act(play: world.Play, step: str, case: Case | None) -> Case:
    if case is None:
        return play.report()
    who = play.who("zhang.min")
    if step == "accept":
        return actions_file.accept_case(play.tx, who, AcceptCase(case.id))
    if step == "file":
        return actions_file.file_case(play.tx, who, FileCase(case.id, play.condition()))
    return getattr(play, step)(case)


def carry(system: System, jumps: tuple[int, ...], shades: Iterator[tuple[int, int, int]]) -> Case:
    """A case to its close while the clock jumps so many minutes before each act; timers are swept in between."""
    now, case = clock.now(), None
    for step, jump in zip(STEPS, jumps, strict=True):
        now += timedelta(minutes=jump, seconds=5)
        with clock.at(now):
            with system.database.transaction() as tx:
                case = act(world.Play(tx, photos=system.store, shades=shades), step, case)  # type: ignore[arg-type]
            timers.sweep(system.database, flows.TIMERS)
    assert case is not None
    return case


@pytest.mark.parametrize("name", JUMPS)
def test_a_case_goes_its_way_and_its_times_stay_in_order(system: System, name: str) -> None:
    shades = iter([(i, 77, len(name)) for i in range(200)])
    case = carry(system, JUMPS[name], shades)
    assert case.step == "closed"
    world.settle(system.database)
    with system.database.transaction() as tx:
        assert broken(tx.conn) == {}
        assert verify(tx).ok
        rows = tx.conn.execute(
            "select at, event from ledger.entry where subject_id = %s order by n", [case.id]
        ).fetchall()
        times = [at for at, event in rows if event in ACTS]
        assert len(times) >= len(ACTS) and times == sorted(times), "what people did runs back"
        assert tx.conn.execute("select count(*) from kit.parked where done_at is null").fetchone() == (0,)
        assert tx.conn.execute("select count(*) from kit.timer where subject_id = %s", [case.id]).fetchone() == (0,)


def test_without_that_rule_time_would_run_back(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.rules_clock, "latest_change", lambda case: case.reported_at - timedelta(days=99))
    carry(system, JUMPS["an hour back each time"], iter([(i, 78, 1) for i in range(200)]))
    with system.database.transaction() as tx:
        assert "case_times_in_order" in broken(tx.conn)


def test_a_deadline_fires_once_and_at_its_time_whichever_way_the_clock_went(system: System) -> None:
    now = clock.now()
    with clock.at(now), system.database.transaction() as tx:
        case = world.Play(tx).report()

    def passed() -> int:
        with system.database.transaction() as tx:
            rows = tx.conn.execute(
                "select count(*) from ledger.entry where subject_id = %s and event = 'case.limit_passed'", [case.id]
            ).fetchone()
            assert rows
            return rows[0]

    for minutes, due in ((-600, 0), (20, 0), (31, 1), (-600, 1), (31, 1), (20, 1)):
        with clock.at(now + timedelta(minutes=minutes)):
            timers.sweep(system.database, flows.TIMERS)
        assert passed() == due, f"{minutes} minutes from the report"


def test_a_command_that_was_forgotten_too_soon_is_still_done_once(system: System) -> None:
    """The clock jumps three days ahead, old command ids are forgotten, and a phone sends its report again."""
    from yiwang.cases.actions_report import report_case
    from yiwang.cases.model import Channel
    from yiwang.cases.model_commands import ReportCase

    with system.database.transaction() as tx:
        who = world.Play(tx).who("zhang.min")
    command = ReportCase(
        new_id(), Channel.hotline, "路边有一堆暴露垃圾", matter_kind="matter", matter_code="06010",
        lon=world.SPOT[0], lat=world.SPOT[1],
    )  # fmt: skip
    token = web._command.set(new_id())
    try:
        first = web.perform(report_case, who, command)
        assert web.perform(report_case, who, command).body == first.body
        with clock.at(clock.now() + timedelta(days=3)):
            assert web.forget_commands(system.database) == 1
        web.perform(report_case, who, command)
    finally:
        web._command.reset(token)
    with system.database.transaction() as tx:
        assert tx.conn.execute("select count(*) from cases.case").fetchone() == (1,)
        assert tx.conn.execute("select count(*) from ledger.entry where event = 'case.reported'").fetchone() == (1,)


def test_ids_sort_as_they_were_made() -> None:
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
