"""The demonstration day: everything that can happen happens, nothing is left unsound, and it goes on live."""

from __future__ import annotations

import json
import signal
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from invariants import broken
from world import SPOT, settle
from yiwang import demo
from yiwang.cases import actions_file
from yiwang.cases.actions_report import report_case
from yiwang.cases.model import OPEN_STEPS, Channel, Step
from yiwang.cases.model_commands import AcceptCase, ReportCase
from yiwang.cases.queries_count import count_by_step
from yiwang.cases.queries_list import Filter, list_cases
from yiwang.cases.rules import MOVES
from yiwang.demo_duty import Watch
from yiwang.demo_room import ROOM
from yiwang.demo_stage import read_script
from yiwang.demo_story import COURSE_OF, COURSES
from yiwang.kit import clock
from yiwang.kit.errors import Problem
from yiwang.kit.geo import distance_m
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.actions_verify import verify
from yiwang.network.actions_duty import end_duty, tell_positions
from yiwang.network.model_duty import Colleague, EndDuty, Position, Presence, RosterLine, TellPositions
from yiwang.network.queries_actor import get_actor, get_actor_by_login
from yiwang.network.queries_duty import get_my_duty, list_colleagues, list_presence
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules_duty import OUTDOOR_POSTS
from yiwang.rooms.queries import list_messages
from yiwang.rooms.rules import sight_of
from yiwang.wiring import System

BUDGET = 15.0
"""Seconds of this process; on a quiet machine the clock on the wall says little more."""


@pytest.fixture
def played(street: Any, opened: Any) -> System:
    return opened(street.played)


def entries(running: System) -> list[tuple[str, dict[str, Any], str]]:
    """(event, body, post) of every entry about a case."""
    with running.database.reading() as tx:
        rows = tx.conn.execute("select event, body, post from ledger.entry where subject_kind = 'case'").fetchall()
    return [(event, json.loads(body), post) for event, body, post in rows]


def verified_badly(body: dict[str, Any]) -> str:
    return "rework_unassigned" if body.get("limits", {}).get("step") == "filed" else "rework"


def act_of(event: str, body: dict[str, Any]) -> str:
    """The row of the state machine's table that an entry came from."""
    kind = body.get("kind", "")
    return {
        "case.accepted": "accept_late" if body.get("late") else "accept",
        "case.filed": "file_trusted" if body.get("automatic") else "file_late" if body.get("late") else "file",
        "case.dispatched": "force_dispatch" if body.get("forced") else "dispatch",
        "case.verified": "verify" if body.get("passed") else verified_badly(body),
        "case.request_asked": f"ask_{kind}",
        "case.request_decided": f"decide_{kind}",
        "case.declined": "decline",
        "case.reclassified": "reclassify",
        "case.check_asked": "ask_check",
        "case.check_answered": "answer_check",
        "case.handled_on_spot": "handle_on_spot",
        "case.assist_added": "add_assist",
        "case.order_taken": "take",
        "case.order_finished": "finish",
        "case.closed": "close",
        "case.reopened": "reopen",
        "case.merged": "merge",
        "case.unmerged": "unmerge",
        "case.resumed": "resume",
        "case.emergency_declared": "declare_emergency",
        "case.supervised": "supervise",
        "case.supervision_answered": "answer_supervision",
        "case.urged": "urge",
        "case.commented": "comment",
    }.get(event, "")


def test_the_day_comes_to_its_end_in_time_and_nobody_is_refused(street: Any) -> None:
    assert street.came_to.refused == []
    assert street.came_to.acts > 800 and street.came_to.fired > 80
    assert street.cpu_seconds < BUDGET, f"{street.cpu_seconds:.1f} s of processor time"


def test_every_act_of_the_table_happens(played: System) -> None:
    happened = entries(played)
    assert {m.act for m in MOVES} - {act_of(event, body) for event, body, _ in happened} == set()
    assert {"case.limit_near", "case.limit_passed", "case.escalated"} <= {event for event, _, _ in happened}
    assert {b["automatic"] for e, b, _ in happened if e == "case.resumed"} == {True, False}
    put_right = {b["limits"]["step"] for e, b, _ in happened if e == "case.reclassified"}
    assert put_right == {"reported", "accepted", "filed"}, "before, in filing, and returned by a unit"
    declared = {post for event, _, post in happened if event == "case.emergency_declared"}
    assert declared == {"system", "operator"}, "one called by the roster, one by the night desk"


