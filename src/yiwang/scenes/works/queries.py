"""The numbers of small works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.city.queries_rules import calendar_for
from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.register import queries
from yiwang.scenes.model import SceneFigure


@dataclass(frozen=True, slots=True)
class Counted:
    found: int
    building: int
    stopped: int
    overrun: int
    waiting: int
    closed: int
    good: int
    passed_on: int


COUNT = query(
    Counted,
    "select (count(*) filter (where t.state = 'found'))::int as found, (count(*) filter (where t.state = 'building'))::int as building,"
    " (count(*) filter (where t.state = 'stopped'))::int as stopped,"
    " (count(*) filter (where t.state in ('building', 'stopped') and (t.attributes ->> 'planned_to')::date < %(today)s))::int as overrun,"
    " (count(*) filter (where t.state = 'finished'))::int as waiting,"
    " (count(*) filter (where t.state = 'closed' and (t.attributes ->> 'finished_on')::date >= %(since)s))::int as closed,"
    " (count(*) filter (where t.state = 'closed' and (t.attributes ->> 'finished_on')::date >= %(since)s and t.attributes ->> 'overall' = '好'))::int as good,"
    " (count(*) filter (where t.state = 'passed_on' and t.changed_at >= %(since)s))::int as passed_on"
    " from register.thing t join network.unit u on u.id = t.unit_id where t.kind = 'works' and " + queries.SEEN,
)


def count_works(tx: Tx, scope: Scope) -> Sequence[SceneFigure]:
    """Of the works in sight: what waits, runs late, was closed this year and how it was found."""
    today = tx.now.astimezone(calendar_for(tx).zone).date()
    n = COUNT.one(tx, today=today, since=today.replace(month=1, day=1), **queries.find_sight(tx, scope))
    return (
        SceneFigure("building", "施工中", "Under way", n.building),
        SceneFigure("overrun", "超期未完工", "Overrun", n.overrun, tone="late" if n.overrun else "good", of=n.building + n.stopped),
        SceneFigure("stopped", "停工整改", "Stopped", n.stopped, tone="soon" if n.stopped else "plain"),
        SceneFigure("found", "待核定", "To be judged", n.found, tone="soon" if n.found else "plain"),
        SceneFigure("waiting", "待验收", "To be accepted", n.waiting, tone="soon" if n.waiting else "plain"),
        SceneFigure("closed", "本年闭环", "Closed this year", n.closed),
        SceneFigure("good", "评价“好”", "Evaluated good", n.good, of=n.closed, tone="good"),
        SceneFigure("passed_on", "本年移交区里", "Passed on this year", n.passed_on),
    )  # fmt: skip
