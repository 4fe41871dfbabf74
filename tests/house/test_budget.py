"""What an act and a page may cost in statements. A budget is raised only with a reason, in the commit that raises it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from invariants import broken
from world import Play
from yiwang.cases import queries, queries_list
from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.queries_list import Filter
from yiwang.city import queries_rules
from yiwang.kit import statements
from yiwang.network.rules import scope_of

REPORT, STEP, LIST, COURSE = 6, 6, 1, 2


@contextmanager
def counted(play: Play) -> Iterator[list[str]]:
    """The statements sent inside the block by an act at the edge (in haste, remembering nothing), in order; savepoints
    are not among them."""
    sent: list[str] = []

    class CountingRaw(psycopg.RawCursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            sent.append(query)
            return super().execute(query, *args, **more)

    class Counting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            sent.append(query if isinstance(query, str) else str(query))
            return super().execute(query, *args, **more)

        def executemany(self, query: Any, rows: Any, **more: Any) -> Any:
            rows = list(rows)
            if rows:
                sent.append(query if isinstance(query, str) else str(query))
            return super().executemany(query, rows, **more)

    conn, before = play.tx.conn, play.tx.conn.cursor_factory
    play.tx.held.clear()
    play.tx.heads.clear()
    play.tx.hasty, conn.cursor_factory = True, Counting
    statements.RawCursor = CountingRaw  # type: ignore[misc]
    try:
        yield sent
        _ = play.tx.conn
    finally:
        play.tx.hasty, conn.cursor_factory = False, before
        statements.RawCursor = psycopg.RawCursor


def shown(sent: list[str]) -> str:
    return f"{len(sent)} statements:\n" + "\n".join(f"  {' '.join(s.split())[:150]}" for s in sent)


def list_page(play: Play, by: str, limit: int) -> list[Any]:
    return queries_list.list_cases(play.tx, scope_of(play.who(by)), Filter(), limit=limit)


def test_a_report_that_files_and_dispatches_itself(play: Play, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries_rules, "ASK_EVERY", 3600)
    first = play.photo("wang.lei", PhotoKind.near)
    play.report(
        "wang.lei", channel=Channel.patrol, condition_id=play.condition(), photos=(first,)
    )  # now memory is there
    inspector, photo, condition = play.who("wang.lei"), play.photo("wang.lei", PhotoKind.near), play.condition()
    play.who = lambda login: inspector  # type: ignore[method-assign]
    with counted(play) as sent:
        case = play.report("wang.lei", channel=Channel.patrol, condition_id=condition, photos=(photo,))
    assert case.trusted
    assert len(sent) <= REPORT, shown(sent)


def test_one_later_step(play: Play):
    case, who = play.filed(), play.who("chen.jie")
    play.who = lambda login: who  # type: ignore[method-assign]
    with counted(play) as sent:
        play.dispatch(case)
    assert len(sent) <= STEP, shown(sent)


def test_a_page_of_cases_costs_the_same_however_long(play: Play):
    for _ in range(12):
        play.report()
    who = play.who("zhang.min")
    play.who = lambda login: who  # type: ignore[method-assign]
    with counted(play) as few:
        assert len(list_page(play, "zhang.min", 2)) == 2
    with counted(play) as many:
        assert len(list_page(play, "zhang.min", 12)) == 12
    assert len(few) == len(many) <= LIST, shown(many)


def test_a_course_costs_the_same_however_much_happened(play: Play):
    short, long = play.report(), play.closed()
    scope = scope_of(play.who("zhang.min"))
    with counted(play) as few:
        queries.get_course(play.tx, scope, short.id)
    with counted(play) as many:
        course = queries.get_course(play.tx, scope, long.id)
    assert course.orders and len(course.evidence) == 2
    assert len(few) <= len(many) <= COURSE, shown(many)


def test_the_count_sees_every_statement(play: Play):
    with counted(play) as sent:
        play.tx.conn.execute("select 1")
        with play.tx.conn.cursor() as cursor:
            cursor.executemany("select %(n)s::int", [{"n": 1}, {"n": 2}])
            cursor.executemany("select %(n)s::int", [])
    assert len(sent) == 2
    assert broken(play.tx.conn) == {}
