"""Random histories of real acts: the projection, the plain recomputation of the product and that of plain.py say the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString, cast

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from assess.acts import History
from assess.plain import figures as plain_figures
from assess.plain import said
from invariants import INVARIANTS
from world import NOON, Play
from yiwang.assess import actions, queries, queries_facts, queries_recompute, rules
from yiwang.assess.model import Level, Period, Unit
from yiwang.assess.queries import Asked
from yiwang.assess.queries_facts import Drill
from yiwang.kit.db import Tx
from yiwang.ledger.queries import list_entries
from yiwang.network.model import system

ALL = system("assessor")
LEVELS = {Level.street: "area", Level.unit: "unit", Level.person: "person"}
Told = dict[tuple[str, str], tuple[int, int]]


def told(counts: Told) -> Told:
    """What two tellings must agree on: of numbers the number, of rates both; nothing where there is nothing."""
    found = {}
    for (name, key), (n, d) in counts.items():
        number = rules.RULES[name].unit is Unit.number
        if n or (d and not number):
            found[name, key] = (n, 0 if number else d)
    return found


def asked_of(tx: Tx, since: date, until: date, level: Level) -> Told:
    figures = queries.get_figures(tx, ALL, Asked(since, until, level)).figures
    return told({(f.indicator, f.key): (f.numerator, f.denominator or 0) for f in figures})


def by_hand(play: Play, period: Period, level: Level) -> Told:
    ids = [
        i for (i,) in play.tx.conn.execute("select subject_id from ledger.entry where n = 1 and subject_kind = 'case'")
    ]
    courses = [[said(e) for e in list_entries(play.tx, i)] for i in ids]
    return told(plain_figures(courses, period.since, period.until, play.tx.now, LEVELS[level]))


def check(play: Play, since: date, until: date) -> None:
    period = rules.period_of(since, until)
    size = queries.SIZE.one(play.tx)
    for level in LEVELS:
        kept, hand = asked_of(play.tx, since, until, level), by_hand(play, period, level)
        assert kept == hand, {k: (kept.get(k), hand.get(k)) for k in {*kept, *hand} if kept.get(k) != hand.get(k)}
        again = queries_recompute.read_figures(play.tx, since, until, level, size)
        assert again.figures == queries.get_figures(play.tx, ALL, Asked(since, until, level)).figures
        for (name, key), (n, d) in kept.items():
            lists = (
                {"numerator": n}
                if rules.RULES[name].unit is Unit.number
                else {"numerator": n, "denominator": d, "missed": d - n}
            )
            for part, length in lists.items():
                drill = Drill(name, since, until, level, key, part)  # type: ignore[arg-type]
                assert len(pages(play.tx, drill)) == length, (name, key, part)


def pages(tx: Tx, drill: Drill) -> list[queries_facts.FactRow]:
    """The whole list, by pages of three."""
    found, after = [], None
    while rows := queries_facts.list_facts(tx, queries.scope_for(ALL, drill.level), drill, after=after, limit=3):
        found += rows
        after = (rows[-1].at, rows[-1].case_id, rows[-1].no)
    assert len({(r.case_id, r.no) for r in found}) == len(found), "no row twice"
    return found


EXAMPLES = int(os.environ.get("YIWANG_HISTORIES", "12"))
"""A long run: YIWANG_HISTORIES=500."""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),  # a history is told by its acts; making it smaller takes longer than reading it
)
@given(
    numbers=st.lists(st.integers(0, 2**20), min_size=20, max_size=70),
    start=st.integers(0, 20), length=st.integers(1, 40), batch=st.integers(1, 40),
)  # fmt: skip
def test_every_figure_is_what_the_ledger_says(
    play: Play, follow: Callable[..., None], numbers: list[int], start: int, length: int, batch: int
):
    conn, play.tx.now = play.tx.conn, NOON
    with conn.transaction(force_rollback=True):
        history = History(play)
        for i, number in enumerate(numbers):
            history.go(number)
            if i == len(numbers) // 2:
                follow(play, batch)
        note(" ".join(history.done))
        follow(play, batch)
        first = NOON.date() + timedelta(days=start - 3)
        check(play, first, first + timedelta(days=length))
        for name in ("assess_tally_is_recount", "tally_is_recount"):  # whatever changed has an entry that says so
            assert conn.execute(cast(LiteralString, INVARIANTS[name])).fetchall() == []
        play.tx.now += timedelta(days=90)  # every day is over: all from the tally
        check(play, first, first + timedelta(days=length))
        ids = [c.id for c in history.cases]
        assert actions.find_differences(play.tx, ids) == []
    play.tx.heads.clear()


def test_the_periods_edges_are_the_citys_midnights():
    period = rules.period_of(date(2026, 11, 1), date(2026, 12, 1))
    assert period.since == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert rules.before(date(2026, 11, 1), date(2026, 12, 1)) == (date(2026, 10, 1), date(2026, 11, 1))
    assert rules.before(date(2026, 1, 1), date(2026, 4, 1)) == (date(2025, 10, 1), date(2026, 1, 1))
    assert rules.before(date(2026, 11, 9), date(2026, 11, 16)) == (date(2026, 11, 2), date(2026, 11, 9))