def test_every_step_has_something_waiting_and_something_is_late(played: System) -> None:
    with played.database.reading() as tx:
        counts = {c.step: c for c in count_by_step(tx, EVERYTHING)}
    assert all(counts[step].cases >= 1 for step in OPEN_STEPS), counts
    assert sum(counts[step].overdue for step in OPEN_STEPS) >= 3
    assert counts[Step.closed].cases >= 60 and {Step.declined, Step.void, Step.merged} <= set(counts)


def test_the_ledger_verifies_and_nothing_is_unsound(played: System) -> None:
    settle(played.database)
    with played.database.transaction() as tx:
        found = verify(tx)
        assert found.ok and found.entries > 1_000, found
        assert not broken(tx.conn)
        assert tx.conn.execute("select count(*) from kit.parked").fetchone() == (0,), "no consequence failed"


def test_every_handled_case_shows_before_and_after(played: System) -> None:
    """Each picture is its own file, and was taken at the place it shows."""
    sql = (
        "select count(*), count(distinct sha256), count(*) filter (where distance_m <= 20),"
        " count(*) filter (where reused_in is not null) from cases.evidence"
    )
    with played.database.reading() as tx:
        used, files, near, reused = tx.conn.execute(sql).fetchall()[0]
    assert used > 300 and used == files == near and reused == 0


def test_the_district_talks_and_something_of_it_became_a_case(played: System) -> None:
    with played.database.reading() as tx:
        seen = list_messages(tx, sight_of(get_actor_by_login(tx, "peng.liang")), ROOM)
    turned = [m for m in seen if m.turned_at]
    assert [m.outcome for m in turned] == ["closed"], "its end was told where it was said"
    mentions = [a for m in seen for a in m.mentions]
    assert [bool(a.overdue_at) for a in mentions if not a.done_at] == [True], "one @ waits too long"
    assert sum(a.read_at is not None for a in mentions) == 2


def test_preparing_again_adds_nothing(played: System) -> None:
    before = entries(played)
    demo.prepare(played)
    assert len(entries(played)) == len(before)


def test_whoever_stops_it_in_the_middle_finds_nothing_of_it(street: Any, opened: Any) -> None:
    running = opened(street.loaded)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 2.0, 5.0)  # again where it is swallowed (as in a callback of the collector)
    try:
        # The second where it strikes while psycopg itself begins or ends a savepoint: it then gives the connection up.
        with pytest.raises((KeyboardInterrupt, psycopg.transaction.OutOfOrderTransactionNesting)):
            demo.prepare(running)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert entries(running) == []
    with running.database.reading() as tx:
        assert list_cases(tx, EVERYTHING, Filter()) == []


def test_every_course_of_the_script_has_its_story() -> None:
    script = read_script()
    assert len(script) >= 110
    assert {f.course for f in script} <= set(COURSES)
    numbers = {f.n for f in script}
    assert set(COURSE_OF) <= numbers and set(COURSE_OF.values()) <= set(COURSES)


# ── live ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def beats(player: demo.Player, times: int) -> list[str]:
    """So many acts; one that is refused is nothing, as it is when the player runs."""
    said = []
    for _ in range(times):
        try:
            said.append(player.beat())
        except Problem as refused:
            said.append(f"refused {refused.code}")
    return [s for s in said if s]


def test_it_goes_on_soundly_and_does_not_run_away(played: System) -> None:
    player, before = demo.Player(played, seed=1), len(entries(played))
    said = beats(player, 120)
    refused = [s for s in said if s.startswith("refused")]
    assert len(said) > 100 and len(refused) < 5, said
    assert len(entries(played)) > before + 100
    assert {s.split()[0] for s in said} >= {"reported", "handling"}, "new findings come in, old ones move on"
    with played.database.reading() as tx:
        assert len(list_cases(tx, EVERYTHING, Filter(steps=OPEN_STEPS), limit=500)) <= demo.MANY
        assert not broken(tx.conn)


def test_with_many_open_cases_it_reports_none(played: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "FEW", 0)
    monkeypatch.setattr(demo, "MANY", 1)
    assert not any(s.startswith("reported 2") for s in beats(demo.Player(played, seed=2), 30))


