"""Lists, search, counts, courses and duplicates in a loaded city, for each kind of viewer: p95 of wall-clock, and what it costs
(PostgreSQL and Python together).

Through the very functions that HTTP calls, one connection, one client. `--explain` prints the plan of each statement instead.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import common
import psutil
from common import City, Row, milliseconds, p95_row

from yiwang.cases import actions_tally, queries
from yiwang.cases.model import Channel, Step
from yiwang.cases.queries_count import count_by_step, count_by_unit
from yiwang.cases.queries_list import Filter, Sort, list_cases
from yiwang.cases.queries_tasks import Wanted, count_tasks, list_tasks
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, Post, PostKind

OPEN = (Step.handling, Step.filed)
N, WARM = 20, 3
"""Questions a row, and those before that do not count."""


@contextmanager
def _reading(city: City) -> Iterator[Tx]:
    """The tally has followed, as it does in a city that is served."""
    actions_tally.catch_up(city.database)
    with city.database.reading() as tx:
        yield tx


def viewers(tx: Tx, r: random.Random) -> dict[str, Scope]:
    """A city leader, a district's, a street's operator, a handling unit's dispatcher, and somebody with cases of their own."""
    sql = (
        "select s.who from cases.sight s join network.person p on p.id = s.who"
        " where p.login not like 'demo.%' group by 1 order by count(*) desc limit 1"  # who stand in for all residents
    )
    streets = [
        (path, unit)
        for path, unit in tx.conn.execute(
            "select u.path::text, u.id from network.unit u where u.kind in ('street', 'town') and exists"
            " (select from cases.sight s where s.who = u.id)"
        )
    ]
    path, unit = r.choice(sorted(streets))
    bodies = tx.conn.execute(
        "select u.path::text, u.id from network.unit u where u.code = %s and exists"
        " (select from cases.sight s where s.who = u.id) order by 1", [f"{path.rpartition('.')[2]}-chengguan"],
    ).fetchall() or [(path, unit)]  # fmt: skip
    above = path.rpartition(".")[0]
    nobody, me = UUID(int=1), tx.conn.execute(sql).fetchone()
    return {
        "city": Scope(False, ("310000",), nobody, (named_id("unit:310000"),)),
        "district": Scope(False, (above,), nobody, (named_id(f"unit:{above.rpartition('.')[2]}"),)),
        "street": Scope(False, (path,), nobody, (unit,)),
        "handling unit": Scope(False, (bodies[0][0],), nobody, (bodies[0][1],)),
        "person": Scope(False, (), me[0] if me else nobody),
    }


