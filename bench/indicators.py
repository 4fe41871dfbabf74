"""Indicators: how fast the facts follow the ledger, and a month of 16 districts at a million cases.

The facts of a million cases over a year are made up for the month that is asked (a twelfth of them, 8 facts each) beside
whatever the city has, in a transaction that is rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import common
import psutil
import psycopg
from common import City, Row

from yiwang.assess import actions, queries, store
from yiwang.assess.model import Level
from yiwang.assess.queries import Asked, Drill
from yiwang.kit.db import Tx, query
from yiwang.network.model import system

MILLION, MONTHS, ENTRIES = 1_000_000, 12, 20_000
ALL = system("bench")
SINCE, UNTIL = date(2031, 3, 1), date(2031, 4, 1)
"""A month in which the city has nothing of its own."""

FIRST = query(
    int,
    "select coalesce(min(position), 0)::bigint as position from ledger.leaf join ledger.entry using (subject_id, n)"
    " where subject_kind = 'case' and event = 'case.reported'",
)
"""Before it are units and people, which leave no facts."""
PLACES = """
insert into assess.place (path) select path from network.unit
where valid_to is null and kind in ('neighbourhood', 'village', 'department', 'agency') on conflict do nothing
"""
FACTS = """
with area as (select array_agg(p.id) as ids from assess.place p join network.unit u on u.path = p.path where u.kind in ('neighbourhood', 'village')),
unit as (select array_agg(p.id) as ids from assess.place p join network.unit u on u.path = p.path where u.kind in ('department', 'agency')),
one as (
  select i, gen_random_uuid() as id, timestamptz '2031-03-01 00:00+08' + random() * interval '31 days' as at,
    area.ids[1 + (random() * (array_length(area.ids, 1) - 1))::int] as area, unit.ids[1 + (random() * (array_length(unit.ids, 1) - 1))::int] as unit,
    random() as late, random() as open from generate_series(1, %(n)s) i, area, unit
)
insert into assess.fact (case_id, no, kind, n, area, channel, unit, order_id, person, post, begun_at, due_at, done_at, closed_at,
  outcome, exempt, suspended, number)
select id, k.no, k.kind, k.no + 1, area, case when i %% 3 = 0 then 'patrol' else 'hotline' end,
  case when k.kind in ('handle', 'round') then unit end, null, null, 'operator', at,
  case when k.kind <> 'report' then at + k.due end,
  case when open < 0.95 or k.no < 5 then at + k.due * (case when late < 0.1 then 1.3 else 0.6 end) end,
  case when open < 0.95 and k.kind in ('whole', 'round') then at + k.due + interval '1 hour' end,
  case k.kind when 'report' then 'filed' when 'accept' then 'accepted' when 'round' then case when late < 0.05 then 'failed' else 'passed' end else '' end,
  false, false, case when k.no = 0 then i::text else '' end
from one, (values (0, 'report', interval '0'), (1, 'accept', interval '30 min'), (2, 'file', interval '30 min'), (3, 'whole', interval '1 day'),
  (4, 'dispatch', interval '30 min'), (5, 'handle', interval '1 day'), (6, 'round', interval '1 day'), (7, 'verify', interval '1 day')) as k (no, kind, due)
"""


def run(city: City | None, *, entries: int = ENTRIES, cases: int = MILLION, **_: Any) -> list[Row]:
    if city is None:
        with common.city_at(None) as found:
            return run(found, entries=entries, cases=cases)
    return [*_following(city, entries), *_month(city, cases // MONTHS)]


def _following(city: City, entries: int) -> list[Row]:
    """From the first case on. Rolled back."""
    with city.database.pool.connection() as conn, conn.transaction(force_rollback=True):
        tx = Tx(conn, datetime.now(UTC))
        store.drop_facts(tx)
        store.PUT_BOOKMARK.run(tx, size=FIRST.one(tx), left_out=0)
        begun, cpu, read = time.perf_counter(), time.process_time(), 0
        while read < entries and (more := actions.follow(tx, batch=actions.BATCH, wait=True)):
            read += more
        took, ours = time.perf_counter() - begun, time.process_time() - cpu
    note = f"{read:,} entries in batches of {actions.BATCH}; Python {1e6 * ours / max(read, 1):.0f} µs an entry"
    return [Row("facts follow the ledger", read / took, "entries/s", "≥ 2000", note)]


def _month(city: City, cases: int) -> list[Row]:
    with psycopg.connect(city.owner_url) as conn, conn.transaction(force_rollback=True):
        conn.execute("set local timezone = 'UTC'")
        conn.execute("set local jit = off")
        conn.execute("set local max_parallel_workers_per_gather = 0")  # so that the CPU counted is all there is
        server = psutil.Process(conn.info.backend_pid)
        conn.execute(PLACES)
        conn.execute(FACTS, {"n": cases})
        conn.execute("analyze assess.fact")
        tx = Tx(conn, datetime(2031, 4, 2, tzinfo=UTC))
        asked = Asked(SINCE, UNTIL, Level.district)
        told = queries.get_figures(tx, ALL, asked)
        districts = len({f.key for f in told.figures})
        took = _cpu(server, lambda: queries.get_figures(tx, ALL, asked))
        four = Asked(SINCE, UNTIL, Level.district, indicators=("filing_rate", "handle_on_time_rate", "close_on_time_rate", "rework_rate"))  # fmt: skip
        few = _cpu(server, lambda: queries.get_figures(tx, ALL, four))
        scope = queries.scope_for(ALL, Level.district)
        drill = Drill("handle_on_time_rate", SINCE, UNTIL, Level.district, told.figures[0].key, "missed")
        page = _cpu(server, lambda: queries.list_facts(tx, scope, drill, limit=50))
    said = f"{cases:,} cases of the month, {cases * 8:,} facts; {districts} districts, with the month before"
    return [
        Row("a month of all districts, every indicator", took[0], "ms CPU", "≤ 1000", f"{said}; {took[1]:.0f} ms by the clock"),
        Row("a month of all districts, four indicators", few[0], "ms CPU", "≤ 1000", f"{few[1]:.0f} ms by the clock"),
        Row("a page of the facts behind a figure", page[0], "ms CPU", "", f"{page[1]:.0f} ms by the clock"),
    ]  # fmt: skip


def _cpu(server: psutil.Process, ask: Callable[[], Any], n: int = 3) -> tuple[float, float]:
    """CPU-ms of an answer, PostgreSQL's and ours, and by the clock; the machine is shared, so the mean of the CPU."""
    ask()
    begun, ours, theirs = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
    for _ in range(n):
        ask()
    spent = time.process_time() - ours + sum(server.cpu_times()[:2]) - theirs
    return 1e3 * spent / n, 1e3 * (time.perf_counter() - begun) / n


if __name__ == "__main__":
    common.main(run, __doc__)