def test_a_visitors_case_is_left_to_the_visitor(played: System) -> None:
    with played.database.transaction() as tx:
        zhang = get_actor_by_login(tx, "zhang.min")
        cmd = ReportCase(
            new_id(), Channel.hotline, "参观者上报", "matter", "06010", lon=121.4835, lat=31.2170, place="文庙路"
        )
        case = report_case(tx, zhang, cmd)
    beats(demo.Player(played, seed=3), 60)
    with played.database.reading() as tx:
        (row,) = list_cases(tx, EVERYTHING, Filter(ids=(case.id,)))
    assert row.step is Step.reported and row.version == case.version


def test_visitors_may_act_between_its_acts(played: System) -> None:
    """A visitor signed in as an operator accepts whatever waits, again and again."""
    player = demo.Player(played, seed=4)
    for _ in range(10):
        beats(player, 3)
        with played.database.transaction() as tx:
            zhang = get_actor_by_login(tx, "zhang.min")
            for row in list_cases(tx, EVERYTHING, Filter(steps=(Step.reported,)), limit=2):
                actions_file.accept_case(tx, zhang, AcceptCase(row.id))
    with played.database.reading() as tx:
        assert not broken(tx.conn)


def test_it_runs_by_itself_and_stops_promptly(played: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "QUICK", (0.05, 0.1))
    before, player = len(entries(played)), demo.Player(played, seed=5)
    player.start()
    until = time.monotonic() + 20
    while len(entries(played)) < before + 5 and time.monotonic() < until:
        time.sleep(0.1)
    began = time.monotonic()
    player.stop()
    assert time.monotonic() - began < 5
    after = len(entries(played))
    assert after >= before + 5
    time.sleep(0.5)
    assert len(entries(played)) == after


def test_it_survives_a_database_that_goes_away(played: System, databases: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "QUICK", (0.05, 0.1))
    monkeypatch.setattr(demo, "REST", 0.1)
    player = demo.Player(played, seed=6)
    player.start()
    try:
        with played.database.reading() as tx:
            name = tx.conn.info.dbname
        for _ in range(3):
            with psycopg.connect(databases.server_url, autocommit=True) as owner:
                owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            time.sleep(0.3)
        before, until = len(entries(played)), time.monotonic() + 20
        while len(entries(played)) < before + 3 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(entries(played)) >= before + 3
    finally:
        player.stop()


def test_its_purse_has_a_bottom(played: System) -> None:
    player = demo.Player(played)
    assert sum(player.is_time() for _ in range(demo.PURSE * 2)) <= demo.PURSE + 1


def test_it_takes_its_time_while_nobody_looks_on(played: System) -> None:
    player = demo.Player(played)
    player.watched = lambda: False
    assert [player.is_time() for _ in range(5)] == [True, False, False, False, False]


def test_the_roster_comes_on_duty_and_walks(played: System) -> None:
    """Who is planned comes, somebody is missed; those outdoors are within the street, and move; visitors are left alone."""
    watch = Watch(read_script())

    def look() -> tuple[dict[UUID, Colleague], list[RosterLine]]:
        with played.database.transaction() as tx:
            watch.go_on(tx)
            street = get_unit_by_code(tx, "310101019").path
            people = {c.person_id: c for c in list_colleagues(tx, EVERYTHING)}
            return people, list_presence(tx, EVERYTHING, street, tx.now)

    now = clock.now()
    with clock.at(now):
        people, roster = look()
    assert len(people) > 8
    assert {line.presence for line in roster} >= {Presence.here}
    placed = {p: c for p, c in people.items() if c.at is not None}
    assert {c.post for c in placed.values()} <= OUTDOOR_POSTS and len(placed) > 5
    assert all(distance_m((c.lon, c.lat), SPOT) < 2_000 for c in placed.values() if c.lon and c.lat)
    visitor, other = list(placed)[:2]
    with clock.at(now + timedelta(seconds=60)), played.database.transaction() as tx:
        on = get_my_duty(tx, get_actor(tx, other)).on
        assert on
        end_duty(tx, get_actor(tx, other), EndDuty(on.id))
        told = TellPositions((Position(new_id(), 121.5, 31.2, tx.now),))
        tell_positions(tx, get_actor(tx, visitor), told)
    with clock.at(now + timedelta(seconds=90)):
        later, _ = look()
    assert later[visitor].lon == 121.5 and other not in later
    assert (
        sum((c.lon, c.lat) != (later[p].lon, later[p].lat) for p, c in placed.items() if p in later) > len(placed) / 2
    )
