"""Past cases through the very machine: what comes out is the city's own verdict, however often the run is broken off."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from PIL import Image

from yiwang.kit.errors import Refused
from yiwang.kit.ids import named_id
from yiwang.ledger.actions_verify import verify
from yiwang.replay import Outcome, replay
from yiwang.wiring import System

HERE = Path(__file__).parent
SAMPLE = HERE / "boston_sample.csv.gz"
FULL = HERE.parents[2] / "shared/data/05_us_311_open311/boston_311_2011_jul_nov.csv.gz"
Make = Callable[..., Path]


def sample_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(SAMPLE.read_bytes()).decode(), newline="")))


def courses(system: System) -> list[tuple[object, ...]]:
    """All that happened, without the ids and hashes that are made anew each time."""
    with psycopg.connect(system.owner_url) as conn:
        cases = conn.execute(
            "select id, step, channel, reported_at, accepted_at, filed_at, dispatched_at, handled_at, verified_at, closed_at,"
            " due_at, overdue_at, close_condition, version from cases.case order by id"
        ).fetchall()
        entries = conn.execute(
            "select subject_id, n, event, actor, post, at from ledger.entry where subject_kind = 'case' order by 1, 2"
        ).fetchall()
        timers = conn.execute("select subject_id, kind, due_at from kit.timer order by 1, 2, 3").fetchall()
        return [*cases, *entries, *timers]


def test_a_real_sample_comes_out_as_the_city_says(system: System, capsys: pytest.CaptureFixture[str]):
    rows = sample_rows()
    outcome = replay(system, SAMPLE, "boston", as_json=True)

    told = msgspec.json.decode(capsys.readouterr().out)  # one object, and nothing else
    assert (told["rows"], told["skipped"], told["differences"]) == (294, [], [])
    judged = [r for r in rows if r["ontime"]]
    assert told["compared"] == told["agreed"] == len(judged)
    assert told["status_only"] == told["status_agreed"] == len(rows) - len(judged) == 7

    late = sum(r["ontime"] == "OVERDUE" or (not r["ontime"] and r["target_dt"] < r["closed_dt"]) for r in rows)
    still_open = [r for r in rows if not r["closed_dt"]]
    late += sum(not r["ontime"] and not r["closed_dt"] and r["target_dt"] < "2019-11-01" for r in rows)
    total = outcome.total
    assert (total.cases, total.open, total.overdue, total.on_time) == (294, len(still_open), late, 294 - late)
    assert {(d.name.split()[0], d.cases) for d in outcome.departments} >= {
        ("市政工程局", Counter(r["department"] for r in rows)["PWDx"])
    }
    assert sum(m.cases for m in outcome.matters) == sum(d.cases for d in outcome.departments) == 294
    works = next(m for m in outcome.matters if m.name.endswith("Street Light Outages"))
    assert works.median_hours == pytest.approx(median_hours(rows, "Street Light Outages"), abs=0.01)
    assert outcome.longest_transaction < 1

    with system.database.transaction() as tx:
        checked = verify(tx)
        assert checked.ok and checked.unsettled == checked.unsealed == 0, checked
        assert checked.entries == tx.conn.execute("select count(*) from ledger.entry").fetchone()[0]  # type: ignore[index]
        parked = tx.conn.execute("select error from kit.parked").fetchall()
        bodies = "\n".join(b for (b,) in tx.conn.execute("select body from ledger.entry").fetchall())
        first = tx.conn.execute(
            "select e.kind, count(*), count(reused_in), count(distinct reused_in), bool_and(e.reused_in = f.case_id)"
            " from cases.evidence e, lateral (select case_id from cases.evidence where sha256 = e.sha256 order by at, case_id"
            " limit 1) f where e.case_id <> f.case_id group by e.kind"
        ).fetchall()
    assert {(kind, flagged == many, firsts) for kind, many, flagged, firsts, _ in first} == {
        ("handled", True, 1), ("verified", True, 1),
    }  # fmt: skip
    assert parked == []
    free_text = [r["closure_reason"] for r in rows if len(r["closure_reason"]) > 60]
    assert len(free_text) > 50 and not any(t[-30:] in bodies for t in free_text), (
        "free text of the source is in the ledger"
    )
    assert "photo_reused" in bodies, "the stand-in photo must not pass for a real one"
    again = replay(system, SAMPLE, "boston", resume=True, as_json=True)
    assert (again.total, again.differences, again.timers_fired, again.entries_settled) == (total, [], 0, 0)


def median_hours(rows: list[dict[str, str]], matter: str) -> float:
    zone, hours = ZoneInfo("America/New_York"), []
    for r in rows:
        if r["type"] == matter and r["closed_dt"]:
            a, b = (datetime.fromisoformat(r[c]).replace(tzinfo=zone).astimezone(UTC) for c in ("open_dt", "closed_dt"))
            hours.append((b - a).total_seconds() / 3600)
    hours.sort()
    return (hours[(len(hours) - 1) // 2] + hours[len(hours) // 2]) / 2


def test_time_runs_between_the_acts(system: System, boston: Make):
    """Due at the very instant of closing is on time; a second later is not; the machine itself says so, when it is due."""
    day = {"open_dt": "2011-07-01 08:00:00", "target_dt": "2011-07-02 08:00:00"}
    file = boston(
        day | {"closed_dt": "2011-07-02 08:00:00", "ontime": "ONTIME", "case_status": "Closed"},
        day | {"closed_dt": "2011-07-02 08:00:01", "ontime": "OVERDUE", "case_status": "Closed"},
        day | {"closed_dt": "", "ontime": "OVERDUE", "case_status": "Open"},
        day | {"closed_dt": day["open_dt"], "ontime": "ONTIME", "case_status": "Closed"},
        day | {"target_dt": "", "closed_dt": "", "ontime": "ONTIME", "case_status": "Open"},
        day | {"target_dt": "2011-06-30 08:00:00", "closed_dt": "", "ontime": "OVERDUE", "case_status": "Open"},
    )
    outcome = replay(system, file, "boston", as_json=True)
    assert (outcome.compared, outcome.agreed, outcome.differences) == (6, 6, [])
    due = datetime(2011, 7, 2, 12, tzinfo=UTC)
    opened, warned = datetime(2011, 7, 1, 12, tzinfo=UTC), due - timedelta(hours=4.8)
    assert events(system, "1") == [
        *((f"case.{done}", opened) for done in ("reported", "accepted", "filed", "dispatched")),
        *(("case.limit_near", warned) for _clock in ("whole", "order")),
        *((f"case.{done}", due) for done in ("order_finished", "verified", "closed")),
    ]
    late = [e for e in events(system, "2") if e[0] == "case.limit_passed"]
    assert late == [("case.limit_passed", due)] * 2, "overdue at the deadline, not when somebody looks"
    escalated = [e for e in events(system, "3") if e[0] == "case.escalated"]
    assert escalated == [("case.escalated", due + timedelta(hours=4 * k)) for k in (1, 2, 3) for _ in "ab"]
    assert {e[1] for e in events(system, "6") if e[0] == "case.limit_passed"} == {opened}, (
        "due before it was known: at once"
    )


def events(system: System, key: str) -> list[tuple[str, datetime]]:
    with psycopg.connect(system.owner_url) as conn:
        sql = "select event, at from ledger.entry where subject_id = %s order by n"
        return [(e, t.astimezone(UTC)) for e, t in conn.execute(sql, [named_id(f"replay:boston:{key}")])]


def test_a_row_that_the_city_judges_otherwise_is_told_with_the_reason(
    system: System, boston: Make, capsys: pytest.CaptureFixture[str]
):
    day = {"open_dt": "2011-07-01 08:00:00", "target_dt": "2011-07-02 08:00:00", "closed_dt": "2011-07-02 07:00:00"}
    file = boston(
        day | {"ontime": "OVERDUE", "case_status": "Closed"},
        day | {"ontime": "ONTIME", "case_status": "Open"},
        day | {"ontime": "ONTIME", "case_status": "Closed"},
        day | {"ontime": "ONTIME", "case_status": "Closed", "latitude": "0"},
    )
    outcome = replay(system, file, "boston")
    assert (outcome.rows, outcome.compared, outcome.agreed) == (4, 3, 1)
    one, two = outcome.differences
    assert (one["line"], one["column"], one["city"], one["yiwang"]) == (2, "on_time", "OVERDUE", "ONTIME")
    assert one["en"] == "due 2011-07-02 08:00:00, closed 2011-07-02 07:00:00"
    assert (two["line"], two["column"], two["city"], two["yiwang"]) == (3, "status", "Open", "closed")
    shown = capsys.readouterr().out
    assert "1 / 3 = 33.333%" in shown and "line 5" in shown and "impossible" in shown


def test_what_the_machine_refuses_is_told_and_the_rest_goes_on(system: System, boston: Make):
    """A case that somebody here has voided meanwhile cannot be closed: the run says so and goes on."""
    day = {
        "open_dt": "2011-07-01 08:00:00",
        "target_dt": "",
        "closed_dt": "2011-07-02 07:00:00",
        "case_status": "Closed",
    }
    replay(system, boston(day | {"closed_dt": ""}, name="first.csv"), "boston", as_json=True)
    with psycopg.connect(system.owner_url) as conn:
        conn.execute("update cases.case set suspended_at = reported_at")
    outcome = replay(system, boston(day, day), "boston", resume=True, as_json=True)
    assert [(s.line, "case.suspended" in s.en) for s in outcome.skipped] == [(2, True)]
    assert (outcome.compared, outcome.agreed) == (0, 0) and (outcome.status_only, outcome.status_agreed) == (2, 1)


def test_a_second_start_is_refused_unless_it_goes_on(system: System, boston: Make):
    file = boston({"open_dt": "2011-07-01 08:00:00", "target_dt": "", "closed_dt": ""})
    replay(system, file, "boston", as_json=True)
    with pytest.raises(Refused) as refused:
        replay(system, file, "boston", as_json=True)
    assert refused.value.code == "replay.begun"


def run_apart(system: System, *more: str) -> subprocess.Popen[str]:
    code = (
        "import sys; from pathlib import Path; from yiwang import cli, replay_run, wiring; from yiwang.kit.db import Database;"
        "from yiwang.settings import Settings; from yiwang.replay import replay;"
        "url, data, file = sys.argv[1:4]; replay_run.CHUNK_SECONDS = 0.02;"
        "system = wiring.assemble(Settings(data=data), Database(url).open(), url);"
        "replay(system, Path(file), 'boston', limit=70, resume='resume' in sys.argv, as_json=True)"
    )
    args = [sys.executable, "-c", code, system.owner_url, system.settings.data, str(SAMPLE), *more]
    return subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_cases(system: System, many: int) -> None:
    until = time.monotonic() + 60
    with psycopg.connect(system.owner_url, autocommit=True) as conn:
        while time.monotonic() < until:
            if conn.execute("select count(*) from cases.case").fetchone()[0] >= many:  # type: ignore[index]
                return
            time.sleep(0.005)
    raise AssertionError("the run made no progress")


def test_killed_or_stopped_anywhere_it_goes_on_to_the_very_same_end(system: System, databases, tmp_path: Path):
    """One run in one go on one database; another killed, stopped, and brought to its end on a second one."""
    broken = run_apart(system)
    wait_for_cases(system, 10)
    broken.kill()
    broken.communicate()
    assert broken.returncode == -signal.SIGKILL
    stopped = run_apart(system, "resume")
    wait_for_cases(system, 30)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=60)
    assert stopped.returncode != 0 and '"finished":false' in out and "KeyboardInterrupt" in err
    ended, _ = run_apart(system, "resume").communicate(timeout=120)
    end = msgspec.json.decode(ended)

    whole = fresh(databases, tmp_path / "whole")
    once = replay(whole, SAMPLE, "boston", limit=70, as_json=True)
    assert courses(system) == courses(whole)
    assert (end["finished"], end["compared"], end["agreed"]) == (True, once.compared, once.agreed)
    assert end["total"] == msgspec.to_builtins(once.total) and len(end["matters"]) == len(once.matters)
    whole.database.close()


def fresh(databases, folder: Path) -> System:
    from yiwang import wiring
    from yiwang.kit.db import Database
    from yiwang.settings import Settings

    url = databases.url(databases.create(databases.template))
    folder.mkdir()
    return wiring.assemble(Settings(data=str(folder)), Database(url, size=4).open(), url)


def test_another_city_is_another_pack_and_no_code(system: System, tmp_path: Path):
    """New York's layout: other columns, times, delimiter, encoding, statuses; no verdict of its own on time limits."""
    pack = tmp_path / "nyc"
    shutil.copytree(HERE / "nyc", pack)
    for act, shade in (("handled", 0), ("verified", 9)):
        Image.new("L", (8, 8), shade).save(pack / f"stand_in_{act}.png")
    outcome = replay(system, pack / "cases.csv", str(pack), as_json=True)
    assert (outcome.rows, outcome.skipped, outcome.compared, outcome.agreed) == (4, [], 4, 3)
    assert [(d["line"], d["column"], d["city"], d["yiwang"]) for d in outcome.differences] == [
        (6, "status", "Open", "closed")
    ]
    assert (outcome.total.open, outcome.total.overdue) == (1, 1)
    heat = next(m for m in outcome.matters if m.code == "03")
    assert heat.median_hours == pytest.approx((84.17 + 1.17) / 2, abs=0.01)
    with psycopg.connect(system.owner_url) as conn:
        sql = "select c.channel, u.code, c.description, c.lon from cases.case c join network.unit u on u.id = c.area_id order by c.id"
        found = set(conn.execute(sql).fetchall())
    assert ("public", "NYC-BX", "Loud Music/Party", -73.92308231033165) in found
    assert ("hotline", "NYC", "No heat", None) in found and "Café without heat" in {f[2] for f in found}


@pytest.mark.shared
@pytest.mark.skipif(not os.environ.get("YIWANG_FULL_REPLAY"), reason="some ten minutes: set YIWANG_FULL_REPLAY=1")
def test_the_whole_city(system: System):
    if not FULL.exists():
        pytest.skip("../shared is not here")
    outcome: Outcome = replay(system, FULL, "boston", as_json=True)
    assert (outcome.rows, outcome.compared, outcome.skipped) == (49_914, 49_781, [])
    assert outcome.agreed >= 0.999 * outcome.compared


def test_a_replay_shares_its_clock_with_nobody(system: System, boston: Make):
    """A database in which others live (a demo that runs, a real street) is not replayed into."""
    file = boston({"open_dt": "2011-07-01 08:00:00", "target_dt": "", "closed_dt": ""})
    replay(system, file, "boston", as_json=True)
    with psycopg.connect(system.owner_url) as conn:
        conn.execute("update cases.case set scheme = 'GB/T 47678.5-2026'")
    with pytest.raises(Refused) as refused:
        replay(system, file, "boston", resume=True, as_json=True)
    assert refused.value.code == "replay.not_alone"
