"""Indicators: how fast the facts follow the ledger, and a month of all districts in the city as it is.

The facts first follow the whole ledger, once a city, as they do in one that is served: some minutes for a million cases.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import common
import psutil
from common import City, Row

from yiwang.assess import actions, queries, queries_facts, rules
from yiwang.assess.model import Level
from yiwang.assess.queries import Asked
from yiwang.assess.queries_facts import Drill
from yiwang.network.model import system

ALL = system("bench")


def run(city: City | None, **_: Any) -> list[Row]:
    if city is None:
        with common.city_at(None) as found:
            return run(found)
    return [*_following(city), *_month(city)]


def _following(city: City) -> list[Row]:
    """In batches, each a transaction; nothing to tell where they have followed already."""
    begun, cpu = time.perf_counter(), time.process_time()
    read = actions.catch_up(city.database)
    took, ours = time.perf_counter() - begun, time.process_time() - cpu
    if not read:
        return []
    note = f"{read:,} entries in batches of {actions.BATCH}; Python {1e6 * ours / read:.0f} µs an entry"
    return [Row("facts follow the ledger", read / took, "entries/s", "≥ 2000", note)]


def _month(city: City) -> list[Row]:
    with city.database.transaction() as tx:
        tx.conn.execute("set local max_parallel_workers_per_gather = 0")  # so that the CPU counted is all there is
        server = psutil.Process(tx.conn.info.backend_pid)
        ((last, facts),) = tx.conn.execute(
            "select max(reported_at), (select count(*) from assess.fact) from cases.case"
        ).fetchall()
        until = last.astimezone(rules.CITY_ZONE).date().replace(day=1)
        since, _ = rules.before(until, (until + timedelta(days=32)).replace(day=1))
        asked = Asked(since, until, Level.district)
        told = queries.get_figures(tx, ALL, asked)
        took = _cpu(server, lambda: queries.get_figures(tx, ALL, asked))
        now = Asked(until, last.astimezone(rules.CITY_ZONE).date() + timedelta(days=1), Level.district)
        present = _cpu(server, lambda: queries.get_figures(tx, ALL, now))
        streets = _cpu(server, lambda: queries.get_figures(tx, ALL, replace(asked, level=Level.street)))
        units = _cpu(server, lambda: queries.get_figures(tx, ALL, replace(asked, level=Level.unit)))
        scope = queries.scope_for(ALL, Level.district)
        drill = Drill("handle_on_time_rate", since, until, Level.district, told.figures[0].key, "missed")
        page = _cpu(server, lambda: queries_facts.list_facts(tx, scope, drill, limit=50))
        ((cases,),) = tx.conn.execute(
            "select count(*) from cases.case where reported_at >= %s and reported_at < %s", [rules.begin_of(since), rules.begin_of(until)]
        ).fetchall()  # fmt: skip
    said = f"{facts:,} facts; {cases:,} cases of the month; {len({f.key for f in told.figures})} districts, with the month before"
    return [
        Row("a month of all districts, every indicator", took[1], "ms", "≤ 1000", f"{took[0]:.0f} ms CPU; {said}"),
        Row("this month of all districts, up to now", present[1], "ms", "≤ 1000", f"{present[0]:.0f} ms CPU"),
        Row("a month of all streets", streets[1], "ms", "", f"{streets[0]:.0f} ms CPU"),
        Row(
            "a month of all handling units",
            units[1],
            "ms",
            "",
            f"{units[0]:.0f} ms CPU; from the facts, not from a tally",
        ),
        Row("a page of the facts behind a figure", page[1], "ms", "", f"{page[0]:.0f} ms CPU"),
    ]


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