def questions(tx: Tx, scope: Scope, r: random.Random) -> dict[str, tuple[str, Callable[[int], Any]]]:
    """name: (target, question)."""

    def ask(make: Callable[[], Filter], **more: Any) -> Callable[[int], Any]:
        return lambda _: list_cases(tx, scope, make(), limit=51, **more)

    def deep(sort: Sort, pages: int) -> tuple[Any, UUID] | None:
        """The key of the last row of that page, or of the last page there is."""
        name = "c.reported_at" if sort is Sort.newest else "cases.deadline(c.step, c.step_due_at, c.due_at)"
        where = "exists (select from cases.sight s where s.case_id = c.id and s.who = any(%s))"
        open_ = "" if sort is Sort.newest else " and cases.is_open(c.step)"
        way = "desc" if sort is Sort.newest else "asc"
        sql = (
            f"select at, id from (select {name} as at, c.id, row_number() over (order by {name} {way}, c.id {way}) as n,"
            f" count(*) over () as k from cases.case c where {where}{open_} and {name} < 'infinity') x"
            " where n = least(%s, greatest(k - 60, 1))"
        )
        found = tx.conn.execute(sql, [[*scope.units, scope.person], pages * 50]).fetchone()
        return (found[0], found[1]) if found else None

    matters = [m for (m,) in tx.conn.execute("select matter_code from cases.finding limit 200")]
    units = [u for (u,) in tx.conn.execute("select who from cases.sight s join network.unit u on u.id = who limit 200")]
    spots = tx.conn.execute("select spot[0], spot[1] from cases.finding where spot is not null limit 200").fetchall()
    ids = [i for (i,) in tx.conn.execute(
        "select case_id from cases.sight where who = any(%s) limit 200", [[*scope.units, scope.person]]
    )]  # fmt: skip

    def box(half: float) -> Filter:
        x, y = r.choice(spots)
        return Filter(box=(x - half, y - half, x + half, y + half))

    def unit_step_due() -> Filter:
        return Filter(steps=OPEN, unit_id=r.choice(units), due_before=tx.now + timedelta(days=2))

    def near(_: int) -> Any:
        x, y = r.choice(spots)
        return queries.find_duplicates(
            tx, scope, scheme="GB/T 47678.5-2026", matter_code=r.choice(matters), lon=x, lat=y,
            since=tx.now - timedelta(days=2), metres=50,
        )  # fmt: skip

    found: dict[str, tuple[str, Callable[[int], Any]]] = {
        "newest, first page": ("≤ 20", ask(Filter)),
        "newest, page 10,000 or last": ("≤ 20", ask(Filter, after=deep(Sort.newest, 10_000))),
        "first due, first page": ("≤ 20", ask(Filter, sort=Sort.deadline)),
        "first due, last page": ("≤ 20", ask(Filter, sort=Sort.deadline, after=deep(Sort.deadline, 10_000))),
        "unit, steps, due before": ("≤ 20", ask(unit_step_due, sort=Sort.deadline)),
        "steps, newest": ("≤ 20", ask(lambda: Filter(steps=(r.choice(list(Step)),)))),
        "late": ("≤ 20", ask(lambda: Filter(overdue=True))),
        "matter": ("≤ 20", ask(lambda: Filter(matter_code=r.choice(matters)))),
        "channel": ("≤ 20", ask(lambda: Filter(channel=r.choice(list(Channel))))),
        "words, common 垃圾": ("≤ 50", ask(lambda: Filter(words="垃圾"))),
        "words, rarer 消防通道": ("≤ 50", ask(lambda: Filter(words="消防通道"))),
        "words, two 井盖 2号": ("≤ 50", ask(lambda: Filter(words="井盖 2号"))),
        "words, one character 篷": ("≤ 50", ask(lambda: Filter(words="篷"))),
        "words, nowhere 麒麟": ("≤ 50", ask(lambda: Filter(words="麒麟"))),
        "words, end of a number": ("≤ 50", ask(lambda: Filter(words=f"{r.randint(0, 9999):05}"))),
        "place, 200 m": ("≤ 20", ask(lambda: box(0.001))),
        "place, 4 km": ("≤ 20", ask(lambda: box(0.02))),
        "place, 20 km": ("≤ 20", ask(lambda: box(0.1))),
        "counts by step": ("≤ 20", lambda _: count_by_step(tx, scope)),
        "counts by step, since a week": ("≤ 20", lambda _: count_by_step(tx, scope, tx.now - timedelta(days=7))),
        "near, open, same matter": ("≤ 5", near),
    }
    if scope.units:
        for kinds in (
            (PostKind.operator,),
            (PostKind.dispatcher,),
            (PostKind.handler,),
            (PostKind.verifier,),
            tuple(PostKind)[:10],
        ):
            posts = tuple(Post(UUID(int=n), kind, scope.units[0], scope.paths[0]) for n, kind in enumerate(kinds))
            who, name = Actor(scope.person, "", posts), kinds[0].value if len(kinds) == 1 else "all posts"
            found[f"tasks of {name}"] = ("≤ 50", lambda _, who=who: list_tasks(tx, scope, who, Wanted(), limit=51))
            found[f"tasks of {name}, counted"] = ("≤ 50", lambda _, who=who: count_tasks(tx, scope, who, Wanted()))
        found["counts by step, of each unit below"] = ("≤ 20", lambda _: count_by_unit(tx, scope, scope.units[0]))
    if ids:
        found["a case's course"] = ("≤ 15", lambda _: queries.get_course(tx, scope, r.choice(ids)))
    return found


def run(city: City | None, n: int = N) -> list[Row]:
    assert city is not None
    rows, r = [], random.Random(1)
    with _reading(city) as tx:
        server = psutil.Process(tx.conn.info.backend_pid)
        for who, scope in viewers(tx, r).items():
            for what, (target, question) in questions(tx, scope, r).items():
                begun = time.process_time() + sum(server.cpu_times()[:2])
                took = milliseconds(question, n, warm=WARM)
                spent = time.process_time() + sum(server.cpu_times()[:2]) - begun
                note = f"{1e3 * spent / (n + WARM):.1f} ms CPU"
                rows.append(p95_row(f"{who}: {what}", took, target, note))
    return rows


def explain(city: City) -> None:
    """Prints the plan of every statement, and names sequential scans of big tables."""
    big = ("case", "sight", "finding", "orders", "evidence", "clock", "entry", "notice", "report")

    class Explaining:
        """A connection that asks for the plan as well."""

        def __init__(self, conn: Any) -> None:
            self.conn = conn

        def execute(self, sql: Any, params: Any = None, **more: Any) -> Any:
            plan = self.conn.execute("explain (analyze, buffers) " + sql, params, prepare=False).fetchall()
            lines = [line for (line,) in plan]
            bad = [line.strip() for line in lines if "Seq Scan" in line and any(f" on {b} " in f"{line} " for b in big)]
            print("\n".join(lines) if bad or self.verbose else lines[-1], *(f"\n   !!! {b}" for b in bad))
            return self.conn.execute(sql, params, **more)

        verbose = False

    with _reading(city) as tx:
        r = random.Random(1)
        for who, scope in viewers(tx, r).items():
            for what, (_, question) in questions(tx, scope, r).items():
                print(f"── {who}: {what}")
                plain, tx._conn = tx._conn, Explaining(tx._conn)  # type: ignore[assignment]
                question(0)
                tx._conn = plain


def main() -> None:
    parser = argparse.ArgumentParser(prog="yiwang bench reads", description=__doc__)
    parser.add_argument("--data", type=Path, help="a loaded city; without one, a modest city is loaded")
    parser.add_argument("-n", type=int, default=common.MODEST, help="how many cases to load where none is given")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with common.city_at(args.data, args.n) as city:
        if args.explain:
            explain(city)
            return
        rows = run(city)
    print(common.as_json(rows)) if args.json else common.show(rows, f"{city.cases:,} cases")


if __name__ == "__main__":
    main()
